"""A database restored on a server that has counted fewer transactions than its last event's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from domain.rules.events import EventType
from domain.store import events
from domain.store.database import prepare_connection
from domain.store.events import Event
from domain.store.query import Connection
from service import event_order, migrate
from tests.world import NOW

INSERT = """
insert into events (id, xid, type, program_id, subject_id, data, at)
select $1, (pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 5000)::text::xid8,
       $2, null, $1, '{}', $3
"""
NOW_AS_USUAL = """
insert into events (id, type, program_id, subject_id, data, at) values ($1, $2, null, $1, '{}', $3)
"""


@pytest.fixture
async def raw(owner_url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(owner_url)
    await prepare_connection(connection)
    await connection.execute(INSERT, uuid4(), EventType.PROGRAM_CREATED.value, NOW)
    yield connection
    await connection.close()


async def visible(raw: asyncpg.Connection[asyncpg.Record], count: int) -> list[Event]:
    """The log, once it shows so many: other tests' transactions hold it back for a moment."""
    for _ in range(100):
        shown = await events.after(
            Connection(raw), xid=0, seq=0, programs=None, types=None, limit=9
        )
        if len(shown) == count:
            break
        await asyncio.sleep(0.05)
    return shown


async def counted(raw: asyncpg.Connection[asyncpg.Record]) -> int:
    return await raw.fetchval("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")


async def test_restored_events_are_hidden_until_migrate_has_counted_past_them(
    raw: asyncpg.Connection[asyncpg.Record], owner_url: str
) -> None:
    # One test, because all tests of a run share one server and with it the count.
    last = await event_order.ahead(raw)
    assert last is not None
    assert await visible(raw, 0) == []
    with pytest.raises(migrate.EventsAhead, match="Run `chancery migrate` first"):
        await migrate.check(raw)

    await migrate.upgrade(owner_url)
    await migrate.check(raw)
    [restored] = await visible(raw, 1)
    now = await counted(raw)
    assert now >= last + event_order.MARGIN  # readers' places may be ahead of the backup

    await raw.execute(NOW_AS_USUAL, uuid4(), EventType.PROGRAM_CREATED.value, NOW)
    assert (await visible(raw, 2))[0] == restored

    await migrate.upgrade(owner_url)
    assert await counted(raw) < now + event_order.MARGIN  # a log in order costs nothing
