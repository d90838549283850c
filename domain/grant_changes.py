"""Stores grants, many at a time, with what the audit log and the events tell of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from domain import audit, stock_reservations
from domain.call import Transaction
from domain.rules.benefits import GrantStatus
from domain.rules.events import EventType
from domain.store import deliveries, member_changes
from domain.store import grants as store
from domain.store.grants import Grant
from domain.store.member_changes import Announced

__all__ = ["CONFIDENTIAL", "announce", "close_many", "store_many"]

CONFIDENTIAL = frozenset({"choices", "tracking"})
"""Of these the audit log says that they changed: a size and a parcel tell of a person."""


async def store_many(
    tx: Transaction,
    pairs: Sequence[tuple[Grant | None, Grant]],
    type: EventType,
    *,
    reason: str | None = None,
    **data: Any,
) -> list[Grant]:
    """Store new grants (before: None) and locked ones as they are now; returns what was stored.

    New ones that are there already, by their number or occasion, are left out, and so is what did
    not change. Versions are counted up here. `data` goes into each event besides what all have.
    """
    at = tx.call.at
    changed = [
        (before, replace(after, version=before.version + 1, updated_at=at))
        for before, after in pairs
        if before is not None and before != after
    ]
    new = await store.insert_many(tx, [after for before, after in pairs if before is None])
    await store.update_many(tx, [after for _, after in changed])
    stored = [*((None, one) for one in new), *changed]
    entries = [
        audit.entry(
            tx.call,
            type.value,
            ("grant", after.id),
            program_id=after.program_id,
            before=before,
            after=after,
            reason=reason,
            confidential=CONFIDENTIAL,
        )
        for before, after in stored
    ]
    told = [after for _, after in stored]
    await member_changes.store_records(tx, entries, _news(tx, told, type, data))
    return told


async def announce(tx: Transaction, grants: Iterable[Grant], type: EventType, **data: Any) -> None:
    """Announce more of grants that are stored, and told of in the audit log."""
    await member_changes.store_records(tx, [], _news(tx, grants, type, data))


async def close_many(
    tx: Transaction,
    program_id: UUID,
    grants: Sequence[Grant],
    status: GrantStatus,
    type: EventType,
    *,
    reason: str | None,
    on: date,
    by_rule: bool = False,
    **data: Any,
) -> list[Grant]:
    """Close locked grants: what was reserved is free again, and where it was to be sent is erased.

    `on` is the day of the release in the program's time zone. Who calls has closed them, unless it
    is `by_rule`. `data` goes into each event. Returns them as stored.
    """
    if not grants:
        return []
    ids = [one.id for one in grants]
    closed = [
        (
            one,
            replace(
                one,
                status=status,
                closed_at=tx.call.at,
                closed_by=None if by_rule else tx.call.account_id,
                closed_reason=reason,
            ),
        )
        for one in grants
    ]
    stored = await store_many(tx, closed, type, reason=reason, **data)
    await deliveries.delete_many(tx, program_id, ids)
    await stock_reservations.release_many(tx, program_id, ids, on)
    return stored


def _news(
    tx: Transaction, grants: Iterable[Grant], type: EventType, data: dict[str, Any]
) -> list[Announced]:
    return [
        Announced(
            tx.call.new_id(),
            type.value,
            one.program_id,
            one.id,
            {
                "ambassador_id": one.ambassador_id,
                "benefit": one.benefit,
                "occasion": one.occasion,
                "tenure_id": one.tenure_id,
            }
            | data,
            tx.call.at,
        )
        for one in grants
    ]
