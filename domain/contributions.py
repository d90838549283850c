"""Contributions: record, correct, withdraw, read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from domain import ambassadors, audit, events, policies, programs
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, Fault, InvalidReference, NotFound
from domain.rules import contributions as rules
from domain.rules.access import Permission
from domain.rules.contributions import ContributionStatus
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.members import written
from domain.rules.policy_document import Policy
from domain.store import ambassadors as ambassador_store
from domain.store import contributions as store
from domain.store.contributions import Contribution, Filters, Recent, Shown
from domain.store.directory import Reader
from domain.store.programs import Program
from domain.store.query import Connection

__all__ = [
    "Changes",
    "Contribution",
    "ContributionStatus",
    "ContributionWithdrawn",
    "Draft",
    "Narrowed",
    "Recent",
    "Shown",
    "announce",
    "get",
    "page",
    "page_of",
    "record",
    "update",
    "withdraw",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class ContributionWithdrawn(Conflict):
    """Withdrawn stays withdrawn."""

    code = "contribution_withdrawn"
    title = "The contribution was withdrawn"


class Draft(Struct, frozen=True):
    """A contribution to be: `ambassador` is a handle, `occurred_on` a day, a month or a year."""

    ambassador: str
    type: str
    title: str
    occurred_on: str
    url: str | None


class Changes(Struct, frozen=True):
    """What to correct; UNSET leaves a field as it is."""

    type: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    occurred_on: str | UnsetType = UNSET
    url: str | UnsetType | None = UNSET


class Narrowed(Struct, frozen=True):
    """What a list is narrowed to; `since` and `until` are inclusive, for a period's first day."""

    ambassador: str | None = None
    type: str | None = None
    since: date | None = None
    until: date | None = None
    status: ContributionStatus = ContributionStatus.ACCEPTED


async def page(
    call: Call, slug: str, narrowed: Narrowed, *, after: Recent | None, limit: int
) -> list[Shown]:
    """A program's contributions, newest first, one more than a page.

    The public sees what was accepted of the ambassadors whom the directory lists. Raises `NotFound`
    (also for a directory that the caller may not read).
    """
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        policy = await policies.typed(tx, program)
        reader = _reader(call, program, policy)
        if not reader.reads_all and not policy.directory.public:
            raise NotFound("The program has no public directory.")
        ambassador_id = None
        if narrowed.ambassador is not None:
            ambassador_id = await ambassador_store.resolve(tx, program.id, narrowed.ambassador)
            if ambassador_id is None:
                return []
        filters = _filters(narrowed, ambassador_id)
        return await store.page(tx, program.id, reader, filters, after=after, limit=limit + 1)


async def page_of(
    call: Call, slug: str, handle: str, narrowed: Narrowed, *, after: Recent | None, limit: int
) -> tuple[str, list[Shown]]:
    """The current handle of an ambassador, and their contributions, one more than a page.

    Raises `NotFound` as `ambassadors.find` does.
    """
    async with reading(call) as tx:
        program, entry = await ambassadors.find(tx, call, slug, handle)
        reader = _reader(call, program, await policies.typed(tx, program))
        filters = _filters(narrowed, entry.id)
        rows = await store.page(tx, program.id, reader, filters, after=after, limit=limit + 1)
        return entry.handle, rows


async def get(call: Call, slug: str, contribution_id: UUID) -> Shown:
    """One contribution. Raises `NotFound`, also for what the caller may not see."""
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        reader = _reader(call, program, await policies.typed(tx, program))
        return await _shown(tx, program, reader, contribution_id)


