"""When tenures begin, and what is left of one whose holder leaves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.clocks import Period
from domain.rules.policy_tenure import Clock, Cycle, TenureRules
from domain.rules.tenures import TenureOrigin, begins, begun, check_day, ends, shortened

DAY = timedelta(days=1)
YEARLY = TenureRules(clock=Clock.ANNIVERSARY, length="P1Y")
CALENDAR = TenureRules(clock=Clock.CALENDAR, cycle=Cycle("02-01", "12-31"))
COHORT = TenureRules(clock=Clock.COHORT, length="P1Y", starts=("03-01", "09-01"))
OPEN = TenureRules(clock=Clock.NONE)
CLOCKS = st.sampled_from([YEARLY, CALENDAR, COHORT, OPEN])
DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


def test_of_a_joining_long_ago_only_the_tenure_that_runs_begins() -> None:
    # AsyncAPI: accepted on 5 May 2022.
    period, origin = begun(YEARLY, date(2022, 5, 5), date(2023, 5, 5))
    assert period == Period(date(2023, 5, 5), date(2024, 5, 4))
    assert origin is TenureOrigin.BACKFILLED
    period, origin = begun(YEARLY, date(2022, 5, 5), date(2023, 5, 4))
    assert (period.first, origin) == (date(2022, 5, 5), TenureOrigin.LIVE)


def test_anniversaries_are_chained_from_a_leap_day() -> None:
    period, _ = begun(YEARLY, date(2024, 2, 29), date(2026, 1, 1))
    assert period == Period(date(2025, 3, 1), date(2026, 2, 28))


@given(CLOCKS, DAYS, DAYS)
def test_what_begins_runs_or_comes_next(rules: TenureRules, since: date, today: date) -> None:
    since = min(since, today)
    period, origin = begun(rules, since, today)
    assert period.last is None or period.first <= period.last
    assert period.last is None or period.last >= today
    assert period.first >= since
    if origin is TenureOrigin.BACKFILLED:
        # One before it is over already, so that this one is not the first.
        assert period.first > since
    if rules.clock is not Clock.CALENDAR:
        assert period.first <= today


@given(CLOCKS, DAYS, DAYS, DAYS)
def test_it_never_begins_before_the_last_one_was_over(
    rules: TenureRules, since: date, today: date, free_from: date
) -> None:
    period, _ = begun(rules, since, max(since, today), free_from=free_from)
    assert period.first >= max(since, free_from)


@given(DAYS, st.integers(0, 500), DAYS)
def test_who_leaves_has_a_tenure_until_the_day_before(first: date, length: int, on: date) -> None:
    period = Period(first, first + length * DAY)
    last = shortened(period, on)
    assert last >= first - DAY
    assert period.last is not None
    assert last == min(period.last, max(on, first) - DAY)
    assert shortened(Period(first, last), on) == last
    assert shortened(Period(first, None), on) == max(on, first) - DAY


def test_the_calendar_has_a_first_day() -> None:
    assert shortened(Period(date.min, None), date.min) == date.min


def test_who_begins_and_who_leaves() -> None:
    statuses = set(AmbassadorStatus)
    left = {AmbassadorStatus.EMERITUS, AmbassadorStatus.REMOVED}
    here = {AmbassadorStatus.ACTIVE, AmbassadorStatus.ON_LEAVE}
    for before in statuses:
        for after in statuses:
            assert ends(before, after) == (before not in left and after in left)
            assert begins(before, after) == (before not in here and after in here)


@pytest.mark.parametrize("on", [date(2026, 1, 10), date(2026, 3, 4)])
def test_an_outcome_holds_from_a_day_of_the_tenure_that_has_come(on: date) -> None:
    with pytest.raises(Invalid):
        check_day(on, date(2026, 1, 11), date(2026, 3, 3))
