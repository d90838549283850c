"""What leaves do to tenures and rolling windows, checked against counting days one by one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules import stretches
from domain.rules.clocks import Period, first_period
from domain.rules.leaves import Leave, days_within, extended, is_away, merged, reach, stretched
from domain.rules.policy_tenure import Clock, Cycle, TenureRules

DAY = timedelta(days=1)
YEARLY = TenureRules(clock=Clock.ANNIVERSARY, length="P1Y")
FIXED = [
    TenureRules(clock=Clock.COHORT, length="P1Y", starts=("03-01",)),
    TenureRules(clock=Clock.CALENDAR, cycle=Cycle("02-01", "12-31")),
    TenureRules(clock=Clock.NONE),
]


def leave(first: str, last: str | None) -> Leave:
    return Leave(date.fromisoformat(first), date.fromisoformat(last) if last else None)


def period(first: str, last: str | None) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last) if last else None)


TENURE = period("2025-01-11", "2026-01-10")


@pytest.mark.parametrize(
    ("leaves", "together"),
    [
        ([], []),
        ([("2025-03-01", "2025-03-31")], [("2025-03-01", "2025-03-31")]),
        (
            [("2025-03-20", "2025-04-10"), ("2025-03-01", "2025-03-31")],
            [("2025-03-01", "2025-04-10")],
        ),
        (
            [("2025-03-01", "2025-03-31"), ("2025-03-05", "2025-03-06")],
            [("2025-03-01", "2025-03-31")],
        ),
        (
            [("2025-03-01", "2025-03-31"), ("2025-04-01", "2025-04-02")],
            [("2025-03-01", "2025-04-02")],
        ),
        (
            [("2025-03-01", "2025-03-31"), ("2025-04-02", "2025-04-02")],
            [("2025-03-01", "2025-03-31"), ("2025-04-02", "2025-04-02")],
        ),
        ([("2025-03-01", None), ("2025-06-01", "2025-06-30")], [("2025-03-01", None)]),
        ([("2025-06-01", None), ("2025-03-01", "2025-05-31")], [("2025-03-01", None)]),
        ([("2025-03-02", "2025-03-01")], []),
        ([("0001-01-01", "0001-01-02"), ("9999-12-31", None)],) * 2,
        ([("2025-01-01", "9999-12-31")], [("2025-01-01", None)]),
    ],
)
def test_leaves_come_together(
    leaves: list[tuple[str, str | None]], together: list[tuple[str, str | None]]
) -> None:
    assert merged(leave(*one) for one in leaves) == tuple(leave(*one) for one in together)


@pytest.mark.parametrize(
    ("leaves", "last"),
    [
        ([], "2026-01-10"),
        ([("2025-03-01", "2025-03-31")], "2026-02-10"),
        ([("2025-03-01", "2025-03-31"), ("2025-03-15", "2025-04-10")], "2026-02-20"),
        ([("2025-03-01", "2025-03-31"), ("2025-08-01", "2025-08-01")], "2026-02-11"),
        # It begins before the tenure: only the days in it count.
        ([("2024-12-01", "2025-01-20")], "2026-01-20"),
        ([("2024-12-01", "2025-01-10")], "2026-01-10"),
        # Six days lie before the end; on the return six are left.
        ([("2026-01-05", "2026-01-20")], "2026-01-26"),
        ([("2026-01-10", "2026-01-10")], "2026-01-11"),
        ([("2026-01-11", "2026-01-20")], "2026-01-10"),
        # The first one moves the end, so that the second lies within the tenure.
        ([("2025-03-01", "2025-03-31"), ("2026-02-01", "2026-02-05")], "2026-02-15"),
        ([("2025-03-01", "2025-03-31"), ("2026-02-11", "2026-02-15")], "2026-02-10"),
        ([("2025-03-01", None)], None),
        ([("2026-01-11", None)], "2026-01-10"),
        ([("2025-03-01", "2025-03-31"), ("2026-02-10", None)], None),
        ([("2025-03-01", "2025-02-01")], "2026-01-10"),
    ],
)
def test_a_leave_moves_the_end_of_an_anniversary_tenure(
    leaves: list[tuple[str, str | None]], last: str | None
) -> None:
    made = extended(YEARLY, TENURE, [leave(*one) for one in leaves])
    assert made == period("2025-01-11", last)


@pytest.mark.parametrize("rules", FIXED)
def test_no_other_clock_is_stopped(rules: TenureRules) -> None:
    made = first_period(rules, date(2025, 4, 15))
    assert extended(rules, made, [leave("2025-05-01", "2025-05-31")]) == made
    assert extended(rules, made, [leave("2025-05-01", None)]) == made


def test_what_is_open_stays_open() -> None:
    assert stretched(period("2025-01-11", None), [leave("2025-03-01", "2025-03-31")]) == period(
        "2025-01-11", None
    )


@pytest.mark.parametrize(
    ("leaves", "first"),
    [
        ([], "2026-02-01"),
        ([("2026-08-01", None)], "2026-02-01"),
        # The stretch begins five days early, for its months may be longer elsewhere.
        ([("2026-04-01", "2026-04-30")], "2025-12-28"),
        ([("2026-04-01", "2026-04-30"), ("2026-04-11", "2026-05-10")], "2025-12-18"),
        ([("2026-04-01", "2026-04-30"), ("2025-12-01", "2025-12-26")], "2025-12-28"),
        ([("2026-04-01", "2026-04-30"), ("2025-12-01", "2025-12-27")], "2025-12-01"),
        ([("2026-07-22", None)], "2026-01-17"),
        ([("0001-01-01", None)], "0001-01-01"),
    ],
)
def test_a_rolling_window_reaches_back_over_leaves(
    leaves: list[tuple[str, str | None]], first: str
) -> None:
    made = reach("P6M", date(2026, 7, 31), [leave(*one) for one in leaves])
    assert made == date.fromisoformat(first)


NEAR = st.integers(0, 900).map(lambda offset: date(2024, 9, 1) + offset * DAY)
LEAVES = st.lists(
    st.builds(
        lambda first, days: Leave(first, None if days is None else first + days * DAY),
        NEAR,
        st.integers(-2, 90) | st.none(),
    ),
    max_size=6,
)
CLOSED = st.lists(
    st.builds(lambda first, days: Leave(first, first + days * DAY), NEAR, st.integers(-2, 90)),
    max_size=6,
)


def held(leaves: list[Leave], day: date) -> bool:
    return any(one.first <= day <= (one.last or date.max) for one in leaves)


@given(LEAVES, NEAR, st.integers(0, 400))
def test_each_day_of_leave_counts_once(leaves: list[Leave], first: date, length: int) -> None:
    days = [first + offset * DAY for offset in range(length + 1)]
    assert days_within(leaves, first, days[-1]) == sum(held(leaves, day) for day in days)
    assert is_away(leaves, first) == held(leaves, first)
    assert merged(leaves) == merged(reversed(merged(leaves)))
    assert all(held(list(merged(leaves)), day) == held(leaves, day) for day in days)


@given(CLOSED, NEAR)
def test_an_extended_tenure_has_as_many_days_at_work_as_it_had_days(
    leaves: list[Leave], joined_on: date
) -> None:
    whole = first_period(YEARLY, joined_on)
    made = extended(YEARLY, whole, leaves)
    assert whole.last
    assert made.last
    days = (whole.last - whole.first).days + 1
    at_work = [
        day
        for offset in range((made.last - made.first).days + 1)
        if not held(leaves, day := made.first + offset * DAY)
    ]
    assert len(at_work) == days
    # It ends on a day at work: a leave that begins after it moves nothing.
    assert at_work[-1] == made.last


@given(LEAVES, NEAR, st.from_regex(r"\A(P[1-9][0-9]?M|P[1-3]Y|P[1-9][0-9]{0,2}D)\Z"))
def test_nothing_before_its_reach_lies_in_a_window(
    leaves: list[Leave], on: date, within: str
) -> None:
    made = reach(within, on, leaves)
    for offset in range(1, 40):
        day = made - offset * DAY
        held_until = stretched(Period(day, stretches.end(within, day)), leaves).last
        # An open leave holds everything for good, and reaches back over itself.
        assert held_until is not None
        assert held_until < on
    days = [made + offset * DAY for offset in range((on - made).days + 1)]
    at_work = sum(not held(leaves, day) for day in days)
    assert 0 <= at_work - (on - stretches.begin(within, on)).days - 1 <= 5


@given(LEAVES, LEAVES, NEAR)
def test_more_leave_never_ends_a_tenure_earlier_nor_shortens_a_reach(
    some: list[Leave], others: list[Leave], day: date
) -> None:
    whole = first_period(YEARLY, day)
    less, more = extended(YEARLY, whole, some), extended(YEARLY, whole, some + others)
    assert (less.last or date.max) <= (more.last or date.max)
    assert reach("P6M", day, some + others) <= reach("P6M", day, some)


@given(st.lists(st.builds(Leave, st.dates(), st.dates() | st.none()), max_size=4), st.dates())
def test_no_day_is_too_early_or_too_late(leaves: list[Leave], day: date) -> None:
    made = extended(YEARLY, first_period(YEARLY, day), leaves)
    assert made.first == day <= (made.last or date.max)
    assert reach("P999Y", day, leaves) <= day


@pytest.mark.parametrize("edge", [date.min, date.max])
def test_at_the_edges_of_the_calendar_nothing_is_raised(edge: date) -> None:
    whole = Period(edge, edge)
    always = Leave(date.min, None)
    assert extended(YEARLY, whole, [always]) == Period(edge, None)
    assert extended(YEARLY, whole, [Leave(edge, edge)]).first == edge
    assert reach("P1M", edge, [always]) == date.min
    assert reach("P1M", edge, [Leave(edge, edge)]) <= edge
    assert days_within([always, Leave(edge, edge)], edge, edge) == 1
    assert extended(YEARLY, whole, [Leave(date(1000, 1, 1), date(1000, 2, 1))]) == whole
