"""Deciding on contributions: what a reviewer may say, who may say it, what then becomes of one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from domain.errors import Conflict, Fault, Forbidden, Invalid, InvalidReference
from domain.rules.contributions import (
    ContributionStatus,
    ContributionWithdrawn,
    WaitingFor,
    accepted_at_once,
)
from domain.rules.policy_contributions import ContributionType, Review
from domain.rules.sources import Trust

DUPLICATE = "duplicate"
"""The reason of what was declined as the same as another; every policy has it."""

OPEN = frozenset({ContributionStatus.PENDING, ContributionStatus.DISPUTED})
"""What a reviewer can decide on."""


class Decision(StrEnum):
    """What a reviewer says of a contribution."""

    ACCEPT = "accept"
    DECLINE = "decline"
    RETURN = "return"


class Verdict(StrEnum):
    """What a reviewer says of two that may be the same: both count, or one does."""

    DISTINCT = "distinct"
    SAME = "same"


class Judgement(Struct, frozen=True):
    """A decision, with the policy's code of the reason to decline, and words to the author."""

    decision: Decision
    reason: str | None = None
    note: str | None = None


class State(Struct, frozen=True):
    """Where a contribution stands after a decision; `reason` and `note` are the reviewer's."""

    status: ContributionStatus
    waiting_for: WaitingFor | None
    reason: str | None
    note: str | None


class Party(Struct, frozen=True):
    """Somebody who acts: an account, and the person whose it is."""

    account_id: UUID | None
    person_id: UUID | None


class AlreadyDecided(Conflict):
    """Somebody was faster, or it is the same decision again."""

    code = "already_decided"
    title = "The contribution has been decided on"


class NotYet(Conflict):
    """What was announced counts from its day on, not before."""

    code = "not_yet"
    title = "The contribution is still to come"


class ReasonNeeded(Conflict):
    """The policy wants to know why."""

    code = "reason_needed"
    title = "The policy asks for a reason"


class OwnContribution(Forbidden):
    """Nobody reviews their own."""

    code = "own_contribution"
    title = "Nobody decides on their own contribution"


class SameReviewer(Forbidden):
    """A dispute is for somebody else than who declined."""

    code = "same_reviewer"
    title = "Somebody else decides on the dispute"


class NotDeclined(Conflict):
    """Only what was declined can be disputed."""

    code = "not_declined"
    title = "The contribution was not declined"


class AlreadyDisputed(Conflict):
    """There is one dispute."""

    code = "already_disputed"
    title = "The contribution has been disputed before"


class CountsNoMore(Conflict):
    """Something that counts itself can count for another one only."""

    code = "counts_no_more"
    title = "The other contribution does not count itself"


def check_reviewer(
    reviewer: Party,
    people: Collection[UUID | None],
    status: ContributionStatus,
    decliner: Party | None,
) -> None:
    """Raise `OwnContribution` for one of its people, `SameReviewer` for a dispute with them.

    `decliner` decided last; neither their account nor another one of theirs decides again.
    """
    if reviewer.person_id is not None and reviewer.person_id in people:
        raise OwnContribution("It is your own: somebody else decides on it.")
    if status is ContributionStatus.DISPUTED and _same(reviewer, decliner):
        raise SameReviewer("You declined it: somebody else decides on the dispute.")


def check_open(status: ContributionStatus) -> None:
    """Raise `AlreadyDecided` or `ContributionWithdrawn` unless it waits for a decision."""
    if status is ContributionStatus.WITHDRAWN:
        raise ContributionWithdrawn("The contribution was withdrawn.")
    if status not in OPEN:
        raise AlreadyDecided(f"The contribution is {status.value} already.")


def decide(
    status: ContributionStatus, first: date, judgement: Judgement, review: Review, today: date
) -> State:
    """Where it stands after the decision.

    `first` is the first day of its period, `today` the day in the program's time zone. Raises
    `AlreadyDecided`, `ContributionWithdrawn`, `NotYet` for accepting what is still to come,
    `InvalidReference` and `ReasonNeeded` for a reason that the policy does not have or misses,
    `Invalid` for words that belong to another decision.
    """
    check_open(status)
    note = judgement.note
    if judgement.decision is Decision.DECLINE:
        _check_reason(judgement, review)
        return State(ContributionStatus.DECLINED, None, judgement.reason, note)
    if judgement.reason is not None:
        raise _refused("reason", "Only what is declined has a reason.", "/reason")
    if judgement.decision is Decision.RETURN:
        if note is None:
            raise _refused("required", "Say what to correct.", "/note")
        return State(status, WaitingFor.AUTHOR, None, note)
    if first > today:
        raise NotYet(f"It is announced for {first}: it can be accepted from that day on.")
    return State(ContributionStatus.ACCEPTED, None, None, note)


def check_dispute(status: ContributionStatus, *, disputed: bool) -> None:
    """Raise `NotDeclined`, `AlreadyDisputed`, `ContributionWithdrawn` for what cannot be disputed.

    `disputed` says that it was disputed before.
    """
    if status is ContributionStatus.WITHDRAWN:
        raise ContributionWithdrawn("The contribution was withdrawn.")
    if disputed:
        raise AlreadyDisputed("It was disputed before; there is one dispute.")
    if status is not ContributionStatus.DECLINED:
        raise NotDeclined(f"Only what was declined can be disputed; this is {status.value}.")


def accepted_when_distinct(
    kind: ContributionType | None,
    trust: Trust | None,
    first: date,
    today: date,
    *,
    own_word: bool,
    vouched: bool,
) -> bool:
    """Whether only the suspicion kept it from being accepted at once.

    `own_word` says that a tool or one of its people recorded it, `vouched` that the reviewer did;
    anybody else's word about others waits for a review.
    """
    if kind is None or first > today or not (own_word or vouched):
        return False
    return accepted_at_once(kind, trust, vouched=vouched)


def _check_reason(judgement: Judgement, review: Review) -> None:
    reason = judgement.reason
    if reason is not None and reason not in review.decline_reasons:
        detail = f"The policy has no reason '{reason}' to decline."
        raise InvalidReference(detail, Fault("invalid_reference", detail, pointer="/reason"))
    if review.decline_reasons and reason is None:
        known = ", ".join(sorted(review.decline_reasons))
        detail = f"Give one of the policy's reasons: {known}."
        raise ReasonNeeded(detail, Fault("required", detail, pointer="/reason"))
    if reason is None and judgement.note is None:
        detail = "The policy has no list of reasons: say why in a note."
        raise ReasonNeeded(detail, Fault("required", detail, pointer="/note"))


def _same(one: Party, other: Party | None) -> bool:
    if other is None:
        return False
    return (one.account_id is not None and one.account_id == other.account_id) or (
        one.person_id is not None and one.person_id == other.person_id
    )


def _refused(code: str, detail: str, pointer: str) -> Invalid:
    return Invalid(detail, Fault(code, detail, pointer=pointer))
