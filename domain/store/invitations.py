"""Statements on invitations; a digest goes in and never comes out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.rules.access import Role
from domain.store.query import Connection, Query, Statement

State = Literal["expired", "open", "redeemed", "revoked"]


class Invitation(Struct, frozen=True):
    """A one-time way in for a person or a role, without its secret."""

    id: UUID
    program_id: UUID
    program: str
    role: Role | None
    person_id: UUID | None
    name: str
    state: State
    expires_at: datetime
    redeemed_at: datetime | None
    redeemed_by: UUID | None
    revoked_at: datetime | None
    created_at: datetime
    created_by: UUID | None
    version: int
    updated_at: datetime


GET = Query(
    Invitation,
    """
    -- $1 program  $2 id  $3 now
    select i.id, i.program_id, p.slug as program, i.role, i.person_id, i.name,
           case when i.redeemed_at is not null then 'redeemed'
                when i.revoked_at is not null then 'revoked'
                when i.expires_at <= $3 then 'expired' else 'open' end as state,
           i.expires_at, i.redeemed_at, i.redeemed_by, i.revoked_at, i.created_at, i.created_by,
           i.version, i.updated_at
      from invitations i join programs p on p.id = i.program_id
     where i.program_id = $1 and i.id = $2
    """,
)

LOCK = Query(
    Invitation,
    """
    -- $1 program  $2 id  $3 now
    select i.id, i.program_id, p.slug as program, i.role, i.person_id, i.name,
           case when i.redeemed_at is not null then 'redeemed'
                when i.revoked_at is not null then 'revoked'
                when i.expires_at <= $3 then 'expired' else 'open' end as state,
           i.expires_at, i.redeemed_at, i.redeemed_by, i.revoked_at, i.created_at, i.created_by,
           i.version, i.updated_at
      from invitations i join programs p on p.id = i.program_id
     where i.program_id = $1 and i.id = $2
       for update of i
    """,
)

PRESENTED = Query(
    Invitation,
    """
    -- $1 digest  $2 now
    select i.id, i.program_id, p.slug as program, i.role, i.person_id, i.name,
           case when i.redeemed_at is not null then 'redeemed'
                when i.revoked_at is not null then 'revoked'
                when i.expires_at <= $2 then 'expired' else 'open' end as state,
           i.expires_at, i.redeemed_at, i.redeemed_by, i.revoked_at, i.created_at, i.created_by,
           i.version, i.updated_at
      from invitations i join programs p on p.id = i.program_id
     where i.digest = $1
       for update of i
    """,
)

PAGE = Query(
    Invitation,
    """
    -- $1 program  $2 state (null: any)  $3 now  $4 after id  $5 limit
    select * from (
        select i.id, i.program_id, p.slug as program, i.role, i.person_id, i.name,
               case when i.redeemed_at is not null then 'redeemed'
                    when i.revoked_at is not null then 'revoked'
                    when i.expires_at <= $3 then 'expired' else 'open' end as state,
               i.expires_at, i.redeemed_at, i.redeemed_by, i.revoked_at, i.created_at,
               i.created_by, i.version, i.updated_at
          from invitations i join programs p on p.id = i.program_id
         where i.program_id = $1 and ($4::uuid is null or i.id > $4)) as known
     where $2::text is null or state = $2
     order by id
     limit $5
    """,
)

INSERT = Statement(
    """
    -- $1 id  $2 program  $3 role  $4 person  $5 name  $6 digest  $7 expires at  $8 now  $9 by
    insert into invitations (id, program_id, role, person_id, name, digest, expires_at, created_at,
                             created_by, version, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $8)
    """
)

REPLACE = Statement(
    """
    -- $1 id  $2 digest  $3 now
    update invitations set digest = $2, version = version + 1, updated_at = $3 where id = $1
    """
)

REDEEM = Statement(
    """
    -- $1 id  $2 account  $3 now
    update invitations
       set redeemed_at = $3, redeemed_by = $2, version = version + 1, updated_at = $3
     where id = $1
    """
)

REVOKE = Statement(
    """
    -- $1 id  $2 now
    update invitations set revoked_at = $2, version = version + 1, updated_at = $2 where id = $1
    """
)


async def get(
    tx: Connection, program_id: UUID, invitation_id: UUID, at: datetime
) -> Invitation | None:
    """The invitation of a program with this id, in its state at a time."""
    return await GET.first(tx, program_id, invitation_id, at)


async def lock(
    tx: Connection, program_id: UUID, invitation_id: UUID, at: datetime
) -> Invitation | None:
    """The invitation of a program with this id, in its state at a time, locked."""
    return await LOCK.first(tx, program_id, invitation_id, at)


async def presented(tx: Connection, digest: bytes, at: datetime) -> Invitation | None:
    """The invitation whose secret was sent, in its state at a time, locked."""
    return await PRESENTED.first(tx, digest, at)


async def page(
    tx: Connection,
    program_id: UUID,
    *,
    state: State | None,
    at: datetime,
    after: UUID | None,
    limit: int,
) -> list[Invitation]:
    """The invitations of a program in the order in which they were made."""
    return await PAGE.all(tx, program_id, state, at, after, limit)


async def insert(
    tx: Connection,
    *,
    id: UUID,
    program_id: UUID,
    role: Role | None,
    person_id: UUID | None,
    name: str,
    digest: bytes,
    expires_at: datetime,
    at: datetime,
    by: UUID | None,
) -> None:
    """Store a new invitation."""
    await INSERT.run(tx, id, program_id, role, person_id, name, digest, expires_at, at, by)


async def replace(tx: Connection, invitation_id: UUID, *, digest: bytes, at: datetime) -> None:
    """Give an invitation another secret; the one before is good for nothing."""
    await REPLACE.run(tx, invitation_id, digest, at)


async def redeem(tx: Connection, invitation_id: UUID, account_id: UUID, at: datetime) -> None:
    """Note which account an invitation has made."""
    await REDEEM.run(tx, invitation_id, account_id, at)


async def revoke(tx: Connection, invitation_id: UUID, at: datetime) -> None:
    """Revoke an invitation."""
    await REVOKE.run(tx, invitation_id, at)
