"""Reviews: deciding on contributions, one or many, and disputing what was declined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import contribution_changes, contributions, policies, programs, suspicions
from domain.call import Call, Transaction, transaction
from domain.contributions import Shown
from domain.errors import Conflict, DomainError, Fault, Forbidden, NotFound, VersionMismatch
from domain.rules import reviews as rules
from domain.rules.contributions import ContributionStatus, WaitingFor
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.policy import Policy
from domain.rules.reviews import Decision, Judgement, Party
from domain.store import contributions as contribution_store
from domain.store import reviews as store
from domain.store.contributions import Contribution, Participant
from domain.store.programs import Program

__all__ = [
    "Decided",
    "Decision",
    "Item",
    "Judgement",
    "NotYours",
    "Reviewed",
    "decider",
    "dispute",
    "party",
    "review",
    "review_many",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""

EVENTS = {
    Decision.ACCEPT: EventType.CONTRIBUTION_ACCEPTED,
    Decision.DECLINE: EventType.CONTRIBUTION_DECLINED,
    Decision.RETURN: EventType.CONTRIBUTION_RETURNED,
}


class NotYours(Forbidden):
    """Only its people speak for it."""

    code = "not_yours"
    title = "The contribution is somebody else's"


class DecidedTwice(Conflict):
    """One request holds two decisions on the same contribution."""

    code = "decided_twice"
    title = "The same contribution is decided on twice"


class Reviewed(StrEnum):
    """What became of one of many decisions."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    RETURNED = "returned"
    REJECTED = "rejected"


RESULTS = {
    Decision.ACCEPT: Reviewed.ACCEPTED,
    Decision.DECLINE: Reviewed.DECLINED,
    Decision.RETURN: Reviewed.RETURNED,
}


class Item(Struct, frozen=True):
    """A decision on one of many; `version` is the one that was read, None for any."""

    id: UUID
    judgement: Judgement
    version: int | None = None


class Decided(Struct, frozen=True):
    """What became of it; `error` says why it was rejected."""

    id: UUID
    result: Reviewed
    error: DomainError | None = None


async def review(
    call: Call, slug: str, contribution_id: UUID, judgement: Judgement, check: Check
) -> Shown:
    """Decide on what is pending or disputed; accepting what is suspected calls it distinct.

    Of several who decide at the same time one does; the same decision again is `AlreadyDecided`
    too. Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, and what `rules.check_reviewer`
    and `rules.decide` raise.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        one = await contribution_changes.lock(tx, program, contribution_id, check)
        people = await contribution_store.participants(tx, program.id, [one.id])
        await _decide(tx, policy, one, people, await decider(tx, [one]), judgement)
        return await contributions.shown(tx, call, program, policy, contribution_id)


async def review_many(call: Call, slug: str, items: Sequence[Item]) -> list[Decided]:
    """Decide on many in one transaction; what cannot be decided is rejected and stops no other.

    Raises `NotFound`, `ProgramArchived`, and `DecidedTwice` when one is named twice.
    """
    _refuse_twice(items)
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        ids = [item.id for item in items]
        known = {one.id: one for one in await contribution_store.lock(tx, program.id, ids)}
        people = await _people(tx, program, ids)
        decliners = await decider(tx, known.values())
        return [
            await _decide_one(tx, policy, item, known.get(item.id), people[item.id], decliners)
            for item in items
        ]


async def dispute(call: Call, slug: str, contribution_id: UUID, text: str, check: Check) -> Shown:
    """Ask for another look at what was declined; somebody else than who declined it decides.

    Only its people can, and once. It claims again what it did first, so that a reviewer sees what
    it may be the same as. Raises `NotFound`, also for what the caller may not see,
    `ProgramArchived`, `VersionMismatch`, `NotYours`, and what `rules.check_dispute` raises.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        before = await contribution_changes.lock(tx, program, contribution_id, check)
        people = await contribution_store.participants(tx, program.id, [before.id])
        if not contribution_changes.takes_part(call, people):
            await contribution_changes.refuse_unseen(tx, program, policy, contribution_id)
            raise NotYours("It is disputed by one of its people.")
        rules.check_dispute(before.status, disputed=before.disputed_at is not None)
        after = replace(
            before,
            status=ContributionStatus.DISPUTED,
            waiting_for=WaitingFor.REVIEWER,
            dispute=text,
            disputed_at=call.at,
        )
        await suspicions.claim(tx, program.id, [(after, people)])
        await contribution_changes.change(
            tx, EventType.CONTRIBUTION_DISPUTED, before, after, people=people
        )
        return await contributions.shown(tx, call, program, policy, contribution_id)


