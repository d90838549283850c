"""Identities: claimed by somebody's word, verified when a manager vouches for them."""

from __future__ import annotations

from uuid import UUID

import msgspec
from msgspec import Struct

from domain import audit, matching, people
from domain.call import Call, Transaction, reading, transaction
from domain.errors import AlreadyExists, Fault, Invalid, NotFound
from domain.people import Check
from domain.rules import identities as rules
from domain.rules.access import Permission
from domain.rules.identities import Identity
from domain.store import identities as store
from domain.store.people import Person
from domain.store.query import Connection

__all__ = [
    "Draft",
    "Identity",
    "add",
    "confirm",
    "delete",
    "get",
    "of_person",
    "owner_of",
    "page",
    "record",
    "rename",
    "retract",
    "vouch",
]


class Draft(Struct, frozen=True):
    """An account at a provider: the provider's stable id, a handle, or both."""

    provider: str
    subject: str | None
    handle: str | None


async def owner_of(
    tx: Connection, provider: str, subject: str | None, handle: str | None
) -> UUID | None:
    """The person whose *verified* identity this account is; None when it is nobody's or unclear.

    Handles decide only when one side has no provider id (RULES.md, "Identity and access").
    """
    known = await store.candidates(tx, provider, subject, handle)
    owners = rules.owners([one for one in known if one.verified_at], subject, handle)
    return owners.pop() if len(owners) == 1 else None


async def of_person(tx: Connection, person_id: UUID) -> list[Identity]:
    """A person's identities, oldest first."""
    return await store.of_person(tx, person_id)


async def record(
    tx: Transaction, person_id: UUID, draft: Draft, *, vouched: bool = False
) -> Identity:
    """Add an identity to a locked person, inside a transaction; the caller touches the person.

    `vouched` makes it verified by the caller at the call's time; a person who was there before is
    locked after `matching.hold` then. Raises `AlreadyExists` when the person has it, or another
    person has it verified.
    """
    of_person = await store.of_person(tx, person_id)
    if any(
        one.provider == draft.provider and rules.same(one, draft.subject, draft.handle)
        for one in of_person
    ):
        raise AlreadyExists("The person has this identity already.")
    identity = Identity(
        id=tx.call.new_id(),
        person_id=person_id,
        provider=draft.provider,
        subject=draft.subject,
        handle=draft.handle,
        verified_at=tx.call.at if vouched else None,
        vouched_by=tx.call.actor.account_id if vouched else None,
        created_at=tx.call.at,
    )
    if vouched:
        await _refuse_taken(tx, identity)
    await store.insert(tx, identity)
    await _audit(tx, "identity.added", person_id, None, identity)
    await matching.attach(tx, [identity])
    return identity


async def page(
    call: Call, person_id: UUID, *, after: UUID | None, limit: int
) -> tuple[Person, list[Identity]]:
    """A person and its identities, oldest first, one more than a page. Raises as `people.find`."""
    async with reading(call, frozen=True) as tx:
        person = await people.find(tx, call, person_id, Permission.PERSON_READ)
        return person, await store.of_person(tx, person_id, after=after, limit=limit + 1)


async def get(
    call: Call, person_id: UUID, identity_id: UUID, permission: Permission
) -> tuple[Person, Identity]:
    """A person and one of its identities. Raises `NotFound` and what `people.find` raises."""
    async with reading(call, frozen=True) as tx:
        person = await people.find(tx, call, person_id, permission)
        return person, await _find(tx, person_id, identity_id)


async def add(call: Call, person_id: UUID, draft: Draft) -> UUID:
    """Record an identity that is claimed; returns its id.

    Raises `Invalid` without a provider id and a handle, `AlreadyExists`, and as `people.find`.
    """
    if draft.subject is None and draft.handle is None:
        detail = "An identity has a subject, a handle, or both."
        raise Invalid(detail, Fault("required", detail, pointer="/handle"))
    async with transaction(call) as tx:
        if tx.replayed is not None:
            return tx.replayed
        person = await people.lock_visible(tx, person_id)
        identity = await record(tx, person_id, draft)
        await people.touch(tx, person, fields=["identities"])
        await tx.created(identity.id)
        return identity.id


