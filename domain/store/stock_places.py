"""Statements on the places where stock is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from domain.rules.stock import PlaceKind
from domain.store.query import Connection, Query, Statement


class Place(Struct, frozen=True):
    """A storage, or an event to which stock was given."""

    program_id: UUID
    id: UUID
    code: str
    name: str
    kind: PlaceKind
    retired: bool
    version: int
    created_at: datetime
    updated_at: datetime


PAGE = Query(
    Place,
    """
    -- $1 program  $2 codes (null: any)  $3 after code (null: from the start)
    -- $4 kind (null: any)  $5 retired (null: either)  $6 limit
    select program_id, id, code, name, kind, retired, version, created_at, updated_at
      from stock_places
     where program_id = $1 and ($2::text[] is null or code = any($2))
       and ($3::text is null or code > $3) and ($4::text is null or kind = $4)
       and ($5::bool is null or retired = $5)
     order by code
     limit $6
    """,
)

LOCK = Query(
    Place,
    """
    -- $1 program  $2 code
    select program_id, id, code, name, kind, retired, version, created_at, updated_at
      from stock_places where program_id = $1 and code = $2 for no key update
    """,
)

INSERT = Statement(
    """
    -- $1 program  $2 id  $3 code  $4 name  $5 kind  $6 retired  $7 version  $8 created  $9 updated
    insert into stock_places (program_id, id, code, name, kind, retired, version, created_at,
                              updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    """
)

UPDATE = Statement(
    """
    -- $1 program  $2 id  $3 name  $4 retired  $5 version  $6 now
    update stock_places set name = $3, retired = $4, version = $5, updated_at = $6
     where program_id = $1 and id = $2
    """
)


async def get(tx: Connection, program_id: UUID, code: str) -> Place | None:
    """The place with this code."""
    return await PAGE.first(tx, program_id, [code], None, None, None, 1)


async def named(tx: Connection, program_id: UUID, codes: Collection[str]) -> list[Place]:
    """The places with these codes."""
    return await PAGE.all(tx, program_id, codes, None, None, None, None)


async def page(
    tx: Connection,
    program_id: UUID,
    *,
    kind: PlaceKind | None,
    retired: bool | None,
    after: str | None,
    limit: int,
) -> list[Place]:
    """Places by code."""
    return await PAGE.all(tx, program_id, None, after, kind, retired, limit)


async def lock(tx: Connection, program_id: UUID, code: str) -> Place | None:
    """The place with this code, locked for a change of it."""
    return await LOCK.first(tx, program_id, code)


async def insert(tx: Connection, places: Sequence[Place]) -> None:
    """Store new places."""
    await INSERT.many(tx, map(astuple, places))


async def update(tx: Connection, place: Place) -> None:
    """Store a locked place as it is now, with the version that it has now."""
    await UPDATE.run(
        tx,
        place.program_id,
        place.id,
        place.name,
        place.retired,
        place.version,
        place.updated_at,
    )
