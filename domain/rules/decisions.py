"""Decisions on applications: what can be decided, by what it came about, and what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from domain.errors import Fault, Invalid
from domain.rules.candidacies import OutcomeBy
from domain.rules.policy_contributions import DeclineReason
from domain.rules.votes import VoteResult


class DecisionOutcome(StrEnum):
    """What can be decided on an application."""

    ACCEPTED = "accepted"
    DECLINED = "declined"


class DecisionNeeded(StrEnum):
    """Why a manager has to decide, though the rules or the committee have done their part.

    `identity`: somebody without an account says to be a person who is recorded.
    """

    CONFIRMATION = "confirmation"
    IDENTITY = "identity"
    ALREADY_AMBASSADOR = "already_ambassador"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    PERSON_ERASED = "person_erased"


_RESULTS = {
    DecisionOutcome.ACCEPTED: VoteResult.PASSED,
    DecisionOutcome.DECLINED: VoteResult.DECLINED,
}


def decided_by(
    outcome: DecisionOutcome, *, committee: bool, voting: bool, result: VoteResult | None
) -> OutcomeBy:
    """What a manager's decision is: their own, the confirmation of a vote, or its override.

    `committee`: the policy leaves it to a vote; `voting`: one is open now; `result` is that of the
    last one, if there was any.
    """
    if not voting and result is _RESULTS[outcome]:
        return OutcomeBy.VOTE
    if committee or voting or result not in (None, VoteResult.CANCELLED):
        return OutcomeBy.OVERRIDE
    return OutcomeBy.MANAGER


def check_reason(
    outcome: DecisionOutcome, reason: str | None, known: Mapping[str, DeclineReason]
) -> None:
    """Raise `Invalid` unless a declined application has a reason of the program's, if it has any.

    An accepted one has none.
    """
    if outcome is DecisionOutcome.ACCEPTED:
        detail = "Only what is declined has a reason." if reason is not None else None
    elif reason is None:
        detail = f"Give one of the program's reasons: {', '.join(known)}." if known else None
    else:
        detail = f"The policy has no reason '{reason}' to decline." if reason not in known else None
    if detail is not None:
        raise Invalid(detail, Fault("decline_reason", detail, pointer="/reason"))
