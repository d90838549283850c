"""Statements on the days whose daily work is done, program by program."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Count, Query, Statement


class Progress(Struct, frozen=True):
    """How far an active program has come; `held` when a day of it waits for the owner."""

    program_id: UUID
    time_zone: str
    created_at: datetime
    done: date | None
    held: bool


PROGRESS = Query(
    Progress,
    """
    -- $1 program (null: all)
    select g.id as program_id, coalesce(o.effective ->> 'time_zone', 'UTC') as time_zone,
           g.created_at,
           (select max(on_day) from daily_runs d where d.program_id = g.id) as done,
           exists (select from jobs j where j.status = 'failed' and j.entrypoint = 'daily'
                      and starts_with(j.dedupe_key, 'daily:' || g.id)) as held
      from programs g
      join policies o on o.program_id = g.id and o.version = g.policy_version
     where g.status = 'active' and ($1::uuid is null or g.id = $1)
     order by g.id
    """,
)

IS_DONE = Query(
    Count,
    """
    -- $1 program  $2 day
    select count(*)::int as n from daily_runs where program_id = $1 and on_day = $2
    """,
)

MARK = Statement(
    """
    -- $1 program  $2 day  $3 now
    insert into daily_runs (program_id, on_day, done_at) values ($1, $2, $3)
    on conflict (program_id, on_day) do nothing
    """
)


async def progress(tx: Connection, program_id: UUID | None = None) -> list[Progress]:
    """How far the active programs have come, or one of them."""
    return await PROGRESS.all(tx, program_id)


async def is_done(tx: Connection, program_id: UUID, on: date) -> bool:
    """Whether a day is done."""
    return (await IS_DONE.one(tx, program_id, on)).n > 0


async def mark(tx: Connection, program_id: UUID, on: date, *, at: datetime) -> None:
    """Note that a day is done."""
    await MARK.run(tx, program_id, on, at)
