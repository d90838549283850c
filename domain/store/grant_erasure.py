"""Statements that empty what benefits hold of a person; what was given, and its sums, stay."""

from __future__ import annotations

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from domain.store.people import Reference
from domain.store.query import Connection, Query, Statement

_OWN: LiteralString = """
    with own_grants as (
        select g.program_id, g.id from grants g
          join ambassadors a on a.program_id = g.program_id and a.id = g.ambassador_id
         where a.person_id = any($1)
    ), own_movements as (
        select m.program_id, m.id from stock_movements m
          join own_grants g on g.program_id = m.program_id and g.id = m.grant_id
    ), own_expenses as (
        select e.program_id, e.id from expenses e
          join own_grants g on g.program_id = e.program_id and g.id = e.grant_id
         union
        select e.program_id, e.id from expenses e
          join own_movements m on m.program_id = e.program_id and m.id = e.movement_id
    )
"""

LEDGERS = Query(
    Reference,
    "-- $1 people" + _OWN + "select id from own_movements union select id from own_expenses",
)

EMPTY_GRANTS = Statement(
    """
    -- $1 people  $2 at
    update grants g
       set choices = '{}', note = null, tracking = null, closed_reason = null,
           version = g.version + 1, updated_at = $2
      from ambassadors a
     where a.person_id = any($1) and a.program_id = g.program_id and a.id = g.ambassador_id
    """
)

DELETE_DELIVERIES = Statement(
    """
    -- $1 people
    delete from grant_deliveries d using grants g, ambassadors a
     where a.person_id = any($1) and g.program_id = a.program_id and g.ambassador_id = a.id
       and d.program_id = g.program_id and d.grant_id = g.id
    """
)

EMPTY_MOVEMENTS = Statement(
    "-- $1 people"
    + _OWN
    + """
    update stock_movements m set reason = null
      from own_movements o
     where m.program_id = o.program_id and m.id = o.id and m.reason is not null
    """
)

EMPTY_EXPENSES = Statement(
    "-- $1 people"
    + _OWN
    + """
    update expenses e set description = 'Erased'
      from own_expenses o where e.program_id = o.program_id and e.id = o.id
    """
)


async def ledgers(tx: Connection, people: list[UUID]) -> list[UUID]:
    """The movements and expenses that are about grants of these people."""
    return [row.id for row in await LEDGERS.all(tx, people)]


async def erase(tx: Connection, people: list[UUID], at: datetime) -> None:
    """Empty the words and choices of everything that these people were given; addresses go."""
    for empty in (EMPTY_MOVEMENTS, EMPTY_EXPENSES, DELETE_DELIVERIES):
        await empty.run(tx, people)
    await EMPTY_GRANTS.run(tx, people, at)
