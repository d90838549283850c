"""The record of a contribution and its participants, and the statements that change one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from domain.rules.contributions import ContributionStatus, EventFormat, Visibility, WaitingFor
from domain.rules.members import Precision
from domain.store.query import Connection, Query, Statement


class Reading(Struct, frozen=True):
    """Numbers that were read on a day; later ones are added behind."""

    read_on: date
    values: dict[str, int]


class Contribution(Struct, frozen=True):
    """A contribution as recorded; `occurred_on` is the first day of its period."""

    program_id: UUID
    id: UUID
    type: str
    type_text: str
    title: str
    description: str | None
    occurred_on: date
    date_precision: Precision
    ended_on: date | None
    url: str | None
    evidence: tuple[str, ...]
    role: str | None
    language: str | None
    tags: tuple[str, ...]
    audience: tuple[str, ...]
    event_format: EventFormat | None
    country: str | None
    metrics: tuple[Reading, ...]
    fields: dict[str, Any]
    visibility: Visibility
    matched: bool
    source: str | None
    key: str | None
    digest: bytes | None
    position: int | None
    submitted_by: UUID | None
    touched_at: datetime | None
    status: ContributionStatus
    waiting_for: WaitingFor | None
    decline_reason: str | None
    note: str | None
    decided_by: UUID | None
    decided_at: datetime | None
    dispute: str | None
    disputed_at: datetime | None
    same_as: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime


class Participant(Struct, frozen=True):
    """Somebody's part: a person, or an identity in the inbox; `share` is a percentage."""

    program_id: UUID
    contribution_id: UUID
    position: int
    person_id: UUID | None
    unmatched_id: UUID | None
    role: str | None
    share: int | None
    occurred_on: date

    @property
    def who(self) -> UUID | None:
        """The person, or the identity while nobody owns it."""
        return self.person_id or self.unmatched_id


COLUMNS: LiteralString = """
    program_id, id, type, type_text, title, description, occurred_on, date_precision, ended_on,
    url, evidence, role, language, tags, audience, event_format, country, metrics, fields,
    visibility, matched, source, key, digest, position, submitted_by, touched_at, status,
    waiting_for, decline_reason, note, decided_by, decided_at, dispute, disputed_at, same_as,
    version, created_at, updated_at
"""

LOCK = Query(
    Contribution,
    "-- $1 program  $2 contributions\nselect "
    + COLUMNS
    + " from contributions where program_id = $1 and id = any($2) order by id for no key update",
)

LOCK_KEYS = Query(
    Contribution,
    "-- $1 program  $2 sources  $3 keys\nselect "
    + COLUMNS
    + """ from contributions
         where program_id = $1
           and (source, key) in (select * from unnest($2::text[], $3::text[]))
         order by source, key for no key update""",
)


class Found(Struct, frozen=True):
    """The id of what was looked for."""

    id: UUID


BY_KEY = Query(
    Found,
    """
    -- $1 program  $2 source  $3 key
    select id from contributions where program_id = $1 and source = $2 and key = $3
    """,
)

PARTICIPANTS = Query(
    Participant,
    """
    -- $1 program  $2 contributions
    select program_id, contribution_id, position, person_id, unmatched_id, role, share, occurred_on
      from contribution_participants where program_id = $1 and contribution_id = any($2)
     order by contribution_id, position
    """,
)

INSERT = Statement(
    "-- in the order of the columns\ninsert into contributions ("
    + COLUMNS
    + """) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                   $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34,
                   $35, $36, $37, $38, $39)
         on conflict (program_id, source, key) where source is not null do nothing"""
)

UPDATE = Statement(
    "-- in the order of the columns\nupdate contributions set ("
    + COLUMNS
    + """) = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
              $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34,
              $35, $36, $37, $38, $39)
     where program_id = $1 and id = $2"""
)

INSERT_PARTICIPANT = Statement(
    """
    -- $1 program  $2 contribution  $3 position  $4 person  $5 unmatched  $6 role  $7 share
    -- $8 occurred on
    insert into contribution_participants (program_id, contribution_id, position, person_id,
                                           unmatched_id, role, share, occurred_on)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    """
)

DELETE_PARTICIPANTS = Statement(
    """
    -- $1 program  $2 contributions
    delete from contribution_participants where program_id = $1 and contribution_id = any($2)
    """
)


async def lock(tx: Connection, program_id: UUID, ids: list[UUID]) -> list[Contribution]:
    """These contributions, locked until the transaction ends, in the order of their ids."""
    return await LOCK.all(tx, program_id, ids)


async def lock_keys(
    tx: Connection, program_id: UUID, keys: list[tuple[str, str]]
) -> list[Contribution]:
    """What sources have recorded under these (source, key), locked, in their order."""
    return await LOCK_KEYS.all(
        tx, program_id, *(list(column) for column in zip(*keys, strict=True))
    )


async def by_key(tx: Connection, program_id: UUID, source: str, key: str) -> UUID | None:
    """The contribution that a source has recorded under a key."""
    found = await BY_KEY.first(tx, program_id, source, key)
    return found.id if found else None


async def participants(tx: Connection, program_id: UUID, ids: list[UUID]) -> list[Participant]:
    """The people of these contributions, in the order in which they were named."""
    return await PARTICIPANTS.all(tx, program_id, ids)


async def insert(tx: Connection, one: Contribution) -> bool:
    """Store a new contribution; False when its source has recorded one under its key already."""
    return await INSERT.run(tx, *astuple(one)) == 1


async def update(tx: Connection, one: Contribution) -> None:
    """Store a contribution as it is now; the caller has locked it and counted its version up."""
    await UPDATE.run(tx, *astuple(one))


async def update_many(tx: Connection, rows: Sequence[Contribution]) -> None:
    """Store many contributions as they are now, as `update` does."""
    await UPDATE.many(tx, map(astuple, rows))


async def delete_participants(tx: Connection, program_id: UUID, ids: list[UUID]) -> None:
    """Forget whose these contributions are."""
    await DELETE_PARTICIPANTS.run(tx, program_id, ids)


async def insert_participants(tx: Connection, people: Sequence[Participant]) -> None:
    """Store the people of a contribution."""
    if len(people) == 1:
        await INSERT_PARTICIPANT.run(tx, *astuple(people[0]))
    elif people:
        await INSERT_PARTICIPANT.many(tx, map(astuple, people))


async def replace_participants(
    tx: Connection, program_id: UUID, contribution_id: UUID, people: Sequence[Participant]
) -> None:
    """Store other people for a contribution than before."""
    await DELETE_PARTICIPANTS.run(tx, program_id, [contribution_id])
    await insert_participants(tx, people)
