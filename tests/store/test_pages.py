"""Whoever walks a list page by page meets every record once, wherever the pages begin and end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec import Struct

from bench import invented
from bench.load import NOW, Loaded, load
from domain.rules.ambassadors import AmbassadorStatus
from domain.store import contribution_lists, directory
from domain.store import contribution_places as places
from domain.store.contribution_readers import Reader
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


STATES = {
    "nobody": "c.status = 'accepted' and c.visibility = 'public' and a.status = 'active'",
    "ambassador": """c.status = 'accepted' and (a.person_id = $1
        or (c.visibility in ('public', 'members') and a.status = 'active'))""",
    "staff": "c.status = 'accepted'",
}


@pytest.mark.parametrize("who", STATES)
async def test_the_contributions_are_whole(tx: Connection, loaded: Loaded, who: str) -> None:
    me = UUID(invented.text_of("a", 1))
    reader = Reader(
        reads_all=who == "staff",
        person_id=me if who == "ambassador" else None,
        account_id=None,
        statuses=frozenset({AmbassadorStatus.ACTIVE}),
        areas={},
    )
    found = await walk(
        lambda after: places.page(
            tx, loaded.program_id, reader, places.Filters(), after=after, limit=7
        ),
        places.Recent,
    )
    expected = await tx.raw.fetch(
        f"""select c.id from contributions c
              join contribution_participants p
                on p.program_id = c.program_id and p.contribution_id = c.id
              join ambassadors a on a.program_id = p.program_id and a.person_id = p.person_id
             where $1::uuid is not null and {STATES[who]}
             order by c.occurred_on desc, c.id desc""",
        me,
    )
    assert [each.id for each in found] == [row["id"] for row in expected]
    assert len(found) > 100


async def test_the_shown_are_those_of_the_places(tx: Connection, loaded: Loaded) -> None:
    reader = Reader(False, None, None, frozenset({AmbassadorStatus.ACTIVE}), {})
    program_id = loaded.program_id
    found = await places.page(tx, program_id, reader, places.Filters(), after=None, limit=100)
    shown = await contribution_lists.shown(tx, program_id, reader, [one.id for one in found])
    assert [(one.occurred_on, one.id) for one in shown] == [
        (one.occurred_on, one.id) for one in found
    ]
    hidden = await tx.raw.fetch("select id from contributions where status <> 'accepted'")
    assert hidden
    ids = [row["id"] for row in hidden]
    assert await contribution_lists.shown(tx, program_id, reader, ids) == []
