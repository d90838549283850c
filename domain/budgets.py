"""Budgets: what a program may spend in a period, what is used of it, and the warnings of that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from domain import audit, events, policies, programs
from domain.call import Call, Transaction, reading, transaction
from domain.errors import NotFound
from domain.rules import budgets as rules
from domain.rules import money
from domain.rules.budgets import WARN_AT, BudgetOverlap
from domain.rules.events import EventType
from domain.rules.money import Money
from domain.store import budgets as store
from domain.store import renewals as renewal_store
from domain.store.budgets import Budget, Used, Warned
from domain.store.programs import Program
from domain.store.query import Connection

__all__ = [
    "WARN_AT",
    "Budget",
    "BudgetOverlap",
    "Changes",
    "Draft",
    "Place",
    "Shown",
    "Warned",
    "create",
    "get",
    "page",
    "update",
    "warn",
    "warn_in",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when the budget's version is not the one that the caller expects."""


class Draft(Struct, frozen=True):
    """A budget to be; days are inclusive, in the program's time zone."""

    name: str
    money: Money
    first_day: date
    last_day: date
    warn_at: Sequence[int] = WARN_AT


class Changes(Struct, frozen=True):
    """What to change of a budget; UNSET leaves it. The amount is in the budget's currency."""

    name: str | UnsetType = UNSET
    amount: str | UnsetType = UNSET
    first_day: date | UnsetType = UNSET
    last_day: date | UnsetType = UNSET
    warn_at: Sequence[int] | UnsetType = UNSET


class Place(Struct, frozen=True):
    """A place in the order of budgets, the one that begins last first."""

    first_day: date
    id: UUID


class Shown(Struct, frozen=True):
    """A budget with what is used of it at this moment: never behind its version.

    `spent` are the expenses of its days in its currency, `committed` the worth of what was offered
    in its days and can still be claimed or fulfilled; `left` can be negative.
    """

    budget: Budget
    spent: Decimal
    committed: Decimal
    warnings: list[Warned]

    @property
    def left(self) -> Decimal:
        """What is neither spent nor committed."""
        return self.budget.amount - self.spent - self.committed


async def get(call: Call, slug: str, budget_id: UUID) -> Shown:
    """One budget. Raises `NotFound`."""
    async with reading(call, frozen=True) as tx:
        return await _one(tx, await programs.find(tx, slug), budget_id)


async def page(
    call: Call,
    slug: str,
    *,
    currency: str | None,
    on: date | None,
    after: Place | None,
    limit: int,
) -> list[Shown]:
    """A program's budgets, the one that begins last first, one more than a page; `on`: a day in it.

    Raises `NotFound`.
    """
    async with reading(call, frozen=True) as tx:
        program = await programs.find(tx, slug)
        before = (after.first_day, after.id) if after else None
        rows = await store.page(
            tx, program.id, currency=currency, on=on, before=before, limit=limit + 1
        )
        return await _shown(tx, program, rows)


async def create(call: Call, slug: str, draft: Draft) -> Shown:
    """Create a budget, and warn of what its days have used up already.

    Raises `NotFound`, `ProgramArchived`, `BudgetOverlap`, `Invalid` for an end before the start.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        if tx.replayed is not None:
            return await _one(tx, program, tx.replayed)
        made = Budget(
            id=call.new_id(),
            name=draft.name,
            currency=draft.money.currency,
            amount=draft.money.amount,
            first_day=draft.first_day,
            last_day=draft.last_day,
            warn_at=sorted(set(draft.warn_at)),
            version=1,
            created_at=call.at,
            updated_at=call.at,
        )
        await store.insert(tx, program.id, made)
        await _changed(tx, EventType.BUDGET_CREATED, program, None, made)
        await warn_in(tx, program, currency=made.currency, on=made.first_day)
        await tx.created(made.id)
        return await _one(tx, program, made.id)


async def update(call: Call, slug: str, budget_id: UUID, changes: Changes, check: Check) -> Shown:
    """Change a budget; of a percent that it has warned of it does not warn again.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, `BudgetOverlap`, `Invalid` for an end
    before the start, or for an amount that its currency does not have.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        before = _found(await store.lock(tx, program.id, budget_id))
        check(before.version)
        after = _with(before, changes)
        if after != before:
            after = replace(after, version=before.version + 1, updated_at=call.at)
            await store.update(tx, program.id, after)
            await _changed(tx, EventType.BUDGET_UPDATED, program, before, after)
            await warn_in(tx, program, currency=after.currency, on=after.first_day)
        return await _one(tx, program, budget_id)


