"""Statements on people's companies."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query, Statement


class Affiliation(Struct, frozen=True):
    """Where a person worked; both days are inclusive, null where unknown or open."""

    id: UUID
    person_id: UUID
    company: str
    valid_from: date | None
    valid_until: date | None


PAGE = Query(
    Affiliation,
    """
    -- $1 person  $2 on (null: ever)  $3 after id (null: from the first)  $4 limit (null: all)
    select id, person_id, company, valid_from, valid_until
      from affiliations
     where person_id = $1
       and ($2::date is null or ((valid_from is null or valid_from <= $2)
                                 and (valid_until is null or valid_until >= $2)))
       and ($3::uuid is null or id > $3)
     order by id
     limit $4
    """,
)

BY_ID = Query(
    Affiliation,
    """
    -- $1 person  $2 affiliation
    select id, person_id, company, valid_from, valid_until
      from affiliations where person_id = $1 and id = $2
    """,
)

INSERT = Statement(
    """
    -- $1 id  $2 person  $3 company  $4 from  $5 until
    insert into affiliations (id, person_id, company, valid_from, valid_until)
    values ($1, $2, $3, $4, $5)
    """
)

UPDATE = Statement(
    """
    -- $1 id  $2 company  $3 from  $4 until
    update affiliations set company = $2, valid_from = $3, valid_until = $4 where id = $1
    """
)

DELETE = Statement(
    """
    -- $1 id
    delete from affiliations where id = $1
    """
)


async def page(
    tx: Connection,
    person_id: UUID,
    *,
    on: date | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> list[Affiliation]:
    """A person's affiliations (those of one day), in the order in which they were recorded."""
    return await PAGE.all(tx, person_id, on, after, limit)


async def by_id(tx: Connection, person_id: UUID, affiliation_id: UUID) -> Affiliation | None:
    """One affiliation of a person."""
    return await BY_ID.first(tx, person_id, affiliation_id)


async def insert(tx: Connection, affiliation: Affiliation) -> None:
    """Store a new affiliation."""
    await INSERT.run(
        tx,
        affiliation.id,
        affiliation.person_id,
        affiliation.company,
        affiliation.valid_from,
        affiliation.valid_until,
    )


async def update(tx: Connection, affiliation: Affiliation) -> None:
    """Store an affiliation as it is now; its person is locked."""
    await UPDATE.run(
        tx,
        affiliation.id,
        affiliation.company,
        affiliation.valid_from,
        affiliation.valid_until,
    )


async def delete(tx: Connection, affiliation_id: UUID) -> None:
    """Delete an affiliation that was recorded by mistake."""
    await DELETE.run(tx, affiliation_id)
