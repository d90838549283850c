"""Requests of the current minute, counted by all processes together."""

from __future__ import annotations

from domain.store.query import Connection, Count, Query, Statement

COUNT = Query(
    Count,
    """
    -- $1 caller  $2 minute
    insert into rate_counts as c (caller, minute, requests) values ($1, $2, 1)
    on conflict (caller) do update
       set requests = case when c.minute = excluded.minute then c.requests + 1 else 1 end,
           minute = excluded.minute
    returning requests as n
    """,
)

FORGET = Statement(
    """
    -- $1 minute
    delete from rate_counts where caller in (
        select caller from rate_counts where minute < $1 order by minute limit 100
           for update skip locked)
    """
)


async def count(tx: Connection, caller: bytes, minute: int) -> int:
    """Count one more request of a caller in a minute; how many there were."""
    return (await COUNT.one(tx, caller, minute)).n


async def forget(tx: Connection, *, before: int) -> int:
    """Delete up to a hundred counts of past minutes; how many."""
    return await FORGET.run(tx, before)
