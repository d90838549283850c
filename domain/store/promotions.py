"""Statements on promotions: who went from one program to another."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Count, Query, Statement


class Promotion(Struct, frozen=True):
    """A promotion as its reader may see it; the handles are those that the two have now."""

    id: UUID
    from_program: str
    from_handle: str
    to_program: str
    to_handle: str
    promoted_on: date | None
    reason: str | None


class Whose(Struct, frozen=True):
    """The person who has a handle."""

    id: UUID


# Only while both are records of one human being: an undone merge may have parted them.
PAGE = Query(
    Promotion,
    """
    -- $1 program  $2 ambassador  $3 whether the reader is an insider there
    -- $4 before promotion (null: from the newest)  $5 limit
    select p.id, fg.slug as from_program, fa.handle as from_handle, tg.slug as to_program,
           ta.handle as to_handle, case when $3 then p.reason end as reason,
           case when $3 or te.joined_on is not null then
               (p.promoted_at at time zone coalesce(po.effective ->> 'time_zone', 'UTC'))::date
           end as promoted_on
      from promotions p
      join ambassadors fa on fa.program_id = p.from_program_id and fa.id = p.from_ambassador_id
      join ambassadors ta on ta.program_id = p.to_program_id and ta.id = p.to_ambassador_id
      join programs fg on fg.id = fa.program_id
      join programs tg on tg.id = ta.program_id
      join policies po on po.program_id = tg.id and po.version = tg.policy_version
      left join directory_entries te
        on te.program_id = ta.program_id and te.ambassador_id = ta.id
     where ((p.from_program_id = $1 and p.from_ambassador_id = $2)
            or (p.to_program_id = $1 and p.to_ambassador_id = $2))
       and fa.person_id = ta.person_id
       and ($3 or exists (
               select from directory_entries e
                 join programs g on g.id = e.program_id
                 join policies o on o.program_id = g.id and o.version = g.policy_version
                where (e.program_id, e.ambassador_id) = (
                          case p.from_program_id when $1 then ta.program_id else fa.program_id end,
                          case p.from_program_id when $1 then ta.id else fa.id end)
                  and coalesce((o.effective #>> '{directory,public}')::boolean, true)
                  and coalesce(o.effective #> '{directory,statuses}', '["active"]') ? e.status))
       and ($4::uuid is null or p.id < $4)
     order by p.id desc
     limit $5
    """,
)

GET = Query(
    Promotion,
    """
    -- $1 program that was left  $2 promotion
    select p.id, fg.slug as from_program, fa.handle as from_handle, tg.slug as to_program,
           ta.handle as to_handle, p.reason,
           (p.promoted_at at time zone coalesce(po.effective ->> 'time_zone', 'UTC'))::date
               as promoted_on
      from promotions p
      join ambassadors fa on fa.program_id = p.from_program_id and fa.id = p.from_ambassador_id
      join ambassadors ta on ta.program_id = p.to_program_id and ta.id = p.to_ambassador_id
      join programs fg on fg.id = fa.program_id
      join programs tg on tg.id = ta.program_id
      join policies po on po.program_id = tg.id and po.version = tg.policy_version
     where p.from_program_id = $1 and p.id = $2
    """,
)

WHOSE = Query(
    Whose,
    """
    -- $1 program  $2 handle
    select person_id as id from ambassadors where program_id = $1 and lower(handle) = lower($2)
    """,
)

PRESENT = Query(
    Count,
    """
    -- $1 program  $2 person
    select count(*) as n from ambassadors where program_id = $1 and person_id = $2
    """,
)

INSERT = Statement(
    """
    -- $1 id  $2 from program  $3 from ambassador  $4 to program  $5 to ambassador  $6 reason
    -- $7 at  $8 by
    insert into promotions (id, from_program_id, from_ambassador_id, to_program_id,
                            to_ambassador_id, reason, promoted_at, promoted_by)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    """
)


async def page(
    tx: Connection,
    program_id: UUID,
    ambassador_id: UUID,
    *,
    insider: bool,
    before: UUID | None = None,
    limit: int,
) -> list[Promotion]:
    """An ambassador's promotions from and to the program, newest first.

    Whoever is no insider sees those whose other end is public too, without the reasons.
    """
    return await PAGE.all(tx, program_id, ambassador_id, insider, before, limit)


async def get(tx: Connection, program_id: UUID, promotion_id: UUID) -> Promotion | None:
    """A promotion from a program, with all that is known of it."""
    return await GET.first(tx, program_id, promotion_id)


async def whose(tx: Connection, program_id: UUID, handle: str) -> UUID | None:
    """The person who has a handle in a program now, not locked."""
    found = await WHOSE.first(tx, program_id, handle)
    return found.id if found else None


async def is_ambassador(tx: Connection, program_id: UUID, person_id: UUID) -> bool:
    """Whether a person has a record in a program, whatever their status is."""
    return (await PRESENT.one(tx, program_id, person_id)).n > 0


async def insert(
    tx: Connection,
    *,
    id: UUID,
    origin: tuple[UUID, UUID],
    target: tuple[UUID, UUID],
    reason: str,
    at: datetime,
    by: UUID | None,
) -> None:
    """Store a promotion; `origin` and `target` are a program and an ambassador each."""
    await INSERT.run(tx, id, *origin, *target, reason, at, by)
