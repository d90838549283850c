"""Statements on leaves of absence, and on the statuses that follow them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from domain.rules.ambassadors import AmbassadorStatus
from domain.store.query import Connection, Query, Statement


class Leave(Struct, frozen=True):
    """A leave of an ambassador; its days are inclusive, `last_day` None: nobody knows yet."""

    id: UUID
    ambassador_id: UUID
    first_day: date
    last_day: date | None
    reason: str | None
    announced_by: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime


class Stopped(Struct, frozen=True):
    """A leave of somebody who left: it ends on `stops_on`, or (None) never begins."""

    id: UUID
    ambassador_id: UUID
    first_day: date
    last_day: date | None
    stops_on: date | None


class Reference(Struct, frozen=True):
    """The id of an ambassador."""

    id: UUID


class Turned(Struct, frozen=True):
    """An ambassador whose status followed a leave."""

    id: UUID
    before: AmbassadorStatus
    reason_before: str | None
    on_before: date | None
    after: AmbassadorStatus
    on_after: date


PAGE = Query(
    Leave,
    """
    -- $1 program  $2 ambassador  $3 whether the reason is told  $4 leave (null: any)
    -- $5 before first day (null: from the last)  $6 before leave  $7 limit
    select id, ambassador_id, first_day, last_day, case when $3 then reason end as reason,
           announced_by, version, created_at, updated_at
      from leaves
     where program_id = $1 and ambassador_id = $2
       and ($4::uuid is null or id = $4)
       and ($5::date is null or (first_day, id) < ($5, $6::uuid))
     order by first_day desc, id desc
     limit $7
    """,
)

LOCK = Query(
    Leave,
    """
    -- $1 program  $2 ambassador  $3 leave
    select id, ambassador_id, first_day, last_day, reason, announced_by, version, created_at,
           updated_at
      from leaves where program_id = $1 and ambassador_id = $2 and id = $3 for update
    """,
)

TOUCHING = Query(
    Leave,
    """
    -- $1 program  $2 ambassador  $3 first day  $4 last day
    select id, ambassador_id, first_day, last_day, reason, announced_by, version, created_at,
           updated_at
      from leaves
     where program_id = $1 and ambassador_id = $2
       and first_day <= $4 and coalesce(last_day >= $3, true)
     order by first_day, id
       for update
    """,
)

INSERT = Statement(
    """
    -- $1 program  $2 id  $3 ambassador  $4 first day  $5 last day  $6 reason  $7 announced by
    -- $8 version  $9 created  $10 updated
    insert into leaves (program_id, id, ambassador_id, first_day, last_day, reason, announced_by,
                        version, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    """
)

UPDATE = Statement(
    """
    -- $1 program  $2 id  $3 first day  $4 last day  $5 reason  $6 version  $7 updated
    update leaves set first_day = $3, last_day = $4, reason = $5, version = $6, updated_at = $7
     where program_id = $1 and id = $2
    """
)

DELETE = Statement(
    """
    -- $1 program  $2 id
    delete from leaves where program_id = $1 and id = $2
    """
)

STOP = Query(
    Stopped,
    """
    -- $1 program  $2 ambassadors (null: everybody)  $3 today  $4 now
    with outlasting as (
        select l.id, l.ambassador_id, l.first_day, l.last_day,
               case when l.first_day < coalesce(a.status_on, $3)
                    then coalesce(a.status_on, $3) - 1 end as stops_on
          from leaves l
          join ambassadors a on a.program_id = l.program_id and a.id = l.ambassador_id
         where l.program_id = $1 and ($2::uuid[] is null or l.ambassador_id = any($2))
           and a.status in ('emeritus', 'removed')
           and coalesce(l.last_day >= coalesce(a.status_on, $3), true)
         order by a.id, l.id
           for update of a, l
    ), stopped as (
        update leaves l set last_day = o.stops_on, version = l.version + 1, updated_at = $4
          from outlasting o
         where l.program_id = $1 and l.id = o.id and o.stops_on is not null
    ), removed as (
        delete from leaves l using outlasting o
         where l.program_id = $1 and l.id = o.id and o.stops_on is null
    )
    select id, ambassador_id, first_day, last_day, stops_on from outlasting order by id
    """,
)

# Locked first: what the leaves say is read by the next statement, when nobody can change it. A day
# that is caught up with changes no status that was set for a later one.
LOCK_TURNING = Query(
    Reference,
    """
    -- $1 program  $2 day
    select a.id
      from ambassadors a
      join programs g on g.id = a.program_id and g.status <> 'archived'
     where a.program_id = $1 and a.status in ('active', 'on_leave')
       and coalesce(a.status_on <= $2, true)
       and exists (select from leaves l
                    where l.program_id = a.program_id and l.ambassador_id = a.id
                      and l.first_day <= $2
                      and case a.status when 'active' then coalesce(l.last_day >= $2, true)
                          else l.last_day between a.status_on and $2 - 1 end)
     order by a.id
       for update of a
    """,
)

TURN = Query(
    Turned,
    """
    -- $1 program  $2 day  $3 ambassadors  $4 now
    with held as (
        select a.id, a.status, a.status_reason, a.status_on,
               min(l.first_day) filter (where coalesce(l.last_day >= $2, true)) as since,
               max(l.last_day) filter (where l.last_day < $2) as until
          from ambassadors a
          join leaves l on l.program_id = a.program_id and l.ambassador_id = a.id
         where a.program_id = $1 and a.id = any($3) and l.first_day <= $2
           and coalesce(a.status_on <= $2, true)
         group by a.program_id, a.id
    )
    update ambassadors a
       set status = case when h.since is null then 'active' else 'on_leave' end,
           status_on = coalesce(h.since, h.until + 1), status_reason = null,
           version = a.version + 1, updated_at = $4
      from held h
     where a.program_id = $1 and a.id = h.id
       and case a.status when 'active' then h.since is not null
           when 'on_leave' then h.since is null and h.until >= a.status_on end
    returning a.id, h.status as before, h.status_reason as reason_before,
              h.status_on as on_before, a.status as after, a.status_on as on_after
    """,
)

SHOW = Statement(
    """
    -- $1 program  $2 ambassadors
    update directory_entries e set status = a.status
      from ambassadors a
     where e.program_id = $1 and e.ambassador_id = any($2)
       and a.program_id = e.program_id and a.id = e.ambassador_id
    """
)


async def page(
    tx: Connection,
    program_id: UUID,
    ambassador_id: UUID,
    *,
    whole: bool,
    leave_id: UUID | None = None,
    before: tuple[date, UUID] | None = None,
    limit: int,
) -> list[Leave]:
    """An ambassador's leaves, the last one first; with their reasons only when `whole`."""
    day, last = before or (None, None)
    return await PAGE.all(tx, program_id, ambassador_id, whole, leave_id, day, last, limit)


async def lock(
    tx: Connection, program_id: UUID, ambassador_id: UUID, leave_id: UUID
) -> Leave | None:
    """One leave of an ambassador, locked until the transaction ends."""
    return await LOCK.first(tx, program_id, ambassador_id, leave_id)


async def touching(
    tx: Connection, program_id: UUID, ambassador_id: UUID, first: date, last: date
) -> list[Leave]:
    """The leaves that have one of these days (inclusive), the first to begin first, locked."""
    return await TOUCHING.all(tx, program_id, ambassador_id, first, last)


async def insert(tx: Connection, program_id: UUID, leave: Leave) -> None:
    """Store a new leave."""
    await INSERT.run(
        tx,
        program_id,
        leave.id,
        leave.ambassador_id,
        leave.first_day,
        leave.last_day,
        leave.reason,
        leave.announced_by,
        leave.version,
        leave.created_at,
        leave.updated_at,
    )


async def update(tx: Connection, program_id: UUID, leave: Leave) -> None:
    """Store a locked leave as it is now, with the version that it has now."""
    await UPDATE.run(
        tx,
        program_id,
        leave.id,
        leave.first_day,
        leave.last_day,
        leave.reason,
        leave.version,
        leave.updated_at,
    )


async def delete(tx: Connection, program_id: UUID, leave_id: UUID) -> None:
    """Take a leave away whole."""
    await DELETE.run(tx, program_id, leave_id)


async def stop(
    tx: Connection, program_id: UUID, ambassadors: list[UUID] | None, today: date, at: datetime
) -> list[Stopped]:
    """End the leaves of those (None: of all) who left on the day before, or take them away."""
    return await STOP.all(tx, program_id, ambassadors, today, at)


async def turn(tx: Connection, program_id: UUID, on: date, at: datetime) -> list[Turned]:
    """Make the statuses of a program follow its leaves as they are on a day."""
    ids = [row.id for row in await LOCK_TURNING.all(tx, program_id, on)]
    turned = await TURN.all(tx, program_id, on, ids, at) if ids else []
    if turned:
        await SHOW.run(tx, program_id, [one.id for one in turned])
    return turned