async def record(call: Call, slug: str, draft: Draft) -> Shown:
    """Record what an ambassador did; accepted at once.

    Raises `NotFound`, `ProgramArchived`, `InvalidReference` for an unknown ambassador or type,
    `LinkRequired`, `Invalid` for a date that does not exist or is still to come.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        if tx.replayed is not None:
            return await _told(tx, program, policy, tx.replayed)
        rules.check(policy, draft.type, draft.url)
        first, precision = rules.period(draft.occurred_on, day_of(call.at, policy.time_zone))
        ambassador = await ambassador_store.lock(tx, program.id, draft.ambassador)
        if ambassador is None:
            detail = f"There is no ambassador '{draft.ambassador}'."
            fault = Fault("invalid_reference", detail, pointer="/ambassador")
            raise InvalidReference(detail, fault)
        new = Contribution(
            program_id=program.id,
            id=call.new_id(),
            ambassador_id=ambassador.id,
            type=draft.type,
            type_text=draft.type,
            title=draft.title,
            occurred_on=first,
            date_precision=precision,
            url=draft.url,
            source=None,
            position=None,
            status=ContributionStatus.ACCEPTED,
            version=1,
            created_at=call.at,
            updated_at=call.at,
        )
        await store.insert(tx, new)
        await _recorded(tx, EventType.CONTRIBUTION_RECORDED, None, new)
        await tx.created(new.id)
        return await _told(tx, program, policy, new.id)


async def update(
    call: Call, slug: str, contribution_id: UUID, changes: Changes, check: Check
) -> Shown:
    """Correct a contribution; the next import of the file that it came from may correct it back.

    Raises what `record` raises, `VersionMismatch`, and `ContributionWithdrawn`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        before = await _lock(tx, program, contribution_id, check)
        if before.status is ContributionStatus.WITHDRAWN:
            raise ContributionWithdrawn("The contribution was withdrawn.")
        after = _changed(before, changes, day_of(call.at, policy.time_zone))
        if after != before:
            rules.check(policy, after.type, after.url)
            await _store(tx, EventType.CONTRIBUTION_UPDATED, before, after)
        return await _told(tx, program, policy, contribution_id)


async def withdraw(
    call: Call, slug: str, contribution_id: UUID, reason: str, check: Check
) -> Shown:
    """Withdraw a contribution: it counts no more; again it changes nothing.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        before = await _lock(tx, program, contribution_id, check)
        after = replace(before, status=ContributionStatus.WITHDRAWN)
        if after != before:
            await _store(tx, EventType.CONTRIBUTION_WITHDRAWN, before, after, reason=reason)
        return await _told(tx, program, policy, contribution_id)


def announce(one: Contribution) -> dict[str, Any]:
    """What an event tells about a contribution."""
    return {
        "ambassador_id": one.ambassador_id,
        "contribution_type": one.type,
        "occurred_on": written(one.occurred_on, one.date_precision),
        "source": one.source,
    }


def _reader(call: Call, program: Program, policy: Policy) -> Reader:
    reader = ambassadors.reader_of(call, program, policy)
    reads_all = call.actor.may(Permission.CONTRIBUTION_READ, program.slug)
    return replace(reader, reads_all=reads_all)


def _filters(narrowed: Narrowed, ambassador_id: UUID | None) -> Filters:
    return Filters(ambassador_id, narrowed.type, narrowed.since, narrowed.until, narrowed.status)


def _changed(before: Contribution, changes: Changes, today: date) -> Contribution:
    after = before
    if changes.type is not UNSET and changes.type != before.type:
        # The file's own word stays with what came from a file.
        text = changes.type if before.source is None else before.type_text
        after = replace(after, type=changes.type, type_text=text)
    if changes.title is not UNSET:
        after = replace(after, title=changes.title)
    if changes.url is not UNSET:
        after = replace(after, url=changes.url)
    if changes.occurred_on is not UNSET:
        first, precision = rules.period(changes.occurred_on, today)
        after = replace(after, occurred_on=first, date_precision=precision)
    return after


async def _lock(
    tx: Transaction, program: Program, contribution_id: UUID, check: Check
) -> Contribution:
    found = await store.lock(tx, program.id, contribution_id)
    if found is None:
        raise NotFound("There is no such contribution.")
    check(found.version)
    return found


async def _store(
    tx: Transaction,
    type: EventType,
    before: Contribution,
    after: Contribution,
    *,
    reason: str | None = None,
) -> None:
    stored = replace(after, version=before.version + 1, updated_at=tx.call.at)
    await store.update(tx, stored)
    await _recorded(tx, type, before, stored, reason=reason)


async def _recorded(
    tx: Transaction,
    type: EventType,
    before: Contribution | None,
    after: Contribution,
    *,
    reason: str | None = None,
) -> None:
    await audit.record(
        tx,
        type.value,
        ("contribution", after.id),
        program_id=after.program_id,
        before=before,
        after=after,
        reason=reason,
    )
    await events.emit(tx, type, after.id, program_id=after.program_id, **announce(after))


async def _told(tx: Transaction, program: Program, policy: Policy, id: UUID) -> Shown:
    """What whoever made a change sees of it, whatever else they may read."""
    reader = replace(_reader(tx.call, program, policy), reads_all=True)
    return await _shown(tx, program, reader, id)


async def _shown(tx: Connection, program: Program, reader: Reader, contribution_id: UUID) -> Shown:
    found = await store.get(tx, program.id, reader, contribution_id)
    if found is None:
        raise NotFound("There is no such contribution.")
    return found
