"""Policies: every version of a program's rules, and how a change reaches the programs below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain import audit, events
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, NotFound
from domain.rules import policy as rules
from domain.rules.access import Permission
from domain.rules.events import EventType
from domain.rules.policy import Change, InvalidPolicy, Policy
from domain.store import directory
from domain.store import policies as store
from domain.store import programs as program_store
from domain.store.policies import PolicySummary, PolicyVersion
from domain.store.programs import Program, Reference
from domain.store.query import Connection

__all__ = [
    "PolicySummary",
    "PolicyVersion",
    "current",
    "diff",
    "in_force",
    "put",
    "reads_points",
    "typed",
    "version",
    "versions",
]

Document = Mapping[str, Any]


async def in_force(tx: Connection, program: Program | Reference) -> PolicyVersion:
    """The policy version that a program is under now, inside a transaction."""
    found = await store.get(tx, program.id, program.policy_version)
    if found is None:
        raise NotFound(f"The program '{program.slug}' has no policy.")
    return found


async def typed(tx: Connection, program: Program) -> Policy:
    """The effective policy of a program as types, for the rules.

    A version never changes once it is committed: the last ones that were asked for are kept.
    """
    key = (program.id, program.policy_version)
    if (known := _TYPED.get(key)) is None:
        known = msgspec.convert((await in_force(tx, program)).effective, Policy)
        if len(_TYPED) >= MOST_TYPED:
            _TYPED.pop(next(iter(_TYPED)))
        _TYPED[key] = known
    return known


MOST_TYPED = 64
_TYPED: dict[tuple[UUID, int], Policy] = {}


def reads_points(call: Call, slug: str) -> bool:
    """Whether the caller may read points that are internal; whoever writes them has to."""
    known = (Permission.CONTRIBUTION_READ, Permission.POLICY_MANAGE)
    return any(call.actor.may(permission, slug) for permission in known)


async def current(call: Call, slug: str) -> PolicyVersion:
    """The policy in force, without points that the caller may not read. Raises `NotFound`."""
    async with reading(call) as tx:
        program = await program_store.find(tx, slug)
        return (await _readable(tx, call, program, await in_force(tx, program)))[0]


async def version(call: Call, slug: str, number: int) -> PolicyVersion:
    """One version of a program's policy, as `current` shows it. Raises `NotFound`."""
    async with reading(call) as tx:
        program = await program_store.find(tx, slug)
        return (await _readable(tx, call, program, await _version(tx, program, number)))[0]


async def versions(call: Call, slug: str, *, before: int | None, limit: int) -> list[PolicySummary]:
    """The versions, newest first, one more than a page. Raises `NotFound`."""
    async with reading(call) as tx:
        program = await program_store.find(tx, slug)
        return await store.page(tx, program.id, before=before, limit=limit + 1)


async def diff(call: Call, slug: str, old: int, new: int) -> list[Change]:
    """What changed between two versions of the effective policy, as `current` shows them.

    Raises `NotFound`.
    """
    async with reading(call) as tx:
        program = await program_store.find(tx, slug)
        found = [await _version(tx, program, number) for number in (old, new)]
        first, second = await _readable(tx, call, program, *found)
        return rules.diff(first.effective, second.effective)


async def put(
    call: Call, slug: str, document: Document, reason: str, check: Callable[[int], None]
) -> PolicyVersion:
    """Put a new version of a program's policy in force; the same document again changes nothing.

    Every program that derives from this one gets a new effective version too, or the change is
    refused naming it. Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, `InvalidPolicy`,
    `Conflict`.
    """
    async with transaction(call) as tx:
        await program_store.lock_family(tx)
        program = await program_store.lock(tx, slug)
        await program_store.find_open(tx, slug)
        before = await in_force(tx, program)
        check(before.version)
        if before.document == document:
            return before
        return await _replace(tx, program, before, document, reason)


async def start(
    tx: Transaction, program_id: UUID, document: Document, parent: Program | None
) -> None:
    """Store version 1 of a new program's policy. Raises `InvalidPolicy`."""
    above = await in_force(tx, parent) if parent else None
    inherited = above.effective if above else None
    effective = rules.resolve(document, inherited)
    rules.validate(effective, document, inherited)
    first = _next(tx, program_id, 0, document, effective, above, "The program was created.")
    await store.insert(tx, first)


