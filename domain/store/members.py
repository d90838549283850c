"""Statements that read a program's people whole, as the members file knows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from domain.rules.contributions import ContributionStatus, Visibility
from domain.rules.identities import Identity
from domain.rules.members import Precision
from domain.store.affiliations import Affiliation
from domain.store.ambassadors import Ambassador
from domain.store.people import Person, Reference
from domain.store.query import Connection, Query, Statement


class Seat(Struct, frozen=True):
    """A membership of a group; both days are inclusive, None where unknown or open."""

    id: UUID
    ambassador_id: UUID
    code: str
    valid_from: date | None
    valid_until: date | None


class Credit(Struct, frozen=True):
    """A contribution as one ambassador's: who did something together has a row each.

    `own`: it came from a members file, which has it at `position` in this ambassador's entry.
    `settled`: it counted for a finished tenure. `occurred_on` is the first day of the period that
    `date_precision` names.
    """

    id: UUID
    ambassador_id: UUID
    type: str
    type_text: str
    title: str
    occurred_on: date
    date_precision: Precision
    url: str | None
    own: bool
    position: int | None
    status: ContributionStatus
    visibility: Visibility
    same_as: UUID | None
    settled: bool


class Presence(Struct, frozen=True):
    """Somebody's place in a program."""

    person_id: UUID
    program_id: UUID


class Setting(Struct, frozen=True):
    """The new value of a setting."""

    value: str


PATIENCE = Query(
    Setting,
    """
    -- An import waits for the one before it, longer than a request waits for a record.
    select set_config('lock_timeout', '50s', true) as value
    """,
)

ONE_AT_A_TIME = Statement("select pg_advisory_xact_lock(hashtext('chancery.imports'))")

AMBASSADOR_ROWS: LiteralString = """
    -- $1 program
    select a.program_id, a.id, a.person_id, a.handle, a.status, a.status_reason, a.status_on,
           a.farewell, a.joined_on, a.hidden_fields, a.position, a.version, a.created_at,
           a.updated_at
      from ambassadors a join people p on p.id = a.person_id
     where a.program_id = $1 and p.erased_at is null
     order by a.position nulls last, a.created_at, a.id
"""

AMBASSADORS = Query(Ambassador, AMBASSADOR_ROWS)
LOCK_AMBASSADORS = Query(Ambassador, AMBASSADOR_ROWS + " for update of a")

MEANT = Query(
    Reference,
    """
    -- $1 GitHub ids  $2 GitHub handles in lower case  $3 Slack ids
    select p.id from people p join (
        select person_id from identities where provider = 'github' and subject = any($1)
        union
        select person_id from identities where provider = 'github' and lower(handle) = any($2)
        union
        select person_id from identities
         where provider = 'slack' and subject = any($3) and verified_at is not null) i
        on i.person_id = p.id
     where p.erased_at is null and p.merged_into is null
     order by p.id
    """,
)

PEOPLE_ROWS: LiteralString = """
    -- $1 people
    select id, name, title, bio, country, city, avatar_url, languages, topics, links,
           hidden_fields, merged_into, erased_at, version, created_at, updated_at
      from people where id = any($1) order by id
"""

PEOPLE = Query(Person, PEOPLE_ROWS)
LOCK_PEOPLE = Query(Person, PEOPLE_ROWS + " for update")

IDENTITIES = Query(
    Identity,
    """
    -- $1 people
    select id, person_id, provider, subject, handle, verified_at, vouched_by, created_at
      from identities where person_id = any($1) order by id
    """,
)

AFFILIATIONS = Query(
    Affiliation,
    """
    -- $1 people
    select id, person_id, company, valid_from, valid_until
      from affiliations where person_id = any($1) order by id
    """,
)

SEATS = Query(
    Seat,
    """
    -- $1 program
    select id, ambassador_id, code, valid_from, valid_until
      from memberships where program_id = $1 and kind = 'group' order by code, id
    """,
)

