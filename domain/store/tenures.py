"""Statements on tenures: periods of being an ambassador, and what counted for them.

Many travel as one JSON array: a statement for each would notify and plan for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from domain.rules.tenures import TenureOrigin, TenureOutcome
from domain.store.people import Reference
from domain.store.query import Connection, Query, Statement


class Tenure(Struct, frozen=True):
    """A tenure; both days are inclusive, None: open-ended. Without an outcome it is open.

    `policy_version` was in force when it began, `outcome_policy_version` when it was decided;
    `decided_by` is an account, None for a rule. `asked_at`: a manager is asked since.
    """

    program_id: UUID
    id: UUID
    ambassador_id: UUID
    first_day: date
    last_day: date | None
    policy_version: int
    origin: TenureOrigin
    outcome: TenureOutcome | None
    outcome_on: date | None
    outcome_reason: str | None
    outcome_policy_version: int | None
    decided_by: UUID | None
    asked_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class Counted(Struct, frozen=True):
    """A contribution that counted for a tenure of an ambassador."""

    program_id: UUID
    tenure_id: UUID
    ambassador_id: UUID
    contribution_id: UUID


class Finished(Struct, frozen=True):
    """A tenure with an outcome; both days are inclusive."""

    contribution_id: UUID
    id: UUID
    ambassador: str
    first_day: date
    last_day: date


class Owner(Struct, frozen=True):
    """Whose a tenure is."""

    ambassador_id: UUID
    handle: str
    person_id: UUID


class Free(Struct, frozen=True):
    """An ambassador without an open tenure, and the first day after their last one."""

    id: UUID
    joined_on: date | None
    free_from: date | None


class Place(Struct, frozen=True):
    """A place in the list of an ambassador's tenures."""

    first_day: date
    id: UUID


COLUMNS: LiteralString = """
    select program_id, id, ambassador_id, first_day, last_day, policy_version, origin, outcome,
           outcome_on, outcome_reason, outcome_policy_version, decided_by, asked_at, version,
           created_at, updated_at
      from tenures
"""

GET = Query(Tenure, "-- $1 program  $2 id" + COLUMNS + "where program_id = $1 and id = $2")

LOCK_MANY = Query(
    Tenure,
    "-- $1 program  $2 tenures"
    + COLUMNS
    + "where program_id = $1 and id = any($2) order by ambassador_id, first_day for update",
)

LOCK_OPEN = Query(
    Tenure,
    "-- $1 program  $2 ambassadors"
    + COLUMNS
    + """
     where program_id = $1 and ambassador_id = any($2) and outcome is null
     order by ambassador_id
       for update
    """,
)

LOCK_LAST = Query(
    Tenure,
    "-- $1 program  $2 ambassador"
    + COLUMNS
    + """
     where program_id = $1 and ambassador_id = $2
     order by first_day desc, id desc
     limit 1
       for update
    """,
)

PAGE = Query(
    Tenure,
    "-- $1 program  $2 ambassador  $3 before day (null: from the newest)  $4 before id  $5 limit"
    + COLUMNS
    + """
     where program_id = $1 and ambassador_id = $2
       and ($3::date is null or (first_day, id) < ($3, $4::uuid))
     order by first_day desc, id desc
     limit $5
    """,
)

COUNTED = Query(
    Counted,
    """
    -- $1 program  $2 tenures
    select program_id, tenure_id, ambassador_id, contribution_id
      from tenure_contributions where program_id = $1 and tenure_id = any($2)
     order by tenure_id, contribution_id
    """,
)

OWNER = Query(
    Owner,
    """
    -- $1 program  $2 tenure
    select t.ambassador_id, a.handle, a.person_id
      from tenures t join ambassadors a on a.program_id = t.program_id and a.id = t.ambassador_id
     where t.program_id = $1 and t.id = $2
    """,
)

FINISHED = Query(
    Finished,
    """
    -- $1 program  $2 contributions
    select c.contribution_id, t.id, a.handle as ambassador, t.first_day, t.last_day
      from tenure_contributions c
      join tenures t on t.program_id = c.program_id and t.id = c.tenure_id
      join ambassadors a on a.program_id = t.program_id and a.id = t.ambassador_id
     where c.program_id = $1 and c.contribution_id = any($2) and t.outcome is not null
     order by c.contribution_id, t.first_day
    """,
)

# The ambassadors are locked: none of them gets a tenure or leaves meanwhile.
LOCK_FREE = Query(
    Reference,
    """
    -- $1 program  $2 after ambassador (null: from the first)  $3 limit
    select a.id
      from ambassadors a
     where a.program_id = $1 and a.status in ('active', 'on_leave')
       and ($2::uuid is null or a.id > $2)
       and not exists (select from tenures t
                        where t.program_id = a.program_id and t.ambassador_id = a.id
                          and t.outcome is null)
     order by a.id
     limit $3
       for update of a
    """,
)

