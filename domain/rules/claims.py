"""What can be done with a grant as it stands: claimed, refused, approved, fulfilled, taken back."""

from __future__ import annotations

from datetime import date

from domain.errors import Conflict, Fault, Invalid
from domain.rules.ambassadors import SANCTIONS, AmbassadorStatus
from domain.rules.benefits import LIVE, Awaiting, GrantStatus
from domain.rules.days import written


class AlreadyClaimed(Conflict):
    """It is claimed once, and what was chosen stays."""

    code = "already_claimed"
    title = "The benefit has been claimed"


class AlreadyApproved(Conflict):
    """It is approved once."""

    code = "already_approved"
    title = "The claim has been approved"


class AlreadyFulfilled(Conflict):
    """It is fulfilled once; what comes back is taken back."""

    code = "already_fulfilled"
    title = "The benefit has been fulfilled"


class ApprovalNeeded(Conflict):
    """A manager approves the claim first."""

    code = "approval_needed"
    title = "The claim has not been approved"


class ApprovalNotNeeded(Conflict):
    """The policy asks for no approval of it."""

    code = "approval_not_needed"
    title = "The benefit needs no approval"


class CannotClaim(Conflict):
    """Whoever is suspended or removed claims nothing."""

    code = "cannot_claim"
    title = "The ambassador can claim nothing now"


class ClaimExpired(Conflict):
    """The last day to claim it is over, whether or not anybody has noted that."""

    code = "claim_expired"
    title = "It is too late to claim the benefit"


class GrantClosed(Conflict):
    """It was returned, declined, expired or revoked; that stays."""

    code = "grant_closed"
    title = "The grant is closed"


class NotClaimed(Conflict):
    """The ambassador claims it first."""

    code = "not_claimed"
    title = "The benefit has not been claimed"


class NotFulfilled(Conflict):
    """What was not given cannot come back."""

    code = "not_fulfilled"
    title = "The benefit has not been fulfilled"


class OwnGrant(Conflict):
    """Nobody approves what they claim themselves, whatever else they are here."""

    code = "own_grant"
    title = "Nobody approves their own claim"


_S = GrantStatus


def check_claim(
    status: GrantStatus, claim_by: date | None, ambassador: AmbassadorStatus, today: date
) -> None:
    """Raise unless an ambassador of this status can claim it today, in the program's time zone.

    Raises `GrantClosed`, `AlreadyClaimed`, `ClaimExpired`, `CannotClaim`.
    """
    check_live(status)
    if status is not _S.OFFERED:
        raise AlreadyClaimed("It was claimed already; what was chosen stays.")
    if claim_by is not None and claim_by < today:
        raise ClaimExpired(f"It could be claimed until {written(claim_by)}.")
    if ambassador in SANCTIONS:
        raise CannotClaim(f"Whoever is {ambassador.value} claims nothing.")


def check_refusal(status: GrantStatus) -> None:
    """Raise unless it can still be declined. Raises `GrantClosed`, `AlreadyFulfilled`."""
    check_live(status)
    if status is _S.FULFILLED:
        raise AlreadyFulfilled("It was fulfilled already; what comes back is returned.")


def check_approval(status: GrantStatus, *, approval: bool, approved: bool, own: bool) -> None:
    """Raise unless the claim waits for an approval, and not for that of who claims it.

    Raises `GrantClosed`, `NotClaimed`, `AlreadyFulfilled`, `AlreadyApproved`, `ApprovalNotNeeded`,
    `OwnGrant`.
    """
    check_claimed(status)
    if approved:
        raise AlreadyApproved("It was approved already.")
    if not approval:
        raise ApprovalNotNeeded("The policy asks for no approval of this benefit.")
    if own:
        raise OwnGrant("Somebody else has to approve it.")


def check_fulfilment(status: GrantStatus, turn: Awaiting | None, on: date, today: date) -> None:
    """Raise unless it waits to be fulfilled, and was so on a day that has come.

    Raises `GrantClosed`, `NotClaimed`, `AlreadyFulfilled`, `ApprovalNeeded`, `Invalid`.
    """
    check_claimed(status)
    if turn is Awaiting.APPROVAL:
        raise ApprovalNeeded("A manager has to approve the claim first.")
    if on > today:
        detail = "What is fulfilled is recorded when it is, not in advance."
        raise Invalid(detail, Fault("day", detail, pointer="/on"))


def check_return(status: GrantStatus) -> None:
    """Raise unless it was given. Raises `GrantClosed`, `NotFulfilled`."""
    check_live(status)
    if status is not _S.FULFILLED:
        raise NotFulfilled("It was not fulfilled: it can be declined or revoked.")


def check_live(status: GrantStatus) -> None:
    """Raise `GrantClosed` for what is over."""
    if status not in LIVE:
        raise GrantClosed(f"It is {status.value}; that stays.")


def check_claimed(status: GrantStatus) -> None:
    """Raise unless it is claimed and no more. `GrantClosed`, `NotClaimed`, `AlreadyFulfilled`."""
    check_live(status)
    if status is _S.OFFERED:
        raise NotClaimed("The ambassador has to claim it first.")
    if status is _S.FULFILLED:
        raise AlreadyFulfilled("It was fulfilled already.")
