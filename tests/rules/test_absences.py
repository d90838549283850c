"""Who may enter which days of a leave."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Forbidden, Invalid
from domain.rules.absences import Absence, back_on, check, over

TODAY = date(2026, 3, 3)
DAYS = st.integers(-20, 20).map(lambda n: TODAY + timedelta(days=n))


@st.composite
def absences(draw: st.DrawFn) -> Absence:
    first = draw(DAYS)
    length = draw(st.none() | st.integers(0, 20))
    return Absence(first, None if length is None else first + timedelta(days=length))


def days_over(absence: Absence | None) -> set[date]:
    """Day by day, which of the days before today belong to it."""
    before = [TODAY - timedelta(days=n) for n in range(1, 60)]
    return {day for day in before if absence is not None and absence.covers(day)}


@given(absences())
def test_what_is_over_is_what_lies_before_today(absence: Absence) -> None:
    assert days_over(over(absence, TODAY)) == days_over(absence)
    past = over(absence, TODAY)
    assert past is None or (past.last_day is not None and past.last_day < TODAY)


@given(st.none() | absences(), st.none() | absences())
def test_oneself_changes_nothing_that_is_over(
    before: Absence | None, after: Absence | None
) -> None:
    same = days_over(before) == days_over(after)
    try:
        check(before, after, TODAY, joined_on=None, reason="Because.", manages=False)
    except Forbidden:
        assert not same
    else:
        assert same


@given(st.none() | absences(), absences())
def test_a_manager_does_with_a_reason(before: Absence | None, after: Absence) -> None:
    check(before, after, TODAY, joined_on=None, reason="Because.", manages=True)
    if days_over(before) == days_over(after):
        check(before, after, TODAY, joined_on=None, reason=None, manages=True)
    else:
        with pytest.raises(Invalid) as refused:
            check(before, after, TODAY, joined_on=None, reason=None, manages=True)
        assert refused.value.faults[0].pointer == "/reason"


def test_nobody_is_away_before_they_joined() -> None:
    early = Absence(date(2026, 3, 9), None)
    check(None, early, TODAY, joined_on=date(2026, 3, 9), reason=None, manages=False)
    with pytest.raises(Invalid) as refused:
        check(None, early, TODAY, joined_on=date(2026, 3, 10), reason=None, manages=True)
    assert refused.value.faults[0].pointer == "/first_day"


@pytest.mark.parametrize(
    ("after", "on"),
    [
        (None, date(2026, 3, 3)),
        (Absence(date(2026, 2, 1), date(2026, 3, 2)), date(2026, 3, 3)),
        (Absence(date(2026, 2, 1), date(2026, 2, 10)), date(2026, 2, 11)),
        (Absence(date(2026, 4, 1), date(2026, 4, 10)), date(2026, 3, 3)),
        (Absence(date(2026, 4, 1), None), date(2026, 3, 3)),
    ],
)
def test_who_is_back_is_so_from_a_day(after: Absence | None, on: date) -> None:
    assert back_on(after, TODAY) == on
