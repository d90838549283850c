"""Promotions: a person goes on from one program to another; both histories stay."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import ambassador_changes, ambassadors, audit, events, people, policies, programs
from domain.call import Call, Transaction, reading, transaction
from domain.errors import (
    AlreadyExists,
    Busy,
    Conflict,
    Fault,
    Forbidden,
    InvalidReference,
    NotFound,
)
from domain.rules.access import Permission
from domain.rules.ambassadors import SANCTIONS, AmbassadorStatus
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.store import promotions as store
from domain.store.ambassadors import Ambassador
from domain.store.programs import Program
from domain.store.promotions import Promotion

__all__ = ["Draft", "Promotion", "PromotionRefused", "page", "promote"]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when the ambassador's version is not the one that is expected."""


class PromotionRefused(Conflict):
    """Who is suspended or removed goes nowhere until a person lifts that."""

    code = "promotion_refused"
    title = "The ambassador cannot be promoted"


class Draft(Struct, frozen=True):
    """A promotion to be: to the program `to`, under the handle of before unless one is given."""

    to: str
    handle: str | None
    reason: str


async def page(
    call: Call, slug: str, handle: str, *, before: UUID | None, limit: int
) -> tuple[str, list[Promotion]]:
    """The current handle of an ambassador, and their promotions, one more than a page.

    The newest first. For everybody where both ends are public; for the ambassador and the program's
    staff all, with the reasons. Raises `NotFound`.
    """
    async with reading(call) as tx:
        program, entry = await ambassadors.find(tx, call, slug, handle)
        rows = await store.page(
            tx, program.id, entry.id, insider=entry.insider, before=before, limit=limit + 1
        )
        return entry.handle, rows


async def promote(call: Call, slug: str, handle: str, draft: Draft, check: Check) -> Promotion:
    """Make an ambassador of one program one of another, by whoever manages both.

    They join there today, with a tenure by that program's policy, and are emeritus here from today
    with the reason, which ends their tenure here; who is emeritus already stays so as they were.
    What else they are a part of is not touched. Raises `NotFound`, `Forbidden`, `ProgramArchived`,
    `VersionMismatch`, `PromotionRefused`, `PersonErased`, `InvalidReference` for an unknown
    program or the same one, `AlreadyExists` for who is in it already, or whose handle
    is taken there.
    """
    if draft.to == slug:
        detail = "A promotion leads to another program."
        raise InvalidReference(detail, Fault("same_program", detail, pointer="/to"))
    if not call.actor.may(Permission.AMBASSADOR_MANAGE, draft.to):
        raise Forbidden(f"This needs the permission ambassador:manage in '{draft.to}' too.")
    async with transaction(call) as tx:
        here, there = await _programs(tx, slug, draft.to)
        if tx.replayed is not None:
            return await _stored(tx, here, tx.replayed)
        before = await _lock(tx, here, handle, check)
        if before.status in SANCTIONS:
            raise PromotionRefused("Who is suspended or removed goes nowhere until that is lifted.")
        if await store.is_ambassador(tx, there.id, before.person_id):
            # The constraint says the same, of a field that is not in this request.
            detail = f"The person is an ambassador of '{there.slug}' already."
            raise AlreadyExists(detail, Fault("already_exists", detail, pointer="/to"))
        policy = await policies.typed(tx, there)
        today = day_of(call.at, policy.time_zone)
        came = await ambassador_changes.admit(
            tx,
            there,
            policy,
            before.person_id,
            draft.handle or before.handle,
            joined_on=today,
            hidden_fields=before.hidden_fields,
            today=today,
        )
        await _leave(tx, here, before, draft.reason)
        promotion_id = call.new_id()
        await store.insert(
            tx,
            id=promotion_id,
            origin=(here.id, before.id),
            target=(there.id, came.id),
            reason=draft.reason,
            at=call.at,
            by=call.actor.account_id,
        )
        await _tell(tx, before, draft.reason, promotion_id, {"to": there.slug})
        await _tell(tx, came, draft.reason, promotion_id, {"from": here.slug})
        await tx.created(promotion_id)
        return await _stored(tx, here, promotion_id)


async def _programs(tx: Transaction, slug: str, to: str) -> tuple[Program, Program]:
    """Both programs, held open in the order of their slugs, so that no two promotions cross."""
    found: dict[str, Program] = {}
    for one in sorted((slug, to)):
        try:
            found[one] = await programs.find_open(tx, one)
        except NotFound as unknown:
            if one == slug:
                raise
            fault = Fault("invalid_reference", unknown.detail, pointer="/to")
            raise InvalidReference(unknown.detail, fault) from unknown
    return found[slug], found[to]


async def _lock(tx: Transaction, program: Program, handle: str, check: Check) -> Ambassador:
    """The ambassador, locked behind their person: nobody else brings the person in meanwhile."""
    person_id = await store.whose(tx, program.id, handle)
    if person_id is None:
        raise NotFound(f"There is no ambassador '{handle}'.")
    await people.lock(tx, person_id)
    ambassador = await ambassadors.lock(tx, program, handle, check)
    if ambassador.person_id != person_id:
        raise Busy("The handle went to somebody else just now; try again.")
    return ambassador


async def _leave(tx: Transaction, program: Program, before: Ambassador, reason: str) -> None:
    if before.status is AmbassadorStatus.EMERITUS:
        return
    policy = await policies.typed(tx, program)
    today = day_of(tx.call.at, policy.time_zone)
    after = replace(before, status=AmbassadorStatus.EMERITUS, status_reason=reason, status_on=today)
    await ambassador_changes.turn(tx, program, policy, before, after, today)


async def _stored(tx: Transaction, program: Program, promotion_id: UUID) -> Promotion:
    found = await store.get(tx, program.id, promotion_id)
    if found is None:
        raise NotFound("There is no such promotion.")
    return found


async def _tell(
    tx: Transaction, of: Ambassador, reason: str, promotion_id: UUID, way: dict[str, str]
) -> None:
    """Both programs are told, each of its own ambassador and the other's slug."""
    await audit.record(
        tx,
        EventType.AMBASSADOR_PROMOTED.value,
        ("ambassador", of.id),
        program_id=of.program_id,
        after={"promotion": promotion_id} | way,
        reason=reason,
    )
    await events.emit(tx, EventType.AMBASSADOR_PROMOTED, of.id, program_id=of.program_id, **way)
