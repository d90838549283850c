"""Deliveries over HTTP: where a benefit is sent, for the ambassador and for who sends it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.grant_views import view
from api.grants import ONE
from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import LINE, Country, Id, Slug, Version
from api.http.refusals import telling
from domain import deliveries
from domain.call import Call
from domain.deliveries import Address, Delivery
from domain.grants import Grant, Shown
from domain.rules.access import Permission

routes = Routes("Deliveries", "Where benefits are sent: sealed, and erased a while after.")

PATH = ONE + "/delivery"

PostalLine = Annotated[
    str, Meta(pattern=LINE, min_length=1, max_length=200, examples=["12 Invented Road"])
]
PostalLines = Annotated[
    list[PostalLine],
    Meta(
        min_length=1,
        max_length=5,
        description="Street, house, floor, care of: as it is written on the parcel.",
        examples=[["12 Invented Road"]],
    ),
]
City = Annotated[PostalLine, Meta(description="The town.", examples=["Lagos"])]
Region = Annotated[PostalLine, Meta(description="State or province.", examples=["Lagos State"])]
PostalCode = Annotated[
    str,
    Meta(
        pattern=LINE,
        min_length=1,
        max_length=20,
        description="The postal code, where there are some.",
        examples=["100001"],
    ),
]
Recipient = Annotated[PostalLine, Meta(description="Whose parcel it is.", examples=["A. Okafor"])]
Email = Annotated[
    str,
    Meta(
        pattern='^[^@\\s\\u0000-\\u0020\\u007f<>"]{1,64}@[^@\\s\\u0000-\\u0020\\u007f<>"]{1,189}$(?!\\n)',
        max_length=254,
        description="An e-mail address.",
        examples=["amara@example.org"],
    ),
]
Phone = Annotated[
    str,
    Meta(
        pattern="^\\+[1-9]([ -]?[0-9]){6,14}$(?!\\n)",
        max_length=31,
        description="In the international form of E.164; spaces and hyphens may part it.",
        examples=["+234 1 234 5678"],
    ),
]


class AddressView(Struct, frozen=True):
    """A postal address."""

    name: Recipient
    lines: PostalLines
    city: City
    region: Region | None
    postal_code: PostalCode | None
    country: Country


class DeliveryView(Struct, frozen=True):
    """Where a benefit is sent; null is what it does not need."""

    grant_id: Id
    address: Annotated[AddressView | None, Meta(description="To which a parcel goes.")]
    email: Email | None
    phone: Phone | None
    version: Annotated[Version, Meta(description="That of the grant.")]


class CreatedDelivery(DeliveryView, frozen=True):
    """The same, where nothing was known before."""

    @property
    def created(self) -> bool:
        """It answers with 201."""
        return True


class NewAddress(Struct, frozen=True, forbid_unknown_fields=True):
    """A postal address, as it is written on a parcel."""

    name: Recipient
    lines: PostalLines
    city: City
    country: Country
    region: Region | UnsetType = UNSET
    postal_code: PostalCode | UnsetType = UNSET


class NewDelivery(Struct, frozen=True, forbid_unknown_fields=True):
    """Where to send it: exactly what the grant's `needs` name."""

    address: NewAddress | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET


def told(body: NewDelivery) -> Delivery:
    """The delivery that somebody tells."""
    address = None
    if body.address:
        given = body.address
        address = Address(
            name=given.name,
            lines=tuple(given.lines),
            city=given.city,
            country=given.country,
            region=given.region or None,
            postal_code=given.postal_code or None,
        )
    return Delivery(address, body.email or None, body.phone or None)


@routes.get(PATH, requires(Permission.SELF_READ), unseals=True)
async def get_delivery(call: Call, program: Slug, grant: Id) -> DeliveryView:
    """Get where a grant is sent.

    For the ambassador and for those with delivery:read; nobody else, not even a manager. It is
    erased when the grant ends, and a while after it was fulfilled: 404 then.
    """
    return _view(*await deliveries.get(call, program, grant), DeliveryView)


@routes.put(PATH, requires(Permission.SELF_MANAGE), may_create=True)
async def replace_delivery(
    call: Call, program: Slug, grant: Id, body: NewDelivery, match: Match
) -> DeliveryView:
    """Say anew where a grant is sent.

    After the claim and before it is fulfilled; by the ambassador, or with delivery:read. It counts
    as a change of the grant, and nobody is told more than that.
    """
    delivery = told(body)
    with telling(Shown, view):
        changed, created = await deliveries.change(call, program, grant, delivery, match.check)
    return _view(changed, delivery, CreatedDelivery if created else DeliveryView)


def _view(grant: Grant, one: Delivery, shape: type[DeliveryView]) -> DeliveryView:
    address = None
    if one.address is not None:
        address = msgspec.convert(one.address, AddressView, from_attributes=True)
    return shape(grant.id, address, one.email, one.phone, grant.version)
