"""Idempotency keys: what a request with a key has created."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query, Statement


class Locked(Struct, frozen=True):
    """Whether the key's lock was free."""

    locked: bool


class Known(Struct, frozen=True):
    """What the key did the first time."""

    digest: bytes
    resource_id: UUID


LOCK = Query(
    Locked,
    """
    -- $1 scope  $2 key
    select pg_try_advisory_xact_lock(hashtextextended($1 || chr(31) || $2, 42)) as locked
    """,
)

FIND = Query(
    Known,
    """
    -- $1 scope  $2 key  $3 not before
    select digest, resource_id from idempotency_keys
     where scope = $1 and key = $2 and created_at > $3
    """,
)

REMEMBER = Statement(
    """
    -- $1 scope  $2 key  $3 digest  $4 resource  $5 now
    insert into idempotency_keys (scope, key, digest, resource_id, created_at)
    values ($1, $2, $3, $4, $5)
    on conflict (scope, key) do update
       set digest = excluded.digest, resource_id = excluded.resource_id,
           created_at = excluded.created_at
    """
)

FORGET = Statement(
    """
    -- $1 not before
    delete from idempotency_keys where (scope, key) in (
        select scope, key from idempotency_keys where created_at <= $1
         order by created_at limit 100 for update skip locked)
    """
)


async def lock(tx: Connection, scope: str, key: str) -> bool:
    """Take the key's lock until the transaction ends; False when a twin holds it."""
    return (await LOCK.one(tx, scope, key)).locked


async def find(tx: Connection, scope: str, key: str, *, since: datetime) -> Known | None:
    """What the key created, unless that was before `since`."""
    return await FIND.first(tx, scope, key, since)


async def remember(
    tx: Connection, scope: str, key: str, *, digest: bytes, resource_id: UUID, at: datetime
) -> None:
    """Store what the key created."""
    await REMEMBER.run(tx, scope, key, digest, resource_id, at)


async def forget(tx: Connection, *, before: datetime) -> int:
    """Delete up to a hundred keys that are too old to matter; how many."""
    return await FORGET.run(tx, before)
