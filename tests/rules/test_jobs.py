"""Which day is missing."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.rules.jobs import MOST_DAYS, JobName, JobState, missing_day

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
TODAY = date(2026, 3, 3)


def test_the_first_missing_day_is_the_one_after_the_last() -> None:
    assert missing_day(None, TODAY, TODAY) == TODAY
    assert missing_day(None, TODAY - timedelta(days=2), TODAY) == TODAY - timedelta(days=2)
    assert missing_day(TODAY - timedelta(days=3), TODAY, TODAY) == TODAY - timedelta(days=2)
    assert missing_day(TODAY, TODAY, TODAY) is None
    # A policy may move the program into a time zone where it is still yesterday.
    assert missing_day(TODAY + timedelta(days=1), TODAY, TODAY) is None
    assert missing_day(None, TODAY + timedelta(days=1), TODAY) is None


@given(st.none() | DAYS, DAYS, DAYS)
def test_days_are_made_up_for_one_after_the_other_up_to_today(
    last: date | None, created: date, today: date
) -> None:
    taken: list[date] = []
    while (on := missing_day(last, created, today)) is not None:
        taken.append(on)
        last = on
    assert len(taken) <= MOST_DAYS
    assert taken == [taken[0] + timedelta(days=n) for n in range(len(taken))]
    assert not taken or taken[-1] == today


def test_jobs_and_states_are_in_order() -> None:
    for kind in (JobName, JobState):
        assert [member.value for member in kind] == sorted(member.value for member in kind)
