"""Standings: the real documents' examples, the days on which they change, and what always holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.rules.candidates import Done, Why
from domain.rules.clocks import Period
from domain.rules.leaves import Leave
from domain.rules.policy_contributions import Area
from domain.rules.policy_tenure import Clock, Condition, Measure, Needs
from domain.rules.standings import Standing, State, standing
from tests.rules.tenure_made import TYPES, done, kind, numbers, policy, stands, year_from

ASYNCAPI = policy()
"""Four contributions of any kind in a year from the day of acceptance."""

TENURE = year_from("2025-01-11")
STUDENTS = policy(
    {
        "merged": Condition(Measure.CONTRIBUTIONS, 3, types=("merged_pull_request",)),
        "any": Condition(Measure.CONTRIBUTIONS, 3),
    },
    needs=Needs.ANY,
)
MAGENTO = policy({"one": Condition(Measure.CONTRIBUTIONS, 1, within="P6M")}, clock=Clock.NONE)


@pytest.mark.parametrize(
    "types",
    [
        ("article", "article", "article", "initiative"),
        ("talk", "article", "article", "initiative"),
    ],
)
def test_asyncapi_ambassador_program_md_examples_in_eight_months(types: Sequence[str]) -> None:
    contributions = [
        done(number, f"2025-{2 * number:02}-15", type) for number, type in enumerate(types, start=1)
    ]
    told = stands(ASYNCAPI, TENURE, contributions, "2025-09-10")
    assert (told.state, told.missing, told.due_on) == (State.MET, (), date(2026, 1, 10))
    assert told.consumes == {UUID(int=number) for number in (1, 2, 3, 4)}
    # "You are an ambassador for the whole year."
    assert stands(ASYNCAPI, TENURE, contributions, "2026-01-10").met


def test_asyncapi_ambassador_program_md_accepted_on_5_may_2022() -> None:
    """What came before 5 May 2022 admitted them; on 5 May 2023, only what came after is checked."""
    tenure = year_from("2022-05-05")
    assert tenure.last == date(2023, 5, 4)
    before = [done(number, f"2022-0{number}-01", evidence=number < 3) for number in (1, 2, 3, 4)]
    checked = stands(ASYNCAPI, tenure, before, "2023-05-05")
    assert checked.state is State.NOT_RECORDED
    after = [done(number, f"2022-{number:02}-06") for number in (5, 7, 9, 11)]
    assert stands(ASYNCAPI, tenure, [*before, *after], "2023-05-05").state is State.MET
    checked = stands(ASYNCAPI, tenure, [*before, *after[:3]], "2023-05-05")
    assert checked.state is State.NOT_MET
    assert checked.missing == ("1 more contribution by 4 May 2023, which has passed",)


def test_asyncapi_from_11_january_2025_to_10_january_2026_three_of_four_one_awaiting() -> None:
    contributions = [
        *(done(number, f"2025-0{number}-20") for number in (1, 2, 3)),
        done(4, "2025-05-01", status="pending"),
        done(5, "2025-05-02", status="declined"),
    ]
    told = stands(ASYNCAPI, TENURE, contributions, "2025-06-01")
    judged = told.groups[0].conditions[0]
    assert (told.state, judged.needed, judged.counted, judged.awaiting) == ("on_track", 4, 3, 1)
    assert numbers(judged.counted_ids) == [1, 2, 3]
    assert [(other.id.int, other.why) for other in judged.others] == [
        (4, Why.PENDING),
        (5, Why.DECLINED),
    ]
    assert told.missing == ("1 more contribution by 10 January 2026, 1 awaits review",)
    assert told.due_on == date(2026, 1, 10)
    assert numbers(told.awaiting) == [4]


def test_asyncapi_students_three_merged_pull_requests_or_three_contributions() -> None:
    merged = [done(n, f"2025-02-0{n}", "merged_pull_request") for n in (1, 2, 3)]
    others = [done(n, f"2025-03-0{n}", "article") for n in (4, 5, 6)]
    assert stands(STUDENTS, TENURE, merged, "2025-12-01").met
    assert stands(STUDENTS, TENURE, others, "2025-12-01").met
    assert stands(STUDENTS, TENURE, [merged[0], *others[:2]], "2025-12-01").met
    told = stands(STUDENTS, TENURE, others[:2], "2025-03-10")
    assert told.missing == (
        "3 more contributions (Merged pull request) or 1 more contribution by 10 January 2026",
    )


def test_graphql_four_tasks_in_a_term_and_the_same_task_may_repeat() -> None:
    """graphql.github.io, community/ambassadors/apply.mdx; a term from September to August."""
    term = Period(date(2025, 9, 1), date(2026, 8, 31))
    tasks = [done(n, f"2025-{n:02}-15", "talk") for n in (9, 10, 11, 12)]
    rules = policy(clock=Clock.COHORT)
    assert stands(rules, term, tasks, "2026-08-31").met
    assert not stands(rules, term, tasks[:3], "2026-08-31").met


def test_magento_at_least_one_contribution_in_any_six_months() -> None:
    membership = Period(date(2026, 2, 1), None)

    def state(on: str, *contributions: Done) -> State:
        return stands(MAGENTO, membership, contributions, on).state

    # First judged six months after joining, though nothing was ever done.
    early = done(1, "2026-02-02", status="declined")
    assert state("2026-07-31", early) is State.AT_RISK
    assert state("2026-08-01", early) is State.NOT_MET
    # From then on, no six months without one.
    first, second = done(1, "2026-05-10"), done(2, "2026-11-10")
    assert state("2026-11-09", first) is State.MET
    assert state("2026-11-10", first) is State.AT_RISK
    assert state("2026-11-11", first) is State.NOT_MET
    assert state("2026-11-11", first, second) is State.MET
    assert stands(MAGENTO, membership, [first], "2026-05-10").due_on == date(2026, 11, 10)
    assert stands(MAGENTO, membership, [first], "2026-11-10").missing == (
        "1 more contribution by 10 November 2026",
    )


def test_magento_who_joins_late_in_a_cycle_is_not_judged_at_its_end() -> None:
    rules = policy({"one": Condition(Measure.CONTRIBUTIONS, 1, within="P6M")}, clock=Clock.CALENDAR)
    late, early = Period(date(2026, 10, 1), date(2026, 12, 31)), date(2026, 2, 1)
    declined = [done(1, "2026-10-02", status="declined")]
    assert stands(rules, late, declined, "2026-12-01").state is State.ON_TRACK
    assert stands(rules, late, declined, "2027-01-01").state is State.MET
    period = Period(early, late.last)
    assert stands(rules, period, declined, "2027-01-01").state is State.NOT_MET
    # In between it fails too; it is the end that decides.
    assert stands(rules, period, [done(1, "2026-02-01")], "2026-08-15").state is State.NOT_MET


def test_nothing_recorded_is_told_apart_from_not_met() -> None:
    graced = policy(grace="P30D")
    outside = [done(1, "2025-01-10"), done(2, "2026-02-10"), done(3, "2024", evidence=True)]
    for on in ("2025-02-01", "2025-12-31", "2026-01-11", "2026-03-01"):
        told = stands(graced, TENURE, outside, on)
        assert (told.state, told.recorded) == (State.NOT_RECORDED, False)
    assert told.missing == ("4 more contributions by 10 January 2026, which has passed",)
    declined = [done(1, "2025-01-11", status="declined")]
    assert stands(graced, TENURE, declined, "2026-03-01").state is State.NOT_MET


@pytest.mark.parametrize(
    ("at_risk", "on", "state"),
    [
        (("P90D", "P14D"), "2025-10-11", State.ON_TRACK),
        (("P90D", "P14D"), "2025-10-12", State.AT_RISK),
        (("P1M",), "2025-12-09", State.ON_TRACK),
        (("P1M",), "2025-12-10", State.AT_RISK),
        (("P1M",), "2026-01-10", State.AT_RISK),
        ((), "2025-10-10", State.ON_TRACK),
        ((), "2025-10-11", State.AT_RISK),
        (("P1M",), "2026-01-11", State.NOT_MET),
    ],
)
def test_at_risk_from_the_first_reminder_on_or_in_the_last_quarter(
    at_risk: tuple[str, ...], on: str, state: State
) -> None:
    one = [done(1, "2025-01-11")]
    assert stands(policy(at_risk=at_risk), TENURE, one, on).state is state


def test_on_leave_says_so_and_tells_the_rest_as_it_is() -> None:
    away = [Leave(date(2025, 3, 1), date(2025, 3, 31))]
    contributions = [done(n, f"2025-02-0{n}") for n in (1, 2, 3, 4)]
    for on, state in (("02-28", "met"), ("03-01", "on_leave"), ("03-31", "on_leave")):
        told = standing(
            ASYNCAPI, TENURE, TENURE.first, contributions, away, date.fromisoformat(f"2025-{on}")
        )
        assert (told.state, told.met) == (state, True)
    back = standing(ASYNCAPI, TENURE, TENURE.first, contributions, away, date(2025, 4, 1))
    assert back.state is State.MET


GRACED = policy(grace="P30D")


def test_what_was_made_in_grace_serves_the_old_tenure_until_it_is_met() -> None:
    three = [done(n, f"2025-0{n}-20") for n in (1, 2, 3)]
    grace = [done(4, "2026-01-15"), done(5, "2026-01-16")]
    told = stands(GRACED, TENURE, three, "2026-01-11")
    assert (told.state, told.grace_until) == (State.IN_GRACE, date(2026, 2, 9))
    assert told.missing == ("1 more contribution by 9 February 2026",)
    assert stands(GRACED, TENURE, [*three, *grace], "2026-01-14").state is State.IN_GRACE
    told = stands(GRACED, TENURE, [*three, *grace], "2026-01-20")
    assert (told.state, told.met_on) == (State.MET, date(2026, 1, 15))
    assert [id.int for id in sorted(told.consumes)] == [1, 2, 3, 4]
    (other,) = told.groups[0].conditions[0].others
    assert (other.id.int, other.why) == (5, Why.NEXT_TENURE)
    # In the next tenure, the one that was used does not count again.
    used = [replace(one, used_by=UUID(int=901)) for one in (*three, grace[0])]
    following = stands(GRACED, year_from("2026-01-11"), [*used, grace[1]], "2026-02-01")
    assert numbers(following.groups[0].conditions[0].counted_ids) == [5]


def test_who_met_it_in_time_keeps_what_was_made_in_grace_for_the_next_tenure() -> None:
    four = [done(n, f"2025-0{n}-20") for n in (1, 2, 3, 4)]
    told = stands(GRACED, TENURE, [*four, done(5, "2026-01-15")], "2026-01-20")
    assert (told.met_on, len(told.consumes)) == (date(2026, 1, 11), 4)


def test_grace_takes_only_what_is_still_missing() -> None:
    rules = policy(
        {
            "two": Condition(Measure.CONTRIBUTIONS, 2),
            "talk": Condition(Measure.CONTRIBUTIONS, 1, types=("talk",)),
        },
        grace="P30D",
    )
    two = [done(1, "2025-02-01"), done(2, "2025-02-02")]
    late = [done(3, "2026-01-15"), done(4, "2026-01-16", "talk"), done(5, "2026-01-17", "talk")]
    told = stands(rules, TENURE, [*two, *late], "2026-01-20")
    assert told.met_on == date(2026, 1, 16)
    assert sorted(id.int for id in told.consumes) == [1, 2, 4]


def test_what_comes_after_the_grace_is_too_late() -> None:
    three = [done(n, f"2025-0{n}-20") for n in (1, 2, 3)]
    last_day, too_late = done(4, "2026-02-09"), done(5, "2026-02-10")
    assert stands(GRACED, TENURE, [*three, last_day], "2026-03-01").state is State.MET
    assert stands(GRACED, TENURE, [*three, too_late], "2026-03-01").state is State.NOT_MET
    assert stands(policy(), TENURE, [*three, last_day], "2026-02-09").state is State.NOT_MET


def test_what_waits_for_a_review_in_grace_is_awaited_while_something_is_missing() -> None:
    three = [done(n, f"2025-0{n}-20") for n in (1, 2, 3)]
    waiting = done(4, "2026-01-15", status="pending")
    told = stands(GRACED, TENURE, [*three, waiting], "2026-01-20")
    assert numbers(told.awaiting) == [4]
    four = [*three, done(5, "2025-05-05")]
    assert stands(GRACED, TENURE, [*four, waiting], "2026-01-20").awaiting == ()


def test_a_rolling_condition_is_judged_at_the_end_and_made_up_for_in_grace() -> None:
    rules = policy({"one": Condition(Measure.CONTRIBUTIONS, 1, within="P30D")}, grace="P30D")
    early = [done(1, "2025-12-11")]
    assert stands(rules, TENURE, early, "2025-12-20").met
    # The thirty days that end with the tenure begin on 12 December.
    assert stands(rules, TENURE, early, "2026-01-11").state is State.IN_GRACE
    told = stands(rules, TENURE, [*early, done(2, "2026-01-15")], "2026-02-09")
    assert (told.met, told.met_on, told.consumes) == (True, date(2026, 1, 15), frozenset())


def test_an_open_ended_membership_has_its_grace_when_it_fails() -> None:
    rules = policy(
        {"one": Condition(Measure.CONTRIBUTIONS, 1, within="P6M")}, clock=Clock.NONE, grace="P1M"
    )
    membership, one = Period(date(2026, 1, 1), None), done(1, "2026-02-10")

    def told(on: str, *more: Done) -> Standing:
        return stands(rules, membership, [one, *more], on)

    assert told("2026-08-11").state is State.IN_GRACE
    assert told("2026-08-11").missing == ("1 more contribution by 10 September 2026",)
    assert told("2026-09-10").state is State.IN_GRACE
    assert told("2026-09-11").state is State.NOT_MET
    assert told("2026-09-11", done(2, "2026-09-10")).state is State.MET


def test_without_a_requirement_it_is_met() -> None:
    rules = replace(ASYNCAPI, requirement=None)
    told = stands(rules, TENURE, [done(1, "2025-02-01", status="pending")], "2026-01-11")
    assert (told.state, told.due_on, told.awaiting) == (State.MET, None, ())


def test_without_rules_of_tenure_a_requirement_is_judged_since_joining() -> None:
    rules = replace(ASYNCAPI, tenure=None)
    contributions = [done(1, "2024-12-31"), done(2, "2025-01-01")]
    told = standing(rules, None, date(2025, 1, 1), contributions, [], date(2035, 1, 1))
    assert (told.state, told.due_on) == (State.ON_TRACK, None)
    assert told.missing == ("3 more contributions",)


def test_partial_dates_mark_the_standing_only_where_they_matter() -> None:
    inside, across = done(1, "2025-03"), done(2, "2025-01")
    assert not stands(ASYNCAPI, TENURE, [inside], "2025-12-01").approximate
    told = stands(ASYNCAPI, TENURE, [across], "2025-12-01")
    assert told.approximate
    assert numbers(told.groups[0].conditions[0].counted_ids) == [2]
    talks = policy({"talk": Condition(Measure.CONTRIBUTIONS, 1, types=("talk",))})
    assert not stands(talks, TENURE, [across], "2025-12-01").approximate


def test_words_for_points_types_areas_and_shares() -> None:
    rules = policy(
        {
            "points": Condition(Measure.POINTS, 20),
            "types": Condition(Measure.DISTINCT_TYPES, 2),
            "area": Condition(Measure.CONTRIBUTIONS, 1, areas=(Area.EVENTS, Area.CODE)),
            "half": Condition(Measure.CONTRIBUTIONS, 1, types=("half",)),
            "rolling": Condition(
                Measure.CONTRIBUTIONS, 2, types=("talk", "article", "initiative"), within="P6M"
            ),
        },
        types={**TYPES, "half": kind("Half", split=True)},
    )
    contributions = [done(1, "2025-02-01", "half", participants=2), done(2, "2025-02-01", "half2")]
    told = stands(rules, TENURE, contributions, "2025-03-01")
    assert told.missing == (
        "20 more points by 10 January 2026"
        " and 1 more type of contribution by 10 January 2026"
        " and 1 more contribution (in events or code) by 10 January 2026"
        " and 0.50 more contributions (Half) by 10 January 2026"
        " and 2 more contributions (Talk, Article or Initiative) by 10 July 2025",
    )
    assert told.due_on == date(2025, 7, 10)
