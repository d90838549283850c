"""What one person's contributions are worth: points, shares and caps."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from domain.rules import stretches
from domain.rules.members import Precision
from domain.rules.policy_contributions import Cap, ContributionType, Counting


class Counted(Struct, frozen=True):
    """A contribution that may count for the person, on the first day of its period.

    `participants` are all of its people, at least one; `share` is the person's own, in percent.
    """

    id: UUID
    type: str
    occurred_on: date
    precision: Precision
    participants: int
    share: int | None


class Reason(StrEnum):
    """Why a contribution does not count."""

    CAPPED = "capped"
    TYPE_UNKNOWN = "type_unknown"


class Scored(Struct, frozen=True):
    """What one contribution is worth: nothing when it does not count, for whichever reason.

    `cap` is the first of the type's caps that is full, when that is the reason.
    """

    contribution: Counted
    points: Decimal
    counted: bool
    reason: Reason | None
    cap: Cap | None


class Score(Struct, frozen=True):
    """The contributions in the order of their days, and the sums of their points by type."""

    contributions: tuple[Scored, ...]
    by_type: dict[str, Decimal]
    total: Decimal


NONE = Decimal("0.00")


def score(types: Mapping[str, ContributionType], contributions: Iterable[Counted]) -> Score:
    """The points of one person's contributions under a policy's types (issue 3, "Review").

    They are taken in the order of their first days, then of their ids. One counts unless a cap of
    its type is full: `at_most` that counted already lie within the cap's stretch that ends on its
    day (`stretches.begin`). One that a cap keeps out takes no room in any other. So none of it
    depends on the order in which things were recorded, but one that is recorded late for an early
    day can push a later one out. A type that the policy no longer has is worth nothing.

    Points are exact hundredths. Raises no error.
    """
    days: defaultdict[str, list[date]] = defaultdict(list)
    sums: defaultdict[str, Decimal] = defaultdict(lambda: NONE)
    scored: list[Scored] = []
    for one in sorted(contributions, key=lambda one: (one.occurred_on, one.id)):
        type = types.get(one.type)
        worth, reason, cap = NONE, None, None
        if type is None:
            reason = Reason.TYPE_UNKNOWN
        elif cap := _full(type.caps, days[one.type], one.occurred_on):
            reason = Reason.CAPPED
        else:
            days[one.type].append(one.occurred_on)
            worth = uncapped(type, one)
        sums[one.type] += worth
        scored.append(Scored(one, worth, reason is None, reason, cap))
    return Score(tuple(scored), dict(sorted(sums.items())), sum(sums.values(), NONE))


def uncapped(type: ContributionType, one: Counted) -> Decimal:
    """The points of a contribution that counts; none when its type has no points.

    `full`: all of the points for each participant. `split`: the person's share of them, or an
    equal part where no share is given, rounded down to hundredths: the parts that people get of
    one contribution never add up to more than it is worth.
    """
    points = type.points or 0
    if type.counting is Counting.FULL:
        hundredths = points * 100
    elif one.share is not None:
        hundredths = points * one.share
    else:
        hundredths = points * 100 // one.participants
    return Decimal(hundredths).scaleb(-2)


def _full(caps: Iterable[Cap], days: list[date], day: date) -> Cap | None:
    for cap in caps:
        # `days` are in order and none is later than this one.
        if len(days) - bisect_left(days, stretches.begin(cap.within, day)) >= cap.at_most:
            return cap
    return None
