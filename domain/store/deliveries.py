"""Statements on deliveries: where something is sent, sealed, and the day on which that goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query, Statement


class Delivery(Struct, frozen=True):
    """What is stored of a delivery; `erase_on` None: it is still needed."""

    grant_id: UUID
    sealed: bytes
    erase_on: date | None


class Of(Struct, frozen=True):
    """Whose delivery it is."""

    grant_id: UUID


FIND = Query(
    Delivery,
    """
    -- $1 program  $2 grant
    select grant_id, sealed, erase_on from grant_deliveries
     where program_id = $1 and grant_id = $2
    """,
)

PRESENT = Query(
    Of,
    """
    -- $1 program  $2 grants
    select grant_id from grant_deliveries where program_id = $1 and grant_id = any($2)
    """,
)

PUT = Statement(
    """
    -- $1 program  $2 grant  $3 sealed
    insert into grant_deliveries (program_id, grant_id, sealed) values ($1, $2, $3)
    on conflict (program_id, grant_id) do update set sealed = excluded.sealed
    """
)

KEEP_UNTIL = Statement(
    """
    -- $1 program  $2 grant  $3 the day on which it goes (null: it is needed)
    update grant_deliveries set erase_on = $3 where program_id = $1 and grant_id = $2
    """
)

DELETE_MANY = Query(
    Of,
    """
    -- $1 program  $2 grants
    delete from grant_deliveries where program_id = $1 and grant_id = any($2) returning grant_id
    """,
)

ERASE = Query(
    Of,
    """
    -- $1 program  $2 today
    delete from grant_deliveries where program_id = $1 and erase_on <= $2 returning grant_id
    """,
)


async def find(tx: Connection, program_id: UUID, grant_id: UUID) -> Delivery | None:
    """The sealed delivery of a grant, if there is one (any more)."""
    return await FIND.first(tx, program_id, grant_id)


async def present(tx: Connection, program_id: UUID, grant_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these grants have a delivery."""
    return {one.grant_id for one in await PRESENT.all(tx, program_id, list(grant_ids))}


async def put(tx: Connection, program_id: UUID, grant_id: UUID, sealed: bytes) -> None:
    """Store where a grant is sent, in place of what was there."""
    await PUT.run(tx, program_id, grant_id, sealed)


async def keep_until(tx: Connection, program_id: UUID, grant_id: UUID, day: date | None) -> None:
    """Say on which day a delivery goes, if there is one; None: it is needed."""
    await KEEP_UNTIL.run(tx, program_id, grant_id, day)


async def delete_many(tx: Connection, program_id: UUID, grant_ids: Sequence[UUID]) -> list[UUID]:
    """Delete the deliveries of these grants; returns whose were there."""
    return [one.grant_id for one in await DELETE_MANY.all(tx, program_id, list(grant_ids))]


async def erase(tx: Connection, program_id: UUID, on: date) -> list[UUID]:
    """Delete what is due by a day; returns whose it was."""
    return [one.grant_id for one in await ERASE.all(tx, program_id, on)]
