"""Benefits that the rules offer and take back, in the transaction of what brings it about.

Whoever begins, renews or ends tenures calls this, and where a program has none, whoever admits or
lets go. With a policy without benefits nothing happens, not even a statement; with some it takes a
handful of statements for thousands of ambassadors, who are locked already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import grant_changes, policies
from domain.call import Call, Transaction, transaction
from domain.rules import benefits as rules
from domain.rules.ambassadors import SANCTIONS
from domain.rules.benefits import GrantStatus
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.policy import Policy
from domain.rules.policy_benefits import Occasion
from domain.rules.tenures import TenureOrigin
from domain.store import grants as store
from domain.store import offers as offer_store
from domain.store.grants import Grant
from domain.store.offers import Had, Known
from domain.store.programs import Program
from domain.store.tenures import Tenure

__all__ = [
    "Offer",
    "admitted",
    "began",
    "ended",
    "expire",
    "left",
    "make",
    "remind_overdue",
]

BATCH = 500
"""How many offers expire, or are late, in one transaction."""

ENDED = "They are not an ambassador any more."
REPLACED = "It was replaced at the renewal of the tenure."
LATE = "It was not claimed in time."


class Offer(Struct, frozen=True):
    """A grant to be: of which benefit, to whom, in which tenure (None: none) and why."""

    benefit: str
    ambassador_id: UUID
    tenure_id: UUID | None
    occasion: Occasion
    number: int = 1
    name: str | None = None
    note: str | None = None


async def began(
    tx: Transaction, program: Program, tenures: Sequence[Tenure], *, renewed: bool
) -> None:
    """Offer what the policy offers with the beginning of tenures, if they are live.

    What ends with the tenure and is offered anew at a renewal takes the place of the one before.
    """
    begun = {one.ambassador_id: one for one in tenures if one.origin is TenureOrigin.LIVE}
    policy = await policies.typed(tx, program) if begun else None
    due = rules.due(policy, rules.begun(renewed=renewed)) if policy else {}
    if policy is None or not due:
        return
    today = day_of(tx.call.at, policy.time_zone)
    known = [
        one
        for one in await offer_store.known(tx, program.id, list(begun), today)
        if one.status in rules.STAYING
    ]
    ending = _ending(policy, due) if renewed else []
    before = await store.lock_live(tx, program.id, list(begun), ending) if ending else []
    tenure_of = {key: tenure.id for key, tenure in begun.items()}
    made = await _offer(tx, program, policy, known, due, tenure_of)
    anew = {(one.ambassador_id, one.benefit) for one in made}
    replaced = [one for one in before if (one.ambassador_id, one.benefit) in anew]
    # Whoever shows people out on a revocation has to know that these stay.
    await _revoke(tx, program, replaced, REPLACED, today, replaced=True)


async def ended(tx: Transaction, program: Program, tenures: Sequence[Tenure]) -> None:
    """Take back what ends with the tenures that lapsed or ended, and offer what their end brings.

    The latter only for live tenures, and to nobody who is suspended or removed.
    """
    if tenures:
        over = {one.ambassador_id: one.id for one in tenures}
        live = {one.ambassador_id for one in tenures if one.origin is TenureOrigin.LIVE}
        await _end(tx, program, over, live)


async def admitted(
    tx: Transaction, program: Program, policy: Policy, ambassadors: Sequence[UUID]
) -> None:
    """Offer what an admission brings in a program without tenures, also to who comes back.

    Who comes back gets anew what they had to give back when they left, and nothing twice.
    """
    due = rules.due(policy, [Occasion.ADMISSION])
    if not due or not ambassadors:
        return
    today = day_of(tx.call.at, policy.time_zone)
    known = [
        one
        for one in await offer_store.known(tx, program.id, ambassadors, today)
        if one.status in rules.STAYING
    ]
    numbers: dict[tuple[UUID, str], int] = {}
    if ending := _ending(policy, due):
        had = await offer_store.had(tx, program.id, ambassadors, ending)
        kept = {(one.ambassador_id, one.benefit) for one in had if one.live}
        for one in had:
            key = (one.ambassador_id, one.benefit)
            if one.tenure_id is None and key not in kept:
                numbers[key] = max(numbers.get(key, 1), one.number + 1)
    await _offer(tx, program, policy, known, due, {}, numbers)


async def left(
    tx: Transaction, program: Program, ambassadors: Sequence[UUID], *, recorded: bool
) -> None:
    """Do what `ended` does for who left a program without tenures.

    What an import brings was not `recorded` as it happened: that offers nothing.
    """
    if ambassadors:
        gone = dict[UUID, UUID | None].fromkeys(ambassadors)
        await _end(tx, program, gone, set(ambassadors) if recorded else set())


async def make(
    tx: Transaction, program: Program, policy: Policy, offers: Sequence[Offer], by: UUID | None
) -> list[Grant]:
    """Store offers of the policy's benefits; returns what was not there already.

    What is claimed by itself is so at once. `by` is an account, None for the policy's rule.
    """
    today = day_of(tx.call.at, policy.time_zone)
    made = await grant_changes.store_many(
        tx,
        [(None, _grant(tx, program, policy, one, by, today)) for one in offers],
        EventType.GRANT_OFFERED,
    )
    claimed = [one for one in made if one.status is GrantStatus.CLAIMED]
    await grant_changes.announce(tx, claimed, EventType.GRANT_CLAIMED)
    return made


async def expire(call: Call, program_id: UUID, on: date) -> None:
    """Close the offers that nobody claimed by their last day, as of a day, normally today."""
    while True:
        async with transaction(call) as tx:
            late = await store.lock_late(tx, program_id, on, limit=BATCH)
            if not late:
                return
            await grant_changes.close_many(
                tx,
                program_id,
                late,
                GrantStatus.EXPIRED,
                EventType.GRANT_EXPIRED,
                reason=LATE,
                on=on,
                by_rule=True,
            )


async def remind_overdue(call: Call, program_id: UUID, on: date) -> None:
    """Announce, once each, the claims that were promised by a day before this one."""
    while True:
        async with transaction(call) as tx:
            late = await store.lock_overdue(tx, program_id, on, limit=BATCH)
            if not late:
                return
            pairs = [(one, replace(one, overdue_at=call.at)) for one in late]
            await grant_changes.store_many(tx, pairs, EventType.GRANT_OVERDUE)


async def _end(
    tx: Transaction, program: Program, over: Mapping[UUID, UUID | None], live: set[UUID]
) -> None:
    policy = await policies.typed(tx, program)
    if not policy.benefits:
        return
    today = day_of(tx.call.at, policy.time_zone)
    if ending := _ending(policy, policy.benefits):
        held = await store.lock_live(tx, program.id, list(over), ending)
        await _revoke(tx, program, held, ENDED, today, replaced=False)
    due = rules.due(policy, [Occasion.END])
    if due and live:
        known = [
            one
            for one in await offer_store.known(tx, program.id, list(live), today)
            if one.status not in SANCTIONS
        ]
        await _offer(tx, program, policy, known, due, over)


async def _offer(
    tx: Transaction,
    program: Program,
    policy: Policy,
    known: Sequence[Known],
    due: Mapping[str, Occasion],
    tenure_of: Mapping[UUID, UUID | None],
    numbers: Mapping[tuple[UUID, str], int] | None = None,
) -> list[Grant]:
    """Offer by rule what each is eligible for, once in a tenure whatever has become of it."""
    ids = [one.id for one in known]
    bounded = [code for code in due if policy.benefits[code].ever is not None]
    had: list[Had] = []
    if bounded and ids:
        had = await offer_store.had(tx, program.id, ids, bounded)
    ever = Counter((one.ambassador_id, one.benefit) for one in had if one.live)
    offers = [
        Offer(code, one.id, tenure_of.get(one.id), occasion, (numbers or {}).get((one.id, code), 1))
        for one in known
        for code, occasion in due.items()
        if rules.fits(policy.benefits[code], one)
        and not rules.is_full(policy.benefits[code], ever[one.id, code])
    ]
    return await make(tx, program, policy, offers, None)


async def _revoke(
    tx: Transaction,
    program: Program,
    grants: Sequence[Grant],
    reason: str,
    on: date,
    *,
    replaced: bool,
) -> None:
    await grant_changes.close_many(
        tx,
        program.id,
        grants,
        GrantStatus.REVOKED,
        EventType.GRANT_REVOKED,
        reason=reason,
        on=on,
        by_rule=True,
        replaced=replaced,
    )


def _ending(policy: Policy, codes: Mapping[str, object]) -> list[str]:
    return [code for code in codes if policy.benefits[code].ends_with_tenure]


def _grant(
    tx: Transaction, program: Program, policy: Policy, one: Offer, by: UUID | None, today: date
) -> Grant:
    benefit = policy.benefits[one.benefit]
    at, automatic = tx.call.at, benefit.automatic
    promised = automatic and not benefit.approval
    return Grant(
        program_id=program.id,
        id=tx.call.new_id(),
        benefit=one.benefit,
        ambassador_id=one.ambassador_id,
        tenure_id=one.tenure_id,
        occasion=one.occasion,
        occasion_name=one.name,
        number=one.number,
        status=GrantStatus.CLAIMED if automatic else GrantStatus.OFFERED,
        policy_version=program.policy_version,
        value_amount=Decimal(benefit.value.amount) if benefit.value else None,
        value_currency=benefit.value.currency if benefit.value else None,
        choices={},
        note=one.note,
        claim_by=None if automatic else rules.claim_by(benefit, today),
        fulfil_by=rules.fulfil_by(benefit, today) if promised else None,
        offered_at=at,
        offered_by=by,
        claimed_at=at if automatic else None,
        approved_at=None,
        approved_by=None,
        fulfilled_at=None,
        fulfilled_on=None,
        fulfilled_by=None,
        carrier=None,
        tracking=None,
        closed_at=None,
        closed_by=None,
        closed_reason=None,
        overdue_at=None,
        version=1,
        updated_at=at,
    )
