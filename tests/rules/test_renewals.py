"""What becomes of a tenure at its end, whose turn it is, and the days that it is told with."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.candidates import Done
from domain.rules.clocks import Period
from domain.rules.policy_document import Policy
from domain.rules.policy_tenure import Clock, Condition, Measure, WhenMet, WhenNotMet
from domain.rules.renewals import Asked, Decision, Lapse, Renew, Review, Wait, decide
from tests.rules.tenure_made import done, policy, stands, year_from

TENURE = year_from("2025-01-11")
FOUR = [done(n, f"2025-0{n}-20") for n in (1, 2, 3, 4)]
THREE = FOUR[:3]
WAITING = done(9, "2025-09-09", status="pending")
DISPUTED = done(9, "2025-09-09", status="disputed")


def decided(
    rules: Policy,
    contributions: list[Done],
    on: str,
    period: Period = TENURE,
    *,
    backfilled: bool = False,
) -> Decision:
    assert rules.tenure is not None
    told = stands(rules, period, contributions, on)
    day = date.fromisoformat(on)
    return decide(rules.tenure, told, period, told.grace_until, day, backfilled=backfilled)


@pytest.mark.parametrize("contributions", [[], THREE, FOUR, [WAITING]])
def test_nothing_is_decided_before_the_end(contributions: list[Done]) -> None:
    assert decided(policy(), contributions, "2026-01-10") == Wait(date(2026, 1, 11))


def test_met_is_renewed_by_itself_or_a_manager_is_asked() -> None:
    assert decided(policy(), FOUR, "2026-01-11") == Renew(date(2026, 1, 11))
    asked = policy(when_met=WhenMet.REVIEW)
    assert decided(asked, FOUR, "2026-01-11") == Review(Asked.MET, date(2026, 1, 11))


def test_not_met_lapses_or_a_manager_is_asked() -> None:
    assert decided(policy(), THREE, "2026-01-11") == Lapse(date(2026, 1, 11))
    asked = policy(when_not_met=WhenNotMet.REVIEW)
    assert decided(asked, THREE, "2026-01-11") == Review(Asked.NOT_MET, date(2026, 1, 11))
    assert decided(asked, [], "2026-01-11") == Review(Asked.NOT_RECORDED, date(2026, 1, 11))


@pytest.mark.parametrize("waiting", [WAITING, DISPUTED])
@pytest.mark.parametrize("grace", [None, "P30D"])
@pytest.mark.parametrize("on", ["2026-01-11", "2026-05-01"])
def test_what_waits_for_a_review_is_for_a_manager_and_never_a_lapse(
    waiting: Done, grace: str | None, on: str
) -> None:
    rules = policy(grace=grace)
    assert decided(rules, [*THREE, waiting], on) == Review(Asked.AWAITING, date(2026, 1, 11))
    assert decided(rules, [*FOUR, waiting], on) == Renew(date(2026, 1, 11))


def test_what_waits_but_would_not_count_stops_no_lapse() -> None:
    outside = done(9, "2025-01-10", status="pending")
    assert decided(policy(), [*THREE, outside], "2026-01-11") == Lapse(date(2026, 1, 11))


def test_grace_is_waited_for_and_a_contribution_in_it_renews() -> None:
    rules = policy(grace="P30D")
    for on in ("2026-01-11", "2026-02-09"):
        assert decided(rules, THREE, on) == Wait(date(2026, 2, 10))
    assert decided(rules, THREE, "2026-02-10") == Lapse(date(2026, 2, 10))
    late = done(5, "2026-01-20")
    assert decided(rules, [*THREE, late], "2026-01-19") == Wait(date(2026, 2, 10))
    assert decided(rules, [*THREE, late], "2026-01-20") == Renew(date(2026, 1, 20))


def test_who_was_down_for_months_decides_with_the_same_days() -> None:
    rules = policy(grace="P30D")
    assert decided(rules, THREE, "2026-09-01") == decided(rules, THREE, "2026-02-10")
    late = [*THREE, done(5, "2026-01-20")]
    assert decided(rules, late, "2026-09-01") == decided(rules, late, "2026-01-20")
    assert decided(rules, FOUR, "2026-09-01") == decided(rules, FOUR, "2026-01-11")


def test_what_was_never_recorded_before_the_program_had_records_lapses_nobody() -> None:
    rules = policy(grace="P30D")
    asked = decided(rules, [], "2026-02-10", backfilled=True)
    assert asked == Review(Asked.NOT_RECORDED, date(2026, 2, 10))
    asked = decided(rules, THREE, "2026-02-10", backfilled=True)
    assert asked == Review(Asked.NOT_MET, date(2026, 2, 10))
    assert decided(rules, FOUR, "2026-02-10", backfilled=True) == Renew(date(2026, 1, 11))


def test_magento_lapses_when_six_months_have_passed_without_a_contribution() -> None:
    rules = policy(
        {"one": Condition(Measure.CONTRIBUTIONS, 1, within="P6M")}, clock=Clock.NONE, grace="P30D"
    )
    membership = Period(date(2026, 2, 1), None)
    one = [done(1, "2026-05-10")]

    def told(on: str, *more: Done) -> Decision:
        return decided(rules, [*one, *more], on, membership)

    # The six months that begin on 11 May end on 10 November.
    assert told("2026-08-01") == told("2026-11-10") == Wait(date(2026, 11, 11))
    assert told("2026-11-11") == told("2026-12-10") == Wait(date(2026, 12, 11))
    assert told("2026-12-11") == told("2027-12-11") == Lapse(date(2026, 12, 11))
    assert told("2026-12-10", done(2, "2026-12-10")) == Wait(date(2027, 6, 11))
    waiting = done(2, "2026-12-10", status="pending")
    assert told("2026-12-11", waiting) == Review(Asked.AWAITING, date(2026, 11, 11))
    assert decided(rules, [], "2026-07-31", membership) == Wait(date(2026, 8, 1))
    assert decided(rules, [], "2026-08-31", membership) == Lapse(date(2026, 8, 31))


def test_while_a_leave_without_an_end_keeps_a_tenure_open_nothing_is_decided() -> None:
    rules = policy({"one": Condition(Measure.CONTRIBUTIONS, 1, within="P30D")})
    assert decided(rules, THREE, "2026-05-01", Period(TENURE.first, None)) == Wait(None)


def test_a_tenure_that_ends_with_the_calendar_waits_for_ever() -> None:
    period = Period(TENURE.first, date.max)
    assert decided(policy(), THREE, "2026-05-01", period) == Wait(None)


@given(
    st.lists(st.dates(date(2024, 12, 1), date(2026, 4, 1)), max_size=8),
    st.dates(date(2025, 1, 11), date(2026, 5, 1)),
    st.sampled_from([None, "P30D", "P1M"]),
    st.booleans(),
)
def test_each_day_until_then_waits_and_each_day_after_says_the_same(
    days: list[date], on: date, grace: str | None, waits: bool
) -> None:
    """Nothing is decided before its day, and no day later differently."""
    rules = policy(grace=grace)
    contributions = [done(n, day.isoformat()) for n, day in enumerate(days, start=1)]
    if waits:
        contributions.append(WAITING)
    told = decided(rules, contributions, on.isoformat())
    if isinstance(told, Wait):
        assert told.until is not None
        assert told.until > on
        return
    assert told.on <= on
    assert decided(rules, contributions, told.on.isoformat()) == told
    assert decided(rules, contributions, "2026-12-31") == told or (
        # Asked while something waits, it may be met in grace without it.
        isinstance(told, Review) and told.reason is Asked.AWAITING
    )
