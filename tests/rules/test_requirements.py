"""What counts for a requirement, how much, and why the rest does not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.rules.candidates import Done, Moment, Why
from domain.rules.leaves import Leave, merged
from domain.rules.policy_contributions import Area
from domain.rules.policy_tenure import Condition, Group, Measure, Needs
from domain.rules.requirements import Judged, judge_condition, judge_group
from tests.rules.tenure_made import TYPES, done, kind, numbers

FIRST, LAST = date(2025, 1, 11), date(2026, 1, 10)
EARLIER, OTHER = UUID(int=901), UUID(int=902)


def at(
    on: str, *, grace_until: str | None = None, joined_on: date | None = FIRST, last: bool = True
) -> Moment:
    return Moment(
        date.fromisoformat(on),
        FIRST,
        LAST if last else None,
        joined_on,
        date.fromisoformat(grace_until) if grace_until else None,
    )


def counting(
    *contributions: Done,
    measure: Measure = Measure.CONTRIBUTIONS,
    at_least: int = 4,
    condition: Condition | None = None,
    moment: Moment | None = None,
) -> Judged:
    ordered = sorted(contributions, key=lambda one: (one.first, one.id))
    return judge_condition(
        "it",
        condition or Condition(measure, at_least),
        TYPES,
        ordered,
        moment or at("2025-12-01"),
    )


def whys(judged: Judged) -> dict[int, Why]:
    return {other.id.int: other.why for other in judged.others}


def test_accepted_ones_of_the_tenure_count_and_the_others_say_why() -> None:
    judged = counting(
        done(1, "2025-01-11"),
        done(2, "2025-12-01", "talk"),
        done(3, "2025-01-10"),
        done(4, "2025-12-02"),
        done(5, "2025-05-05", status="pending"),
        done(6, "2025-05-05", status="disputed"),
        done(7, "2025-05-05", status="declined"),
        done(8, "2025-05-05", status="withdrawn"),
        done(9, "2025-05-05", status="declined", same_as=1),
        done(10, "2025-05-05", evidence=True),
        done(11, "2025-05-05", used_by=EARLIER),
        done(12, "2025-05-05", "unheard_of"),
    )
    assert (judged.needed, judged.counted, judged.awaiting) == (4, Decimal(2), Decimal(2))
    assert numbers(judged.counted_ids) == [1, 2]
    assert whys(judged) == {
        3: Why.BEFORE_TENURE,
        4: Why.AFTER,
        5: Why.PENDING,
        6: Why.DISPUTED,
        7: Why.DECLINED,
        8: Why.WITHDRAWN,
        9: Why.SAME_AS_OTHER,
        10: Why.EVIDENCE,
        11: Why.USED_BEFORE,
        12: Why.TYPE_UNKNOWN,
    }
    assert not judged.met
    assert judged.due_on == LAST


def test_what_counted_for_a_finished_tenure_counts_again_when_that_is_looked_at() -> None:
    moment = Moment(date(2025, 12, 1), FIRST, LAST, FIRST, tenure=EARLIER)
    judged = counting(
        done(1, "2025-05-05", used_by=EARLIER), done(2, "2025-05-05", used_by=OTHER), moment=moment
    )
    assert numbers(judged.counted_ids) == [1]


def test_types_and_areas_narrow_each_other() -> None:
    contributions = [
        done(1, "2025-02-01", "talk"),
        done(2, "2025-02-02", "article"),
        done(3, "2025-02-03", "initiative"),
    ]
    by_type = Condition(Measure.CONTRIBUTIONS, 1, types=("talk", "initiative"))
    by_area = Condition(Measure.CONTRIBUTIONS, 1, areas=(Area.EVENTS, Area.CONTENT))
    by_both = Condition(
        Measure.CONTRIBUTIONS, 1, types=("talk", "initiative"), areas=(Area.EVENTS,)
    )
    assert numbers(counting(*contributions, condition=by_type).counted_ids) == [1, 3]
    assert numbers(counting(*contributions, condition=by_area).counted_ids) == [1, 2]
    judged = counting(*contributions, condition=by_both)
    assert numbers(judged.counted_ids) == [1]
    assert whys(judged) == {2: Why.TYPE_NOT_WANTED, 3: Why.TYPE_NOT_WANTED}


def test_points_are_added_and_a_type_without_points_brings_none() -> None:
    judged = counting(
        done(1, "2025-02-01", "talk"),
        done(2, "2025-02-02", "article"),
        done(3, "2025-02-03", "initiative"),
        done(4, "2025-02-04", "talk", status="pending"),
        measure=Measure.POINTS,
        at_least=8,
    )
    assert (judged.counted, judged.awaiting, judged.met) == (Decimal(8), Decimal(5), True)
    assert whys(judged) == {3: Why.NO_WORTH, 4: Why.PENDING}


def test_distinct_types_count_each_type_once_also_those_awaiting() -> None:
    judged = counting(
        done(1, "2025-02-01", "talk"),
        done(2, "2025-02-02", "talk"),
        done(3, "2025-02-03", "article"),
        done(4, "2025-02-04", "article", status="pending"),
        done(5, "2025-02-05", "initiative", status="pending"),
        measure=Measure.DISTINCT_TYPES,
        at_least=3,
    )
    assert (judged.counted, judged.awaiting, judged.met) == (Decimal(2), Decimal(1), False)
    assert numbers(judged.counted_ids) == [1, 2, 3]


def test_shared_ones_count_in_full_or_by_share_as_their_type_says() -> None:
    types = {"article": kind("Article"), "code": kind("Code", split=True)}
    contributions = [
        done(1, "2025-02-01", "article", participants=3, share=20),
        done(2, "2025-02-02", "code", participants=3, share=20),
        done(3, "2025-02-03", "code", participants=4),
        done(4, "2025-02-04", "code", participants=2, share=0),
    ]
    condition = Condition(Measure.CONTRIBUTIONS, 2)
    judged = judge_condition("it", condition, types, contributions, at("2025-12-01"))
    assert judged.counted == Decimal("1.45")
    assert not judged.met
    assert whys(judged) == {4: Why.NO_WORTH}


def test_three_thirds_are_one() -> None:
    types = {"code": kind("Code", split=True)}
    thirds = [done(n, f"2025-02-0{n}", "code", participants=3) for n in (1, 2, 3)]
    condition = Condition(Measure.CONTRIBUTIONS, 1)
    two = judge_condition("it", condition, types, thirds[:2], at("2025-12-01"))
    assert (two.counted, two.met) == (Decimal("0.66"), False)
    three = judge_condition("it", condition, types, thirds, at("2025-12-01"))
    assert (three.counted, three.met) == (Decimal("1.00"), True)


def test_a_cap_keeps_out_the_later_ones() -> None:
    types = {"article": kind("Article", cap=(2, "P1M")), "talk": kind("Talk")}
    contributions = [
        done(4, "2025-02-01"),
        done(3, "2025-02-10"),
        done(2, "2025-02-20"),
        done(1, "2025-03-01"),
        done(5, "2025-02-20", "talk"),
    ]
    condition = Condition(Measure.CONTRIBUTIONS, 4)
    judged = judge_condition("it", condition, types, contributions, at("2025-12-01"))
    assert numbers(judged.counted_ids) == [4, 3, 1, 5]
    assert whys(judged) == {2: Why.CAPPED}


def test_a_cap_has_room_taken_by_finished_tenures_and_not_by_what_never_counted() -> None:
    types = {"article": kind("Article", cap=(1, "P1Y"))}
    one = done(1, "2025-02-01")
    condition = Condition(Measure.CONTRIBUTIONS, 1)

    def judged(earlier: Done) -> Judged:
        return judge_condition("it", condition, types, [earlier, one], at("2025-12-01"))

    used = judged(done(2, "2024-12-01", used_by=EARLIER))
    assert whys(used) == {2: Why.USED_BEFORE, 1: Why.CAPPED}
    shown = judged(done(2, "2024-12-01", evidence=True))
    assert shown.met
    before = judged(done(2, "2024-12-01"))
    assert before.met


def test_what_counts_as_of_the_first_day_finds_the_room_that_finished_tenures_left() -> None:
    types = {"article": kind("Article", cap=(1, "P1Y"))}
    contributions = [done(1, "2025"), done(2, "2025-01-05", used_by=EARLIER)]
    condition = Condition(Measure.CONTRIBUTIONS, 1)
    judged = judge_condition("it", condition, types, contributions, at("2025-12-01"))
    assert whys(judged) == {2: Why.USED_BEFORE, 1: Why.CAPPED}


ONE_IN_SIX_MONTHS = Condition(Measure.CONTRIBUTIONS, 1, within="P6M")


@pytest.mark.parametrize(
    ("on", "met", "failed"),
    [
        ("2025-04-09", False, False),
        ("2025-04-10", True, False),
        ("2025-10-09", True, False),
        ("2025-10-10", False, False),
        ("2025-10-11", False, True),
    ],
)
def test_a_rolling_condition_holds_as_long_as_its_stretch_of_time(
    on: str, met: bool, failed: bool
) -> None:
    judged = counting(done(1, "2025-04-10"), condition=ONE_IN_SIX_MONTHS, moment=at(on, last=False))
    assert (judged.met, judged.failed) == (met, failed)
    if on >= "2025-04-10":
        # The six months that end on 10 October begin on 11 April.
        assert judged.due_on == date(2025, 10, 10)


def test_a_rolling_condition_counts_what_counted_for_a_finished_tenure() -> None:
    judged = counting(
        done(1, "2025-04-10", used_by=EARLIER),
        condition=ONE_IN_SIX_MONTHS,
        moment=at("2025-06-01", last=False),
    )
    assert judged.met


def test_a_rolling_condition_counts_nothing_from_before_joining() -> None:
    judged = counting(
        done(1, "2025-01-10"), condition=ONE_IN_SIX_MONTHS, moment=at("2025-02-01", last=False)
    )
    assert whys(judged) == {1: Why.BEFORE_TENURE}
    assert not judged.judged


def test_a_month_in_which_somebody_joined_counts_as_a_guess() -> None:
    moment = at("2025-02-01", last=False)
    judged = counting(done(1, "2025-01"), condition=ONE_IN_SIX_MONTHS, moment=moment)
    assert judged.met
    assert judged.approximate
    judged = counting(done(1, "2025-02"), condition=ONE_IN_SIX_MONTHS, moment=at("2025-03-01"))
    assert not judged.approximate


def test_when_nobody_knows_the_day_of_joining_no_rolling_condition_is_judged() -> None:
    moment = at("2030-01-01", joined_on=None, last=False)
    judged = counting(done(1, "2025-04-10"), condition=ONE_IN_SIX_MONTHS, moment=moment)
    assert (judged.judged, judged.met, judged.failed, judged.due_on) == (False, False, False, None)


def test_a_rolling_condition_fails_after_the_last_stretch_that_held_enough() -> None:
    two = Condition(Measure.CONTRIBUTIONS, 2, within="P30D")
    judged = counting(
        done(1, "2025-03-01"),
        done(2, "2025-03-02"),
        done(3, "2025-06-01"),
        condition=two,
        moment=at("2025-06-10", last=False),
    )
    # 1 March counts until the 30th; on the 31st, one is left.
    assert judged.due_on == date(2025, 3, 31)
    assert judged.failed
    assert whys(judged) == {1: Why.BEFORE_WINDOW, 2: Why.BEFORE_WINDOW}


def test_rolling_windows_skip_leave_and_count_what_was_done_in_it() -> None:
    away = merged([Leave(date(2025, 5, 1), date(2025, 5, 31))])
    condition = Condition(Measure.CONTRIBUTIONS, 1, within="P30D")

    def due(on: str) -> date | None:
        moment = Moment(date(2025, 6, 1), FIRST, None, FIRST, leaves=away)
        return counting(done(1, on), condition=condition, moment=moment).due_on

    assert due("2025-03-01") == date(2025, 3, 31)
    # Ten days of April, then twenty of June.
    assert due("2025-04-21") == date(2025, 6, 21)
    # As on the first day after the leave.
    assert due("2025-05-05") == due("2025-06-01") == date(2025, 7, 1)


def test_while_a_leave_is_open_a_stretch_does_not_end() -> None:
    moment = Moment(date(2027, 1, 1), FIRST, None, FIRST, leaves=(Leave(date(2025, 5, 1), None),))
    judged = counting(done(1, "2025-04-21"), condition=ONE_IN_SIX_MONTHS, moment=moment)
    assert (judged.met, judged.due_on) == (True, None)


@pytest.mark.parametrize(
    ("needs", "conditions", "met", "failed", "due_on"),
    [
        (Needs.ALL, ("short", "long"), False, True, date(2025, 5, 31)),
        (Needs.ANY, ("short", "long"), True, False, date(2025, 11, 1)),
        (Needs.ANY, ("short", "shorter"), False, True, date(2025, 5, 31)),
        (Needs.ALL, ("long", "longer"), True, False, date(2025, 11, 1)),
        (Needs.ANY, ("long", "longer"), True, False, date(2026, 5, 1)),
    ],
)
def test_a_group_needs_all_of_its_conditions_or_any(
    needs: Needs, conditions: tuple[str, ...], met: bool, failed: bool, due_on: date
) -> None:
    within = {"shorter": "P1W", "short": "P30D", "long": "P6M", "longer": "P1Y"}
    group = Group(
        "Group",
        {code: Condition(Measure.CONTRIBUTIONS, 1, within=within[code]) for code in conditions},
        needs,
    )
    moment = Moment(date(2025, 7, 1), date(2024, 5, 1), None, date(2024, 5, 1))
    judged = judge_group("it", group, TYPES, [done(1, "2025-05-01")], moment)
    assert (judged.met, judged.failed, judged.due_on) == (met, failed, due_on)


def test_a_year_alone_counts_in_no_stretch_shorter_than_a_year() -> None:
    one = done(1, "2025", recorded_on="2025-06-15")
    for within in ("P364D", "P52W", "P11M"):
        condition = Condition(Measure.CONTRIBUTIONS, 1, within=within)
        judged = counting(one, condition=condition, moment=at("2025-07-01", last=False))
        assert whys(judged) == {1: Why.TOO_VAGUE}
        assert judged.approximate
    for within in ("P365D", "P53W", "P12M", "P1Y"):
        condition = Condition(Measure.CONTRIBUTIONS, 1, within=within)
        assert counting(one, condition=condition, moment=at("2025-07-01", last=False)).met


def test_an_event_of_several_days_is_exact() -> None:
    judged = counting(done(1, "2025-01-09", ended_on="2025-01-12"))
    assert judged.counted == 1
    assert not judged.approximate


DAYS = st.dates(date(2024, 11, 1), date(2025, 6, 30))


@st.composite
def partly_dated(draw: st.DrawFn) -> Done:
    """A contribution of a day, a month or a year, recorded on any day from its first on."""
    day = draw(DAYS)
    on = day.isoformat()[: draw(st.sampled_from([4, 7, 10]))]
    first = done(1, on).first
    later = timedelta(days=draw(st.integers(0, 400)))
    return done(1, on, recorded_on=(first + later).isoformat())


def days_of(first: date, last: date) -> list[date]:
    return [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]


@given(partly_dated(), DAYS)
def test_in_a_tenure_a_period_counts_that_overlaps_it(one: Done, on: date) -> None:
    first, last = date(2025, 1, 11), date(2025, 3, 15)
    condition = Condition(Measure.CONTRIBUTIONS, 1)
    judged = judge_condition("it", condition, TYPES, [one], Moment(on, first, last, first))

    seen = set(days_of(first, min(on, last))) if on >= first else set[date]()
    could_be = days_of(one.first, max(one.first, min(one.last, one.recorded_on)))
    if seen:
        assert judged.met is bool(seen & set(days_of(one.first, one.last)))
    if seen.issuperset(days_of(one.first, one.last)):
        assert judged.met
        assert not judged.approximate
    if judged.met and not seen.issuperset(could_be):
        assert judged.approximate
    if one.precision == "day":
        assert not judged.approximate


@given(
    partly_dated(),
    DAYS,
    st.integers(1, 60),
    st.lists(st.tuples(DAYS, st.integers(0, 40)), max_size=3),
)
@example(
    done(1, "2024-11-17", recorded_on="2024-11-17"),
    date(2024, 11, 18),
    1,
    [(date(2024, 11, 18), 0)],
)
def test_in_a_rolling_window_the_latest_day_counts_that_it_can_have_been(
    one: Done, on: date, length: int, away: list[tuple[date, int]]
) -> None:
    leaves = merged([Leave(day, day + timedelta(days=more)) for day, more in away])
    off = {day for leave in leaves if leave.last for day in days_of(leave.first, leave.last)}
    condition = Condition(Measure.CONTRIBUTIONS, 1, within=f"P{length}D")
    moment = Moment(on, date.min, None, date.min, leaves=leaves)
    judged = judge_condition("it", condition, TYPES, [one], moment)

    def holds(day: date) -> bool:
        return day <= on and sum(other not in off for other in days_of(day, on)) <= length

    could_be = days_of(one.first, max(one.first, min(one.last, one.recorded_on)))
    vague = one.precision == "year"
    assert judged.met is (holds(could_be[-1]) and not vague)
    if not vague:
        assert judged.approximate is (
            any(map(holds, could_be)) and not all(map(holds, could_be))
        ), could_be
    if judged.met:
        assert judged.due_on is not None
        assert judged.due_on > on
