"""Programs: create, read, update, archive, and apply one from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from domain import audit, events, policies
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, Fault, InvalidReference
from domain.rules.events import EventType
from domain.store import programs as store
from domain.store.programs import Program, ProgramArchived, find, find_open

__all__ = [
    "Changes",
    "Draft",
    "Program",
    "ProgramArchived",
    "apply",
    "create",
    "find",
    "find_open",
    "get",
    "page",
    "update",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class Draft(Struct, frozen=True):
    """A program to be. `document` is its policy as written; with a parent it may be sparse."""

    slug: str
    parent: str | None
    document: Mapping[str, Any]


class Changes(Struct, frozen=True):
    """What to change of a program; UNSET leaves a field as it is."""

    status: str | UnsetType = UNSET
    parent: str | UnsetType | None = UNSET


async def get(call: Call, slug: str) -> Program:
    """The program with this slug. Raises `NotFound`."""
    async with reading(call) as tx:
        return await find(tx, slug)


async def page(call: Call, *, status: str | None, after: str | None, limit: int) -> list[Program]:
    """Programs in the order of their slugs, one more than a page to tell whether more follow."""
    async with reading(call) as tx:
        return await store.page(tx, status=status, after=after, limit=limit + 1)


async def create(call: Call, draft: Draft) -> str:
    """Create a program with version 1 of its policy; returns its slug.

    Raises `InvalidPolicy`, `InvalidReference` (unknown parent), `AlreadyExists` (slug in use).
    """
    async with transaction(call) as tx:
        if tx.replayed is not None:
            return draft.slug
        await store.lock_family(tx)
        parent = await _parent(tx, draft.parent)
        program_id = call.new_id()
        await store.insert(
            tx, id=program_id, slug=draft.slug, parent_id=parent.id if parent else None, at=call.at
        )
        await policies.start(tx, program_id, draft.document, parent)
        program = await find(tx, draft.slug)
        await audit.record(
            tx,
            "program.created",
            ("program", program_id),
            program_id=program_id,
            after=program,
        )
        await events.emit(
            tx, EventType.PROGRAM_CREATED, program_id, program_id=program_id, slug=draft.slug
        )
        await tx.created(program_id)
    return draft.slug


async def update(call: Call, slug: str, changes: Changes, check: Check) -> None:
    """Archive, reopen or move a program below another parent.

    A new parent gives the program, and what derives from it, new effective policies. Raises
    `NotFound`, `VersionMismatch`, `InvalidReference`, `Conflict` (a circle), `InvalidPolicy`.
    """
    async with transaction(call) as tx:
        await store.lock_family(tx)
        await store.lock(tx, slug)
        before = await find(tx, slug)
        check(before.version)
        parent_id = before.parent_id
        if changes.parent is not UNSET:
            parent = await _parent(tx, changes.parent)
            await _refuse_circle(tx, before, parent)
            parent_id = parent.id if parent else None
        status = before.status if changes.status is UNSET else changes.status
        if (status, parent_id) == (before.status, before.parent_id):
            return
        await store.update(tx, id=before.id, status=status, parent_id=parent_id, at=call.at)
        if parent_id != before.parent_id:
            await policies.inherit_again(tx, slug, "The program has another parent.")
        after = await find(tx, slug)
        await audit.record(
            tx,
            "program.updated",
            ("program", before.id),
            program_id=before.id,
            before=before,
            after=after,
        )
        await events.emit(
            tx, EventType.PROGRAM_UPDATED, before.id, program_id=before.id, status=status
        )


async def apply(call: Call, draft: Draft) -> str:
    """Make a program be as a file says: create it, or give it a new policy version if it differs.

    Returns `created`, `updated` or `unchanged`. Raises what `create` and `policies.put` raise.
    """
    async with reading(call) as tx:
        present = await store.by_slug(tx, draft.slug)
    if present is None:
        await create(call, draft)
        return "created"
    before = present.version
    await update(call, draft.slug, Changes(parent=draft.parent), _any_version)
    await policies.put(call, draft.slug, draft.document, "Applied from a file.", _any_version)
    after = await get(call, draft.slug)
    return "unchanged" if after.version == before else "updated"


def _any_version(version: int) -> None:
    del version


async def _parent(tx: Transaction, slug: str | None) -> Program | None:
    if slug is None:
        return None
    parent = await store.by_slug(tx, slug)
    if parent is None:
        detail = f"There is no program '{slug}'."
        raise InvalidReference(detail, Fault("invalid_reference", detail, pointer="/parent"))
    return parent


async def _refuse_circle(tx: Transaction, program: Program, parent: Program | None) -> None:
    seen: set[UUID] = {program.id}
    above = parent
    while above is not None:
        if above.id in seen:
            raise Conflict(f"'{program.slug}' would derive from itself.")
        seen.add(above.id)
        above = await store.by_slug(tx, above.parent) if above.parent else None
