"""Whether a requirement is met on a day, and what of it is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from msgspec import Struct

from domain.rules.candidates import (
    Done,
    Moment,
    Outside,
    Place,
    Why,
    in_stretch,
    in_tenure,
    lasting,
    overfull,
    refusal,
)
from domain.rules.contributions import ContributionStatus
from domain.rules.points import Counted, uncapped
from domain.rules.policy_contributions import ContributionType, Counting
from domain.rules.policy_tenure import Condition, Group, Measure, Needs, Requirement

Types = Mapping[str, ContributionType]
Positions = dict[str | None, list[tuple[Done, Place | Outside | Why]]]
"""Where contributions fall on a day, by the stretch of time that is looked at."""


class Uncounted(Struct, frozen=True):
    """A contribution that does not count, or not yet, and why."""

    id: UUID
    why: Why


class Judged(Struct, frozen=True):
    """A condition on a day; `counted` and `awaiting` are hundredths, rounded down.

    `awaiting` is what would be added if all that waits for a review were accepted, caps aside.
    `due_on` is the last day to meet it, if nothing else happens; None when there is none. `judged`
    is False before a rolling condition's first full window has passed: at the end of a tenure, it
    is then taken as met. `failed`: the day to meet it has passed. `approximate`: it rests on a date
    of which only the month or the year is known.
    """

    code: str
    within: str | None
    needed: int
    counted: Decimal
    awaiting: Decimal
    counted_ids: tuple[UUID, ...]
    others: tuple[Uncounted, ...]
    met: bool
    judged: bool
    failed: bool
    due_on: date | None
    approximate: bool


class JudgedGroup(Struct, frozen=True):
    """A group of conditions on a day: all of them, or any, have to be met."""

    code: str
    needs: Needs
    conditions: tuple[Judged, ...]
    met: bool
    failed: bool
    due_on: date | None


def judge(
    requirement: Requirement, types: Types, done: Sequence[Done], moment: Moment
) -> tuple[JudgedGroup, ...]:
    """Each group of a requirement on a day; all of them have to be met. Raises no error.

    The order of `done` changes nothing.
    """
    ordered = sorted(done, key=lambda one: (one.first, one.id))
    known: Positions = {}
    return tuple(
        judge_group(code, group, types, ordered, moment, known)
        for code, group in requirement.groups.items()
    )


def judge_group(
    code: str,
    group: Group,
    types: Types,
    done: Sequence[Done],
    moment: Moment,
    known: Positions | None = None,
) -> JudgedGroup:
    """A group on a day: when it needs all, its day is the first of theirs, else the last."""
    judged = tuple(
        judge_condition(code, condition, types, done, moment, known)
        for code, condition in group.conditions.items()
    )
    every = group.needs is Needs.ALL
    enough, one_is_enough = (all, any) if every else (any, all)
    met = enough(one.met for one in judged)
    failed = not met and one_is_enough(one.failed for one in judged)
    # What is met matters while nothing is missing: it may run out.
    days = [one.due_on for one in judged if one.met is met]
    return JudgedGroup(
        code, group.needs, judged, met, failed, earliest(days) if every else furthest(days)
    )


def judge_condition(
    code: str,
    condition: Condition,
    types: Types,
    done: Sequence[Done],
    moment: Moment,
    known: Positions | None = None,
) -> Judged:
    """What counts for a condition on a day. `done` is in the order of first days, then of ids.
    `known` keeps where they fall, for further conditions on the same day.

    A contribution of several people counts in full for each, or by the person's share, as its type
    says; what a cap of its type keeps out doesn't, in the order of days.
    """
    sieve = _sift(condition, types, done, moment, {} if known is None else known)
    capped = overfull(types, sieve.inside, sieve.earlier)
    counted: list[tuple[Done, int | Fraction]] = []
    for place in sieve.inside:
        one = place.done
        value = worth(condition.measure, types[one.type], one)
        if capped and one.id in capped:
            sieve.others.append(Uncounted(one.id, Why.CAPPED))
        elif value == 0:
            sieve.others.append(Uncounted(one.id, Why.NO_WORTH))
        else:
            counted.append((one, value))
    total = _sum(condition.measure, counted)
    waiting = [(one, worth(condition.measure, types[one.type], one)) for one in sieve.waiting]
    awaiting = _sum(condition.measure, [*counted, *waiting]) - total if waiting else 0
    judged, due_on = _due(condition, types, sieve, moment)
    met = total >= condition.at_least * 100 or (moment.over and not judged)
    return Judged(
        code=code,
        within=condition.within,
        needed=condition.at_least,
        counted=Decimal(int(total)).scaleb(-2),
        awaiting=Decimal(int(awaiting)).scaleb(-2),
        counted_ids=tuple([one.id for one, _ in counted]),
        others=tuple(sieve.others),
        met=met,
        judged=judged,
        failed=judged and not met and due_on is not None and moment.on > due_on,
        due_on=due_on,
        approximate=sieve.approximate,
    )


def worth(measure: Measure, kind: ContributionType, one: Done) -> int | Fraction:
    """What one is worth to a measure, in hundredths, caps aside.

    By share, an equal part of a contribution is exact (three thirds are one); points are as
    `points.uncapped` rounds them.
    """
    if measure is Measure.POINTS:
        return int(uncapped(kind, _counted(one)) * 100)
    if measure is Measure.DISTINCT_TYPES or kind.counting is Counting.FULL:
        return 100
    if one.share is not None:
        return one.share
    equal, rest = divmod(100, one.participants)
    return Fraction(100, one.participants) if rest else equal


def earliest(days: Iterable[date | None]) -> date | None:
    """The earliest day, where None is a day that never comes."""
    return min((day for day in days if day is not None), default=None)


def furthest(days: Iterable[date | None]) -> date | None:
    """The last day, where None is a day that never comes."""
    told = list(days)
    return None if None in told else max((day for day in told if day is not None), default=None)


class _Sieve(Struct):
    """The contributions as a condition sorts them; `expired` fell out of its stretch of time."""

    inside: list[Place]
    expired: list[Place]
    waiting: list[Done]
    earlier: list[Done]
    others: list[Uncounted]
    approximate: bool = False


def _sift(
    condition: Condition, types: Types, done: Sequence[Done], moment: Moment, known: Positions
) -> _Sieve:
    within = condition.within
    if (positions := known.get(within)) is None:
        positions = known[within] = [(one, _position(one, moment, within)) for one in done]
    sieve = _Sieve([], [], [], [], [])
    until = moment.until
    for one, place in positions:
        if isinstance(place, Why):
            why = place
        else:
            unwanted = _unwanted(condition, one, types.get(one.type))
            why = _placed(sieve, one, place, unwanted, moment.first, until)
        if why is not None:
            sieve.others.append(Uncounted(one.id, why))
    return sieve


def _position(one: Done, moment: Moment, within: str | None) -> Place | Outside | Why:
    """Where it falls, unless it counts for nothing."""
    if why := refusal(one):
        return why
    return in_tenure(one, moment) if within is None else in_stretch(one, moment, within)


def _placed(
    sieve: _Sieve, one: Done, place: Place | Outside, unwanted: Why | None, first: date, until: date
) -> Why | None:
    accepted = one.status is ContributionStatus.ACCEPTED
    sieve.approximate |= place.approximate and unwanted is None
    if isinstance(place, Outside):
        if place.why is Why.USED_BEFORE and accepted and one.first < first:
            sieve.earlier.append(one)
        return place.why
    expired = place.lasts_until < until
    if unwanted is not None:
        return Why.BEFORE_WINDOW if expired else unwanted
    if accepted:
        (sieve.expired if expired else sieve.inside).append(place)
        return Why.BEFORE_WINDOW if expired else None
    if expired:
        return Why.BEFORE_WINDOW
    sieve.waiting.append(one)
    return Why.DISPUTED if one.status is ContributionStatus.DISPUTED else Why.PENDING


def _unwanted(condition: Condition, one: Done, kind: ContributionType | None) -> Why | None:
    if kind is None:
        return Why.TYPE_UNKNOWN
    by_type = not condition.types or one.type in condition.types
    by_area = not condition.areas or kind.area in condition.areas
    return None if by_type and by_area else Why.TYPE_NOT_WANTED


def _sum(measure: Measure, counted: Iterable[tuple[Done, int | Fraction]]) -> int | Fraction:
    """The hundredths that contributions with their worth make together."""
    if measure is Measure.DISTINCT_TYPES:
        return 100 * len({one.type for one, _ in counted})
    return sum([value for _, value in counted])


def _due(
    condition: Condition, types: Types, sieve: _Sieve, moment: Moment
) -> tuple[bool, date | None]:
    """Whether it is judged yet, and the last day to meet it."""
    if condition.within is None:
        return True, moment.last
    if moment.joined_on is None:
        # When its first full window has passed is unknown: nobody is judged by it.
        return False, None
    first = lasting(condition.within, moment.joined_on, moment.leaves)
    if moment.over:
        return moment.until >= first, moment.last
    return moment.until >= first, _runs_out(condition, types, sieve, first)


def _runs_out(condition: Condition, types: Types, sieve: _Sieve, first: date) -> date | None:
    """The first day whose stretch of time holds too little, so the last day to add to it.

    That is `first`, the end of the first full window, when nothing has ever been enough: whatever
    counts was done since joining, and lasts longer.
    """
    places = [*sieve.inside, *sieve.expired]
    for day in sorted({place.lasts_until for place in places}, reverse=True):
        held = [place for place in places if place.day <= day <= place.lasts_until]
        capped = overfull(types, held)
        done = (place.done for place in held if place.done.id not in capped)
        counted = [(one, worth(condition.measure, types[one.type], one)) for one in done]
        if _sum(condition.measure, counted) >= condition.at_least * 100:
            return None if day == date.max else day + timedelta(days=1)
    return None if first == date.max else first


def _counted(one: Done) -> Counted:
    return Counted(one.id, one.type, one.first, one.precision, one.participants, one.share)
