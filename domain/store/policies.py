"""Statements on the versions of policies."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query, Statement


class PolicyVersion(Struct, frozen=True):
    """One version: as written, and as in force together with what it inherited."""

    program_id: UUID
    version: int
    document: dict[str, Any]
    effective: dict[str, Any]
    parent_version: int | None
    reason: str
    created_at: datetime
    created_by: UUID | None


class PolicySummary(Struct, frozen=True):
    """A version in the list of versions."""

    version: int
    parent_version: int | None
    reason: str
    created_at: datetime
    created_by: UUID | None


GET = Query(
    PolicyVersion,
    """
    -- $1 program  $2 version
    select program_id, version, document, effective, parent_version, reason, created_at, created_by
      from policies where program_id = $1 and version = $2
    """,
)

IN_FORCE = Query(
    PolicyVersion,
    """
    -- $1 program
    select o.program_id, o.version, o.document, o.effective, o.parent_version, o.reason,
           o.created_at, o.created_by
      from programs g join policies o on o.program_id = g.id and o.version = g.policy_version
     where g.id = $1
    """,
)

PAGE = Query(
    PolicySummary,
    """
    -- $1 program  $2 before version (null: from the newest)  $3 limit
    select version, parent_version, reason, created_at, created_by
      from policies
     where program_id = $1 and ($2::int is null or version < $2)
     order by version desc
     limit $3
    """,
)

INSERT = Statement(
    """
    -- $1 program  $2 version  $3 document  $4 effective  $5 parent version  $6 reason  $7 at  $8 by
    insert into policies (program_id, version, document, effective, parent_version, reason,
                          created_at, created_by)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    """
)


async def get(tx: Connection, program_id: UUID, version: int) -> PolicyVersion | None:
    """One version of a program's policy."""
    return await GET.first(tx, program_id, version)


async def in_force(tx: Connection, program_id: UUID) -> PolicyVersion:
    """The version that a program is under now."""
    return await IN_FORCE.one(tx, program_id)


async def page(
    tx: Connection, program_id: UUID, *, before: int | None, limit: int
) -> list[PolicySummary]:
    """The versions, newest first."""
    return await PAGE.all(tx, program_id, before, limit)


async def insert(tx: Connection, policy: PolicyVersion) -> None:
    """Store a version."""
    await INSERT.run(
        tx,
        policy.program_id,
        policy.version,
        policy.document,
        policy.effective,
        policy.parent_version,
        policy.reason,
        policy.created_at,
        policy.created_by,
    )
