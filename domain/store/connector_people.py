"""Statements on the people whom connectors know: in settings, and in what was sent to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.rules.connectors import POLLED, Settings
from domain.store.query import Connection, Query, Statement


class Handle(Struct, frozen=True):
    """What an ambassador is or was called in a program, in lower case."""

    program_id: UUID
    handle: str


class Account(Struct, frozen=True):
    """An account at a provider."""

    provider: str
    subject: str | None
    handle: str | None


class Place(Struct, frozen=True):
    """A connector whose settings may name people, with the slugs of its program and its source."""

    program_id: UUID
    source_id: UUID
    program: str
    source: str
    settings: Settings


class Key(Struct, frozen=True):
    """A source."""

    program_id: UUID
    id: UUID


HANDLES = Query(
    Handle,
    """
    -- $1 people
    select a.program_id, lower(a.handle) as handle from ambassadors a where a.person_id = any($1)
    union
    select h.program_id, lower(h.handle)
      from ambassador_handles h
      join ambassadors a on a.program_id = h.program_id and a.id = h.ambassador_id
     where a.person_id = any($1)
       and not exists (select from ambassadors o
                        where o.program_id = h.program_id and lower(o.handle) = lower(h.handle))
    """,
)

# An account that somebody else has verified is theirs, whoever else claims it.
ACCOUNTS = Query(
    Account,
    """
    -- $1 people
    select i.provider, i.subject, i.handle
      from identities i
     where i.person_id = any($1)
       and not exists (select from identities o
                        where o.provider = i.provider and o.verified_at is not null
                          and not (o.person_id = any($1))
                          and (o.subject = i.subject
                               or (i.subject is null and lower(o.handle) = lower(i.handle))))
    """,
)

PLACES = Query(
    Place,
    """
    -- $1 kinds
    select c.program_id, c.source_id, p.slug as program, s.slug as source, c.settings
      from connectors c
      join sources s on s.program_id = c.program_id and s.id = c.source_id
      join programs p on p.id = c.program_id
     where c.kind = any($1)
     order by p.slug, s.slug
    """,
)

LOCK = Query(
    Key,
    """
    -- $1 sources
    select program_id, id from sources where id = any($1) order by program_id, id for update
    """,
)

# Whoever is named is erased from what failed, and what waits is never done.
FORGET = Statement(
    """
    -- $1 patterns  $2 now
    update webhook_deliveries
       set body = null, done_at = coalesce(done_at, $2),
           result = case when state = 'waiting' then 'It named somebody who was erased.'
                         else result end,
           state = case when state = 'waiting' then 'ignored' else state end
     where body is not null and encode(body, 'escape') ~* any($1)
    """
)


async def handles(tx: Connection, people: Sequence[UUID]) -> list[Handle]:
    """What these people are called in programs, or were, if nobody else is called so now."""
    return await HANDLES.all(tx, people)


async def accounts(tx: Connection, people: Sequence[UUID]) -> list[Account]:
    """The accounts of these people, without those of which somebody else has shown to have them."""
    return await ACCOUNTS.all(tx, people)


async def places(tx: Connection) -> list[Place]:
    """All connectors whose settings may name people."""
    return await PLACES.all(tx, sorted(POLLED))


async def lock(tx: Connection, sources: Sequence[UUID]) -> None:
    """Lock sources until the transaction ends, before any person is locked, as posts do."""
    await LOCK.all(tx, sources)


async def forget(tx: Connection, patterns: Sequence[str], at: datetime) -> None:
    """Delete what was sent to webhooks and has one of these patterns in it."""
    await FORGET.run(tx, patterns, at)