CREDITS = Query(
    Credit,
    """
    -- $1 program  $2 source that the members file is  $3 titles of other sources' (null: all)
    -- The file's person is the first one; others were added by hand, and no file can tell of them.
    -- Not what a mirror itself took back: the file may bring that again.
    select c.id, a.id as ambassador_id, c.type, c.type_text, c.title, c.occurred_on,
           c.date_precision, c.url, v.own, case when v.own then c.position end as position,
           c.status, c.visibility, c.same_as,
           v.own and exists (
               select from tenure_contributions u
                 join tenures t on t.program_id = u.program_id and t.id = u.tenure_id
                where u.program_id = c.program_id and u.contribution_id = c.id
                  and t.outcome is not null) as settled
      from contributions c
      join contribution_participants p on p.program_id = c.program_id and p.contribution_id = c.id
      join ambassadors a on a.program_id = p.program_id and a.person_id = p.person_id
     cross join lateral (
           select coalesce(c.source = $2, false) and not exists (
               select from contribution_participants o
                where o.program_id = p.program_id and o.contribution_id = p.contribution_id
                  and o.position < p.position) as own) v
     where c.program_id = $1 and ($3::text[] is null or c.source = $2 or c.title = any($3))
       and not (c.status = 'withdrawn' and c.position is null and coalesce(c.source = $2, false))
     order by a.id, position nulls last, c.occurred_on, c.id
    """,
)

LOCK_CONTRIBUTIONS = Statement(
    """
    -- $1 program  $2 source that the members file is
    select from contributions where program_id = $1 and source = $2 order by id for update
    """
)

PRESENCES = Query(
    Presence,
    """
    -- $1 people
    select person_id, program_id from ambassadors where person_id = any($1) order by 1, 2
    """,
)


async def take_turn(tx: Connection) -> None:
    """Wait until no other import runs; from here on this transaction waits longer for locks."""
    await PATIENCE.one(tx)
    await ONE_AT_A_TIME.run(tx)


async def ambassadors_of(tx: Connection, program_id: UUID, *, lock: bool) -> list[Ambassador]:
    """The ambassadors in the order of the file, then of their coming; no erased ones."""
    return await (LOCK_AMBASSADORS if lock else AMBASSADORS).all(tx, program_id)


async def meant(
    tx: Connection, github_ids: Iterable[str], handles: Iterable[str], slack_ids: Iterable[str]
) -> list[UUID]:
    """People of any program whom a file could mean by these."""
    lower = [handle.lower() for handle in handles]
    return [one.id for one in await MEANT.all(tx, list(github_ids), lower, list(slack_ids))]


async def people_of(tx: Connection, ids: Sequence[UUID], *, lock: bool) -> list[Person]:
    """The people with these ids."""
    return await (LOCK_PEOPLE if lock else PEOPLE).all(tx, ids)


async def identities_of(tx: Connection, ids: Sequence[UUID]) -> list[Identity]:
    """Their identities."""
    return await IDENTITIES.all(tx, ids)


async def affiliations_of(tx: Connection, ids: Sequence[UUID]) -> list[Affiliation]:
    """Their companies."""
    return await AFFILIATIONS.all(tx, ids)


async def seats_of(tx: Connection, program_id: UUID) -> list[Seat]:
    """The memberships of the program's groups."""
    return await SEATS.all(tx, program_id)


async def credits_of(
    tx: Connection, program_id: UUID, source: str, titles: Sequence[str] | None, *, lock: bool
) -> list[Credit]:
    """The program's contributions, each ambassador's in the order of the file.

    Of what other sources recorded only what is called so (None: all). Locked is what came from the
    source: an import changes nothing else.
    """
    if lock:
        await LOCK_CONTRIBUTIONS.run(tx, program_id, source)
    return await CREDITS.all(tx, program_id, source, titles)


async def presences(tx: Connection, ids: Sequence[UUID]) -> list[Presence]:
    """The programs that these people are ambassadors of."""
    return await PRESENCES.all(tx, ids)
