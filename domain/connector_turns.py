"""Connectors rest and go on: by people, and when the other side says that it is gone."""

from __future__ import annotations

from msgspec.structs import replace

from domain import audit, events, programs, sources, waiting_deliveries
from domain.call import Call, Transaction, transaction
from domain.errors import Conflict
from domain.rules.connectors import POLLED, ConnectorState
from domain.rules.events import EventType
from domain.sources import Check, Shown
from domain.store import connectors as store
from domain.store import sources as source_store
from domain.store.connectors import Connector
from domain.store.sources import Source

__all__ = ["NoConnector", "announce", "connector_of", "pause", "paused", "resume"]


class NoConnector(Conflict):
    """Only tools write to the source."""

    code = "no_connector"
    title = "The source has no connector"


async def pause(call: Call, slug: str, source: str, check: Check) -> Shown:
    """Let a connector rest: it looks at nothing, and what reaches it waits.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, `NoConnector`.
    """
    return await _turn(call, slug, source, check, ConnectorState.PAUSED)


async def resume(call: Call, slug: str, source: str, check: Check) -> Shown:
    """Let a connector go on: it looks at once, and what has waited is done.

    Raises what `pause` raises.
    """
    return await _turn(call, slug, source, check, ConnectorState.ACTIVE)


def connector_of(source: Shown) -> Connector:
    """The connector of a source. Raises `NoConnector`."""
    if source.connector is None:
        raise NoConnector(f"The source '{source.slug}' has no connector: tools post to it.")
    return source.connector


async def paused(tx: Transaction, source: Shown, reason: str | None) -> None:
    """Store, log and announce that a locked source's connector rests from now on."""
    resting = replace(connector_of(source), state=ConnectorState.PAUSED, next_run_at=None)
    await _turned(tx, EventType.CONNECTOR_PAUSED, source, resting, reason)


async def _turn(call: Call, slug: str, source: str, check: Check, state: ConnectorState) -> Shown:
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        before = await sources.locked(tx, program, source)
        check(before.version)
        connector = connector_of(before)
        if connector.state is state:
            return before
        if state is ConnectorState.PAUSED:
            await paused(tx, before, None)
        else:
            polled = connector.kind in POLLED
            going = replace(
                connector,
                state=state,
                next_run_at=call.at if polled else None,
                failures=0,
                error_code=None,
                error_detail=None,
            )
            await _turned(tx, EventType.CONNECTOR_RESUMED, before, going, None)
            await waiting_deliveries.enqueue(tx, program.id, before.id)
        return await sources.stored(tx, program, source)


async def _turned(
    tx: Transaction, type: EventType, source: Shown, after: Connector, reason: str | None
) -> None:
    before = connector_of(source)
    await store.update_state(tx, after)
    await source_store.touch(tx, source.program_id, source.id, tx.call.at)
    await audit.record(
        tx,
        type.value,
        ("source", source.id),
        program_id=source.program_id,
        before={"state": before.state.value},
        after={"state": after.state.value},
        reason=reason,
    )
    await announce(tx, type, source)


async def announce(tx: Transaction, type: EventType, source: Source, **data: object) -> None:
    """Tell of something that happened to a source's connector."""
    await events.emit(tx, type, source.id, program_id=source.program_id, source=source.slug, **data)
