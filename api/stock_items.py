"""Stock items and their variants over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import LINE, Count, Id, Moment, Name, Slug, Text, Version
from api.http.paging import Page, PageQuery, page, place
from domain import stock_items
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.stock import MOST_VARIANTS

routes = Routes("Stock items", "Kinds of swag, and the sizes and colors in which each is counted.")

LIST = "/programs/{program}/stock/items"
ONE = LIST + "/{item}"
VARIANT = ONE + "/variants/{variant}"

ItemCode = Annotated[
    Slug, Meta(description="Names the item; it never changes.", examples=["t-shirt"])
]
VariantCode = Annotated[
    Slug, Meta(description="Names the variant of the item; it never changes.", examples=["m-black"])
]
ItemName = Annotated[Name, Meta(description="What people call it.", examples=["T-shirt"])]
ItemDescription = Annotated[Text, Meta(description="What it is, for those who pack it.")]
LowAt = Annotated[
    Count,
    Meta(
        description="`stock.low` is announced when a variant has no more than so many to give.",
        examples=[10],
    ),
]
Look = Annotated[str, Meta(pattern=LINE, min_length=1, max_length=100)]
Size = Annotated[Look, Meta(description="As it is printed on it.", examples=["M"])]
Color = Annotated[Look, Meta(description="In words.", examples=["black"])]
Retired = Annotated[bool, Meta(description="Whether it takes part in nothing new any more.")]


class StockVariantView(Struct, frozen=True):
    """An item of one size and color."""

    id: Id
    code: VariantCode
    size: Annotated[Size | None, Meta(description="Null: it comes in one.")]
    color: Annotated[Color | None, Meta(description="Null: it comes in one.")]
    retired: Retired
    version: Version
    created_at: Moment
    updated_at: Moment


class CreatedStockVariant(StockVariantView, frozen=True):
    """The same, of one that was not there before."""

    @property
    def created(self) -> bool:
        """It answers with 201."""
        return True


class StockItemView(Struct, frozen=True):
    """A kind of swag."""

    id: Id
    code: ItemCode
    name: ItemName
    description: Annotated[ItemDescription | None, Meta(description="Null: there is none.")]
    low_at: Annotated[LowAt | None, Meta(description="Null: it is never announced as low.")]
    retired: Retired
    variants: Annotated[
        Sequence[StockVariantView], Meta(description="All of them, by their codes.")
    ]
    version: Version
    created_at: Moment
    updated_at: Moment


class StockVariantPut(Struct, frozen=True, forbid_unknown_fields=True):
    """All that can be said of a variant; what is absent is not so."""

    size: Size | UnsetType = UNSET
    color: Color | UnsetType = UNSET
    retired: Retired | UnsetType = UNSET


class NewStockVariant(Struct, frozen=True, forbid_unknown_fields=True):
    """A variant to create with its item."""

    code: VariantCode
    size: Size | UnsetType = UNSET
    color: Color | UnsetType = UNSET


NewStockVariants = Annotated[
    list[NewStockVariant],
    Meta(
        min_length=1,
        max_length=MOST_VARIANTS,
        description="In what it comes; absent: in one, `standard`.",
    ),
]


class NewStockItem(Struct, frozen=True, forbid_unknown_fields=True):
    """An item to create."""

    code: ItemCode
    name: ItemName
    description: ItemDescription | UnsetType = UNSET
    low_at: LowAt | UnsetType = UNSET
    variants: NewStockVariants | UnsetType = UNSET


class StockItemPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of an item."""

    name: ItemName | UnsetType = UNSET
    description: Annotated[
        ItemDescription | UnsetType | None, Meta(description="Null: there is none.")
    ] = UNSET
    low_at: Annotated[LowAt | UnsetType | None, Meta(description="Null: never announced.")] = UNSET
    retired: Retired | UnsetType = UNSET


class StockItemsQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Which items to list."""

    retired: Annotated[
        bool | None, Meta(description="Only those that are retired, or that are not.")
    ] = None


class _Place(Struct, frozen=True):
    code: str


def view(item: stock_items.Shown) -> StockItemView:
    """The wire form of an item."""
    return msgspec.convert(item, StockItemView, from_attributes=True)


@routes.get(LIST, requires(Permission.STOCK_READ))
async def list_stock_items(
    call: Call, program: Slug, query: StockItemsQuery
) -> Page[StockItemView]:
    """List the stock items of a program.

    In the order of their codes, each with all of its variants.
    """
    after = place(query, _Place)
    rows = await stock_items.page(
        call,
        program,
        retired=query.retired,
        after=after.code if after else None,
        limit=query.limit,
    )
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.post(
    LIST,
    requires(Permission.STOCK_MANAGE),
    creates=True,
    location="/v1/programs/{program}/stock/items/{code}",
)
async def create_stock_item(call: Call, program: Slug, body: NewStockItem) -> StockItemView:
    """Create a stock item.

    Benefits of the policy name it by its code. Further variants can be put later.
    """
    variants = [
        stock_items.VariantDraft(one.code, one.size or None, one.color or None)
        for one in body.variants or ()
    ]
    low_at = None if body.low_at is UNSET else body.low_at
    draft = stock_items.Draft(body.code, body.name, body.description or None, low_at, variants)
    return view(await stock_items.create(call, program, draft))


@routes.get(ONE, requires(Permission.STOCK_READ))
async def get_stock_item(call: Call, program: Slug, item: ItemCode) -> StockItemView:
    """Get a stock item with its variants."""
    return view(await stock_items.get(call, program, item))


@routes.patch(ONE, requires(Permission.STOCK_MANAGE))
async def update_stock_item(
    call: Call, program: Slug, item: ItemCode, body: StockItemPatch, match: Match
) -> StockItemView:
    """Change a stock item, or retire it.

    What is retired takes part in nothing new; what grants hold of it can still be given, released
    and returned, and its entries can be put right.
    """
    changes = stock_items.Changes(body.name, body.description, body.low_at, body.retired)
    return view(await stock_items.update(call, program, item, changes, match.check))


@routes.put(VARIANT, requires(Permission.STOCK_MANAGE), may_create=True)
async def replace_stock_variant(
    call: Call,
    program: Slug,
    item: ItemCode,
    variant: VariantCode,
    body: StockVariantPut,
    match: Match,
) -> StockVariantView:
    """Say in what size and color an item comes.

    A variant that the item does not have yet is created. The item shows its variants, so its
    version counts up, too.
    """
    draft = stock_items.VariantDraft(
        variant, body.size or None, body.color or None, body.retired or False
    )
    put, created = await stock_items.put_variant(call, program, item, draft, match.check)
    shape = CreatedStockVariant if created else StockVariantView
    return msgspec.convert(put, shape, from_attributes=True)
