"""Expenses: their kinds, when one can have been, and what reverses it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.errors import Fault, Invalid


class ExpenseKind(StrEnum):
    """What money was spent on."""

    EVENT = "event"
    FEE = "fee"
    GOODS = "goods"
    LOGISTICS = "logistics"
    OTHER = "other"
    REIMBURSEMENT = "reimbursement"
    TRAVEL = "travel"


def check_about(grant_id: UUID | None, movement_id: UUID | None) -> None:
    """Raise `Invalid` for an expense of both: a report would not know where to count it."""
    if grant_id is not None and movement_id is not None:
        detail = "It is of a grant or of an entry of the ledger, not of both."
        raise Invalid(detail, Fault("about", detail, pointer="/movement_id"))


def check_day(on: date, today: date, *, first: date | None = None) -> None:
    """Raise `Invalid` for a day to come, or for one before the `first` that is possible."""
    if on > today:
        raise _bad_day("That is still to come.")
    if first is not None and on < first:
        raise _bad_day(f"What it reverses was on {first}.")


def _bad_day(detail: str) -> Invalid:
    return Invalid(detail, Fault("date", detail, pointer="/occurred_on"))
