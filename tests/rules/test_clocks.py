"""When tenures begin and end on each clock, for every day and over chains of them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.clocks import Period, first_period, next_period
from domain.rules.policy_tenure import Clock, Cycle, TenureRules

DAY = timedelta(days=1)

YEARLY = TenureRules(clock=Clock.ANNIVERSARY, length="P1Y")
# GraphQL, apply.mdx: cohorts in September, December, March and June, each for a year.
QUARTERS = ("03-01", "06-01", "09-01", "12-01")
GRAPHQL = TenureRules(clock=Clock.COHORT, length="P1Y", starts=QUARTERS)
HALVES = TenureRules(clock=Clock.COHORT, length="P6M", starts=("03-01", "09-01"))
# "Magento Ambassador Programme": a cycle from 1 February to 31 December.
MAGENTO = TenureRules(clock=Clock.CALENDAR, cycle=Cycle("02-01", "12-31"))
SCHOOL = TenureRules(clock=Clock.CALENDAR, cycle=Cycle("09-15", "06-30"))
MARCH = TenureRules(clock=Clock.CALENDAR, cycle=Cycle("03-01", "02-28"))
OPEN = TenureRules(clock=Clock.NONE)
CLOCKS = [YEARLY, GRAPHQL, HALVES, MAGENTO, SCHOOL, MARCH, OPEN]


def period(first: str, last: str | None) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last) if last else None)


def begun(rules: TenureRules, joined_on: str) -> Period:
    return first_period(rules, date.fromisoformat(joined_on))


def chain(rules: TenureRules, joined_on: date, length: int = 30) -> list[Period]:
    periods = [first_period(rules, joined_on)]
    while len(periods) < length and (following := next_period(rules, periods[-1])):
        periods.append(following)
    return periods


def whole(made: Period) -> tuple[date, date]:
    assert made.last is not None
    return made.first, made.last


FOUR_YEARS = [date(2024, 1, 1) + offset * DAY for offset in range(1461)]


def test_an_anniversary_tenure_ends_the_day_before_the_anniversary() -> None:
    assert (FOUR_YEARS[0], FOUR_YEARS[-1]) == (date(2024, 1, 1), date(2027, 12, 31))
    for joined_on in FOUR_YEARS:
        made = first_period(YEARLY, joined_on)
        first, last = whole(made)
        assert first == joined_on
        anniversary = last + DAY
        assert anniversary.year == joined_on.year + 1
        if (joined_on.month, joined_on.day) == (2, 29):
            assert last == date(joined_on.year + 1, 2, 28)
        else:
            assert (anniversary.month, anniversary.day) == (joined_on.month, joined_on.day)


def test_anniversaries_are_chained_for_every_day_of_four_years() -> None:
    for joined_on in FOUR_YEARS:
        made = chain(YEARLY, joined_on, 6)
        for earlier, later in pairwise(made):
            assert later.first == whole(earlier)[1] + DAY
        expected = f"{joined_on:%m-%d}".replace("02-29", "03-01")
        assert {f"{later.first:%m-%d}" for later in made[1:]} == {expected}


def test_the_tenures_of_somebody_accepted_on_11_january_2025() -> None:
    # AsyncAPI, AMBASSADOR_PROGRAM.md
    made = chain(YEARLY, date(2025, 1, 11), 3)
    assert made == [
        period("2025-01-11", "2026-01-10"),
        period("2026-01-11", "2027-01-10"),
        period("2027-01-11", "2028-01-10"),
    ]


def test_the_tenures_of_somebody_who_joins_on_29_february() -> None:
    # RULES.md, "Tenure": chained, not anchored; the next leap year makes no 29 February again.
    made = chain(YEARLY, date(2024, 2, 29), 6)
    assert made[0] == period("2024-02-29", "2025-02-28")
    assert made[1] == period("2025-03-01", "2026-02-28")
    assert made[2] == period("2026-03-01", "2027-02-28")
    assert made[3] == period("2027-03-01", "2028-02-29")
    assert made[4] == period("2028-03-01", "2029-02-28")


@pytest.mark.parametrize(
    ("length", "first", "last"),
    [
        ("P6M", "2025-08-31", "2026-02-28"),
        ("P18M", "2025-01-11", "2026-07-10"),
        ("P2Y", "2023-11-01", "2025-10-31"),
        ("P1M", "2024-01-30", "2024-02-29"),
    ],
)
def test_an_anniversary_tenure_lasts_for_its_length(length: str, first: str, last: str) -> None:
    rules = TenureRules(clock=Clock.ANNIVERSARY, length=length)
    assert begun(rules, first) == period(first, last)


@pytest.mark.parametrize(
    ("rules", "joined_on", "last"),
    [
        (GRAPHQL, "2025-03-01", "2026-02-28"),
        (GRAPHQL, "2025-04-15", "2026-02-28"),
        (GRAPHQL, "2025-05-31", "2026-02-28"),
        (GRAPHQL, "2025-06-01", "2026-05-31"),
        (GRAPHQL, "2025-11-30", "2026-08-31"),
        (GRAPHQL, "2025-12-01", "2026-11-30"),
        (GRAPHQL, "2026-01-10", "2026-11-30"),
        (GRAPHQL, "2026-02-28", "2026-11-30"),
        (GRAPHQL, "2027-03-01", "2028-02-29"),
        (HALVES, "2025-02-28", "2025-02-28"),
        (HALVES, "2025-03-01", "2025-08-31"),
        (HALVES, "2025-09-01", "2026-02-28"),
        (TenureRules(clock=Clock.COHORT, length="P2Y", starts=("11-01",)), "2025-02-03", None),
    ],
)
def test_who_joins_between_two_terms_belongs_to_the_one_that_began_last(
    rules: TenureRules, joined_on: str, last: str | None
) -> None:
    assert begun(rules, joined_on) == period(joined_on, last or "2026-10-31")


def test_the_starts_of_terms_come_in_any_order() -> None:
    shuffled = TenureRules(clock=Clock.COHORT, length="P1Y", starts=tuple(reversed(QUARTERS)))
    for joined_on in FOUR_YEARS[:366]:
        assert first_period(shuffled, joined_on) == first_period(GRAPHQL, joined_on)


def test_terms_follow_each_other_on_the_days_of_their_cohort() -> None:
    made = chain(GRAPHQL, date(2025, 4, 15), 3)
    assert made == [
        period("2025-04-15", "2026-02-28"),
        period("2026-03-01", "2027-02-28"),
        period("2027-03-01", "2028-02-29"),
    ]
    halves = chain(HALVES, date(2025, 4, 15), 3)
    assert halves[1:] == [period("2025-09-01", "2026-02-28"), period("2026-03-01", "2026-08-31")]


@pytest.mark.parametrize(
    ("rules", "joined_on", "first", "last"),
    [
        (MAGENTO, "2026-02-01", "2026-02-01", "2026-12-31"),
        (MAGENTO, "2026-05-20", "2026-05-20", "2026-12-31"),
        (MAGENTO, "2026-12-31", "2026-12-31", "2026-12-31"),
        (MAGENTO, "2027-01-01", "2027-02-01", "2027-12-31"),
        (MAGENTO, "2027-01-31", "2027-02-01", "2027-12-31"),
        (SCHOOL, "2026-09-14", "2026-09-15", "2027-06-30"),
        (SCHOOL, "2026-09-15", "2026-09-15", "2027-06-30"),
        (SCHOOL, "2027-01-07", "2027-01-07", "2027-06-30"),
        (SCHOOL, "2027-07-01", "2027-09-15", "2028-06-30"),
        (MARCH, "2024-02-29", "2024-02-29", "2024-02-29"),
        (MARCH, "2023-03-01", "2023-03-01", "2024-02-29"),
        (MARCH, "2024-03-01", "2024-03-01", "2025-02-28"),
    ],
)
def test_a_calendar_tenure_ends_with_its_cycle_and_waits_for_the_next(
    rules: TenureRules, joined_on: str, first: str, last: str
) -> None:
    assert begun(rules, joined_on) == period(first, last)


def test_cycles_follow_each_other() -> None:
    made = chain(MAGENTO, date(2026, 5, 20), 3)
    assert made == [
        period("2026-05-20", "2026-12-31"),
        period("2027-02-01", "2027-12-31"),
        period("2028-02-01", "2028-12-31"),
    ]


def test_without_a_clock_a_tenure_is_open_and_nothing_follows() -> None:
    assert chain(OPEN, date(2025, 1, 11)) == [period("2025-01-11", None)]


def test_after_a_change_of_the_clock_the_next_tenure_is_the_first_on_the_new_one() -> None:
    old = begun(YEARLY, "2025-01-11")
    assert next_period(GRAPHQL, old) == period("2026-01-11", "2026-11-30")
    assert next_period(MAGENTO, old) == period("2026-02-01", "2026-12-31")
    assert next_period(OPEN, old) == period("2026-01-11", None)
    assert next_period(YEARLY, begun(OPEN, "2025-01-11")) is None


GAPLESS = st.one_of(
    st.from_regex(r"\AP[1-9][0-9]?[MY]\Z").map(
        lambda length: TenureRules(clock=Clock.ANNIVERSARY, length=length)
    ),
    st.sampled_from([GRAPHQL, HALVES, MARCH]),
    st.tuples(
        st.from_regex(r"\AP[1-3]Y\Z"),
        st.lists(st.dates().map(lambda day: f"{day:%m-%d}"), min_size=1, max_size=6, unique=True),
    ).map(
        lambda made: TenureRules(
            clock=Clock.COHORT,
            length=made[0],
            starts=tuple("02-28" if start == "02-29" else start for start in made[1]),
        )
    ),
)


@given(GAPLESS, st.dates(date(1600, 1, 1), date(6000, 1, 1)))
def test_consecutive_tenures_neither_overlap_nor_leave_a_gap(
    rules: TenureRules, joined_on: date
) -> None:
    made = chain(rules, joined_on)
    assert len(made) == 30
    assert made[0].first == joined_on
    for earlier, later in pairwise(made):
        first, last = whole(earlier)
        assert first <= last
        assert later.first == last + DAY


@given(st.sampled_from([MAGENTO, SCHOOL]), st.dates(date(1600, 1, 1), date(8000, 1, 1)))
def test_between_cycles_there_is_a_gap_and_never_an_overlap(
    rules: TenureRules, joined_on: date
) -> None:
    made = chain(rules, joined_on)
    assert len(made) == 30
    assert rules.cycle is not None
    for earlier, later in pairwise(made):
        assert f"{whole(earlier)[1]:%m-%d}" == rules.cycle.last
        assert f"{later.first:%m-%d}" == rules.cycle.first
        assert timedelta(days=30) < later.first - whole(earlier)[1] < timedelta(days=80)


@given(st.sampled_from(CLOCKS), st.dates())
def test_a_tenure_holds_the_day_of_joining_or_begins_after_it(
    rules: TenureRules, joined_on: date
) -> None:
    made = first_period(rules, joined_on)
    assert made.first >= joined_on
    assert made.last is None or made.first <= made.last
    if rules.clock is not Clock.CALENDAR:
        assert made.first == joined_on


@pytest.mark.parametrize("rules", CLOCKS)
@pytest.mark.parametrize("edge", [date.min, date.max])
def test_at_the_edges_of_the_calendar_tenures_end_with_it(rules: TenureRules, edge: date) -> None:
    for offset in range(800):
        day = edge + offset * (DAY if edge == date.min else -DAY)
        made = chain(rules, day, 5)
        assert made[0].first >= day
        for earlier, later in pairwise(made):
            assert whole(earlier)[1] < later.first <= (later.last or date.max)
    if rules.clock is not Clock.NONE:
        assert first_period(rules, date.max) == Period(date.max, date.max)
        assert next_period(rules, Period(date.max, date.max)) is None
