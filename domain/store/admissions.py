"""Statements that an admission takes, and those on what a program publishes of its admissions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.rules.candidacies import ApplicationStatus
from domain.store.ambassadors import Ambassador
from domain.store.query import Connection, Query, Statement


class Taken(Struct, frozen=True):
    """A handle that leads to somebody, in lower case."""

    handle: str


class Roleless(Struct, frozen=True):
    """An account that is not an ambassador's yet."""

    id: UUID


class Admission(Struct, frozen=True):
    """What the public may know of an application.

    The counts are those of the open ballot that settled it. `name` is None for whoever is not to be
    named.
    """

    id: UUID
    name: str | None
    submitted_at: datetime
    status: ApplicationStatus
    decided_at: datetime | None
    voters: int | None
    need: int | None
    votes_for: int | None
    votes_against: int | None
    votes_abstain: int | None


PRESENT = Query(
    Ambassador,
    """
    -- $1 program  $2 person
    select program_id, id, person_id, handle, status, status_reason, status_on, farewell, joined_on,
           hidden_fields, position, version, created_at, updated_at
      from ambassadors where program_id = $1 and person_id = $2 for update
    """,
)

LOCK_HANDLES = Statement(
    """
    -- $1 program  $2 handle
    select pg_advisory_xact_lock(hashtextextended($1::uuid::text || lower($2), 47))
    """
)

TAKEN = Query(
    Taken,
    """
    -- $1 program  $2 handles in lower case
    select lower(handle) as handle
      from ambassadors where program_id = $1 and lower(handle) = any($2::text[])
     union
    select lower(handle)
      from ambassador_handles where program_id = $1 and lower(handle) = any($2::text[])
    """,
)

BIND = Statement(
    """
    -- $1 account  $2 person  $3 now
    update accounts set person_id = $2, version = version + 1, updated_at = $3 where id = $1
    """
)

ROLELESS = Query(
    Roleless,
    """
    -- $1 program  $2 person
    select a.id from accounts a
     where a.person_id = $2 and a.kind = 'person' and a.disabled_at is null
       and not exists (select from role_assignments r
                        where r.account_id = a.id and r.program_id = $1 and r.role = 'ambassador'
                          and r.valid_until is null)
     order by a.id
    """,
)

# An ambassador goes by the name that they have now, whoever was not admitted by the one given.
PAGE = Query(
    Admission,
    """
    -- $1 program  $2 before application (null: from the newest)  $3 limit
    select a.id, a.submitted_at, a.status,
           case when a.status = 'withdrawn' or p.erased_at is not null
                  or ((a.nominator_id is not null or a.nominator_name is not null
                       or a.consent <> 'not_needed') and a.consent <> 'given') then null
                when a.ambassador_id is not null then p.name
                else nullif(a.profile ->> 'name', '') end as name,
           coalesce(a.decided_at, case a.status when 'expired' then r.closed_at end) as decided_at,
           r.voters, r.need, r.votes_for, r.votes_against, r.votes_abstain
      from applications a
      left join people p on p.id = a.person_id
      left join lateral (
           select v.closed_at,
                  case v.ballot when 'open' then v.voters end as voters,
                  case v.ballot when 'open' then v.need end as need,
                  case v.ballot when 'open' then v.votes_for end as votes_for,
                  case v.ballot when 'open' then v.votes_against end as votes_against,
                  case v.ballot when 'open' then v.votes_abstain end as votes_abstain
             from vote_rounds v
            where v.program_id = a.program_id and v.application_id = a.id
              and (a.outcome_by = 'vote' or a.status = 'expired') and v.result <> 'cancelled'
            order by v.number desc limit 1) r on true
     where a.program_id = $1 and ($2::uuid is null or a.id < $2)
     order by a.id desc
     limit $3
    """,
)


async def present(tx: Connection, program_id: UUID, person_id: UUID) -> Ambassador | None:
    """The ambassador that a person is or was in a program, locked."""
    return await PRESENT.first(tx, program_id, person_id)


async def lock_handles(tx: Connection, program_id: UUID, wanted: str) -> None:
    """Let nobody else look for a free handle that begins like this until the transaction ends."""
    await LOCK_HANDLES.run(tx, program_id, wanted)


async def taken(tx: Connection, program_id: UUID, handles: Sequence[str]) -> set[str]:
    """Those of the handles, in lower case, that lead to somebody in the program, or once did."""
    found = await TAKEN.all(tx, program_id, [handle.lower() for handle in handles])
    return {one.handle for one in found}


async def bind(tx: Connection, account_id: UUID, person_id: UUID, at: datetime) -> None:
    """Say whose a locked account is."""
    await BIND.run(tx, account_id, person_id, at)


async def roleless(tx: Connection, program_id: UUID, person_id: UUID) -> list[UUID]:
    """A person's accounts that hold the role of an ambassador in the program not for good."""
    return [one.id for one in await ROLELESS.all(tx, program_id, person_id)]


async def page(
    tx: Connection, program_id: UUID, *, before: UUID | None, limit: int
) -> list[Admission]:
    """What the public may know of a program's applications, newest first."""
    return await PAGE.all(tx, program_id, before, limit)
