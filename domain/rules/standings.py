"""Whether somebody still qualifies on a day, and the reason: a standing is computed, never kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.rules import leaves, standing_words, stretches
from domain.rules.candidates import Done, Moment, Why, in_grace, latest, refusal
from domain.rules.clocks import Period
from domain.rules.contributions import ContributionStatus
from domain.rules.policy_document import Policy
from domain.rules.policy_tenure import Clock, Needs, Requirement, TenureRules
from domain.rules.requirements import JudgedGroup, Types, earliest, furthest, judge

_DAY = timedelta(days=1)


class State(StrEnum):
    """How somebody stands on a day.

    `not_recorded`: the requirement is not met and nothing at all was recorded in the tenure, so
    that it cannot be told from having done nothing. `not_met`: the day to meet it has passed, and
    so has the grace.
    """

    MET = "met"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    IN_GRACE = "in_grace"
    NOT_MET = "not_met"
    NOT_RECORDED = "not_recorded"
    ON_LEAVE = "on_leave"


class Standing(Struct, frozen=True):
    """Somebody's standing on a day. `met` is what counts at the end, whatever the state says.

    `failed`: the day to meet it has passed. `awaiting`: contributions of the tenure that wait for a
    review. `consumes`: those that count for no later tenure once this one is finished. `missing`:
    in English, a sentence for each group that is not met. `due_on`: the last day to meet it; of
    what is met, the last day to do something for it to stay so. `grace_until`: the last day of
    grace. `met_on`: when it was met, the day after the tenure or the day of grace that brought it.
    """

    on: date
    period: Period | None
    state: State
    met: bool
    failed: bool
    recorded: bool
    groups: tuple[JudgedGroup, ...]
    awaiting: tuple[UUID, ...]
    consumes: frozenset[UUID]
    missing: tuple[str, ...]
    due_on: date | None
    grace_until: date | None
    met_on: date | None
    approximate: bool


def standing(
    policy: Policy,
    period: Period | None,
    joined_on: date | None,
    done: Sequence[Done],
    away: Iterable[leaves.Leave],
    on: date,
    *,
    tenure: UUID | None = None,
) -> Standing:
    """The standing on a day of the program's time zone, past or future (RULES.md, "Tenure").

    On a past day, nothing counts that began after it; on a future day, nothing else has happened.
    `period` is the tenure as extended by leave; without one it is open-ended since `joined_on`.
    `tenure` is the id of a finished one: what counted for it counts again. Nothing depends on the
    order of `done` and `away`. Raises no error.
    """
    moment = _moment(policy.tenure, period, joined_on, leaves.merged(away), on, tenure)
    types = policy.contribution_types
    groups, met_on = _judged(policy.requirement, types, done, moment)
    met = all(group.met for group in groups)
    recorded = any(_recorded(one, moment) for one in done)
    failed = not met and any(group.failed for group in groups)
    due_on = earliest(group.due_on for group in groups if group.met is met)
    grace_until = _grace_until(policy.tenure, moment, due_on)
    # Between the ends of a tenure, what a rolling condition finds missing has no grace.
    ended = moment.over or (policy.tenure is not None and policy.tenure.clock is Clock.NONE)
    in_time = failed and ended and grace_until is not None and on <= grace_until
    state = State.MET
    if moment.leaves and leaves.is_away(moment.leaves, on):
        state = State.ON_LEAVE
    elif not met and not recorded:
        state = State.NOT_RECORDED
    elif failed:
        state = State.IN_GRACE if in_time else State.NOT_MET
    elif not met:
        risk_on = earliest(_risk_on(policy, group, moment) for group in groups if not group.met)
        state = State.ON_TRACK if risk_on is None or on < risk_on else State.AT_RISK
    return Standing(
        on=on,
        period=period,
        state=state,
        met=met,
        failed=failed,
        recorded=recorded,
        groups=groups,
        awaiting=_awaiting(groups),
        consumes=_consumed(groups),
        missing=standing_words.missing(policy, groups, on, grace_until if in_time else None),
        due_on=due_on,
        grace_until=grace_until,
        met_on=met_on,
        approximate=any(one.approximate for group in groups for one in group.conditions),
    )


def _moment(
    rules: TenureRules | None,
    period: Period | None,
    joined_on: date | None,
    away: tuple[leaves.Leave, ...],
    on: date,
    tenure: UUID | None,
) -> Moment:
    first = period.first if period else joined_on or date.min
    last = period.last if period else None
    grace = rules.grace if rules else None
    return Moment(
        on=on,
        first=first,
        last=last,
        joined_on=joined_on or (period.first if period else None),
        grace_until=stretches.after(grace, last) if grace and last else None,
        leaves=away,
        tenure=tenure,
    )


def _judged(
    requirement: Requirement | None, types: Types, done: Sequence[Done], moment: Moment
) -> tuple[tuple[JudgedGroup, ...], date | None]:
    """The groups, and since when they are met at the end of a tenure.

    What was made in grace is taken in the order of its days, and only what brings something that is
    not met further; the rest is for the next tenure.
    """
    groups = judge(requirement, types, done, moment) if requirement else ()
    if requirement is None or moment.last is None or not moment.over:
        return groups, None
    met_on = moment.last + _DAY
    late = [one for one in done if in_grace(one, moment) and refusal(one) is None]
    for one in sorted(late, key=lambda one: (one.first, one.id)):
        if one.status is not ContributionStatus.ACCEPTED or _met(groups):
            continue
        closer = replace(moment, admitted=moment.admitted | {one.id})
        with_it = judge(requirement, types, done, closer)
        if _closer(groups, with_it):
            groups, moment, met_on = with_it, closer, latest(one)
    if _met(groups):
        return groups, met_on
    waiting = {one.id for one in late if one.status is not ContributionStatus.ACCEPTED}
    if waiting:
        hoping = replace(moment, admitted=moment.admitted | waiting)
        groups = judge(requirement, types, done, hoping)
    return groups, None


def _met(groups: Iterable[JudgedGroup]) -> bool:
    return all(group.met for group in groups)


def _closer(groups: Iterable[JudgedGroup], with_it: Iterable[JudgedGroup]) -> bool:
    """Whether more counts for something that was not met."""
    return any(
        after.counted > before.counted
        for group, later in zip(groups, with_it, strict=True)
        if not group.met
        for before, after in zip(group.conditions, later.conditions, strict=True)
        if not before.met
    )


def _recorded(one: Done, moment: Moment) -> bool:
    until = moment.until
    if moment.over and moment.grace_until is not None:
        until = min(moment.on, moment.grace_until)
    return one.last >= moment.first and one.first <= until


def _grace_until(rules: TenureRules | None, moment: Moment, due_on: date | None) -> date | None:
    if moment.last is not None or rules is None or rules.grace is None or due_on is None:
        return moment.grace_until
    return stretches.after(rules.grace, due_on)


def _risk_on(policy: Policy, group: JudgedGroup, moment: Moment) -> date | None:
    """From which day a group that is not met is at risk: from the first reminder on, or in the
    last quarter of the time for it when the policy reminds nobody."""
    rules = policy.tenure
    offsets = rules.reminders.at_risk if rules else ()
    days: list[date | None] = []
    for one in group.conditions:
        if one.met or one.due_on is None:
            days.append(None)
        elif offsets:
            days.append(min(stretches.before(offset, one.due_on) for offset in offsets))
        else:
            first = stretches.begin(one.within, one.due_on) if one.within else moment.first
            days.append(one.due_on - timedelta(days=(one.due_on - first).days // 4))
    return earliest(days) if group.needs is Needs.ALL else furthest(days)


def _awaiting(groups: Iterable[JudgedGroup]) -> tuple[UUID, ...]:
    waiting = (
        other.id
        for group in groups
        for judged in group.conditions
        for other in judged.others
        if other.why in (Why.PENDING, Why.DISPUTED)
    )
    return tuple(dict.fromkeys(waiting))


def _consumed(groups: Iterable[JudgedGroup]) -> frozenset[UUID]:
    """Rolling conditions consume nothing (RULES.md, "Contributions")."""
    return frozenset(
        id
        for group in groups
        for judged in group.conditions
        if judged.within is None
        for id in judged.counted_ids
    )
