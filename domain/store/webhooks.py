"""Statements on what other services told a source's webhook."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.rules.connectors import GitHub
from domain.rules.webhooks import WebhookState
from domain.store.query import Connection, Count, Query, Statement


class Door(Struct, frozen=True):
    """Which source a webhook belongs to; `secret` is sealed for (program, source)."""

    program_id: UUID
    source_id: UUID
    secret: bytes


class Place(Struct, frozen=True):
    """What a source belongs to, as it is when something is delivered to it."""

    archived: bool


class Waiting(Struct, frozen=True):
    """A delivery whose turn it is, and the source that it came to."""

    event: str
    body: bytes
    settings: GitHub
    program: str
    source: str


class Delivery(Struct, frozen=True):
    """A delivery as it is shown. `id` is the other side's own; `result` says what became of it."""

    id: str
    event: str
    state: WebhookState
    result: str | None
    received_at: datetime
    done_at: datetime | None


class DeliveryId(Struct, frozen=True):
    """The other side's own id of a delivery."""

    id: str


DOOR = Query(
    Door,
    """
    -- $1 program's slug  $2 source's slug
    select c.program_id, c.source_id, c.secret
      from programs p
      join sources s on s.program_id = p.id
      join connectors c on c.program_id = s.program_id and c.source_id = s.id
     where p.slug = $1 and s.slug = $2 and c.kind = 'github' and c.secret is not null
    """,
)

HOLD = Query(
    Place,
    """
    -- $1 program  $2 source
    select p.status = 'archived' as archived
      from sources s
      join programs p on p.id = s.program_id
     where s.program_id = $1 and s.id = $2
       for key share of s
    """,
)

# One that failed is tried again when the other side sends it again.
ADD = Statement(
    """
    -- $1 program  $2 source  $3 delivery  $4 event  $5 body  $6 state  $7 result  $8 now  $9 done
    insert into webhook_deliveries as d
           (program_id, source_id, delivery_id, event, body, state, result, received_at, done_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict on constraint webhook_deliveries_pkey do update
       set event = excluded.event, body = excluded.body, state = excluded.state,
           result = excluded.result, received_at = excluded.received_at, done_at = excluded.done_at
     where d.state = 'failed'
    """
)

WAITING = Query(
    Waiting,
    """
    -- $1 program  $2 source  $3 delivery
    select d.event, d.body, c.settings, p.slug as program, s.slug as source
      from webhook_deliveries d
      join connectors c on c.program_id = d.program_id and c.source_id = d.source_id
      join sources s on s.program_id = d.program_id and s.id = d.source_id
      join programs p on p.id = d.program_id
     where d.program_id = $1 and d.source_id = $2 and d.delivery_id = $3 and d.state = 'waiting'
       and c.kind = 'github' and c.state = 'active'
    """,
)

WAITING_IDS = Query(
    DeliveryId,
    """
    -- $1 program  $2 source
    select delivery_id as id
      from webhook_deliveries
     where program_id = $1 and source_id = $2 and state = 'waiting'
     order by received_at, delivery_id
    """,
)

FINISH = Statement(
    """
    -- $1 program  $2 source  $3 delivery  $4 state  $5 result  $6 now
    update webhook_deliveries
       set state = $4, result = $5, done_at = $6, body = case when $4 = 'failed' then body end
     where program_id = $1 and source_id = $2 and delivery_id = $3 and state = 'waiting'
    """
)

PAGE = Query(
    Delivery,
    """
    -- $1 program  $2 source  $3 received before (null: from the newest)  $4 after id  $5 limit
    select delivery_id as id, event, state, result, received_at, done_at
      from webhook_deliveries
     where program_id = $1 and source_id = $2
       and ($3::timestamptz is null
            or (received_at <= $3 and (received_at < $3 or delivery_id > $4)))
     order by received_at desc, delivery_id
     limit $5
    """,
)

FORGET = Query(
    Count,
    """
    -- $1 not after
    with gone as (
        delete from webhook_deliveries where (program_id, source_id, delivery_id) in (
            select program_id, source_id, delivery_id from webhook_deliveries
             where received_at <= $1 and state <> 'waiting' order by received_at limit 1000
               for update skip locked)
        returning delivery_id)
    select count(*)::int as n from gone
    """,
)

FORGET_BODIES = Query(
    Count,
    """
    -- $1 not after
    with changed as (
        update webhook_deliveries set body = null
         where (program_id, source_id, delivery_id) in (
            select program_id, source_id, delivery_id from webhook_deliveries
             where received_at <= $1 and state = 'failed' and body is not null
             order by received_at limit 1000 for update skip locked)
        returning delivery_id)
    select count(*)::int as n from changed
    """,
)


async def door(tx: Connection, program: str, source: str) -> Door | None:
    """The source with these slugs, if GitHub's webhook may reach it."""
    return await DOOR.first(tx, program, source)


async def hold(tx: Connection, program_id: UUID, source_id: UUID) -> Place | None:
    """Let the source stay, and go on or pause, until the transaction ends; None when it is gone."""
    return await HOLD.first(tx, program_id, source_id)


async def add(
    tx: Connection,
    door: Door,
    delivery_id: str,
    *,
    event: str,
    body: bytes | None,
    state: WebhookState,
    result: str | None,
    at: datetime,
) -> bool:
    """Store a delivery; False when it is there already, unless it has failed."""
    done_at = None if state is WebhookState.WAITING else at
    key = (door.program_id, door.source_id, delivery_id)
    return await ADD.run(tx, *key, event, body, state.value, result, at, done_at) == 1


async def waiting(
    tx: Connection, program_id: UUID, source_id: UUID, delivery_id: str
) -> Waiting | None:
    """The delivery, if it is still to be done and its source is not paused."""
    return await WAITING.first(tx, program_id, source_id, delivery_id)


async def waiting_ids(tx: Connection, program_id: UUID, source_id: UUID) -> list[str]:
    """The deliveries to a source that are still to be done, in the order in which they came."""
    return [one.id for one in await WAITING_IDS.all(tx, program_id, source_id)]


async def finish(
    tx: Connection,
    program_id: UUID,
    source_id: UUID,
    delivery_id: str,
    *,
    state: WebhookState,
    result: str,
    at: datetime,
) -> bool:
    """Store what became of a delivery; False when somebody else has done it meanwhile."""
    key = (program_id, source_id, delivery_id)
    return await FINISH.run(tx, *key, state.value, result, at) == 1


async def page(
    tx: Connection,
    program_id: UUID,
    source_id: UUID,
    *,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Delivery]:
    """The deliveries to a source, newest first."""
    moment, last = after or (None, None)
    return await PAGE.all(tx, program_id, source_id, moment, last, limit)


async def forget(tx: Connection, *, before: datetime) -> int:
    """Delete up to a thousand old deliveries of which nothing is to be done; how many."""
    return (await FORGET.one(tx, before)).n


async def forget_bodies(tx: Connection, *, before: datetime) -> int:
    """Delete up to a thousand bodies of old deliveries that have failed; how many."""
    return (await FORGET_BODIES.one(tx, before)).n
