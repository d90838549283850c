"""Fulfilments over HTTP: what was claimed is given, and what comes back."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.expenses import Description, Kind
from api.grant_views import GrantView, view
from api.grants import ONE
from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import LINE, Amount, CurrencyCode, Day, Id, Reason, Slug
from api.http.refusals import telling
from domain import fulfilments
from domain.call import Call
from domain.grants import Shown
from domain.rules import money
from domain.rules.access import Permission

routes = Routes("Fulfilments", "What was claimed is given, and what comes back.")

Carrier = Annotated[
    str,
    Meta(
        pattern=LINE, min_length=1, max_length=100, description="Who carries it.", examples=["DHL"]
    ),
]
Tracking = Annotated[
    str,
    Meta(
        pattern=LINE,
        min_length=1,
        max_length=100,
        description="The carrier's number of it; the ambassador is told.",
        examples=["JD0140000000001"],
    ),
]
Place = Annotated[Slug, Meta(description="A storage place, by its code.", examples=["store"])]


class FulfilmentCost(Struct, frozen=True, forbid_unknown_fields=True):
    """What it cost: recorded as an expense of that day that points at the grant."""

    amount: Amount
    currency: CurrencyCode
    kind: Kind
    description: Annotated[
        Description | UnsetType,
        Meta(description="What for, for ever: name nobody. By default the benefit's name."),
    ] = UNSET


class GrantFulfilment(Struct, frozen=True, forbid_unknown_fields=True):
    """How a benefit was given."""

    on: Annotated[Day | UnsetType, Meta(description="On which day; by default today.")] = UNSET
    carrier: Carrier | UnsetType = UNSET
    tracking: Tracking | UnsetType = UNSET
    place: Annotated[
        Place | UnsetType,
        Meta(description="Where its items were taken from; by default where they are reserved."),
    ] = UNSET
    cost: FulfilmentCost | UnsetType = UNSET


class GrantReturn(Struct, frozen=True, forbid_unknown_fields=True):
    """What came back."""

    reason: Reason
    restock: Annotated[bool, Meta(description="Whether its items go into stock again.")]
    place: Annotated[
        Place | UnsetType,
        Meta(description="Where they go; by default where they were taken from."),
    ] = UNSET


@routes.post(ONE + "/fulfilment", requires(Permission.GRANT_FULFIL))
async def fulfil_grant(
    call: Call, program: Slug, grant: Id, body: GrantFulfilment, match: Match
) -> GrantView:
    """Note that a benefit was given.

    After the claim, and its approval where the policy asks for one. What is reserved leaves the
    stock, and where it was sent is erased a while later.
    """
    how = fulfilments.Fulfilment(
        on=body.on or None,
        carrier=body.carrier or None,
        tracking=body.tracking or None,
        place=body.place or None,
        cost=_cost(body.cost) if body.cost else None,
    )
    with telling(Shown, view):
        return view(await fulfilments.fulfil(call, program, grant, how, match.check))


@routes.post(ONE + "/return", requires(Permission.GRANT_FULFIL))
async def return_grant(
    call: Call, program: Slug, grant: Id, body: GrantReturn, match: Match
) -> GrantView:
    """Note that a benefit came back.

    A parcel that could not be delivered, say. Its items go into stock again only with `restock`.
    """
    back = fulfilments.Return(body.reason, body.restock, body.place or None)
    with telling(Shown, view):
        return view(await fulfilments.take_back(call, program, grant, back, match.check))


def _cost(body: FulfilmentCost) -> fulfilments.Cost:
    spent = money.parsed(body.amount, body.currency, "/cost", least=money.smallest(body.currency))
    return fulfilments.Cost(spent, body.kind, body.description or None)
