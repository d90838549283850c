"""Which of somebody's contributions fall into a tenure or a stretch of time, and which do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from msgspec import Struct

from domain.rules import leaves, stretches
from domain.rules.clocks import Period
from domain.rules.contributions import ContributionStatus, WaitingFor
from domain.rules.members import Precision
from domain.rules.points import Counted, Reason, score
from domain.rules.policy_contributions import ContributionType


class Done(Struct, frozen=True):
    """A contribution of one person, as a requirement sees it.

    `first` and `last` are the days of its period: of the month or year when no more is known.
    `recorded_on` is the program's day. `evidence`: it was shown to be admitted. `used_by` is the
    finished tenure for which it counted.
    """

    id: UUID
    type: str
    first: date
    last: date
    precision: Precision
    recorded_on: date
    status: ContributionStatus
    waiting_for: WaitingFor | None = None
    participants: int = 1
    share: int | None = None
    same_as: UUID | None = None
    evidence: bool = False
    used_by: UUID | None = None


class Why(StrEnum):
    """Why a contribution does not count for a condition, or not yet."""

    AFTER = "after"
    BEFORE_TENURE = "before_tenure"
    BEFORE_WINDOW = "before_window"
    CAPPED = "capped"
    DECLINED = "declined"
    DISPUTED = "disputed"
    EVIDENCE = "evidence"
    NEXT_TENURE = "next_tenure"
    NO_WORTH = "no_worth"
    PENDING = "pending"
    SAME_AS_OTHER = "same_as_other"
    TOO_VAGUE = "too_vague"
    TYPE_NOT_WANTED = "type_not_wanted"
    TYPE_UNKNOWN = "type_unknown"
    USED_BEFORE = "used_before"
    WITHDRAWN = "withdrawn"


class Moment(Struct, frozen=True):
    """The day that is asked about, in its tenure.

    `until` is the last day that is looked at: `on`, or the tenure's `last` when that has passed.
    `grace_until`: the last day of grace after `last`. `admitted` were made in grace and are still
    needed. `leaves` are merged. `tenure` is the id of a finished one that is looked at again.
    """

    on: date
    first: date
    last: date | None
    joined_on: date | None
    grace_until: date | None = None
    leaves: tuple[leaves.Leave, ...] = ()
    admitted: frozenset[UUID] = frozenset()
    tenure: UUID | None = None

    @property
    def until(self) -> date:
        return self.on if self.last is None else min(self.on, self.last)

    @property
    def over(self) -> bool:
        return self.last is not None and self.on > self.last


class Place(Struct, frozen=True):
    """A contribution that falls into what is looked at, on a day of it, as far as is known.

    `lasts_until` is the last day whose stretch of time still holds it.
    """

    done: Done
    day: date
    lasts_until: date
    approximate: bool


class Outside(Struct, frozen=True):
    """Why one does not fall into it; `approximate` when its date does not say for sure."""

    why: Why
    approximate: bool


def refusal(one: Done) -> Why | None:
    """Why it counts for no tenure at all, whenever it was; what waits for a review may yet."""
    if one.same_as is not None:
        return Why.SAME_AS_OTHER
    if one.status is ContributionStatus.DECLINED:
        return Why.DECLINED
    if one.status is ContributionStatus.WITHDRAWN:
        return Why.WITHDRAWN
    return Why.EVIDENCE if one.evidence else None


def in_grace(one: Done, moment: Moment) -> bool:
    """Whether it was begun after the tenure's last day, in the grace that has passed so far."""
    return (
        moment.over
        and moment.grace_until is not None
        and moment.until < one.first <= min(moment.on, moment.grace_until)
    )


