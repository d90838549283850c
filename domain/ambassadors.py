"""Ambassadors: a program's directory, and how people join, change handle and change status."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from domain import ambassador_changes, people, policies, programs, tenure_chain
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Fault, Invalid, InvalidReference, NotFound
from domain.rules import ambassadors as rules
from domain.rules.access import Permission
from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.policy_document import DirectoryField, Policy
from domain.store import ambassadors as store
from domain.store import directory
from domain.store.ambassadors import Ambassador
from domain.store.directory import ByJoined, ByName, Entry, Filters, Reader
from domain.store.programs import Program
from domain.store.query import Connection

__all__ = [
    "Ambassador",
    "ByJoined",
    "ByName",
    "Changes",
    "Draft",
    "Entry",
    "Filters",
    "Status",
    "Who",
    "change_status",
    "create",
    "entry",
    "find",
    "find_inside",
    "get",
    "lock",
    "page_by_joined",
    "page_by_name",
    "update",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""

Who = UUID | people.Changes
"""Somebody who is recorded already, or a new person."""


class Draft(Struct, frozen=True):
    """An ambassador to be.

    `joined_on` is a day in the program's time zone; None when nobody knows it.
    """

    handle: str
    person: Who
    joined_on: date | None = None
    hidden_fields: Sequence[DirectoryField] = ()


class Changes(Struct, frozen=True):
    """What to change of an ambassador; UNSET leaves a field as it is."""

    handle: str | UnsetType = UNSET
    joined_on: date | UnsetType | None = UNSET
    hidden_fields: Sequence[DirectoryField] | UnsetType = UNSET


class Status(Struct, frozen=True):
    """A status to set, and why; `on` is the day from which it holds, by default today."""

    status: AmbassadorStatus
    reason: str
    on: date | None = None


async def page_by_name(
    call: Call,
    slug: str,
    filters: Filters,
    *,
    statuses: Sequence[AmbassadorStatus],
    after: ByName | None,
    limit: int,
) -> list[Entry]:
    """The directory in the order of names, one more than a page.

    Without `statuses` the active ones. Raises `NotFound` (also for a directory that the caller may
    not read), and `Invalid` when the public asks for a status that is never public.
    """
    async with reading(call) as tx:
        program, reader = await _lister(tx, call, slug, statuses)
        return await directory.page_by_name(
            tx, program.id, reader, filters, after=after, limit=limit + 1
        )


async def page_by_joined(
    call: Call,
    slug: str,
    filters: Filters,
    *,
    statuses: Sequence[AmbassadorStatus],
    after: ByJoined | None,
    limit: int,
) -> list[Entry]:
    """The same in the order of joining; those without a public day of joining come last."""
    async with reading(call) as tx:
        program, reader = await _lister(tx, call, slug, statuses)
        return await directory.page_by_joined(
            tx, program.id, reader, filters, after=after, limit=limit + 1
        )


async def get(call: Call, slug: str, handle: str) -> Entry:
    """The ambassador whom a handle leads to: who has it now, or else who had it last.

    Compare the entry's handle to learn which. Raises `NotFound`, also for what the caller may not
    see: everybody sees the statuses that the policy lists, an ambassador always themself.
    """
    async with reading(call) as tx:
        return (await find(tx, call, slug, handle))[1]


async def find(tx: Connection, call: Call, slug: str, handle: str) -> tuple[Program, Entry]:
    """The program and the ambassador whom a handle leads to, as `get` does. Raises `NotFound`."""
    program = await programs.find(tx, slug)
    ambassador_id = await store.resolve(tx, program.id, handle)
    if ambassador_id is not None:
        reader = reader_of(call, program, await policies.typed(tx, program))
        entry = await directory.get(tx, program.id, reader, ambassador_id)
        if entry is not None:
            return program, entry
    raise NotFound(f"There is no ambassador '{handle}'.")


async def find_inside(tx: Connection, call: Call, slug: str, handle: str) -> tuple[Program, Entry]:
    """The same for what only the ambassador and the program's staff may read: else `NotFound`."""
    program, entry = await find(tx, call, slug, handle)
    if not entry.insider:
        raise NotFound(f"There is no ambassador '{handle}' of whom you may read that.")
    return program, entry


async def lock(tx: Connection, program: Program, handle: str, check: Check) -> Ambassador:
    """The ambassador who has a handle now, locked for a change.

    Raises `NotFound`, `VersionMismatch`.
    """
    ambassador = await store.lock(tx, program.id, handle)
    if ambassador is None:
        raise NotFound(f"There is no ambassador '{handle}'.")
    check(ambassador.version)
    return ambassador


def reader_of(call: Call, program: Program, policy: Policy) -> Reader:
    """What the caller may see of a program's ambassadors, today in the program's time zone."""
    actor = call.actor
    return Reader(
        reads_all=actor.may(Permission.AMBASSADOR_READ, program.slug),
        person_id=actor.person_id if actor.may(Permission.SELF_READ) else None,
        statuses=rules.public_statuses(policy.directory),
        today=day_of(call.at, policy.time_zone),
    )


