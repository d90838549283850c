"""Memberships of groups and roles inside a program: add, correct, end, read.

They are part of the ambassador's record: each change counts its version up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from domain import ambassadors, audit, events, policies, programs
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, NotFound
from domain.rules import memberships as rules
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.memberships import MembershipKind
from domain.store import ambassadors as ambassador_store
from domain.store import memberships as store
from domain.store.ambassadors import Ambassador
from domain.store.memberships import Membership

__all__ = [
    "Changes",
    "Draft",
    "Membership",
    "MembershipOverlaps",
    "add",
    "end",
    "get",
    "page",
    "update",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when the ambassador's version is not the one that the caller expects."""


class MembershipOverlaps(Conflict):
    """The ambassador is a member of the same on one of these days already."""

    code = "membership_overlaps"
    title = "The membership overlaps another one"


class Draft(Struct, frozen=True):
    """A membership to be; days are inclusive, in the program's time zone.

    `valid_from` None: nobody knows since when; UNSET: from today. `valid_until` None: open.
    """

    kind: MembershipKind
    code: str
    valid_from: date | UnsetType | None = UNSET
    valid_until: date | None = None


class Changes(Struct, frozen=True):
    """Other days for a membership; UNSET leaves one as it is."""

    valid_from: date | UnsetType | None = UNSET
    valid_until: date | UnsetType | None = UNSET


async def page(
    call: Call, slug: str, handle: str, *, after: UUID | None, limit: int
) -> tuple[str, list[Membership]]:
    """The current handle of an ambassador, and their memberships, one more than a page.

    Past and future ones too, oldest record first, as far as the caller may see them. Raises
    `NotFound`.
    """
    async with reading(call) as tx:
        program, entry = await ambassadors.find(tx, call, slug, handle)
        rows = await store.page(
            tx, program.id, entry.id, hidden_too=entry.insider, after=after, limit=limit + 1
        )
        return entry.handle, rows


async def get(call: Call, slug: str, handle: str, membership_id: UUID) -> tuple[str, Membership]:
    """The current handle of an ambassador, and one of their memberships. Raises `NotFound`."""
    async with reading(call) as tx:
        program, entry = await ambassadors.find(tx, call, slug, handle)
        rows = await store.page(
            tx,
            program.id,
            entry.id,
            hidden_too=entry.insider,
            membership_id=membership_id,
            limit=1,
        )
        if not rows:
            raise NotFound("There is no such membership.")
        return entry.handle, rows[0]


async def add(call: Call, slug: str, handle: str, draft: Draft) -> Membership:
    """Make an ambassador a member of a group, or give them a role.

    Raises `NotFound`, `ProgramArchived`, `InvalidReference` for a code that the policy does not
    have, `Invalid` for an end before the start, `MembershipOverlaps`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        ambassador = await ambassadors.lock(tx, program, handle, _any_version)
        if tx.replayed is not None:
            return await _stored(tx, ambassador, tx.replayed)
        rules.check_code(policy, draft.kind, draft.code)
        today = day_of(call.at, policy.time_zone)
        membership = Membership(
            id=call.new_id(),
            ambassador_id=ambassador.id,
            kind=draft.kind,
            code=draft.code,
            valid_from=today if draft.valid_from is UNSET else draft.valid_from,
            valid_until=draft.valid_until,
            version=ambassador.version + 1,
        )
        await store.insert(tx, program.id, membership)
        await _changed(tx, EventType.MEMBERSHIP_ADDED, ambassador, None, membership)
        await tx.created(membership.id)
        return membership


async def update(
    call: Call, slug: str, handle: str, membership_id: UUID, changes: Changes, check: Check
) -> Membership:
    """Correct the days of a membership.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, `Invalid` for an end before the start,
    `MembershipOverlaps`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        ambassador = await ambassadors.lock(tx, program, handle, check)
        before = await _stored(tx, ambassador, membership_id)
        after = replace(
            before,
            valid_from=before.valid_from if changes.valid_from is UNSET else changes.valid_from,
            valid_until=before.valid_until if changes.valid_until is UNSET else changes.valid_until,
        )
        if after == before:
            return before
        await store.update(tx, program.id, after)
        await _changed(tx, EventType.MEMBERSHIP_UPDATED, ambassador, before, after)
        return await _stored(tx, ambassador, membership_id)


async def end(call: Call, slug: str, handle: str, membership_id: UUID, check: Check) -> None:
    """End a membership: yesterday was its last day; one that began today or later is taken away.

    One that has ended already stays as it is. Raises `NotFound`, `ProgramArchived`,
    `VersionMismatch`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        ambassador = await ambassadors.lock(tx, program, handle, check)
        before = await _stored(tx, ambassador, membership_id)
        last = rules.last_day(
            before.valid_from, before.valid_until, day_of(call.at, policy.time_zone)
        )
        if last is None:
            await store.delete(tx, program.id, before.id)
            await _changed(tx, EventType.MEMBERSHIP_ENDED, ambassador, before, None)
        elif last != before.valid_until:
            after = replace(before, valid_until=last)
            await store.update(tx, program.id, after)
            await _changed(tx, EventType.MEMBERSHIP_ENDED, ambassador, before, after)


def _any_version(version: int) -> None:
    del version


async def _stored(tx: Transaction, ambassador: Ambassador, membership_id: UUID) -> Membership:
    found = await store.get(tx, ambassador.program_id, ambassador.id, membership_id)
    if found is None:
        raise NotFound("There is no such membership.")
    return found


async def _changed(
    tx: Transaction,
    type: EventType,
    ambassador: Ambassador,
    before: Membership | None,
    after: Membership | None,
) -> None:
    """What every change brings along; refuses an overlap, under the lock on the ambassador."""
    if after is not None and await store.overlaps(tx, ambassador.program_id, after):
        raise MembershipOverlaps(
            f"The ambassador has the {after.kind.value} '{after.code}' on one of these days."
        )
    await ambassador_store.update(
        tx, replace(ambassador, version=ambassador.version + 1, updated_at=tx.call.at)
    )
    one = after or before
    assert one is not None
    await audit.record(
        tx,
        type.value,
        ("membership", one.id),
        program_id=ambassador.program_id,
        before=before,
        after=after,
    )
    await events.emit(
        tx,
        type,
        one.id,
        program_id=ambassador.program_id,
        ambassador_id=ambassador.id,
        kind=one.kind,
        code=one.code,
    )
