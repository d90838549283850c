"""Leaves of absence: announce, change, remove, read, and the daily turn of the statuses.

While a leave covers today, an active ambassador is `on_leave`; its days stop the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from domain import absences, ambassadors, audit, policies, programs
from domain.ambassadors import Entry
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, Forbidden, NotFound
from domain.rules import absences as rules
from domain.rules.absences import Absence
from domain.rules.access import Permission
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.store import leaves as store
from domain.store import member_changes
from domain.store.ambassadors import Ambassador
from domain.store.leaves import Leave, Turned
from domain.store.member_changes import Announced
from domain.store.programs import Program

__all__ = [
    "Changes",
    "Draft",
    "HasLeft",
    "Leave",
    "Place",
    "announce",
    "get",
    "page",
    "remove",
    "turn",
    "update",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when the leave's version is not the one that the caller expects."""


class HasLeft(Conflict):
    """Who is in the program no more takes leave of nothing."""

    code = "has_left"
    title = "The ambassador has left the program"


class Draft(Struct, frozen=True):
    """A leave to be; days are inclusive, in the program's time zone, `last_day` None: open."""

    first_day: date
    last_day: date | None
    reason: str | None


class Changes(Struct, frozen=True):
    """What to change of a leave; UNSET leaves it as it is."""

    first_day: date | UnsetType = UNSET
    last_day: date | UnsetType | None = UNSET
    reason: str | UnsetType | None = UNSET


class Place(Struct, frozen=True):
    """A place in the order of leaves, the last one first."""

    first_day: date
    id: UUID


async def page(
    call: Call, slug: str, handle: str, *, after: Place | None, limit: int
) -> tuple[str, list[Leave]]:
    """The current handle of an ambassador, and their leaves, one more than a page, last one first.

    For themself and the program's staff; the reason for themself and its managers. Raises
    `NotFound`.
    """
    async with reading(call) as tx:
        program, entry = await ambassadors.find_inside(tx, call, slug, handle)
        rows = await store.page(
            tx,
            program.id,
            entry.id,
            whole=_whole(call, program, entry),
            before=(after.first_day, after.id) if after else None,
            limit=limit + 1,
        )
        return entry.handle, rows


async def get(call: Call, slug: str, handle: str, leave_id: UUID) -> tuple[str, Leave]:
    """The current handle of an ambassador, and one of their leaves, as `page` shows it."""
    async with reading(call) as tx:
        program, entry = await ambassadors.find_inside(tx, call, slug, handle)
        whole = _whole(call, program, entry)
        rows = await store.page(tx, program.id, entry.id, whole=whole, leave_id=leave_id, limit=1)
        if not rows:
            raise NotFound("There is no such leave.")
        return entry.handle, rows[0]


async def announce(call: Call, slug: str, handle: str, draft: Draft) -> Leave:
    """Announce a leave: ahead or from today by oneself, for days that are over by a manager.

    Raises `NotFound`, `ProgramArchived`, `HasLeft`, `Forbidden`, `Invalid` for an end before the
    start, for days before the joining, and for days that are over without a reason.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        ambassador = await _lock(tx, program, handle)
        if tx.replayed is not None:
            return await _stored(tx, ambassador, tx.replayed)
        today = await _today(tx, program)
        absence = Absence(draft.first_day, draft.last_day)
        _check(call, program, ambassador, None, absence, today, draft.reason)
        leave = await absences.open_leave(tx, ambassador, absence, draft.reason)
        await absences.settle(tx, ambassador, None, leave, today)
        await tx.created(leave.id)
        return leave


async def update(
    call: Call, slug: str, handle: str, leave_id: UUID, changes: Changes, check: Check
) -> Leave:
    """Change a leave: end it, move it, tell why; the same again changes nothing.

    Raises what `announce` raises, and `VersionMismatch`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        ambassador = await _lock(tx, program, handle)
        before = await _stored(tx, ambassador, leave_id)
        check(before.version)
        after = _changed(before, changes)
        if after == before:
            return before
        after = replace(after, version=before.version + 1, updated_at=call.at)
        today = await _today(tx, program)
        _check(
            call,
            program,
            ambassador,
            absences.days(before),
            absences.days(after),
            today,
            after.reason,
        )
        await store.update(tx, program.id, after)
        await absences.changed(tx, EventType.LEAVE_CHANGED, program.id, before, after)
        await absences.settle(tx, ambassador, before, after, today)
        return after


