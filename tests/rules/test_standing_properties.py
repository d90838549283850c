"""Standings: what holds of every program, every history, every leave and every day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.rules.candidates import Done
from domain.rules.clocks import Period
from domain.rules.contributions import ContributionStatus
from domain.rules.leaves import Leave
from domain.rules.policy_contributions import Area, Cap, ContributionType, Counting
from domain.rules.policy_document import Policy
from domain.rules.policy_tenure import Clock, Condition, Group, Measure, Needs
from domain.rules.standings import Standing, State, standing
from tests.rules.tenure_made import done, policy, year_from

TENURE = year_from("2025-01-11")

RANKS = [
    State.NOT_RECORDED,
    State.NOT_MET,
    State.IN_GRACE,
    State.AT_RISK,
    State.ON_TRACK,
    State.MET,
]
"""From the worst to the best. `on_leave` is beside them: no contribution changes it."""

CODES = ["talk", "article", "code"]
DAYS = st.dates(date(2024, 6, 1), date(2026, 12, 31))


@st.composite
def kinds(draw: st.DrawFn) -> dict[str, ContributionType]:
    """Types with caps, or counted by share; both at once have a test of their own."""

    def one(code: str, area: Area) -> ContributionType:
        split = draw(st.booleans())
        caps = st.builds(Cap, st.integers(1, 3), st.sampled_from(["P10D", "P1M", "P6M", "P1Y"]))
        return ContributionType(
            code,
            area,
            points=draw(st.sampled_from([None, 1, 3])),
            caps=() if split else tuple(draw(st.lists(caps, max_size=2))),
            counting=Counting.SPLIT if split else Counting.FULL,
        )

    areas = (Area.EVENTS, Area.CONTENT, Area.CODE)
    return {code: one(code, area) for code, area in zip(CODES, areas, strict=True)}


@st.composite
def programs(
    draw: st.DrawFn, types: st.SearchStrategy[dict[str, ContributionType]] | None = None
) -> Policy:
    conditions = st.builds(
        Condition,
        st.sampled_from(Measure),
        st.integers(1, 4),
        types=st.sampled_from([(), ("talk",), ("talk", "article")]),
        areas=st.sampled_from([(), (Area.EVENTS, Area.CONTENT)]),
        within=st.sampled_from([None, None, "P45D", "P6M", "P1Y"]),
    )
    groups = st.builds(
        Group,
        st.just("Group"),
        st.dictionaries(st.sampled_from("abc"), conditions, min_size=1),
        st.sampled_from(Needs),
    )
    return policy(
        types=draw(kinds() if types is None else types),
        groups=draw(st.dictionaries(st.sampled_from("xy"), groups, min_size=1)),
        clock=draw(st.sampled_from([Clock.ANNIVERSARY, Clock.NONE])),
        grace=draw(st.sampled_from([None, "P30D", "P3M"])),
        at_risk=draw(st.sampled_from([(), ("P30D",)])),
    )


@st.composite
def contributions(draw: st.DrawFn, status: ContributionStatus | None = None) -> Done:
    on = draw(DAYS).isoformat()[: draw(st.sampled_from([10, 10, 10, 7, 4]))]
    one = done(
        draw(st.integers(1, 10_000)),
        on,
        draw(st.sampled_from([*CODES, "gone"])),
        (status or draw(st.sampled_from(ContributionStatus))).value,
        participants=draw(st.integers(1, 3)),
        share=draw(st.sampled_from([None, 0, 40, 100])),
        evidence=draw(st.integers(0, 9)) == 0,
        used_by=None if status else draw(st.sampled_from([None, None, None, UUID(int=901)])),
    )
    recorded_on = one.first + timedelta(days=draw(st.integers(0, 60)))
    return replace(one, recorded_on=recorded_on)


HISTORIES = st.lists(contributions(), max_size=6, unique_by=lambda one: one.id)


def leave_of(first: date, more: int) -> Leave:
    return Leave(first, first + timedelta(days=more))


LEAVES = st.lists(st.builds(leave_of, DAYS, st.integers(0, 90)), max_size=2)


def told_of(rules: Policy, history: Sequence[Done], away: list[Leave], on: date) -> Standing:
    tenure = TENURE
    if rules.tenure is not None and rules.tenure.clock is Clock.NONE:
        tenure = Period(TENURE.first, None)
    return standing(rules, tenure, TENURE.first, history, away, on)


def no_worse(before: Standing, after: Standing) -> bool:
    if State.ON_LEAVE in (before.state, after.state):
        return before.state is after.state and (after.met or not before.met)
    return RANKS.index(after.state) >= RANKS.index(before.state)


@given(programs(), HISTORIES, contributions(ContributionStatus.ACCEPTED), LEAVES, DAYS)
def test_one_more_accepted_contribution_never_worsens_a_standing(
    rules: Policy, history: list[Done], one: Done, away: list[Leave], on: date
) -> None:
    more = [*(other for other in history if other.id != one.id), one]
    before = told_of(rules, more[:-1], away, on)
    assert no_worse(before, told_of(rules, more, away, on))


@given(programs(), HISTORIES, LEAVES, DAYS, st.data())
def test_accepting_what_waits_never_worsens_a_standing(
    rules: Policy, history: list[Done], away: list[Leave], on: date, data: st.DataObject
) -> None:
    waiting = [one for one in history if one.status is ContributionStatus.PENDING]
    chosen = data.draw(st.sampled_from(waiting)) if waiting else None
    accepted = [
        replace(one, status=ContributionStatus.ACCEPTED) if one is chosen else one
        for one in history
    ]
    before = told_of(rules, history, away, on)
    assert no_worse(before, told_of(rules, accepted, away, on))


def by_share_and_capped(at_most: int, within: str) -> dict[str, ContributionType]:
    shared = ContributionType(
        "Shared", Area.EVENTS, points=3, caps=(Cap(at_most, within),), counting=Counting.SPLIT
    )
    return dict.fromkeys(CODES, shared)


@given(
    programs(st.builds(by_share_and_capped, st.integers(1, 3), st.sampled_from(["P1M", "P1Y"]))),
    HISTORIES,
    contributions(ContributionStatus.ACCEPTED),
    LEAVES,
    DAYS,
)
def test_what_comes_last_never_worsens_a_standing_even_with_caps_and_shares(
    rules: Policy, history: list[Done], one: Done, away: list[Leave], on: date
) -> None:
    """A small share recorded for an early day may keep a later, larger one out of a cap."""
    earlier = [other for other in history if other.last < one.first and other.id != one.id]
    before = told_of(rules, earlier, away, on)
    assert no_worse(before, told_of(rules, [*earlier, one], away, on))


@given(programs(), HISTORIES, LEAVES, DAYS, st.randoms(use_true_random=False))
def test_neither_the_order_nor_a_second_time_changes_anything(
    rules: Policy,
    history: list[Done],
    away: list[Leave],
    on: date,
    random: Random,
) -> None:
    told = told_of(rules, history, away, on)
    assert told_of(rules, history, away, on) == told
    shuffled = random.sample(history, len(history))
    assert told_of(rules, shuffled, away[::-1], on) == told


@given(programs(), HISTORIES, LEAVES, DAYS)
def test_each_contribution_counts_or_says_why_not(
    rules: Policy, history: list[Done], away: list[Leave], on: date
) -> None:
    told = told_of(rules, history, away, on)
    ids = sorted(one.id for one in history)
    for group in told.groups:
        for judged in group.conditions:
            assert sorted([*judged.counted_ids, *(other.id for other in judged.others)]) == ids
            assert not (judged.met and judged.failed)
    assert bool(told.missing) is not told.met
    assert told.met == (told.state is State.MET) or told.state is State.ON_LEAVE


@given(programs(), HISTORIES, LEAVES, DAYS)
def test_it_is_met_on_each_day_until_what_is_met_runs_out(
    rules: Policy, history: list[Done], away: list[Leave], on: date
) -> None:
    """On a future day, nothing else has happened: the day that is told is the day that comes."""
    history = [one for one in history if max(one.last, one.recorded_on) <= on]
    told = told_of(rules, history, away, on)
    ends = TENURE.last if rules.tenure and rules.tenure.clock is not Clock.NONE else None
    if not told.met or told.due_on is None or (ends and told.due_on >= ends):
        return
    assert told.due_on > on
    assert told_of(rules, history, away, told.due_on - timedelta(days=1)).met
    due = told_of(rules, history, away, told.due_on)
    assert not due.met
    assert not due.failed
    assert told_of(rules, history, away, told.due_on + timedelta(days=1)).failed
