"""Who did what to which record: an entry for each change, in the change's own transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from domain import reach
from domain.call import Call, Transaction, reading
from domain.rules.access import Permission
from domain.store import audit as store
from domain.store.audit import Entry, Listed

__all__ = ["Entry", "Filter", "Listed", "entry", "page", "record"]

UNTOLD = frozenset({"version", "created_at", "updated_at", "digest"})
"""Bookkeeping and secrets: no news to a reader of the log."""


class Filter(Struct, frozen=True):
    """Which entries to read; None filters nothing. Aware times, `until` exclusive."""

    program: str | None
    actor_id: UUID | None
    subject_id: UUID | None
    action: str | None
    since: datetime | None
    until: datetime | None


def _told(record: Struct | dict[str, Any] | None) -> dict[str, Any]:
    values: dict[str, Any] = {} if record is None else msgspec.to_builtins(record)
    return {name: value for name, value in values.items() if name not in UNTOLD}


async def record(
    tx: Transaction,
    action: str,
    subject: tuple[str, UUID],
    *,
    program_id: UUID | None = None,
    before: Struct | dict[str, Any] | None = None,
    after: Struct | dict[str, Any] | None = None,
    reason: str | None = None,
    confidential: Collection[str] = (),
) -> None:
    """Record that `action` (`noun.verb_past`) was done to `subject` (its kind and id).

    `before` and `after` are the record as it was and as it is; only what differs is kept.
    A creation has no `before`, an end no `after`. Of a `confidential` field the log says that it
    changed, not what it said.
    """
    made = entry(
        tx.call,
        action,
        subject,
        program_id=program_id,
        before=before,
        after=after,
        reason=reason,
        confidential=confidential,
    )
    await store.insert(tx, made)


def entry(
    call: Call,
    action: str,
    subject: tuple[str, UUID],
    *,
    program_id: UUID | None = None,
    before: Struct | dict[str, Any] | None = None,
    after: Struct | dict[str, Any] | None = None,
    reason: str | None = None,
    confidential: Collection[str] = (),
) -> Entry:
    """The entry that `record` stores, for whoever stores many at once."""
    old, new = _told(before), _told(after)
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    told = [name for name in changed if name not in confidential]
    return Entry(
        id=call.new_id(),
        at=call.at,
        actor_id=call.actor.account_id,
        # Never an account's own name: an entry cannot change, and a person can be erased. Whoever
        # reads the log is told the name that the account has then.
        actor_name="account" if call.actor.token_id else call.actor.name,
        token_id=call.actor.token_id,
        program_id=program_id,
        action=action,
        subject_kind=subject[0],
        subject_id=subject[1],
        fields=changed,
        reason=reason,
        request_id=call.request_id,
        before={name: old[name] for name in told if name in old},
        after={name: new[name] for name in told if name in new},
    )


async def page(call: Call, where: Filter, *, before: UUID | None, limit: int) -> list[Listed]:
    """Entries of the programs where the caller may read the log, newest first.

    One more than a page. Entries of the instance itself are for its owners. Raises what
    `reach.programs` raises.
    """
    async with reading(call) as tx:
        return await store.page(
            tx,
            programs=await reach.programs(tx, call, Permission.AUDIT_READ, where.program),
            actor_id=where.actor_id,
            subject_id=where.subject_id,
            action=where.action,
            since=where.since,
            until=where.until,
            before=before,
            limit=limit + 1,
        )
