"""Leaves and statuses keep step: what a leave makes of a status, and a status of the leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import audit, events
from domain.call import Transaction
from domain.rules import absences as rules
from domain.rules.absences import DAY, Absence
from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.events import EventType
from domain.store import ambassadors as ambassador_store
from domain.store import directory
from domain.store import leaves as store
from domain.store.ambassadors import Ambassador
from domain.store.leaves import Leave

__all__ = ["LEFT", "changed", "days", "follow", "open_leave", "settle", "stop"]

LEFT = frozenset({AmbassadorStatus.EMERITUS, AmbassadorStatus.REMOVED})
"""The statuses of those who are in the program no more."""

CONFIDENTIAL = frozenset({"reason"})


class Told(Struct, frozen=True):
    """The days of a leave that ended because somebody left."""

    ambassador_id: UUID
    first_day: date
    last_day: date | None


def days(leave: Leave | None) -> Absence | None:
    """The days of a leave, if there is one."""
    return None if leave is None else Absence(leave.first_day, leave.last_day)


async def settle(
    tx: Transaction, ambassador: Ambassador, before: Leave | None, after: Leave | None, today: date
) -> None:
    """After a change of a leave: make the status of its locked ambassador say whether they are off.

    Nobody is touched but the active and those whose leave this was.
    """
    running = await store.touching(tx, ambassador.program_id, ambassador.id, today, today)
    if running and ambassador.status is AmbassadorStatus.ACTIVE:
        await _put(tx, ambassador, AmbassadorStatus.ON_LEAVE, running[0].first_day)
    was_off = (known := days(before)) is not None and known.covers(today)
    if not running and was_off and ambassador.status is AmbassadorStatus.ON_LEAVE:
        on = rules.back_on(days(after), today)
        await _put(tx, ambassador, AmbassadorStatus.ACTIVE, on)


async def follow(tx: Transaction, before: Ambassador, after: Ambassador, today: date) -> None:
    """After a person changed a status: leave begins, is over, or ends because somebody left.

    The ambassador is locked, and stored as they are now; `today` is in the program's time zone.
    """
    if after.status is before.status or after.status_on is None:
        return
    on, program_id = after.status_on, after.program_id
    if after.status in LEFT:
        await stop(tx, program_id, [after.id], on)
    elif after.status is AmbassadorStatus.ON_LEAVE:
        if not await store.touching(tx, program_id, after.id, today, today):
            await open_leave(tx, after, Absence(on, None), after.status_reason)
    elif (before.status, after.status) == (AmbassadorStatus.ON_LEAVE, AmbassadorStatus.ACTIVE):
        for leave in await store.touching(tx, program_id, after.id, on, today):
            if leave.first_day < on:
                ended = replace(
                    leave, last_day=on - DAY, version=leave.version + 1, updated_at=tx.call.at
                )
                await store.update(tx, program_id, ended)
                await changed(tx, EventType.LEAVE_CHANGED, program_id, leave, ended)
            else:
                await store.delete(tx, program_id, leave.id)
                await changed(tx, EventType.LEAVE_REMOVED, program_id, leave, None)


async def stop(
    tx: Transaction, program_id: UUID, ambassadors: Sequence[UUID] | None, today: date
) -> None:
    """End the leaves of those (None: of everybody) who left, on the day before they did.

    What would have begun later is taken away. `today` counts where nobody knows when they left.
    """
    which = None if ambassadors is None else list(ambassadors)
    for one in await store.stop(tx, program_id, which, today, tx.call.at):
        before = Told(one.ambassador_id, one.first_day, one.last_day)
        after = replace(before, last_day=one.stops_on) if one.stops_on else None
        type = EventType.LEAVE_CHANGED if after else EventType.LEAVE_REMOVED
        await _tell(tx, type, program_id, one.id, before, after)


async def open_leave(
    tx: Transaction, ambassador: Ambassador, absence: Absence, reason: str | None
) -> Leave:
    """Store a new leave of a locked ambassador, with all that tells of it."""
    leave = Leave(
        id=tx.call.new_id(),
        ambassador_id=ambassador.id,
        first_day=absence.first_day,
        last_day=absence.last_day,
        reason=reason,
        announced_by=tx.call.actor.account_id,
        version=1,
        created_at=tx.call.at,
        updated_at=tx.call.at,
    )
    await store.insert(tx, ambassador.program_id, leave)
    await changed(tx, EventType.LEAVE_ANNOUNCED, ambassador.program_id, None, leave)
    return leave


async def changed(
    tx: Transaction, type: EventType, program_id: UUID, before: Leave | None, after: Leave | None
) -> None:
    """Tell of a change of a leave, without its reason."""
    one = after or before
    assert one is not None
    await _tell(tx, type, program_id, one.id, before, after)


async def _tell(
    tx: Transaction,
    type: EventType,
    program_id: UUID,
    leave_id: UUID,
    before: Leave | Told | None,
    after: Leave | Told | None,
) -> None:
    one = after or before
    assert one is not None
    await audit.record(
        tx,
        type.value,
        ("leave", leave_id),
        program_id=program_id,
        before=before,
        after=after,
        confidential=CONFIDENTIAL,
    )
    await events.emit(
        tx,
        type,
        leave_id,
        program_id=program_id,
        ambassador_id=one.ambassador_id,
        first_day=one.first_day,
        last_day=one.last_day,
    )


async def _put(tx: Transaction, before: Ambassador, status: AmbassadorStatus, on: date) -> None:
    after = replace(
        before,
        status=status,
        status_reason=None,
        status_on=on,
        version=before.version + 1,
        updated_at=tx.call.at,
    )
    await ambassador_store.update(tx, after)
    await directory.refresh_ambassador(tx, before.program_id, before.id)
    await audit.record(
        tx,
        "ambassador.status_changed",
        ("ambassador", before.id),
        program_id=before.program_id,
        before=before,
        after=after,
    )
    await events.emit(
        tx,
        EventType.AMBASSADOR_STATUS_CHANGED,
        before.id,
        program_id=before.program_id,
        before=before.status,
        after=status,
        on=on,
    )
