"""The vote engine: the examples of the rules by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.rules.policy_admission import Voting
from domain.rules.votes import (
    Candidacy,
    Choice,
    Closed,
    Count,
    Elector,
    Recusal,
    Rules,
    Times,
    VoteResult,
    closes_at,
    company_excess,
    need,
    opening,
    recusal,
    reminders,
    settle,
)
from tests.rules.votes_held import ASYNCAPI, DAY, OPENED, TIMES, Cast, everybody, held

FOR, AGAINST, ABSTAIN = Choice.FOR, Choice.AGAINST, Choice.ABSTAIN


def at_the_end(rules: Rules, count: Count) -> VoteResult:
    closed = settle(rules, TIMES, count, OPENED, TIMES.latest)
    assert closed is not None
    assert closed.at <= TIMES.latest
    return closed.result


@pytest.mark.parametrize(
    ("percent", "voters", "needed"),
    [
        (51, 40, 21),
        (51, 39, 20),
        (51, 41, 21),
        (51, 1, 1),
        (50, 4, 2),
        (50, 5, 3),
        (66, 3, 2),
        (67, 3, 3),
        (100, 7, 7),
        (1, 1000, 10),
        (1, 1001, 11),
        (29, 100, 29),
        (51, 0, 0),
    ],
)
def test_the_need_is_rounded_up_in_integers(percent: int, voters: int, needed: int):
    assert need(percent, voters) == needed


def test_twenty_for_of_forty_do_not_pass():
    assert held(ASYNCAPI, 40, everybody(FOR, 20, 2), looked_at=20) is None
    assert at_the_end(ASYNCAPI, Count(40, votes_for=20)) is VoteResult.EXPIRED


def test_twenty_one_for_on_day_three_wait_until_day_seven():
    casts = everybody(FOR, 21, 3)
    assert held(ASYNCAPI, 40, casts, looked_at=3) is None
    assert held(ASYNCAPI, 40, casts, looked_at=6.99) is None
    passed = Closed(VoteResult.PASSED, OPENED + 7 * DAY)
    assert held(ASYNCAPI, 40, casts, looked_at=7) == passed
    assert held(ASYNCAPI, 40, casts, looked_at=11) == passed


def test_the_twenty_first_for_after_the_minimum_closes_it_then():
    casts = [*everybody(FOR, 20, 3), Cast(9.5, 20, FOR)]
    assert held(ASYNCAPI, 40, casts) == Closed(VoteResult.PASSED, OPENED + 9.5 * DAY)


def test_twenty_one_for_and_nineteen_abstaining_pass():
    casts = everybody(FOR, 21, 1) + everybody(ABSTAIN, 19, 1, first=21)
    assert held(ASYNCAPI, 40, casts) == Closed(VoteResult.PASSED, TIMES.earliest)


def test_fifteen_for_and_none_against_expire_after_four_weeks():
    casts = everybody(FOR, 15, 5)
    assert held(ASYNCAPI, 40, casts, looked_at=27.99) is None
    assert held(ASYNCAPI, 40, casts) == Closed(VoteResult.EXPIRED, OPENED + 28 * DAY)


def test_one_recusal_of_forty_leaves_thirty_nine_who_need_twenty():
    assert at_the_end(ASYNCAPI, Count(40, votes_for=20)) is VoteResult.EXPIRED
    assert at_the_end(ASYNCAPI, Count(39, votes_for=20)) is VoteResult.PASSED


def test_at_the_end_what_cannot_pass_any_more_is_declined():
    # 20 are against: 20 are left, and 21 are needed. With 19, 21 could have been for it.
    assert at_the_end(ASYNCAPI, Count(40, against=20)) is VoteResult.DECLINED
    assert at_the_end(ASYNCAPI, Count(40, against=19)) is VoteResult.EXPIRED
    assert at_the_end(ASYNCAPI, Count(40, abstain=20)) is VoteResult.DECLINED


def test_at_the_end_what_everybody_voted_on_without_enough_for_it_is_declined():
    assert at_the_end(ASYNCAPI, Count(40, 20, 5, 15)) is VoteResult.DECLINED
    assert at_the_end(ASYNCAPI, Count(40, 20, 5, 14)) is VoteResult.EXPIRED


def test_what_is_lost_stays_open_to_the_end_unless_it_fails_early():
    casts = everybody(AGAINST, 20, 3)
    assert held(ASYNCAPI, 40, casts, looked_at=27.99) is None
    assert held(ASYNCAPI, 40, casts) == Closed(VoteResult.DECLINED, TIMES.latest)
    early = Rules(51, 1, fail_early=True)
    assert held(early, 40, casts, looked_at=6.99) is None
    assert held(early, 40, casts) == Closed(VoteResult.DECLINED, TIMES.earliest)
    later = [*everybody(AGAINST, 19, 3), Cast(12, 19, ABSTAIN)]
    assert held(early, 40, later) == Closed(VoteResult.DECLINED, OPENED + 12 * DAY)


def test_what_passes_stays_open_to_the_end_unless_it_closes_on_passing():
    patient = Rules(51, 1)
    assert held(patient, 40, everybody(FOR, 40, 3), looked_at=27) is None
    swayed = [*everybody(FOR, 21, 3), Cast(20, 0, AGAINST)]
    assert held(patient, 40, swayed) == Closed(VoteResult.EXPIRED, TIMES.latest)
    assert held(ASYNCAPI, 40, swayed) == Closed(VoteResult.PASSED, TIMES.earliest)


def test_a_vote_taken_back_in_time_counts_for_nothing():
    casts = [*everybody(FOR, 21, 3), Cast(5, 0, None)]
    assert held(ASYNCAPI, 40, casts) == Closed(VoteResult.EXPIRED, TIMES.latest)


@pytest.mark.parametrize("choice", [FOR, AGAINST])
def test_too_few_voters_have_no_result_once_nobody_is_recused_any_more(choice: Choice):
    rules = Rules(51, 3, close_on_passing=True, fail_early=True)
    casts = everybody(choice, 2, 1)
    assert held(rules, 2, casts, looked_at=6.99) is None
    assert held(rules, 2, casts, looked_at=20) == Closed(VoteResult.EXPIRED, TIMES.earliest)
    assert held(rules, 3, casts) is not None
    assert held(rules, 3, casts) != Closed(VoteResult.EXPIRED, TIMES.earliest)


def test_an_electorate_that_is_all_recused_expires():
    assert at_the_end(ASYNCAPI, Count(0)) is VoteResult.EXPIRED


def test_without_a_minimum_a_vote_can_pass_at_once_and_nobody_is_recused_later():
    voting = Voting(percent=51, minimum=None)
    rules, times = opening(voting, OPENED)
    assert times.earliest == OPENED
    assert not times.takes_recusals(OPENED)
    at = OPENED + timedelta(minutes=5)
    assert settle(rules, times, Count(3, votes_for=2), at, at) == Closed(VoteResult.PASSED, at)


def test_votes_are_taken_until_the_latest_close_and_recusals_until_the_earliest():
    assert TIMES.takes_votes(OPENED)
    assert TIMES.takes_votes(TIMES.latest - timedelta(microseconds=1))
    assert not TIMES.takes_votes(TIMES.latest)
    assert not TIMES.takes_votes(OPENED - timedelta(microseconds=1))
    assert TIMES.takes_recusals(TIMES.earliest - timedelta(microseconds=1))
    assert not TIMES.takes_recusals(TIMES.earliest)


def test_a_policys_times_keep_the_time_of_day_in_utc():
    opened = datetime(2026, 1, 31, 22, 15, tzinfo=UTC)
    rules, times = opening(Voting(percent=66, minimum="P2W", maximum="P1M"), opened)
    assert rules == Rules(66, 1, close_on_passing=True, fail_early=False)
    assert times.earliest == datetime(2026, 2, 14, 22, 15, tzinfo=UTC)
    assert times.latest == datetime(2026, 2, 28, 22, 15, tzinfo=UTC)


def test_a_minimum_that_outlasts_the_maximum_in_a_short_month_moves_the_end():
    opened = datetime(2026, 3, 1, tzinfo=UTC)
    _, times = opening(Voting(minimum="P1M", maximum="P30D"), opened)
    assert times == Times(opened, opened + 31 * DAY, opened + 31 * DAY)


def test_reminders_are_due_before_the_end_in_order_and_after_the_opening():
    voting = Voting(reminders=("P1D", "P1W", "P28D", "P3M"))
    assert reminders(voting, TIMES) == (OPENED + 21 * DAY, OPENED + 27 * DAY)


def test_it_closes_when_nobody_changes_anything_any_more():
    three = OPENED + 3 * DAY
    assert closes_at(ASYNCAPI, TIMES, Count(40, votes_for=20), three) == TIMES.latest
    assert closes_at(ASYNCAPI, TIMES, Count(40, votes_for=21), three) == TIMES.earliest


ANN, BEN, CLEO, DORA = (UUID(int=number) for number in range(1, 5))


@pytest.mark.parametrize(
    ("elector", "candidacy", "why"),
    [
        (Elector(ANN, BEN), Candidacy(person_id=BEN), Recusal.APPLICANT),
        (Elector(ANN), Candidacy(account_id=ANN), Recusal.APPLICANT),
        (Elector(ANN, BEN), Candidacy(person_id=CLEO, nominator_id=BEN), Recusal.NOMINATOR),
        (Elector(ANN), Candidacy(nominator_account_id=ANN), Recusal.NOMINATOR),
        (Elector(ANN, BEN, " Acme  Corp"), Candidacy(DORA, company="ACME corp "), Recusal.COMPANY),
        (Elector(ANN, BEN, "Straße AG"), Candidacy(company="STRASSE ag"), Recusal.COMPANY),
        (Elector(ANN, BEN, "Acme"), Candidacy(BEN, nominator_id=BEN), Recusal.APPLICANT),
        (Elector(ANN, BEN, "Acme"), Candidacy(CLEO, CLEO, "Acme Ltd", DORA, DORA), None),
        (Elector(ANN, None, None), Candidacy(), None),
        (Elector(ANN, None, " "), Candidacy(company=""), None),
    ],
)
def test_conflicts_recuse_by_rule(elector: Elector, candidacy: Candidacy, why: Recusal | None):
    assert recusal(elector, candidacy) is why


@pytest.mark.parametrize(
    ("companies", "percent", "excess"),
    [
        (["Acme"] * 2 + ["B", "C", "D", "E", "F", "G"], 25, []),
        ([" Acme ", "ACME", "acme", "C", "D", "E", "F", "G"], 25, ["Acme"]),
        (["Acme", "Acme", None, None, "", " ", "F"], 25, ["Acme"]),
        ([None] * 8, 25, []),
        (["Acme", "Bit"], 25, []),
        (["Zeta", "Zeta", "Acme", "Acme", "C", "D", "E"], 25, ["Acme", "Zeta"]),
        (["Acme"], 1, []),
        ([], 25, []),
    ],
)
def test_the_company_cap(companies: list[str | None], percent: int, excess: list[str]):
    assert company_excess(companies, percent) == excess
