"""What a leave of absence does to a tenure and to a rolling window: it stops their clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec import Struct

from domain.rules import stretches
from domain.rules.clocks import Period
from domain.rules.policy_tenure import Clock, TenureRules

_DAY = timedelta(days=1)
_SLACK = timedelta(days=5)
"""More than two stretches of the same months can differ by: 13 of them have 393 to 397 days."""


class Leave(Struct, frozen=True):
    """The first and the last day of an absence, both inclusive; without a last day, it is open."""

    first: date
    last: date | None


def merged(leaves: Iterable[Leave]) -> tuple[Leave, ...]:
    """The same days as leaves that neither overlap nor touch, in the order of their days.

    One that ends before it begins has no days. One that ends with the calendar is open.
    """
    return tuple(Leave(first, None if last == date.max else last) for first, last in _apart(leaves))


def days_within(leaves: Iterable[Leave], first: date, last: date) -> int:
    """How many of the days from the first to the last, both inclusive, are days of leave.

    A day of two leaves is one day (RULES.md, "Tenure").
    """
    return sum(
        max((min(end, last) - max(begin, first)).days + 1, 0) for begin, end in _apart(leaves)
    )


def is_away(leaves: Iterable[Leave], day: date) -> bool:
    """Whether the day is a day of leave."""
    return days_within(leaves, day, day) == 1


def extended(rules: TenureRules, period: Period, leaves: Iterable[Leave]) -> Period:
    """The tenure with its last day moved by the days of leave that lie within it.

    Only `anniversary` tenures move; terms and cycles keep their ends (RULES.md, "Tenure"). See
    `stretched`.
    """
    return stretched(period, leaves) if rules.clock is Clock.ANNIVERSARY else period


def stretched(period: Period, leaves: Iterable[Leave]) -> Period:
    """The period with its last day moved by the days of leave in it, each counted once.

    They lie in it as it is after having been moved: a leave that begins five days before the end
    leaves five days for after it. While an open leave lies in it, nobody knows its last day: it is
    open. What would end after the last day of the calendar is open too. Raises no error.
    """
    last = period.last
    if last is None:
        return period
    for begin, end in _apart(leaves):
        if begin > last:
            break
        away = max((end - max(begin, period.first)).days + 1, 0)
        if end == date.max or away > (date.max - last).days:
            return Period(period.first, None)
        last += away * _DAY
    return Period(period.first, last)


def reach(within: str, on: date, leaves: Iterable[Leave]) -> date:
    """A day before which nothing can lie in the rolling window that ends on a day.

    What was done on a day stays in the window while the stretch that begins there, `stretched` by
    the days of leave, has not ended (RULES.md, "Tenure": rolling windows skip leave days). Without
    leave it is the window's very first day; with leave it may lie a few days before that, since
    months differ in length. Never before the first day of the calendar. Raises no error.
    """
    first = stretches.begin(within, on)
    apart = [leave for leave in _apart(leaves) if leave[0] <= on]
    if apart:
        first -= min(_SLACK, first - date.min)
    for begin, end in reversed(apart):
        # What is done on leave lasts as long as what is done on the day after it.
        if (first - end).days > 1:
            break
        away = (min(end, on) - begin).days + 1
        if away > (first - date.min).days:
            return date.min
        first -= away * _DAY
    return first


def _apart(leaves: Iterable[Leave]) -> list[tuple[date, date]]:
    apart: list[tuple[date, date]] = []
    for begin, end in sorted((leave.first, leave.last or date.max) for leave in leaves):
        if end < begin:
            continue
        if apart and (begin - apart[-1][1]).days <= 1:
            before, until = apart.pop()
            apart.append((before, max(until, end)))
        else:
            apart.append((begin, end))
    return apart
