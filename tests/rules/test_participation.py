"""Who takes part in votes: each answer, and AsyncAPI's rule for the inactive."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.participation import Finished, Participation, Record, Said, answer, record
from domain.rules.policy_admission import Inactivity
from domain.rules.votes import Choice, Recusal, VoteResult

ASYNCAPI = Inactivity(missed=2, apart="P3M")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MISSED, VOTED = Said(), Said(choice=Choice.FOR, voted=True)
RECUSED = Said(recusal=Recusal.COMPANY)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (None, Participation.NOT_A_MEMBER),
        (Said(), Participation.DID_NOT_VOTE),
        (Said(choice=Choice.FOR, voted=True), Participation.FOR),
        (Said(choice=Choice.AGAINST, voted=True), Participation.AGAINST),
        (Said(choice=Choice.ABSTAIN, voted=True), Participation.ABSTAIN),
        (Said(voted=True), Participation.VOTED),
        (Said(recusal=Recusal.DECLARED), Participation.RECUSED),
        (Said(recusal=Recusal.APPLICANT), Participation.RECUSED),
    ],
)
def test_each_answer(said: Said | None, what: Participation) -> None:
    assert answer(said) is what


def of(
    *votes: tuple[str, Said | None],
    since: datetime = LONG_AGO,
    rule: Inactivity | None = ASYNCAPI,
    cancelled: tuple[int, ...] = (),
    zone: str = "UTC",
) -> Record:
    """The record of somebody in votes that closed at noon of these days, a week after opening."""
    rounds = [
        Finished(
            UUID(int=index),
            (closed := datetime.fromisoformat(f"{day}T12:00:00+00:00")) - timedelta(days=7),
            closed,
            VoteResult.CANCELLED if index in cancelled else VoteResult.PASSED,
        )
        for index, (day, _) in enumerate(votes)
    ]
    said = {UUID(int=index): what for index, (_, what) in enumerate(votes) if what is not None}
    return record(reversed(rounds), said, since, rule, zone)


def test_two_missed_in_a_row_three_months_apart_are_inactive() -> None:
    found = of(("2026-01-10", MISSED), ("2026-04-10", MISSED))
    assert (found.missed, found.inactive) == (2, True)
    assert (found.first_missed_on, found.last_missed_on) == (date(2026, 1, 10), date(2026, 4, 10))


def test_a_day_less_is_not_enough() -> None:
    assert of(("2026-01-10", MISSED), ("2026-04-09", MISSED)).inactive is False


def test_one_missed_is_not_enough_however_long_ago() -> None:
    found = of(("2020-01-10", MISSED))
    assert (found.missed, found.inactive) == (1, False)


def test_more_in_a_row_are_measured_from_the_first_to_the_last() -> None:
    found = of(("2026-01-10", MISSED), ("2026-02-10", MISSED), ("2026-04-12", MISSED))
    assert (found.missed, found.inactive) == (3, True)


def test_a_vote_between_breaks_the_row() -> None:
    found = of(("2026-01-10", MISSED), ("2026-02-10", VOTED), ("2026-04-12", MISSED))
    assert (found.missed, found.inactive) == (1, False)
    assert of(("2026-01-10", MISSED), ("2026-04-12", MISSED), ("2026-05-01", VOTED)).missed == 0


def test_to_have_voted_in_a_secret_ballot_is_taking_part() -> None:
    secret = Said(voted=True)
    assert of(("2026-01-10", MISSED), ("2026-02-10", secret), ("2026-04-12", MISSED)).missed == 1


def test_to_be_recused_neither_counts_nor_breaks() -> None:
    found = of(("2026-01-10", MISSED), ("2026-02-10", RECUSED), ("2026-04-12", MISSED))
    assert (found.missed, found.inactive) == (2, True)
    assert of(("2026-01-10", RECUSED), ("2026-04-12", MISSED)).missed == 1
    assert of(("2026-01-10", MISSED), ("2026-04-12", RECUSED)).inactive is False


@pytest.mark.parametrize("said", [MISSED, VOTED])
def test_what_was_cancelled_neither_counts_nor_breaks(said: Said) -> None:
    votes = (("2026-01-10", MISSED), ("2026-02-10", said), ("2026-04-12", MISSED))
    found = of(*votes, cancelled=(1,))
    assert (found.missed, found.inactive) == (2, True)
    assert [what for _, what in found.answers] == [Participation.DID_NOT_VOTE] * 2


def test_votes_from_before_joining_are_never_counted() -> None:
    joined = datetime(2026, 2, 1, tzinfo=UTC)
    found = of(("2026-01-10", None), ("2026-04-12", MISSED), since=joined)
    assert [what for _, what in found.answers] == [
        Participation.NOT_A_MEMBER,
        Participation.DID_NOT_VOTE,
    ]
    assert (found.missed, found.inactive) == (1, False)
    # Somebody who was a member before, and came back.
    assert of(("2026-01-10", MISSED), ("2026-04-12", MISSED), since=joined).missed == 1


def test_a_vote_that_was_open_when_they_joined_breaks_nothing() -> None:
    votes = (("2026-01-10", MISSED), ("2026-02-10", None), ("2026-04-12", MISSED))
    assert of(*votes).missed == 2


def test_the_answers_are_in_the_order_of_closing() -> None:
    found = of(("2026-01-10", VOTED), ("2026-02-10", RECUSED), ("2026-03-10", MISSED))
    assert [what for _, what in found.answers] == [
        Participation.FOR,
        Participation.RECUSED,
        Participation.DID_NOT_VOTE,
    ]


def test_the_days_are_those_of_the_program() -> None:
    votes = (("2026-01-10", MISSED), ("2026-04-09", MISSED))
    late = [
        Finished(
            UUID(int=index),
            LONG_AGO,
            datetime.fromisoformat(f"{day}T{at}+00:00"),
            VoteResult.PASSED,
        )
        for index, ((day, _), at) in enumerate(zip(votes, ("02:00", "23:00"), strict=True))
    ]
    said = {UUID(int=0): MISSED, UUID(int=1): MISSED}
    assert record(late, said, LONG_AGO, ASYNCAPI, "UTC").inactive is False
    # In Tokyo, it was the 10th of April by then.
    assert record(late, said, LONG_AGO, ASYNCAPI, "Asia/Tokyo").inactive is True


def test_without_a_rule_nobody_is_inactive_or_not() -> None:
    found = of(("2026-01-10", MISSED), ("2026-07-10", MISSED), rule=None)
    assert (found.missed, found.inactive) == (2, None)


def test_without_any_vote_nothing_was_missed() -> None:
    assert of() == Record((), 0, None, None, False)


SAID = st.sampled_from([MISSED, VOTED, RECUSED, None])
DAYS = st.dates(date(2024, 1, 1), date(2027, 1, 1)).map(str)


@given(st.lists(st.tuples(DAYS, SAID), max_size=8), SAID.filter(lambda one: one is not MISSED))
def test_only_missing_makes_anybody_inactive(
    votes: list[tuple[str, Said | None]], said: Said | None
) -> None:
    """Whatever else comes later, nobody becomes inactive by it; voting makes everybody active."""
    votes = sorted(votes, key=lambda one: one[0])
    before, after = of(*votes), of(*votes, ("2027-06-01", said))
    assert after.inactive is (before.inactive if said is not VOTED else False)
