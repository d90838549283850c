"""Statements on grants: what was offered to ambassadors, and what became of it.

Many travel as one JSON array: a statement for each would notify and plan for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from domain.rules.benefits import Awaiting, GrantStatus
from domain.rules.policy_benefits import Occasion
from domain.store.people import Reference
from domain.store.query import Connection, Query, Statement


class Grant(Struct, frozen=True):
    """A benefit that was given to an ambassador.

    `number` is the how manieth of the benefit in its tenure (None: there was none); `claim_by` and
    `fulfil_by` are days in the program's time zone. `offered_by` is an account, None for a rule.
    `choices` are the chosen variants of the stock items, by their codes.
    """

    program_id: UUID
    id: UUID
    benefit: str
    ambassador_id: UUID
    tenure_id: UUID | None
    occasion: Occasion
    occasion_name: str | None
    number: int
    status: GrantStatus
    policy_version: int
    value_amount: Decimal | None
    value_currency: str | None
    choices: dict[str, str]
    note: str | None
    claim_by: date | None
    fulfil_by: date | None
    offered_at: datetime
    offered_by: UUID | None
    claimed_at: datetime | None
    approved_at: datetime | None
    approved_by: UUID | None
    fulfilled_at: datetime | None
    fulfilled_on: date | None
    fulfilled_by: UUID | None
    carrier: str | None
    tracking: str | None
    closed_at: datetime | None
    closed_by: UUID | None
    closed_reason: str | None
    overdue_at: datetime | None
    version: int
    updated_at: datetime


class Row(Grant, frozen=True):
    """A grant with whose it is, as the statements give it."""

    handle: str
    name: str
    person_id: UUID


class Listed(Struct, frozen=True):
    """A grant, and whose it is: their handle now, their name and their person."""

    grant: Grant
    handle: str
    name: str
    person_id: UUID


class Filters(Struct, frozen=True):
    """Which grants a list shows; None: any.

    `approving` are the benefits whose claims are approved by the policy, for `awaiting`;
    `overdue_on`: what was promised by an earlier day than this one and is not fulfilled.
    """

    status: GrantStatus | None = None
    benefit: str | None = None
    ambassador_id: UUID | None = None
    awaiting: Awaiting | None = None
    approving: Sequence[str] = ()
    overdue_on: date | None = None


COLUMNS: LiteralString = """
    select g.program_id, g.id, g.benefit, g.ambassador_id, g.tenure_id, g.occasion,
           g.occasion_name, g.number, g.status, g.policy_version, g.value_amount,
           g.value_currency, g.choices, g.note, g.claim_by, g.fulfil_by, g.offered_at,
           g.offered_by, g.claimed_at, g.approved_at, g.approved_by, g.fulfilled_at,
           g.fulfilled_on, g.fulfilled_by, g.carrier, g.tracking, g.closed_at, g.closed_by,
           g.closed_reason, g.overdue_at, g.version, g.updated_at"""

WHOSE: LiteralString = """, a.handle, p.name, a.person_id
      from grants g
      join ambassadors a on a.program_id = g.program_id and a.id = g.ambassador_id
      join people p on p.id = a.person_id
