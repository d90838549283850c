"""The distribution report over HTTP: what went from the stock to whom, as JSON and as CSV."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api import money
from api.expenses import Kind
from api.http.access import requires
from api.http.endpoint import Raw, Routes
from api.http.fields import CurrencyCode, Day, Slug
from api.money import Sum, SumView
from domain import stock_distribution
from domain.call import Call
from domain.rules.access import Permission
from domain.stock_distribution import Balance, Destination, Distribution, Line, Other

routes = Routes("Stock reports", "What was distributed, to whom, for what, and at what cost.")

REPORT = "/programs/{program}/stock/distribution"

Total = Annotated[
    int,
    Meta(
        description="How many; less than nothing where more came back than went out.",
        examples=[1518],
        extra_json_schema={"format": "int64"},
    ),
]
To = Annotated[
    Destination,
    Meta(
        description=(
            "`event`: moved to the place of an event, less what was moved back; `grant`: given for"
            " grants of a benefit; `recipient`: given to somebody or for something else."
        ),
        examples=["event"],
    ),
]
Costs = Annotated[
    list[SumView] | None,
    Meta(description="One sum for each currency; null without `budget:read`."),
]


class DistributionQuery(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The period of a report."""

    since: Annotated[Day, Meta(description="Its first day.", examples=["2026-01-01"])]
    until: Annotated[Day, Meta(description="Its last day.", examples=["2026-12-31"])]


class DistributionLineView(Struct, frozen=True):
    """How many of a variant somebody got, and what that has cost."""

    to: To
    which: Annotated[
        str | None,
        Meta(
            description="Code of the place or the benefit, or the recipient; null: not noted.",
            examples=["paris-2024"],
        ),
    ]
    name: Annotated[
        str | None,
        Meta(
            description="What people call the place or the benefit.", examples=["Paris conference"]
        ),
    ]
    item: Annotated[
        Slug | None,
        Meta(description="Null: what grants have cost as a whole.", examples=["t-shirt"]),
    ]
    variant: Annotated[Slug | None, Meta(description="Null without an item.", examples=["m-blue"])]
    quantity: Total
    grants: Annotated[Total, Meta(description="For how many grants.", examples=[2])]
    costs: Annotated[
        Costs,
        Meta(description="Of the period's expenses that point at its entries or its grants."),
    ]


class DistributionItemView(Struct, frozen=True):
    """How many of a variant were in storage, and what became of them.

    `before`, `received`, `returned` and `adjusted` less `distributed` is `on_hand`.
    """

    item: Annotated[Slug, Meta(description="The item.", examples=["t-shirt"])]
    variant: Annotated[Slug, Meta(description="Its variant.", examples=["m-blue"])]
    before: Annotated[Total, Meta(description="In storage when the period began.")]
    received: Annotated[Total, Meta(description="What was received.")]
    returned: Annotated[Total, Meta(description="What was given and came back.")]
    adjusted: Annotated[Total, Meta(description="What was found, less what was missing.")]
    distributed: Annotated[Total, Meta(description="The sum of its lines.")]
    on_hand: Annotated[Total, Meta(description="In storage when the period ended.")]


class DistributionTotalsView(Struct, frozen=True):
    """The sums of the items, of the lines' costs, and of all expenses."""

    before: Annotated[Total, Meta(description="In storage when the period began.")]
    received: Annotated[Total, Meta(description="What was received.")]
    returned: Annotated[Total, Meta(description="What was given and came back.")]
    adjusted: Annotated[Total, Meta(description="What was found, less what was missing.")]
    distributed: Annotated[Total, Meta(description="The sum of the lines.")]
    on_hand: Annotated[Total, Meta(description="In storage when the period ended.")]
    costs: Annotated[Costs, Meta(description="The sums of the lines' costs.")]
    expenses: Annotated[
        Costs, Meta(description="All expenses of the period: `costs` and `other_expenses`.")
    ]


class OtherExpensesView(Struct, frozen=True):
    """What was spent in the period on nothing that was distributed."""

    kind: Kind
    amount: Sum
    currency: CurrencyCode


class StockDistributionView(Struct, frozen=True):
    """What was distributed in a period."""

    since: Annotated[Day, Meta(description="The first day.")]
    until: Annotated[Day, Meta(description="The last day.")]
    lines: Annotated[
        list[DistributionLineView], Meta(description="By `to`, `which`, item and variant.")
    ]
    items: Annotated[list[DistributionItemView], Meta(description="By item and variant.")]
    other_expenses: Annotated[
        list[OtherExpensesView] | None,
        Meta(description="By kind and currency, what no line pays; null without `budget:read`."),
    ]
    totals: DistributionTotalsView


def view(found: Distribution) -> StockDistributionView:
    """The wire form of a report."""
    report, sums = found.report, found.report.totals
    return StockDistributionView(
        since=found.since,
        until=found.until,
        lines=[_line(found, line) for line in report.lines],
        items=[_item(one) for one in report.balances],
        other_expenses=[_other(one) for one in report.others] if found.costed else None,
        totals=DistributionTotalsView(
            before=sums.before,
            received=sums.received,
            returned=sums.returned,
            adjusted=sums.adjusted,
            distributed=sums.distributed,
            on_hand=sums.on_hand,
            costs=money.sums(sums.costs) if found.costed else None,
            expenses=money.sums(sums.expenses) if found.costed else None,
        ),
    )


@routes.get(REPORT, requires(Permission.STOCK_READ))
async def get_stock_distribution(
    call: Call, program: Slug, query: DistributionQuery
) -> StockDistributionView:
    """Report what was distributed in a period.

    To whom, for what, how many, for how many grants, and at what cost. Giving items to an event is
    moving them to its place; what was moved back was not distributed, and what the event itself
    gives to somebody is not counted twice. What reverses an entry or an expense counts on its own
    day. Whoever may not read the budget is told no costs.
    """
    found = await stock_distribution.read(call, program, since=query.since, until=query.until)
    return view(found)


@routes.get(REPORT + ".csv", requires(Permission.STOCK_READ), produces=("text/csv",))
async def export_stock_distribution(call: Call, program: Slug, query: DistributionQuery) -> Raw:
    """Export what was distributed in a period.

    The lines of `getStockDistribution` as a table (RFC 4180, UTF-8): `to`, `which`, `name`, `item`,
    `variant`, `quantity`, `grants`, and a column for each currency of the costs, such as
    `cost_USD`. No cell can start a formula in a spreadsheet.
    """
    found = await stock_distribution.read(call, program, since=query.since, until=query.until)
    filename = f"{program}-distribution-{found.since}-{found.until}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Raw(stock_distribution.table(found).encode(), "text/csv", headers)


def _line(found: Distribution, line: Line) -> DistributionLineView:
    return DistributionLineView(
        to=line.key.to,
        which=line.key.which,
        name=found.name(line.key),
        item=line.key.item,
        variant=line.key.variant,
        quantity=line.quantity,
        grants=line.grants,
        costs=money.sums(line.costs) if found.costed else None,
    )


def _item(one: Balance) -> DistributionItemView:
    return DistributionItemView(
        item=one.item,
        variant=one.variant,
        before=one.before,
        received=one.received,
        returned=one.returned,
        adjusted=one.adjusted,
        distributed=one.distributed,
        on_hand=one.on_hand,
    )


def _other(one: Other) -> OtherExpensesView:
    (told,) = money.sums([one.money])
    return OtherExpensesView(one.kind, told.amount, told.currency)
