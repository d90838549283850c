"""Whose is it? Finds the people whom contributions name; who is unknown waits in the inbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import audit
from domain.call import Transaction
from domain.errors import Fault
from domain.rules import references
from domain.rules.contributions import Named
from domain.rules.references import Account
from domain.rules.unmatched import UnmatchedStatus
from domain.store import participants as store
from domain.store import unmatched as inbox
from domain.store.programs import Program
from domain.store.query import Connection

__all__ = ["Resolved", "Who", "hold", "owners", "resolve"]


class Who(Struct, frozen=True):
    """A participant: a person, or an identity in the inbox. `share` is a percentage."""

    person_id: UUID | None
    unmatched_id: UUID | None
    role: str | None
    share: int | None


class Resolved(Struct, frozen=True):
    """The people of one contribution in the order named; none if there are faults.

    `unmatched` are the identities, as written, that nobody owns.
    """

    people: list[Who]
    faults: list[Fault]
    unmatched: list[str]


Name = str | UUID | Account | Fault
"""A handle in lower case, a person's id, an account; or what is wrong with it."""


async def hold(tx: Transaction, drafts: Iterable[Sequence[Named]]) -> None:
    """Keep identities from becoming verified until the transaction ends, if any is named.

    Before a contribution is locked: whoever verifies an identity locks in this order too.
    """
    if any(one.identity is not None for draft in drafts for one in draft):
        await inbox.lock_shared(tx)


async def resolve(
    tx: Transaction, program: Program, drafts: Sequence[Sequence[Named]]
) -> list[Resolved]:
    """Find the people of many contributions, in as many statements as for one.

    Handles lead to ambassadors of the program, also former handles. Of identities only verified
    ones lead to a person; one that is nobody's or unclear goes into the inbox (RULES.md, "Identity
    and access"). People who were merged stand for each other; nobody is found who was erased.
    The people found cannot be merged or erased until the transaction ends.
    """
    await hold(tx, drafts)
    read = [[_read(one, f"/participants/{n}") for n, one in enumerate(draft)] for draft in drafts]
    names = {one for draft in read for one in draft}
    people = await _people(tx, program, names)
    faults = [_faults(draft, people) for draft in read]
    sound = [draft for draft, wrong in zip(read, faults, strict=True) if not wrong]
    nobodys = {one for draft in sound for one in draft if isinstance(one, Account)} - people.keys()
    places = await _places(tx, program, nobodys)
    return [
        Resolved([], wrong, []) if wrong else _resolved(draft, named, people, places)
        for draft, named, wrong in zip(drafts, read, faults, strict=True)
    ]


def _read(one: Named, pointer: str) -> Name:
    match one:
        case Named(ambassador=str(handle), identity=None, person=None):
            return handle.lower()
        case Named(ambassador=None, identity=str(written), person=None):
            try:
                return references.read(written)
            except ValueError as error:
                return Fault("identity", str(error), pointer=f"{pointer}/identity")
        case Named(ambassador=None, identity=None, person=str(written)):
            try:
                return UUID(written)
            except ValueError:
                return _unknown("person", pointer)
        case _:
            detail = "Name a participant by exactly one of `ambassador`, `identity` and `person`."
            return Fault("participant", detail, pointer=pointer)


def _unknown(kind: str, pointer: str) -> Fault:
    detail = "There is no such ambassador in the program."
    if kind == "person":
        detail = "There is no such person."
    return Fault("invalid_reference", detail, pointer=f"{pointer}/{kind}")


async def _people(tx: Transaction, program: Program, names: Collection[Name]) -> dict[Name, UUID]:
    """Who stands for each name now."""
    found: dict[Name, UUID] = {name: name for name in names if isinstance(name, UUID)}
    if handles := [name for name in names if isinstance(name, str)]:
        found |= {one.handle: one.person_id for one in await store.handles(tx, program.id, handles)}
    found |= await owners(tx, [name for name in names if isinstance(name, Account)])
    leads = await _standing(tx, set(found.values()))
    return {name: leads[one] for name, one in found.items() if one in leads}


