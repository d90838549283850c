"""The event log: rows in one stable order, shown once every older transaction has ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query, Statement


class Event(Struct, frozen=True):
    """A fact that was announced; (`xid`, `seq`) is its place in the order."""

    id: UUID
    xid: int
    seq: int
    type: str
    program_id: UUID | None
    program: str | None
    subject_id: UUID
    data: dict[str, Any]
    at: datetime


class Horizon(Struct, frozen=True):
    """The oldest transaction that may still add events."""

    xid: int


INSERT = Statement(
    """
    -- $1 id  $2 type  $3 program  $4 subject  $5 data  $6 at
    insert into events (id, type, program_id, subject_id, data, at)
    values ($1, $2, $3, $4, $5, $6)
    """
)

AFTER = Query(
    Event,
    """
    -- $1 xid  $2 seq  $3 programs (null: all)  $4 types (null: all)  $5 limit
    select e.id, e.xid::text::bigint as xid, e.seq, e.type, e.program_id, p.slug as program,
           e.subject_id, e.data, e.at
      from events e left join programs p on p.id = e.program_id
     where (e.xid, e.seq) > ($1::text::xid8, $2::bigint)
       and e.xid < pg_snapshot_xmin(pg_current_snapshot())
       and ($3::uuid[] is null or e.program_id = any($3))
       and ($4::text[] is null or e.type = any($4))
     order by e.xid, e.seq
     limit $5
    """,
)

HORIZON = Query(
    Horizon,
    """
    -- no parameters
    select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xid
    """,
)


async def insert(
    tx: Connection,
    *,
    id: UUID,
    type: str,
    program_id: UUID | None,
    subject_id: UUID,
    data: dict[str, Any],
    at: datetime,
) -> None:
    """Add an event to the log of the current transaction."""
    await INSERT.run(tx, id, type, program_id, subject_id, data, at)


async def after(
    tx: Connection,
    *,
    xid: int,
    seq: int,
    programs: frozenset[UUID] | None,
    types: list[str] | None,
    limit: int,
) -> list[Event]:
    """Events behind a place in the order, held back while an older transaction still runs."""
    return await AFTER.all(
        tx, str(xid), seq, None if programs is None else list(programs), types, limit
    )


async def horizon(tx: Connection) -> int:
    """The oldest transaction that may still add events: everything before it can be seen."""
    return (await HORIZON.one(tx)).xid
