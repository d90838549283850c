"""Policies and contributions as the tests of tenure make them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from domain.rules.candidates import Done
from domain.rules.clocks import Period
from domain.rules.contributions import ContributionStatus
from domain.rules.members import span
from domain.rules.policy_contributions import Area, Cap, ContributionType, Counting
from domain.rules.policy_document import Policy, Texts
from domain.rules.policy_tenure import (
    Clock,
    Condition,
    Group,
    Measure,
    Needs,
    Reminders,
    Requirement,
    TenureRules,
    WhenMet,
    WhenNotMet,
)
from domain.rules.standings import Standing, standing


def kind(
    name: str,
    area: Area = Area.CONTENT,
    *,
    points: int | None = None,
    cap: tuple[int, str] | None = None,
    split: bool = False,
) -> ContributionType:
    return ContributionType(
        name,
        area,
        points=points,
        caps=(Cap(*cap),) if cap else (),
        counting=Counting.SPLIT if split else Counting.FULL,
    )


TYPES = {
    "article": kind("Article", points=3),
    "talk": kind("Talk", Area.EVENTS, points=5),
    "initiative": kind("Initiative", Area.COMMUNITY),
    "merged_pull_request": kind("Merged pull request", Area.CODE, points=1),
}

FOUR = {"four": Condition(Measure.CONTRIBUTIONS, 4)}


def policy(
    conditions: dict[str, Condition] | None = None,
    *,
    types: dict[str, ContributionType] | None = None,
    groups: dict[str, Group] | None = None,
    needs: Needs = Needs.ALL,
    clock: Clock = Clock.ANNIVERSARY,
    grace: str | None = None,
    when_met: WhenMet = WhenMet.RENEW,
    when_not_met: WhenNotMet = WhenNotMet.LAPSE,
    at_risk: tuple[str, ...] = (),
) -> Policy:
    asked = groups or {"all": Group("Everything", conditions or FOUR, needs)}
    return Policy(
        Texts("Program"),
        contribution_types=TYPES if types is None else types,
        tenure=TenureRules(
            clock,
            length=None if clock is Clock.NONE else "P1Y",
            grace=grace,
            when_met=when_met,
            when_not_met=when_not_met,
            reminders=Reminders(at_risk=at_risk),
        ),
        requirement=Requirement(asked),
    )


def done(
    number: int,
    on: str,
    type: str = "article",
    status: str = "accepted",
    *,
    ended_on: str | None = None,
    recorded_on: str | None = None,
    participants: int = 1,
    share: int | None = None,
    same_as: int | None = None,
    evidence: bool = False,
    used_by: UUID | None = None,
) -> Done:
    """One that happened on a day, a month or a year; recorded at its end."""
    first, precision = span(on)
    last = first
    if precision == "month":
        last = first.replace(day=monthrange(first.year, first.month)[1])
    elif precision == "year":
        last = date(first.year, 12, 31)
    last = date.fromisoformat(ended_on) if ended_on else last
    return Done(
        id=UUID(int=number),
        type=type,
        first=first,
        last=last,
        precision=precision,
        recorded_on=date.fromisoformat(recorded_on) if recorded_on else last,
        status=ContributionStatus(status),
        participants=participants,
        share=share,
        same_as=UUID(int=same_as) if same_as is not None else None,
        evidence=evidence,
        used_by=used_by,
    )


def year_from(first: str) -> Period:
    day = date.fromisoformat(first)
    return Period(day, date.fromordinal(day.replace(year=day.year + 1).toordinal() - 1))


def stands(
    rules: Policy, period: Period | None, contributions: Iterable[Done], on: str
) -> Standing:
    """The standing of somebody who joined when the tenure began and was never away."""
    joined_on = period.first if period else None
    return standing(rules, period, joined_on, list(contributions), (), date.fromisoformat(on))


def numbers(ids: Iterable[UUID]) -> list[int]:
    return [id.int for id in ids]
