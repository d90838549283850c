"""Entries of feeds as contributions: which of them count, when they were published and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256

from domain.rules import plain_text
from domain.rules.connectors import Feed, Found
from domain.rules.contributions import Draft, Named
from domain.rules.days import day_of
from domain.rules.feeds import Author, Entry, Moment
from domain.rules.members import span

SHORTEST_TITLE = 3
LONGEST_DESCRIPTION = 2000
LONGEST_HEADLINE = 80

NOT_YET = "It is dated in the future."


def found(entries: Sequence[Entry], settings: Feed, time_zone: str, today: date) -> list[Found]:
    """What each entry is to be recorded as, or why it is not.

    `time_zone` is the program's, in which an entry has its day, and `today` a day of it.
    """
    named = {_folded(name): one for name, one in settings.authors.items()}
    keywords = [_folded(word) for word in settings.keywords]
    return [_found(entry, settings, keywords, named, time_zone, today) for entry in entries]


def key(entry: Entry) -> str:
    """The key of an entry: by its guid, else its address, else what it says and when."""
    told = entry.id or entry.link or f"{entry.title}\n{_written(entry.published)}"
    return "e-" + sha256(told.encode("utf-8", "replace")).hexdigest()[:40]


def _found(
    entry: Entry,
    settings: Feed,
    keywords: Sequence[str],
    named: dict[str, Named],
    time_zone: str,
    today: date,
) -> Found:
    title = entry.title or plain_text.line(entry.summary, LONGEST_HEADLINE)
    participants = _participants(entry.authors, named, settings.author)
    day = _day(entry.published, time_zone)
    why = None
    if len(title) < SHORTEST_TITLE:
        why = "It has no title."
    elif keywords and not _mentions(entry, keywords):
        why = "None of the keywords is in it."
    elif not participants:
        why = _unknown(entry.authors)
    elif day is None:
        why = "It does not say when it was published."
    elif span(day)[0] > today:
        why = NOT_YET
    if why is not None or day is None:
        return Found(key(entry), title, skipped=why)
    draft = Draft(
        type=settings.type,
        title=title,
        occurred_on=day,
        participants=participants,
        description=plain_text.cut(entry.summary, LONGEST_DESCRIPTION) or None,
        url=entry.link,
        language=settings.language,
        visibility=settings.visibility,
    )
    return Found(key(entry), title, draft)


def _participants(
    authors: Sequence[Author], named: dict[str, Named], otherwise: Named | None
) -> tuple[Named, ...]:
    """Who the authors are, each once."""
    people = [_known(author, named) or otherwise for author in authors] or [otherwise]
    return tuple({_who(one): one for one in people if one is not None}.values())


def _known(author: Author, named: dict[str, Named]) -> Named | None:
    for told in (author.email, author.name):
        if told and (one := named.get(_folded(told))) is not None:
            return one
    return None


def _who(one: Named) -> tuple[str | None, ...]:
    return (one.ambassador, one.identity, one.person)


def _unknown(authors: Sequence[Author]) -> str:
    names = [author.name or author.email for author in authors[:3]]
    told = ", ".join(name for name in names if name)
    if not told:
        return "It names no author, and the settings say nobody for such entries."
    return f"The settings do not say who {told} is."


def _mentions(entry: Entry, keywords: Sequence[str]) -> bool:
    text = _folded("\n".join((entry.title, entry.summary, *entry.categories)))
    return any(word in text for word in keywords)


def _day(moment: Moment | None, time_zone: str) -> str | None:
    """A day in the program's time zone, or what was written without a time of day."""
    if moment is None:
        return None
    try:
        day = day_of(moment.at, time_zone).isoformat() if moment.at else moment.on or ""
        span(day)
    except (OverflowError, ValueError):
        return None
    # Earlier ones are no days of the Web: a clock that was never set.
    return day if "1900" <= day < "2100" else None


def _written(moment: Moment | None) -> str:
    if moment is None:
        return ""
    return moment.at.isoformat() if moment.at else moment.on or ""


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
