"""Statements on contributions."""

from __future__ import annotations

from datetime import date, datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from domain.rules.contributions import ContributionStatus
from domain.rules.members import Precision
from domain.store.directory import Reader
from domain.store.query import Connection, Query, Statement


class Contribution(Struct, frozen=True):
    """A contribution as recorded; `occurred_on` is the first day of its period."""

    program_id: UUID
    id: UUID
    ambassador_id: UUID
    type: str
    type_text: str
    title: str
    occurred_on: date
    date_precision: Precision
    url: str | None
    source: str | None
    position: int | None
    status: ContributionStatus
    version: int
    created_at: datetime
    updated_at: datetime


class Shown(Struct, frozen=True):
    """A contribution with the handle that its ambassador has now."""

    id: UUID
    ambassador: str
    type: str
    title: str
    occurred_on: date
    date_precision: Precision
    url: str | None
    source: str | None
    status: ContributionStatus
    version: int
    created_at: datetime
    updated_at: datetime


class Recent(Struct, frozen=True):
    """A place in the list: newest first, and by id within a day."""

    occurred_on: date
    id: UUID


class Filters(Struct, frozen=True):
    """What a list is narrowed to; None does not narrow. The first day of a period is compared."""

    ambassador_id: UUID | None = None
    type: str | None = None
    since: date | None = None
    until: date | None = None
    status: ContributionStatus = ContributionStatus.ACCEPTED


SHOWN: LiteralString = """
    select c.id, e.handle as ambassador, c.type, c.title, c.occurred_on, c.date_precision, c.url,
           c.source, c.status, c.version, c.created_at, c.updated_at
      from contributions c
      join directory_entries e
        on e.program_id = c.program_id and e.ambassador_id = c.ambassador_id
     where c.program_id = $1
       and ($3 or e.person_id = $4 or (e.status = any($2::text[]) and c.status = 'accepted'))
"""
"""What a reader may see: $1 program  $2 statuses  $3 reads all  $4 the reader's person."""

PAGE = Query(
    Shown,
    """
    -- $1 program  $2 statuses  $3 reads all  $4 the reader's person  $5 status
    -- $6 ambassador (null: any)  $7 type (null: any)  $8 since (null: ever)  $9 until (null: ever)
    -- $10 after day (null: from the newest)  $11 after id  $12 limit
    """
    + SHOWN
    + """
       and c.status = $5
       and ($6::uuid is null or c.ambassador_id = $6)
       and ($7::text is null or c.type = $7)
       and ($8::date is null or c.occurred_on >= $8)
       and ($9::date is null or c.occurred_on <= $9)
       and ($10::date is null or (c.occurred_on, c.id) < ($10, $11::uuid))
     order by c.occurred_on desc, c.id desc
     limit $12
    """,
)

GET = Query(
    Shown,
    """
    -- $1 program  $2 statuses  $3 reads all  $4 the reader's person  $5 contribution
    """
    + SHOWN
    + """
       and c.id = $5
    """,
)

LOCK = Query(
    Contribution,
    """
    -- $1 program  $2 contribution
    select program_id, id, ambassador_id, type, type_text, title, occurred_on, date_precision, url,
           source, position, status, version, created_at, updated_at
      from contributions where program_id = $1 and id = $2 for update
    """,
)

INSERT = Statement(
    """
    -- $1 program  $2 id  $3 ambassador  $4 type  $5 type as written  $6 title  $7 occurred on
    -- $8 precision  $9 url  $10 source  $11 position  $12 status  $13 version  $14 created
    -- $15 updated
    insert into contributions (program_id, id, ambassador_id, type, type_text, title, occurred_on,
                               date_precision, url, source, position, status, version, created_at,
                               updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    """
)

UPDATE = Statement(
    """
    -- $1 program  $2 id  $3 type  $4 type as written  $5 title  $6 occurred on  $7 precision
    -- $8 url  $9 position  $10 status  $11 version  $12 updated
    update contributions
       set type = $3, type_text = $4, title = $5, occurred_on = $6, date_precision = $7, url = $8,
           position = $9, status = $10, version = $11, updated_at = $12
     where program_id = $1 and id = $2
    """
)


async def page(
    tx: Connection,
    program_id: UUID,
    reader: Reader,
    filters: Filters,
    *,
    after: Recent | None,
    limit: int,
) -> list[Shown]:
    """The contributions that the reader may see and the filters leave, newest first."""
    return await PAGE.all(
        tx,
        *_reader(program_id, reader),
        filters.status,
        filters.ambassador_id,
        filters.type,
        filters.since,
        filters.until,
        *((after.occurred_on, after.id) if after else (None, None)),
        limit,
    )


async def get(
    tx: Connection, program_id: UUID, reader: Reader, contribution_id: UUID
) -> Shown | None:
    """One contribution, if the reader may see it."""
    return await GET.first(tx, *_reader(program_id, reader), contribution_id)


async def lock(tx: Connection, program_id: UUID, contribution_id: UUID) -> Contribution | None:
    """The contribution with this id, locked until the transaction ends."""
    return await LOCK.first(tx, program_id, contribution_id)


async def insert(tx: Connection, one: Contribution) -> None:
    """Store a new contribution."""
    await INSERT.run(tx, *astuple(one))


async def update(tx: Connection, one: Contribution) -> None:
    """Store a contribution as it is now; the caller has locked it and counted its version up."""
    await UPDATE.run(
        tx,
        one.program_id,
        one.id,
        one.type,
        one.type_text,
        one.title,
        one.occurred_on,
        one.date_precision,
        one.url,
        one.position,
        one.status,
        one.version,
        one.updated_at,
    )


def _reader(program_id: UUID, reader: Reader) -> tuple[object, ...]:
    return program_id, list(reader.statuses), reader.reads_all, reader.person_id