def in_tenure(one: Done, moment: Moment) -> Place | Outside:
    """Where it falls in the tenure: its period has to overlap it (RULES.md, "Contributions").

    One that counted for a finished tenure counts for no other. One that was made in grace is in
    the old tenure only while that needs it (RULES.md, "Tenure").
    """
    if one.used_by is not None and one.used_by != moment.tenure:
        return Outside(Why.USED_BEFORE, False)
    if one.last < moment.first:
        return Outside(Why.BEFORE_TENURE, False)
    if one.first > moment.until and one.id not in moment.admitted:
        return Outside(Why.NEXT_TENURE if in_grace(one, moment) else Why.AFTER, False)
    vague = one.precision != "day" and (
        one.first < moment.first or one.first <= moment.until < latest(one)
    )
    return Place(one, max(one.first, moment.first), date.max, vague)


def in_stretch(one: Done, moment: Moment, within: str) -> Place | Outside:
    """Where it falls in the stretch of time that ends on the day, or whether it is yet to come.

    It is taken to have happened on the latest day of its period, but not later than it was
    recorded; a year alone says too little for a stretch that is shorter (RULES.md,
    "Contributions"). Nothing from before joining counts. One of which the stretch `lasts_until` an
    earlier day than is looked at has fallen out of it.
    """
    at, day = moment.until, latest(one)
    lasts_until = lasting(within, day, moment.leaves)
    if one.precision == "year" and _shorter_than_a_year(within):
        return Outside(Why.TOO_VAGUE, one.first <= at <= lasts_until)
    joined_on = moment.joined_on or date.min
    vague = one.precision != "day" and (
        one.first <= at < day
        or one.first < joined_on <= day
        or lasting(within, one.first, moment.leaves) < at <= lasts_until
    )
    if day < joined_on:
        return Outside(Why.BEFORE_TENURE, vague)
    if day > at and one.id not in moment.admitted and not _reaches_into_grace(one, day, moment):
        return Outside(Why.NEXT_TENURE if in_grace(one, moment) else Why.AFTER, vague)
    return Place(one, day, lasts_until, vague)


def latest(one: Done) -> date:
    """The latest day on which it can have been finished: a recorded one was."""
    return max(one.first, min(one.last, one.recorded_on))


_DAY = timedelta(days=1)

_end = lru_cache(maxsize=65_536)(stretches.end)


def lasting(within: str, day: date, away: tuple[leaves.Leave, ...]) -> date:
    """The last day whose stretch of time still holds a day: of leave, none is counted.

    Also not of one that begins on the day after: the first day without it is put off.
    """
    last = _end(within, day)
    if not away or last == date.max:
        return last
    without = leaves.stretched(Period(day, last + _DAY), away).last
    return date.max if without is None else without - _DAY


def overfull(
    types: Mapping[str, ContributionType], places: Iterable[Place], earlier: Iterable[Done] = ()
) -> frozenset[UUID]:
    """Those that a cap of their type keeps out, in the order of their days (`points.score`).

    Room is taken by what is counted here, and by what counted `earlier` for the person's finished
    tenures; never by what counts for neither, so that recording one more never takes one away.
    """
    by_type: defaultdict[str, list[tuple[Done, date]]] = defaultdict(list)
    for one in earlier:
        by_type[one.type].append((one, one.first))
    for place in places:
        by_type[place.done.type].append((place.done, place.day))
    capped: set[UUID] = set()
    for code, found in by_type.items():
        kind = types.get(code)
        # Scoring takes the most time, and hardly anybody does more than a cap lets through.
        if kind is not None and any(len(found) > cap.at_most for cap in kind.caps):
            told = score(types, (_counted(one, day) for one, day in found)).contributions
            capped.update(one.contribution.id for one in told if one.reason is Reason.CAPPED)
    return frozenset(capped)


def _counted(one: Done, day: date) -> Counted:
    return Counted(one.id, one.type, day, one.precision, one.participants, one.share)


def _reaches_into_grace(one: Done, day: date, moment: Moment) -> bool:
    """Whether it began in the tenure and was finished in the grace: it serves the old one."""
    grace = moment.grace_until if moment.over else None
    return grace is not None and one.first <= moment.until and day <= min(moment.on, grace)


def _shorter_than_a_year(within: str) -> bool:
    return int(within[1:-1]) < {"D": 365, "W": 53, "M": 12, "Y": 1}[within[-1]]
