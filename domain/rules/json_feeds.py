"""JSON Feed 1.0 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from domain.rules import plain_text
from domain.rules.failures import Failure, LookFailed
from domain.rules.feeds import MOST_ENTRIES, Author, Entry, Moment, categories, entry, people

_VERSION = re.compile(r"https?://jsonfeed\.org/version/1(\.[0-9]+)?/?")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


class _Author(Struct):
    name: str | None = None


class _Attachment(Struct):
    url: str | None = None


class _Item(Struct, kw_only=True):
    # Readers have to take numbers for ids, too.
    id: str | int | float | None = None
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    summary: str | None = None
    content_text: str | None = None
    content_html: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    author: _Author | None = None
    authors: list[_Author] | None = None
    tags: list[str] | None = None
    attachments: list[_Attachment] | None = None


class _Feed(Struct):
    version: str
    items: list[_Item]
    author: _Author | None = None
    authors: list[_Author] | None = None


def read(text: str, url: str) -> list[Entry]:
    """The entries of a JSON Feed. Raises `LookFailed`."""
    try:
        feed = msgspec.json.decode(text, type=_Feed)
    except (msgspec.DecodeError, RecursionError) as error:
        detail = plain_text.line(f"That is no JSON Feed: {error}.", 300)
        raise LookFailed(Failure.UNREADABLE, detail) from None
    if _VERSION.fullmatch(feed.version) is None:
        raise LookFailed(Failure.UNREADABLE, "That is no JSON Feed of version 1.0 or 1.1.")
    own = _people(feed)
    return [_entry(item, own, url) for item in feed.items[:MOST_ENTRIES]]


def _entry(item: _Item, own: tuple[Author, ...], url: str) -> Entry:
    html = plain_text.of_html(item.content_html or "")
    attached = [one.url for one in item.attachments or ()]
    return entry(
        id=None if item.id is None else str(item.id),
        links=[item.url, item.external_url, *attached],
        base=url,
        title=item.title or "",
        summary=item.summary or item.content_text or html,
        published=_moment(item.date_published) or _moment(item.date_modified),
        authors=_people(item) or own,
        categories=categories(item.tags or ()),
    )


def _moment(written: str | None) -> Moment | None:
    text = (written or "").strip()
    if _DATE.fullmatch(text):
        return Moment(on=text)
    try:
        at = datetime.fromisoformat(text)
        return Moment(at=at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC))
    except (OverflowError, ValueError):
        return None


def _people(one: _Item | _Feed) -> tuple[Author, ...]:
    # `author` is what version 1.0 has.
    named = one.authors or ([one.author] if one.author else [])
    return people((author.name, None) for author in named)
