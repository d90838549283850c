"""Looks of connectors: what is fetched is recorded, and how that went decides on the next look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import (
    calendar_reading,
    connector_turns,
    connectors,
    feed_reading,
    jobs,
    policies,
    programs,
    sources,
)
from domain.call import Call, Transaction, reading, transaction
from domain.connector_turns import announce, connector_of
from domain.connectors import Recorded
from domain.errors import Conflict, NotFound
from domain.jobs import JobName, Look
from domain.keyring import SealBroken
from domain.rules.connector_schedule import next_run
from domain.rules.connectors import (
    POLLED,
    Calendar,
    ConnectorKind,
    ConnectorState,
    EntryResult,
    Feed,
    Found,
    Read,
)
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.failures import Failure, LookFailed
from domain.rules.policy import Policy
from domain.sources import Shown
from domain.store import connectors as store
from domain.store.connectors import Connector
from domain.store.programs import Program, ProgramArchived
from domain.vault import DataKeyMissing

__all__ = [
    "ConnectorPaused",
    "Looked",
    "NotPolled",
    "Preview",
    "look",
    "preview",
    "ring",
    "run",
    "run_now",
]

Reader = Callable[[Call, Program, Policy, Any, Connector, date], Awaitable[Read]]
"""Fetches what a connector's settings say, and reads it. Raises `LookFailed`, and what opening the
connector's secret raises."""

READERS: dict[ConnectorKind, Reader] = {
    ConnectorKind.CALENDAR: calendar_reading.read,
    ConnectorKind.FEED: feed_reading.read,
}

MOST_RUNG = 500
"""So many are put into the queue at once; the others are due still when the bell rings again."""

MOST_REASONS = 3
"""Of so many different ones the last error tells."""


class NotPolled(Conflict):
    """There is nothing to look at: the other side sends, or somebody uploads."""

    code = "not_polled"
    title = "The connector does not look by itself"


class ConnectorPaused(Conflict):
    """What is paused does nothing until it is resumed."""

    code = "connector_paused"
    title = "The connector is paused"


class Looked(Struct, frozen=True):
    """How a look went: what was found and became of it, or why nothing could be read."""

    found: Sequence[Found] = ()
    recorded: Sequence[Recorded] = ()
    failed: LookFailed | DataKeyMissing | SealBroken | None = None


class Preview(Struct, frozen=True):
    """What each entry would become now."""

    found: Sequence[Found]
    recorded: Sequence[Recorded]


class _Sight(Struct, frozen=True):
    """A connector as a look begins."""

    program: Program
    policy: Policy
    source: Shown
    connector: Connector

    @property
    def every(self) -> timedelta:
        settings = self.connector.settings
        minutes = settings.every if isinstance(settings, Feed | Calendar) else 0
        return timedelta(minutes=minutes)


