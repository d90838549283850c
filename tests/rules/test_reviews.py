"""What becomes of a contribution when a reviewer speaks, and who may speak."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from domain.errors import DomainError
from domain.rules import reviews
from domain.rules.contributions import ContributionStatus as Status
from domain.rules.contributions import WaitingFor
from domain.rules.policy_contributions import (
    Acceptance,
    Area,
    ContributionType,
    DeclineReason,
    Review,
)
from domain.rules.reviews import Decision, Judgement, Party, State
from domain.rules.sources import Trust

TODAY = date(2026, 3, 3)
LISTED = Review({"not_ours": DeclineReason("Not about us")})
NONE = Review()
ANA, BEN = UUID(int=1), UUID(int=2)
ONE, TWO = UUID(int=11), UUID(int=12)

ACCEPT = Judgement(Decision.ACCEPT)
DECLINE = Judgement(Decision.DECLINE, "not_ours")
RETURN = Judgement(Decision.RETURN, note="Which event?")


def code_of(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.code


def pointers(error: pytest.ExceptionInfo[DomainError]) -> list[str | None]:
    return [fault.pointer for fault in error.value.faults]


@pytest.mark.parametrize(
    ("status", "judgement", "review", "state"),
    [
        (Status.PENDING, ACCEPT, LISTED, State(Status.ACCEPTED, None, None, None)),
        (Status.DISPUTED, ACCEPT, NONE, State(Status.ACCEPTED, None, None, None)),
        (
            Status.PENDING,
            Judgement(Decision.ACCEPT, note="Well done."),
            NONE,
            State(Status.ACCEPTED, None, None, "Well done."),
        ),
        (Status.PENDING, DECLINE, LISTED, State(Status.DECLINED, None, "not_ours", None)),
        (
            Status.DISPUTED,
            Judgement(Decision.DECLINE, "not_ours", "Still."),
            LISTED,
            State(Status.DECLINED, None, "not_ours", "Still."),
        ),
        (
            Status.PENDING,
            Judgement(Decision.DECLINE, note="An advertisement."),
            NONE,
            State(Status.DECLINED, None, None, "An advertisement."),
        ),
        (
            Status.PENDING,
            RETURN,
            LISTED,
            State(Status.PENDING, WaitingFor.AUTHOR, None, "Which event?"),
        ),
        (
            Status.DISPUTED,
            RETURN,
            NONE,
            State(Status.DISPUTED, WaitingFor.AUTHOR, None, "Which event?"),
        ),
    ],
)
def test_decided(status: Status, judgement: Judgement, review: Review, state: State) -> None:
    assert reviews.decide(status, TODAY, judgement, review, TODAY) == state


@pytest.mark.parametrize("judgement", [ACCEPT, DECLINE, RETURN])
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.ACCEPTED, "already_decided"),
        (Status.DECLINED, "already_decided"),
        (Status.WITHDRAWN, "contribution_withdrawn"),
    ],
)
def test_decided_once(status: Status, judgement: Judgement, code: str) -> None:
    with pytest.raises(DomainError) as error:
        reviews.decide(status, TODAY, judgement, LISTED, TODAY)
    assert code_of(error) == code


@pytest.mark.parametrize(
    ("judgement", "review", "code", "pointer"),
    [
        (Judgement(Decision.DECLINE, "rude"), LISTED, "invalid_reference", "/reason"),
        (Judgement(Decision.DECLINE, "rude", "It is."), NONE, "invalid_reference", "/reason"),
        (Judgement(Decision.DECLINE, "duplicate"), LISTED, "invalid_reference", "/reason"),
        (Judgement(Decision.DECLINE, note="It is rude."), LISTED, "reason_needed", "/reason"),
        (Judgement(Decision.DECLINE), NONE, "reason_needed", "/note"),
        (Judgement(Decision.RETURN), NONE, "invalid", "/note"),
        (Judgement(Decision.RETURN, "not_ours", "Why?"), LISTED, "invalid", "/reason"),
        (Judgement(Decision.ACCEPT, "not_ours"), LISTED, "invalid", "/reason"),
    ],
)
def test_reasons(judgement: Judgement, review: Review, code: str, pointer: str) -> None:
    with pytest.raises(DomainError) as error:
        reviews.decide(Status.PENDING, TODAY, judgement, review, TODAY)
    assert (code_of(error), pointers(error)) == (code, [pointer])


def test_what_was_announced_is_accepted_from_its_day_on() -> None:
    tomorrow = date(2026, 3, 4)
    with pytest.raises(reviews.NotYet):
        reviews.decide(Status.PENDING, tomorrow, ACCEPT, NONE, TODAY)
    assert reviews.decide(Status.PENDING, tomorrow, ACCEPT, NONE, tomorrow)
    assert reviews.decide(Status.PENDING, tomorrow, DECLINE, LISTED, TODAY)
    assert reviews.decide(Status.PENDING, tomorrow, RETURN, NONE, TODAY)


@pytest.mark.parametrize(
    ("reviewer", "status", "decliner", "code"),
    [
        (Party(ONE, ANA), Status.PENDING, None, "own_contribution"),
        (Party(ONE, ANA), Status.DISPUTED, Party(TWO, BEN), "own_contribution"),
        (Party(ONE, BEN), Status.DISPUTED, Party(ONE, None), "same_reviewer"),
        # Another account of the same person.
        (Party(ONE, BEN), Status.DISPUTED, Party(TWO, BEN), "same_reviewer"),
        (Party(ONE, BEN), Status.DISPUTED, Party(TWO, None), None),
        # The command line is nobody: two nobodies are not the same.
        (Party(None, None), Status.DISPUTED, Party(None, None), None),
        (Party(ONE, BEN), Status.DISPUTED, None, None),
        # Who returned or accepted before a correction may decide again.
        (Party(ONE, BEN), Status.PENDING, Party(ONE, BEN), None),
        (Party(ONE, None), Status.PENDING, None, None),
    ],
)
def test_who_decides(
    reviewer: Party, status: Status, decliner: Party | None, code: str | None
) -> None:
    # An identity that nobody owns yet is one of the people without being a person.
    people = {ANA, None}
    if code is None:
        reviews.check_reviewer(reviewer, people, status, decliner)
        return
    with pytest.raises(DomainError) as error:
        reviews.check_reviewer(reviewer, people, status, decliner)
    assert code_of(error) == code


@pytest.mark.parametrize(
    ("status", "disputed", "code"),
    [
        (Status.DECLINED, False, None),
        (Status.DECLINED, True, "already_disputed"),
        (Status.DISPUTED, True, "already_disputed"),
        (Status.PENDING, False, "not_declined"),
        (Status.ACCEPTED, False, "not_declined"),
        (Status.WITHDRAWN, False, "contribution_withdrawn"),
        (Status.WITHDRAWN, True, "contribution_withdrawn"),
    ],
)
def test_disputed_once(status: Status, disputed: bool, code: str | None) -> None:
    if code is None:
        reviews.check_dispute(status, disputed=disputed)
        return
    with pytest.raises(DomainError) as error:
        reviews.check_dispute(status, disputed=disputed)
    assert code_of(error) == code


@pytest.mark.parametrize(
    ("acceptance", "trust", "own_word", "vouched", "accepted"),
    [
        (Acceptance.AT_ONCE, None, True, False, True),
        (Acceptance.AT_ONCE, None, False, False, False),
        (Acceptance.AT_ONCE, None, False, True, True),
        (Acceptance.FROM_TRUSTED_SOURCE, Trust.TRUSTED, True, False, True),
        (Acceptance.FROM_TRUSTED_SOURCE, Trust.UNTRUSTED, True, False, False),
        (Acceptance.FROM_TRUSTED_SOURCE, None, True, False, False),
        (Acceptance.FROM_TRUSTED_SOURCE, None, False, True, True),
        (Acceptance.BY_REVIEW, Trust.TRUSTED, True, False, False),
    ],
)
def test_what_only_a_suspicion_held_up(
    acceptance: Acceptance, trust: Trust | None, own_word: bool, vouched: bool, accepted: bool
) -> None:
    kind = ContributionType("Talk", Area.EVENTS, acceptance=acceptance)

    def found(first: date) -> bool:
        return reviews.accepted_when_distinct(
            kind, trust, first, TODAY, own_word=own_word, vouched=vouched
        )

    assert found(TODAY) is accepted
    assert found(date(2026, 3, 4)) is False
    assert not reviews.accepted_when_distinct(
        None, trust, TODAY, TODAY, own_word=own_word, vouched=vouched
    )
