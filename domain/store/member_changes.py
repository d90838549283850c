"""Statements that write what an import changed, many rows at a time.

The rows travel as one JSON array: a statement for each would notify and plan for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain.rules.identities import Identity
from domain.store import affiliations, ambassadors, identities, memberships
from domain.store.affiliations import Affiliation
from domain.store.ambassadors import Ambassador
from domain.store.audit import Entry
from domain.store.contributions import Contribution
from domain.store.members import Seat
from domain.store.people import Person
from domain.store.query import Connection, Statement


class Announced(Struct, frozen=True):
    """An event to be."""

    id: UUID
    type: str
    program_id: UUID
    subject_id: UUID
    data: dict[str, Any]
    at: datetime


class Values(Struct, frozen=True):
    """What an audit entry tells of a change."""

    entry_id: UUID
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str | None


class Given(Struct, frozen=True):
    """A handle that was given up at a time by an identity, or by an ambassador."""

    id: UUID
    owner_id: UUID
    handle: str
    until_at: datetime


ADD_PEOPLE = Statement(
    """
    -- $1 rows
    insert into people (
        id, name, title, bio, country, city, avatar_url, languages, topics, links,
        hidden_fields, merged_into, erased_at, version, created_at, updated_at)
    select
        id, name, title, bio, country, city, avatar_url, languages, topics, links,
        hidden_fields, merged_into, erased_at, version, created_at, updated_at
      from jsonb_populate_recordset(null::people, $1)
    """
)

ADD_IDENTITIES = Statement(
    """
    -- $1 rows
    insert into identities (
        id, person_id, provider, subject, handle, verified_at, vouched_by, created_at)
    select
        id, person_id, provider, subject, handle, verified_at, vouched_by, created_at
      from jsonb_populate_recordset(null::identities, $1)
    """
)

ADD_AFFILIATIONS = Statement(
    """
    -- $1 rows
    insert into affiliations (
        id, person_id, company, valid_from, valid_until)
    select
        id, person_id, company, valid_from, valid_until
      from jsonb_populate_recordset(null::affiliations, $1)
    """
)

ADD_AMBASSADORS = Statement(
    """
    -- $1 rows
    insert into ambassadors (
        program_id, id, person_id, handle, status, status_reason, status_on, farewell,
        joined_on, hidden_fields, position, version, created_at, updated_at)
    select
        program_id, id, person_id, handle, status, status_reason, status_on, farewell,
        joined_on, hidden_fields, position, version, created_at, updated_at
      from jsonb_populate_recordset(null::ambassadors, $1)
    """
)

ADD_ENTRIES = Statement(
    """
    -- $1 rows
    insert into audit_entries (
        id, at, actor_id, actor_name, token_id, program_id, action, subject_kind, subject_id,
        fields, request_id)
    select
        id, at, actor_id, actor_name, token_id, program_id, action, subject_kind, subject_id,
        fields, request_id
      from jsonb_populate_recordset(null::audit_entries, $1)
    """
)

ADD_VALUES = Statement(
    """
    -- $1 rows
    insert into audit_values (
        entry_id, before, after, reason)
    select
        entry_id, before, after, reason
      from jsonb_populate_recordset(null::audit_values, $1)
    """
)

ADD_EVENTS = Statement(
    """
    -- $1 rows
    insert into events (
        id, type, program_id, subject_id, data, at)
    select
        id, type, program_id, subject_id, data, at
      from jsonb_populate_recordset(null::events, $1)
    """
)

ADD_SEATS = Statement(
    """
    -- $1 program  $2 rows
    insert into memberships (program_id, id, ambassador_id, kind, code, valid_from, valid_until)
    select $1, id, ambassador_id, 'group', code, valid_from, valid_until
      from jsonb_populate_recordset(null::memberships, $2)
    """
)

CHANGE_PEOPLE = Statement(
    """
    -- $1 rows
    update people p
       set name = n.name, title = n.title, bio = n.bio, country = n.country,
           avatar_url = n.avatar_url, links = n.links, version = n.version,
           updated_at = n.updated_at
      from jsonb_populate_recordset(null::people, $1) n
     where p.id = n.id
    """
)

CHANGE_CONTRIBUTIONS = Statement(
    """
    -- $1 rows
    update contributions c
       set type = n.type, type_text = n.type_text, title = n.title, occurred_on = n.occurred_on,
           date_precision = n.date_precision, ended_on = n.ended_on, url = n.url,
           position = n.position, status = n.status, version = n.version,
           updated_at = n.updated_at
      from jsonb_populate_recordset(null::contributions, $1) n
     where c.program_id = n.program_id and c.id = n.id
    """
)

MOVE_PARTICIPANTS = Statement(
    """
    -- $1 rows
    update contribution_participants p set occurred_on = n.occurred_on
      from jsonb_populate_recordset(null::contributions, $1) n
     where p.program_id = n.program_id and p.contribution_id = n.id
       and p.occurred_on <> n.occurred_on
    """
)


async def store_people(tx: Connection, new: Sequence[Person], changed: Sequence[Person]) -> None:
    """Store people; versions are counted up already, here and below."""
    await _run(tx, ADD_PEOPLE, new)
    await _run(tx, CHANGE_PEOPLE, changed)


async def store_identities(
    tx: Connection,
    new: Sequence[Identity],
    changed: Iterable[Identity],
    gone: Iterable[UUID],
    given_up: Iterable[Given],
) -> None:
    """Store identities, and the handles that they gave up."""
    names = ["id", "subject", "handle", "verified_at", "vouched_by"]
    await identities.DELETE.many(tx, [(one,) for one in gone])
    await identities.UPDATE.many(tx, _rows(changed, names))
    await _run(tx, ADD_IDENTITIES, new)
    names = ["id", "owner_id", "handle", "until_at"]
    await identities.REMEMBER_HANDLE.many(tx, _rows(given_up, names))


async def store_affiliations(
    tx: Connection,
    new: Sequence[Affiliation],
    changed: Iterable[Affiliation],
    gone: Iterable[UUID],
) -> None:
    """Store companies."""
    names = ["id", "company", "valid_from", "valid_until"]
    await affiliations.DELETE.many(tx, [(one,) for one in gone])
    await affiliations.UPDATE.many(tx, _rows(changed, names))
    await _run(tx, ADD_AFFILIATIONS, new)


async def store_ambassadors(
    tx: Connection,
    program_id: UUID,
    new: Sequence[Ambassador],
    changed: Iterable[Ambassador],
    given_up: Iterable[Given],
) -> None:
    """Store ambassadors, the changed ones in the order given, so that handles get free in time."""
    kept = {"person_id", "created_at"}
    names = [name for name in Ambassador.__struct_fields__ if name not in kept]
    await ambassadors.UPDATE.many(tx, _rows(changed, names))
    await _run(tx, ADD_AMBASSADORS, new)
    await ambassadors.KEEP_HANDLE.many(
        tx, [(program_id, one.id, one.owner_id, one.handle, one.until_at) for one in given_up]
    )


async def store_seats(
    tx: Connection, program_id: UUID, new: Sequence[Seat], changed: Iterable[Seat]
) -> None:
    """Store memberships of groups."""
    await memberships.UPDATE.many(
        tx, [(program_id, one.id, one.valid_from, one.valid_until) for one in changed]
    )
    await _run(tx, ADD_SEATS, new, program_id)


async def change_contributions(tx: Connection, changed: Sequence[Contribution]) -> None:
    """Store what a members file tells of contributions, and the new day with their people."""
    await _run(tx, CHANGE_CONTRIBUTIONS, changed)
    await _run(tx, MOVE_PARTICIPANTS, changed)


async def store_records(
    tx: Connection, entries: Sequence[Entry], announced: Sequence[Announced]
) -> None:
    """Add to the audit log and to the event log, in the order given."""
    await _run(tx, ADD_ENTRIES, entries)
    values = [Values(e.id, e.before or {}, e.after or {}, e.reason) for e in entries]
    await _run(tx, ADD_VALUES, values)
    await _run(tx, ADD_EVENTS, announced)


async def _run(
    tx: Connection, statement: Statement, rows: Sequence[Struct], *arguments: object
) -> None:
    if rows:
        await statement.run(tx, *arguments, rows)


def _rows(records: Iterable[Struct], names: Sequence[str]) -> list[tuple[object, ...]]:
    return [tuple(getattr(one, name) for name in names) for one in records]
