"""Claims: an ambassador takes or declines what is offered; a manager approves or revokes."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import replace

from domain import benefit_codes, deliveries, fulfilments, grant_changes, grants, stock_reservations
from domain.call import Call, Transaction, transaction
from domain.deliveries import Delivery
from domain.errors import Fault, Invalid
from domain.grants import Check, Locked, Shown
from domain.rules import benefits, claims
from domain.rules import deliveries as delivery_rules
from domain.rules.access import Permission
from domain.rules.benefits import Awaiting, GrantStatus, NotEligible
from domain.rules.events import EventType
from domain.stock_reservations import Wanted
from domain.store import offers
from domain.store.grants import Grant

__all__ = ["Claim", "approve", "claim", "refuse", "revoke"]


class Claim(Struct, frozen=True):
    """What is told with a claim: the variants of items by their codes, and where it is sent."""

    choices: Mapping[str, str] = field(default_factory=dict[str, str])
    delivery: Delivery | None = None


async def claim(call: Call, slug: str, grant_id: UUID, told: Claim, check: Check) -> Shown:
    """Claim what is offered, by the ambassador or by a manager for them.

    Whom it is for is judged again, on this day. Its items are reserved, and where the policy says
    that codes fulfil it, it is fulfilled at once. Of those who claim the last one at the same time
    one gets it.

    Raises `NotFound`, `ProgramArchived`, `Forbidden`, `VersionMismatch`, `Invalid` for what is
    missing or not asked for, `DataKeyMissing`; and with the grant as it is `AlreadyClaimed`,
    `GrantClosed`, `ClaimExpired`, `CannotClaim`, `NotEligible`, `OutOfStock`, `NoCodesLeft`.
    """
    async with transaction(call) as tx:
        one = await grants.lock(tx, slug, grant_id)
        grants.refuse_others(call, one, Permission.GRANT_MANAGE)
        with grants.telling(one):
            status = one.ambassador.status
            claims.check_claim(one.grant.status, one.grant.claim_by, status, one.today)
            check(one.grant.version)
            await _refuse_ineligible(tx, one)
            needs, items = one.benefit.needs, one.benefit.items
            delivery_rules.check_claim(told.delivery, needs, told.choices, items)
            return await grants.changed(tx, one, await _claim(tx, one, told))


async def refuse(call: Call, slug: str, grant_id: UUID, reason: str | None, check: Check) -> Shown:
    """Decline what was offered or claimed and is not fulfilled; what was reserved is free again.

    By the ambassador, or with a reason by a manager for them. Raises `NotFound`, `ProgramArchived`,
    `Forbidden`, `VersionMismatch`, `Invalid` for a reason that is missing; and with the grant as it
    is `GrantClosed`, `AlreadyFulfilled`.
    """
    async with transaction(call) as tx:
        one = await grants.lock(tx, slug, grant_id)
        grants.refuse_others(call, one, Permission.GRANT_MANAGE)
        with grants.telling(one):
            claims.check_refusal(one.grant.status)
        check(one.grant.version)
        if reason is None and not one.own:
            detail = "Say why it is declined for somebody else."
            raise Invalid(detail, Fault("required", detail, pointer="/reason"))
        return await _close(tx, one, GrantStatus.DECLINED, EventType.GRANT_DECLINED, reason)


async def approve(call: Call, slug: str, grant_id: UUID, check: Check) -> Shown:
    """Approve somebody else's claim; where codes fulfil it, it is fulfilled at once.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`; and with the grant as it is
    `NotClaimed`, `AlreadyApproved`, `ApprovalNotNeeded`, `AlreadyFulfilled`, `GrantClosed`,
    `OwnGrant`, `NoCodesLeft`.
    """
    async with transaction(call) as tx:
        one = await grants.lock(tx, slug, grant_id)
        with grants.telling(one):
            claims.check_approval(
                one.grant.status,
                approval=one.shown.awaiting is Awaiting.APPROVAL,
                approved=one.grant.approved_at is not None,
                own=call.actor.person_id == one.ambassador.person_id,
            )
            check(one.grant.version)
            after = replace(
                one.grant,
                approved_at=call.at,
                approved_by=call.account_id,
                fulfil_by=benefits.fulfil_by(one.benefit, one.today),
            )
            (approved,) = await grant_changes.store_many(
                tx, [(one.grant, after)], EventType.GRANT_APPROVED
            )
            if one.benefit.codes:
                await benefit_codes.give(tx, approved)
                approved = await fulfilments.complete(tx, one, approved)
            return await grants.changed(tx, one, approved)


async def revoke(call: Call, slug: str, grant_id: UUID, reason: str, check: Check) -> Shown:
    """Take back the promise of what is offered or claimed, or the benefit that somebody has.

    A manager's decision, with a reason; whoever has it keeps the things of it until they come back.
    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, and `GrantClosed` with the grant.
    """
    async with transaction(call) as tx:
        one = await grants.lock(tx, slug, grant_id)
        with grants.telling(one):
            claims.check_live(one.grant.status)
        check(one.grant.version)
        return await _close(
            tx, one, GrantStatus.REVOKED, EventType.GRANT_REVOKED, reason, replaced=False
        )


async def _claim(tx: Transaction, one: Locked, told: Claim) -> Grant:
    benefit = one.benefit
    after = replace(
        one.grant,
        status=GrantStatus.CLAIMED,
        choices=dict(told.choices),
        claimed_at=tx.call.at,
        fulfil_by=None if benefit.approval else benefits.fulfil_by(benefit, one.today),
    )
    (claimed,) = await grant_changes.store_many(tx, [(one.grant, after)], EventType.GRANT_CLAIMED)
    if told.delivery is not None and benefit.needs:
        await deliveries.put(tx, claimed.program_id, claimed.id, told.delivery)
    if benefit.codes and not benefit.approval:
        await benefit_codes.give(tx, claimed)
        return await fulfilments.complete(tx, one, claimed)
    wanted = [
        Wanted(item, told.choices.get(item), quantity) for item, quantity in benefit.items.items()
    ]
    await stock_reservations.reserve(tx, one.program, claimed.id, wanted, one.today)
    return claimed


async def _close(
    tx: Transaction,
    one: Locked,
    status: GrantStatus,
    type: EventType,
    reason: str | None,
    **data: bool,
) -> Shown:
    (closed,) = await grant_changes.close_many(
        tx, one.program.id, [one.grant], status, type, reason=reason, on=one.today, **data
    )
    return await grants.changed(tx, one, closed)


async def _refuse_ineligible(tx: Transaction, one: Locked) -> None:
    for about in await offers.known(tx, one.program.id, [one.ambassador.id], one.today):
        if why := benefits.lacking(one.policy, one.benefit, about):
            raise NotEligible(" ".join(why))
        return
    raise NotEligible("They asked to be erased.")
