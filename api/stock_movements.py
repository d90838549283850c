"""The stock ledger over HTTP: entries are added and read, never changed."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.endpoint import Routes
from api.http.fields import LINE, Day, Id, Moment, Quantity, Reason, Slug
from api.http.paging import Page, PageQuery, page, place
from api.http.refusals import telling
from api.stock_items import ItemCode, VariantCode
from api.stock_places import PlaceCode
from domain import stock_movements
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.stock import MovementKind
from domain.stock_movements import Listed

routes = Routes(
    "Stock movements", "The ledger of the stock: whatever came, went, and was put right."
)

LIST = "/programs/{program}/stock/movements"
ONE = LIST + "/{movement}"

KindByHand = Annotated[
    Literal["adjusted", "given", "moved", "received", "returned"],
    Meta(
        description="`received` and `returned` come to a storage, `given` leaves a place, `moved` "
        "goes from one to another (also to an event and back), `adjusted` puts right what was "
        "counted.",
        examples=["received"],
    ),
]
Kind = Annotated[
    MovementKind,
    Meta(
        description="`reserved` and `released` say that a grant needs it; it stays where it is.",
        examples=["received"],
    ),
]
Signed = Annotated[
    int,
    Meta(
        ge=-2147483647,
        le=2147483647,
        description="How many; negative only where it takes back what another entry did.",
        examples=[25],
        extra_json_schema={"format": "int32"},
    ),
]
Recipient = Annotated[
    str,
    Meta(
        pattern=LINE,
        min_length=1,
        max_length=200,
        description="Whom or what it was for, where that is no grant: a committee, a giveaway. The "
        "ledger never forgets, so no person's name; an ambassador gets a grant.",
        examples=["Steering committee"],
    ),
]
From = Annotated[PlaceCode, Meta(description="The place that has less then.")]
To = Annotated[PlaceCode, Meta(description="The place that has more then.", examples=["paris"])]


class StockMovementView(Struct, frozen=True):
    """An entry of the ledger."""

    id: Id
    kind: Kind
    item: ItemCode
    variant: VariantCode
    quantity: Signed
    from_place: Annotated[From | None, Meta(description="Null: it came from elsewhere.")]
    to_place: Annotated[To | None, Meta(description="Null: it went, or stays where it is.")]
    grant_id: Annotated[Id | None, Meta(description="The grant that it is for.")]
    recipient: Annotated[Recipient | None, Meta(description="Null: nobody said.")]
    reason: Annotated[Reason | None, Meta(description="Why, if somebody said.")]
    occurred_on: Day
    reverses_id: Annotated[Id | None, Meta(description="The entry that it takes back.")]
    reversed_by_id: Annotated[Id | None, Meta(description="The entry that takes it back.")]
    recorded_at: Moment
    recorded_by: Annotated[
        Id | None, Meta(description="The account; null: a rule or the command line.")
    ]


class NewStockMovement(Struct, frozen=True, forbid_unknown_fields=True):
    """An entry to add."""

    kind: KindByHand
    item: ItemCode
    quantity: Quantity
    variant: Annotated[
        VariantCode | UnsetType, Meta(description="Needed where the item comes in several.")
    ] = UNSET
    from_place: From | UnsetType = UNSET
    to_place: To | UnsetType = UNSET
    recipient: Annotated[Recipient | UnsetType, Meta(description="Needed for `given`.")] = UNSET
    reason: Annotated[Reason | UnsetType, Meta(description="Needed for `adjusted`.")] = UNSET
    occurred_on: Annotated[
        Day | UnsetType, Meta(description="Absent: today; never a day to come.")
    ] = UNSET


class StockReversal(Struct, frozen=True, forbid_unknown_fields=True):
    """Why an entry should not be there."""

    reason: Reason
    occurred_on: Annotated[
        Day | UnsetType, Meta(description="Absent: the day of the entry; never a day to come.")
    ] = UNSET


class StockMovementsQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Which entries to list."""

    kind: Annotated[MovementKind | None, Meta(description="Only those of this kind.")] = None
    item: Annotated[Slug | None, Meta(description="Only those of this item.")] = None
    variant: Annotated[Slug | None, Meta(description="Only those of variants with this code.")] = (
        None
    )
    place: Annotated[Slug | None, Meta(description="Only those that name this place.")] = None
    grant: Annotated[UUID | None, Meta(description="Only those for this grant.")] = None
    since: Annotated[Day | None, Meta(description="Only those of this day or later.")] = None
    until: Annotated[Day | None, Meta(description="Only those of this day or earlier.")] = None


class _Place(Struct, frozen=True):
    id: UUID


def view(one: stock_movements.Listed) -> StockMovementView:
    """The wire form of an entry."""
    return msgspec.convert(one, StockMovementView, from_attributes=True)


@routes.get(LIST, requires(Permission.STOCK_READ))
async def list_stock_movements(
    call: Call, program: Slug, query: StockMovementsQuery
) -> Page[StockMovementView]:
    """List the entries of the stock ledger.

    Newest first.
    """
    where = stock_movements.Filter(
        kind=query.kind,
        item=query.item,
        variant=query.variant,
        place=query.place,
        grant_id=query.grant,
        since=query.since,
        until=query.until,
    )
    after = place(query, _Place)
    rows = await stock_movements.page(
        call, program, where, before=after.id if after else None, limit=query.limit
    )
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.post(
    LIST,
    requires(Permission.STOCK_MANAGE),
    creates=True,
    location="/v1/programs/{program}/stock/movements/{id}",
)
async def create_stock_movement(
    call: Call, program: Slug, body: NewStockMovement
) -> StockMovementView:
    """Add an entry to the stock ledger.

    Refused when a place has not so many, or has reserved them for grants. What grants get is
    entered by claiming and fulfilling them.
    """
    draft = stock_movements.Draft(
        kind=MovementKind(body.kind),
        item=body.item,
        quantity=body.quantity,
        variant=body.variant or None,
        from_place=body.from_place or None,
        to_place=body.to_place or None,
        recipient=body.recipient or None,
        reason=body.reason or None,
        occurred_on=body.occurred_on or None,
    )
    return view(await stock_movements.record(call, program, draft))


@routes.get(ONE, requires(Permission.STOCK_READ))
async def get_stock_movement(call: Call, program: Slug, movement: Id) -> StockMovementView:
    """Get an entry of the stock ledger."""
    return view(await stock_movements.get(call, program, movement))


@routes.post(
    ONE + "/reversal",
    requires(Permission.STOCK_MANAGE),
    creates=True,
    location="/v1/programs/{program}/stock/movements/{id}",
)
async def create_stock_reversal(
    call: Call, program: Slug, movement: Id, body: StockReversal
) -> StockMovementView:
    """Put an entry right that should not be there.

    Adds one with the opposite quantity, once for each entry, and answers with that one. Refused
    when what came is not there any more, and for entries that a grant brought about.
    """
    with telling(Listed, view):
        made = await stock_movements.reverse(
            call, program, movement, reason=body.reason, on=body.occurred_on or None
        )
    return view(made)
