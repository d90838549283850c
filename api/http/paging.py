"""Lists: pages with an opaque cursor that is bound to the filters it was made for."""

from __future__ import annotations

import base64
import binascii
import hashlib
from contextvars import ContextVar
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct

from api.http.fields import Cursor
from domain.errors import Fault, Invalid

Item = TypeVar("Item")

SEAL = 8
"""Bytes of digest in front of a cursor."""

Limit = Annotated[
    int,
    Meta(
        ge=1,
        le=100,
        description="How many items at the most.",
        extra_json_schema={"format": "int32"},
    ),
]


class PageQuery(Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """The parameters of every list; a noun's own query extends it with its filters."""

    limit: Limit = 20
    cursor: Cursor | None = None


class Page(Struct, Generic[Item], frozen=True):
    """One page of a list."""

    items: Annotated[list[Item], Meta(description="At most `limit` items, in the list's order.")]
    next: Annotated[str | None, Meta(description="Cursor of the next page; null on the last page.")]


class FeedQuery(PageQuery, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """The parameters of a list that has no last page: its cursor goes by the name of `after`."""

    cursor: Annotated[
        Cursor | None,
        Meta(description="`next` of the answer before; absent: from the beginning."),
    ] = msgspec.field(default=None, name="after")


class Feed(Struct, Generic[Item], frozen=True):
    """A stretch of a list that has no last page."""

    items: Annotated[list[Item], Meta(description="At most `limit` items, in the list's order.")]
    next: Annotated[
        Cursor, Meta(description="Where to go on, now or later, as `after`; also after nothing.")
    ]


LIST: ContextVar[str] = ContextVar("LIST", default="")
"""Which list is being answered: its operation and its path parameters."""


def bind(operation_id: str, path: dict[str, Any]) -> None:
    """Say which list the cursors of this request belong to."""
    LIST.set(f"{operation_id} {sorted(path.items())}")


def _seal(query: PageQuery, data: bytes) -> bytes:
    """Tells a cursor of this list, with these filters, from every other text."""
    filters = msgspec.structs.asdict(query)
    del filters["limit"], filters["cursor"]
    said = msgspec.json.encode([LIST.get(), filters, data], order="sorted")
    return hashlib.sha256(said).digest()[:SEAL]


def encode_cursor(query: PageQuery, place: Struct) -> str:
    """A cursor for the place behind the last item of a page."""
    data = msgspec.json.encode(place)
    return base64.urlsafe_b64encode(_seal(query, data) + data).rstrip(b"=").decode()


def place(query: PageQuery, type_: type[Item]) -> Item | None:
    """The place that the query's cursor stands for; None without a cursor.

    Raises `Invalid` when the cursor is not ours or belongs to another list or other filters.
    """
    if query.cursor is None:
        return None
    try:
        text = query.cursor + "=" * (-len(query.cursor) % 4)
        sealed = base64.b64decode(text, b"-_", validate=True)
        if sealed[:SEAL] != _seal(query, sealed[SEAL:]):
            raise _bad(query)
        return msgspec.json.decode(sealed[SEAL:], type=type_)
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError):
        raise _bad(query) from None


def page(
    query: PageQuery, rows: list[Any], items: list[Item], place_of: type[Struct]
) -> Page[Item]:
    """Make a page of `limit + 1` fetched rows; the place of the last shown row becomes the cursor.

    `items` are the rendered rows; the fields of `place_of` are taken from the row by name.
    """
    more = len(rows) > query.limit
    cursor = None
    if more:
        last = rows[query.limit - 1]
        cursor = encode_cursor(query, msgspec.convert(last, place_of, from_attributes=True))
    return Page(items=items[: query.limit], next=cursor)


def cursor_name(query: PageQuery) -> str:
    """What the cursor is called in the query string."""
    return "after" if isinstance(query, FeedQuery) else "cursor"


def _bad(query: PageQuery) -> Invalid:
    detail = "It is no cursor of this list with these filters."
    return Invalid(
        "The cursor is not valid.", Fault("cursor", detail, parameter=cursor_name(query))
    )
