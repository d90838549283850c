"""Who may apply: evidence counted and told in words, windows, and the wait after a decline."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.rules.admissions import (
    NoEvidence,
    Shown,
    WhyNot,
    again_on,
    is_open,
    judge,
    opens_on,
)
from domain.rules.contributions import ContributionStatus
from domain.rules.policy_admission import (
    Admission,
    AdmissionMode,
    Enforcement,
    EvidenceRule,
    Window,
)
from domain.rules.policy_contributions import Area, ContributionType
from domain.rules.policy_document import Policy, Texts

ON = date(2026, 3, 5)
FOUR = EvidenceRule(at_least=4, within="P12M")
ACCEPTED = ContributionStatus.ACCEPTED
NO_COUNTING = [
    ContributionStatus.DECLINED,
    ContributionStatus.DISPUTED,
    ContributionStatus.WITHDRAWN,
]


def policy(rule: EvidenceRule | None, mode: AdmissionMode = AdmissionMode.COMMITTEE) -> Policy:
    return Policy(
        Texts("Invented"),
        contribution_types={
            "talk": ContributionType("Talk", Area.EVENTS),
            "article": ContributionType("Article", Area.CONTENT),
        },
        admission=Admission(mode=mode, evidence=rule),
    )


def shown(*days: str, **told: Any) -> list[Shown]:
    """Talks on these days, of which as much is known as is written."""
    return [
        Shown(
            position=position,
            type=told.get("type", "talk"),
            occurred_on=date.fromisoformat(f"{day}-01-01"[:10]),
            precision={4: "year", 7: "month", 10: "day"}[len(day)],
            recorded_on=told.get("recorded_on", ON),
            status=told.get("status", ContributionStatus.ACCEPTED),
            elsewhere=told.get("elsewhere"),
        )
        for position, day in enumerate(days)
    ]


def why(policy: Policy, *items: Shown) -> list[WhyNot]:
    return [one.why for one in judge(policy, items, ON).others]


def test_three_of_four_within_twelve_months() -> None:
    found = judge(policy(FOUR), shown("2025-03-06", "2025-08-01", "2026-03-05", "2025-03-05"), ON)
    assert (found.enough, found.needed, found.counted) == (False, 4, 3)
    assert found.counted_positions == (0, 1, 2)
    assert found.others == (NoEvidence(3, WhyNot.BEFORE_WINDOW),)
    assert found.words == "3 of 4 within twelve months; not counted: 1 too long ago"
    assert found.missing == ("1 more contribution within twelve months",)
    assert not found.blocks
    assert not found.approximate


def test_enough_leaves_nothing_missing() -> None:
    found = judge(policy(FOUR), shown(*["2026-01-01"] * 5), ON)
    assert (found.enough, found.counted, found.missing) == (True, 5, ())
    assert found.words == "5 of 4 within twelve months"


def test_too_little_blocks_where_the_policy_says_so() -> None:
    strict = replace(FOUR, enforcement=Enforcement.BLOCK)
    assert judge(policy(strict), shown("2026-01-01"), ON).blocks
    assert not judge(policy(strict), shown(*["2026-01-01"] * 4), ON).blocks


def test_what_is_pending_counts_as_told_where_somebody_decides() -> None:
    pending = shown(*["2026-01-01"] * 4, status=ContributionStatus.PENDING)
    found = judge(policy(FOUR), pending, ON)
    assert (found.enough, found.counted, found.awaiting, found.others) == (True, 4, 4, ())
    assert found.words == "4 of 4 within twelve months; 4 of them await review"


def test_only_what_was_accepted_counts_where_nobody_decides() -> None:
    items = [*shown("2026-01-01"), *shown("2026-01-01", status=ContributionStatus.PENDING)]
    found = judge(policy(EvidenceRule(2), AdmissionMode.OPEN), items, ON)
    assert (found.enough, found.counted, found.awaiting) == (False, 1, 1)
    assert [one.why for one in found.others] == [WhyNot.PENDING]
    assert found.words == "1 of 2; 1 more awaits review"


@pytest.mark.parametrize("status", NO_COUNTING)
def test_what_was_refused_is_no_evidence(status: ContributionStatus) -> None:
    assert why(policy(FOUR), *shown("2026-01-01", status=status)) == [WhyNot(status.value)]
    assert why(policy(None), *shown("2026-01-01", status=status)) == [WhyNot(status.value)]


def test_types_and_areas_and_their_names_in_the_words() -> None:
    rule = EvidenceRule(2, types=("article",), areas=(Area.CONTENT,))
    articles = [
        *shown("2020-01-01", type="article"),
        *shown("2020-01-01"),
        *shown("2020", type="x"),
    ]
    found = judge(policy(rule), articles, ON)
    assert [one.why for one in found.others] == [WhyNot.TYPE_NOT_WANTED] * 2
    assert found.words == "1 of 2 (Article, in content); not counted: 2 of another type"
    assert found.missing == ("1 more contribution (Article, in content)",)
    by_area = EvidenceRule(1, areas=(Area.EVENTS,))
    assert judge(policy(by_area), shown("2020-01-01"), ON).enough
    assert not judge(policy(by_area), shown("2020-01-01", type="article"), ON).enough


def test_another_program_counts_only_where_the_policy_names_it() -> None:
    there = shown("2026-01-01", elsewhere="mentors")
    assert why(policy(EvidenceRule(1)), *there) == [WhyNot.OTHER_PROGRAM]
    assert judge(policy(EvidenceRule(1, programs=("mentors",))), there, ON).enough
    # A type that only the other program knows is one of any type, too.
    other = shown("2026-01-01", elsewhere="mentors", type="mentoring")
    assert judge(policy(EvidenceRule(1, programs=("mentors",))), other, ON).enough


def test_a_partial_date_is_its_latest_day_but_not_later_than_it_was_recorded() -> None:
    month = shown("2025-03", recorded_on=date(2025, 4, 1))
    found = judge(policy(FOUR), month, ON)
    assert (found.counted, found.approximate) == (1, True)
    early = shown("2025-03", recorded_on=date(2025, 3, 4))
    assert why(policy(FOUR), *early) == [WhyNot.BEFORE_WINDOW]
    assert not judge(policy(FOUR), shown("2025-06"), ON).approximate


def test_a_year_alone_counts_in_no_stretch_that_is_shorter() -> None:
    half = replace(FOUR, within="P6M")
    assert why(policy(half), *shown("2025")) == [WhyNot.TOO_VAGUE]
    assert judge(policy(FOUR), shown("2025"), ON).counted == 1


@pytest.mark.parametrize("within", [None, "P1Y"])
def test_what_is_still_to_come_is_no_evidence(within: str | None) -> None:
    assert why(policy(EvidenceRule(1, within=within)), *shown("2026-03-06")) == [WhyNot.AFTER]
    assert judge(policy(EvidenceRule(1, within=within)), shown("2026-03-05"), ON).enough


def test_without_a_rule_everything_counts_and_nothing_is_missing() -> None:
    found = judge(policy(None), shown("1999"), ON)
    assert (found.enough, found.needed, found.counted, found.missing) == (True, 0, 1, ())
    assert found.words == "1 contribution"
    assert judge(policy(None), [], ON).words == "0 contributions"


STATUSES = st.sampled_from(list(ContributionStatus))
ITEMS = st.lists(
    st.builds(
        Shown,
        st.integers(0, 9),
        st.sampled_from(["talk", "article"]),
        st.dates(date(2024, 1, 1), date(2026, 4, 1)),
        st.just("day"),
        st.just(ON),
        STATUSES,
    ),
    max_size=8,
    unique_by=lambda one: one.position,
)
RULES = st.builds(
    EvidenceRule,
    st.integers(1, 6),
    st.sampled_from([None, "P90D", "P1Y"]),
    st.sampled_from([(), ("talk",)]),
)
MODES = st.sampled_from([AdmissionMode.OPEN, AdmissionMode.MANAGER])


@given(RULES, MODES, ITEMS, ITEMS)
def test_showing_more_never_takes_anything_away(
    rule: EvidenceRule, mode: AdmissionMode, items: list[Shown], more: list[Shown]
) -> None:
    more = [replace(one, position=one.position + 10) for one in more]
    before = judge(policy(rule, mode), items, ON)
    after = judge(policy(rule, mode), [*items, *more], ON)
    assert set(before.counted_positions) <= set(after.counted_positions)
    assert before.enough <= after.enough
    assert before.blocks >= after.blocks


@given(RULES, MODES, ITEMS, st.randoms())
def test_the_order_changes_nothing_and_nothing_is_left_out(
    rule: EvidenceRule, mode: AdmissionMode, items: list[Shown], chance: Any
) -> None:
    shuffled = chance.sample(items, len(items))
    one, other = (judge(policy(rule, mode), order, ON) for order in (items, shuffled))
    assert set(one.counted_positions) == set(other.counted_positions)
    assert set(one.others) == set(other.others)
    assert (one.words, one.missing, one.enough) == (other.words, other.missing, other.enough)
    told = [*one.counted_positions, *(left.position for left in one.others)]
    assert sorted(told) == sorted(shown.position for shown in items)


SPRING, WINTER = Window("03-01", "03-31"), Window("11-15", "01-10")


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        ("2026-03-01", None),
        ("2026-03-31", None),
        ("2026-04-01", "2026-11-15"),
        ("2026-11-14", "2026-11-15"),
        ("2026-11-15", None),
        ("2026-12-31", None),
        ("2027-01-01", None),
        ("2027-01-10", None),
        ("2027-01-11", "2027-03-01"),
        ("2028-02-29", "2028-03-01"),
    ],
)
def test_windows_come_every_year_and_may_run_over_its_end(day: str, opens: str | None) -> None:
    on = date.fromisoformat(day)
    found = opens_on((SPRING, WINTER), on)
    assert is_open((SPRING, WINTER), on) is (opens is None)
    assert (str(found) if found else None) == opens


def test_after_the_last_window_of_a_year_the_first_of_the_next_one_opens() -> None:
    assert opens_on((SPRING,), date(2026, 4, 1)) == date(2027, 3, 1)


def test_without_windows_applications_are_always_taken() -> None:
    assert is_open((), ON)
    assert opens_on((), ON) is None


def test_the_29th_of_february_belongs_to_the_window_that_ends_the_day_before() -> None:
    assert is_open((Window("02-01", "02-28"),), date(2028, 2, 29))
    assert not is_open((Window("03-01", "03-31"),), date(2028, 2, 29))


@pytest.mark.parametrize(
    ("wait", "again"),
    [(None, None), ("P30D", "2026-02-09"), ("P6M", "2026-07-10"), ("P1Y", "2027-01-10")],
)
def test_the_wait_after_being_declined(wait: str | None, again: str | None) -> None:
    found = again_on(wait, date(2026, 1, 10))
    assert (str(found) if found else None) == again
