"""Statements on memberships of groups and roles, with the version of their ambassador."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.rules.memberships import MembershipKind
from domain.store.query import Connection, Count, Query, Statement


class Membership(Struct, frozen=True):
    """A membership; its days are inclusive, None means unknown (from) or open (until)."""

    id: UUID
    ambassador_id: UUID
    kind: MembershipKind
    code: str
    valid_from: date | None
    valid_until: date | None
    version: int


GET = Query(
    Membership,
    """
    -- $1 program  $2 ambassador  $3 membership
    select m.id, m.ambassador_id, m.kind, m.code, m.valid_from, m.valid_until, a.version
      from memberships m
      join ambassadors a on a.program_id = m.program_id and a.id = m.ambassador_id
     where m.program_id = $1 and m.ambassador_id = $2 and m.id = $3
    """,
)

PAGE = Query(
    Membership,
    """
    -- $1 program  $2 ambassador  $3 whether what is hidden is shown too  $4 membership (null: any)
    -- $5 after membership (null: from the start)  $6 limit
    select m.id, m.ambassador_id, m.kind, m.code, m.valid_from, m.valid_until, a.version
      from memberships m
      join ambassadors a on a.program_id = m.program_id and a.id = m.ambassador_id
      join directory_entries e
        on e.program_id = m.program_id and e.ambassador_id = m.ambassador_id
     where m.program_id = $1 and m.ambassador_id = $2
       and ($3 or m.kind || 's' = any(e.shown))
       and ($4::uuid is null or m.id = $4)
       and ($5::uuid is null or m.id > $5)
     order by m.id
     limit $6
    """,
)

OVERLAPS = Query(
    Count,
    """
    -- $1 program  $2 ambassador  $3 membership  $4 kind  $5 code  $6 from  $7 until
    select count(*) as n from memberships
     where program_id = $1 and ambassador_id = $2 and id <> $3 and kind = $4 and code = $5
       and coalesce(valid_from, '-infinity') <= coalesce($7::date, 'infinity')
       and coalesce($6::date, '-infinity') <= coalesce(valid_until, 'infinity')
    """,
)

INSERT = Statement(
    """
    -- $1 program  $2 id  $3 ambassador  $4 kind  $5 code  $6 from  $7 until
    insert into memberships (program_id, id, ambassador_id, kind, code, valid_from, valid_until)
    values ($1, $2, $3, $4, $5, $6, $7)
    """
)

UPDATE = Statement(
    """
    -- $1 program  $2 id  $3 from  $4 until
    update memberships set valid_from = $3, valid_until = $4 where program_id = $1 and id = $2
    """
)

DELETE = Statement(
    """
    -- $1 program  $2 id
    delete from memberships where program_id = $1 and id = $2
    """
)


async def get(
    tx: Connection, program_id: UUID, ambassador_id: UUID, membership_id: UUID
) -> Membership | None:
    """One membership of an ambassador."""
    return await GET.first(tx, program_id, ambassador_id, membership_id)


async def page(
    tx: Connection,
    program_id: UUID,
    ambassador_id: UUID,
    *,
    hidden_too: bool,
    membership_id: UUID | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[Membership]:
    """An ambassador's memberships, oldest record first; hidden ones only with `hidden_too`."""
    return await PAGE.all(tx, program_id, ambassador_id, hidden_too, membership_id, after, limit)


async def overlaps(tx: Connection, program_id: UUID, membership: Membership) -> bool:
    """Whether the ambassador is a member of the same on one of these days by another record.

    Only the lock on the ambassador's record makes the answer hold.
    """
    counted = await OVERLAPS.one(
        tx,
        program_id,
        membership.ambassador_id,
        membership.id,
        membership.kind,
        membership.code,
        membership.valid_from,
        membership.valid_until,
    )
    return counted.n > 0


async def insert(tx: Connection, program_id: UUID, membership: Membership) -> None:
    """Store a new membership."""
    await INSERT.run(
        tx,
        program_id,
        membership.id,
        membership.ambassador_id,
        membership.kind,
        membership.code,
        membership.valid_from,
        membership.valid_until,
    )


async def update(tx: Connection, program_id: UUID, membership: Membership) -> None:
    """Store the days of a membership as they are now."""
    await UPDATE.run(tx, program_id, membership.id, membership.valid_from, membership.valid_until)


async def delete(tx: Connection, program_id: UUID, membership_id: UUID) -> None:
    """Take a membership away whole."""
    await DELETE.run(tx, program_id, membership_id)
