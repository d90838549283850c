"""Verdicts: whether a contribution is the same as an earlier one, or both count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from msgspec.structs import replace

from domain import (
    audit,
    contribution_changes,
    contributions,
    events,
    policies,
    programs,
    reviews,
    suspicions,
)
from domain.call import Call, Transaction, transaction
from domain.contributions import Shown
from domain.errors import Fault, InvalidReference, NotFound
from domain.rules import reviews as rules
from domain.rules.contributions import ContributionStatus, ContributionWithdrawn, WaitingFor
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.policy import Policy
from domain.rules.reviews import Verdict
from domain.store import contributions as contribution_store
from domain.store import reviews as store
from domain.store import sources as source_store
from domain.store.contributions import Contribution, Participant
from domain.store.programs import Program
from domain.store.reviews import Pair

__all__ = ["Verdict", "give"]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""

GONE = frozenset({ContributionStatus.DECLINED, ContributionStatus.WITHDRAWN})


async def give(
    call: Call,
    slug: str,
    contribution_id: UUID,
    other_id: UUID,
    verdict: Verdict,
    note: str | None,
    check: Check,
) -> Shown:
    """Say whether a contribution is the same as the earlier one that it is suspected to be.

    `distinct`: both count; it is accepted if only its last suspicion kept the policy from it.
    `same`: it is declined as a duplicate and its people are added to the one that counts, which is
    what the other one leads to (RULES.md, "Contributions"). Raises `NotFound`, `ProgramArchived`,
    `VersionMismatch`, `InvalidReference` for a pair that nobody suspects, `AlreadyDecided`,
    `ContributionWithdrawn`, `CountsNoMore`, `CountedForTenure`, and what `rules.check_reviewer`
    raises.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        # The chain is read before it is locked, to lock it in order; it is read again below.
        chain = await store.chain(tx, program.id, other_id)
        ids = [contribution_id, *chain]
        locked = {one.id: one for one in await contribution_store.lock(tx, program.id, ids)}
        before = locked.get(contribution_id)
        if before is None:
            raise NotFound("There is no such contribution.")
        check(before.version)
        pair = await _pair(tx, before, other_id)
        people = await contribution_store.participants(tx, program.id, [before.id])
        if verdict is Verdict.SAME:
            other = _counting(locked, before, other_id)
            theirs = await contribution_store.participants(tx, program.id, [other.id])
            await _check_reviewer(tx, before, [*people, *theirs])
            await contribution_changes.refuse_counted(tx, before)
            await _same(tx, policy, pair, before, people, other, theirs, note)
        else:
            await _check_reviewer(tx, before, people)
            await _distinct(tx, program, policy, pair, before, people, note)
        return await contributions.shown(tx, call, program, policy, contribution_id)


async def _pair(tx: Transaction, before: Contribution, other_id: UUID) -> Pair:
    if before.status is ContributionStatus.WITHDRAWN:
        raise ContributionWithdrawn("The contribution was withdrawn.")
    if before.status is ContributionStatus.DECLINED:
        raise rules.AlreadyDecided("The contribution is declined already.")
    pair = (await store.pairs(tx, before.program_id, before.id)).get(other_id)
    if pair is None:
        detail = "It is not suspected to be the same as this one."
        raise InvalidReference(detail, Fault("invalid_reference", detail, pointer="/of"))
    # What was declined as the same and is disputed is looked at again.
    disputed = before.status is ContributionStatus.DISPUTED
    if pair.verdict is Verdict.DISTINCT or (pair.verdict is Verdict.SAME and not disputed):
        raise rules.AlreadyDecided(f"They were said to be {pair.verdict.value} already.")
    return pair


def _counting(
    locked: dict[UUID, Contribution], before: Contribution, other_id: UUID
) -> Contribution:
    """What counts in place of the other one, or the other one itself."""
    found, seen = locked.get(other_id), {before.id}
    while found is not None and found.same_as is not None and found.id not in seen:
        seen.add(found.id)
        found = locked.get(found.same_as)
    if found is None or found.id == before.id or found.status in GONE:
        detail = "The other one does not count (any more): decide on this one by itself."
        raise rules.CountsNoMore(detail, Fault("counts_no_more", detail, pointer="/of"))
    return found


async def _check_reviewer(
    tx: Transaction, before: Contribution, people: Sequence[Participant]
) -> None:
    decliners = await reviews.decider(tx, [before])
    persons = {one.person_id for one in people}
    who = reviews.party(tx.call)
    rules.check_reviewer(who, persons, before.status, decliners.get(before.id))


