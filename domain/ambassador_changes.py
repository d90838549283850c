"""What brings an ambassador in and changes their record, inside the transaction that does it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from msgspec.structs import replace

from domain import absences, audit, events, tenure_chain
from domain.call import Transaction
from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.events import EventType
from domain.rules.policy import Policy
from domain.store import ambassadors as store
from domain.store import directory
from domain.store.ambassadors import Ambassador
from domain.store.programs import Program

__all__ = ["admit", "announce", "change", "turn"]


async def admit(
    tx: Transaction,
    program: Program,
    policy: Policy,
    person_id: UUID,
    handle: str,
    *,
    joined_on: date | None,
    hidden_fields: list[str],
    today: date,
) -> Ambassador:
    """Make a locked person an active ambassador; the tenure begins with the day of joining.

    Raises `AlreadyExists` for a handle in use or a person who is an ambassador already.
    """
    ambassador = Ambassador(
        program_id=program.id,
        id=tx.call.new_id(),
        person_id=person_id,
        handle=handle,
        status=AmbassadorStatus.ACTIVE,
        status_reason=None,
        status_on=None,
        farewell=None,
        joined_on=joined_on,
        hidden_fields=hidden_fields,
        position=None,
        version=1,
        created_at=tx.call.at,
        updated_at=tx.call.at,
    )
    await store.insert(tx, ambassador)
    await directory.refresh_ambassador(tx, program.id, ambassador.id)
    await audit.record(
        tx,
        "ambassador.joined",
        ("ambassador", ambassador.id),
        program_id=program.id,
        after=ambassador,
    )
    await announce(tx, EventType.AMBASSADOR_JOINED, ambassador, joined_on=joined_on)
    await tenure_chain.joined(tx, program, policy, [(ambassador.id, joined_on)], today)
    return ambassador


async def turn(
    tx: Transaction,
    program: Program,
    policy: Policy,
    before: Ambassador,
    after: Ambassador,
    today: date,
) -> None:
    """Store another status of a locked ambassador, or another day of it, and all that follows."""
    await change(tx, "ambassador.status_changed", before, after, reason=after.status_reason)
    await announce(
        tx,
        EventType.AMBASSADOR_STATUS_CHANGED,
        before,
        before=before.status,
        after=after.status,
        on=after.status_on,
    )
    await absences.follow(tx, before, after, today)
    if after.status is before.status:
        await tenure_chain.redated(tx, program, policy, before, after, today)
    else:
        await tenure_chain.followed(tx, program, policy, [(before, after)], today)


async def change(
    tx: Transaction,
    action: str,
    before: Ambassador,
    after: Ambassador,
    *,
    reason: str | None = None,
) -> None:
    """Store a changed record with its entry in the directory and in the audit log."""
    await store.update(tx, replace(after, version=before.version + 1, updated_at=tx.call.at))
    await directory.refresh_ambassador(tx, before.program_id, before.id)
    await audit.record(
        tx,
        action,
        ("ambassador", before.id),
        program_id=before.program_id,
        before=before,
        after=after,
        reason=reason,
    )


async def announce(tx: Transaction, type: EventType, of: Ambassador, **data: object) -> None:
    """Announce a fact about an ambassador in their program."""
    await events.emit(tx, type, of.id, program_id=of.program_id, **data)
