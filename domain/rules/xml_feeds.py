"""RSS and Atom by feedparser, which gets nothing but text, from the first element on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, cast
from xml.parsers import expat
from xml.sax import SAXException

import feedparser

from domain.rules import plain_text
from domain.rules.failures import Failure, LookFailed
from domain.rules.feeds import MOST_ENTRIES, Author, Entry, Moment, categories, entry, people

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ELEMENT = re.compile(rb"<\w")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")

_HEADERS = {"content-type": "application/xml; charset=utf-8"}

# Its handlers take markup as it comes and stumble over what nobody foresaw.
_STUMBLES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    SAXException,
    TypeError,
    ValueError,
)

Parsed = Mapping[str, Any]


def read(text: str, url: str) -> list[Entry]:
    """The entries of an RSS or Atom feed, also of one that is not quite well-formed.

    Raises `LookFailed` for what is no feed, and for one that declares entities.
    """
    parsed = _parsed(_root(_CONTROL.sub("", text).encode("utf-8", "replace")))
    if not parsed.get("version"):
        detail = "That is no feed. Of a page, its feed has an address of its own."
        raise LookFailed(Failure.UNREADABLE, detail)
    own = _people(parsed["feed"])
    return [_entry(one, own, url) for one in parsed["entries"][:MOST_ENTRIES]]


class _Element(Exception):
    """Here is the first element: nothing can be declared any more."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place


def _root(document: bytes) -> bytes:
    """The document without what stands before its first element.

    There, and only there, entities can be declared: bombs, and files of ours that are sent back.
    """

    def doctype(name: str, system: str | None, public: str | None, internal: int) -> None:
        del name, system, public
        if internal:
            detail = "The feed has declarations of its own (DOCTYPE), which can be an attack."
            raise LookFailed(Failure.UNREADABLE, detail)

    def element(name: str, attributes: dict[str, str]) -> None:
        del name, attributes
        raise _Element(parser.CurrentByteIndex)

    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = element
    try:
        parser.Parse(document, True)
    except _Element as first:
        return document[first.place :]
    except expat.ExpatError:
        found = _ELEMENT.search(document)
        return document[found.start() :] if found else b""
    raise AssertionError("a document without an element is an error")


def _parsed(document: bytes) -> Parsed:
    # A stream, because anything else might be an address or the name of a file.
    stream = BytesIO(document)
    try:
        return cast("Any", feedparser).parse(
            stream, response_headers=_HEADERS, resolve_relative_uris=False, sanitize_html=False
        )
    except _STUMBLES:
        raise LookFailed(Failure.UNREADABLE, "The feed cannot be read: it is damaged.") from None


def _entry(parsed: Parsed, own: tuple[Author, ...], url: str) -> Entry:
    # Not `parsed.get`, by which feedparser answers with what it takes for the same.
    id, link = _text(parsed, "id"), _text(parsed, "link")
    if link is not None and link == id and "://" not in link:
        link = None
    links = [link, *(str(one.get("href") or "") for one in _list(parsed, "enclosures", "links"))]
    return entry(
        id=id,
        links=links,
        base=url,
        title=_plain(parsed, "title"),
        summary=_plain(parsed, "summary"),
        published=_moment(parsed),
        authors=_people(parsed) or own,
        categories=categories(
            str(name or "")
            for tag in _list(parsed, "tags")
            for name in (tag.get("label"), tag.get("term"))
        ),
    )


def _moment(parsed: Parsed) -> Moment | None:
    for name in ("published", "created", "updated"):
        written = (_text(parsed, name) or "").strip()
        if _DATE.fullmatch(written):
            return Moment(on=written)
        if (at := _time(dict(parsed).get(f"{name}_parsed"))) is not None:
            return Moment(at=at)
    return None


def _time(parsed: Sequence[int] | None) -> datetime | None:
    if parsed is None:
        return None
    year, month, day, hour, minute, second = parsed[:6]
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None


def _people(parsed: Parsed) -> tuple[Author, ...]:
    told: list[tuple[str | None, str | None]] = []
    addresses: set[str] = set()
    for one in _list(parsed, "authors"):
        # feedparser gives the address of one author to the next one who has none.
        address = one.get("email")
        told.append((one.get("name"), None if address in addresses else address))
        addresses.add(address or "")
    return people(told)


def _plain(parsed: Parsed, name: str) -> str:
    text = _text(parsed, name) or ""
    detail: Parsed = dict(parsed).get(f"{name}_detail") or {}
    return text if detail.get("type") == "text/plain" else plain_text.of_html(text)


def _text(parsed: Parsed, name: str) -> str | None:
    found = dict(parsed).get(name)
    return found if isinstance(found, str) and found.strip() else None


def _list(parsed: Parsed, *names: str) -> Iterable[Parsed]:
    for name in names:
        yield from dict(parsed).get(name) or ()
