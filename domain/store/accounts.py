"""Statements on accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Count, Query, Statement

Kind = Literal["integration", "person"]


class Account(Struct, frozen=True):
    """Who can call; `person_id` is null for whoever has no record among the people."""

    id: UUID
    kind: Kind
    name: str
    person_id: UUID | None
    disabled_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class Reference(Struct, frozen=True):
    """Only the id of an account."""

    id: UUID


GET = Query(
    Account,
    """
    -- $1 id
    select id, kind, name, person_id, disabled_at, version, created_at, updated_at
      from accounts where id = $1
    """,
)

LOCK = Query(
    Account,
    """
    -- $1 id
    select id, kind, name, person_id, disabled_at, version, created_at, updated_at
      from accounts where id = $1 for update
    """,
)

PAGE = Query(
    Account,
    """
    -- $1 kind (null: any)  $2 person (null: any)  $3 after id  $4 limit
    select id, kind, name, person_id, disabled_at, version, created_at, updated_at
      from accounts
     where ($1::text is null or kind = $1) and ($2::uuid is null or person_id = $2)
       and ($3::uuid is null or id > $3)
     order by id
     limit $4
    """,
)

INSERT = Statement(
    """
    -- $1 id  $2 kind  $3 name  $4 person  $5 now
    insert into accounts (id, kind, name, person_id, version, created_at, updated_at)
    values ($1, $2, $3, $4, 1, $5, $5)
    """
)

UPDATE = Statement(
    """
    -- $1 id  $2 name  $3 disabled at  $4 now
    update accounts set name = $2, disabled_at = $3, version = version + 1, updated_at = $4
     where id = $1
    """
)

OWNERS_LOCK = Statement("select pg_advisory_xact_lock(hashtext('chancery.owners'))")

LASTING_OWNERS = Query(
    Count,
    """
    -- $1 now  $2 assignment to leave out (null: none)  $3 account to leave out (null: none)
    select count(*) as n
      from role_assignments r join accounts a on a.id = r.account_id
     where r.role = 'owner' and r.valid_from <= $1 and r.valid_until is null
       and a.disabled_at is null
       and ($2::uuid is null or r.id <> $2) and ($3::uuid is null or a.id <> $3)
    """,
)

FIRST_OWNER = Query(
    Reference,
    """
    -- $1 now
    select a.id
      from role_assignments r join accounts a on a.id = r.account_id
     where r.role = 'owner' and r.valid_from <= $1
       and (r.valid_until is null or r.valid_until > $1) and a.disabled_at is null
     order by a.id
     limit 1
    """,
)


async def get(tx: Connection, account_id: UUID) -> Account | None:
    """The account with this id."""
    return await GET.first(tx, account_id)


async def lock(tx: Connection, account_id: UUID) -> Account | None:
    """The account with this id, locked until the transaction ends."""
    return await LOCK.first(tx, account_id)


async def page(
    tx: Connection, *, kind: str | None, person_id: UUID | None, after: UUID | None, limit: int
) -> list[Account]:
    """Accounts in the order in which they were made."""
    return await PAGE.all(tx, kind, person_id, after, limit)


async def insert(
    tx: Connection, *, id: UUID, kind: Kind, name: str, person_id: UUID | None, at: datetime
) -> None:
    """Store a new account."""
    await INSERT.run(tx, id, kind, name, person_id, at)


async def update(
    tx: Connection, account_id: UUID, *, name: str, disabled_at: datetime | None, at: datetime
) -> None:
    """Change an account."""
    await UPDATE.run(tx, account_id, name, disabled_at, at)


async def lock_owners(tx: Connection) -> None:
    """One change at a time of who the owners are, so that the last one is seen to be the last."""
    await OWNERS_LOCK.run(tx)


async def lasting_owners(
    tx: Connection,
    at: datetime,
    *,
    without_assignment: UUID | None = None,
    without_account: UUID | None = None,
) -> int:
    """How many owner's roles are in force without an end, on accounts that are not disabled."""
    return (await LASTING_OWNERS.one(tx, at, without_assignment, without_account)).n


async def first_owner(tx: Connection, at: datetime) -> UUID | None:
    """The oldest account that is an owner now."""
    found = await FIRST_OWNER.first(tx, at)
    return found.id if found else None
