"""Benefits that people offer: to one ambassador, to several, or to all for whom they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from domain import budgets, grants, offers, policies, programs
from domain.call import Call, Transaction, transaction
from domain.errors import Conflict, Fault, Invalid, InvalidReference, NotFound
from domain.grants import Shown
from domain.offers import Offer
from domain.rules import benefits as rules
from domain.rules.benefits import Hindrance
from domain.rules.days import day_of
from domain.rules.policy import Policy
from domain.rules.policy_benefits import Occasion
from domain.store import offers as store
from domain.store.offers import Had, Known
from domain.store.programs import Program

__all__ = ["MOST", "Draft", "OfferResult", "Offered", "Round", "Told", "offer", "offer_many"]

MOST = 1000
"""How many handles a round names, how many ambassadors are looked at together, and are told of."""

_OF_TENURES = frozenset({Occasion.RENEWAL, Occasion.TENURE})


class Terms(Struct, frozen=True):
    """What is offered, and why; an award or event has a `name`. The note is for them to read."""

    benefit: str
    occasion: Occasion
    name: str | None
    note: str | None


class Draft(Terms, frozen=True):
    """An offer to one ambassador, by the handle that they have now."""

    handle: str


class Round(Terms, frozen=True):
    """An offer to many: by their handles, or (None) to all who are active and eligible."""

    handles: Sequence[str] | None
    dry_run: bool


class OfferResult(StrEnum):
    """What became of an offer to one of many."""

    AT_LIMIT = "at_limit"
    HAD = "had"
    NOT_ACTIVE = "not_active"
    NOT_ELIGIBLE = "not_eligible"
    OFFERED = "offered"
    UNKNOWN = "unknown"


class Told(Struct, frozen=True):
    """One of many; `reasons` are in words. Without a grant nothing was stored."""

    handle: str
    result: OfferResult
    grant_id: UUID | None = None
    reasons: Sequence[str] = ()


class Offered(Struct, frozen=True):
    """How many had which result, and at most `MOST` of them one by one.

    Of an offer to all, those whom the benefit is not for are only counted.
    """

    counts: Mapping[OfferResult, int]
    told: Sequence[Told]


class _Case(Struct, frozen=True):
    """Somebody to whom something may be offered, and the offer, or why there is none."""

    known: Known
    hindrance: Hindrance | None
    offer: Offer


async def offer(call: Call, slug: str, draft: Draft) -> Shown:
    """Offer a benefit to an ambassador, in the tenure that runs.

    Raises `NotFound`, `ProgramArchived`, `InvalidReference` for an unknown benefit or handle,
    `Invalid` for an occasion without its name, `NotOffered`, `NotActive`, `NotEligible`,
    `AlreadyGranted`, `AtLimit`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        if tx.replayed is not None:
            return await _shown(tx, program, tx.replayed)
        policy = await policies.typed(tx, program)
        if draft.benefit not in policy.benefits:
            raise _unknown(f"The policy has no benefit '{draft.benefit}'.", "/benefit")
        _check(policy, draft)
        locked = await store.lock_named(tx, program.id, [draft.handle])
        cases = await _judge(tx, program, policy, draft, locked)
        if not cases:
            raise _unknown(f"There is no ambassador '{draft.handle}'.", "/ambassador")
        if (hindrance := cases[0].hindrance) is not None:
            raise _refused(hindrance, policy, draft, cases[0].known)
        made = await offers.make(tx, program, policy, [cases[0].offer], call.account_id)
        if not made:
            raise _refused(Hindrance.HAD, policy, draft, cases[0].known)
        await budgets.warn_in(tx, program)
        await tx.created(made[0].id)
        return await _shown(tx, program, made[0].id)