async def _same(
    tx: Transaction,
    policy: Policy,
    pair: Pair,
    before: Contribution,
    people: Sequence[Participant],
    other: Contribution,
    theirs: Sequence[Participant],
    note: str | None,
) -> None:
    await store.say(tx, pair, before.program_id, Verdict.SAME)
    await suspicions.release(tx, before.program_id, [before.id])
    added = _added(policy, people, other, theirs)
    if added:
        everybody = [*theirs, *added]
        await contribution_store.insert_participants(tx, added)
        matched = any(one.person_id is not None for one in everybody)
        await suspicions.claim(tx, other.program_id, [(other, everybody)])
        await contribution_changes.change(
            tx,
            EventType.CONTRIBUTION_UPDATED,
            other,
            # Touched, or its source would send the old list of people again.
            replace(other, matched=matched, touched_at=tx.call.at),
            people=everybody,
            people_before=theirs,
            reason=f"It is the same as {before.id}.",
        )
    await suspicions.inherit(tx, before.program_id, [before.id])
    after = replace(
        before,
        status=ContributionStatus.DECLINED,
        waiting_for=None,
        decline_reason=rules.DUPLICATE,
        note=note,
        same_as=other.id,
        decided_by=tx.call.account_id,
        decided_at=tx.call.at,
    )
    await contribution_changes.change(
        tx, EventType.CONTRIBUTION_DECLINED, before, after, people=people, reason=note
    )


def _added(
    policy: Policy,
    people: Sequence[Participant],
    other: Contribution,
    theirs: Sequence[Participant],
) -> list[Participant]:
    """Who is forgotten by the one that counts; a role that its type does not know is left out."""
    known = {one.who for one in theirs}
    missing = [one for one in people if one.who not in known]
    kind = policy.contribution_types.get(other.type)
    roles = () if kind is None else kind.roles
    start = max((one.position for one in theirs), default=-1) + 1
    return [
        replace(
            one,
            contribution_id=other.id,
            position=place,
            role=one.role if one.role in roles else None,
            # Shares were agreed upon by those who were named together.
            share=None,
            occurred_on=other.occurred_on,
        )
        for place, one in enumerate(missing, start)
    ]


async def _distinct(
    tx: Transaction,
    program: Program,
    policy: Policy,
    pair: Pair,
    before: Contribution,
    people: Sequence[Participant],
    note: str | None,
) -> None:
    await store.say(tx, pair, program.id, Verdict.DISTINCT)
    await audit.record(
        tx,
        EventType.CONTRIBUTION_DISTINGUISHED.value,
        ("contribution", before.id),
        program_id=program.id,
        before={"distinct_from": None},
        after={"distinct_from": pair.other_id},
        reason=note,
    )
    await events.emit(
        tx,
        EventType.CONTRIBUTION_DISTINGUISHED,
        before.id,
        program_id=program.id,
        other_id=pair.other_id,
    )
    pairs = await store.pairs(tx, program.id, before.id)
    if any(one.verdict is not Verdict.DISTINCT for one in pairs.values()):
        return
    waits = before.waiting_for in (WaitingFor.REVIEWER, None)
    if before.status is not ContributionStatus.PENDING or not waits:
        return
    if await _cleared(tx, program, policy, before, people):
        after = replace(
            before,
            status=ContributionStatus.ACCEPTED,
            waiting_for=None,
            decided_by=tx.call.account_id,
            decided_at=tx.call.at,
        )
        await contribution_changes.change(
            tx, EventType.CONTRIBUTION_ACCEPTED, before, after, people=people, reason=note
        )


async def _cleared(
    tx: Transaction,
    program: Program,
    policy: Policy,
    one: Contribution,
    people: Sequence[Participant],
) -> bool:
    """Whether the policy would have accepted it at once but for the suspicion."""
    source = None
    if one.source is not None:
        source = await source_store.share(tx, program.id, one.source)
    author = one.submitted_by
    owners = await store.owners(tx, [author] if author else [])
    person = owners.get(author) if author else None
    today: date = day_of(tx.call.at, policy.time_zone)
    return rules.accepted_when_distinct(
        policy.contribution_types.get(one.type),
        source.trust if source else None,
        one.occurred_on,
        today,
        own_word=source is not None or person is None or any(p.person_id == person for p in people),
        vouched=source is None and author is not None and author == tx.call.account_id,
    )
