"""Webhooks: what GitHub tells a source is stored, answered, and recorded by the worker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import connectors, jobs, policies, programs, sources
from domain.call import Call, Transaction, reading, transaction
from domain.connectors import Recorded
from domain.errors import Unauthenticated
from domain.jobs import Delivered, JobName
from domain.keyring import SealBroken
from domain.rules import github_events
from domain.rules import webhooks as rules
from domain.rules.connectors import EntryResult, Found
from domain.rules.days import day_of
from domain.rules.github_events import NotAsDocumented
from domain.rules.webhooks import WebhookResult, WebhookState
from domain.store import connectors as connector_store
from domain.store import contributions as contribution_store
from domain.store import webhooks as store
from domain.store.webhooks import Delivery, Door
from domain.vault import DataKeyMissing

__all__ = [
    "BODIES_KEPT",
    "KEPT",
    "BadSignature",
    "Delivery",
    "Received",
    "forget",
    "forget_bodies",
    "page",
    "receive",
    "work",
]

KEPT = timedelta(days=30)
BODIES_KEPT = timedelta(days=7)
"""How long the payload is there of what failed, for whoever looks into it."""

NOBODY = UUID(int=0)


class BadSignature(Unauthenticated):
    """What was sent is not signed with the secret of the source; or there is no such source."""

    code = "bad_signature"
    title = "The signature is not good"


class Received(Struct, frozen=True):
    """What becomes of a delivery, by the other side's own id of it."""

    delivery: str
    result: WebhookResult


async def receive(
    call: Call,
    program: str,
    source: str,
    headers: Mapping[str, str],
    body: bytes,
    media_type: str,
) -> Received:
    """Store what GitHub sends to a source, for the worker; the same delivery again does nothing.

    `headers` are by lower-case name, `body` the bytes as they came: these are what is signed, and
    nothing is read of them before the signature is found to be good. Raises `BadSignature`, after
    the same work, whether there is no such source or another one has signed; `Invalid` when what is
    signed is not what GitHub documents.
    """
    async with reading(call) as tx:
        door = await store.door(tx, program, source)
    secret = _secret(call, door)
    # Twenty-five megabytes take their time, in which others are served.
    good = await asyncio.to_thread(rules.signed, secret, body, headers.get(rules.SIGNATURE, ""))
    if door is None or not good:
        raise _refused()
    told = rules.headers(headers)
    payload = rules.payload(body, media_type)
    try:
        action = github_events.opened(payload).action
    except NotAsDocumented as error:
        raise rules.not_json(f"It is not as GitHub documents it: {error}") from None
    why = None
    if github_events.stands_for(told.event, action) is None:
        why = "Such an event is no contribution."
    async with transaction(call) as tx:
        return await _store(tx, door, told, payload, why)


async def work(call: Call, told: Delivered) -> None:
    """Record what a delivery tells, unless that was done, or its source is paused.

    What is recorded under a key stays as it was first told: a second review of a pull request, or
    an issue that is closed again, moves nothing to another day. Done again, it changes nothing.
    """
    async with reading(call) as tx:
        waiting = await store.waiting(tx, told.program_id, told.source_id, told.delivery_id)
        if waiting is None:
            return
        program = await programs.find(tx, waiting.program)
        policy = await policies.typed(tx, program)
    if program.status == "archived":
        await _finish(call, told, WebhookState.IGNORED, "The program is archived.")
        return
    today = day_of(call.at, policy.time_zone)
    event, body, settings = waiting.event, waiting.body, waiting.settings
    found = github_events.read(event, body, settings, policy.time_zone, today)
    if isinstance(found, str):
        await _finish(call, told, WebhookState.IGNORED, found)
        return
    await _record(call, told, waiting.program, waiting.source, found)


