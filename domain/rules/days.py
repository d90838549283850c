"""Which day it is: a program's days begin and end in its own time zone; and a day in words."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day_of(at: datetime, time_zone: str) -> date:
    """The day that an aware time falls on in an IANA time zone."""
    return at.astimezone(ZoneInfo(time_zone)).date()


def written(day: date) -> str:
    """A day in English: 7 March 2026."""
    # `strftime` would write the month in the language of the machine.
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