async def remove(call: Call, slug: str, handle: str, leave_id: UUID, check: Check) -> None:
    """Take a leave away, as if it had never been: by oneself before its first day is over.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, `HasLeft`, `Forbidden`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        ambassador = await _lock(tx, program, handle)
        before = await _stored(tx, ambassador, leave_id)
        check(before.version)
        today = await _today(tx, program)
        _check(call, program, ambassador, absences.days(before), None, today, None)
        await store.delete(tx, program.id, before.id)
        await absences.changed(tx, EventType.LEAVE_REMOVED, program.id, before, None)
        await absences.settle(tx, ambassador, before, None, today)


async def turn(call: Call, program_id: UUID, on: date) -> None:
    """Make the statuses of a program say who is on leave on a day, normally its today.

    The active whose leave has begun are `on_leave`, those whose leave is over active again, each
    from the day on which it was so; suspended, removed and emeritus ones are not touched, and
    whoever left has no leave any more. Again it changes nothing.
    """
    async with transaction(call) as tx:
        await absences.stop(tx, program_id, None, on)
        turned = await store.turn(tx, program_id, on, call.at)
        await member_changes.store_records(
            tx,
            [_entry(call, program_id, one) for one in turned],
            [_announced(call, program_id, one) for one in turned],
        )


def _whole(call: Call, program: Program, entry: Entry) -> bool:
    own = call.actor.person_id == entry.person_id
    return own or call.actor.may(Permission.AMBASSADOR_MANAGE, program.slug)


async def _lock(tx: Transaction, program: Program, handle: str) -> Ambassador:
    """The ambassador, if the caller is this or manages them; others may not know of any leave."""
    ambassador = await ambassadors.lock(tx, program, handle, _any_version)
    actor = tx.call.actor
    if actor.person_id == ambassador.person_id or actor.may(
        Permission.AMBASSADOR_MANAGE, program.slug
    ):
        return ambassador
    if actor.may(Permission.AMBASSADOR_READ, program.slug):
        raise Forbidden("A leave is for the ambassador and for managers to change.")
    raise NotFound(f"There is no ambassador '{handle}'.")


def _any_version(version: int) -> None:
    del version


async def _stored(tx: Transaction, ambassador: Ambassador, leave_id: UUID) -> Leave:
    found = await store.lock(tx, ambassador.program_id, ambassador.id, leave_id)
    if found is None:
        raise NotFound("There is no such leave.")
    return found


async def _today(tx: Transaction, program: Program) -> date:
    return day_of(tx.call.at, (await policies.typed(tx, program)).time_zone)


def _changed(leave: Leave, changes: Changes) -> Leave:
    if changes.first_day is not UNSET:
        leave = replace(leave, first_day=changes.first_day)
    if changes.last_day is not UNSET:
        leave = replace(leave, last_day=changes.last_day)
    if changes.reason is not UNSET:
        leave = replace(leave, reason=changes.reason)
    return leave


def _check(
    call: Call,
    program: Program,
    ambassador: Ambassador,
    before: Absence | None,
    after: Absence | None,
    today: date,
    reason: str | None,
) -> None:
    if ambassador.status in absences.LEFT:
        raise HasLeft("The leaves of somebody who left stay as they are.")
    rules.check(
        before,
        after,
        today,
        joined_on=ambassador.joined_on,
        reason=reason,
        manages=call.actor.may(Permission.AMBASSADOR_MANAGE, program.slug),
    )


def _entry(call: Call, program_id: UUID, one: Turned) -> audit.Entry:
    return audit.entry(
        call,
        "ambassador.status_changed",
        ("ambassador", one.id),
        program_id=program_id,
        before={
            "status": one.before,
            "status_reason": one.reason_before,
            "status_on": one.on_before,
        },
        after={"status": one.after, "status_reason": None, "status_on": one.on_after},
    )


def _announced(call: Call, program_id: UUID, one: Turned) -> Announced:
    return Announced(
        id=call.new_id(),
        type=EventType.AMBASSADOR_STATUS_CHANGED.value,
        program_id=program_id,
        subject_id=one.id,
        data={"before": one.before, "after": one.after, "on": one.on_after},
        at=call.at,
    )
