"""Whoever walks a list page by page meets every record once, wherever the pages begin and end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import date
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from bench.load import NOW, Loaded, load
from domain.rules.ambassadors import AmbassadorStatus
from domain.store import contributions, directory
from domain.store.database import Database
from domain.store.query import Connection
from tests.database import OWNER, SERVICE, Databases, address

Fetch = Callable[[Any], Awaitable[Sequence[Any]]]

READER = directory.Reader(
    reads_all=False,
    person_id=None,
    statuses=frozenset({AmbassadorStatus.ACTIVE}),
    today=NOW.date(),
)


@pytest.fixture(scope="module")
def filled(databases: Databases) -> Iterator[tuple[str, Loaded]]:
    """A database with 300 ambassadors and 600 contributions."""
    with databases.fresh(databases.template, "pages") as name:
        owner, service = (address(databases.url, name, role) for role in (OWNER, SERVICE))
        yield (
            service,
            databases.run(lambda: load(owner, service, ambassadors=300, contributions=600)),
        )


@pytest.fixture
def loaded(filled: tuple[str, Loaded]) -> Loaded:
    return filled[1]


@pytest.fixture
async def tx(filled: tuple[str, Loaded]) -> AsyncIterator[Connection]:
    database = Database()
    await database.open(filled[0], size=1)
    async with database.connection() as raw:
        yield Connection(raw)
    await database.close(5)


async def walk(fetch: Fetch, place: type[Struct]) -> list[Any]:
    """Every row, each page from a place that has been a cursor in between."""
    found: list[Any] = []
    after: Struct | None = None
    while rows := await fetch(after):
        found += rows
        last = msgspec.convert(rows[-1], place, from_attributes=True)
        after = msgspec.json.decode(msgspec.json.encode(last), type=place)
    return found


async def test_the_directory_by_name_is_whole(tx: Connection, loaded: Loaded) -> None:
    found = await walk(
        lambda after: directory.page_by_name(
            tx, loaded.program_id, READER, directory.Filters(), after=after, limit=7
        ),
        directory.ByName,
    )
    assert len({entry.id for entry in found}) == len(found) == 210
    assert [e.sort_name for e in found] == sorted(e.sort_name for e in found)


async def test_the_directory_by_joining_is_whole_also_where_nobody_knows_the_day(
    tx: Connection, loaded: Loaded
) -> None:
    found = await walk(
        lambda after: directory.page_by_joined(
            tx, loaded.program_id, READER, directory.Filters(), after=after, limit=7
        ),
        directory.ByJoined,
    )
    assert len({entry.id for entry in found}) == len(found) == 210
    days = [entry.joined_on or date.max for entry in found]
    assert days == sorted(days)
    # More than a page of them, so that a page begins among them.
    assert days.count(date.max) > 7


async def test_the_contributions_are_whole(tx: Connection, loaded: Loaded) -> None:
    found = await walk(
        lambda after: contributions.page(
            tx, loaded.program_id, READER, contributions.Filters(), after=after, limit=7
        ),
        contributions.Recent,
    )
    expected = await tx.raw.fetchval(
        """select count(*) from contributions c
             join ambassadors a on a.program_id = c.program_id and a.id = c.ambassador_id
            where c.status = 'accepted' and a.status = 'active'"""
    )
    assert len({each.id for each in found}) == len(found) == expected
    days = [each.occurred_on for each in found]
    assert days == sorted(days, reverse=True)
