"""Reminders of tenures: who may be due for one, and which went out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query
from domain.store.renewals import Due
from domain.store.standings import HELD, Held


class Sent(Struct, frozen=True):
    """A tenure of which a reminder goes out."""

    tenure_id: UUID


# Who is suspended, is removed or has left is told nothing.
RUNNING = Query(
    Held,
    "-- $1 program  $2 day  $3 not after  $4 after last day (null: from the start)  $5 after tenure"
    "  $6 limit"
    + HELD
    + """
     where t.program_id = $1 and t.outcome is null and a.status in ('active', 'on_leave')
       and t.first_day <= $2 and t.last_day <= $3
       and ($4::date is null or (t.last_day, t.id) > ($4, $5::uuid))
     order by t.last_day, t.id
     limit $6
    """,
)

SEND = Query(
    Sent,
    """
    -- $1 program  $2 kind  $3 tenures  $4 due on  $5 now
    insert into tenure_reminders (program_id, kind, tenure_id, due_on, sent_at)
    select $1, $2, tenure_id, due_on, $5
      from unnest($3::uuid[], $4::date[]) as d (tenure_id, due_on)
     order by tenure_id, due_on
        on conflict do nothing
    returning tenure_id
    """,
)


async def running(
    tx: Connection, program_id: UUID, on: date, until: date, *, after: Due | None, limit: int
) -> list[Held]:
    """Unfinished tenures that have begun by a day and end until another, the first to end first.

    By their last days as stored, which leaves may have moved.
    """
    place = (None, None) if after is None else (after.last_day, after.id)
    return await RUNNING.all(tx, program_id, on, until, *place, limit)


async def send(
    tx: Connection, program_id: UUID, kind: str, due: Sequence[tuple[UUID, date]], at: datetime
) -> set[UUID]:
    """Mark reminders as sent; returns the tenures of those that are new.

    One that another transaction is about to send is waited for.
    """
    rows = await SEND.all(tx, program_id, kind, [id for id, _ in due], [on for _, on in due], at)
    return {row.tenure_id for row in rows}
