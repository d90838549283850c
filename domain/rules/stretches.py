"""Stretches of time as policies write them (`P30D`, `P2W`, `P6M`, `P1Y`), counted in whole days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

_DAY = timedelta(days=1)


def begin(stretch: str, day: date) -> date:
    """The first day of the stretch that ends on a day, both inclusive.

    A year that ends on 5 March 2026 begins on 6 March 2025. The month that ends on 31 March begins
    on 1 March, since a month before 31 March is the last day of February. What would begin before
    the calendar begins with it.
    """
    try:
        return _before(stretch, day) + _DAY
    except (OverflowError, ValueError):
        return date.min


def end(stretch: str, day: date) -> date:
    """The last day of the stretch that begins on a day, both inclusive.

    A year that begins on 11 January 2025 ends on 10 January 2026; one that begins on 29 February
    2024 ends on 28 February 2025 (RULES.md, "Tenure"), since nothing of it lies in March. It is the
    last day on which the stretch that ends there has not begun later. What would end after the
    calendar ends with it.
    """
    count, in_months = _counted(stretch)
    try:
        if not in_months:
            return day + timedelta(days=count - 1)
        year, month, days = _month(day, count)
        # The day before the same day, or the month's last day where there is no such day.
        return date(year, month, 1) + timedelta(days=min(day.day - 1, days) - 1)
    except (OverflowError, ValueError):
        return date.max


def before(stretch: str, day: date) -> date:
    """The day that lies a stretch before a day; a month before 31 March is the end of February.

    The first day of the calendar when that lies before it.
    """
    try:
        return _before(stretch, day)
    except (OverflowError, ValueError):
        return date.min


def after(stretch: str, day: date) -> date:
    """The last day of the stretch that follows a day: 30 days after 10 January is 9 February.

    The last day of the calendar when that lies after it.
    """
    return day if day == date.max else end(stretch, day + _DAY)


def _before(stretch: str, day: date) -> date:
    count, in_months = _counted(stretch)
    if not in_months:
        return day - timedelta(days=count)
    year, month, days = _month(day, -count)
    return date(year, month, min(day.day, days))


def _counted(stretch: str) -> tuple[int, bool]:
    """How many days, or how many months."""
    count, unit = int(stretch[1:-1]), stretch[-1]
    return count * {"D": 1, "W": 7, "M": 1, "Y": 12}[unit], unit in "MY"


def _month(day: date, months: int) -> tuple[int, int, int]:
    """The year and the month so many months from a day's, and how many days that month has.

    The year may be one that no date has: `monthrange` knows no year before the first.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return year, month + 1, monthrange(min(max(year, 1), date.max.year), month + 1)[1]
