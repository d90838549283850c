"""Budgets over HTTP: what may be spent in a period, and what is left of it."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Amount, CurrencyCode, Day, Id, Moment, Name, Slug, Version
from api.http.paging import Page, PageQuery, encode_cursor, place
from api.money import Sum
from domain import budgets
from domain.budgets import WARN_AT, Shown
from domain.call import Call
from domain.rules import money
from domain.rules.access import Permission

routes = Routes("Budgets", "What a program may spend in a period, and what is left of it.")

LIST = "/programs/{program}/budgets"
ONE = LIST + "/{budget}"

BudgetName = Annotated[
    Name, Meta(description="What people call it.", examples=["Ambassadors 2026"])
]
Percent = Annotated[
    int,
    Meta(
        ge=1,
        le=1000,
        description="A share of the amount in percent.",
        examples=[80],
        extra_json_schema={"format": "int32"},
    ),
]
WarnAt = Annotated[
    list[Percent],
    Meta(
        max_length=20,
        description=(
            "Announced as `budget.warned`, each once, when so many percent are spent or committed."
        ),
        examples=[[80, 100]],
    ),
]
FirstDay = Annotated[Day, Meta(description="The first day.", examples=["2026-01-01"])]
LastDay = Annotated[Day, Meta(description="The last day.", examples=["2026-12-31"])]


class BudgetWarningView(Struct, frozen=True):
    """A warning that went out."""

    percent: Percent
    warned_at: Moment


class BudgetView(Struct, frozen=True):
    """What may be spent in a period, in one currency, and what is left of it now.

    What is spent and committed changes with expenses and grants, and not with the version.
    """

    id: Id
    name: BudgetName
    currency: CurrencyCode
    amount: Annotated[Amount, Meta(description="What may be spent: an exact decimal as text.")]
    first_day: FirstDay
    last_day: LastDay
    warn_at: WarnAt
    spent: Annotated[
        Sum, Meta(description="The expenses of its days in its currency.", examples=["8264.37"])
    ]
    committed: Annotated[
        Sum,
        Meta(
            description=(
                "The worth of what was offered in its days, and is offered or claimed still."
            ),
            examples=["300.00"],
        ),
    ]
    left: Annotated[
        Sum,
        Meta(description="What is neither spent nor committed; it can be negative."),
    ]
    warnings: Annotated[list[BudgetWarningView], Meta(description="Those that went out.")]
    version: Version
    created_at: Moment
    updated_at: Moment


class NewBudget(Struct, frozen=True, forbid_unknown_fields=True):
    """A budget to create."""

    name: BudgetName
    amount: Amount
    currency: CurrencyCode
    first_day: FirstDay
    last_day: LastDay
    warn_at: WarnAt | UnsetType = UNSET


class BudgetPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of a budget; its currency stays."""

    name: BudgetName | UnsetType = UNSET
    amount: Amount | UnsetType = UNSET
    first_day: FirstDay | UnsetType = UNSET
    last_day: LastDay | UnsetType = UNSET
    warn_at: WarnAt | UnsetType = UNSET


class BudgetQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of budgets."""

    currency: Annotated[CurrencyCode | None, Meta(description="Only in this currency.")] = None
    on: Annotated[Day | None, Meta(description="Only those that cover this day.")] = None


def view(shown: Shown) -> BudgetView:
    """The wire form of a budget."""
    one = shown.budget
    return BudgetView(
        id=one.id,
        name=one.name,
        currency=one.currency,
        amount=money.shown(one.amount, one.currency),
        first_day=one.first_day,
        last_day=one.last_day,
        warn_at=one.warn_at,
        spent=money.shown(shown.spent, one.currency),
        committed=money.shown(shown.committed, one.currency),
        left=money.shown(shown.left, one.currency),
        warnings=[BudgetWarningView(sent.percent, sent.warned_at) for sent in shown.warnings],
        version=one.version,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


@routes.get(LIST, requires(Permission.BUDGET_READ))
async def list_budgets(call: Call, program: Slug, query: BudgetQuery) -> Page[BudgetView]:
    """List the budgets of a program.

    The one that begins last comes first.
    """
    after = place(query, budgets.Place)
    rows = await budgets.page(
        call, program, currency=query.currency, on=query.on, after=after, limit=query.limit
    )
    shown = rows[: query.limit]
    cursor = None
    if len(rows) > query.limit:
        last = shown[-1].budget
        cursor = encode_cursor(query, budgets.Place(last.first_day, last.id))
    return Page([view(row) for row in shown], cursor)


@routes.post(
    LIST,
    requires(Permission.BUDGET_MANAGE),
    creates=True,
    location="/v1/programs/{program}/budgets/{id}",
)
async def create_budget(call: Call, program: Slug, body: NewBudget) -> BudgetView:
    """Create a budget.

    Two in one currency never cover the same day (409 `budget_overlap`), so that an expense belongs
    to at most one. What was spent in its days before counts too.
    """
    draft = budgets.Draft(
        body.name,
        money.parsed(body.amount, body.currency, ""),
        body.first_day,
        body.last_day,
        WARN_AT if body.warn_at is UNSET else body.warn_at,
    )
    return view(await budgets.create(call, program, draft))


@routes.get(ONE, requires(Permission.BUDGET_READ))
async def get_budget(call: Call, program: Slug, budget: Id) -> BudgetView:
    """Get a budget, and what is left of it."""
    return view(await budgets.get(call, program, budget))


@routes.patch(ONE, requires(Permission.BUDGET_MANAGE))
async def update_budget(
    call: Call, program: Slug, budget: Id, body: BudgetPatch, match: Match
) -> BudgetView:
    """Change a budget.

    A lower amount, or another percent, is warned of at once where it has been reached; a percent
    that was warned of is not again.
    """
    changes = budgets.Changes(body.name, body.amount, body.first_day, body.last_day, body.warn_at)
    return view(await budgets.update(call, program, budget, changes, match.check))
