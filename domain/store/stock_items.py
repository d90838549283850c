"""Statements on stock items, and on the variants in which each is counted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from domain.store.query import Connection, Query, Statement


class Item(Struct, frozen=True):
    """A kind of swag; `low_at` None: never announced as low."""

    program_id: UUID
    id: UUID
    code: str
    name: str
    description: str | None
    low_at: int | None
    retired: bool
    version: int
    created_at: datetime
    updated_at: datetime


class Variant(Struct, frozen=True):
    """An item of one size and color."""

    program_id: UUID
    id: UUID
    item_id: UUID
    code: str
    size: str | None
    color: str | None
    retired: bool
    version: int
    created_at: datetime
    updated_at: datetime


class Reference(Struct, frozen=True):
    """The id of a variant."""

    id: UUID


class Option(Struct, frozen=True):
    """A variant, by the codes; `retired` when itself is or its item."""

    item_id: UUID
    variant_id: UUID
    item: str
    variant: str
    retired: bool


PAGE = Query(
    Item,
    """
    -- $1 program  $2 codes (null: any)  $3 after code (null: from the start)
    -- $4 retired (null: either)  $5 limit
    select program_id, id, code, name, description, low_at, retired, version, created_at,
           updated_at
      from stock_items
     where program_id = $1 and ($2::text[] is null or code = any($2))
       and ($3::text is null or code > $3) and ($4::bool is null or retired = $4)
     order by code
     limit $5
    """,
)

LOCK = Query(
    Item,
    """
    -- $1 program  $2 code
    select program_id, id, code, name, description, low_at, retired, version, created_at,
           updated_at
      from stock_items where program_id = $1 and code = $2 for no key update
    """,
)

VARIANTS = Query(
    Variant,
    """
    -- $1 program  $2 items
    select program_id, id, item_id, code, size, color, retired, version, created_at, updated_at
      from stock_variants where program_id = $1 and item_id = any($2)
     order by item_id, code
    """,
)

LOCK_VARIANT = Query(
    Variant,
    """
    -- $1 program  $2 item  $3 code
    select v.program_id, v.id, v.item_id, v.code, v.size, v.color, v.retired, v.version,
           v.created_at, v.updated_at
      from stock_variants v
      join stock_items i on i.program_id = v.program_id and i.id = v.item_id
     where v.program_id = $1 and i.code = $2 and v.code = $3
       for no key update of v
    """,
)

OPTIONS = Query(
    Option,
    """
    -- $1 program  $2 codes of items
    select i.id as item_id, v.id as variant_id, i.code as item, v.code as variant,
           i.retired or v.retired as retired
      from stock_items i
      join stock_variants v on v.program_id = i.program_id and v.item_id = i.id
     where i.program_id = $1 and i.code = any($2)
     order by i.code, v.code
    """,
)

MATCHING = Query(
    Reference,
    """
    -- $1 program  $2 code of the item (null: any)  $3 code of the variant (null: any)
    select v.id
      from stock_items i
      join stock_variants v on v.program_id = i.program_id and v.item_id = i.id
     where i.program_id = $1 and ($2::text is null or i.code = $2)
       and ($3::text is null or v.code = $3)
    """,
)

INSERT = Statement(
    """
    -- $1 program  $2 id  $3 code  $4 name  $5 description  $6 low at  $7 retired  $8 version
    -- $9 created  $10 updated
    insert into stock_items (program_id, id, code, name, description, low_at, retired, version,
                             created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    """
)

INSERT_VARIANT = Statement(
    """
    -- $1 program  $2 id  $3 item  $4 code  $5 size  $6 color  $7 retired  $8 version  $9 created
    -- $10 updated
    insert into stock_variants (program_id, id, item_id, code, size, color, retired, version,
                                created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    """
)

UPDATE = Statement(
    """
    -- $1 program  $2 id  $3 name  $4 description  $5 low at  $6 retired  $7 version  $8 now
    update stock_items
       set name = $3, description = $4, low_at = $5, retired = $6, version = $7, updated_at = $8
     where program_id = $1 and id = $2
    """
)

UPDATE_VARIANT = Statement(
    """
    -- $1 program  $2 id  $3 size  $4 color  $5 retired  $6 version  $7 now
    update stock_variants
       set size = $3, color = $4, retired = $5, version = $6, updated_at = $7
     where program_id = $1 and id = $2
    """
)

# The item shows its variants, so it has changed too.
TOUCH = Query(
    Item,
    """
    -- $1 program  $2 item  $3 now
    update stock_items set version = version + 1, updated_at = $3
     where program_id = $1 and id = $2
    returning program_id, id, code, name, description, low_at, retired, version, created_at,
              updated_at
    """,
)


async def get(tx: Connection, program_id: UUID, code: str) -> Item | None:
    """The item with this code."""
    return await PAGE.first(tx, program_id, [code], None, None, 1)


async def named(tx: Connection, program_id: UUID, codes: Collection[str]) -> list[Item]:
    """The items with these codes."""
    return await PAGE.all(tx, program_id, codes, None, None, None)


async def page(
    tx: Connection, program_id: UUID, *, retired: bool | None, after: str | None, limit: int
) -> list[Item]:
    """Items by code."""
    return await PAGE.all(tx, program_id, None, after, retired, limit)


async def variants(tx: Connection, program_id: UUID, items: Collection[UUID]) -> list[Variant]:
    """The variants of items, by code."""
    return await VARIANTS.all(tx, program_id, items)


async def options(tx: Connection, program_id: UUID, items: Collection[str]) -> list[Option]:
    """The variants of the items with these codes, by the codes."""
    return await OPTIONS.all(tx, program_id, items)


async def matching(
    tx: Connection, program_id: UUID, item: str | None, variant: str | None
) -> list[UUID]:
    """The ids of the variants with these codes; None: any."""
    return [row.id for row in await MATCHING.all(tx, program_id, item, variant)]


async def lock(tx: Connection, program_id: UUID, code: str) -> Item | None:
    """The item with this code, locked for a change of it."""
    return await LOCK.first(tx, program_id, code)


async def lock_variant(tx: Connection, program_id: UUID, item: str, code: str) -> Variant | None:
    """The variant with these codes, locked: nobody counts it, until the transaction ends."""
    return await LOCK_VARIANT.first(tx, program_id, item, code)


async def insert(tx: Connection, items: Sequence[Item]) -> None:
    """Store new items."""
    await INSERT.many(tx, map(astuple, items))


async def insert_variants(tx: Connection, made: Sequence[Variant]) -> None:
    """Store new variants."""
    await INSERT_VARIANT.many(tx, map(astuple, made))


async def update(tx: Connection, item: Item) -> None:
    """Store a locked item as it is now, with the version that it has now."""
    await UPDATE.run(
        tx,
        item.program_id,
        item.id,
        item.name,
        item.description,
        item.low_at,
        item.retired,
        item.version,
        item.updated_at,
    )


async def update_variant(tx: Connection, variant: Variant) -> None:
    """Store a locked variant as it is now, with the version that it has now."""
    await UPDATE_VARIANT.run(
        tx,
        variant.program_id,
        variant.id,
        variant.size,
        variant.color,
        variant.retired,
        variant.version,
        variant.updated_at,
    )


async def touch(tx: Connection, program_id: UUID, item_id: UUID, at: datetime) -> Item:
    """Count an item's version up, because a variant of it changed; it is locked then."""
    return await TOUCH.one(tx, program_id, item_id, at)