async def offer_many(call: Call, slug: str, round: Round) -> Offered:
    """Offer a benefit to many in one transaction; a dry run tells the same and stores nothing.

    What the rules would offer (on the occasions `admission`, `tenure` and `renewal`) is offered
    where the tenure that runs has none of it yet, so that a changed policy reaches those whose
    tenure began before; a second time changes nothing. Raises `NotFound`, also for an unknown
    benefit, `ProgramArchived`, `Invalid` for an occasion without its name, `NotOffered`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        if round.benefit not in policy.benefits:
            raise NotFound(f"The policy has no benefit '{round.benefit}'.")
        _check(policy, round)
        counts = dict.fromkeys(OfferResult, 0)
        told: list[Told] = []
        async for one in _offer_all(tx, program, policy, round):
            counts[one.result] += 1
            silent = round.handles is None and one.result is OfferResult.NOT_ELIGIBLE
            if len(told) < MOST and not silent:
                told.append(one)
        if counts[OfferResult.OFFERED] and not round.dry_run:
            await budgets.warn_in(tx, program)
        return Offered(counts, told)


async def _offer_all(
    tx: Transaction, program: Program, policy: Policy, round: Round
) -> AsyncIterator[Told]:
    if round.handles is not None:
        locked = await store.lock_named(tx, program.id, round.handles)
        found = {
            one.handle.lower(): one for one in await _offer(tx, program, policy, round, locked)
        }
        for handle in _distinct(round.handles):
            yield found.get(handle.lower(), Told(handle, OfferResult.UNKNOWN))
        return
    after: UUID | None = None
    while locked := await store.lock_active(tx, program.id, after=after, limit=MOST):
        for one in await _offer(tx, program, policy, round, locked):
            yield one
        after = locked[-1]


async def _offer(
    tx: Transaction, program: Program, policy: Policy, round: Round, locked: Sequence[UUID]
) -> list[Told]:
    """Offer to locked ambassadors, and tell of each."""
    cases = await _judge(tx, program, policy, round, locked)
    granted: dict[UUID, UUID] = {}
    if not round.dry_run:
        wanted = [one.offer for one in cases if one.hindrance is None]
        made = await offers.make(tx, program, policy, wanted, tx.call.account_id)
        granted = {one.ambassador_id: one.id for one in made}
    return [_told(policy, round, one, granted.get(one.known.id)) for one in cases]


async def _judge(
    tx: Transaction, program: Program, policy: Policy, terms: Terms, locked: Sequence[UUID]
) -> list[_Case]:
    """Who of some locked ambassadors can be offered a benefit, and as the how manieth of it."""
    if not locked:
        return []
    benefit = policy.benefits[terms.benefit]
    held: defaultdict[UUID, list[Had]] = defaultdict(list)
    for one in await store.had(tx, program.id, locked, [terms.benefit]):
        held[one.ambassador_id].append(one)
    today = day_of(tx.call.at, policy.time_zone)
    cases: list[_Case] = []
    for known in await store.known(tx, program.id, locked, today):
        had = held[known.id]
        timed = terms.occasion not in _OF_TENURES or known.tenure_id is not None
        of_tenure = [one for one in had if one.tenure_id == known.tenure_id]
        hindrance = rules.hindrance(
            benefit,
            known,
            terms.occasion,
            in_tenure=sum(one.live for one in of_tenure),
            ever=sum(one.live for one in had),
            had=_is_had(terms, had, of_tenure),
        )
        if hindrance is None and not timed:
            hindrance = Hindrance.NOT_ELIGIBLE
        number = 1
        if terms.occasion in rules.BY_PEOPLE:
            number += max((one.number for one in of_tenure), default=0)
        offered = Offer(
            terms.benefit,
            known.id,
            known.tenure_id,
            terms.occasion,
            number,
            terms.name,
            terms.note,
        )
        cases.append(_Case(known, hindrance, offered))
    return cases


def _is_had(terms: Terms, had: Sequence[Had], of_tenure: Sequence[Had]) -> bool:
    if terms.occasion in rules.NAMED:
        named = (terms.occasion, terms.name)
        return any(one.live and (one.occasion, one.occasion_name) == named for one in had)
    # What the rules offered once in a tenure is not made up for, whatever became of it.
    return terms.occasion not in rules.BY_PEOPLE and any(one.number == 1 for one in of_tenure)


def _told(policy: Policy, round: Round, case: _Case, grant_id: UUID | None) -> Told:
    handle = case.known.handle
    if case.hindrance is not None:
        reasons = ()
        if case.hindrance is Hindrance.NOT_ELIGIBLE:
            reasons = _why(policy, round, case.known)
        return Told(handle, OfferResult(case.hindrance.value), None, reasons)
    if grant_id is None and not round.dry_run:
        return Told(handle, OfferResult.HAD)
    return Told(handle, OfferResult.OFFERED, grant_id)


def _why(policy: Policy, terms: Terms, known: Known) -> tuple[str, ...]:
    told = rules.lacking(policy, policy.benefits[terms.benefit], known)
    return told or ("No tenure of theirs runs, or it follows no other one.",)


def _check(policy: Policy, terms: Terms) -> None:
    """Raise `NotOffered` or `Invalid` unless people may offer it on this occasion, by this name."""
    benefit, occasion = policy.benefits[terms.benefit], terms.occasion
    if occasion is Occasion.END:
        raise rules.NotOffered("What an end brings is offered when it comes, by nobody else.")
    if occasion not in benefit.offered:
        told = ", ".join(one.value for one in benefit.offered)
        raise rules.NotOffered(f"The policy offers {benefit.name} on these occasions: {told}.")
    if (terms.name is None) is (occasion in rules.NAMED):
        detail = "An award or an event is told by its name, and nothing else has one."
        raise Invalid(detail, Fault("name", detail, pointer="/name"))


def _refused(hindrance: Hindrance, policy: Policy, terms: Terms, known: Known) -> Conflict:
    match hindrance:
        case Hindrance.NOT_ACTIVE:
            return rules.NotActive(f"'{known.handle}' is {known.status.value}.")
        case Hindrance.HAD:
            return rules.AlreadyGranted(f"'{known.handle}' was offered it for this already.")
        case Hindrance.NOT_ELIGIBLE:
            return rules.NotEligible(" ".join(_why(policy, terms, known)))
        case Hindrance.AT_LIMIT:
            return rules.AtLimit(f"'{known.handle}' has as many of it as the policy allows.")


def _unknown(detail: str, pointer: str) -> InvalidReference:
    return InvalidReference(detail, Fault("invalid_reference", detail, pointer=pointer))


def _distinct(handles: Sequence[str]) -> list[str]:
    return list({handle.lower(): handle for handle in handles}.values())


async def _shown(tx: Transaction, program: Program, grant_id: UUID) -> Shown:
    seen = await grants.locate(tx, tx.call, program, grant_id)
    return await grants.shown(tx, tx.call, program, seen)
