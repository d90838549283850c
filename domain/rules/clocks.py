"""When a tenure begins and ends, by the clock of a program's policy."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct

from domain.rules import stretches
from domain.rules.policy_tenure import Clock, Cycle, TenureRules

_DAY = timedelta(days=1)


class Period(Struct, frozen=True):
    """The first and the last day of a tenure, both inclusive; one without a last day is open."""

    first: date
    last: date | None


def first_period(rules: TenureRules, joined_on: date) -> Period:
    """The tenure of somebody who becomes an ambassador on a day of the program's time zone.

    `anniversary`: a whole length from that day. Accepted on 11 January 2025, last day 10 January
    2026 (AsyncAPI, AMBASSADOR_PROGRAM.md); from 29 February 2024 to 28 February 2025. `cohort`:
    from that day to the end of the term that began last (GraphQL: terms of one year that begin in
    four months). `calendar`: from that day to the end of the cycle; between two cycles, the whole
    of the next one (Magento: 1 February to 31 December). `none`: open.

    What would end after the last day of the calendar, 31 December 9999, ends with it. Raises no
    error for rules that `policy.validate` has let pass.
    """
    if rules.clock is Clock.COHORT and rules.length is not None:
        return Period(joined_on, stretches.end(rules.length, _term(rules.starts, joined_on)))
    if rules.clock is Clock.CALENDAR and rules.cycle is not None:
        return _in_cycle(rules.cycle, joined_on)
    if rules.clock is Clock.ANNIVERSARY and rules.length is not None:
        return Period(joined_on, stretches.end(rules.length, joined_on))
    return Period(joined_on, None)


def next_period(rules: TenureRules, period: Period) -> Period | None:
    """The tenure after one that is renewed; None after one that is open or ends the calendar.

    It is the tenure of somebody who joins on the day after the last: the anniversaries are chained,
    not anchored (the tenure that ended on 28 February 2025 is followed by 1 March 2025 to 28
    February 2026), terms and cycles follow each other, and after a change of the policy the next
    tenure is the first on the new clock. Raises no error.
    """
    if period.last is None or period.last == date.max:
        return None
    return first_period(rules, period.last + _DAY)


def _term(starts: tuple[str, ...], day: date) -> date:
    """The day on which the term began that a day belongs to; or the first day of the calendar."""
    dates = (_on(start, year) for year in (day.year - 1, day.year) for start in starts)
    return max((start for start in dates if start <= day), default=date.min)


def _in_cycle(cycle: Cycle, day: date) -> Period:
    # A cycle that wraps round the year and holds this day began this year or the last one.
    years = (day.year - 1, day.year, day.year + 1)
    cycles = ((_on(cycle.first, year), _last_day(cycle, year)) for year in years)
    first, last = next((first, last) for first, last in cycles if day <= last)
    return Period(max(first, day), last)


def _last_day(cycle: Cycle, year: int) -> date:
    wraps = cycle.last < cycle.first
    if cycle.last == "02-28":
        following = _on("03-01", year + wraps)
        return following if following == date.max else following - _DAY
    return _on(cycle.last, year + wraps)


def _on(month_and_day: str, year: int) -> date:
    """The day in that year; the first or the last day of the calendar beyond it."""
    month, day = int(month_and_day[:2]), int(month_and_day[3:])
    if year < date.min.year:
        return date.min
    if year > date.max.year:
        return date.max
    return date(year, month, day)
