"""Budgets: which warnings are due, and what is left."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from domain.errors import Conflict

WARN_AT = (80, 100)
"""The percents that a budget warns at unless it says otherwise."""


class BudgetOverlap(Conflict):
    """A day's expense in one currency belongs to one budget."""

    code = "budget_overlap"
    title = "Another budget in this currency covers some of these days"


def due(
    amount: Decimal, used: Decimal, warn_at: Collection[int], warned: Collection[int]
) -> list[int]:
    """The percents of a budget that have been reached and not been warned of, ascending.

    `used` is what is spent and committed. Nothing used reaches nothing, not even of a budget of 0.
    """
    return [
        percent
        for percent in sorted(set(warn_at) - set(warned))
        if used > 0 and used * 100 >= amount * percent
    ]
