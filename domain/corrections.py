"""Corrections: what a contribution says, its withdrawal, and later readings of its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from domain import contribution_changes, contributions, participants, policies, programs, suspicions
from domain.call import Call, Transaction, transaction
from domain.contributions import Shown
from domain.errors import Forbidden, InvalidReference
from domain.rules import contributions as rules
from domain.rules import corrections
from domain.rules.access import Permission
from domain.rules.contributions import (
    ContributionStatus,
    ContributionWithdrawn,
    EventFormat,
    Named,
    Visibility,
    WaitingFor,
)
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.members import written
from domain.rules.policy import Policy
from domain.rules.reviews import AlreadyDecided
from domain.store import contributions as store
from domain.store.contributions import Contribution, Participant, Reading
from domain.store.programs import Program

__all__ = ["Changes", "measure", "update", "withdraw"]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""

LIVE = frozenset(
    {ContributionStatus.PENDING, ContributionStatus.ACCEPTED, ContributionStatus.DISPUTED}
)
"""What claims to be the first of its kind."""


class Changes(Struct, frozen=True):
    """What to correct; UNSET leaves a field as it is, None clears it.

    `occurred_on` is a day, a month or a year; `fields` are merged, None takes one away;
    `participants` are all of them.
    """

    type: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    occurred_on: str | UnsetType = UNSET
    ended_on: date | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET
    evidence: tuple[str, ...] | UnsetType = UNSET
    role: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    audience: tuple[str, ...] | UnsetType = UNSET
    event_format: EventFormat | UnsetType | None = UNSET
    country: str | UnsetType | None = UNSET
    fields: Mapping[str, Any] | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    participants: tuple[Named, ...] | UnsetType = UNSET


async def update(
    call: Call, slug: str, contribution_id: UUID, changes: Changes, check: Check
) -> Shown:
    """Correct a contribution: a manager any, its people and its author what waits for a decision.

    What was returned waits for a reviewer again. What it says now is checked as the policy has it
    now, as far as the correction changes it; what it may be the same as now is linked, and for a
    reviewer to say: what is accepted stays accepted, unless it is still to come now. What counted
    for a finished tenure keeps its type, dates, address and people. Raises `NotFound`,
    `ProgramArchived`, `VersionMismatch`, `Forbidden`, `AlreadyDecided`, `ContributionWithdrawn`,
    `CountedForTenure`, `InvalidReference`, `BreaksPolicy`, `Invalid`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        named = () if changes.participants is UNSET else changes.participants
        await participants.hold(tx, [named])
        before = await contribution_changes.lock(tx, program, contribution_id, check)
        people = await store.participants(tx, program.id, [before.id])
        if not _manages(call, program):
            await _check_author(tx, program, policy, before, people)
        _refuse_withdrawn(before)
        rules.check_shares(named)
        today = day_of(call.at, policy.time_zone)
        after = _changed(before, changes)
        period = corrections.check(
            policy,
            corrections.told(before, people),
            corrections.told(after, named or people),
            _on(before),
            _on(before) if changes.occurred_on is UNSET else changes.occurred_on,
            today,
        )
        after = replace(after, occurred_on=period.first, date_precision=period.precision)
        if period.future and after.status is ContributionStatus.ACCEPTED:
            # What is announced anew is pending until its day.
            after = _waiting(after)
        now = await _people(tx, program, after, people, named)
        after = replace(after, matched=any(one.person_id is not None for one in now))
        if after != before or now != people:
            await _store(tx, program, before, after, people, now)
        return await contributions.shown(tx, call, program, policy, contribution_id)


async def withdraw(
    call: Call, slug: str, contribution_id: UUID, reason: str, check: Check
) -> Shown:
    """Withdraw a contribution: it counts no more; again it changes nothing.

    A manager any; its people what they submitted, or what nobody else took part in. Raises
    `NotFound`, `ProgramArchived`, `VersionMismatch`, `Forbidden`, `CountedForTenure`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        before = await contribution_changes.lock(tx, program, contribution_id, check)
        people = await store.participants(tx, program.id, [before.id])
        if not _manages(call, program):
            alone = len(people) == 1 or _submitted(call, before)
            if not (alone and contribution_changes.takes_part(call, people)):
                await contribution_changes.refuse_unseen(tx, program, policy, before.id)
                raise Forbidden("It is withdrawn by a manager, or by the author who took part.")
        if before.status is not ContributionStatus.WITHDRAWN:
            await contribution_changes.refuse_counted(tx, before)
            after = replace(
                before,
                status=ContributionStatus.WITHDRAWN,
                waiting_for=None,
                touched_at=call.at,
            )
            await suspicions.give_up(tx, program.id, [before.id])
            await contribution_changes.change(
                tx,
                EventType.CONTRIBUTION_WITHDRAWN,
                before,
                after,
                people=people,
                reason=reason,
            )
        return await contributions.shown(tx, call, program, policy, contribution_id)


async def measure(
    call: Call,
    slug: str,
    contribution_id: UUID,
    read_on: date,
    values: Mapping[str, int],
    check: Check,
) -> Shown:
    """Add a reading of its numbers; the same reading again changes nothing.

    No correction: its source may go on to send it. `read_on` is a day in the program's time zone.
    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, `Forbidden`, `ContributionWithdrawn`,
    `BreaksPolicy` for a number that the type does not know, `Invalid`, `TooManyReadings`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        before = await contribution_changes.lock(tx, program, contribution_id, check)
        people = await store.participants(tx, program.id, [before.id])
        if not (_manages(call, program) or contribution_changes.takes_part(call, people)):
            await contribution_changes.refuse_unseen(tx, program, policy, before.id)
            raise Forbidden("Its numbers are added by its people, or by a manager.")
        _refuse_withdrawn(before)
        kind = policy.contribution_types.get(before.type)
        today = day_of(call.at, policy.time_zone)
        corrections.check_reading(kind, values, read_on, before.occurred_on, today)
        reading = Reading(read_on, dict(values))
        if reading not in before.metrics:
            corrections.check_room(len(before.metrics))
            after = replace(before, metrics=(*before.metrics, reading))
            await contribution_changes.change(
                tx, EventType.CONTRIBUTION_MEASURED, before, after, people=people
            )
        return await contributions.shown(tx, call, program, policy, contribution_id)


