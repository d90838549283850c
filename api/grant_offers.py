"""Offering a benefit to one ambassador over HTTP."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.benefits import BenefitCode, OccasionName, OfferNote, Reason
from api.grant_views import GrantView, view
from api.grants import LIST
from api.http.access import requires
from api.http.endpoint import Routes
from api.http.fields import Handle, Slug
from domain import granting
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Offers", "Managers offer what the rules do not offer by themselves.")


class NewGrant(Struct, frozen=True, forbid_unknown_fields=True):
    """What is offered to whom, and why."""

    ambassador: Annotated[Handle, Meta(description="The handle that they have now.")]
    benefit: BenefitCode
    occasion: Reason
    name: OccasionName | UnsetType = UNSET
    note: OfferNote | UnsetType = UNSET


@routes.post(
    LIST,
    requires(Permission.GRANT_MANAGE),
    creates=True,
    location="/v1/programs/{program}/grants/{id}",
)
async def create_grant(call: Call, program: Slug, body: NewGrant) -> GrantView:
    """Offer a benefit to an ambassador.

    On an occasion that the policy names for it, to who is active and for whom it is, while they
    have fewer live ones than the policy allows. What was declined, returned or revoked, or has
    expired, makes room for another one.
    """
    draft = granting.Draft(
        body.benefit, body.occasion, body.name or None, body.note or None, body.ambassador
    )
    return view(await granting.offer(call, program, draft))
