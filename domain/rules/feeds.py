"""Feeds as they come, and their entries: plain text, bounded, with addresses of the Web alone."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from datetime import datetime

import ada_url
from msgspec import Struct

from domain.rules import plain_text

MOST_ENTRIES = 2000
MOST_PEOPLE = 20
MOST_CATEGORIES = 100
LONGEST_ID = 5000
LONGEST_NAME = 200
LONGEST_SUMMARY = 10_000
LONGEST_TITLE = 200
LONGEST_URL = 2000

_URL = re.compile(r"https?://[^\s\x00-\x20\x7f<>\"]+")
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"))
_USED = re.compile(
    r"big5\w*|cp\d+|euc_\w+|gb\w+|hz|iso8859-\d+|iso2022_\w+|johab|koi8-\w|mac-\w+|ptcp154"
    r"|shift_jis\w*|tis-620|utf-8|utf-16(-[bl]e)?|utf-32(-[bl]e)?"
)


class Document(Struct, frozen=True):
    """A feed as it came, where it was found, and how it is said to be encoded."""

    body: bytes
    url: str
    charset: str | None = None


class Author(Struct, frozen=True):
    """Somebody who wrote an entry, as the feed calls them."""

    name: str | None = None
    email: str | None = None


class Moment(Struct, frozen=True):
    """When, as precisely as it was written: an aware time, or a day, month or year alone."""

    at: datetime | None = None
    on: str | None = None


class Entry(Struct, frozen=True):
    """One entry, in plain text. `link` is an http or https address."""

    id: str | None
    link: str | None
    title: str
    summary: str
    published: Moment | None
    authors: tuple[Author, ...]
    categories: tuple[str, ...]


def entry(
    *,
    id: str | None,
    links: Iterable[str | None],
    base: str,
    title: str,
    summary: str,
    published: Moment | None,
    authors: tuple[Author, ...],
    categories: tuple[str, ...],
) -> Entry:
    """An entry of texts without markup; the first of the links that is one is its own."""
    found = (_address(link.strip(), base) for link in links if link and link.strip())
    return Entry(
        id=id.strip()[:LONGEST_ID] if id and id.strip() else None,
        link=next((link for link in found if link is not None), None),
        title=plain_text.line(title, LONGEST_TITLE),
        summary=plain_text.lines(summary, LONGEST_SUMMARY),
        published=published,
        authors=authors,
        categories=categories,
    )


def people(told: Iterable[tuple[str | None, str | None]]) -> tuple[Author, ...]:
    """Who is named, each once, by name and e-mail address."""
    found = (Author(_name(name), _name(email)) for name, email in told)
    return tuple(dict.fromkeys(one for one in found if one.name or one.email))[:MOST_PEOPLE]


def categories(told: Iterable[str]) -> tuple[str, ...]:
    """What an entry is filed under, each once."""
    found = (plain_text.line(one, LONGEST_NAME) for one in told)
    return tuple(dict.fromkeys(one for one in found if one))[:MOST_CATEGORIES]


def decoded(document: Document) -> str:
    """Its text: by its mark, else as UTF-8, else as it says it is encoded, else as Windows does.

    What is valid UTF-8 is hardly ever anything else, whatever it says.
    """
    body = document.body
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    for start, name in _UNMARKED:
        if body.startswith(start):
            return body.decode(name, "replace")
    declared = _DECLARED.match(body)
    said = [document.charset or "", declared[1].decode() if declared else ""]
    names = [name for one in said if (name := _codec(one)) is not None]
    # These are written in ASCII, and would pass for UTF-8.
    tried = sorted(("utf-8", *names), key=lambda name: not name.startswith(("hz", "iso2022")))
    for name in tried:
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    return body.decode("cp1252", "replace")


def _codec(name: str) -> str | None:
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    # What calls itself Latin-1 is Windows' code page nearly always, and Python has odd ones.
    return known if _USED.fullmatch(known) and known != "iso8859-1" else None


def _address(link: str, base: str) -> str | None:
    try:
        url = ada_url.join_url(base, link)
    except ValueError:
        return None
    return url if len(url) <= LONGEST_URL and _URL.fullmatch(url) else None


def _name(text: str | None) -> str | None:
    return plain_text.line(text or "", LONGEST_NAME) or None
