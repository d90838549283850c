"""The inbox: identities that contributions name and nobody owns, until a human says whose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import audit, identities, matching, people, programs
from domain.call import Call, Transaction, reading, transaction
from domain.errors import (
    AlreadyExists,
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    InvalidReference,
    NotFound,
)
from domain.rules import references
from domain.rules.access import Permission
from domain.rules.references import Account
from domain.rules.unmatched import UnmatchedStatus
from domain.store import participants as participant_store
from domain.store import unmatched as store
from domain.store.people import Person
from domain.store.programs import Program
from domain.store.query import Connection
from domain.store.unmatched import Claimant, Entry, Listed

__all__ = [
    "Assignee",
    "Claimant",
    "Entry",
    "IdentityMatched",
    "Listed",
    "Suggested",
    "assign",
    "dismiss",
    "get",
    "page",
    "reopen",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class IdentityMatched(Conflict):
    """The identity is somebody's already."""

    code = "identity_matched"
    title = "The identity is matched already"


class Assignee(Struct, frozen=True):
    """Whose an identity is: exactly one of a person's id and an ambassador's handle."""

    person_id: UUID | None
    ambassador: str | None


class Suggested(Struct, frozen=True):
    """An entry of the list, and the people who claim the identity."""

    entry: Listed
    claimants: list[Claimant]


async def page(
    call: Call,
    slug: str,
    *,
    status: UnmatchedStatus | None,
    provider: str | None,
    after: UUID | None,
    limit: int,
) -> list[Suggested]:
    """A program's inbox, oldest first, one more than a page. Raises `NotFound`.

    Of those who claim an identity only people are told whom the caller may read.
    """
    async with reading(call, frozen=True) as tx:
        program = await programs.find(tx, slug)
        entries = await store.page(
            tx, program.id, status=status, provider=provider, after=after, limit=limit + 1
        )
        claims: defaultdict[Account, list[UUID]] = defaultdict(list)
        for one in await store.holders(tx, [one.named for one in entries], claimed=True):
            if not one.verified:
                claims[Account(one.provider, one.account)].append(one.person_id)
        readable = call.actor.programs_with(Permission.PERSON_READ)
        ids = {person for people in claims.values() for person in people}
        known = {one.id: one for one in await store.claimants(tx, ids, readable)}
    return [
        Suggested(one, [known[id] for id in sorted(claims[one.named]) if id in known])
        for one in entries
    ]


async def get(call: Call, slug: str, entry_id: UUID) -> Entry:
    """One entry of the inbox. Raises `NotFound`."""
    async with reading(call) as tx:
        return await _find(tx, await programs.find(tx, slug), entry_id)


async def assign(call: Call, slug: str, entry_id: UUID, to: Assignee, check: Check) -> None:
    """Say whose an identity is: the caller vouches for it, and the contributions come to them.

    The contributions of other programs come too: the identity is the person's everywhere. Raises
    `NotFound`, `ProgramArchived`, `VersionMismatch`, `Invalid`, `InvalidReference` (the person),
    `Forbidden` without the permission to manage contributions, `AlreadyExists` when somebody else
    has it verified, `IdentityMatched`, `PersonErased`.
    """
    if not call.actor.may(Permission.CONTRIBUTION_MANAGE, slug):
        raise Forbidden(f"This needs the permission {Permission.CONTRIBUTION_MANAGE.value}.")
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        await matching.hold(tx)
        person = await _person(tx, program, to)
        entry = await _lock(tx, program, entry_id, check)
        if entry.status is UnmatchedStatus.MATCHED and entry.person_id != person.id:
            raise IdentityMatched("The identity is matched to somebody else.")
        account = entry.named
        if {one.person_id for one in await store.holders(tx, [account])} - {person.id}:
            raise AlreadyExists("This identity is verified for another person already.")
        await _vouch(tx, person, account)


async def dismiss(call: Call, slug: str, entry_id: UUID, reason: str, check: Check) -> None:
    """Say that an identity is nobody's: a bot's, say. What names it stays as it is.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, `IdentityMatched`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        before = await _lock(tx, program, entry_id, check)
        if before.status is UnmatchedStatus.MATCHED:
            raise IdentityMatched("The identity is somebody's; it cannot be dismissed.")
        after = replace(before, status=UnmatchedStatus.DISMISSED, reason=reason)
        await _change(tx, "unmatched_identity.dismissed", before, after)


async def reopen(call: Call, slug: str, entry_id: UUID, check: Check) -> None:
    """Take a dismissal back. Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, as above."""
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        before = await _lock(tx, program, entry_id, check)
        if before.status is UnmatchedStatus.MATCHED:
            raise IdentityMatched("The identity is somebody's; retract the vouching for it first.")
        after = replace(before, status=UnmatchedStatus.OPEN, reason=None)
        await _change(tx, "unmatched_identity.reopened", before, after)


async def _vouch(tx: Transaction, person: Person, account: Account) -> None:
    """Make the account the person's, who may have claimed it, or have it verified."""
    theirs = [
        one
        for one in await identities.of_person(tx, person.id)
        if account in references.names(one.provider, one.subject, one.handle)
    ]
    if not theirs:
        draft = identities.Draft(account.provider, account.subject, account.handle)
        await identities.record(tx, person.id, draft, vouched=True)
        await people.touch(tx, person, fields=["identities"])
    elif verified := [one for one in theirs if one.verified_at is not None]:
        await matching.attach(tx, verified)
    else:
        await identities.confirm(tx, person, theirs[0])


async def _person(tx: Transaction, program: Program, to: Assignee) -> Person:
    """The person, locked. Raises `Invalid`, `InvalidReference` and what `people.lock` raises."""
    match to:
        case Assignee(person_id=UUID() as person_id, ambassador=None):
            pointer = "/person_id"
        case Assignee(person_id=None, ambassador=str(handle)):
            pointer = "/ambassador"
            held = await participant_store.handles(tx, program.id, [handle.lower()])
            person_id = held[0].person_id if held else UUID(int=0)
        case _:
            detail = "Name exactly one of `person_id` and `ambassador`."
            raise Invalid(detail, Fault("required", detail, pointer="/person_id"))
    try:
        return await people.lock_visible(tx, person_id)
    except NotFound:
        detail = "There is no such person."
        fault = Fault("invalid_reference", detail, pointer=pointer)
        raise InvalidReference(detail, fault) from None


async def _find(tx: Connection, program: Program, entry_id: UUID) -> Entry:
    found = await store.by_id(tx, program.id, entry_id)
    if found is None:
        raise NotFound("There is no such identity in the inbox.")
    return found


async def _lock(tx: Transaction, program: Program, entry_id: UUID, check: Check) -> Entry:
    found = await store.lock(tx, program.id, [entry_id])
    if not found:
        raise NotFound("There is no such identity in the inbox.")
    check(found[0].version)
    return found[0]


async def _change(tx: Transaction, action: str, before: Entry, after: Entry) -> None:
    if after == before:
        return
    after = replace(after, version=before.version + 1, updated_at=tx.call.at)
    await store.update(tx, after)
    await audit.record(
        tx,
        action,
        ("unmatched_identity", before.id),
        program_id=before.program_id,
        before=before,
        after=after,
        reason=after.reason,
    )