async def vouch(call: Call, person_id: UUID, identity_id: UUID, check: Check) -> None:
    """Say that an identity is the person's; from now on it is verified, by the caller.

    Contributions that name it come to the person. Raises `AlreadyExists` when another person has it
    verified, and as `people.lock_visible`.
    """
    async with transaction(call) as tx:
        await matching.hold(tx)
        person = await people.lock_visible(tx, person_id, check)
        await confirm(tx, person, await _find(tx, person_id, identity_id))


async def confirm(tx: Transaction, person: Person, before: Identity) -> None:
    """Vouch for an identity of a person who was locked after `matching.hold`.

    Raises `AlreadyExists` when another person has it verified.
    """
    if before.verified_at is not None:
        return
    account_id = tx.call.actor.account_id
    after = msgspec.structs.replace(before, verified_at=tx.call.at, vouched_by=account_id)
    await _refuse_taken(tx, after)
    await _change(tx, person, "identity.vouched", before, after)


async def retract(call: Call, person_id: UUID, identity_id: UUID, check: Check) -> None:
    """Take a vouching back: the identity is claimed again. Raises as `people.lock_visible`."""
    async with transaction(call) as tx:
        person = await people.lock_visible(tx, person_id, check)
        before = await _find(tx, person_id, identity_id)
        if before.verified_at is None:
            return
        after = msgspec.structs.replace(before, verified_at=None, vouched_by=None)
        await _change(tx, person, "identity.retracted", before, after)


async def rename(call: Call, person_id: UUID, identity_id: UUID, handle: str, check: Check) -> None:
    """Give an identity another handle; the one before stays in its history.

    A verified identity without a provider id is claimed again: its handle was all that somebody
    vouched for. Raises `AlreadyExists` when another person has it verified, and as
    `people.lock_visible`.
    """
    async with transaction(call) as tx:
        await matching.hold(tx)
        person = await people.lock_visible(tx, person_id, check)
        before = await _find(tx, person_id, identity_id)
        if before.handle == handle:
            return
        after = msgspec.structs.replace(before, handle=handle)
        if before.subject is None and not rules.same(before, None, handle):
            after = msgspec.structs.replace(after, verified_at=None, vouched_by=None)
        if after.verified_at is not None:
            await _refuse_taken(tx, after)
        if before.handle is not None:
            await store.remember_handle(
                tx, id=call.new_id(), identity_id=identity_id, handle=before.handle, until=call.at
            )
        await _change(tx, person, "identity.renamed", before, after)


async def delete(call: Call, person_id: UUID, identity_id: UUID, check: Check) -> None:
    """Remove an identity with its history. Raises as `people.lock_visible`."""
    async with transaction(call) as tx:
        person = await people.lock_visible(tx, person_id, check)
        before = await _find(tx, person_id, identity_id)
        await store.delete(tx, identity_id)
        await people.touch(tx, person, fields=["identities"])
        await _audit(tx, "identity.deleted", person_id, before, None)


async def _change(
    tx: Transaction, person: Person, action: str, before: Identity, after: Identity
) -> None:
    await store.update(tx, after)
    await people.touch(tx, person, fields=["identities"])
    await _audit(tx, action, person.id, before, after)
    await matching.attach(tx, [after])


async def _audit(
    tx: Transaction, action: str, person_id: UUID, before: Identity | None, after: Identity | None
) -> None:
    # The subject is the person, so that an erasure finds the values of deleted identities too.
    await audit.record(tx, action, ("person", person_id), before=before, after=after)


async def _refuse_taken(tx: Transaction, identity: Identity) -> None:
    """The unique indexes compare ids with ids and bare handles with bare handles; this the rest."""
    if identity.handle is not None:
        await store.lock_handle(tx, identity.provider, identity.handle)
    known = await store.candidates(tx, identity.provider, identity.subject, identity.handle)
    others = [one for one in known if one.verified_at and one.person_id != identity.person_id]
    if rules.owners(others, identity.subject, identity.handle):
        raise AlreadyExists("This identity is verified for another person already.")


async def _find(tx: Connection, person_id: UUID, identity_id: UUID) -> Identity:
    found = await store.by_id(tx, person_id, identity_id)
    if found is None:
        raise NotFound("There is no such identity.")
    return found
