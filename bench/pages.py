"""Does a page far down cost what the first one costs? By the statement alone, and over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from msgspec import Struct

from api.ambassadors import AmbassadorQuery
from api.contributions import ContributionQuery
from api.http import paging
from bench import client
from bench.invented import POLICY
from bench.load import NOW, SLUG, Loaded
from bench.ratios import Times, Work, compare
from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.policy_contributions import Area
from domain.store import contribution_lists, directory, participants
from domain.store import contribution_places as places
from domain.store.contribution_readers import Reader
from domain.store.database import Database
from domain.store.query import Connection

SIZE = 20
DEEP = 1000
CHUNK = 250 * SIZE

PUBLIC = frozenset(AmbassadorStatus(status) for status in POLICY["directory"]["statuses"])
TYPES = tuple(POLICY["contribution_types"])
ACTIVE = frozenset({AmbassadorStatus.ACTIVE})

Fetch = Callable[[Connection, Any, int], Awaitable[Sequence[Any]]]
"""The rows after a place, at most so many."""


class List(Struct, frozen=True):
    """A list with its filters: its statement, its address and the shape of its places."""

    name: str
    noun: str
    query: paging.PageQuery
    parameters: dict[str, str]
    place: type[Struct]
    fetch: Fetch

    def path(self, after: Struct | None) -> str:
        """The address of the page after a place."""
        paging.bind(f"list_{self.noun}", {"program": SLUG})
        cursor = {"cursor": paging.encode_cursor(self.query, after)} if after else {}
        asked = urlencode(self.parameters | cursor)
        return f"/v1/programs/{SLUG}/{self.noun}" + (f"?{asked}" if asked else "")


class Measured(Struct, frozen=True):
    """One list: its length, and its far pages against its first."""

    list: List
    length: int
    statement: Times
    http: Times


def by_name(loaded: Loaded, name: str, **filters: str) -> List:
    """The directory in the order of names."""
    narrowed = msgspec.convert(
        {{"q": "text"}.get(key, key): value for key, value in filters.items()}, directory.Filters
    )

    def fetch(tx: Connection, after: Any, limit: int) -> Awaitable[Sequence[Any]]:
        reader = directory.Reader(False, None, ACTIVE, NOW.date())
        return directory.page_by_name(
            tx, loaded.program_id, reader, narrowed, after=after, limit=limit
        )

    query = msgspec.convert(filters, AmbassadorQuery)
    return List(name, "ambassadors", query, filters, directory.ByName, fetch)


def by_joined(loaded: Loaded, name: str, **filters: str) -> List:
    """The directory in the order of joining."""
    narrowed = msgspec.convert(filters, directory.Filters)

    def fetch(tx: Connection, after: Any, limit: int) -> Awaitable[Sequence[Any]]:
        reader = directory.Reader(False, None, ACTIVE, NOW.date())
        return directory.page_by_joined(
            tx, loaded.program_id, reader, narrowed, after=after, limit=limit
        )

    parameters = filters | {"sort": "joined"}
    query = msgspec.convert(parameters, AmbassadorQuery)
    return List(name, "ambassadors", query, parameters, directory.ByJoined, fetch)


async def recent(tx: Connection, loaded: Loaded, name: str, **filters: str) -> List:
    """The contributions, newest first: the public's list, for which a token changes nothing."""
    one = filters.get("ambassador")
    narrowed = places.Filters(
        person_id=await _person(tx, loaded, one) if one else None, type=filters.get("type")
    )
    reader = Reader(False, None, None, PUBLIC, dict.fromkeys(TYPES, Area.CONTENT))

    async def fetch(tx: Connection, after: Any, limit: int) -> Sequence[Any]:
        looked = await places.page(
            tx, loaded.program_id, reader, narrowed, after=after, limit=limit
        )
        seen = [place for place in looked if place.seen]
        # A page shows the records too; a walk through the whole list needs only their places.
        if limit == SIZE + 1:
            await contribution_lists.shown(tx, loaded.program_id, reader, [p.id for p in seen])
        return seen

    query = msgspec.convert(filters, ContributionQuery)
    return List(name, "contributions", query, filters, places.Recent, fetch)


async def _person(tx: Connection, loaded: Loaded, handle: str) -> UUID:
    (held,) = await participants.handles(tx, loaded.program_id, [handle])
    return held.person_id


async def lists(tx: Connection, loaded: Loaded) -> list[List]:
    """The lists that are measured."""
    return [
        by_name(loaded, "directory by name"),
        by_name(loaded, "  in a big country", country="IN"),
        by_name(loaded, "  in a small country", country="ZA"),
        by_name(loaded, "  who speak German", language="de"),
        by_name(loaded, "  in a group", group="north"),
        by_name(loaded, "  with a word", q="messaging"),
        by_joined(loaded, "directory by joining"),
        by_joined(loaded, "  in a big country", country="IN"),
        await recent(tx, loaded, "contributions"),
        await recent(tx, loaded, "  of a type", type="book"),
        await recent(tx, loaded, "  of one ambassador", ambassador="invented-1"),
    ]


async def landmarks(tx: Connection, of: List) -> tuple[int, dict[str, Struct | None]]:
    """How long a list is, and behind which places its first, 1000th and last pages stand."""
    found: dict[str, Struct | None] = {"first": None}
    after: Struct | None = None
    tail: list[Any] = []
    length = 0
    while rows := await of.fetch(tx, after, CHUNK):
        deep = SIZE * (DEEP - 1) - 1 - length
        if 0 <= deep < len(rows):
            found[f"page {DEEP}"] = _place(of, rows[deep])
        length += len(rows)
        tail = [*tail, *rows][-SIZE - 1 :]
        after = _place(of, tail[-1])
    if length > SIZE:
        found["last"] = _place(of, tail[0])
    return length, found


def _place(of: List, row: Any) -> Struct:
    return msgspec.convert(row, of.place, from_attributes=True)


async def measure(
    database: Database, port: int, loaded: Loaded, *, rounds: int, repeat: int
) -> AsyncIterator[Measured]:
    """Measure every list. A token keeps the service from answering out of its snapshot."""
    async with database.connection() as raw:
        tx = Connection(raw)
        for one in await lists(tx, loaded):
            length, found = await landmarks(tx, one)
            statements = {name: _statement(tx, one, after) for name, after in found.items()}
            requests = {
                name: client.get(one.path(after), loaded.reader) for name, after in found.items()
            }
            # A new connection each time: the server closes those that were idle during the walk.
            http = await client.connect(port)
            for name, request in requests.items():
                await _check(http, request, more=name != "last")
            asks = {name: _ask(http, request) for name, request in requests.items()}
            yield Measured(
                one,
                length,
                await compare(statements, rounds=rounds, repeat=repeat),
                await compare(asks, rounds=rounds, repeat=repeat),
            )
            http.transport.close()


def _statement(tx: Connection, of: List, after: Struct | None) -> Work:
    return lambda: of.fetch(tx, after, SIZE + 1)


def _ask(http: client.Connection, request: bytes) -> Work:
    return lambda: http.ask(request)


async def _check(http: client.Connection, request: bytes, *, more: bool) -> None:
    """A page of errors would be fast, too."""
    answer = await http.ask(request)
    page = answer.json()
    if answer.status != 200 or len(page["items"]) != SIZE or bool(page["next"]) is not more:
        raise client.Unexpected(f"{request.decode()}: {answer.status} {str(page)[:300]}")