def _manages(call: Call, program: Program) -> bool:
    return call.actor.may(Permission.CONTRIBUTION_MANAGE, program.slug)


def _submitted(call: Call, one: Contribution) -> bool:
    account = call.account_id
    return account is not None and account == one.submitted_by


def _refuse_withdrawn(one: Contribution) -> None:
    if one.status is ContributionStatus.WITHDRAWN:
        raise ContributionWithdrawn("The contribution was withdrawn.")


async def _check_author(
    tx: Transaction,
    program: Program,
    policy: Policy,
    one: Contribution,
    people: Sequence[Participant],
) -> None:
    """Whoever is no manager corrects their own, as long as it is not decided."""
    if not (contribution_changes.takes_part(tx.call, people) or _submitted(tx.call, one)):
        await contribution_changes.refuse_unseen(tx, program, policy, one.id)
        raise Forbidden("Only a manager corrects what is somebody else's.")
    _refuse_withdrawn(one)
    returned = one.waiting_for is WaitingFor.AUTHOR
    if one.status is not ContributionStatus.PENDING and not returned:
        raise AlreadyDecided(f"It is {one.status.value}: a manager can correct it.")


def _waiting(one: Contribution) -> Contribution:
    return replace(
        one,
        status=ContributionStatus.PENDING,
        waiting_for=WaitingFor.REVIEWER,
        decided_by=None,
        decided_at=None,
    )


def _on(one: Contribution) -> str:
    return written(one.occurred_on, one.date_precision)


def _changed(before: Contribution, changes: Changes) -> Contribution:
    given = {
        name: value
        for name, value in asdict(changes).items()
        if value is not UNSET and name not in ("occurred_on", "participants", "fields", "type")
    }
    after = replace(before, **given)
    if changes.fields is not UNSET:
        merged = before.fields | dict(changes.fields)
        kept = {name: value for name, value in merged.items() if value is not None}
        after = replace(after, fields=kept)
    if changes.type is not UNSET and changes.type != before.type:
        # A file's own word stays with what came from a file.
        of_file = before.source == rules.MEMBERS_FILE
        text = before.type_text if of_file else changes.type
        after = replace(after, type=changes.type, type_text=text)
    return after


async def _people(
    tx: Transaction,
    program: Program,
    after: Contribution,
    before: Sequence[Participant],
    named: Sequence[Named],
) -> list[Participant]:
    """The people as they are to be; who was named already keeps the identity that named them."""
    if not named:
        return [replace(one, occurred_on=after.occurred_on) for one in before]
    (resolved,) = await participants.resolve(tx, program, [named])
    if resolved.faults:
        detail = "Somebody is named whom nobody knows, or twice."
        raise InvalidReference(detail, *resolved.faults)
    known = {one.person_id: one.unmatched_id for one in before}
    return [
        Participant(
            program_id=program.id,
            contribution_id=after.id,
            position=place,
            person_id=one.person_id,
            unmatched_id=one.unmatched_id or (one.person_id and known.get(one.person_id)),
            role=one.role,
            share=one.share,
            occurred_on=after.occurred_on,
        )
        for place, one in enumerate(resolved.people)
    ]


def _matters(one: Contribution, people: Sequence[Participant]) -> object:
    """What a finished tenure was decided on: neither a typing error nor who may see it."""
    who = {(person.who, person.role, person.share) for person in people}
    return one.type, one.occurred_on, one.date_precision, one.ended_on, one.url, who


async def _store(
    tx: Transaction,
    program: Program,
    before: Contribution,
    after: Contribution,
    people: Sequence[Participant],
    now: Sequence[Participant],
) -> None:
    if _matters(before, people) != _matters(after, now):
        await contribution_changes.refuse_counted(tx, before)
    after = replace(after, touched_at=tx.call.at)
    if before.waiting_for is WaitingFor.AUTHOR:
        after = replace(after, waiting_for=WaitingFor.REVIEWER)
    if now != people:
        await store.replace_participants(tx, program.id, after.id, list(now))
    if after.status in LIVE:
        await suspicions.reclaim(tx, program.id, [(after, now)])
        await suspicions.inherit(tx, program.id, [after.id])
    await contribution_changes.change(
        tx,
        EventType.CONTRIBUTION_UPDATED,
        before,
        after,
        people=now,
        people_before=people,
    )
