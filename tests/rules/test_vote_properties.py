"""Votes: what holds of every electorate, every threshold and every order of votes."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.rules.votes import Choice, Closed, Count, Rules, VoteResult, outcome, settle
from tests.rules.votes_held import DAY, OPENED, TIMES, Cast, count, held

RANKS = {VoteResult.DECLINED: 0, VoteResult.EXPIRED: 1, VoteResult.PASSED: 2}
LEANINGS = {Choice.AGAINST: 0, Choice.ABSTAIN: 0, Choice.FOR: 2}
"""To abstain takes a vote away from what is needed, as being against does."""

MOST = 9
VOTERS = st.integers(1, MOST)
RULES = st.builds(Rules, st.integers(1, 100), st.integers(1, 4), st.booleans(), st.booleans())
PATIENT = st.builds(Rules, st.integers(1, 100), st.integers(1, 4))
CHOICES = st.sampled_from(list(Choice))
BEFORE_ANY_CLOSE = st.integers(0, 69).map(lambda tenth: tenth / 10)
ANY_DAY = st.integers(0, 279).map(lambda tenth: tenth / 10)
BELLS = st.lists(st.integers(0, 28), max_size=10)


def casts(days: st.SearchStrategy[float] = ANY_DAY) -> st.SearchStrategy[list[Cast]]:
    one = st.builds(Cast, days, st.integers(0, MOST - 1), st.none() | CHOICES)
    return st.lists(one, max_size=15, unique_by=lambda cast: cast.day)


def of(voters: int, made: Sequence[Cast]) -> list[Cast]:
    return [cast for cast in made if cast.voter < voters]


def rank(closed: Closed | None) -> int:
    assert closed is not None
    return RANKS[closed.result]


@given(RULES, VOTERS, casts(), st.integers(0, MOST - 1), ANY_DAY, CHOICES)
def test_a_vote_in_a_direction_never_moves_the_result_the_other_way(
    rules: Rules, voters: int, made: list[Cast], voter: int, day: float, choice: Choice
):
    """Somebody who said nothing, says something: it leads where it points, or nowhere."""
    others = [cast for cast in of(voters, made) if cast.voter != voter and cast.day != day]
    assume(voter < voters)
    before = rank(held(rules, voters, others))
    after = rank(held(rules, voters, [*others, Cast(day, voter, choice)]))
    assert after >= before if choice is Choice.FOR else after <= before


@given(RULES, VOTERS, casts(BEFORE_ANY_CLOSE), st.integers(0, MOST - 1), CHOICES, CHOICES)
def test_another_choice_moves_the_result_with_it(
    rules: Rules, voters: int, made: list[Cast], voter: int, old: Choice, new: Choice
):
    others = [cast for cast in of(voters, made) if cast.voter != voter]
    assume(voter < voters)
    before = rank(held(rules, voters, [*others, Cast(6.95, voter, old)]))
    after = rank(held(rules, voters, [*others, Cast(6.95, voter, new)]))
    assert after >= before if LEANINGS[new] >= LEANINGS[old] else after <= before
    assert after <= before if LEANINGS[new] <= LEANINGS[old] else after >= before


@given(RULES, VOTERS, st.data())
def test_the_order_of_votes_before_the_earliest_close_does_not_matter(
    rules: Rules, voters: int, data: st.DataObject
):
    said = data.draw(st.dictionaries(st.integers(0, voters - 1), CHOICES, max_size=voters))
    days = [index / 2 for index in range(len(said))]
    made = [
        Cast(day, voter, choice) for day, (voter, choice) in zip(days, said.items(), strict=True)
    ]
    shuffled = data.draw(st.permutations(days))
    moved = [replace(cast, day=day) for cast, day in zip(made, shuffled, strict=True)]
    assert held(rules, voters, moved) == held(rules, voters, made)


@given(PATIENT, VOTERS, st.data())
def test_the_order_of_votes_never_matters_where_only_the_end_closes(
    rules: Rules, voters: int, data: st.DataObject
):
    said = data.draw(st.dictionaries(st.integers(0, voters - 1), CHOICES, max_size=voters))
    days = data.draw(st.lists(ANY_DAY, min_size=len(said), max_size=len(said), unique=True))
    shuffled = data.draw(st.permutations(days))
    first, second = (
        [Cast(day, *vote) for day, vote in zip(order, said.items(), strict=True)]
        for order in (days, shuffled)
    )
    assert held(rules, voters, first) == held(rules, voters, second)


@given(RULES, VOTERS, casts(), casts(), st.integers(0, 28))
def test_a_closed_vote_does_not_change(
    rules: Rules, voters: int, made: list[Cast], later: list[Cast], looked_at: int
):
    known = [cast for cast in of(voters, made) if cast.day < looked_at]
    closed = held(rules, voters, known, looked_at)
    # Only what decides early is closed before the end.
    at = 28 if closed is None else looked_at
    closed = closed or held(rules, voters, known, at)
    more = [replace(cast, day=at + cast.day) for cast in of(voters, later)]
    assert closed is not None
    assert held(rules, voters, [*known, *more]) == closed


@given(RULES, VOTERS, casts(), BELLS)
def test_who_settles_late_finds_what_settling_in_time_would_have(
    rules: Rules, voters: int, made: list[Cast], bells: list[int]
):
    in_time = held(rules, voters, of(voters, made), bells=range(29))
    assert held(rules, voters, of(voters, made), bells=bells) == in_time
    assert held(rules, voters, of(voters, made), looked_at=400) == in_time


@given(RULES, VOTERS, casts())
def test_every_vote_ends_between_its_earliest_and_its_latest_close(
    rules: Rules, voters: int, made: list[Cast]
):
    closed = held(rules, voters, of(voters, made))
    assert closed is not None
    assert TIMES.earliest <= closed.at <= TIMES.latest
    assert (
        closed.at == TIMES.latest
        or rules.close_on_passing
        or rules.fail_early
        or (voters < rules.minimum_voters)
    )


@given(RULES, VOTERS, st.lists(CHOICES, max_size=MOST), st.integers(0, 40), st.integers(0, 40))
def test_settling_again_changes_nothing(
    rules: Rules, voters: int, choices: list[Choice], changed: int, at: int
):
    there = count(voters, choices[:voters])
    first = settle(rules, TIMES, there, OPENED + changed * DAY, OPENED + at * DAY)
    again = settle(rules, TIMES, there, OPENED + changed * DAY, OPENED + (at + 100) * DAY)
    assert again is not None
    assert first in (None, again)


@given(RULES, st.integers(1, 60), st.integers(0, 60), st.integers(0, 60))
def test_passing_takes_the_whole_share_and_declining_that_it_was_out_of_reach(
    rules: Rules, voters: int, votes_for: int, against: int
):
    """The same in fractions, without the engine's integers."""
    assume(votes_for + against <= voters)
    result = outcome(rules, Count(voters, votes_for, against))
    if voters < rules.minimum_voters:
        assert result is VoteResult.EXPIRED
    elif votes_for * 100 >= rules.percent * voters:
        assert result is VoteResult.PASSED
    elif (voters - against) * 100 < rules.percent * voters:
        assert result is VoteResult.DECLINED
    else:
        assert result is VoteResult.EXPIRED
