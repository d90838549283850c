"""The places where stock is, over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Moment, Name, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from api.stock_items import Retired
from domain import stock_places
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.stock import PlaceKind

routes = Routes("Stock places", "Where stock is: in storage, or at an event, to which it went.")

LIST = "/programs/{program}/stock/places"
ONE = LIST + "/{place}"

PlaceCode = Annotated[
    Slug, Meta(description="Names the place; it never changes.", examples=["berlin-office"])
]
PlaceName = Annotated[Name, Meta(description="What people call it.", examples=["Berlin office"])]
KindOfPlace = Annotated[
    PlaceKind,
    Meta(
        description="Only from a `storage` is reserved; what is at an `event` is distributed.",
        examples=["storage"],
    ),
]


class StockPlaceView(Struct, frozen=True):
    """A storage, or an event."""

    id: Id
    code: PlaceCode
    name: PlaceName
    kind: KindOfPlace
    retired: Retired
    version: Version
    created_at: Moment
    updated_at: Moment


class NewStockPlace(Struct, frozen=True, forbid_unknown_fields=True):
    """A place to create."""

    code: PlaceCode
    name: PlaceName
    kind: KindOfPlace


class StockPlacePatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of a place."""

    name: PlaceName | UnsetType = UNSET
    retired: Retired | UnsetType = UNSET


class StockPlacesQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Which places to list."""

    kind: Annotated[PlaceKind | None, Meta(description="Only those of this kind.")] = None
    retired: Annotated[
        bool | None, Meta(description="Only those that are retired, or that are not.")
    ] = None


class _Place(Struct, frozen=True):
    code: str


def view(one: stock_places.Place) -> StockPlaceView:
    """The wire form of a place."""
    return msgspec.convert(one, StockPlaceView, from_attributes=True)


@routes.get(LIST, requires(Permission.STOCK_READ))
async def list_stock_places(
    call: Call, program: Slug, query: StockPlacesQuery
) -> Page[StockPlaceView]:
    """List the places where stock is.

    In the order of their codes.
    """
    after = place(query, _Place)
    rows = await stock_places.page(
        call,
        program,
        kind=query.kind,
        retired=query.retired,
        after=after.code if after else None,
        limit=query.limit,
    )
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.post(
    LIST,
    requires(Permission.STOCK_MANAGE),
    creates=True,
    location="/v1/programs/{program}/stock/places/{code}",
)
async def create_stock_place(call: Call, program: Slug, body: NewStockPlace) -> StockPlaceView:
    """Create a place.

    An event is a place, too: what it gets is moved there, and what came back is moved back.
    """
    draft = stock_places.Draft(body.code, body.name, body.kind)
    return view(await stock_places.create(call, program, draft))


@routes.get(ONE, requires(Permission.STOCK_READ))
async def get_stock_place(call: Call, program: Slug, place: PlaceCode) -> StockPlaceView:
    """Get a place."""
    return view(await stock_places.get(call, program, place))


@routes.patch(ONE, requires(Permission.STOCK_MANAGE))
async def update_stock_place(
    call: Call, program: Slug, place: PlaceCode, body: StockPlacePatch, match: Match
) -> StockPlaceView:
    """Rename a place, or retire it.

    A retired place gives and gets nothing new. What it has stays in the balances; move it first.
    """
    changes = stock_places.Changes(body.name, body.retired)
    return view(await stock_places.update(call, program, place, changes, match.check))