async def create(call: Call, slug: str, draft: Draft) -> Entry:
    """Make a person an active ambassador, whose tenure begins with the day of joining.

    Raises `NotFound`, `ProgramArchived`, `InvalidReference` for a person whom the caller cannot
    see, `PersonMerged`, `PersonErased`, `Invalid` for a day to come or a faulty profile,
    `AlreadyExists` for a handle in use or a person who is an ambassador already.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        if tx.replayed is not None:
            return await entry(tx, program, policy, tx.replayed)
        today = day_of(call.at, policy.time_zone)
        rules.check_joined(draft.joined_on, today)
        ambassador = await ambassador_changes.admit(
            tx,
            program,
            policy,
            await _person(tx, draft.person),
            draft.handle,
            joined_on=draft.joined_on,
            hidden_fields=_codes(draft.hidden_fields),
            today=today,
        )
        await tx.created(ambassador.id)
        return await entry(tx, program, policy, ambassador.id)


async def update(call: Call, slug: str, handle: str, changes: Changes, check: Check) -> Entry:
    """Change a handle (the old one leads to the new one), the day of joining or what is hidden.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, `Invalid` for a day to come,
    `AlreadyExists` for a handle in use.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        before = await lock(tx, program, handle, check)
        after = _changed(before, changes)
        if after != before:
            today = day_of(call.at, policy.time_zone)
            rules.check_joined(after.joined_on, today)
            await ambassador_changes.change(tx, "ambassador.updated", before, after)
            if not rules.same_handle(before.handle, after.handle):
                await store.keep_handle(tx, before, id=call.new_id(), until=call.at)
            if after.handle != before.handle:
                await ambassador_changes.announce(tx, EventType.AMBASSADOR_HANDLE_CHANGED, before)
            if replace(after, handle=before.handle) != before:
                await ambassador_changes.announce(tx, EventType.AMBASSADOR_UPDATED, before)
            if after.joined_on != before.joined_on:
                await tenure_chain.rejoined(tx, program, policy, before, after, today)
        return await entry(tx, program, policy, before.id)


async def change_status(call: Call, slug: str, handle: str, change: Status, check: Check) -> Entry:
    """Change where an ambassador stands; the same again changes nothing.

    Leaves keep step. Who leaves has a tenure that `ended`, who comes back a new one; a suspension
    leaves it open.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, `StatusChangeRefused`, `Invalid` for a
    day to come or before the joining.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        before = await lock(tx, program, handle, check)
        today = day_of(call.at, policy.time_zone)
        after = _with_status(before, change, today)
        if after != before:
            await ambassador_changes.turn(tx, program, policy, before, after, today)
        return await entry(tx, program, policy, before.id)


async def _lister(
    tx: Connection, call: Call, slug: str, asked: Sequence[AmbassadorStatus]
) -> tuple[Program, Reader]:
    program = await programs.find(tx, slug)
    policy = await policies.typed(tx, program)
    reader = reader_of(call, program, policy)
    if not reader.reads_all and not policy.directory.public:
        raise NotFound("The program has no public directory.")
    shown = rules.statuses_shown(policy.directory, asked, reads_all=reader.reads_all)
    return program, replace(reader, statuses=shown)


def _changed(ambassador: Ambassador, changes: Changes) -> Ambassador:
    if changes.handle is not UNSET:
        ambassador = replace(ambassador, handle=changes.handle)
    if changes.joined_on is not UNSET:
        ambassador = replace(ambassador, joined_on=changes.joined_on)
    if changes.hidden_fields is not UNSET:
        ambassador = replace(ambassador, hidden_fields=_codes(changes.hidden_fields))
    return ambassador


def _with_status(ambassador: Ambassador, change: Status, today: date) -> Ambassador:
    again = change.status is ambassador.status
    rules.check_status(ambassador.status, change.status, by_person=True)
    on = change.on or (ambassador.status_on if again else today)
    if on is not None:
        rules.check_status_day(on, ambassador.joined_on, today)
    back = change.status in (AmbassadorStatus.ACTIVE, AmbassadorStatus.ON_LEAVE)
    return replace(
        ambassador,
        status=change.status,
        status_reason=change.reason,
        status_on=on,
        farewell=None if back else ambassador.farewell,
    )


def _codes(fields: Sequence[DirectoryField]) -> list[str]:
    return sorted({field.value for field in fields})


async def _person(tx: Transaction, person: Who) -> UUID:
    if not isinstance(person, UUID):
        return (await _new_person(tx, person)).id
    try:
        await people.find(tx, tx.call, person, Permission.PERSON_READ)
        # Locked, so that a change of the profile that is under way is in the entry that we make.
        return (await people.lock(tx, person)).id
    except NotFound as unknown:
        fault = Fault("invalid_reference", unknown.detail, pointer="/person_id")
        raise InvalidReference(unknown.detail, fault) from unknown


async def _new_person(tx: Transaction, person: people.Changes) -> people.Person:
    try:
        return await people.add(tx, person)
    except Invalid as faulty:
        within = (replace(fault, pointer=f"/person{fault.pointer}") for fault in faulty.faults)
        raise Invalid(faulty.detail, *within) from faulty


async def entry(tx: Transaction, program: Program, policy: Policy, id: UUID) -> Entry:
    """What whoever made a change sees of it, whatever else they may read."""
    reader = replace(reader_of(tx.call, program, policy), reads_all=True)
    entry = await directory.get(tx, program.id, reader, id)
    if entry is None:
        raise NotFound("There is no such ambassador.")
    return entry
