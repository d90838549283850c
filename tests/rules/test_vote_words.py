"""A vote in words."""

from __future__ import annotations

from domain.rules.vote_words import closed_words, words
from domain.rules.votes import Closed, Count, Rules, VoteResult
from tests.rules.votes_held import ASYNCAPI, DAY, OPENED, TIMES


def test_what_is_needed_what_is_there_and_when_it_can_close():
    assert words(ASYNCAPI, TIMES, Count(40, 15, 3, 2), OPENED) == [
        "21 of 40 voters have to be for it.",
        "15 are for it, 3 against, 2 abstain, 20 have not voted.",
        "It takes 6 more for it.",
        "It can close from 9 March 2026 at 09:30 (UTC) on, and does on 30 March 2026 at 09:30"
        " (UTC) at the latest.",
    ]


def test_enough_before_the_earliest_close_in_the_programs_time_zone():
    there = words(ASYNCAPI, TIMES, Count(3, 2, 0, 1), OPENED, time_zone="Pacific/Auckland")
    assert there == [
        "2 of 3 voters have to be for it.",
        "2 are for it, 0 against, 1 abstains, 0 have not voted.",
        "That is enough.",
        "As it stands, it closes on 9 March 2026 at 22:30 (Pacific/Auckland).",
    ]


def test_what_is_lost_and_only_ends_at_the_end():
    assert words(Rules(51), TIMES, Count(1, 0, 1, 0), OPENED) == [
        "1 of 1 voters has to be for it.",
        "0 are for it, 1 against, 0 abstain, 0 have not voted.",
        "It cannot pass any more, unless somebody changes their vote.",
        "It closes on 30 March 2026 at 09:30 (UTC).",
    ]


def test_a_secret_ballot_tells_only_how_many_have_voted():
    assert words(Rules(51), TIMES, Count(5), OPENED, sealed=1) == [
        "3 of 5 voters have to be for it.",
        "1 has voted; the choices are counted when it closes.",
        "It closes on 30 March 2026 at 09:30 (UTC).",
    ]


def test_too_few_voters():
    rules = Rules(51, 3)
    assert words(rules, TIMES, Count(1), OPENED) == [
        "1 voter is left of the 3 that a result takes.",
        "It ends without a result on 9 March 2026 at 09:30 (UTC), unless it is cancelled.",
    ]
    assert closed_words(rules, Count(0), Closed(VoteResult.EXPIRED, TIMES.earliest)) == [
        "It ended without a result on 9 March 2026 at 09:30 (UTC).",
        "No voters are left of the 3 that a result takes.",
    ]


def test_what_came_of_it():
    closed = Closed(VoteResult.DECLINED, OPENED + 28 * DAY)
    assert closed_words(ASYNCAPI, Count(3, 1, 1, 0), closed) == [
        "It was declined on 30 March 2026 at 09:30 (UTC).",
        "2 of 3 voters had to be for it.",
        "1 was for it, 1 against, 0 abstained, 1 did not vote.",
    ]
    assert closed_words(ASYNCAPI, None, Closed(VoteResult.CANCELLED, OPENED)) == [
        "It was cancelled on 2 March 2026 at 09:30 (UTC)."
    ]
