"""Deliveries: where a benefit is sent, sealed, for who fulfils it, and erased after it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain import audit, events, grants, programs
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Forbidden, NotFound
from domain.grants import Check, Locked
from domain.rules import claims, stretches
from domain.rules import deliveries as rules
from domain.rules.access import Permission
from domain.rules.deliveries import Address, Delivery
from domain.rules.events import EventType
from domain.rules.policy import Policy
from domain.store import deliveries as store
from domain.store import grants as grant_store
from domain.store import member_changes
from domain.store.grants import Grant
from domain.store.programs import Program
from domain.store.query import Connection

__all__ = [
    "Address",
    "Delivery",
    "change",
    "erase",
    "get",
    "opened",
    "put",
    "refuse_unread",
    "schedule",
]


async def get(call: Call, slug: str, grant_id: UUID) -> tuple[Grant, Delivery]:
    """A grant and where it is sent, for the ambassador and for whoever sends it.

    Raises `NotFound`, also when it is erased, `Forbidden`, `DataKeyMissing`, `SealBroken`.
    """
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        one = await grants.locate(tx, call, program, grant_id)
        refuse_unread(call, program, one.person_id)
        found = await opened(tx, call, program.id, grant_id)
        if found is None:
            raise NotFound("Nothing is known of where it is sent, or not any more.")
        return one.grant, found


async def change(
    call: Call, slug: str, grant_id: UUID, delivery: Delivery, check: Check
) -> tuple[Grant, bool]:
    """Say anew where a claimed grant is sent, while it is not fulfilled; the same changes nothing.

    By the ambassador, or by whoever sends it. Returns the grant, and whether nothing was known
    before. Raises `NotFound`, `ProgramArchived`, `Forbidden`, `VersionMismatch`, `Invalid`,
    `DataKeyMissing`, and `NotClaimed`, `AlreadyFulfilled`, `GrantClosed` with the grant as it is.
    """
    async with transaction(call) as tx:
        one = await grants.lock(tx, slug, grant_id)
        grants.refuse_others(call, one, Permission.DELIVERY_READ)
        with grants.telling(one):
            claims.check_claimed(one.grant.status)
        check(one.grant.version)
        rules.check(delivery, one.benefit.needs)
        before = await opened(tx, call, one.program.id, grant_id)
        if delivery == before:
            return one.grant, False
        await put(tx, one.program.id, grant_id, delivery)
        return await _tell(tx, one, had=before is not None), before is None


async def put(tx: Transaction, program_id: UUID, grant_id: UUID, delivery: Delivery) -> None:
    """Store where a grant is sent, sealed. Raises `DataKeyMissing`."""
    data = msgspec.json.encode(delivery)
    await store.put(tx, program_id, grant_id, tx.call.vault.seal(data, program_id, grant_id))


async def opened(tx: Connection, call: Call, program_id: UUID, grant_id: UUID) -> Delivery | None:
    """Where a grant is sent, if it is known (any more). Raises `DataKeyMissing`, `SealBroken`."""
    found = await store.find(tx, program_id, grant_id)
    if found is None:
        return None
    data = call.vault.open(found.sealed, program_id, grant_id)
    return msgspec.json.decode(data, type=Delivery)


async def schedule(tx: Transaction, policy: Policy, grant: Grant, today: date) -> None:
    """Have the delivery of what was fulfilled today erased when the policy says so."""
    day = stretches.after(policy.deliveries.kept, today)
    await store.keep_until(tx, grant.program_id, grant.id, day)


async def erase(call: Call, program_id: UUID, on: date) -> None:
    """Erase what is due by a day, normally the program's today; again it changes nothing."""
    async with transaction(call) as tx:
        entries = [
            audit.entry(
                call,
                "grant.delivery_erased",
                ("grant", grant_id),
                program_id=program_id,
                before={"delivery": "kept"},
                confidential=CONFIDENTIAL,
            )
            for grant_id in await store.erase(tx, program_id, on)
        ]
        await member_changes.store_records(tx, entries, [])


CONFIDENTIAL = frozenset({"delivery"})


def refuse_unread(call: Call, program: Program, person_id: UUID) -> None:
    """Raise `Forbidden` unless the caller is this person, or reads what is private of a grant."""
    own = call.actor.person_id == person_id and call.actor.may(Permission.SELF_READ)
    if not own and not call.actor.may(Permission.DELIVERY_READ, program.slug):
        raise Forbidden("It is the ambassador's own, or needs delivery:read.")


async def _tell(tx: Transaction, one: Locked, *, had: bool) -> Grant:
    """Tell that it has changed, and nothing of what it says."""
    after = replace(one.grant, version=one.grant.version + 1, updated_at=tx.call.at)
    await grant_store.update_many(tx, [after])
    await audit.record(
        tx,
        EventType.GRANT_DELIVERY_CHANGED.value,
        ("grant", after.id),
        program_id=after.program_id,
        before={"delivery": "before"} if had else None,
        after={"delivery": "after"},
        confidential=CONFIDENTIAL,
    )
    await events.emit(
        tx,
        EventType.GRANT_DELIVERY_CHANGED,
        after.id,
        program_id=after.program_id,
        ambassador_id=after.ambassador_id,
        benefit=after.benefit,
    )
    return after