async def run_now(call: Call, slug: str, source: str) -> Shown:
    """Have a connector look as soon as a worker can.

    Raises `NotFound`, `ProgramArchived`, `NoConnector`, `NotPolled`, `ConnectorPaused`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        before = await sources.locked(tx, program, source)
        connector = _polled(before)
        if connector.state is ConnectorState.PAUSED:
            raise ConnectorPaused("It is paused: resume it first.")
        await store.ask(tx, connector, call.at)
        await _enqueue(tx, program.id, before.id)
        return await sources.stored(tx, program, source)


async def preview(call: Call, slug: str, source: str) -> Preview:
    """What a look would record now: everything is fetched and read, and nothing is written.

    Also of a paused connector. Raises `NotFound`, `ProgramArchived`, `NoConnector`, `NotPolled`,
    and when nothing can be read `LookFailed`, `DataKeyMissing`, `SealBroken`.
    """
    seen = await _sight(call, slug, source)
    # What was read before is read again: a preview shows all of it.
    afresh = replace(seen.connector, etag=None, last_modified=None)
    read = await _read(call, replace(seen, connector=afresh))
    recorded = await connectors.record(call, slug, seen.source, read.found, dry_run=True)
    return Preview(read.found, recorded)


async def run(call: Call, program_id: UUID, source_id: UUID) -> None:
    """Look, if the connector is due and its program is not archived; again it changes nothing.

    What the other side does wrong is kept with the connector, for people, and raises nothing.
    """
    async with reading(call) as tx:
        one = await store.find(tx, program_id, source_id)
        place = await store.locate(tx, program_id, source_id)
    if one is None or place is None or one.next_run_at is None or one.next_run_at > call.at:
        return
    try:
        await look(call, place.program, place.source)
    except (NotFound, ProgramArchived):
        # It was deleted or archived meanwhile: there is nothing to look for any more.
        return


async def look(call: Call, slug: str, source: str) -> Looked:
    """Look at once, also when it is paused or not due; what goes wrong there is in the answer.

    Killed anywhere, another look records what is missing, and nothing twice. Raises `NotFound`,
    `ProgramArchived`, `NoConnector`, `NotPolled`, `Unavailable`.
    """
    seen = await _sight(call, slug, source)
    try:
        read = await _read(call, seen)
    except (LookFailed, DataKeyMissing, SealBroken) as failed:
        await _failed(call, seen, failed)
        return Looked(failed=failed)
    recorded = await connectors.record(call, slug, seen.source, read.found)
    await _succeeded(call, seen, read, recorded)
    return Looked(read.found, recorded)


async def ring(call: Call) -> None:
    """Have those look that are due; each is in the queue once.

    One whose job was given up waits for an owner of the instance.
    """
    async with transaction(call) as tx:
        for due in await store.due(tx, call.at, limit=MOST_RUNG):
            await _enqueue(tx, due.program_id, due.source_id)


async def _enqueue(tx: Transaction, program_id: UUID, source_id: UUID) -> None:
    look = Look(program_id, source_id)
    await jobs.enqueue(tx, JobName.CONNECTOR, look, dedupe=f"connector:{source_id}")


async def _sight(call: Call, slug: str, source: str) -> _Sight:
    async with reading(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        one = await sources.stored(tx, program, source)
    return _Sight(program, policy, one, _polled(one))


def _polled(source: Shown) -> Connector:
    connector = connector_of(source)
    if connector.kind not in POLLED:
        raise NotPolled("It looks at nothing: what is sent to it is recorded as it comes.")
    return connector


async def _read(call: Call, seen: _Sight) -> Read:
    today = day_of(call.at, seen.policy.time_zone)
    connector = seen.connector
    read = READERS[connector.kind]
    return await read(call, seen.program, seen.policy, connector.settings, connector, today)


async def _succeeded(call: Call, seen: _Sight, read: Read, recorded: Sequence[Recorded]) -> None:
    async with transaction(call) as tx:
        now = await store.lock(tx, seen.program.id, seen.source.id)
        if now is None:
            return
        rejected = [one for one in recorded if one.result is EntryResult.REJECTED]
        # What was rejected may be good another time; and other settings read other things.
        again_all = bool(rejected) or now.settings != seen.connector.settings
        again = next_run(seen.source.id, call.at, every=seen.every)
        after = replace(
            now,
            next_run_at=_next(seen, now, again),
            last_run_at=call.at,
            last_success_at=call.at,
            failures=0,
            error_code="rejected" if rejected else None,
            error_detail=_reasons(rejected, len(recorded)) if rejected else None,
            etag=None if again_all else read.etag,
            last_modified=None if again_all else read.last_modified,
        )
        await store.finish(tx, after)
        if now.failures:
            await announce(tx, EventType.CONNECTOR_RECOVERED, seen.source)


async def _failed(
    call: Call, seen: _Sight, failed: LookFailed | DataKeyMissing | SealBroken
) -> None:
    gone = isinstance(failed, LookFailed) and failed.failure is Failure.GONE
    code = failed.failure.value if isinstance(failed, LookFailed) else failed.code
    retry_after = failed.retry_after if isinstance(failed, LookFailed) else None
    async with transaction(call) as tx:
        source = await _still(tx, seen, gone=gone)
        now = await store.lock(tx, seen.program.id, seen.source.id) if source else None
        if source is None or now is None:
            return
        failures = now.failures + 1
        again = next_run(
            source.id, call.at, every=seen.every, failures=failures, retry_after=retry_after
        )
        after = replace(
            now,
            next_run_at=_next(seen, now, again),
            last_run_at=call.at,
            failures=failures,
            error_code=code,
            error_detail=failed.detail,
        )
        await store.finish(tx, after)
        if failures == 1:
            await announce(tx, EventType.CONNECTOR_FAILED, source, code=code)
        if gone and now.state is ConnectorState.ACTIVE:
            await connector_turns.paused(tx, replace(source, connector=after), failed.detail)


async def _still(tx: Transaction, seen: _Sight, *, gone: bool) -> Shown | None:
    """The source, if it is there still; locked first when its state is going to change."""
    if not gone:
        return seen.source
    try:
        return await sources.locked(tx, seen.program, seen.source.slug)
    except NotFound:
        return None


def _next(seen: _Sight, now: Connector, again: datetime) -> datetime | None:
    """When it looks next: as somebody has asked for meanwhile, else `again`."""
    if now.state is ConnectorState.PAUSED:
        return None
    return again if now.next_run_at == seen.connector.next_run_at else now.next_run_at


def _reasons(rejected: Sequence[Recorded], total: int) -> str:
    """Why some of what was found was not recorded."""
    reasons = list(dict.fromkeys(one.why for one in rejected if one.why))
    told = " ".join(reasons[:MOST_REASONS])
    more = len(reasons) - MOST_REASONS
    rest = f" And {more} more reasons: see the preview." if more > 0 else ""
    return f"{len(rejected)} of {total} entries were rejected. {told}{rest}"