async def inherit_again(tx: Transaction, slug: str, reason: str) -> None:
    """Make a new effective version from the parent that the program has now."""
    program = await program_store.lock(tx, slug)
    before = await in_force(tx, program)
    await _replace(tx, program, before, before.document, reason)


async def _replace(
    tx: Transaction, program: Reference, before: PolicyVersion, document: Document, reason: str
) -> PolicyVersion:
    above = await _parent_policy(tx, program)
    inherited = above.effective if above else None
    effective = rules.resolve(document, inherited)
    rules.validate(effective, document, inherited)
    after = _next(tx, program.id, before.version, document, effective, above, reason)
    await store.insert(tx, after)
    await program_store.use_policy(tx, program.id, after.version, tx.call.at)
    if _shown(before.effective) != _shown(after.effective):
        await directory.refresh_program(tx, program.id)
    await audit.record(
        tx,
        "policy.changed",
        ("program", program.id),
        program_id=program.id,
        before=before.effective,
        after=after.effective,
        reason=reason,
    )
    await events.emit(
        tx,
        EventType.POLICY_CHANGED,
        program.id,
        program_id=program.id,
        version=after.version,
    )
    for child in await program_store.children(tx, program.id):
        await _follow(tx, child, f"Version {after.version} of '{program.slug}': {reason}"[:1000])
    return after


async def _follow(tx: Transaction, child: Reference, reason: str) -> None:
    before = await in_force(tx, child)
    try:
        await _replace(tx, child, before, before.document, reason)
    except InvalidPolicy as refused:
        raise Conflict(
            f"The program '{child.slug}' derives from this one and its policy would not be valid: "
            + "; ".join(fault.detail for fault in refused.faults)
        ) from refused


async def _parent_policy(tx: Transaction, program: Reference) -> PolicyVersion | None:
    if program.parent_id is None:
        return None
    return await store.in_force(tx, program.parent_id)


def _next(
    tx: Transaction,
    program_id: UUID,
    last: int,
    document: Document,
    effective: Document,
    above: PolicyVersion | None,
    reason: str,
) -> PolicyVersion:
    return PolicyVersion(
        program_id=program_id,
        version=last + 1,
        document=dict(document),
        effective=dict(effective),
        parent_version=above.version if above else None,
        reason=reason,
        created_at=tx.call.at,
        created_by=tx.call.actor.account_id,
    )


def _shown(effective: Document) -> tuple[set[str], bool]:
    """What the entries of the directory are made by."""
    section: Document = effective.get("directory") or {}
    departure: Document = effective.get("departure") or {}
    return set(section.get("hidden_fields") or ()), bool(departure.get("list_farewells"))


async def _readable(
    tx: Connection, call: Call, program: Program, *found: PolicyVersion
) -> list[PolicyVersion]:
    """The versions; for all but the staff without internal points and benefits that are not public.

    What is kept back in one of them, or in the one in force, is kept back in all: the weights of
    old versions tell today's.
    """
    points = reads_points(call, program.slug)
    benefits = any(
        call.actor.may(permission, program.slug)
        for permission in (Permission.GRANT_READ, Permission.POLICY_MANAGE)
    )
    if points and benefits:
        return list(found)
    every = [one.effective for one in (await in_force(tx, program), *found)]
    pointless = not points and any(map(rules.is_internal, every))
    hidden = set[str]() if benefits else set[str]().union(*map(rules.unlisted, every))

    def shown(document: Document) -> dict[str, Any]:
        document = rules.without_points(document) if pointless else document
        return rules.without_benefits(document, hidden)

    return [
        replace(one, document=shown(one.document), effective=shown(one.effective)) for one in found
    ]


async def _version(tx: Connection, program: Program, number: int) -> PolicyVersion:
    found = await store.get(tx, program.id, number)
    if found is None:
        raise NotFound(f"The program '{program.slug}' has no policy version {number}.")
    return found
