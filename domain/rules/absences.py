"""Who may enter which days of a leave of absence: what is over is for managers to put right."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct

from domain.errors import Fault, Forbidden, Invalid

DAY = timedelta(days=1)


class Absence(Struct, frozen=True):
    """The days of a leave, both inclusive, in the program's time zone; `last_day` None: open."""

    first_day: date
    last_day: date | None

    def covers(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


def over(absence: Absence | None, today: date) -> Absence | None:
    """The part of an absence that lies before today; None when nothing of it does."""
    if absence is None or absence.first_day >= today:
        return None
    yesterday = today - DAY
    last = yesterday if absence.last_day is None else min(absence.last_day, yesterday)
    return Absence(absence.first_day, last)


def check(
    before: Absence | None,
    after: Absence | None,
    today: date,
    *,
    joined_on: date | None,
    reason: str | None,
    manages: bool,
) -> None:
    """Refuse a change of an absence (None: before it is there, after it is gone).

    Oneself announces ahead or from today, and only a manager says, with a reason, that days which
    are over were days of leave (RULES.md, "Tenure"). Raises `Forbidden`, and `Invalid` without the
    reason or for days before the joining.
    """
    if after is not None and joined_on is not None and after.first_day < joined_on:
        detail = "That is before the ambassador joined."
        raise Invalid(detail, Fault("day", detail, pointer="/first_day"))
    if over(before, today) == over(after, today):
        return
    if not manages:
        detail = "Days that are over are for a manager to put right."
        raise Forbidden(detail, Fault("over", detail, pointer="/first_day"))
    if after is not None and reason is None:
        detail = "Days that are over become days of leave with a reason."
        raise Invalid(detail, Fault("required", detail, pointer="/reason"))


def back_on(after: Absence | None, today: date) -> date:
    """The day from which somebody is back whose leave does not cover today any more."""
    if after is not None and after.last_day is not None and after.last_day < today:
        return after.last_day + DAY
    return today
