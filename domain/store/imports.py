"""Statements on the files that were imported."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from domain.rules.import_report import Summary
from domain.rules.members_actions import Mode
from domain.store.query import Connection, Query, Statement


class Import(Struct, frozen=True):
    """A file that was applied; `digest` is the SHA-256 of its bytes."""

    program_id: UUID
    id: UUID
    format: str
    mode: Mode
    as_of: date
    digest: bytes
    summary: Summary
    applied_at: datetime
    applied_by: UUID | None


class Last(Struct, frozen=True):
    """The day of the newest file that was applied."""

    as_of: date | None


PAGE = Query(
    Import,
    """
    -- $1 program  $2 before id (null: from the newest)  $3 limit
    select program_id, id, format, mode, as_of, digest, summary, applied_at, applied_by
      from imports
     where program_id = $1 and ($2::uuid is null or id < $2)
     order by id desc
     limit $3
    """,
)

LAST = Query(
    Last,
    """
    -- $1 program  $2 format
    select max(as_of) as as_of from imports where program_id = $1 and format = $2
    """,
)

INSERT = Statement(
    """
    -- $1 program  $2 id  $3 format  $4 mode  $5 as of  $6 digest  $7 summary  $8 at  $9 by
    insert into imports (program_id, id, format, mode, as_of, digest, summary, applied_at,
                         applied_by)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    """
)


async def page(
    tx: Connection, program_id: UUID, *, before: UUID | None, limit: int
) -> list[Import]:
    """A program's imports, newest first."""
    return await PAGE.all(tx, program_id, before, limit)


async def last_as_of(tx: Connection, program_id: UUID, format: str) -> date | None:
    """The day of the newest file of a format that was applied."""
    return (await LAST.one(tx, program_id, format)).as_of


async def insert(tx: Connection, one: Import) -> None:
    """Store an import."""
    await INSERT.run(
        tx,
        one.program_id,
        one.id,
        one.format,
        one.mode,
        one.as_of,
        one.digest,
        one.summary,
        one.applied_at,
        one.applied_by,
    )
