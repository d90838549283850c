"""Statements that record contributions, one or thousands: COPY, then one insert on conflict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from domain.store import audit, contributions, events
from domain.store.audit import Entry
from domain.store.contributions import COLUMNS, Contribution, Participant
from domain.store.query import Connection, Copy, Query, Statement, Temporary


class Stored(Struct, frozen=True):
    """What was stored."""

    id: UUID


class Announced(Struct, frozen=True):
    """An event to be; all of a batch have one type."""

    id: UUID
    program_id: UUID
    subject_id: UUID
    data: dict[str, Any]


INCOMING = Temporary("incoming", like="contributions")

COPY_INCOMING = Copy("incoming", [name.strip() for name in COLUMNS.split(",")])

TAKE_OVER = Query(
    Stored,
    "-- no parameters\ninsert into contributions ("
    + COLUMNS
    + ") select "
    + COLUMNS
    + """ from incoming order by source, key
      on conflict (program_id, source, key) where source is not null do nothing
      returning id""",
)

WAIT = Statement(
    """
    -- $1 program  $2 contributions
    update contributions set status = 'pending', waiting_for = 'reviewer'
     where program_id = $1 and id = any($2) and status = 'accepted'
    """
)

COPY_PARTICIPANTS = Copy(
    "contribution_participants",
    [
        "program_id",
        "contribution_id",
        "position",
        "person_id",
        "unmatched_id",
        "role",
        "share",
        "occurred_on",
    ],
)

COPY_ENTRIES = Copy(
    "audit_entries",
    [
        "id",
        "at",
        "actor_id",
        "actor_name",
        "token_id",
        "program_id",
        "action",
        "subject_kind",
        "subject_id",
        "fields",
        "request_id",
    ],
)

COPY_VALUES = Copy("audit_values", ["entry_id", "before", "after", "reason"])

COPY_EVENTS = Copy("events", ["id", "type", "program_id", "subject_id", "data", "at"])


async def insert(tx: Connection, rows: Sequence[Contribution]) -> set[UUID]:
    """Store new contributions; returns those whose source has not recorded one under their key."""
    if len(rows) < 2:
        return {row.id for row in rows if await contributions.insert(tx, row)}
    await INCOMING.create(tx)
    await COPY_INCOMING.run(tx, map(astuple, rows))
    return {stored.id for stored in await TAKE_OVER.all(tx)}


async def insert_participants(tx: Connection, people: Sequence[Participant]) -> None:
    """Store the people of new contributions."""
    if len(people) < 2:
        await contributions.insert_participants(tx, people)
    else:
        await COPY_PARTICIPANTS.run(tx, map(astuple, people))


async def wait(tx: Connection, program_id: UUID, ids: list[UUID]) -> None:
    """Let a reviewer decide on what was accepted by itself a moment ago, in this transaction."""
    await WAIT.run(tx, program_id, ids)


async def log(tx: Connection, entries: Sequence[Entry]) -> None:
    """Store audit entries with their values."""
    if len(entries) < 2:
        for entry in entries:
            await audit.insert(tx, entry)
        return
    await COPY_ENTRIES.run(
        tx,
        (
            (
                one.id,
                one.at,
                one.actor_id,
                one.actor_name,
                one.token_id,
                one.program_id,
                one.action,
                one.subject_kind,
                one.subject_id,
                one.fields,
                one.request_id,
            )
            for one in entries
        ),
    )
    await COPY_VALUES.run(
        tx, ((one.id, one.before or {}, one.after or {}, one.reason) for one in entries)
    )


async def announce(tx: Connection, type: str, news: Sequence[Announced], at: datetime) -> None:
    """Add events of one type to the log of the current transaction."""
    if len(news) < 2:
        for one in news:
            await events.insert(
                tx,
                id=one.id,
                type=type,
                program_id=one.program_id,
                subject_id=one.subject_id,
                data=one.data,
                at=at,
            )
        return
    await COPY_EVENTS.run(
        tx, ((one.id, type, one.program_id, one.subject_id, one.data, at) for one in news)
    )
