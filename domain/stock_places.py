"""The places where stock is: storage, and events to which it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from domain import audit, events, programs
from domain.call import Call, Transaction, reading, transaction
from domain.errors import NotFound
from domain.rules.events import EventType
from domain.rules.stock import PlaceKind
from domain.store import stock_places as store
from domain.store.programs import Program
from domain.store.stock_places import Place

__all__ = ["Changes", "Draft", "Place", "create", "get", "new", "page", "store_new", "update"]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class Draft(Struct, frozen=True):
    """A place to be."""

    code: str
    name: str
    kind: PlaceKind


class Changes(Struct, frozen=True):
    """What to change of a place; UNSET leaves a field as it is."""

    name: str | UnsetType = UNSET
    retired: bool | UnsetType = UNSET


async def get(call: Call, slug: str, code: str) -> Place:
    """The place with this code. Raises `NotFound`."""
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        return _found(await store.get(tx, program.id, code), code)


async def page(
    call: Call,
    slug: str,
    *,
    kind: PlaceKind | None,
    retired: bool | None,
    after: str | None,
    limit: int,
) -> list[Place]:
    """The places of a program by code, one more than a page. Raises `NotFound`."""
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        return await store.page(
            tx, program.id, kind=kind, retired=retired, after=after, limit=limit + 1
        )


async def create(call: Call, slug: str, draft: Draft) -> Place:
    """Create a place. Raises `NotFound`, `ProgramArchived`, `AlreadyExists` (code in use)."""
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        if tx.replayed is not None:
            return _found(await store.get(tx, program.id, draft.code), draft.code)
        made = new(tx, program, draft)
        await store_new(tx, [made])
        await tx.created(made.id)
        return made


async def update(call: Call, slug: str, code: str, changes: Changes, check: Check) -> Place:
    """Rename a place, or say that it is used no more, or again; entries that run are waited for.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        before = _found(await store.lock(tx, program.id, code), code)
        check(before.version)
        after = replace(
            before,
            name=before.name if changes.name is UNSET else changes.name,
            retired=before.retired if changes.retired is UNSET else changes.retired,
        )
        if after == before:
            return before
        after = replace(after, version=before.version + 1, updated_at=call.at)
        await store.update(tx, after)
        await _tell(tx, EventType.STOCK_PLACE_UPDATED, before, after)
        return after


async def store_new(tx: Transaction, places: Sequence[Place]) -> None:
    """Store and announce new places."""
    await store.insert(tx, places)
    for place in places:
        await _tell(tx, EventType.STOCK_PLACE_CREATED, None, place)


def new(tx: Transaction, program: Program, draft: Draft) -> Place:
    """A place that is not stored yet."""
    return Place(
        program_id=program.id,
        id=tx.call.new_id(),
        code=draft.code,
        name=draft.name,
        kind=draft.kind,
        retired=False,
        version=1,
        created_at=tx.call.at,
        updated_at=tx.call.at,
    )


async def _tell(tx: Transaction, type: EventType, before: Place | None, after: Place) -> None:
    subject = ("stock_place", after.id)
    await audit.record(
        tx, type.value, subject, program_id=after.program_id, before=before, after=after
    )
    await events.emit(
        tx,
        type,
        after.id,
        program_id=after.program_id,
        place=after.code,
        kind=after.kind,
        retired=after.retired,
    )


def _found(place: Place | None, code: str) -> Place:
    if place is None:
        raise NotFound(f"There is no place '{code}' in the program.")
    return place
