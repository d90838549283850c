"""Statements on ambassadors and the handles that they had before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from domain.rules.ambassadors import AmbassadorStatus
from domain.store.query import Connection, Query, Statement


class Ambassador(Struct, frozen=True):
    """A person's membership of one program."""

    program_id: UUID
    id: UUID
    person_id: UUID
    handle: str
    status: AmbassadorStatus
    status_reason: str | None
    status_on: date | None
    farewell: str | None
    joined_on: date | None
    hidden_fields: list[str]
    position: int | None
    version: int
    created_at: datetime
    updated_at: datetime


class Found(Struct, frozen=True):
    """An ambassador that a handle leads to."""

    id: UUID


LOCK = Query(
    Ambassador,
    """
    -- $1 program  $2 handle
    select program_id, id, person_id, handle, status, status_reason, status_on, farewell, joined_on,
           hidden_fields, position, version, created_at, updated_at
      from ambassadors where program_id = $1 and lower(handle) = lower($2) for update
    """,
)

LOCK_MANY = Query(
    Ambassador,
    """
    -- $1 program  $2 ambassadors
    select program_id, id, person_id, handle, status, status_reason, status_on, farewell, joined_on,
           hidden_fields, position, version, created_at, updated_at
      from ambassadors where program_id = $1 and id = any($2) order by id for update
    """,
)

RESOLVE = Query(
    Found,
    """
    -- $1 program  $2 handle
    select id from (
        select id, 'infinity'::timestamptz as until_at
          from ambassadors where program_id = $1 and lower(handle) = lower($2)
        union all
        select ambassador_id, until_at
          from ambassador_handles where program_id = $1 and lower(handle) = lower($2)) as held
     order by until_at desc, id desc
     limit 1
    """,
)

INSERT = Statement(
    """
    -- $1 program  $2 id  $3 person  $4 handle  $5 status  $6 status reason  $7 status on
    -- $8 farewell  $9 joined  $10 hidden fields  $11 position  $12 version  $13 created
    -- $14 updated
    insert into ambassadors (program_id, id, person_id, handle, status, status_reason, status_on,
                             farewell, joined_on, hidden_fields, position, version, created_at,
                             updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    """
)

UPDATE = Statement(
    """
    -- $1 program  $2 id  $3 handle  $4 status  $5 status reason  $6 status on  $7 farewell
    -- $8 joined  $9 hidden fields  $10 position  $11 version  $12 updated
    update ambassadors
       set handle = $3, status = $4, status_reason = $5, status_on = $6, farewell = $7,
           joined_on = $8, hidden_fields = $9, position = $10, version = $11, updated_at = $12
     where program_id = $1 and id = $2
    """
)

TURN = Statement(
    """
    -- $1 rows
    update ambassadors a
       set status = n.status, status_reason = n.status_reason, status_on = n.status_on,
           version = n.version, updated_at = n.updated_at
      from jsonb_populate_recordset(null::ambassadors, $1) n
     where a.program_id = n.program_id and a.id = n.id
    """
)

KEEP_HANDLE = Statement(
    """
    -- $1 program  $2 id  $3 ambassador  $4 handle  $5 until
    insert into ambassador_handles (program_id, id, ambassador_id, handle, until_at)
    values ($1, $2, $3, $4, $5)
    """
)


async def lock(tx: Connection, program_id: UUID, handle: str) -> Ambassador | None:
    """The ambassador who has this handle now, locked until the transaction ends."""
    return await LOCK.first(tx, program_id, handle)


async def lock_many(tx: Connection, program_id: UUID, ids: Sequence[UUID]) -> list[Ambassador]:
    """The ambassadors with these ids, locked until the transaction ends, by their ids."""
    return await LOCK_MANY.all(tx, program_id, ids)


async def turn_many(tx: Connection, ambassadors: Sequence[Ambassador]) -> None:
    """Store the statuses of locked ambassadors, with the versions that they have now."""
    await TURN.run(tx, ambassadors)


async def resolve(tx: Connection, program_id: UUID, handle: str) -> UUID | None:
    """The ambassador who has this handle, or else the last one who had it."""
    found = await RESOLVE.first(tx, program_id, handle)
    return found.id if found else None


async def insert(tx: Connection, ambassador: Ambassador) -> None:
    """Store a new ambassador."""
    await INSERT.run(
        tx,
        ambassador.program_id,
        ambassador.id,
        ambassador.person_id,
        ambassador.handle,
        ambassador.status,
        ambassador.status_reason,
        ambassador.status_on,
        ambassador.farewell,
        ambassador.joined_on,
        ambassador.hidden_fields,
        ambassador.position,
        ambassador.version,
        ambassador.created_at,
        ambassador.updated_at,
    )


async def update(tx: Connection, ambassador: Ambassador) -> None:
    """Store a locked ambassador as it is now, with the version that it has now."""
    await UPDATE.run(
        tx,
        ambassador.program_id,
        ambassador.id,
        ambassador.handle,
        ambassador.status,
        ambassador.status_reason,
        ambassador.status_on,
        ambassador.farewell,
        ambassador.joined_on,
        ambassador.hidden_fields,
        ambassador.position,
        ambassador.version,
        ambassador.updated_at,
    )


async def keep_handle(tx: Connection, ambassador: Ambassador, *, id: UUID, until: datetime) -> None:
    """Remember the handle that an ambassador gives up at this UTC time."""
    await KEEP_HANDLE.run(tx, ambassador.program_id, id, ambassador.id, ambassador.handle, until)