async def page(
    call: Call, program: str, source: str, *, after: tuple[datetime, str] | None, limit: int
) -> list[Delivery]:
    """What came to a source, newest first, one more than a page. Raises `NotFound`."""
    one = await sources.get(call, program, source)
    async with reading(call) as tx:
        return await store.page(tx, one.program_id, one.id, after=after, limit=limit + 1)


async def forget(tx: Transaction) -> int:
    """Delete some old deliveries; how many."""
    return await store.forget(tx, before=tx.call.at - KEPT)


async def forget_bodies(tx: Transaction) -> int:
    """Delete some bodies of deliveries that have failed; how many."""
    return await store.forget_bodies(tx, before=tx.call.at - BODIES_KEPT)


def _secret(call: Call, door: Door | None) -> bytes:
    """The secret of a source; without one, something that nobody knows, after as much work."""
    try:
        if door is None:
            return call.vault.seal(b"", NOBODY, NOBODY)
        return call.vault.open(door.secret, door.program_id, door.source_id)
    except (DataKeyMissing, SealBroken):
        raise _refused() from None


def _refused() -> BadSignature:
    return BadSignature(
        "There is no source here that takes webhooks, or X-Hub-Signature-256 is not the signature"
        " of this body with its secret."
    )


async def _store(
    tx: Transaction, door: Door, told: rules.Headers, payload: bytes, why: str | None
) -> Received:
    place = await store.hold(tx, door.program_id, door.source_id)
    if place is None:
        raise _refused()
    if place.archived:
        why = "The program is archived."
    state = WebhookState.WAITING if why is None else WebhookState.IGNORED
    new = await store.add(
        tx,
        door,
        told.delivery,
        event=told.event,
        body=payload if why is None else None,
        state=state,
        result=why,
        at=tx.call.at,
    )
    if not new:
        return Received(told.delivery, WebhookResult.REPEATED)
    if why is not None:
        return Received(told.delivery, WebhookResult.IGNORED)
    job = Delivered(door.program_id, door.source_id, told.delivery)
    await jobs.enqueue(tx, JobName.DELIVERY, job)
    return Received(told.delivery, WebhookResult.ACCEPTED)


async def _record(call: Call, told: Delivered, program: str, source: str, found: Found) -> None:
    origin = await sources.get(call, program, source)
    async with reading(call) as tx:
        known = await contribution_store.by_key(tx, told.program_id, source, found.key)
    if known is None:
        (recorded,) = await connectors.record(call, program, origin, [found])
    else:
        recorded = Recorded(found.key, EntryResult.UNCHANGED, known)
    state, result = _outcome(recorded)
    await _finish(call, told, state, result)


def _outcome(recorded: Recorded) -> tuple[WebhookState, str]:
    match recorded.result:
        case EntryResult.CREATED | EntryResult.UPDATED:
            return WebhookState.DONE, f"It is the contribution {recorded.contribution_id}."
        case EntryResult.UNCHANGED:
            id = recorded.contribution_id
            return WebhookState.DONE, f"It was recorded before, as the contribution {id}."
        case EntryResult.SKIPPED:
            return WebhookState.IGNORED, recorded.why or "It is no contribution."
        case EntryResult.REJECTED:
            return WebhookState.FAILED, recorded.why or "It was refused."


async def _finish(call: Call, told: Delivered, state: WebhookState, result: str) -> None:
    """Store what became of a delivery, also for who looks at the connector."""
    async with transaction(call) as tx:
        key = (told.program_id, told.source_id)
        now = await connector_store.lock(tx, *key)
        id = told.delivery_id
        done = await store.finish(tx, *key, id, state=state, result=result, at=call.at)
        if now is None or not done:
            return
        after = replace(now, last_run_at=call.at)
        if state is WebhookState.DONE:
            after = replace(after, last_success_at=call.at, error_code=None, error_detail=None)
        elif state is WebhookState.FAILED:
            after = replace(after, error_code="rejected", error_detail=result)
        await connector_store.finish(tx, after)
