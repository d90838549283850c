"""Statements that move what applications and votes say of one person to another, and back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from domain.store.people import Reference
from domain.store.query import Connection, Query, Statement


class Seat(Struct, frozen=True):
    """The place of an account in the electorate of a vote."""

    program_id: UUID
    round_id: UUID
    account_id: UUID


class Candidacies(Struct, frozen=True):
    """What moved: applications, nominations by the person (their ids), and places in votes."""

    applications: list[UUID] = []
    nominations: list[UUID] = []
    seats: list[Seat] = []


# Whoever decides on an application holds it, its round and its electors before any people.
LOCK_APPLICATIONS = Query(
    Reference,
    """
    -- $1 people
    select id from applications
     where person_id = any($1) or nominator_id = any($1)
     order by program_id, id
       for update
    """,
)

LOCK_ROUNDS = Query(
    Reference,
    """
    -- $1 people
    select r.id
      from vote_rounds r
      join applications a on a.program_id = r.program_id and a.id = r.application_id
     where r.closed_at is null and (a.person_id = any($1) or a.nominator_id = any($1))
     order by r.program_id, r.id
       for update of r
    """,
)

LOCK_ELECTORS = Query(
    Seat,
    """
    -- $1 people
    select program_id, round_id, account_id from electors
     where person_id = any($1)
     order by program_id, round_id, account_id
       for update
    """,
)

BOTH_APPLY = Query(
    Reference,
    """
    -- $1 one person  $2 the other
    select a.program_id as id
      from applications a
      join applications b on b.program_id = a.program_id and b.person_id = $2
     where a.person_id = $1
       and a.status in ('submitted', 'in_vote') and b.status in ('submitted', 'in_vote')
    """,
)

BOTH_VOTE = Query(
    Reference,
    """
    -- $1 people
    with parts as (
        select person_id, program_id, round_id from electors where person_id = any($1)
         union all
        select a.person_id, r.program_id, r.id
          from applications a
          join vote_rounds r on r.program_id = a.program_id and r.application_id = a.id
         where a.person_id = any($1)
         union all
        select a.nominator_id, r.program_id, r.id
          from applications a
          join vote_rounds r on r.program_id = a.program_id and r.application_id = a.id
         where a.nominator_id = any($1)
    )
    select r.id
      from parts p
      join vote_rounds r on r.program_id = p.program_id and r.id = p.round_id
     where r.closed_at is null
     group by r.program_id, r.id
    having count(distinct p.person_id) > 1
    """,
)

MOVE_APPLICATIONS = Query(
    Reference,
    """
    -- $1 from person  $2 to person  $3 only these (null: all)  $4 now
    update applications set person_id = $2, version = version + 1, updated_at = $4
     where person_id = $1 and ($3::uuid[] is null or id = any($3)) returning id
    """,
)

MOVE_NOMINATIONS = Query(
    Reference,
    """
    -- $1 from person  $2 to person  $3 only these (null: all)  $4 now
    update applications set nominator_id = $2, version = version + 1, updated_at = $4
     where nominator_id = $1 and ($3::uuid[] is null or id = any($3)) returning id
    """,
)

# A mark goes with its application; what is marked for both already is left where it is.
MOVE_MARKS = Statement(
    """
    -- $1 from person  $2 to person  $3 only of these applications (null: all)
    update evidence_marks m set person_id = $2
     where m.person_id = $1 and ($3::uuid[] is null or m.application_id = any($3))
       and not exists (select from evidence_marks o
                        where o.program_id = m.program_id
                          and o.contribution_program_id = m.contribution_program_id
                          and o.contribution_id = m.contribution_id and o.person_id = $2)
    """
)

MOVE_ELECTORS = Query(
    Seat,
    """
    -- $1 from person  $2 to person
    update electors set person_id = $2 where person_id = $1
    returning program_id, round_id, account_id
    """,
)

RETURN_ELECTORS = Query(
    Seat,
    """
    -- $1 from person  $2 to person  $3 only these
    update electors e set person_id = $2
      from jsonb_to_recordset($3) as s (program_id uuid, round_id uuid, account_id uuid)
     where e.person_id = $1 and e.program_id = s.program_id and e.round_id = s.round_id
       and e.account_id = s.account_id
    returning e.program_id, e.round_id, e.account_id
    """,
)


async def lock(tx: Connection, *people: UUID) -> None:
    """Lock what moves or is emptied with these people, before the people themselves."""
    await LOCK_APPLICATIONS.all(tx, people)
    await LOCK_ROUNDS.all(tx, people)
    await LOCK_ELECTORS.all(tx, people)


async def both_apply(tx: Connection, one: UUID, other: UUID) -> bool:
    """Whether both have an application in one program that nobody has decided on."""
    return bool(await BOTH_APPLY.all(tx, one, other))


async def both_vote(tx: Connection, *people: UUID) -> bool:
    """Whether an open vote knows more than one of them, as applicant, nominator or elector."""
    return bool(await BOTH_VOTE.all(tx, people))


async def move(
    tx: Connection, source: UUID, target: UUID, at: datetime, only: Candidacies | None = None
) -> Candidacies:
    """Move what is of one person (of that: only these rows) to another; returns what moved."""
    ids = None if only is None else only.applications
    nominations = None if only is None else only.nominations
    moved = await MOVE_APPLICATIONS.all(tx, source, target, ids, at)
    nominated = await MOVE_NOMINATIONS.all(tx, source, target, nominations, at)
    await MOVE_MARKS.run(tx, source, target, ids)
    if only is None:
        seats = await MOVE_ELECTORS.all(tx, source, target)
    else:
        seats = await RETURN_ELECTORS.all(tx, source, target, msgspec.to_builtins(only.seats))
    return Candidacies(
        applications=sorted(row.id for row in moved),
        nominations=sorted(row.id for row in nominated),
        seats=seats,
    )
