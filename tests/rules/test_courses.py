"""What becomes of a tenure up to a day: several in a row, each as it should have been."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.candidates import Done
from domain.rules.clocks import Period
from domain.rules.contributions import ContributionStatus
from domain.rules.courses import Course, Fate, course
from domain.rules.leaves import Leave
from domain.rules.policy import Policy
from domain.rules.renewals import Asked, Lapse, Renew, Review, Wait
from tests.judged import asking, yearly
from tests.world import POLICY

FIRST = Period(date(2024, 1, 11), date(2025, 1, 10))
TENURE = UUID(int=7)


def done(number: int, on: date) -> Done:
    return Done(UUID(int=number), "talk", on, on, "day", on, ContributionStatus.ACCEPTED)


def made(days: list[date], on: date, *away: Leave, lacking: bool = False, **tenure: Any) -> Course:
    """The course of somebody who did something on these days."""
    policy = msgspec.convert(POLICY | {"tenure": yearly(**tenure), "requirement": asking()}, Policy)
    assert policy.tenure is not None
    return course(
        policy,
        policy.tenure,
        FIRST,
        FIRST.first,
        [done(number, day) for number, day in enumerate(days)],
        away,
        on,
        tenure=TENURE,
        backfilled=False,
        lacking=lambda _: lacking,
    )


TWICE = [date(2024, 2, 1), date(2024, 3, 1)]


def test_while_it_runs_nothing_is_decided() -> None:
    one = made(TWICE, date(2025, 1, 10))
    assert (one.fate, one.renewals) == (Fate.WAITING, ())
    assert one.first.decision == Wait(date(2025, 1, 11))


def test_one_is_renewed_and_the_next_one_goes_on() -> None:
    one = made(TWICE, date(2025, 1, 11))
    (step,) = one.renewals
    assert one.fate is Fate.RENEWED
    assert step.decision == Renew(date(2025, 1, 11))
    assert step.following == Period(date(2025, 1, 11), date(2026, 1, 10))
    assert step.counted == [UUID(int=0), UUID(int=1)]


def test_what_counted_for_one_counts_for_no_later_one() -> None:
    late = [date(2025, 1, 20), date(2025, 3, 1)]
    one = made([TWICE[0], *late], date(2026, 3, 1))
    assert [step.counted for step in one.steps] == [[UUID(int=0), UUID(int=1)], [UUID(int=2)]]
    assert [step.decision for step in one.steps] == [
        Renew(date(2025, 1, 20)),
        Lapse(date(2026, 2, 10)),
    ]
    assert (one.fate, len(one.renewals)) == (Fate.LAPSED, 1)


def test_who_lacks_what_is_required_is_not_renewed() -> None:
    one = made(TWICE, date(2025, 1, 11), lacking=True)
    assert one.first.decision == Review(Asked.NOT_ELIGIBLE, date(2025, 1, 11))
    assert (one.fate, one.renewals, one.rest) == (Fate.ASKED, (), None)


def test_a_leave_moves_the_end_and_what_follows() -> None:
    away = Leave(date(2024, 6, 1), date(2024, 6, 10))
    assert made(TWICE, date(2025, 1, 20), away).fate is Fate.WAITING
    (step,) = made(TWICE, date(2025, 1, 21), away).renewals
    assert step.period.last == date(2025, 1, 20)
    assert step.following == Period(date(2025, 1, 21), date(2026, 1, 20))


@given(
    days=st.lists(st.dates(date(2024, 1, 1), date(2030, 12, 31)), max_size=20),
    on=st.dates(date(2024, 1, 11), date(2031, 1, 1)),
    later=st.integers(0, 400),
)
def test_tenures_neither_overlap_nor_leave_a_gap_and_nothing_counts_twice(
    days: list[date], on: date, later: int
) -> None:
    one = made(days, on)
    for before, after in zip(one.steps, one.steps[1:], strict=False):
        assert before.period.last is not None
        assert after.period.first == before.period.last + timedelta(days=1)
    counted = [id for step in one.steps for id in step.counted]
    assert len(counted) == len(set(counted))
    # What was decided by a day is decided in the same way on any later one.
    known = [day for day in days if day <= on]
    again = made(known, on + timedelta(days=later))
    renewed = [step.decision for step in made(known, on).renewals]
    assert [step.decision for step in again.renewals][: len(renewed)] == renewed
