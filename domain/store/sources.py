"""Statements on sources, and on the tokens that may write to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.rules.sources import Trust
from domain.store.query import Connection, Query, Statement


class Source(Struct, frozen=True):
    """Where a tool's contributions come from."""

    id: UUID
    program_id: UUID
    slug: str
    name: str
    trust: Trust
    version: int
    created_at: datetime
    updated_at: datetime


class SourceWithTokens(Source, frozen=True):
    """A source and the ids of the tokens that may write to it."""

    tokens: list[UUID]


class Usable(Struct, frozen=True):
    """A token's id, and whether it is good now."""

    id: UUID
    good: bool


GET = Query(
    SourceWithTokens,
    """
    -- $1 program  $2 slug
    select s.id, s.program_id, s.slug, s.name, s.trust, s.version, s.created_at, s.updated_at,
           array(select w.token_id from source_tokens w
                  where w.program_id = s.program_id and w.source_id = s.id
                  order by w.token_id) as tokens
      from sources s
     where s.program_id = $1 and s.slug = $2
    """,
)

PAGE = Query(
    SourceWithTokens,
    """
    -- $1 program  $2 after slug (null: from the start)  $3 limit
    select s.id, s.program_id, s.slug, s.name, s.trust, s.version, s.created_at, s.updated_at,
           array(select w.token_id from source_tokens w
                  where w.program_id = s.program_id and w.source_id = s.id
                  order by w.token_id) as tokens
      from sources s
     where s.program_id = $1 and ($2::text is null or s.slug > $2)
     order by s.slug
     limit $3
    """,
)

LOCK = Query(
    Source,
    """
    -- $1 program  $2 slug
    select id, program_id, slug, name, trust, version, created_at, updated_at
      from sources
     where program_id = $1 and slug = $2
       for update
    """,
)

SHARE = Query(
    Source,
    """
    -- $1 program  $2 slug
    select id, program_id, slug, name, trust, version, created_at, updated_at
      from sources
     where program_id = $1 and slug = $2
       for share
    """,
)

# The row that lists the token is locked too: after a wait for a change of the source, the list
# would otherwise be the one from before it.
WRITABLE = Query(
    Source,
    """
    -- $1 program  $2 slug  $3 token  $4 now
    select s.id, s.program_id, s.slug, s.name, s.trust, s.version, s.created_at, s.updated_at
      from sources s
      join source_tokens w on w.program_id = s.program_id and w.source_id = s.id
      join tokens t on t.id = w.token_id
     where s.program_id = $1 and s.slug = $2 and w.token_id = $3
       and t.revoked_at is null and (t.expires_at is null or t.expires_at > $4)
       for share of s
       for key share of w
    """,
)

TOKENS = Query(
    Usable,
    """
    -- $1 ids  $2 now
    select id, revoked_at is null and (expires_at is null or expires_at > $2) as good
      from tokens
     where id = any($1)
    """,
)

INSERT = Statement(
    """
    -- $1 program  $2 id  $3 slug  $4 name  $5 trust  $6 now
    insert into sources (program_id, id, slug, name, trust, version, created_at, updated_at)
    values ($1, $2, $3, $4, $5, 1, $6, $6)
    """
)

ENSURE = Statement(
    """
    -- $1 program  $2 id  $3 slug  $4 name  $5 trust  $6 now
    insert into sources (program_id, id, slug, name, trust, version, created_at, updated_at)
    values ($1, $2, $3, $4, $5, 1, $6, $6)
        on conflict on constraint sources_slug_key do nothing
    """
)

UPDATE = Statement(
    """
    -- $1 program  $2 id  $3 name  $4 trust  $5 now
    update sources set name = $3, trust = $4, version = version + 1, updated_at = $5
     where program_id = $1 and id = $2
    """
)

TOUCH = Statement(
    """
    -- $1 program  $2 id  $3 now
    update sources set version = version + 1, updated_at = $3
     where program_id = $1 and id = $2
    """
)

# A token that stays keeps its row: a post that waits for it must not be refused.
TAKE = Statement(
    """
    -- $1 program  $2 source  $3 tokens that stay
    delete from source_tokens
     where program_id = $1 and source_id = $2 and not token_id = any($3)
    """
)

GIVE = Statement(
    """
    -- $1 program  $2 source  $3 tokens
    insert into source_tokens (program_id, source_id, token_id)
    select $1, $2, token_id from unnest($3::uuid[]) as given (token_id)
        on conflict do nothing
    """
)

DELETE = Statement(
    """
    -- $1 program  $2 id
    delete from sources where program_id = $1 and id = $2
    """
)


async def get(tx: Connection, program_id: UUID, slug: str) -> SourceWithTokens | None:
    """The source of a program with this slug."""
    return await GET.first(tx, program_id, slug)


async def page(
    tx: Connection, program_id: UUID, *, after: str | None, limit: int
) -> list[SourceWithTokens]:
    """The sources of a program by slug."""
    return await PAGE.all(tx, program_id, after, limit)


async def lock(tx: Connection, program_id: UUID, slug: str) -> Source | None:
    """The source with this slug, locked for a change of it."""
    return await LOCK.first(tx, program_id, slug)


async def share(tx: Connection, program_id: UUID, slug: str) -> Source | None:
    """The source with this slug, which does not change until the transaction ends."""
    return await SHARE.first(tx, program_id, slug)


async def writable(
    tx: Connection, program_id: UUID, slug: str, token_id: UUID | None, at: datetime
) -> Source | None:
    """The source with this slug as `share` has it, if a token that is good may write to it."""
    return await WRITABLE.first(tx, program_id, slug, token_id, at)


async def tokens(tx: Connection, ids: Sequence[UUID], at: datetime) -> dict[UUID, bool]:
    """Which of these tokens exist, and whether each is good at a time."""
    return {token.id: token.good for token in await TOKENS.all(tx, ids, at)}


async def insert(
    tx: Connection,
    program_id: UUID,
    *,
    id: UUID,
    slug: str,
    name: str,
    trust: Trust,
    at: datetime,
) -> None:
    """Store a new source, without tokens."""
    await INSERT.run(tx, program_id, id, slug, name, trust, at)


async def ensure(
    tx: Connection,
    program_id: UUID,
    *,
    id: UUID,
    slug: str,
    name: str,
    trust: Trust,
    at: datetime,
) -> bool:
    """Store a new source unless there is one with its slug; whether there was none."""
    return await ENSURE.run(tx, program_id, id, slug, name, trust, at) == 1


async def update(tx: Connection, source: Source, *, name: str, trust: Trust, at: datetime) -> None:
    """Change a source and count its version up."""
    await UPDATE.run(tx, source.program_id, source.id, name, trust, at)


async def touch(tx: Connection, program_id: UUID, source_id: UUID, at: datetime) -> None:
    """Count the version of a source up whose connector was changed."""
    await TOUCH.run(tx, program_id, source_id, at)


async def list_tokens(
    tx: Connection, program_id: UUID, source_id: UUID, token_ids: Sequence[UUID]
) -> None:
    """Let these tokens write to a source, and no others."""
    await TAKE.run(tx, program_id, source_id, token_ids)
    await GIVE.run(tx, program_id, source_id, token_ids)


async def delete(tx: Connection, source: Source) -> None:
    """Take a source away, from its tokens too."""
    await DELETE.run(tx, source.program_id, source.id)
