"""Fulfilments: what was claimed is given, on which day and at what cost, and what comes back."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import (
    benefit_codes,
    deliveries,
    expenses,
    grant_changes,
    grants,
    stock_reservations,
)
from domain.call import Call, Transaction, transaction
from domain.errors import Fault, Invalid
from domain.expenses import ExpenseDraft, ExpenseKind
from domain.grants import Check, Locked, Shown
from domain.rules import claims
from domain.rules.benefits import GrantStatus
from domain.rules.events import EventType
from domain.rules.money import Money
from domain.store.grants import Grant

__all__ = ["Cost", "Fulfilment", "Return", "complete", "fulfil", "take_back"]


class Cost(Struct, frozen=True):
    """What it cost to fulfil it; by default it is described by the benefit's name."""

    money: Money
    kind: ExpenseKind
    description: str | None = None


class Fulfilment(Struct, frozen=True):
    """How it was fulfilled: on a day of the program (None: today), by whom it was carried.

    `place` is the storage that the items were taken from; None: where they are reserved.
    """

    on: date | None = None
    carrier: str | None = None
    tracking: str | None = None
    place: str | None = None
    cost: Cost | None = None


class Return(Struct, frozen=True):
    """What came back, why, and whether its items go into stock again.

    `place` is the storage that they come to; None: where they were taken from.
    """

    reason: str
    restock: bool
    place: str | None = None


async def fulfil(call: Call, slug: str, grant_id: UUID, how: Fulfilment, check: Check) -> Shown:
    """Note that a claimed benefit was given: its items leave the stock, its cost is an expense.

    Where it was sent is erased a time after it that the policy says. Raises `NotFound`,
    `ProgramArchived`, `VersionMismatch`, `Invalid` for a day to come and for a place that is no
    storage, `InvalidReference` for one that there is not; and with the grant as it is `NotClaimed`,
    `ApprovalNeeded`, `AlreadyFulfilled`, `GrantClosed`, `OutOfStock`, `PlaceRetired`,
    `NoCodesLeft`.
    """
    async with transaction(call) as tx:
        one = await grants.lock(tx, slug, grant_id)
        with grants.telling(one):
            on = how.on or one.today
            claims.check_fulfilment(one.grant.status, one.shown.awaiting, on, one.today)
            check(one.grant.version)
            if one.benefit.codes:
                await benefit_codes.give(tx, one.grant)
            fulfilled = await complete(tx, one, one.grant, how, by=call.account_id)
        if how.cost is not None:
            await _spend(tx, one, on, how.cost)
        return await grants.changed(tx, one, fulfilled)


async def take_back(call: Call, slug: str, grant_id: UUID, back: Return, check: Check) -> Shown:
    """Note that what was given came back; a code never does.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, `Invalid`, `InvalidReference` as
    `fulfil` does; and with the grant as it is `NotFulfilled`, `GrantClosed`, `PlaceRetired`.
    """
    async with transaction(call) as tx:
        one = await grants.lock(tx, slug, grant_id)
        with grants.telling(one):
            claims.check_return(one.grant.status)
            check(one.grant.version)
            (returned,) = await grant_changes.close_many(
                tx,
                one.program.id,
                [one.grant],
                GrantStatus.RETURNED,
                EventType.GRANT_RETURNED,
                reason=back.reason,
                on=one.today,
            )
            _refuse_place(back)
            if back.restock:
                await stock_reservations.take_back(
                    tx, one.program, returned.id, one.today, back.place, reason=back.reason
                )
        return await grants.changed(tx, one, returned)


async def complete(
    tx: Transaction,
    one: Locked,
    claimed: Grant,
    how: Fulfilment = Fulfilment(),  # noqa: B008 -- it is frozen
    by: UUID | None = None,
) -> Grant:
    """Fulfil a locked grant that is claimed, with what is reserved for it; None: by rule."""
    on = how.on or one.today
    after = replace(
        claimed,
        status=GrantStatus.FULFILLED,
        fulfilled_at=tx.call.at,
        fulfilled_on=on,
        fulfilled_by=by,
        carrier=how.carrier,
        tracking=how.tracking,
    )
    (fulfilled,) = await grant_changes.store_many(tx, [(claimed, after)], EventType.GRANT_FULFILLED)
    await deliveries.schedule(tx, one.policy, fulfilled, one.today)
    await stock_reservations.give(tx, one.program, fulfilled.id, on, how.place)
    return fulfilled


def _refuse_place(back: Return) -> None:
    if back.place is not None and not back.restock:
        detail = "Only what goes into stock again comes to a place."
        raise Invalid(detail, Fault("not_asked", detail, pointer="/place"))


async def _spend(tx: Transaction, one: Locked, on: date, cost: Cost) -> None:
    draft = ExpenseDraft(
        kind=cost.kind,
        money=cost.money,
        occurred_on=on,
        description=cost.description or one.benefit.name,
        grant_id=one.grant.id,
    )
    await expenses.record_in(tx, one.program, draft)
