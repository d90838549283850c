"""Statements on connectors: how a source gets its contributions by itself, and how that went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.rules.connectors import ConnectorKind, ConnectorState, Settings
from domain.store.query import Connection, Query, Statement


class Connector(Struct, frozen=True):
    """What a source reads and how it stands.

    `secret` is sealed for (program, source). `etag` and `last_modified` are what the other side
    called the last answer of which everything was recorded.
    """

    program_id: UUID
    source_id: UUID
    kind: ConnectorKind
    settings: Settings
    secret: bytes | None
    state: ConnectorState
    next_run_at: datetime | None
    last_run_at: datetime | None
    last_success_at: datetime | None
    failures: int
    error_code: str | None
    error_detail: str | None
    etag: str | None
    last_modified: str | None
    created: int
    updated: int
    unchanged: int
    rejected: int


class Located(Struct, frozen=True):
    """The slugs of a source and of its program."""

    program: str
    source: str


class Due(Struct, frozen=True):
    """A connector that is to look again."""

    program_id: UUID
    source_id: UUID


class Counts(Struct, frozen=True):
    """How many of what was found became what."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0


OF = Query(
    Connector,
    """
    -- $1 program  $2 sources
    select program_id, source_id, kind, settings, secret, state, next_run_at, last_run_at,
           last_success_at, failures, error_code, error_detail, etag, last_modified, created,
           updated, unchanged, rejected
      from connectors
     where program_id = $1 and source_id = any($2)
    """,
)

LOCK = Query(
    Connector,
    """
    -- $1 program  $2 source
    select program_id, source_id, kind, settings, secret, state, next_run_at, last_run_at,
           last_success_at, failures, error_code, error_detail, etag, last_modified, created,
           updated, unchanged, rejected
      from connectors
     where program_id = $1 and source_id = $2
       for update
    """,
)

LOCATE = Query(
    Located,
    """
    -- $1 program  $2 source
    select p.slug as program, s.slug as source
      from sources s
      join programs p on p.id = s.program_id
     where s.program_id = $1 and s.id = $2
    """,
)

INSERT = Statement(
    """
    -- $1 program  $2 source  $3 kind  $4 settings  $5 secret  $6 state  $7 next run
    insert into connectors (program_id, source_id, kind, settings, secret, state, next_run_at,
                            failures, created, updated, unchanged, rejected)
    values ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0)
    """
)

# What the other side's answer is called belongs to the settings that it was read with.
UPDATE_SETTINGS = Statement(
    """
    -- $1 program  $2 source  $3 settings  $4 secret  $5 next run
    update connectors
       set settings = $3, secret = $4, next_run_at = $5, etag = null, last_modified = null
     where program_id = $1 and source_id = $2
    """
)

UPDATE_STATE = Statement(
    """
    -- $1 program  $2 source  $3 state  $4 next run  $5 failures  $6 error code  $7 error detail
    update connectors
       set state = $3, next_run_at = $4, failures = $5, error_code = $6, error_detail = $7
     where program_id = $1 and source_id = $2
    """
)

ASK = Statement(
    """
    -- $1 program  $2 source  $3 when
    update connectors set next_run_at = $3 where program_id = $1 and source_id = $2
    """
)

FINISH = Statement(
    """
    -- $1 program  $2 source  $3 next run  $4 last run  $5 last success  $6 failures
    -- $7 error code  $8 error detail  $9 etag  $10 last modified
    update connectors
       set next_run_at = $3, last_run_at = $4, last_success_at = $5, failures = $6,
           error_code = $7, error_detail = $8, etag = $9, last_modified = $10
     where program_id = $1 and source_id = $2
    """
)

COUNT = Statement(
    """
    -- $1 program  $2 source  $3 created  $4 updated  $5 unchanged  $6 rejected
    update connectors
       set created = created + $3, updated = updated + $4, unchanged = unchanged + $5,
           rejected = rejected + $6
     where program_id = $1 and source_id = $2
    """
)

# One whose job was given up waits for an owner of the instance, who retries it or drops it.
DUE = Query(
    Due,
    """
    -- $1 now  $2 limit
    select c.program_id, c.source_id
      from connectors c
      join programs p on p.id = c.program_id and p.status <> 'archived'
     where c.state = 'active' and c.next_run_at <= $1
       and not exists (select from jobs j
                        where j.dedupe_key = 'connector:' || c.source_id
                          and j.status in ('failed', 'picked', 'queued'))
     order by c.next_run_at
     limit $2
    """,
)


async def of(tx: Connection, program_id: UUID, source_ids: Sequence[UUID]) -> dict[UUID, Connector]:
    """The connectors of those of these sources that have one, by the source."""
    return {one.source_id: one for one in await OF.all(tx, program_id, source_ids)}


async def find(tx: Connection, program_id: UUID, source_id: UUID) -> Connector | None:
    """The connector of a source."""
    return await OF.first(tx, program_id, [source_id])


async def lock(tx: Connection, program_id: UUID, source_id: UUID) -> Connector | None:
    """The connector of a source, locked for a change of it."""
    return await LOCK.first(tx, program_id, source_id)


async def locate(tx: Connection, program_id: UUID, source_id: UUID) -> Located | None:
    """What a source and its program are called."""
    return await LOCATE.first(tx, program_id, source_id)


async def insert(
    tx: Connection,
    program_id: UUID,
    source_id: UUID,
    settings: Settings,
    *,
    kind: ConnectorKind,
    secret: bytes | None,
    state: ConnectorState,
    next_run_at: datetime | None,
) -> None:
    """Store a new connector."""
    await INSERT.run(tx, program_id, source_id, kind, settings, secret, state, next_run_at)


async def update_settings(
    tx: Connection,
    connector: Connector,
    settings: Settings,
    *,
    secret: bytes | None,
    next_run_at: datetime | None,
) -> None:
    """Replace the settings; the next look reads everything."""
    key = (connector.program_id, connector.source_id)
    await UPDATE_SETTINGS.run(tx, *key, settings, secret, next_run_at)


async def update_state(tx: Connection, connector: Connector) -> None:
    """Store whether it works, when it looks next, and what its last error was."""
    await UPDATE_STATE.run(
        tx,
        connector.program_id,
        connector.source_id,
        connector.state,
        connector.next_run_at,
        connector.failures,
        connector.error_code,
        connector.error_detail,
    )


async def ask(tx: Connection, connector: Connector, at: datetime) -> None:
    """Have it look at this time."""
    await ASK.run(tx, connector.program_id, connector.source_id, at)


async def finish(tx: Connection, connector: Connector) -> None:
    """Store how a look has ended, and when the next one is."""
    await FINISH.run(
        tx,
        connector.program_id,
        connector.source_id,
        connector.next_run_at,
        connector.last_run_at,
        connector.last_success_at,
        connector.failures,
        connector.error_code,
        connector.error_detail,
        connector.etag,
        connector.last_modified,
    )


async def count(tx: Connection, program_id: UUID, source_id: UUID, counts: Counts) -> None:
    """Add to what it has recorded so far; nothing where the source has no connector."""
    values = (counts.created, counts.updated, counts.unchanged, counts.rejected)
    await COUNT.run(tx, program_id, source_id, *values)


async def due(tx: Connection, at: datetime, *, limit: int) -> list[Due]:
    """Those that are to look, the longest due first, without those that are looking already."""
    return await DUE.all(tx, at, limit)
