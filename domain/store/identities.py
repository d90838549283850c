"""Statements on people's identities and the handles that they had before."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.rules.identities import Identity
from domain.store.query import Connection, Query, Statement

OF_PERSON = Query(
    Identity,
    """
    -- $1 person  $2 after id (null: from the first)  $3 limit (null: all)
    select id, person_id, provider, subject, handle, verified_at, vouched_by, created_at
      from identities
     where person_id = $1 and ($2::uuid is null or id > $2)
     order by id
     limit $3
    """,
)

BY_ID = Query(
    Identity,
    """
    -- $1 person  $2 identity
    select id, person_id, provider, subject, handle, verified_at, vouched_by, created_at
      from identities where person_id = $1 and id = $2
    """,
)

CANDIDATES = Query(
    Identity,
    """
    -- $1 provider  $2 subject (null: none)  $3 handle (null: none)
    select id, person_id, provider, subject, handle, verified_at, vouched_by, created_at
      from identities where provider = $1 and subject = $2
    union
    select id, person_id, provider, subject, handle, verified_at, vouched_by, created_at
      from identities where provider = $1 and lower(handle) = lower($3)
    """,
)

INSERT = Statement(
    """
    -- $1 id  $2 person  $3 provider  $4 subject  $5 handle  $6 verified at  $7 by  $8 created at
    insert into identities (id, person_id, provider, subject, handle, verified_at, vouched_by,
                            created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    """
)

UPDATE = Statement(
    """
    -- $1 id  $2 subject  $3 handle  $4 verified at  $5 by
    update identities set subject = $2, handle = $3, verified_at = $4, vouched_by = $5
     where id = $1
    """
)

DELETE = Statement(
    """
    -- $1 id
    delete from identities where id = $1
    """
)

REMEMBER_HANDLE = Statement(
    """
    -- $1 id  $2 identity  $3 handle  $4 until
    insert into identity_handles (id, identity_id, handle, until_at) values ($1, $2, $3, $4)
    """
)

LOCK_HANDLE = Statement(
    """
    -- $1 provider  $2 handle
    select pg_advisory_xact_lock(hashtextextended($1 || chr(31) || lower($2), 43))
    """
)


async def of_person(
    tx: Connection, person_id: UUID, *, after: UUID | None = None, limit: int | None = None
) -> list[Identity]:
    """A person's identities, oldest first."""
    return await OF_PERSON.all(tx, person_id, after, limit)


async def by_id(tx: Connection, person_id: UUID, identity_id: UUID) -> Identity | None:
    """One identity of a person."""
    return await BY_ID.first(tx, person_id, identity_id)


async def candidates(
    tx: Connection, provider: str, subject: str | None, handle: str | None
) -> list[Identity]:
    """Everybody's identities with this provider id or this handle; the rules say which match."""
    return await CANDIDATES.all(tx, provider, subject, handle)


async def insert(tx: Connection, identity: Identity) -> None:
    """Store a new identity."""
    await INSERT.run(
        tx,
        identity.id,
        identity.person_id,
        identity.provider,
        identity.subject,
        identity.handle,
        identity.verified_at,
        identity.vouched_by,
        identity.created_at,
    )


async def update(tx: Connection, identity: Identity) -> None:
    """Store an identity as it is now; its person is locked."""
    await UPDATE.run(
        tx,
        identity.id,
        identity.subject,
        identity.handle,
        identity.verified_at,
        identity.vouched_by,
    )


async def delete(tx: Connection, identity_id: UUID) -> None:
    """Delete an identity with its history."""
    await DELETE.run(tx, identity_id)


async def remember_handle(
    tx: Connection, *, id: UUID, identity_id: UUID, handle: str, until: datetime
) -> None:
    """Keep a handle that an identity had until now."""
    await REMEMBER_HANDLE.run(tx, id, identity_id, handle, until)


async def lock_handle(tx: Connection, provider: str, handle: str) -> None:
    """Take a handle for this transaction: one decision on whose it is at a time."""
    await LOCK_HANDLE.run(tx, provider, handle)
