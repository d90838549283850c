"""Claims over HTTP: an ambassador takes or declines what is offered, managers approve or revoke."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.deliveries import NewDelivery, told
from api.grant_views import Choices, GrantView, view
from api.grants import ONE
from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Reason, Slug
from api.http.refusals import telling
from domain import claims
from domain.call import Call
from domain.grants import Shown
from domain.rules.access import Permission

routes = Routes("Claims", "Ambassadors take or decline what they are offered.")


class GrantClaim(Struct, frozen=True, forbid_unknown_fields=True):
    """What is told with a claim: what the grant's `items` and `needs` ask for, and no more."""

    choices: Annotated[
        Choices | UnsetType,
        Meta(description="A variant of each item that comes in several, by their codes."),
    ] = UNSET
    delivery: Annotated[
        NewDelivery | UnsetType, Meta(description="Where to send it: what `needs` name.")
    ] = UNSET


class GrantRefusal(Struct, frozen=True, forbid_unknown_fields=True):
    """That a benefit is declined."""

    reason: Annotated[
        Reason | UnsetType, Meta(description="Why; needed from who declines for somebody else.")
    ] = UNSET


class GrantRevocation(Struct, frozen=True, forbid_unknown_fields=True):
    """That a benefit is taken back."""

    reason: Reason


@routes.post(ONE + "/claim", requires(Permission.SELF_MANAGE))
async def claim_grant(
    call: Call, program: Slug, grant: Id, body: GrantClaim, match: Match
) -> GrantView:
    """Claim a benefit.

    What you are offered, or with grant:manage for somebody else. Its items are reserved; what is
    fulfilled by codes is fulfilled at once. There is one claim of a grant: a second one, and
    whoever finds nothing left, gets 409 with the grant as it is.
    """
    delivery = told(body.delivery) if body.delivery else None
    with telling(Shown, view):
        claim = claims.Claim(body.choices or {}, delivery)
        return view(await claims.claim(call, program, grant, claim, match.check))


@routes.post(ONE + "/refusal", requires(Permission.SELF_MANAGE))
async def refuse_grant(
    call: Call, program: Slug, grant: Id, body: GrantRefusal, match: Match
) -> GrantView:
    """Decline a benefit.

    Any time before it is fulfilled; with grant:manage and a reason also for somebody else. What was
    reserved is free again, and where it was to be sent is erased.
    """
    with telling(Shown, view):
        return view(await claims.refuse(call, program, grant, body.reason or None, match.check))


@routes.post(ONE + "/approval", requires(Permission.GRANT_MANAGE))
async def approve_grant(call: Call, program: Slug, grant: Id, match: Match) -> GrantView:
    """Approve a claim.

    Where the policy asks for it, and never your own. What is fulfilled by codes is fulfilled at
    once.
    """
    with telling(Shown, view):
        return view(await claims.approve(call, program, grant, match.check))


@routes.post(ONE + "/revocation", requires(Permission.GRANT_MANAGE))
async def revoke_grant(
    call: Call, program: Slug, grant: Id, body: GrantRevocation, match: Match
) -> GrantView:
    """Revoke a grant.

    An offer, a claim or what was given, such as an invitation. What was reserved is free again.
    What came back by post is a return instead.
    """
    with telling(Shown, view):
        return view(await claims.revoke(call, program, grant, body.reason, match.check))
