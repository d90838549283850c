"""What becomes of a tenure up to a day: one decision, or several tenures in a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.rules import clocks, leaves, renewals
from domain.rules.candidates import Done
from domain.rules.clocks import Period
from domain.rules.leaves import Leave
from domain.rules.policy_document import Policy
from domain.rules.policy_tenure import TenureRules
from domain.rules.renewals import Asked, Decision, Lapse, Renew, Review, Wait
from domain.rules.standings import Standing, standing

Lacking = Callable[[date], bool]
"""Whether somebody lacks, on a day, what every ambassador of the program has to be."""


class Fate(StrEnum):
    """What becomes of a tenure; `waiting`: nothing yet."""

    RENEWED = "renewed"
    LAPSED = "lapsed"
    ASKED = "asked"
    WAITING = "waiting"


class Step(Struct, frozen=True):
    """A tenure on a day, and what is decided on it; its last day is as leaves have moved it."""

    standing: Standing
    period: Period
    decision: Decision
    following: Period | None

    @property
    def counted(self) -> list[UUID]:
        """What counts for no later tenure, in a stable order."""
        return sorted(self.standing.consumes)


class Course(Struct, frozen=True):
    """The steps from a tenure on, each but the last a renewal."""

    steps: tuple[Step, ...]

    @property
    def first(self) -> Step:
        """What becomes of the tenure itself."""
        return self.steps[0]

    @property
    def last(self) -> Step:
        """What becomes of the tenure that it leads to."""
        return self.steps[-1]

    @property
    def rest(self) -> Course | None:
        """What becomes of the tenure that follows."""
        return Course(self.steps[1:]) if len(self.steps) > 1 else None

    @property
    def renewals(self) -> tuple[Step, ...]:
        """The tenures that are over and renewed."""
        return self.steps[:-1] if self.last.following is None else self.steps

    @property
    def fate(self) -> Fate:
        """How it ends: renewed when the last tenure of it goes on."""
        match self.last.decision:
            case Lapse():
                return Fate.LAPSED
            case Review():
                return Fate.ASKED
            case _:
                return Fate.RENEWED if self.renewals else Fate.WAITING


def course(
    policy: Policy,
    rules: TenureRules,
    period: Period,
    joined_on: date | None,
    done: Sequence[Done],
    away: Sequence[Leave],
    on: date,
    *,
    tenure: UUID,
    backfilled: bool,
    lacking: Lacking,
) -> Course:
    """What the rules make of an open tenure up to a day of the program's time zone.

    `period` is the tenure as stored, which leaves may have moved; `tenure` is its id. After some
    time without a worker that is several tenures, each decided as it should have been: what counted
    for one counts for no later one. Whoever lacks what is required is renewed by a manager alone.
    Raises no error.
    """
    steps: list[Step] = []
    while True:
        moved = leaves.extended(rules, period, away)
        found = standing(policy, moved, joined_on, done, away, on)
        decision = renewals.decide(
            rules, found, moved, found.grace_until, on, backfilled=backfilled
        )
        following = None
        if isinstance(decision, Renew):
            following = clocks.next_period(rules, moved)
            if lacking(decision.on):
                decision, following = Review(Asked.NOT_ELIGIBLE, decision.on), None
            elif following is None:
                decision = Wait(None)
        steps.append(Step(found, moved, decision, following))
        if following is None or _goes_on(leaves.extended(rules, following, away), on):
            return Course(tuple(steps))
        used = found.consumes
        done = [replace(one, used_by=tenure) if one.id in used else one for one in done]
        period, backfilled = following, False


def _goes_on(period: Period, on: date) -> bool:
    """Whether nothing can be decided on a tenure yet, whatever was done in it."""
    return period.first > on or (period.last is not None and on <= period.last)
