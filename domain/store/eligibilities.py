"""Statements on eligibilities: what is true of an ambassador until a day, as being a student."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query, Statement


class Eligibility(Struct, frozen=True):
    """One attribute of an ambassador; `expires_on` is its last day, None: nobody knows."""

    id: UUID
    ambassador_id: UUID
    attribute: str
    expires_on: date | None
    note: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class Expired(Struct, frozen=True):
    """An attribute that is over."""

    id: UUID
    ambassador_id: UUID
    attribute: str
    expires_on: date


PAGE = Query(
    Eligibility,
    """
    -- $1 program  $2 ambassador  $3 whether the note is told  $4 attribute (null: any)
    -- $5 after attribute (null: from the start)  $6 limit
    select id, ambassador_id, attribute, expires_on, case when $3 then note end as note, version,
           created_at, updated_at
      from eligibilities
     where program_id = $1 and ambassador_id = $2
       and ($4::text is null or attribute = $4)
       and ($5::text is null or attribute > $5)
     order by attribute
     limit $6
    """,
)

LOCK = Query(
    Eligibility,
    """
    -- $1 program  $2 ambassador  $3 attribute
    select id, ambassador_id, attribute, expires_on, note, version, created_at, updated_at
      from eligibilities
     where program_id = $1 and ambassador_id = $2 and attribute = $3
       for update
    """,
)

# What gets another last day can expire once more.
STORE = Statement(
    """
    -- $1 program  $2 id  $3 ambassador  $4 attribute  $5 expires on  $6 note  $7 version
    -- $8 created  $9 updated
    insert into eligibilities as e (program_id, id, ambassador_id, attribute, expires_on, note,
                                    version, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (program_id, id) do update
       set expires_on = excluded.expires_on, note = excluded.note, version = excluded.version,
           updated_at = excluded.updated_at,
           expired_at = case when e.expires_on = excluded.expires_on then e.expired_at end
    """
)

DELETE = Statement(
    """
    -- $1 program  $2 id
    delete from eligibilities where program_id = $1 and id = $2
    """
)

EXPIRE = Query(
    Expired,
    """
    -- $1 program  $2 today  $3 now
    with over as (
        select id from eligibilities
         where program_id = $1 and expires_on < $2 and expired_at is null
         order by expires_on, id
           for update
    )
    update eligibilities e set expired_at = $3
      from over
     where e.program_id = $1 and e.id = over.id and e.expires_on < $2 and e.expired_at is null
    returning e.id, e.ambassador_id, e.attribute, e.expires_on
    """,
)


async def page(
    tx: Connection,
    program_id: UUID,
    ambassador_id: UUID,
    *,
    whole: bool,
    attribute: str | None = None,
    after: str | None = None,
    limit: int,
) -> list[Eligibility]:
    """An ambassador's attributes by their codes; with the notes only when `whole`."""
    return await PAGE.all(tx, program_id, ambassador_id, whole, attribute, after, limit)


async def lock(
    tx: Connection, program_id: UUID, ambassador_id: UUID, attribute: str
) -> Eligibility | None:
    """One attribute of an ambassador, locked until the transaction ends."""
    return await LOCK.first(tx, program_id, ambassador_id, attribute)


async def store(tx: Connection, program_id: UUID, one: Eligibility) -> None:
    """Store a new attribute, or a locked one as it is now."""
    await STORE.run(
        tx,
        program_id,
        one.id,
        one.ambassador_id,
        one.attribute,
        one.expires_on,
        one.note,
        one.version,
        one.created_at,
        one.updated_at,
    )


async def delete(tx: Connection, program_id: UUID, eligibility_id: UUID) -> None:
    """Take an attribute away."""
    await DELETE.run(tx, program_id, eligibility_id)


async def expire(tx: Connection, program_id: UUID, on: date, at: datetime) -> list[Expired]:
    """Note what was over before a day; returns what had not been noted yet."""
    return await EXPIRE.all(tx, program_id, on, at)
