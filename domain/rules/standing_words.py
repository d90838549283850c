"""What is missing for a requirement to be met, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from domain.rules.candidates import Why
from domain.rules.days import written
from domain.rules.english import listed
from domain.rules.policy_admission import EvidenceRule
from domain.rules.policy_document import Policy
from domain.rules.policy_tenure import Condition, Measure, Needs
from domain.rules.requirements import Judged, JudgedGroup

_NOUNS = {
    Measure.CONTRIBUTIONS: ("contribution", "contributions"),
    Measure.DISTINCT_TYPES: ("type of contribution", "types of contributions"),
    Measure.POINTS: ("point", "points"),
}

_NAMED = 5
"""More types than these are counted, not named."""


def missing(
    policy: Policy,
    groups: Iterable[JudgedGroup],
    on: date,
    grace_until: date | None,
    *,
    points: bool = True,
) -> tuple[str, ...]:
    """What each group lacks that is not met, in English, without a full stop.

    Such as "1 more contribution by 10 January 2026, 1 awaits review". `grace_until` is given while
    it is the last day to make up for what was due before. Without `points`, their number is for
    others to know.
    """
    if policy.requirement is None:
        return ()
    asked = policy.requirement.groups
    return tuple(
        _lacking(policy, asked[group.code].conditions, group, on, grace_until, points=points)
        for group in groups
        if not group.met
    )


def _lacking(
    policy: Policy,
    conditions: Mapping[str, Condition],
    group: JudgedGroup,
    on: date,
    grace_until: date | None,
    *,
    points: bool,
) -> str:
    unmet = [one for one in group.conditions if not one.met]
    amounts = [_amount(policy, conditions[one.code], one, points=points) for one in unmet]
    times = [_time(one.due_on, on, grace_until) for one in unmet]
    if len(set(times)) == 1:
        times[:-1] = [""] * (len(times) - 1)
    word = " and " if group.needs is Needs.ALL else " or "
    told = word.join(amount + time for amount, time in zip(amounts, times, strict=True))
    return told + _awaiting(unmet)


def _amount(policy: Policy, condition: Condition, one: Judged, *, points: bool) -> str:
    if condition.measure is Measure.POINTS and not points:
        return f"more points{kinds(policy, condition)}"
    lacking = one.needed - one.counted
    singular, plural = _NOUNS[condition.measure]
    number = f"{lacking:f}".removesuffix(".00")
    noun = singular if lacking == 1 else plural
    return f"{number} more {noun}{kinds(policy, condition)}"


def kinds(policy: Policy, asked: Condition | EvidenceRule) -> str:
    """The types and areas that are asked for, by their names in parentheses; else an empty text."""
    known = policy.contribution_types
    types = [known[code].name if code in known else code for code in asked.types]
    told = [listed(types, "or") if len(types) <= _NAMED else f"any of {len(types)} types"]
    told = told * bool(types)
    if asked.areas:
        told.append(f"in {listed([area.value for area in asked.areas], 'or')}")
    return f" ({', '.join(told)})" if told else ""


def _time(due_on: date | None, on: date, grace_until: date | None) -> str:
    if due_on is None:
        return ""
    if on <= due_on:
        return f" by {written(due_on)}"
    if grace_until is not None:
        return f" by {written(grace_until)}"
    return f" by {written(due_on)}, which has passed"


def _awaiting(unmet: Iterable[Judged]) -> str:
    waiting = {
        other.id
        for one in unmet
        for other in one.others
        if other.why in (Why.PENDING, Why.DISPUTED)
    }
    if not waiting:
        return ""
    return f", {len(waiting)} {'awaits' if len(waiting) == 1 else 'await'} review"
