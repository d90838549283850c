"""Statements on the balances of the stock, which only the ledger's trigger writes, and on what
has to be held before an entry is made."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from msgspec import Struct

from domain.rules.stock import PlaceKind
from domain.store.query import Connection, Query


class Held(Struct, frozen=True):
    """A variant that no one else counts until the transaction ends."""

    id: UUID
    item_id: UUID
    code: str
    retired: bool


class HeldItem(Struct, frozen=True):
    """An item as far as its variants' movements depend on it."""

    id: UUID
    code: str
    low_at: int | None
    retired: bool


class HeldPlace(Struct, frozen=True):
    """A place as far as movements depend on it."""

    id: UUID
    code: str
    kind: PlaceKind
    retired: bool


class Row(Struct, frozen=True):
    """The balance of a variant at a place."""

    variant_id: UUID
    place_id: UUID
    on_hand: int
    reserved: int


class Line(Struct, frozen=True):
    """A balance, or a sum of balances: then there is no variant or no place."""

    item: str
    variant: str
    place: str
    place_kind: PlaceKind | None
    on_hand: int
    reserved: int


class Filter(Struct, frozen=True):
    """Which balances to read, by codes; None filters nothing."""

    item: str | None = None
    variant: str | None = None
    place: str | None = None
    place_kind: PlaceKind | None = None


# Whoever adds to the ledger locks the variants first, by id, then the items and the places: a
# balance cannot change meanwhile, and nothing is retired.
HOLD = Query(
    Held,
    """
    -- $1 program  $2 variants
    select id, item_id, code, retired from stock_variants
     where program_id = $1 and id = any($2) order by id for no key update
    """,
)

SHARE_ITEMS = Query(
    HeldItem,
    """
    -- $1 program  $2 items
    select id, code, low_at, retired from stock_items
     where program_id = $1 and id = any($2) order by id for share
    """,
)

SHARE_PLACES = Query(
    HeldPlace,
    """
    -- $1 program  $2 places  $3 variants
    select id, code, kind, retired from stock_places
     where program_id = $1
       and (id = any($2) or id in (select place_id from stock_balances
                                    where program_id = $1 and variant_id = any($3)))
     order by id for share
    """,
)

OF_VARIANTS = Query(
    Row,
    """
    -- $1 program  $2 variants
    select variant_id, place_id, on_hand, reserved from stock_balances
     where program_id = $1 and variant_id = any($2)
    """,
)

PAGE = Query(
    Line,
    """
    -- $1 program  $2 whether by variant  $3 whether by place  $4 item  $5 variant  $6 place
    -- $7 kind of place  $8 $9 $10 after item, variant, place (null: from the start)  $11 limit
    select * from (
        select case when $2::bool or not $3::bool then i.code else '' end as item,
               case when $2 then v.code else '' end as variant,
               case when $3 then p.code else '' end as place,
               case when $3 then p.kind end as place_kind,
               sum(b.on_hand) as on_hand, sum(b.reserved) as reserved
          from stock_balances b
          join stock_variants v on v.program_id = b.program_id and v.id = b.variant_id
          join stock_items i on i.program_id = v.program_id and i.id = v.item_id
          join stock_places p on p.program_id = b.program_id and p.id = b.place_id
         where b.program_id = $1
           and ($4::text is null or i.code = $4)
           and ($5::text is null or v.code = $5)
           and ($6::text is null or p.code = $6)
           and ($7::text is null or p.kind = $7)
         group by 1, 2, 3, 4
    ) as lines
     where $8::text is null or (item, variant, place) > ($8, $9::text, $10::text)
     order by item, variant, place
     limit $11
    """,
)


async def hold(tx: Connection, program_id: UUID, variants: Collection[UUID]) -> list[Held]:
    """Lock variants by id, so that nobody else counts them; until the transaction ends."""
    return await HOLD.all(tx, program_id, variants)


async def share_items(tx: Connection, program_id: UUID, items: Collection[UUID]) -> list[HeldItem]:
    """Items that are not changed until the transaction ends."""
    return await SHARE_ITEMS.all(tx, program_id, items)


async def share_places(
    tx: Connection, program_id: UUID, places: Collection[UUID], variants: Collection[UUID]
) -> list[HeldPlace]:
    """These places and those that have (had) any of the variants; they are not changed either."""
    return await SHARE_PLACES.all(tx, program_id, places, variants)


async def of_variants(tx: Connection, program_id: UUID, variants: Collection[UUID]) -> list[Row]:
    """The balances of held variants."""
    return await OF_VARIANTS.all(tx, program_id, variants)


async def page(
    tx: Connection,
    program_id: UUID,
    where: Filter,
    *,
    by_variant: bool,
    by_place: bool,
    after: tuple[str, str, str] | None,
    limit: int,
) -> list[Line]:
    """Balances summed by item unless told otherwise, in the order of the codes."""
    return await PAGE.all(
        tx,
        program_id,
        by_variant,
        by_place,
        where.item,
        where.variant,
        where.place,
        where.place_kind,
        *(after or (None, None, None)),
        limit,
    )
