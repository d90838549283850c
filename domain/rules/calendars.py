"""Calendars: an event that is over as a contribution, or why it is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from domain.rules import calendar_texts as texts
from domain.rules.calendar_events import Occurrence, Somebody
from domain.rules.connectors import Calendar, Found
from domain.rules.contributions import Draft, Named
from domain.rules.entries import MOST_PEOPLE

MOST = 2000
"""The most occurrences that one look tells of."""


def key(identity: str) -> str:
    """What an occurrence is recorded under."""
    return "c-" + sha256(identity.encode(errors="replace")).hexdigest()[:40]


def found(settings: Calendar, occurrences: Iterable[Occurrence]) -> list[Found]:
    """What to record of these, each once, the earliest first."""
    names = {name.strip().casefold(): who for name, who in settings.people.items()}
    ordered = sorted(occurrences, key=lambda one: (one.first, one.last, one.identity))
    return list({one.key: one for one in (_found(settings, names, o) for o in ordered)}.values())


def unread(identity: str, written: str, why: str) -> Found:
    """What cannot be read, for people."""
    return Found(key(identity), texts.title(written), skipped=why)


def left_out(count: int) -> list[Found]:
    """That there was more, if there was."""
    if not count:
        return []
    why = f"{count} more were left out: one look takes the latest {MOST}, and no longer than that."
    return [Found("c-more", "Older events", skipped=why)]


def latest(occurrences: Sequence[Occurrence]) -> list[Occurrence]:
    """As many of them as one look may tell of: those that ended last."""
    return sorted(occurrences, key=lambda one: (one.last, one.first, one.identity))[-MOST:]


def _found(settings: Calendar, names: Mapping[str, Named], event: Occurrence) -> Found:
    title, description = texts.title(event.title), texts.description(event.description)
    people = _named(names, event.people) or ([settings.participant] if settings.participant else [])
    why = None
    if event.cancelled:
        why = "It was cancelled."
    elif event.private:
        why = "Its owner marked it as private."
    elif len(title) < texts.SHORTEST_TITLE:
        why = "It has no title."
    elif not _wanted(settings.keywords, (title, description or "", *event.categories)):
        why = "None of the keywords is in it."
    elif not people:
        why = "Nobody who is known took part in it."
    if why is not None:
        # The title of what is private is private as well.
        return Found(key(event.identity), "" if event.private else title, skipped=why)
    draft = Draft(
        type=settings.type,
        title=title,
        occurred_on=event.first.isoformat(),
        ended_on=event.last if event.last > event.first else None,
        participants=tuple(people[:MOST_PEOPLE]),
        description=description,
        url=texts.url(event.url),
        visibility=settings.visibility,
    )
    return Found(key(event.identity), title, draft)


def _named(names: Mapping[str, Named], people: Sequence[Somebody]) -> list[Named]:
    """Who of the people is known, each once, the organizer first."""
    known: dict[tuple[str | None, ...], Named] = {}
    for name in (name.casefold() for one in people for name in one.names):
        if (who := names.get(name)) is not None:
            known.setdefault((who.ambassador, who.identity, who.person), who)
    return list(known.values())


def _wanted(keywords: Sequence[str], told: Sequence[str]) -> bool:
    text = "\n".join(told).casefold()
    return not keywords or any(word.casefold() in text for word in keywords)
