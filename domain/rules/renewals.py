"""What happens at the end of a tenure: renewed, a manager asked, lapsed, or nothing yet."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct

from domain.rules.clocks import Period
from domain.rules.policy_tenure import Clock, TenureRules, WhenMet, WhenNotMet
from domain.rules.standings import Standing

_DAY = timedelta(days=1)


class Asked(StrEnum):
    """Why a manager is asked instead of the rule deciding."""

    AWAITING = "awaiting"
    MET = "met"
    NOT_ELIGIBLE = "not_eligible"
    NOT_MET = "not_met"
    NOT_RECORDED = "not_recorded"


class Renew(Struct, frozen=True):
    """The next tenure begins; `on` is the day on which that was clear."""

    on: date


class Review(Struct, frozen=True):
    """A manager is asked, since `on`."""

    reason: Asked
    on: date


class Lapse(Struct, frozen=True):
    """The ambassador becomes emeritus, as of `on`, the day after the tenure or its grace."""

    on: date


class Wait(Struct, frozen=True):
    """Nothing is due before `until`; None when nothing will be, if nothing else happens.

    In grace, a contribution can decide it earlier.
    """

    until: date | None


Decision = Renew | Review | Lapse | Wait


def decide(
    rules: TenureRules,
    standing: Standing,
    period: Period | None,
    grace_until: date | None,
    on: date,
    *,
    backfilled: bool = False,
) -> Decision:
    """What a program's rules say on a day of its time zone (RULES.md, "Tenure").

    At the end, met goes the policy's way; anything that waits for a review is for a manager, never
    a lapse; not met is given its grace, to the end of `grace_until`. An open-ended membership goes
    on until a rolling requirement fails, which is then its end. The days of the outcome are those
    on which it should have been decided, however late this runs. `backfilled` tenures never lapse
    by themselves: what was not recorded then cannot be held against anybody. Raises no error.

    `standing` has to be of the same day.
    """
    last = period.last if period else None
    if last is None:
        return _open_ended(rules, standing, grace_until, on, backfilled=backfilled)
    if on <= last:
        return Wait(last + _DAY if last < date.max else None)
    if standing.met:
        day = standing.met_on or last + _DAY
        return Renew(day) if rules.when_met is WhenMet.RENEW else Review(Asked.MET, day)
    return _not_met(rules, standing, last, grace_until, on, backfilled=backfilled)


def _open_ended(
    rules: TenureRules,
    standing: Standing,
    grace_until: date | None,
    on: date,
    *,
    backfilled: bool,
) -> Decision:
    due_on = standing.due_on
    # A tenure that has no last day while its leave has none is not over, whatever is missing.
    if rules.clock is not Clock.NONE:
        return Wait(None)
    if not standing.failed or due_on is None:
        return Wait(due_on + _DAY if due_on is not None and due_on < date.max else None)
    return _not_met(rules, standing, due_on, grace_until, on, backfilled=backfilled)


def _not_met(
    rules: TenureRules,
    standing: Standing,
    end: date,
    grace_until: date | None,
    on: date,
    *,
    backfilled: bool,
) -> Decision:
    if standing.awaiting:
        return Review(Asked.AWAITING, end + _DAY)
    given = max(grace_until or end, end)
    if on <= given:
        return Wait(given + _DAY if given < date.max else None)
    if rules.when_not_met is WhenNotMet.LAPSE and not backfilled:
        return Lapse(given + _DAY)
    return Review(Asked.NOT_MET if standing.recorded else Asked.NOT_RECORDED, given + _DAY)
