"""The audit log: entries that cannot change, and their values, which erasure can empty."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query, Statement


class Entry(Struct, frozen=True):
    """One change: who, when, what, in which request, with the values that changed."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    actor_name: str
    token_id: UUID | None
    program_id: UUID | None
    action: str
    subject_kind: str
    subject_id: UUID
    fields: list[str]
    reason: str | None
    request_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Listed(Struct, frozen=True):
    """An entry as it is read: the values are empty once they were erased."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    actor_name: str
    token_id: UUID | None
    program_id: UUID | None
    program: str | None
    action: str
    subject_kind: str
    subject_id: UUID
    fields: list[str]
    reason: str | None
    request_id: str
    before: dict[str, Any]
    after: dict[str, Any]


INSERT = Statement(
    """
    -- $1 id  $2 at  $3 actor  $4 actor name  $5 token  $6 program  $7 action  $8 subject kind
    -- $9 subject  $10 fields  $11 request
    insert into audit_entries (id, at, actor_id, actor_name, token_id, program_id, action,
                               subject_kind, subject_id, fields, request_id)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    """
)

INSERT_VALUES = Statement(
    """
    -- $1 entry  $2 before  $3 after  $4 reason
    insert into audit_values (entry_id, before, after, reason) values ($1, $2, $3, $4)
    """
)

PAGE = Query(
    Listed,
    """
    -- $1 programs (null: all, and the instance)  $2 actor (null: any)  $3 subject (null: any)
    -- $4 action (null: any)  $5 not before (null: ever)  $6 before (null: ever)
    -- $7 before id (null: from the newest)  $8 limit
    select e.id, e.at, e.actor_id, coalesce(a.name, e.actor_name) as actor_name, e.token_id,
           e.program_id, p.slug as program, e.action, e.subject_kind, e.subject_id, e.fields,
           e.request_id, v.reason, v.before, v.after
      from audit_entries e
      join audit_values v on v.entry_id = e.id
      left join programs p on p.id = e.program_id
      left join accounts a on a.id = e.actor_id
     where ($1::uuid[] is null or e.program_id = any($1))
       and ($2::uuid is null or e.actor_id = $2)
       and ($3::uuid is null or e.subject_id = $3)
       and ($4::text is null or e.action = $4)
       and ($5::timestamptz is null or e.at >= $5)
       and ($6::timestamptz is null or e.at < $6)
       and ($7::uuid is null or e.id < $7)
     order by e.id desc
     limit $8
    """,
)


async def insert(tx: Connection, entry: Entry) -> None:
    """Store an entry with its values."""
    await INSERT.run(
        tx,
        entry.id,
        entry.at,
        entry.actor_id,
        entry.actor_name,
        entry.token_id,
        entry.program_id,
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        entry.fields,
        entry.request_id,
    )
    await INSERT_VALUES.run(tx, entry.id, entry.before or {}, entry.after or {}, entry.reason)


async def page(
    tx: Connection,
    *,
    programs: frozenset[UUID] | None,
    actor_id: UUID | None,
    subject_id: UUID | None,
    action: str | None,
    since: datetime | None,
    until: datetime | None,
    before: UUID | None,
    limit: int,
) -> list[Listed]:
    """Entries of these programs (None: all, and the instance's own), newest first."""
    scope = None if programs is None else list(programs)
    return await PAGE.all(tx, scope, actor_id, subject_id, action, since, until, before, limit)
