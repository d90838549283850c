"""From a token's digest to the actor: one statement for each authenticated request."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query, Statement


class Held(Struct, frozen=True):
    """A role in force: the program is null for the whole instance."""

    role: str
    program_id: UUID | None
    program: str | None


class Scope(Struct, frozen=True):
    """A program that the token is limited to."""

    id: UUID
    slug: str


class Bearer(Struct, frozen=True):
    """A token that is good now, its account and the account's roles."""

    token_id: UUID
    account_id: UUID
    name: str
    person_id: UUID | None
    permissions: list[str] | None
    scopes: list[Scope] | None
    held: list[Held]
    last_used_at: datetime | None


FIND = Query(
    Bearer,
    """
    -- $1 digest  $2 now
    select t.id as token_id, a.id as account_id, a.name, a.person_id, t.permissions,
           case when t.program_ids is not null then (
               select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'slug', p.slug)), '[]')
                 from programs p where p.id = any(t.program_ids)) end as scopes,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'role', r.role, 'program_id', r.program_id, 'program', p.slug)), '[]')
              from role_assignments r left join programs p on p.id = r.program_id
             where r.account_id = a.id and r.valid_from <= $2
               and (r.valid_until is null or r.valid_until > $2)) as held,
           t.last_used_at
      from tokens t join accounts a on a.id = t.account_id
     where t.digest = $1 and t.revoked_at is null and a.disabled_at is null
       and (t.expires_at is null or t.expires_at > $2)
    """,
)

TOUCH = Statement(
    """
    -- $1 token  $2 now
    update tokens set last_used_at = $2
     where id = $1 and (last_used_at is null or last_used_at < $2)
    """
)


async def find(tx: Connection, digest: bytes, at: datetime) -> Bearer | None:
    """The token with this digest, if it is good now and its account is not disabled."""
    return await FIND.first(tx, digest, at)


async def touch(tx: Connection, token_id: UUID, at: datetime) -> None:
    """Note that a token was used."""
    await TOUCH.run(tx, token_id, at)
