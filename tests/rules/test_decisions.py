"""What a manager's decision is, next to a vote."""

from __future__ import annotations

import pytest

from domain.rules.candidacies import OutcomeBy
from domain.rules.decisions import DecisionOutcome, decided_by
from domain.rules.votes import VoteResult

YES, NO = DecisionOutcome.ACCEPTED, DecisionOutcome.DECLINED
MANAGER, OVERRIDE, VOTE = OutcomeBy.MANAGER, OutcomeBy.OVERRIDE, OutcomeBy.VOTE


@pytest.mark.parametrize(
    ("outcome", "committee", "voting", "result", "by"),
    [
        (YES, False, False, None, MANAGER),
        (NO, False, False, None, MANAGER),
        (YES, False, False, VoteResult.CANCELLED, MANAGER),
        (YES, True, False, None, OVERRIDE),
        (YES, True, False, VoteResult.CANCELLED, OVERRIDE),
        (YES, True, True, None, OVERRIDE),
        # A vote is open though the policy leaves it to managers by now.
        (YES, False, True, None, OVERRIDE),
        (YES, True, False, VoteResult.PASSED, VOTE),
        (NO, True, False, VoteResult.DECLINED, VOTE),
        (YES, False, False, VoteResult.PASSED, VOTE),
        (NO, True, False, VoteResult.PASSED, OVERRIDE),
        (NO, False, False, VoteResult.PASSED, OVERRIDE),
        (YES, True, False, VoteResult.DECLINED, OVERRIDE),
        (YES, True, False, VoteResult.EXPIRED, OVERRIDE),
        (NO, True, False, VoteResult.EXPIRED, OVERRIDE),
    ],
)
def test_a_decision_is_ones_own_or_a_votes_or_against_it(
    outcome: DecisionOutcome,
    committee: bool,
    voting: bool,
    result: VoteResult | None,
    by: OutcomeBy,
) -> None:
    assert decided_by(outcome, committee=committee, voting=voting, result=result) is by
