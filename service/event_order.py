"""Keeps the order of the event log after a restore on another server, whose count starts low.

Events are ordered by transaction ids, which each server counts for itself: with a lower count the
restored events would stay hidden, and new ones would come before the places that readers have seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

MARGIN = 1_000_000
"""How far past the last event to count: readers' places may be ahead of what a backup holds."""

AHEAD = """
select e.xid::text::bigint
  from events e
 where e.xid >= pg_snapshot_xmax(pg_current_snapshot())
 order by e.xid desc, e.seq desc
 limit 1
"""

# One transaction for each id; none writes anything that could be lost by not waiting for the disk.
COUNT = """
do $$
declare
    goal constant bigint := current_setting('chancery.goal');
begin
    while pg_current_xact_id()::text::bigint < goal loop commit; end loop;
end $$
"""


async def ahead(connection: Connection) -> int | None:
    """The last event's transaction id if this server has yet to count that far, else None."""
    return await connection.fetchval(AHEAD)


async def catch_up(connection: Connection, margin: int = MARGIN) -> None:
    """Count transaction ids until every event is behind, on a connection that is then closed."""
    last = await ahead(connection)
    if last is not None:
        await connection.execute("set synchronous_commit = off")
        goal = str(last + margin)
        await connection.execute("select set_config('chancery.goal', $1, false)", goal)
        await connection.execute(COUNT)