async def warn(call: Call, program_id: UUID, on: date) -> None:
    """Warn of the budgets of a program that are used up; `on`, a day of it, makes no difference.

    What is offered by rule commits more without being asked. Raises `NotFound`, `ProgramArchived`.
    """
    del on
    async with transaction(call) as tx:
        program = await programs.find_open(tx, await renewal_store.slug(tx, program_id))
        await warn_in(tx, program)


async def warn_in(
    tx: Transaction, program: Program, *, currency: str | None = None, on: date | None = None
) -> None:
    """Announce of each budget the percents that have been reached, each once in its life.

    Only of budgets in the currency and with the day, if given. Call it after the change, and last
    in the order of locks: of two changes at once the second sees the first.
    """
    silent = await store.lock_silent(tx, program.id, currency=currency, on=on)
    if not silent:
        return
    for shown in await _shown(tx, program, silent):
        budget, used = shown.budget, shown.spent + shown.committed
        due = rules.due(
            budget.amount, used, budget.warn_at, [one.percent for one in shown.warnings]
        )
        for percent in await store.warn(tx, program.id, budget.id, due, tx.call.at):
            await events.emit(
                tx,
                EventType.BUDGET_WARNED,
                budget.id,
                program_id=program.id,
                percent=percent,
                currency=budget.currency,
                amount=money.shown(budget.amount, budget.currency),
                spent=money.shown(shown.spent, budget.currency),
                committed=money.shown(shown.committed, budget.currency),
            )


def _with(budget: Budget, changes: Changes) -> Budget:
    if changes.name is not UNSET:
        budget = replace(budget, name=changes.name)
    if changes.amount is not UNSET:
        amount = money.parsed(changes.amount, budget.currency, "").amount
        budget = replace(budget, amount=amount)
    if changes.first_day is not UNSET:
        budget = replace(budget, first_day=changes.first_day)
    if changes.last_day is not UNSET:
        budget = replace(budget, last_day=changes.last_day)
    if changes.warn_at is not UNSET:
        budget = replace(budget, warn_at=sorted(set(changes.warn_at)))
    return budget


async def _changed(
    tx: Transaction, type: EventType, program: Program, before: Budget | None, after: Budget
) -> None:
    await audit.record(
        tx, type.value, ("budget", after.id), program_id=program.id, before=before, after=after
    )
    await events.emit(
        tx,
        type,
        after.id,
        program_id=program.id,
        currency=after.currency,
        amount=money.shown(after.amount, after.currency),
        first_day=after.first_day,
        last_day=after.last_day,
    )


async def _one(tx: Connection, program: Program, budget_id: UUID) -> Shown:
    (shown,) = await _shown(tx, program, [_found(await store.get(tx, program.id, budget_id))])
    return shown


async def _shown(tx: Connection, program: Program, budgets: Sequence[Budget]) -> list[Shown]:
    if not budgets:
        return []
    ids = [one.id for one in budgets]
    time_zone = (await policies.typed(tx, program)).time_zone
    used = await store.used(tx, program.id, ids, time_zone)
    warned: dict[UUID, list[Warned]] = {}
    for one in await store.warned(tx, program.id, ids):
        warned.setdefault(one.budget_id, []).append(one)
    return [_with_use(one, used[one.id], warned.get(one.id, [])) for one in budgets]


def _with_use(budget: Budget, used: Used, warnings: list[Warned]) -> Shown:
    return Shown(budget, used.spent, used.committed, warnings)


def _found(budget: Budget | None) -> Budget:
    if budget is None:
        raise NotFound("There is no such budget.")
    return budget
