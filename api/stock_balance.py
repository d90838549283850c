"""What there is of the stock, over HTTP."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.http.access import requires
from api.http.endpoint import Routes
from api.http.fields import Slug
from api.http.paging import Page, PageQuery, page, place
from api.stock_items import ItemCode, VariantCode
from api.stock_places import KindOfPlace, PlaceCode
from domain import stock_balances
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.stock import PlaceKind
from domain.stock_balances import StockSum

routes = Routes("Stock balance", "How many there are, and where: the sums of the ledger.")

Sum = Annotated[
    int,
    Meta(
        ge=0,
        le=9223372036854775807,
        description="How many.",
        examples=[413],
        extra_json_schema={"format": "int64"},
    ),
]


class StockBalanceView(Struct, frozen=True):
    """A balance of the ledger, or a sum of balances."""

    item: Annotated[ItemCode | None, Meta(description="Null: of all items.")]
    variant: Annotated[VariantCode | None, Meta(description="Null: of all variants.")]
    place: Annotated[PlaceCode | None, Meta(description="Null: at all places.")]
    place_kind: Annotated[KindOfPlace | None, Meta(description="Null: at all places.")]
    on_hand: Annotated[Sum, Meta(description="How many are there.")]
    reserved: Annotated[Sum, Meta(description="How many of these grants hold.")]
    available: Annotated[Sum, Meta(description="The others.")]


class StockBalanceQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Which balances to list, and what they are summed by."""

    by: Annotated[
        StockSum,
        Meta(description="`line`: each variant at each place by itself; the others are sums."),
    ] = StockSum.LINE
    item: Annotated[Slug | None, Meta(description="Only of this item.")] = None
    variant: Annotated[Slug | None, Meta(description="Only of variants with this code.")] = None
    place: Annotated[Slug | None, Meta(description="Only at this place.")] = None
    place_kind: Annotated[
        PlaceKind | None,
        Meta(description="Only at places of this kind: `storage` is what is left."),
    ] = None


class _Place(Struct, frozen=True):
    item: str
    variant: str
    place: str


def view(line: stock_balances.Line) -> StockBalanceView:
    """The wire form of a balance."""
    return StockBalanceView(
        item=line.item or None,
        variant=line.variant or None,
        place=line.place or None,
        place_kind=line.place_kind,
        on_hand=line.on_hand,
        reserved=line.reserved,
        available=line.on_hand - line.reserved,
    )


@routes.get("/programs/{program}/stock/balance", requires(Permission.STOCK_READ))
async def list_stock_balances(
    call: Call, program: Slug, query: StockBalanceQuery
) -> Page[StockBalanceView]:
    """List what there is of the stock.

    By item, variant and place, in the order of their codes; what never was anywhere is not listed.
    """
    after = place(query, _Place)
    rows = await stock_balances.page(
        call,
        program,
        stock_balances.Filter(query.item, query.variant, query.place, query.place_kind),
        by=query.by,
        after=(after.item, after.variant, after.place) if after else None,
        limit=query.limit,
    )
    return page(query, rows, [view(row) for row in rows], _Place)
