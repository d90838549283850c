"""People: create, read, list and update them; what every change of a person has in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType

from domain import audit, events
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, NotFound
from domain.rules import links
from domain.rules.access import Permission
from domain.rules.events import EventType
from domain.rules.policy_document import DirectoryField
from domain.store import directory
from domain.store import people as store
from domain.store.people import Listed, Person
from domain.store.query import Connection

__all__ = [
    "Changes",
    "Listed",
    "Person",
    "PersonErased",
    "PersonMerged",
    "Place",
    "add",
    "announce",
    "create",
    "find",
    "get",
    "lock",
    "lock_visible",
    "own",
    "own_id",
    "page",
    "touch",
    "update",
    "update_own",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class PersonMerged(Conflict):
    """The record was merged into another one, `kept_id`, which stands for the person now."""

    code = "person_merged"
    title = "The person was merged into another record"

    def __init__(self, kept_id: UUID) -> None:
        super().__init__(f"The person is {kept_id} now.")
        self.kept_id = kept_id


class PersonErased(Conflict):
    """The person was erased; nothing can be recorded of them any more."""

    code = "person_erased"
    title = "The person was erased"


class Changes(Struct, frozen=True):
    """What to set of a profile; UNSET leaves a field as it is.

    `country` is ISO 3166-1 alpha-2, `languages` are BCP 47 tags; `links` may be written as names at
    a site or as addresses; `hidden_fields` are in no public answer.
    """

    name: str | UnsetType = UNSET
    title: str | UnsetType | None = UNSET
    bio: str | UnsetType | None = UNSET
    country: str | UnsetType | None = UNSET
    city: str | UnsetType | None = UNSET
    avatar_url: str | UnsetType | None = UNSET
    languages: Sequence[str] | UnsetType = UNSET
    topics: Sequence[str] | UnsetType = UNSET
    links: Sequence[links.Written] | UnsetType = UNSET
    hidden_fields: Sequence[DirectoryField] | UnsetType = UNSET


class Place(Struct, frozen=True):
    """A place in the list of people."""

    sort_name: str
    id: UUID


async def find(tx: Connection, call: Call, person_id: UUID, permission: Permission) -> Person:
    """The person, if the caller holds the permission where the person is.

    That is: in a program that the person is an ambassador of, or in the whole instance. Somebody
    who is an ambassador of no program yet is visible to everybody who holds the permission
    anywhere: whoever records a person must be able to find them again. Raises `NotFound`, and
    `PersonMerged` when another record that the caller may see stands for the person now.
    """
    found = await store.visible(tx, person_id, call.actor.programs_with(permission))
    if found is None:
        raise NotFound("There is no such person.")
    if found.id != person_id:
        raise PersonMerged(found.id)
    return found


async def lock(tx: Connection, person_id: UUID) -> Person:
    """The person, locked for a change of what belongs to them, whoever calls.

    Raises `NotFound`, `PersonMerged`, `PersonErased`.
    """
    person = await store.lock(tx, person_id)
    if person is None:
        raise NotFound("There is no such person.")
    if person.merged_into is not None:
        raise PersonMerged(person.merged_into)
    if person.erased_at is not None:
        raise PersonErased("The person was erased.")
    return person


async def lock_visible(tx: Transaction, person_id: UUID, check: Check | None = None) -> Person:
    """The person, locked for a change by somebody who manages people where the person is.

    Raises what `find` and `lock` raise, and `VersionMismatch`.
    """
    await find(tx, tx.call, person_id, Permission.PERSON_MANAGE)
    person = await lock(tx, person_id)
    if check is not None:
        check(person.version)
    return person


async def touch(tx: Transaction, person: Person, *, fields: Sequence[str]) -> Person:
    """Store a locked person after a change of it or of what belongs to it; returns it as it is now.

    Counts the version up, makes its directory entries anew and announces `person.updated` with the
    names of the fields that changed.
    """
    after = msgspec.structs.replace(person, version=person.version + 1, updated_at=tx.call.at)
    await store.update(tx, after)
    await directory.refresh_person(tx, person.id)
    await announce(tx, EventType.PERSON_UPDATED, person.id, fields=sorted(fields))
    return after


async def announce(tx: Transaction, type: EventType, person_id: UUID, **data: Any) -> None:
    """Announce a fact about a person in each program that the person is in; without one, in none.

    So whoever listens to one program hears of it. `data` holds no personal values.
    """
    for program_id in await store.programs_of(tx, person_id) or [None]:
        await events.emit(tx, type, person_id, program_id=program_id, **data)


async def get(call: Call, person_id: UUID, permission: Permission) -> Person:
    """The person, also after an erasure. Raises what `find` raises."""
    async with reading(call) as tx:
        return await find(tx, call, person_id, permission)


async def page(
    call: Call, *, text: str | None, program: str | None, after: Place | None, limit: int
) -> list[Listed]:
    """People that the caller may read, by name, one more than a page.

    `text` is a part of the name, `program` the slug of a program that they are ambassadors of.
    """
    async with reading(call) as tx:
        return await store.page(
            tx,
            programs=call.actor.programs_with(Permission.PERSON_READ),
            text=text,
            program=program,
            after=(after.sort_name, after.id) if after else None,
            limit=limit + 1,
        )


async def create(call: Call, changes: Changes) -> UUID:
    """Record a person, who is an ambassador of no program yet. Raises `Invalid` (a link)."""
    async with transaction(call) as tx:
        if tx.replayed is not None:
            return tx.replayed
        person = await add(tx, changes)
        await tx.created(person.id)
        return person.id


async def add(tx: Transaction, changes: Changes) -> Person:
    """Record a person inside a transaction. Raises `Invalid` for a faulty link."""
    blank = Person(
        id=tx.call.new_id(),
        name="",
        title=None,
        bio=None,
        country=None,
        city=None,
        avatar_url=None,
        languages=[],
        topics=[],
        links=[],
        hidden_fields=[],
        merged_into=None,
        erased_at=None,
        version=1,
        created_at=tx.call.at,
        updated_at=tx.call.at,
    )
    person = _changed(blank, changes)
    await store.insert(tx, person)
    await audit.record(tx, "person.created", ("person", person.id), after=person)
    await events.emit(tx, EventType.PERSON_CREATED, person.id)
    return person


async def update(call: Call, person_id: UUID, changes: Changes, check: Check) -> Person:
    """Change a profile. Raises what `find` and `lock` raise, `VersionMismatch`, `Invalid`."""
    async with transaction(call) as tx:
        return await _update(tx, await lock_visible(tx, person_id, check), changes)


async def own(call: Call) -> Person:
    """The person whom the calling account belongs to. Raises `NotFound` when it is nobody's."""
    async with reading(call) as tx:
        person = await store.by_id(tx, own_id(call))
        if person is None:
            raise NotFound("There is no such person.")
        return person


