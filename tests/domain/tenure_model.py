"""A small model of an ambassador's tenures: what the rules say, told in another way."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

DAY = timedelta(days=1)
NEEDED = 2
GRACE = 10
"""Contributions in a tenure, and days after it."""

POLICY = {
    "tenure": {
        "clock": "anniversary",
        "length": "P1M",
        "grace": f"P{GRACE}D",
        "when_met": "renew",
        "when_not_met": "lapse",
    },
    "requirement": {
        "groups": {
            "work": {
                "name": "Work",
                "conditions": {"some": {"measure": "contributions", "at_least": NEEDED}},
            }
        }
    },
}
"""The program's rules, which the model knows by heart."""

HERE = {"active", "on_leave"}
LEFT = {"emeritus", "removed"}
SANCTIONS = {"suspended", "removed"}

NEXT = {
    "active": {"emeritus", "removed", "suspended"},
    "on_leave": {"active", "emeritus", "removed", "suspended"},
    "emeritus": {"active", "removed", "suspended"},
    "suspended": {"active", "emeritus", "removed"},
    "removed": {"active", "emeritus"},
}


def month_from(first: date) -> date:
    """The last day of the month that begins on a day."""
    year, month = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)
    length = monthrange(year, month)[1]
    return date(year, month, length) if first.day > length else date(year, month, first.day) - DAY


@dataclass
class Term:
    """A tenure; `last` is what the clock says, until it has an outcome."""

    first: date
    last: date
    outcome: str | None = None
    on: date | None = None
    backfilled: bool = False

    @property
    def told(self) -> tuple[date, date, str | None, date | None]:
        return self.first, self.last, self.outcome, self.on


class Modelled:
    """One ambassador of one program. `done` are the days of what counted for no tenure yet."""

    def __init__(self, slug: str, handle: str, id: UUID, person: UUID, joined_on: date) -> None:
        self.slug, self.handle, self.id, self.person = slug, handle, id, person
        self.status, self.joined_on = "active", joined_on
        self.terms: list[Term] = []
        self.leaves: list[tuple[date, date]] = []
        self.done: list[date] = []

    @property
    def term(self) -> Term:
        return self.terms[-1]

    @property
    def open(self) -> bool:
        return self.term.outcome is None

    @property
    def end(self) -> date:
        """The last day of the open tenure: it has as many days without leave as the clock gives."""
        left, day = (self.term.last - self.term.first).days + 1, self.term.first - DAY
        while left:
            day += DAY
            left -= not self.is_away(day)
        return day

    def is_away(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.leaves)

    def begin(self, since: date, today: date, *, imported: bool = False) -> None:
        """The tenure that runs today of somebody who came, or came back."""
        if self.terms:
            since = max(since, self.term.last + DAY)
        backfilled = imported
        while month_from(since) < today:
            since, backfilled = month_from(since) + DAY, True
        self.terms.append(Term(since, month_from(since), backfilled=backfilled))

    def counting(self, on: date) -> list[date]:
        """The days of what counts on a day: in the tenure, and in grace while it is needed."""
        first, end = self.term.first, self.end
        found = sorted(day for day in self.done if first <= day <= min(end, on))
        if on > end:
            late = sorted(day for day in self.done if end < day <= min(on, end + GRACE * DAY))
            found += late[: max(NEEDED - len(found), 0)]
        return found

    def close(self, outcome: str, on: date, *, counted: bool) -> None:
        """Give the open tenure its outcome; what counted for it is used up."""
        for day in self.counting(on) if counted else []:
            self.done.remove(day)
        end, first = self.end, self.term.first
        last = end if outcome == "renewed" else max(min(end, on - DAY), first - DAY)
        self.term.last, self.term.outcome, self.term.on = last, outcome, on

    def renew(self, on: date) -> None:
        """Renewed as of a day, which may be long after the last one, or before it."""
        self.close("renewed", on, counted=True)
        first = self.term.last + DAY
        self.terms.append(Term(first, month_from(first)))

    def leave(self, status: str, on: date) -> None:
        """Not an ambassador any more from a day on: no leave goes on, either."""
        self.status = status
        self.leaves = [(first, min(last, on - DAY)) for first, last in self.leaves if first < on]

    def turn(self, status: str, today: date, *, imported: bool = False) -> None:
        """Another status, set by a person or by a file."""
        was, self.status = self.status, status
        if status in LEFT:
            self.leave(status, today)
            if self.open:
                self.close("ended", today, counted=False)
        if was == "on_leave" and status == "active":
            self.leaves = [
                (first, today - DAY if first <= today <= last else last)
                for first, last in self.leaves
                if first != today
            ]
        if was not in HERE and status == "active" and not self.open:
            self.begin(today, today, imported=imported)

    def settle(self, today: date) -> None:
        """What the worker makes of it on a day: leaves, and every tenure that is over."""
        if self.status in HERE:
            self.status = "on_leave" if self.is_away(today) else "active"
        while self.status in HERE and self.end < today:
            found, grace = self.counting(today), self.end + GRACE * DAY
            if len(found) >= NEEDED:
                self.renew(max(self.end + DAY, found[NEEDED - 1]))
            elif today > grace and not self.term.backfilled:
                self.close("lapsed", grace + DAY, counted=True)
                self.leave("emeritus", grace + DAY)
            else:
                return
