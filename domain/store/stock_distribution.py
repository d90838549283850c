"""Statements on what the ledger and the expenses of a period say, for the distribution report."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from domain.rules.expenses import ExpenseKind
from domain.rules.money import Money
from domain.rules.stock_distribution import Flow, Spent
from domain.store.query import Connection, Query


class InStorage(Struct, frozen=True):
    """How many of a variant were in storage."""

    item: str
    variant: str
    on_hand: int


class Entry(Flow, kw_only=True, frozen=True):
    """One entry of the ledger."""

    id: UUID


class SpentOn(Struct, frozen=True):
    """What expenses that point at the same come to."""

    kind: ExpenseKind
    amount: Decimal
    currency: str
    grant_id: UUID | None
    benefit: str | None
    movement_id: UUID | None


class PlaceName(Struct, frozen=True):
    """What people call a place."""

    code: str
    name: str


BEFORE = Query(
    InStorage,
    """
    -- $1 program  $2 since day
    select i.code as item, v.code as variant,
           sum(case t.kind when 'storage' then m.quantity else 0 end
               - case f.kind when 'storage' then m.quantity else 0 end)::bigint as on_hand
      from stock_movements m
      join stock_variants v on v.program_id = m.program_id and v.id = m.variant_id
      join stock_items i on i.program_id = v.program_id and i.id = v.item_id
      left join stock_places f on f.program_id = m.program_id and f.id = m.from_place_id
      left join stock_places t on t.program_id = m.program_id and t.id = m.to_place_id
     where m.program_id = $1 and m.occurred_on < $2 and m.kind not in ('released', 'reserved')
     group by i.code, v.code
    """,
)

FLOWS = Query(
    Flow,
    """
    -- $1 program  $2 since day  $3 until day
    select m.kind, i.code as item, v.code as variant, sum(m.quantity)::bigint as quantity,
           f.code as from_place, f.kind as from_kind, t.code as to_place, t.kind as to_kind,
           m.grant_id, g.benefit, m.recipient
      from stock_movements m
      join stock_variants v on v.program_id = m.program_id and v.id = m.variant_id
      join stock_items i on i.program_id = v.program_id and i.id = v.item_id
      left join stock_places f on f.program_id = m.program_id and f.id = m.from_place_id
      left join stock_places t on t.program_id = m.program_id and t.id = m.to_place_id
      left join grants g on g.program_id = m.program_id and g.id = m.grant_id
     where m.program_id = $1 and m.occurred_on between $2 and $3
       and m.kind not in ('released', 'reserved')
     group by m.kind, i.code, v.code, f.code, f.kind, t.code, t.kind, m.grant_id, g.benefit,
              m.recipient
    """,
)

ENTRIES = Query(
    Entry,
    """
    -- $1 program  $2 entries
    select m.id, m.kind, i.code as item, v.code as variant, m.quantity,
           f.code as from_place, f.kind as from_kind, t.code as to_place, t.kind as to_kind,
           m.grant_id, g.benefit, m.recipient
      from stock_movements m
      join stock_variants v on v.program_id = m.program_id and v.id = m.variant_id
      join stock_items i on i.program_id = v.program_id and i.id = v.item_id
      left join stock_places f on f.program_id = m.program_id and f.id = m.from_place_id
      left join stock_places t on t.program_id = m.program_id and t.id = m.to_place_id
      left join grants g on g.program_id = m.program_id and g.id = m.grant_id
     where m.program_id = $1 and m.id = any($2)
    """,
)

SPENT = Query(
    SpentOn,
    """
    -- $1 program  $2 since day  $3 until day
    select e.kind, sum(e.amount) as amount, e.currency, e.grant_id, g.benefit, e.movement_id
      from expenses e
      left join grants g on g.program_id = e.program_id and g.id = e.grant_id
     where e.program_id = $1 and e.occurred_on between $2 and $3
     group by e.kind, e.currency, e.grant_id, g.benefit, e.movement_id
    """,
)

PLACES = Query(
    PlaceName,
    """
    -- $1 program
    select code, name from stock_places where program_id = $1
    """,
)


async def before(tx: Connection, program_id: UUID, since: date) -> dict[tuple[str, str], int]:
    """What was in storage when a day began, by the codes of item and variant."""
    return {(one.item, one.variant): one.on_hand for one in await BEFORE.all(tx, program_id, since)}


async def flows(tx: Connection, program_id: UUID, since: date, until: date) -> list[Flow]:
    """The entries of a period, but for reservations, those that say the same summed up."""
    return await FLOWS.all(tx, program_id, since, until)


async def spent(tx: Connection, program_id: UUID, since: date, until: date) -> list[Spent]:
    """The expenses of a period, those that point at the same summed up."""
    rows = await SPENT.all(tx, program_id, since, until)
    entries = await _entries(tx, program_id, {row.movement_id for row in rows if row.movement_id})
    return [
        Spent(
            row.kind,
            Money(row.amount, row.currency),
            row.grant_id,
            row.benefit,
            entries[row.movement_id] if row.movement_id else None,
        )
        for row in rows
    ]


async def places(tx: Connection, program_id: UUID) -> dict[str, str]:
    """The names of a program's places by their codes."""
    return {one.code: one.name for one in await PLACES.all(tx, program_id)}


async def _entries(tx: Connection, program_id: UUID, ids: Collection[UUID]) -> dict[UUID, Flow]:
    return {one.id: one for one in await ENTRIES.all(tx, program_id, ids)}
