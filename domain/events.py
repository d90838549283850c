"""Facts that we announce: one row for each, written in the transaction that made it true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain import reach
from domain.call import Call, Transaction, reading
from domain.rules.access import Permission
from domain.rules.events import EventType
from domain.store import events as store
from domain.store.events import Event

__all__ = ["Event", "Place", "Stretch", "emit", "read"]


class Place(Struct, frozen=True):
    """A place in the one order of all events: a transaction's id and a number within it."""

    xid: int
    seq: int


START = Place(0, 0)


class Stretch(Struct, frozen=True):
    """Events in their order, and the place behind everything that was looked at for them."""

    events: list[Event]
    next: Place


async def emit(
    tx: Transaction,
    type: EventType,
    subject_id: UUID,
    *,
    program_id: UUID | None = None,
    **data: Any,
) -> None:
    """Announce a fact about a record. `data` holds ids, codes and days, never personal values."""
    await store.insert(
        tx,
        id=tx.call.new_id(),
        type=type.value,
        program_id=program_id,
        subject_id=subject_id,
        data=data,
        at=tx.call.at,
    )


async def read(
    call: Call, *, program: str | None, types: Sequence[EventType], after: Place | None, limit: int
) -> Stretch:
    """Up to `limit` events behind a place, of the programs where the caller may read events.

    An event appears once no transaction that runs can still put one before it, so that whoever
    always goes on from `next` misses nothing and sees nothing twice. No types means all types.
    Raises what `reach.programs` raises.
    """
    place = after or START
    async with reading(call, frozen=True) as tx:
        found = await store.after(
            tx,
            xid=place.xid,
            seq=place.seq,
            programs=await reach.programs(tx, call, Permission.EVENT_READ, program),
            types=[type.value for type in types] or None,
            limit=limit,
        )
        if len(found) == limit:
            return Stretch(found, Place(found[-1].xid, found[-1].seq))
        # Everything before the horizon was looked at: the next look need not pass it again.
        return Stretch(found, max(place, Place(await store.horizon(tx), 0), key=_order))


def _order(place: Place) -> tuple[int, int]:
    return (place.xid, place.seq)