"""

FIND = Query(
    Row, "-- $1 program  $2 grant" + COLUMNS + WHOSE + "where g.program_id = $1 and g.id = $2"
)

LOCK = Query(
    Grant,
    "-- $1 program  $2 grants"
    + COLUMNS
    + """
      from grants g where g.program_id = $1 and g.id = any($2) order by g.id for update
    """,
)

# By their ids, as everywhere.
LOCK_LIVE = Query(
    Grant,
    "-- $1 program  $2 ambassadors  $3 benefits (null: all)"
    + COLUMNS
    + """
      from grants g
     where g.program_id = $1 and g.ambassador_id = any($2)
       and g.status in ('offered', 'claimed', 'fulfilled')
       and ($3::text[] is null or g.benefit = any($3))
     order by g.id
       for update
    """,
)

LOCK_LATE = Query(
    Grant,
    "-- $1 program  $2 today  $3 limit"
    + COLUMNS
    + """
      from grants g
     where g.program_id = $1 and g.status = 'offered' and g.claim_by < $2
     order by g.id
     limit $3
       for update
    """,
)

LOCK_OVERDUE = Query(
    Grant,
    "-- $1 program  $2 today  $3 limit"
    + COLUMNS
    + """
      from grants g
     where g.program_id = $1 and g.status = 'claimed' and g.fulfil_by < $2
       and g.overdue_at is null
     order by g.id
     limit $3
       for update
    """,
)

PAGE = Query(
    Row,
    """
    -- $1 program  $2 status (null: any)  $3 benefit (null: any)  $4 ambassador (null: any)
    -- $5 awaiting (null: anything)  $6 benefits whose claims are approved
    -- $7 overdue on (null: also what is not)  $8 before grant (null: from the newest)  $9 limit
    """
    + COLUMNS
    + WHOSE
    + """
     where g.program_id = $1
       and ($2::text is null or g.status = $2)
       and ($3::text is null or g.benefit = $3)
       and ($4::uuid is null or g.ambassador_id = $4)
       and ($5::text is null
            or $5 = 'claim' and g.status = 'offered'
            or $5 = 'approval' and g.status = 'claimed' and g.approved_at is null
               and g.benefit = any($6::text[])
            or $5 = 'fulfilment' and g.status = 'claimed'
               and (g.approved_at is not null or g.benefit <> all($6::text[])))
       and ($7::date is null or g.status = 'claimed' and g.fulfil_by < $7)
       and ($8::uuid is null or g.id < $8)
     order by g.id desc
     limit $9
    """,
)

# Whoever was there first keeps the number, and the occasion.
INSERT = Query(
    Reference,
    """
    -- $1 rows
    insert into grants (
        program_id, id, benefit, ambassador_id, tenure_id, occasion, occasion_name, number, status,
        policy_version, value_amount, value_currency, choices, note, claim_by, fulfil_by,
        offered_at, offered_by, claimed_at, approved_at, approved_by, fulfilled_at, fulfilled_on,
        fulfilled_by, carrier, tracking, closed_at, closed_by, closed_reason, overdue_at, version,
        updated_at)
    select
        program_id, id, benefit, ambassador_id, tenure_id, occasion, occasion_name, number, status,
        policy_version, value_amount, value_currency, choices, note, claim_by, fulfil_by,
        offered_at, offered_by, claimed_at, approved_at, approved_by, fulfilled_at, fulfilled_on,
        fulfilled_by, carrier, tracking, closed_at, closed_by, closed_reason, overdue_at, version,
        updated_at
      from jsonb_populate_recordset(null::grants, $1)
    on conflict do nothing
    returning id
    """,
)

UPDATE = Statement(
    """
    -- $1 rows
    update grants g
       set status = n.status, choices = n.choices, note = n.note, claim_by = n.claim_by,
           fulfil_by = n.fulfil_by, claimed_at = n.claimed_at, approved_at = n.approved_at,
           approved_by = n.approved_by, fulfilled_at = n.fulfilled_at,
           fulfilled_on = n.fulfilled_on, fulfilled_by = n.fulfilled_by, carrier = n.carrier,
           tracking = n.tracking, closed_at = n.closed_at, closed_by = n.closed_by,
           closed_reason = n.closed_reason, overdue_at = n.overdue_at, version = n.version,
           updated_at = n.updated_at
      from jsonb_populate_recordset(null::grants, $1) n
     where g.program_id = n.program_id and g.id = n.id
    """
)


async def find(tx: Connection, program_id: UUID, grant_id: UUID) -> Listed | None:
    """One grant, and whose it is."""
    row = await FIND.first(tx, program_id, grant_id)
    return _listed(row) if row else None


async def lock(tx: Connection, program_id: UUID, grants: Sequence[UUID]) -> list[Grant]:
    """The grants with these ids, locked until the transaction ends, by their ids."""
    return await LOCK.all(tx, program_id, grants)


async def lock_live(
    tx: Connection,
    program_id: UUID,
    ambassadors: Sequence[UUID],
    benefits: Sequence[str] | None = None,
) -> list[Grant]:
    """What these ambassadors have of these benefits, locked, by the ids of the grants."""
    return await LOCK_LIVE.all(tx, program_id, ambassadors, benefits)


async def lock_late(tx: Connection, program_id: UUID, on: date, *, limit: int) -> list[Grant]:
    """Offers that could be claimed until a day before this one, locked, by their ids."""
    return await LOCK_LATE.all(tx, program_id, on, limit)


async def lock_overdue(tx: Connection, program_id: UUID, on: date, *, limit: int) -> list[Grant]:
    """Claims promised by a day before this one of which nobody was told, locked, by their ids."""
    return await LOCK_OVERDUE.all(tx, program_id, on, limit)


async def page(
    tx: Connection, program_id: UUID, filters: Filters, *, before: UUID | None, limit: int
) -> list[Listed]:
    """Grants, the newest first, and whose they are."""
    rows = await PAGE.all(
        tx,
        program_id,
        filters.status,
        filters.benefit,
        filters.ambassador_id,
        filters.awaiting,
        filters.approving,
        filters.overdue_on,
        before,
        limit,
    )
    return [_listed(row) for row in rows]


async def insert_many(tx: Connection, grants: Sequence[Grant]) -> list[Grant]:
    """Store new grants; returns those that were not there already, in the order given."""
    if not grants:
        return []
    new = {one.id for one in await INSERT.all(tx, grants)}
    return [one for one in grants if one.id in new]


async def update_many(tx: Connection, grants: Sequence[Grant]) -> None:
    """Store locked grants as they are now, with the versions that they have now."""
    if grants:
        await UPDATE.run(tx, grants)


def _listed(row: Row) -> Listed:
    grant = Grant(*(getattr(row, name) for name in Grant.__struct_fields__))
    return Listed(grant, row.handle, row.name, row.person_id)
