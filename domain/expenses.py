"""Expenses: record what was spent, put it right by an entry that reverses it, and read it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import audit, budgets, events, policies, programs
from domain.call import Call, Transaction, reading, transaction
from domain.errors import AlreadyReversed, IsReversal, NotFound
from domain.rules import expenses as rules
from domain.rules import money
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.expenses import ExpenseKind
from domain.rules.money import Money
from domain.store import expenses as store
from domain.store.expenses import Expense, Filter
from domain.store.programs import Program
from domain.store.query import Connection

__all__ = [
    "Expense",
    "ExpenseDraft",
    "ExpenseKind",
    "Filter",
    "Reversal",
    "get",
    "page",
    "record",
    "record_in",
    "reverse",
]


class ExpenseDraft(Struct, frozen=True):
    """An expense to be; the day in the program's time zone, at most one of grant and movement."""

    kind: ExpenseKind
    money: Money
    occurred_on: date
    description: str
    grant_id: UUID | None = None
    movement_id: UUID | None = None


class Reversal(Struct, frozen=True):
    """Why an expense is reversed, and on which day; None: on its own."""

    reason: str
    occurred_on: date | None = None


async def get(call: Call, slug: str, expense_id: UUID) -> Expense:
    """One expense. Raises `NotFound`."""
    async with reading(call) as tx:
        return await _stored(tx, await programs.find(tx, slug), expense_id)


async def page(
    call: Call, slug: str, where: Filter, *, before: UUID | None, limit: int
) -> list[Expense]:
    """A program's expenses, the one recorded last first, one more than a page.

    Raises `NotFound`.
    """
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        return await store.page(tx, program.id, where, before=before, limit=limit + 1)


async def record(call: Call, slug: str, draft: ExpenseDraft) -> Expense:
    """Record an expense. Raises `NotFound`, `ProgramArchived`, and what `record_in` raises."""
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        if tx.replayed is not None:
            return await _stored(tx, program, tx.replayed)
        made = await record_in(tx, program, draft)
        await tx.created(made.id)
        return made


async def record_in(tx: Transaction, program: Program, draft: ExpenseDraft) -> Expense:
    """Record an expense as a part of something else, and warn of the budgets that it uses up.

    Last in the order of locks. Raises `Invalid` for a day to come and for both a grant and a
    movement, `InvalidReference` for one that the program does not have.
    """
    policy = await policies.typed(tx, program)
    rules.check_about(draft.grant_id, draft.movement_id)
    rules.check_day(draft.occurred_on, day_of(tx.call.at, policy.time_zone))
    made = Expense(
        id=tx.call.new_id(),
        kind=draft.kind,
        amount=draft.money.amount,
        currency=draft.money.currency,
        occurred_on=draft.occurred_on,
        description=draft.description,
        grant_id=draft.grant_id,
        movement_id=draft.movement_id,
        reverses_id=None,
        reversed_by_id=None,
        recorded_at=tx.call.at,
        recorded_by=tx.call.account_id,
    )
    await _add(tx, program, made)
    await budgets.warn_in(tx, program, currency=made.currency, on=made.occurred_on)
    return made


async def reverse(call: Call, slug: str, expense_id: UUID, reversal: Reversal) -> Expense:
    """Put an expense right by one that takes all of it back; the new one is returned.

    Raises `NotFound`, `ProgramArchived`, `IsReversal`, `AlreadyReversed` with the expense as it is,
    `Invalid` for a day to come or before that of the expense.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        if tx.replayed is not None:
            return await _stored(tx, program, tx.replayed)
        wrong = await _stored(tx, program, expense_id)
        if wrong.reverses_id is not None:
            raise IsReversal("It only takes another expense back; record what was really spent.")
        policy = await policies.typed(tx, program)
        on = reversal.occurred_on or wrong.occurred_on
        rules.check_day(on, day_of(call.at, policy.time_zone), first=wrong.occurred_on)
        made = replace(
            wrong,
            id=call.new_id(),
            amount=-wrong.amount,
            occurred_on=on,
            description=reversal.reason,
            reverses_id=wrong.id,
            reversed_by_id=None,
            recorded_at=call.at,
            recorded_by=call.account_id,
        )
        await _add(tx, program, made)
        await tx.created(made.id)
        return made


async def _add(tx: Transaction, program: Program, made: Expense) -> None:
    if not await store.insert(tx, program.id, made):
        assert made.reverses_id is not None
        wrong = await _stored(tx, program, made.reverses_id)
        raise AlreadyReversed("An expense is reversed once.").about(wrong)
    await audit.record(
        tx, "expense.recorded", ("expense", made.id), program_id=program.id, after=made
    )
    await events.emit(
        tx,
        EventType.EXPENSE_RECORDED,
        made.id,
        program_id=program.id,
        kind=made.kind,
        amount=money.shown(made.amount, made.currency),
        currency=made.currency,
        occurred_on=made.occurred_on,
        grant_id=made.grant_id,
        movement_id=made.movement_id,
        reverses_id=made.reverses_id,
    )


async def _stored(tx: Connection, program: Program, expense_id: UUID) -> Expense:
    found = await store.get(tx, program.id, expense_id)
    if found is None:
        raise NotFound("There is no such expense.")
    return found