async def owners(tx: Connection, accounts: Sequence[Account]) -> dict[Account, UUID]:
    """Whose verified identities these accounts are; one that is nobody's or unclear is missing."""
    if not accounts:
        return {}
    found: defaultdict[Account, set[UUID]] = defaultdict(set)
    for one in await inbox.holders(tx, accounts):
        found[Account(one.provider, one.account)].add(one.person_id)
    return {account: people.pop() for account, people in found.items() if len(people) == 1}


async def _standing(tx: Transaction, people: set[UUID]) -> dict[UUID, UUID]:
    """Who stands for each of these people now; nobody for the unknown and the erased."""
    known: dict[UUID, store.Standing] = {}
    sought = people
    while sought:
        known |= {one.id: one for one in await store.standing(tx, sought)}
        sought = {one.merged_into for one in known.values() if one.merged_into} - known.keys()
    leads: dict[UUID, UUID] = {}
    for one in people & known.keys():
        now = known[one]
        while now.merged_into is not None:
            now = known[now.merged_into]
        if not now.erased:
            leads[one] = now.id
    return leads


def _faults(draft: Sequence[Name], people: dict[Name, UUID]) -> list[Fault]:
    """What is wrong with the people of one contribution: unknown, or named twice."""
    faults: list[Fault] = []
    seen: set[Name] = set()
    for n, name in enumerate(draft):
        pointer = f"/participants/{n}"
        if isinstance(name, Fault):
            faults.append(name)
            continue
        if name not in people and not isinstance(name, Account):
            faults.append(_unknown("person" if isinstance(name, UUID) else "ambassador", pointer))
            continue
        who = people.get(name, name)
        if who in seen:
            detail = "The same participant is named twice."
            faults.append(Fault("duplicate", detail, pointer=pointer))
        seen.add(who)
    return faults


async def _places(
    tx: Transaction, program: Program, accounts: Collection[Account]
) -> dict[Account, UUID]:
    """The places of these accounts in the inbox; who is not there yet is put there."""
    places: dict[Account, UUID] = {}
    matched: list[UUID] = []
    while missing := sorted(accounts - places.keys(), key=_order):
        new = {account: tx.call.new_id() for account in missing}
        for one in await inbox.place(tx, program.id, new, tx.call.at):
            places[Account(one.provider, one.account)] = one.id
            if one.status is UnmatchedStatus.MATCHED:
                matched.append(one.id)
    if matched:
        # To whom it was matched has it verified no more.
        await _reopen(tx, program, matched)
    return places


def _resolved(
    draft: Sequence[Named],
    names: Sequence[Name],
    people: Mapping[Name, UUID],
    places: Mapping[Account, UUID],
) -> Resolved:
    found = Resolved([], [], [])
    for one, name in zip(draft, names, strict=True):
        place = None
        if isinstance(name, Account) and one.identity is not None and name in places:
            place = places[name]
            found.unmatched.append(one.identity)
        found.people.append(Who(people.get(name), place, one.role, one.share))
    return found


async def _reopen(tx: Transaction, program: Program, ids: Sequence[UUID]) -> None:
    for before in await inbox.lock(tx, program.id, ids):
        if before.status is not UnmatchedStatus.MATCHED:
            continue
        after = replace(
            before,
            status=UnmatchedStatus.OPEN,
            person_id=None,
            version=before.version + 1,
            updated_at=tx.call.at,
        )
        await inbox.update(tx, after)
        await audit.record(
            tx,
            "unmatched_identity.reopened",
            ("unmatched_identity", before.id),
            program_id=program.id,
            before=before,
            after=after,
        )


def _order(account: Account) -> tuple[str, str]:
    return (account.provider, account.account)
