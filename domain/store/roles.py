"""Statements on role assignments."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.rules.access import Role
from domain.store.query import Connection, Query, Statement


class RoleAssignment(Struct, frozen=True):
    """A role of an account in a program (null: in the instance), from when until when."""

    id: UUID
    account_id: UUID
    account_name: str
    role: Role
    program_id: UUID | None
    program: str | None
    valid_from: datetime
    valid_until: datetime | None
    assigned_by: UUID | None
    version: int
    updated_at: datetime


GET = Query(
    RoleAssignment,
    """
    -- $1 id  $2 programs (null: all, and the instance)
    select r.id, r.account_id, a.name as account_name, r.role, r.program_id, p.slug as program,
           r.valid_from, r.valid_until, r.assigned_by, r.version, r.updated_at
      from role_assignments r
      join accounts a on a.id = r.account_id
      left join programs p on p.id = r.program_id
     where r.id = $1 and ($2::uuid[] is null or r.program_id = any($2))
    """,
)

LOCK = Query(
    RoleAssignment,
    """
    -- $1 id  $2 programs (null: all, and the instance)
    select r.id, r.account_id, a.name as account_name, r.role, r.program_id, p.slug as program,
           r.valid_from, r.valid_until, r.assigned_by, r.version, r.updated_at
      from role_assignments r
      join accounts a on a.id = r.account_id
      left join programs p on p.id = r.program_id
     where r.id = $1 and ($2::uuid[] is null or r.program_id = any($2))
       for update of r
    """,
)

PAGE = Query(
    RoleAssignment,
    """
    -- $1 programs (null: all, and the instance)  $2 account (null: any)  $3 role (null: any)
    -- $4 now (null: the ended ones too)  $5 after id  $6 limit
    select r.id, r.account_id, a.name as account_name, r.role, r.program_id, p.slug as program,
           r.valid_from, r.valid_until, r.assigned_by, r.version, r.updated_at
      from role_assignments r
      join accounts a on a.id = r.account_id
      left join programs p on p.id = r.program_id
     where ($1::uuid[] is null or r.program_id = any($1))
       and ($2::uuid is null or r.account_id = $2)
       and ($3::text is null or r.role = $3)
       and ($4::timestamptz is null or r.valid_until is null or r.valid_until > $4)
       and ($5::uuid is null or r.id > $5)
     order by r.id
     limit $6
    """,
)

INSERT = Statement(
    """
    -- $1 id  $2 account  $3 role  $4 program  $5 from  $6 until  $7 by  $8 now
    insert into role_assignments (id, account_id, role, program_id, valid_from, valid_until,
                                  assigned_by, version, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, 1, $8)
    """
)

END = Statement(
    """
    -- $1 id  $2 now
    update role_assignments
       set valid_until = greatest(valid_from, $2), version = version + 1, updated_at = $2
     where id = $1
    """
)


async def get(
    tx: Connection, assignment_id: UUID, programs: frozenset[UUID] | None
) -> RoleAssignment | None:
    """The assignment with this id, if it is in one of these programs."""
    return await GET.first(tx, assignment_id, None if programs is None else list(programs))


async def lock(
    tx: Connection, assignment_id: UUID, programs: frozenset[UUID] | None
) -> RoleAssignment | None:
    """The assignment with this id, if it is in one of these programs, locked."""
    return await LOCK.first(tx, assignment_id, None if programs is None else list(programs))


async def page(
    tx: Connection,
    *,
    programs: frozenset[UUID] | None,
    account_id: UUID | None,
    role: Role | None,
    ending_after: datetime | None,
    after: UUID | None,
    limit: int,
) -> list[RoleAssignment]:
    """Assignments in the order in which they were made."""
    scope = None if programs is None else list(programs)
    return await PAGE.all(tx, scope, account_id, role, ending_after, after, limit)


async def insert(
    tx: Connection,
    *,
    id: UUID,
    account_id: UUID,
    role: Role,
    program_id: UUID | None,
    valid_from: datetime,
    valid_until: datetime | None,
    by: UUID | None,
    at: datetime,
) -> None:
    """Store a new assignment."""
    await INSERT.run(tx, id, account_id, role, program_id, valid_from, valid_until, by, at)


async def end(tx: Connection, assignment_id: UUID, at: datetime) -> None:
    """End an assignment now; one that has not begun never will."""
    await END.run(tx, assignment_id, at)
