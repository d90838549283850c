"""Statements on the stock ledger: entries are added and read, never changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from domain.rules.stock import Entry, MovementKind
from domain.store.query import Connection, Query, Statement


class Movement(Entry, frozen=True):
    """An entry of the ledger: the row, under the codes that only its entries share.

    `recipient` is whom it was for where that is no grant; `import_key` of which file and line it
    is; `recorded_by` an account, None: a rule or the command line.
    """

    program_id: UUID
    id: UUID
    grant_id: UUID | None
    recipient: str | None
    reason: str | None
    occurred_on: date
    reverses_id: UUID | None
    import_key: str | None
    recorded_at: datetime
    recorded_by: UUID | None


class Listed(Movement, frozen=True):
    """An entry with the codes of what it names, and the entry that put it right, if any."""

    item: str
    variant: str
    from_place: str | None
    to_place: str | None
    reversed_by_id: UUID | None


class Open(Struct, frozen=True):
    """How many of a variant a grant holds of a place."""

    grant_id: UUID
    variant_id: UUID
    place_id: UUID
    quantity: int


class Key(Struct, frozen=True):
    """The import key of an entry."""

    import_key: str


class Filter(Struct, frozen=True):
    """Which entries to read; None filters nothing. Codes, and inclusive days of occurrence."""

    kind: MovementKind | None = None
    item: str | None = None
    variant: str | None = None
    place: str | None = None
    grant_id: UUID | None = None
    since: date | None = None
    until: date | None = None


INSERT = Statement(
    """
    -- $1 program  $2 id  $3 kind  $4 variant  $5 quantity  $6 from place  $7 to place  $8 grant
    -- $9 recipient  $10 reason  $11 day  $12 reverses  $13 import key  $14 now  $15 account
    insert into stock_movements (program_id, id, kind, variant_id, quantity, from_place_id,
                                 to_place_id, grant_id, recipient, reason, occurred_on, reverses_id,
                                 import_key, recorded_at, recorded_by)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    """
)

PAGE = Query(
    Listed,
    """
    -- $1 program  $2 entry (null: any)  $3 kind  $4 variants (null: any)  $5 place  $6 grant
    -- $7 since day  $8 until day  $9 before entry (null: from the newest)  $10 limit
    -- $11 variant (null: any)
    select m.kind, m.variant_id, m.quantity, m.from_place_id, m.to_place_id, m.program_id, m.id,
           m.grant_id, m.recipient, m.reason, m.occurred_on, m.reverses_id, m.import_key,
           m.recorded_at, m.recorded_by, i.code as item, v.code as variant,
           f.code as from_place, t.code as to_place, r.id as reversed_by_id
      from stock_movements m
      join stock_variants v on v.program_id = m.program_id and v.id = m.variant_id
      join stock_items i on i.program_id = v.program_id and i.id = v.item_id
      left join stock_places f on f.program_id = m.program_id and f.id = m.from_place_id
      left join stock_places t on t.program_id = m.program_id and t.id = m.to_place_id
      left join stock_movements r on r.program_id = m.program_id and r.reverses_id = m.id
     where m.program_id = $1
       and ($2::uuid is null or m.id = $2)
       and ($3::text is null or m.kind = $3)
       and ($4::uuid[] is null or m.variant_id = any($4))
       and ($5::uuid is null or m.from_place_id = $5 or m.to_place_id = $5)
       and ($6::uuid is null or m.grant_id = $6)
       and ($7::date is null or m.occurred_on >= $7)
       and ($8::date is null or m.occurred_on <= $8)
       and ($9::uuid is null or m.id < $9)
       and ($11::uuid is null or m.variant_id = $11)
     order by m.id desc
     limit $10
    """,
)

RESERVED = Query(
    Open,
    """
    -- $1 program  $2 grants
    select grant_id, variant_id, from_place_id as place_id,
           sum(case kind when 'reserved' then quantity else -quantity end)::int as quantity
      from stock_movements
     where program_id = $1 and grant_id = any($2) and kind in ('reserved', 'released')
     group by grant_id, variant_id, from_place_id
    having sum(case kind when 'reserved' then quantity else -quantity end) > 0
     order by grant_id, variant_id, from_place_id
    """,
)

# What came back may have come to another place than the one that it was given from; where the last
# of a variant was given from is where it comes back to, if nobody says where.
GIVEN = Query(
    Open,
    """
    -- $1 program  $2 grant
    select grant_id, variant_id,
           (array_agg(from_place_id order by id desc) filter (where kind = 'given'))[1] as place_id,
           sum(case kind when 'given' then quantity else -quantity end)::int as quantity
      from stock_movements
     where program_id = $1 and grant_id = $2 and kind in ('given', 'returned')
     group by grant_id, variant_id
    having sum(case kind when 'given' then quantity else -quantity end) > 0
     order by variant_id
    """,
)

IMPORTED = Query(
    Key,
    """
    -- $1 program  $2 import keys
    select import_key from stock_movements where program_id = $1 and import_key = any($2)
    """,
)

IMPORT_TURN = Statement(
    """
    -- $1 program
    select pg_advisory_xact_lock(hashtextextended('stock import ' || $1::uuid::text, 0))
    """
)


async def insert_many(tx: Connection, movements: Sequence[Movement]) -> None:
    """Add entries in the order given: each has to leave every balance as it may be."""
    await INSERT.many(
        tx,
        [
            (
                one.program_id,
                one.id,
                one.kind,
                one.variant_id,
                one.quantity,
                one.from_place_id,
                one.to_place_id,
                one.grant_id,
                one.recipient,
                one.reason,
                one.occurred_on,
                one.reverses_id,
                one.import_key,
                one.recorded_at,
                one.recorded_by,
            )
            for one in movements
        ],
    )


async def get(tx: Connection, program_id: UUID, movement_id: UUID) -> Listed | None:
    """One entry with its codes."""
    nothing = [None] * 7
    return await PAGE.first(tx, program_id, movement_id, *nothing, 1, None)


async def page(
    tx: Connection,
    program_id: UUID,
    where: Filter,
    *,
    variants: Collection[UUID] | None,
    place_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[Listed]:
    """Entries, newest first; `variants` and `place_id` are what the filter's codes stand for."""
    # An index keeps the order of the entries of one variant, and not those of several.
    alone = next(iter(variants)) if variants is not None and len(variants) == 1 else None
    return await PAGE.all(
        tx,
        program_id,
        None,
        where.kind,
        variants if alone is None else None,
        place_id,
        where.grant_id,
        where.since,
        where.until,
        before,
        limit,
        alone,
    )


async def reserved(tx: Connection, program_id: UUID, grants: Collection[UUID]) -> list[Open]:
    """What is reserved for grants still, by variant and place."""
    return await RESERVED.all(tx, program_id, grants)


async def given(tx: Connection, program_id: UUID, grant_id: UUID) -> list[Open]:
    """What a grant was given and did not come back, with the place that it was last given from."""
    return await GIVEN.all(tx, program_id, grant_id)


async def imported(tx: Connection, program_id: UUID, keys: Collection[str]) -> set[str]:
    """Which of these import keys the ledger has already."""
    return {row.import_key for row in await IMPORTED.all(tx, program_id, keys)}


async def take_import_turn(tx: Connection, program_id: UUID) -> None:
    """Wait until no other stock is imported into the program; until the transaction ends."""
    await IMPORT_TURN.run(tx, program_id)
