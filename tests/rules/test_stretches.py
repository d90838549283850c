"""How a policy's stretches of time are counted, backwards and forwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.stretches import after, before, begin, end

DAY = timedelta(days=1)
ALL_DAYS = st.dates()
DAYS = st.dates(date(1500, 1, 1), date(8000, 1, 1))
STRETCHES = st.from_regex(r"\AP[1-9][0-9]{0,2}[DWMY]\Z")


@pytest.mark.parametrize(
    ("within", "day", "first"),
    [
        ("P1Y", "2026-03-05", "2025-03-06"),
        ("P1Y", "2024-02-29", "2023-03-01"),
        ("P1Y", "2025-02-28", "2024-02-29"),
        ("P1Y", "2025-12-31", "2025-01-01"),
        ("P6M", "2026-06-30", "2025-12-31"),
        ("P1M", "2026-03-31", "2026-03-01"),
        ("P1M", "2024-03-31", "2024-03-01"),
        ("P1M", "2024-03-30", "2024-03-01"),
        ("P1M", "2026-02-28", "2026-01-29"),
        ("P1M", "2026-01-15", "2025-12-16"),
        ("P12M", "2026-03-05", "2025-03-06"),
        ("P1D", "2026-03-05", "2026-03-05"),
        ("P30D", "2026-03-30", "2026-03-01"),
        ("P2W", "2026-03-14", "2026-03-01"),
        ("P999Y", "0500-01-01", "0001-01-01"),
        ("P1M", "0001-01-31", "0001-01-01"),
        ("P999W", "0001-02-01", "0001-01-01"),
    ],
)
def test_a_stretch_begins_the_day_after_the_period_before(
    within: str, day: str, first: str
) -> None:
    assert begin(within, date.fromisoformat(day)) == date.fromisoformat(first)


@pytest.mark.parametrize(
    ("stretch", "day", "last"),
    [
        # AsyncAPI, AMBASSADOR_PROGRAM.md: accepted on 11 January 2025.
        ("P1Y", "2025-01-11", "2026-01-10"),
        ("P1Y", "2024-02-29", "2025-02-28"),
        ("P1Y", "2025-03-01", "2026-02-28"),
        ("P1Y", "2023-03-01", "2024-02-29"),
        ("P4Y", "2024-02-29", "2028-02-28"),
        ("P6M", "2025-08-31", "2026-02-28"),
        ("P6M", "2025-08-30", "2026-02-28"),
        ("P6M", "2025-08-29", "2026-02-28"),
        ("P6M", "2025-08-28", "2026-02-27"),
        ("P1M", "2025-03-31", "2025-04-30"),
        ("P1M", "2025-12-01", "2025-12-31"),
        ("P12M", "2025-12-02", "2026-12-01"),
        ("P1D", "2026-03-05", "2026-03-05"),
        ("P2W", "2026-02-20", "2026-03-05"),
        ("P1Y", "9999-01-01", "9999-12-31"),
        ("P1Y", "9999-01-02", "9999-12-31"),
        ("P999W", "9999-01-01", "9999-12-31"),
    ],
)
def test_a_stretch_ends_the_day_before_the_next_begins(stretch: str, day: str, last: str) -> None:
    assert end(stretch, date.fromisoformat(day)) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("stretch", "day", "earlier", "later"),
    [
        ("P60D", "2026-01-10", "2025-11-11", "2026-03-11"),
        ("P2W", "2026-01-10", "2025-12-27", "2026-01-24"),
        ("P1M", "2026-03-31", "2026-02-28", "2026-04-30"),
        ("P1M", "2026-02-28", "2026-01-28", "2026-03-31"),
        ("P1Y", "2024-02-29", "2023-02-28", "2025-02-28"),
        ("P1D", "0001-01-01", "0001-01-01", "0001-01-02"),
        ("P1M", "0001-01-31", "0001-01-01", "0001-02-28"),
        ("P1D", "9999-12-31", "9999-12-30", "9999-12-31"),
    ],
)
def test_a_day_lies_a_stretch_before_and_after(
    stretch: str, day: str, earlier: str, later: str
) -> None:
    assert before(stretch, date.fromisoformat(day)) == date.fromisoformat(earlier)
    assert after(stretch, date.fromisoformat(day)) == date.fromisoformat(later)


@given(DAYS, STRETCHES)
def test_an_end_is_the_last_day_whose_stretch_has_not_begun_later(day: date, stretch: str) -> None:
    last = end(stretch, day)
    assert begin(stretch, last) <= day < begin(stretch, last + DAY)


@given(ALL_DAYS, ALL_DAYS, STRETCHES)
def test_what_is_later_stays_later(one_day: date, other_day: date, stretch: str) -> None:
    earlier, later = sorted([one_day, other_day])
    for moved in (begin, end, before, after):
        assert moved(stretch, earlier) <= moved(stretch, later)
    assert before(stretch, later) <= begin(stretch, later) <= later
    assert earlier <= end(stretch, earlier) <= after(stretch, earlier)


@pytest.mark.parametrize("unit", "DWMY")
def test_every_unit_of_the_policy_is_understood(unit: str) -> None:
    day = date(2026, 3, 5)
    assert begin(f"P999{unit}", day) < day - 997 * DAY
    assert end(f"P999{unit}", day) > day + 997 * DAY
