"""Statements that read a program's people whole, as the members file knows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from domain.rules.identities import Identity
from domain.store.affiliations import Affiliation
from domain.store.ambassadors import Ambassador
from domain.store.contributions import Contribution
from domain.store.people import Person, Reference
from domain.store.query import Connection, Query, Statement


class Seat(Struct, frozen=True):
    """A membership of a group; both days are inclusive, None where unknown or open."""

    id: UUID
    ambassador_id: UUID
    code: str
    valid_from: date | None
    valid_until: date | None


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
           a.joined_on, a.hidden_fields, a.position, a.version, a.created_at, a.updated_at
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

CONTRIBUTION_ROWS: LiteralString = """
    -- $1 program  $2 source that the members file is
    select program_id, id, ambassador_id, type, type_text, title, occurred_on, date_precision, url,
           source, position, status, version, created_at, updated_at
      from contributions
     where program_id = $1
       and not (status = 'withdrawn' and position is null and coalesce(source = $2, false))
     order by ambassador_id, position nulls last, occurred_on, id
"""
"""All but what a mirror itself took back: the file may bring that again."""

CONTRIBUTIONS = Query(Contribution, CONTRIBUTION_ROWS)
LOCK_CONTRIBUTIONS = Query(Contribution, CONTRIBUTION_ROWS + " for update")

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


async def contributions_of(
    tx: Connection, program_id: UUID, source: str, *, lock: bool
) -> list[Contribution]:
    """The program's contributions, each ambassador's in the order of the file."""
    return await (LOCK_CONTRIBUTIONS if lock else CONTRIBUTIONS).all(tx, program_id, source)


async def presences(tx: Connection, ids: Sequence[UUID]) -> list[Presence]:
    """The programs that these people are ambassadors of."""
    return await PRESENCES.all(tx, ids)