def party(call: Call) -> Party:
    """Who decides; the command line is nobody's account."""
    actor = call.actor
    return Party(call.account_id, actor.person_id)


async def decider(tx: Transaction, decided: Iterable[Contribution]) -> dict[UUID, Party]:
    """Who decided last on each of these contributions."""
    accounts = {one.id: one.decided_by for one in decided if one.decided_by is not None}
    if not accounts:
        return {}
    owners = await store.owners(tx, set(accounts.values()))
    return {key: Party(account, owners.get(account)) for key, account in accounts.items()}


async def _decide(
    tx: Transaction,
    policy: Policy,
    before: Contribution,
    people: Sequence[Participant],
    decliners: dict[UUID, Party],
    judgement: Judgement,
) -> None:
    """Decide on a locked contribution; nothing is written before everything is checked."""
    rules.check_open(before.status)
    who = party(tx.call)
    persons = {one.person_id for one in people}
    rules.check_reviewer(who, persons, before.status, decliners.get(before.id))
    state = rules.decide(
        before.status, before.occurred_on, judgement, policy.review, _today(tx, policy)
    )
    after = replace(
        before,
        status=state.status,
        waiting_for=state.waiting_for,
        note=state.note,
    )
    if judgement.decision is not Decision.RETURN:
        after = replace(
            after,
            decline_reason=state.reason,
            same_as=None,
            decided_by=who.account_id,
            decided_at=tx.call.at,
        )
    if after == before:
        return
    match judgement.decision:
        case Decision.ACCEPT:
            await store.clear(tx, before.program_id, before.id)
        case Decision.DECLINE:
            await suspicions.give_up(tx, before.program_id, [before.id])
        case Decision.RETURN:
            pass
    await contribution_changes.change(
        tx, EVENTS[judgement.decision], before, after, people=people, reason=judgement.note
    )


async def _decide_one(
    tx: Transaction,
    policy: Policy,
    item: Item,
    one: Contribution | None,
    people: Sequence[Participant],
    decliners: dict[UUID, Party],
) -> Decided:
    try:
        if one is None:
            raise NotFound("There is no such contribution.")
        if item.version is not None and item.version != one.version:
            raise VersionMismatch(f"It is at version {one.version} now; read it again.")
        await _decide(tx, policy, one, people, decliners, item.judgement)
    except DomainError as error:
        return Decided(item.id, Reviewed.REJECTED, error)
    return Decided(item.id, RESULTS[item.judgement.decision])


def _refuse_twice(items: Sequence[Item]) -> None:
    seen: set[UUID] = set()
    faults: list[Fault] = []
    for place, item in enumerate(items):
        if item.id in seen:
            detail = "The same contribution is decided on twice."
            faults.append(Fault("duplicate", detail, pointer=f"/items/{place}/id"))
        seen.add(item.id)
    if faults:
        raise DecidedTwice("A contribution is decided on once.", *faults)


async def _people(
    tx: Transaction, program: Program, ids: list[UUID]
) -> defaultdict[UUID, list[Participant]]:
    found: defaultdict[UUID, list[Participant]] = defaultdict(list)
    for person in await contribution_store.participants(tx, program.id, ids):
        found[person.contribution_id].append(person)
    return found


def _today(tx: Transaction, policy: Policy) -> date:
    return day_of(tx.call.at, policy.time_zone)
