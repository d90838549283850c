"""The distribution report: what went from the stock to whom in a period, and at what cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from domain import policies, programs
from domain.call import Call, reading
from domain.errors import Fault, Invalid
from domain.rules import stock_distribution as rules
from domain.rules import tables
from domain.rules.access import Permission
from domain.rules.stock_distribution import Balance, Destination, Key, Line, Other, Report, Totals
from domain.store import stock_distribution as store

__all__ = [
    "Balance",
    "Destination",
    "Distribution",
    "Line",
    "Other",
    "Totals",
    "read",
    "table",
]

COLUMNS = ("to", "which", "name", "item", "variant", "quantity", "grants")
"""Of the table, in front of one column for each currency: `cost_USD`."""


class Distribution(Struct, frozen=True):
    """The report of a period, both days inclusive, in the program's time zone.

    `names` are what people call the places and the benefits in it, by `to` and `which`. Unless
    `costed`, whoever asked may not read what was spent, and the report holds no expenses.
    """

    since: date
    until: date
    report: Report
    names: Mapping[tuple[Destination, str], str]
    costed: bool

    def name(self, key: Key) -> str | None:
        """What people call that which a line went to; None where it goes by no other name."""
        return None if key.which is None else self.names.get((key.to, key.which))


async def read(call: Call, slug: str, *, since: date, until: date) -> Distribution:
    """What was distributed in a period, all of it as it was at one moment.

    With what it has cost for who may read the budget. Raises `NotFound`, `Invalid` for a period
    that ends before it begins.
    """
    if since > until:
        detail = "It begins after it ends."
        raise Invalid(detail, Fault("date", detail, parameter="since"))
    costed = call.actor.may(Permission.BUDGET_READ, slug)
    async with reading(call, frozen=True) as tx:
        program = await programs.find(tx, slug)
        policy = await policies.typed(tx, program)
        before = await store.before(tx, program.id, since)
        flows = await store.flows(tx, program.id, since, until)
        spent = await store.spent(tx, program.id, since, until) if costed else []
        places = await store.places(tx, program.id)
    names = {(Destination.EVENT, code): name for code, name in places.items()}
    names |= {(Destination.GRANT, code): one.name for code, one in policy.benefits.items()}
    return Distribution(since, until, rules.report(before, flows, spent), names, costed)


def table(found: Distribution) -> str:
    """The lines of a report as CSV, with one more column for each currency of the costs."""
    lines = found.report.lines
    currencies = sorted({cost.currency for line in lines for cost in line.costs})
    columns = [*COLUMNS, *(f"cost_{code}" for code in currencies)]
    return tables.rendered(columns, (_row(found, line, currencies) for line in lines))


def _row(found: Distribution, line: Line, currencies: Sequence[str]) -> list[object]:
    key, costs = line.key, {one.currency: one.amount for one in line.costs}
    about = [key.to.value, key.which, found.name(key), key.item, key.variant]
    return [*about, line.quantity, line.grants, *(costs.get(code) for code in currencies)]
