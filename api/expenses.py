"""Expenses over HTTP: what was spent, and what takes an expense back."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.endpoint import Routes
from api.http.fields import TEXT, Amount, CurrencyCode, Day, Id, Moment, Slug
from api.http.paging import Page, PageQuery, page, place
from api.http.refusals import telling
from api.money import Sum
from domain import expenses
from domain.call import Call
from domain.expenses import Expense, ExpenseKind
from domain.rules import money
from domain.rules.access import Permission

routes = Routes("Expenses", "What was spent, never changed and put right by what reverses it.")

LIST = "/programs/{program}/expenses"
ONE = LIST + "/{expense}"

Kind = Annotated[ExpenseKind, Meta(description="What it was spent on.", examples=["logistics"])]
Description = Annotated[
    str,
    Meta(
        pattern=TEXT,
        min_length=1,
        max_length=1000,
        description="What for. It stays for ever: name nobody.",
        examples=["Rent of the store in December."],
    ),
]
OfGrant = Annotated[Id | None, Meta(description="The grant that it was for, if it was for one.")]
OfMovement = Annotated[
    Id | None, Meta(description="The entry of the stock ledger that it was for, if it was for one.")
]


class ExpenseView(Struct, frozen=True):
    """What was spent on a day."""

    id: Id
    kind: Kind
    amount: Annotated[Sum, Meta(description="An exact decimal; negative in what reverses.")]
    currency: CurrencyCode
    occurred_on: Annotated[Day, Meta(description="The day to whose budget it belongs.")]
    description: Description
    grant_id: OfGrant
    movement_id: OfMovement
    reverses_id: Annotated[Id | None, Meta(description="The expense that it takes back, if any.")]
    reversed_by_id: Annotated[Id | None, Meta(description="What takes it back, if anything does.")]
    recorded_at: Moment
    recorded_by: Annotated[Id | None, Meta(description="The account; null: the command line.")]


class NewExpense(Struct, frozen=True, forbid_unknown_fields=True):
    """An expense to record, of a grant, of an entry of the stock ledger, or of neither."""

    kind: Kind
    amount: Annotated[Amount, Meta(description="More than nothing; a decimal as text.")]
    currency: CurrencyCode
    occurred_on: Annotated[Day, Meta(description="Today or before.", examples=["2026-03-03"])]
    description: Description
    grant_id: OfGrant | UnsetType = UNSET
    movement_id: OfMovement | UnsetType = UNSET


class NewExpenseReversal(Struct, frozen=True, forbid_unknown_fields=True):
    """How an expense is taken back."""

    reason: Annotated[
        Description,
        Meta(description="Why; it stays for ever: name nobody.", examples=["Entered twice."]),
    ]
    occurred_on: Annotated[
        Day | UnsetType,
        Meta(
            description="By default its own day; to leave the budget of that day as it is, later."
        ),
    ] = UNSET


class ExpenseQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of expenses."""

    since: Annotated[Day | None, Meta(description="From this day.")] = None
    until: Annotated[Day | None, Meta(description="Until this day.")] = None
    currency: Annotated[CurrencyCode | None, Meta(description="Only in this currency.")] = None
    kind: Annotated[Kind | None, Meta(description="Only of this kind.")] = None
    grant: Annotated[Id | None, Meta(description="Only of this grant.")] = None
    movement: Annotated[Id | None, Meta(description="Only of this entry of the ledger.")] = None


class _Place(Struct, frozen=True):
    id: UUID


def view(one: Expense) -> ExpenseView:
    """The wire form of an expense."""
    return ExpenseView(
        id=one.id,
        kind=one.kind,
        amount=money.shown(one.amount, one.currency),
        currency=one.currency,
        occurred_on=one.occurred_on,
        description=one.description,
        grant_id=one.grant_id,
        movement_id=one.movement_id,
        reverses_id=one.reverses_id,
        reversed_by_id=one.reversed_by_id,
        recorded_at=one.recorded_at,
        recorded_by=one.recorded_by,
    )


@routes.get(LIST, requires(Permission.BUDGET_READ))
async def list_expenses(call: Call, program: Slug, query: ExpenseQuery) -> Page[ExpenseView]:
    """List the expenses of a program.

    What was recorded last comes first. What reverses an expense is one itself, with a negative
    amount, so that sums are right without a thought.
    """
    after = place(query, _Place)
    where = expenses.Filter(
        since=query.since,
        until=query.until,
        currency=query.currency,
        kind=query.kind,
        grant_id=query.grant,
        movement_id=query.movement,
    )
    before = after.id if after else None
    rows = await expenses.page(call, program, where, before=before, limit=query.limit)
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.post(
    LIST,
    requires(Permission.BUDGET_MANAGE),
    creates=True,
    location="/v1/programs/{program}/expenses/{id}",
)
async def create_expense(call: Call, program: Slug, body: NewExpense) -> ExpenseView:
    """Record an expense.

    It stands by itself; the budget that covers its day and its currency, if there is one, counts
    it. It cannot be changed: `createExpenseReversal` takes it back.
    """
    paid = money.parsed(body.amount, body.currency, "", least=money.smallest(body.currency))
    draft = expenses.ExpenseDraft(
        body.kind,
        paid,
        body.occurred_on,
        body.description,
        grant_id=body.grant_id or None,
        movement_id=body.movement_id or None,
    )
    return view(await expenses.record(call, program, draft))


@routes.get(ONE, requires(Permission.BUDGET_READ))
async def get_expense(call: Call, program: Slug, expense: Id) -> ExpenseView:
    """Get an expense."""
    return view(await expenses.get(call, program, expense))


@routes.post(
    ONE + "/reversal",
    requires(Permission.BUDGET_MANAGE),
    creates=True,
    location="/v1/programs/{program}/expenses/{id}",
)
async def create_expense_reversal(
    call: Call, program: Slug, expense: Id, body: NewExpenseReversal
) -> ExpenseView:
    """Take an expense back.

    All of it, once, by a further expense with the negative amount; what was really spent is
    recorded anew.
    """
    reversal = expenses.Reversal(body.reason, body.occurred_on or None)
    with telling(Expense, view):
        return view(await expenses.reverse(call, program, expense, reversal))
