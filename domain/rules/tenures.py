"""When an ambassador's tenure begins, and what becomes of it when they leave."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from domain.errors import Conflict, Fault, Invalid
from domain.rules import clocks
from domain.rules.ambassadors import SANCTIONS, AmbassadorStatus
from domain.rules.clocks import Period
from domain.rules.policy_tenure import TenureRules

__all__ = [
    "LEFT",
    "NoTenureRules",
    "TenureClosed",
    "TenureOpenEnded",
    "TenureOrigin",
    "TenureOutcome",
    "begins",
    "begun",
    "check_day",
    "ends",
    "shortened",
]

_DAY = timedelta(days=1)

LEFT = frozenset({AmbassadorStatus.EMERITUS, AmbassadorStatus.REMOVED})
"""Who has one of these has no tenure; a suspension leaves it open."""


class TenureOrigin(StrEnum):
    """How a tenure began.

    `live`: on the day that was recorded, as it happened. `backfilled`: by an import, a backfill or
    a joining of long ago; what was done in it may never have been recorded.
    """

    BACKFILLED = "backfilled"
    LIVE = "live"


class TenureOutcome(StrEnum):
    """What became of a tenure: another one, emeritus by the rules, or they left."""

    ENDED = "ended"
    LAPSED = "lapsed"
    RENEWED = "renewed"


class TenureClosed(Conflict):
    """Its outcome was decided before."""

    code = "tenure_closed"
    title = "The tenure has its outcome already"


class TenureOpenEnded(Conflict):
    """There is no next tenure after one without a last day, or one that is still to begin."""

    code = "tenure_not_renewable"
    title = "The tenure cannot be renewed"


class NoTenureRules(Conflict):
    """The policy in force says nothing of tenures."""

    code = "no_tenure_rules"
    title = "The program has no tenures"


def begins(before: AmbassadorStatus, after: AmbassadorStatus) -> bool:
    """Whether somebody who changes like this is an ambassador anew (once they have no tenure)."""
    gone = LEFT | SANCTIONS
    return before in gone and after not in gone


def ends(before: AmbassadorStatus, after: AmbassadorStatus) -> bool:
    """Whether somebody who changes like this leaves."""
    return before not in LEFT and after in LEFT


def begun(
    rules: TenureRules, since: date, today: date, *, free_from: date | None = None
) -> tuple[Period, TenureOrigin]:
    """The tenure that runs today of somebody who joined or came back on a day.

    All days in the program's time zone. When tenures since then are over already, nothing of them
    was recorded: only the one that runs now begins, `backfilled` (RULES.md, "Tenure"). It begins
    on `free_from` at the earliest, the day after their last tenure. Raises no error.
    """
    period = clocks.first_period(rules, since if free_from is None else max(since, free_from))
    origin = TenureOrigin.LIVE
    while period.last is not None and period.last < today:
        following = clocks.next_period(rules, period)
        if following is None:
            break
        period, origin = following, TenureOrigin.BACKFILLED
    return period, origin


def shortened(period: Period, on: date) -> date:
    """The last day of a tenure whose holder is no ambassador any more from a day on.

    It is the day before. Who leaves before the first day, or on it, has a tenure without a day,
    which ends on the day before it begins. Raises no error.
    """
    first, last = period.first, period.last
    eve = first if first == date.min else first - _DAY
    left = eve if on <= first else on - _DAY
    return left if last is None else min(last, left)


def check_day(on: date, first: date, today: date) -> None:
    """Raise `Invalid` when an outcome is to hold from a day to come, or before the tenure."""
    if on > today:
        raise _bad_day("An outcome is recorded when it holds, not in advance.")
    if on < first:
        raise _bad_day("That is before the tenure began.")


def _bad_day(detail: str) -> Invalid:
    return Invalid(detail, Fault("day", detail, pointer="/on"))