async def update_own(call: Call, changes: Changes, check: Check) -> Person:
    """Change one's own profile. Raises what `own` and `update` raise."""
    async with transaction(call) as tx:
        person = await lock(tx, own_id(call))
        check(person.version)
        return await _update(tx, person, changes)


def own_id(call: Call) -> UUID:
    """The id of the person whom the calling account belongs to. Raises `NotFound`."""
    if call.actor.person_id is None:
        raise NotFound("The account belongs to no person.")
    return call.actor.person_id


async def _update(tx: Transaction, before: Person, changes: Changes) -> Person:
    after = _changed(before, changes)
    fields = [name for name in Changes.__struct_fields__ if _differs(before, after, name)]
    if not fields:
        return before
    after = await touch(tx, after, fields=fields)
    await audit.record(tx, "person.updated", ("person", after.id), before=before, after=after)
    return after


def _differs(before: Person, after: Person, name: str) -> bool:
    return getattr(before, name) != getattr(after, name)


def _changed(person: Person, changes: Changes) -> Person:
    given = {
        name: value
        for name in Changes.__struct_fields__
        if (value := getattr(changes, name)) is not UNSET
    }
    for name in ("languages", "topics"):
        if name in given:
            given[name] = list(dict.fromkeys(given[name]))
    if "links" in given:
        given["links"] = links.normalise_all(given["links"])
    if "hidden_fields" in given:
        given["hidden_fields"] = sorted({field.value for field in given["hidden_fields"]})
    return msgspec.structs.replace(person, **given)
