"""Affiliations: where a person worked, from which day to which."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType

from domain import audit, people
from domain.call import Call, Transaction, reading, transaction
from domain.errors import NotFound
from domain.people import Check
from domain.rules.access import Permission
from domain.store import affiliations as store
from domain.store.affiliations import Affiliation
from domain.store.people import Person
from domain.store.query import Connection

__all__ = ["Affiliation", "Changes", "add", "companies_on", "delete", "get", "page", "update"]


class Changes(Struct, frozen=True):
    """What to set; UNSET leaves a field as it is. Both days are inclusive, None is open."""

    company: str | UnsetType = UNSET
    valid_from: date | UnsetType | None = UNSET
    valid_until: date | UnsetType | None = UNSET


async def companies_on(tx: Connection, person_id: UUID, day: date) -> list[str]:
    """The companies that a person worked for on a day, inside a transaction."""
    return [one.company for one in await store.page(tx, person_id, on=day)]


async def page(
    call: Call, person_id: UUID, *, on: date | None, after: UUID | None, limit: int
) -> tuple[Person, list[Affiliation]]:
    """A person and its affiliations (those of one day), one more than a page.

    Raises what `people.find` raises.
    """
    async with reading(call, frozen=True) as tx:
        person = await people.find(tx, call, person_id, Permission.PERSON_READ)
        return person, await store.page(tx, person_id, on=on, after=after, limit=limit + 1)


async def get(
    call: Call, person_id: UUID, affiliation_id: UUID, permission: Permission
) -> tuple[Person, Affiliation]:
    """A person and one of its affiliations. Raises `NotFound` and what `people.find` raises."""
    async with reading(call, frozen=True) as tx:
        person = await people.find(tx, call, person_id, permission)
        return person, await _find(tx, person_id, affiliation_id)


async def add(
    call: Call,
    person_id: UUID,
    company: str,
    *,
    valid_from: date | None,
    valid_until: date | None,
) -> UUID:
    """Record where a person worked; returns the affiliation's id.

    Raises `Invalid` when the period ends before it starts, and as `people.lock_visible`.
    """
    async with transaction(call) as tx:
        if tx.replayed is not None:
            return tx.replayed
        person = await people.lock_visible(tx, person_id)
        new = Affiliation(call.new_id(), person_id, company, valid_from, valid_until)
        await store.insert(tx, new)
        await _changed(tx, person, "affiliation.added", None, new)
        await tx.created(new.id)
        return new.id


async def update(
    call: Call, person_id: UUID, affiliation_id: UUID, changes: Changes, check: Check
) -> None:
    """Correct or end an affiliation. Raises `Invalid` for a period that ends before it starts."""
    async with transaction(call) as tx:
        person = await people.lock_visible(tx, person_id, check)
        before = await _find(tx, person_id, affiliation_id)
        given = {
            name: value
            for name in Changes.__struct_fields__
            if (value := getattr(changes, name)) is not UNSET
        }
        after = msgspec.structs.replace(before, **given)
        if after == before:
            return
        await store.update(tx, after)
        await _changed(tx, person, "affiliation.updated", before, after)


async def delete(call: Call, person_id: UUID, affiliation_id: UUID, check: Check) -> None:
    """Remove an affiliation that was recorded by mistake. Raises as `people.lock_visible`."""
    async with transaction(call) as tx:
        person = await people.lock_visible(tx, person_id, check)
        before = await _find(tx, person_id, affiliation_id)
        await store.delete(tx, affiliation_id)
        await _changed(tx, person, "affiliation.deleted", before, None)


async def _changed(
    tx: Transaction,
    person: Person,
    action: str,
    before: Affiliation | None,
    after: Affiliation | None,
) -> None:
    await people.touch(tx, person, fields=["affiliations"])
    # The subject is the person, so that an erasure finds the values of deleted affiliations too.
    await audit.record(tx, action, ("person", person.id), before=before, after=after)


async def _find(tx: Connection, person_id: UUID, affiliation_id: UUID) -> Affiliation:
    found = await store.by_id(tx, person_id, affiliation_id)
    if found is None:
        raise NotFound("There is no such affiliation.")
    return found
