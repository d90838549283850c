"""Statements on tokens; a digest goes in and never comes out."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.rules.access import Permission
from domain.store.query import Connection, Query, Statement


class Token(Struct, frozen=True):
    """A bearer token without its secret; null permissions and programs mean no limit."""

    id: UUID
    account_id: UUID
    name: str
    hint: str
    permissions: list[Permission] | None
    program_ids: list[UUID] | None
    programs: list[str] | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime
    created_by: UUID | None
    version: int
    updated_at: datetime


class Reference(Struct, frozen=True):
    """Only the id of a token."""

    id: UUID


GET = Query(
    Token,
    """
    -- $1 id  $2 account (null: any)
    select t.id, t.account_id, t.name, t.hint, t.permissions, t.program_ids,
           case when t.program_ids is not null then array(
               select p.slug from programs p where p.id = any(t.program_ids) order by p.slug)
           end as programs,
           t.expires_at, t.revoked_at, t.last_used_at, t.created_at, t.created_by, t.version,
           t.updated_at
      from tokens t
     where t.id = $1 and ($2::uuid is null or t.account_id = $2)
    """,
)

LOCK = Query(
    Token,
    """
    -- $1 id  $2 account (null: any)
    select t.id, t.account_id, t.name, t.hint, t.permissions, t.program_ids,
           case when t.program_ids is not null then array(
               select p.slug from programs p where p.id = any(t.program_ids) order by p.slug)
           end as programs,
           t.expires_at, t.revoked_at, t.last_used_at, t.created_at, t.created_by, t.version,
           t.updated_at
      from tokens t
     where t.id = $1 and ($2::uuid is null or t.account_id = $2)
       for update
    """,
)

PAGE = Query(
    Token,
    """
    -- $1 account  $2 after id  $3 limit
    select t.id, t.account_id, t.name, t.hint, t.permissions, t.program_ids,
           case when t.program_ids is not null then array(
               select p.slug from programs p where p.id = any(t.program_ids) order by p.slug)
           end as programs,
           t.expires_at, t.revoked_at, t.last_used_at, t.created_at, t.created_by, t.version,
           t.updated_at
      from tokens t
     where t.account_id = $1 and ($2::uuid is null or t.id > $2)
     order by t.id
     limit $3
    """,
)

BY_DIGEST = Query(
    Reference,
    """
    -- $1 digest
    select id from tokens where digest = $1
    """,
)

INSERT = Statement(
    """
    -- $1 id  $2 account  $3 name  $4 digest  $5 hint  $6 permissions  $7 programs  $8 expires at
    -- $9 now  $10 by
    insert into tokens (id, account_id, name, digest, hint, permissions, program_ids, expires_at,
                        created_at, created_by, version, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $9)
    """
)

REPLACE = Statement(
    """
    -- $1 id  $2 digest  $3 hint  $4 now
    update tokens set digest = $2, hint = $3, version = version + 1, updated_at = $4 where id = $1
    """
)

REVOKE = Statement(
    """
    -- $1 id  $2 now
    update tokens set revoked_at = $2, version = version + 1, updated_at = $2 where id = $1
    """
)


async def get(tx: Connection, token_id: UUID, account_id: UUID | None) -> Token | None:
    """The token with this id, if it is of this account (None: any)."""
    return await GET.first(tx, token_id, account_id)


async def lock(tx: Connection, token_id: UUID, account_id: UUID | None) -> Token | None:
    """The token with this id, if it is of this account (None: any), locked."""
    return await LOCK.first(tx, token_id, account_id)


async def page(tx: Connection, account_id: UUID, *, after: UUID | None, limit: int) -> list[Token]:
    """The tokens of an account in the order in which they were made."""
    return await PAGE.all(tx, account_id, after, limit)


async def exists(tx: Connection, digest: bytes) -> bool:
    """Whether a token has this digest, good or not."""
    return await BY_DIGEST.first(tx, digest) is not None


async def insert(
    tx: Connection,
    *,
    id: UUID,
    account_id: UUID,
    name: str,
    digest: bytes,
    hint: str,
    permissions: frozenset[Permission] | None,
    program_ids: frozenset[UUID] | None,
    expires_at: datetime | None,
    at: datetime,
    by: UUID | None,
) -> None:
    """Store a new token."""
    await INSERT.run(
        tx,
        id,
        account_id,
        name,
        digest,
        hint,
        None if permissions is None else sorted(permissions),
        None if program_ids is None else sorted(program_ids),
        expires_at,
        at,
        by,
    )


async def replace(
    tx: Connection, token_id: UUID, *, digest: bytes, hint: str, at: datetime
) -> None:
    """Give a token another secret; the one before is good for nothing."""
    await REPLACE.run(tx, token_id, digest, hint, at)


async def revoke(tx: Connection, token_id: UUID, at: datetime) -> None:
    """Revoke a token."""
    await REVOKE.run(tx, token_id, at)