# Asked again, behind the locks: what is written of them since they were chosen, they have.
FREE = Query(
    Free,
    """
    -- $1 program  $2 ambassadors, who are locked
    select a.id, a.joined_on,
           (select max(t.last_day) + 1 from tenures t
             where t.program_id = a.program_id and t.ambassador_id = a.id) as free_from
      from ambassadors a
     where a.program_id = $1 and a.id = any($2)
       and not exists (select from tenures t
                        where t.program_id = a.program_id and t.ambassador_id = a.id
                          and t.outcome is null)
     order by a.id
    """,
)

INSERT = Statement(
    """
    -- $1 rows
    insert into tenures (
        program_id, id, ambassador_id, first_day, last_day, policy_version, origin, outcome,
        outcome_on, outcome_reason, outcome_policy_version, decided_by, asked_at, version,
        created_at, updated_at)
    select
        program_id, id, ambassador_id, first_day, last_day, policy_version, origin, outcome,
        outcome_on, outcome_reason, outcome_policy_version, decided_by, asked_at, version,
        created_at, updated_at
      from jsonb_populate_recordset(null::tenures, $1)
    """
)

UPDATE = Statement(
    """
    -- $1 rows
    update tenures t
       set first_day = n.first_day, last_day = n.last_day, policy_version = n.policy_version,
           origin = n.origin, outcome = n.outcome, outcome_on = n.outcome_on,
           outcome_reason = n.outcome_reason,
           outcome_policy_version = n.outcome_policy_version, decided_by = n.decided_by,
           asked_at = n.asked_at, version = n.version, updated_at = n.updated_at
      from jsonb_populate_recordset(null::tenures, $1) n
     where t.program_id = n.program_id and t.id = n.id
    """
)

COUNT = Statement(
    """
    -- $1 rows
    insert into tenure_contributions (program_id, tenure_id, ambassador_id, contribution_id)
    select program_id, tenure_id, ambassador_id, contribution_id
      from jsonb_populate_recordset(null::tenure_contributions, $1)
    """
)


async def get(tx: Connection, program_id: UUID, tenure_id: UUID) -> Tenure | None:
    """One tenure."""
    return await GET.first(tx, program_id, tenure_id)


async def owner(tx: Connection, program_id: UUID, tenure_id: UUID) -> Owner | None:
    """Whose a tenure is; that never changes, but the handle and the person may."""
    return await OWNER.first(tx, program_id, tenure_id)


async def lock_many(tx: Connection, program_id: UUID, tenures: Sequence[UUID]) -> list[Tenure]:
    """The tenures with these ids, whose ambassadors are locked already, locked."""
    return await LOCK_MANY.all(tx, program_id, tenures)


async def lock_open(tx: Connection, program_id: UUID, ambassadors: Sequence[UUID]) -> list[Tenure]:
    """The open tenures of locked ambassadors, at most one for each, locked."""
    return await LOCK_OPEN.all(tx, program_id, ambassadors)


async def lock_last(tx: Connection, program_id: UUID, ambassador_id: UUID) -> Tenure | None:
    """The newest tenure of a locked ambassador, locked; an open one is the newest."""
    return await LOCK_LAST.first(tx, program_id, ambassador_id)


async def page(
    tx: Connection, program_id: UUID, ambassador_id: UUID, *, before: Place | None, limit: int
) -> list[Tenure]:
    """An ambassador's tenures, newest first."""
    day, id = (before.first_day, before.id) if before else (None, None)
    return await PAGE.all(tx, program_id, ambassador_id, day, id, limit)


async def counted(tx: Connection, program_id: UUID, tenures: Sequence[UUID]) -> list[Counted]:
    """What counted for these tenures."""
    return await COUNTED.all(tx, program_id, tenures)


async def finished(tx: Connection, program_id: UUID, ids: list[UUID]) -> list[Finished]:
    """The finished tenures that these contributions counted for."""
    return await FINISHED.all(tx, program_id, ids)


async def lock_free(
    tx: Connection, program_id: UUID, *, after: UUID | None, limit: int
) -> list[UUID]:
    """Active ambassadors (also on leave) who seem to have no open tenure, locked, by their ids."""
    return [one.id for one in await LOCK_FREE.all(tx, program_id, after, limit)]


async def free(tx: Connection, program_id: UUID, ambassadors: Sequence[UUID]) -> list[Free]:
    """Those of some locked ambassadors who have no open tenure, by their ids."""
    return await FREE.all(tx, program_id, ambassadors)


async def insert_many(tx: Connection, tenures: Sequence[Tenure]) -> None:
    """Store new tenures."""
    if tenures:
        await INSERT.run(tx, tenures)


async def update_many(tx: Connection, tenures: Sequence[Tenure]) -> None:
    """Store locked tenures as they are now, with the versions that they have now."""
    if tenures:
        await UPDATE.run(tx, tenures)


async def close_many(
    tx: Connection, closed: Sequence[Tenure], counted: Sequence[Counted] = ()
) -> None:
    """Store tenures with their outcomes, and what counted for them."""
    await update_many(tx, closed)
    if counted:
        await COUNT.run(tx, counted)
