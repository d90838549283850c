"""Applications: reading them, and what their applicants may still change of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import application_eligibility, audit, events, policies, programs, rounds
from domain.application_eligibility import Eligibility
from domain.call import Call, Transaction, reading, transaction
from domain.errors import NotFound
from domain.rules.access import Permission
from domain.rules.candidacies import UNDECIDED, ApplicationClosed, ApplicationStatus
from domain.rules.events import EventType
from domain.store import application_parts as parts
from domain.store import applications as store
from domain.store import rounds as round_store
from domain.store.application_parts import Identity, ShownEvidence
from domain.store.applications import Application
from domain.store.programs import Program
from domain.store.query import Connection
from domain.store.rounds import Round

__all__ = [
    "Application",
    "Check",
    "Filter",
    "Place",
    "Round",
    "Shown",
    "ShownEvidence",
    "change",
    "get",
    "lock",
    "page",
    "shown",
    "theirs",
    "whole",
    "withdraw",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class Shown(Struct, frozen=True):
    """An application as the caller sees it; `whole` with what is for those who decide alone.

    `round` is the vote that was opened last, `ambassador` the handle now of whom it made.
    """

    application: Application
    identities: list[Identity]
    evidence: list[ShownEvidence]
    eligibility: Eligibility
    round: Round | None
    ambassador: str | None
    whole: bool


class Filter(Struct, frozen=True):
    """Which applications to list; None filters nothing.

    `closing_before` is an aware time; `unvoted`: the caller could vote now, and has not; `mine`:
    the caller applied or was nominated, or nominated somebody.
    """

    status: ApplicationStatus | None = None
    closing_before: datetime | None = None
    unvoted: bool = False
    mine: bool = False


class Place(Struct, frozen=True):
    """A place in the list of applications, the newest first."""

    id: UUID


async def page(
    call: Call, slug: str, where: Filter, *, after: Place | None, limit: int
) -> list[Shown]:
    """Applications, newest first, one more than a page.

    All of them for who decides on them, else one's own. Raises `NotFound`.
    """
    await rounds.settle(call, slug)
    actor = call.actor
    async with reading(call, frozen=True) as tx:
        program = await programs.find(tx, slug)
        own = where.mine or not whole(call, slug)
        found = await store.page(
            tx,
            program.id,
            account_id=actor.account_id if own else None,
            person_id=actor.person_id if own else None,
            status=where.status,
            closing_before=where.closing_before,
            elector=(actor.account_id, actor.person_id) if where.unvoted else None,
            before=after.id if after else None,
            limit=limit + 1,
        )
        return await _shown(tx, call, program, found)


async def get(call: Call, slug: str, application_id: UUID) -> Shown:
    """An application. Raises `NotFound`, also for what the caller may not see."""
    await rounds.settle(call, slug, application_id)
    async with reading(call, frozen=True) as tx:
        program = await programs.find(tx, slug)
        found = await store.get(tx, program.id, application_id)
        if found is None or not (whole(call, slug) or theirs(call, found)):
            raise NotFound("There is no such application.")
        return await shown(tx, call, program, found)


async def withdraw(call: Call, slug: str, application_id: UUID, check: Check) -> Shown:
    """Withdraw an application; an open vote on it is cancelled. Withdrawn twice is withdrawn once.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, `ApplicationClosed` once it is decided.
    """
    await rounds.settle(call, slug, application_id)
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        before = await lock(tx, program, application_id, check)
        if before.status is ApplicationStatus.WITHDRAWN:
            return await shown(tx, call, program, before)
        if before.status not in UNDECIDED:
            raise ApplicationClosed(f"It is {before.status.value}: there is nothing to withdraw.")
        await rounds.cancel_in(tx, before, "The application was withdrawn.")
        after = replace(before, status=ApplicationStatus.WITHDRAWN, decision_needed=None)
        after = await change(tx, "application.withdrawn", before, after)
        await events.emit(tx, EventType.APPLICATION_WITHDRAWN, before.id, program_id=program.id)
        return await shown(tx, call, program, after)


def whole(call: Call, slug: str) -> bool:
    """Whether the caller reads applications as those do who decide on them."""
    return call.actor.may(Permission.APPLICATION_READ, slug)


def theirs(call: Call, application: Application) -> bool:
    """Whether the caller applied, was nominated or nominated, or holds the application's secret."""
    actor = call.actor
    if actor.opens is not None:
        opened = (actor.opens.program_id, actor.opens.application_id)
        return opened == (application.program_id, application.id)
    if actor.account_id is None or not actor.may(Permission.SELF_READ):
        return False
    return application.submitted_by == actor.account_id or _is_self(call, application)


async def lock(
    tx: Transaction, program: Program, application_id: UUID, check: Check, *, nominee: bool = False
) -> Application:
    """The application, locked for its applicant to change.

    With `nominee` for whom was nominated instead; who nominated them is no applicant then. Raises
    `NotFound`, also for somebody else's, and `VersionMismatch`.
    """
    found = await store.lock(tx, program.id, application_id)
    if found is None or not theirs(tx.call, found):
        raise NotFound("There is no such application of yours.")
    opens = tx.call.actor.opens
    if opens is None:
        allowed = tx.call.actor.may(Permission.SELF_MANAGE)
        allowed = allowed and (not nominee or _is_self(tx.call, found))
    else:
        allowed = opens.nominee is nominee
    if not allowed:
        raise NotFound("There is no such application of yours.")
    check(found.version)
    return found


async def change(
    tx: Transaction, action: str, before: Application, after: Application
) -> Application:
    """Store a changed application with its entry in the audit log; returns it as it is now."""
    after = replace(after, version=before.version + 1, updated_at=tx.call.at)
    await store.update(tx, after)
    await audit.record(
        tx,
        action,
        ("application", before.id),
        program_id=before.program_id,
        before=before,
        after=after,
    )
    return after


async def shown(tx: Connection, call: Call, program: Program, found: Application) -> Shown:
    """An application as the caller sees it, who may."""
    (one,) = await _shown(tx, call, program, [found])
    return one


async def _shown(
    tx: Connection, call: Call, program: Program, found: Sequence[Application]
) -> list[Shown]:
    ids = [one.id for one in found]
    identities = await parts.identities(tx, program.id, ids)
    evidence = await parts.shown(tx, program.id, ids)
    made = [one.ambassador_id for one in found if one.ambassador_id is not None]
    handles = await parts.handles(tx, program.id, made)
    return [
        Shown(
            application=one,
            identities=[other for other in identities if other.application_id == one.id],
            evidence=(mine := [other for other in evidence if other.application_id == one.id]),
            eligibility=application_eligibility.of(
                await policies.typed(tx, replace(program, policy_version=one.policy_version)),
                one.submitted_at,
                mine,
            ),
            round=await round_store.last(tx, program.id, one.id) if one.round else None,
            ambassador=None if one.ambassador_id is None else handles[one.ambassador_id],
            # Whoever it is about is told what applicants are told, whatever they are here.
            whole=whole(call, program.slug) and not _is_self(call, one),
        )
        for one in found
    ]


def _is_self(call: Call, application: Application) -> bool:
    person_id = call.actor.person_id
    return person_id is not None and application.person_id == person_id
