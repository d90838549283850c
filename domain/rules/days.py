"""Which day it is: a program's days begin and end in its own time zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo


def day_of(at: datetime, time_zone: str) -> date:
    """The day that an aware time falls on in an IANA time zone."""
    return at.astimezone(ZoneInfo(time_zone)).date()
