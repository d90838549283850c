"""Which tenures are due, and holding those who are decided on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query
from domain.store.standings import HELD, Held


class Due(Struct, frozen=True):
    """A place in the order in which tenures end; those without an end come after all others."""

    last_day: date | None
    id: UUID


class Row(Struct, frozen=True):
    """The id of a row that is held."""

    id: UUID


class Named(Struct, frozen=True):
    """A program's name in addresses."""

    slug: str


# Suspended and removed are people's decisions, and stay theirs.
_OPEN: LiteralString = """
     where t.program_id = $1 and t.outcome is null and a.status in ('active', 'on_leave')
"""

ENDING = Query(
    Held,
    "-- $1 program  $2 day  $3 after last day (null: from the start)  $4 after tenure  $5 limit"
    + HELD
    + _OPEN
    + """
       and t.last_day <= $2
       and ($3::date is null or (t.last_day, t.id) > ($3, $4::uuid))
     order by t.last_day, t.id
     limit $5
    """,
)

ENDLESS = Query(
    Held,
    "-- $1 program  $2 day  $3 after tenure (null: from the start)  $4 limit"
    + HELD
    + _OPEN
    + """
       and t.last_day is null and t.first_day <= $2
       and ($3::uuid is null or t.id > $3)
     order by t.id
     limit $4
    """,
)

AGAIN = Query(
    Held, "-- $1 program  $2 tenures" + HELD + _OPEN + " and t.id = any($2) order by t.id"
)

LOCK = Query(
    Row,
    """
    -- $1 program  $2 ambassadors
    select id from ambassadors
     where program_id = $1 and id = any($2) and status in ('active', 'on_leave')
     order by id
       for update
    """,
)

SLUG = Query(
    Named,
    """
    -- $1 program
    select slug from programs where id = $1
    """,
)


async def due(
    tx: Connection,
    program_id: UUID,
    on: date,
    *,
    after: Due | None,
    limit: int,
    endless: bool,
) -> list[Held]:
    """Unfinished tenures whose last day has come by `on`, in the order of these days.

    With `endless` those without a last day follow, if they have begun by then.
    """
    found: list[Held] = []
    if after is None or after.last_day is not None:
        place = (None, None) if after is None else (after.last_day, after.id)
        found = await ENDING.all(tx, program_id, on, *place, limit)
    if endless and len(found) < limit:
        behind = after.id if after is not None and after.last_day is None else None
        found += await ENDLESS.all(tx, program_id, on, behind, limit - len(found))
    return found


async def again(tx: Connection, program_id: UUID, tenures: Sequence[UUID]) -> list[Held]:
    """Those of these tenures that are still to be decided on, as they are now."""
    return await AGAIN.all(tx, program_id, tenures)


async def lock(tx: Connection, program_id: UUID, ambassadors: Sequence[UUID]) -> list[UUID]:
    """Hold those of these ambassadors whose tenures can be decided on by a rule."""
    return [one.id for one in await LOCK.all(tx, program_id, ambassadors)]


async def slug(tx: Connection, program_id: UUID) -> str:
    """What the program is called in addresses."""
    return (await SLUG.one(tx, program_id)).slug
