"""Eligibilities: what a manager knows to be true of an ambassador until a day; its daily expiry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from msgspec import Struct

from domain import ambassadors, audit, events, policies, programs
from domain.ambassadors import Entry
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Fault, InvalidReference, NotFound
from domain.rules.access import Permission
from domain.rules.events import EventType
from domain.store import eligibilities as store
from domain.store import member_changes
from domain.store.ambassadors import Ambassador
from domain.store.eligibilities import Eligibility
from domain.store.member_changes import Announced
from domain.store.programs import Program

__all__ = ["Draft", "Eligibility", "expire", "get", "page", "put", "remove"]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when the version (0: nothing is there) is not the expected one."""

CONFIDENTIAL = frozenset({"note"})


class Draft(Struct, frozen=True):
    """`expires_on` is the last day on which it holds, in the program's time zone; None: unknown."""

    expires_on: date | None
    note: str | None


async def page(
    call: Call, slug: str, handle: str, *, after: str | None, limit: int
) -> tuple[str, list[Eligibility]]:
    """The current handle of an ambassador, and their attributes, one more than a page.

    For themself and the program's staff; the note for themself and its managers. Raises `NotFound`.
    """
    async with reading(call) as tx:
        program, entry = await ambassadors.find_inside(tx, call, slug, handle)
        whole = _whole(call, program, entry)
        rows = await store.page(tx, program.id, entry.id, whole=whole, after=after, limit=limit + 1)
        return entry.handle, rows


async def get(call: Call, slug: str, handle: str, attribute: str) -> tuple[str, Eligibility]:
    """The current handle of an ambassador, and one of their attributes, as `page` shows it."""
    async with reading(call) as tx:
        program, entry = await ambassadors.find_inside(tx, call, slug, handle)
        whole = _whole(call, program, entry)
        rows = await store.page(tx, program.id, entry.id, whole=whole, attribute=attribute, limit=1)
        if not rows:
            raise NotFound("The ambassador does not have this attribute.")
        return entry.handle, rows[0]


async def put(
    call: Call, slug: str, handle: str, attribute: str, draft: Draft, check: Check
) -> tuple[Eligibility, bool]:
    """Say that an attribute is true of an ambassador, and until when; the same changes nothing.

    Returns it, and whether it is new. Raises `NotFound`, `ProgramArchived`, `VersionMismatch`,
    `InvalidReference` for an attribute that the policy does not have.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        if attribute not in policy.eligibility:
            detail = f"The policy has no attribute '{attribute}'."
            fault = Fault("invalid_reference", detail, parameter="attribute")
            raise InvalidReference(detail, fault)
        ambassador = await ambassadors.lock(tx, program, handle, _any_version)
        before = await store.lock(tx, program.id, ambassador.id, attribute)
        check(before.version if before else 0)
        if before and (before.expires_on, before.note) == (draft.expires_on, draft.note):
            return before, False
        after = Eligibility(
            id=before.id if before else call.new_id(),
            ambassador_id=ambassador.id,
            attribute=attribute,
            expires_on=draft.expires_on,
            note=draft.note,
            version=before.version + 1 if before else 1,
            created_at=before.created_at if before else call.at,
            updated_at=call.at,
        )
        await store.store(tx, program.id, after)
        await _tell(tx, EventType.ELIGIBILITY_CHANGED, ambassador, before, after)
        return after, before is None


async def remove(call: Call, slug: str, handle: str, attribute: str, check: Check) -> None:
    """Take an attribute away, also one that the policy has no more.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        ambassador = await ambassadors.lock(tx, program, handle, _any_version)
        before = await store.lock(tx, program.id, ambassador.id, attribute)
        if before is None:
            raise NotFound("The ambassador does not have this attribute.")
        check(before.version)
        await store.delete(tx, program.id, before.id)
        await _tell(tx, EventType.ELIGIBILITY_REMOVED, ambassador, before, None)


async def expire(call: Call, program_id: UUID, on: date) -> None:
    """Announce what has expired by a day, normally the program's today, each expiry once.

    Nothing else changes: whether an attribute holds is read off its last day.
    """
    async with transaction(call) as tx:
        expired = [
            Announced(
                id=call.new_id(),
                type=EventType.ELIGIBILITY_EXPIRED.value,
                program_id=program_id,
                subject_id=one.id,
                data={
                    "ambassador_id": one.ambassador_id,
                    "attribute": one.attribute,
                    "expires_on": one.expires_on,
                },
                at=call.at,
            )
            for one in await store.expire(tx, program_id, on, call.at)
        ]
        await member_changes.store_records(tx, [], expired)


def _whole(call: Call, program: Program, entry: Entry) -> bool:
    own = call.actor.person_id == entry.person_id
    return own or call.actor.may(Permission.AMBASSADOR_MANAGE, program.slug)


def _any_version(version: int) -> None:
    del version


async def _tell(
    tx: Transaction,
    type: EventType,
    ambassador: Ambassador,
    before: Eligibility | None,
    after: Eligibility | None,
) -> None:
    one = after or before
    assert one is not None
    await audit.record(
        tx,
        type.value,
        ("eligibility", one.id),
        program_id=ambassador.program_id,
        before=before,
        after=after,
        confidential=CONFIDENTIAL,
    )
    await events.emit(
        tx,
        type,
        one.id,
        program_id=ambassador.program_id,
        ambassador_id=ambassador.id,
        attribute=one.attribute,
        expires_on=one.expires_on,
    )
