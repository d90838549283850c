"""Soft duplicates: who did what first, and which later contribution may be the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from domain.call import Transaction
from domain.rules.fingerprints import fingerprints
from domain.store import contributions
from domain.store import suspicions as store
from domain.store.contributions import Contribution, Participant
from domain.store.suspicions import Claim

Recorded = tuple[Contribution, Sequence[Participant]]
"""A contribution with its people."""


async def claim(
    tx: Transaction, program_id: UUID, recorded: Iterable[Recorded]
) -> dict[UUID, list[UUID]]:
    """Note who did what; returns, for each contribution that may be the same as others, those.

    The first to claim holds the claim: of two that run at the same time, one waits for the other
    and is the later. Each pair is linked until a reviewer says what it is; a pair of which that
    was said before is not suspected again.
    """
    groups: defaultdict[tuple[UUID, bytes], list[UUID]] = defaultdict(list)
    for one in _claims(recorded):
        groups[one.who, one.fingerprint].append(one.contribution_id)
    if not groups:
        return {}
    firsts = [Claim(who, mark, ids[0]) for (who, mark), ids in groups.items()]
    held = {
        (one.who, one.fingerprint): one.contribution_id
        for one in await store.claim(tx, program_id, firsts)
    }
    pairs = {
        (contribution_id, holder)
        for key, ids in groups.items()
        for holder in (held.get(key, ids[0]),)
        for contribution_id in ids
        if contribution_id != holder
    }
    if not pairs:
        return {}
    suspects: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for found in await store.link(tx, program_id, sorted(pairs), tx.call.at):
        if found.verdict is None:
            suspects[found.contribution_id].append(found.other_id)
    return suspects


async def note(tx: Transaction, program_id: UUID, recorded: Iterable[Recorded]) -> None:
    """Claim what nobody holds, and suspect nothing: for what a human has vouched for as it is."""
    firsts: dict[tuple[UUID, bytes], Claim] = {}
    for one in _claims(recorded):
        firsts.setdefault((one.who, one.fingerprint), one)
    if firsts:
        await store.note(tx, program_id, list(firsts.values()))


async def release(tx: Transaction, program_id: UUID, ids: Iterable[UUID]) -> None:
    """Give up the claims of what counts no more, so that it can be recorded again."""
    await store.release(tx, program_id, ids)


async def give_up(tx: Transaction, program_id: UUID, ids: Sequence[UUID]) -> None:
    """The same as `release`, once and for all: what was suspected because of them claims instead.

    Otherwise a third one like it would be nobody's suspect.
    """
    await store.release(tx, program_id, ids)
    await inherit(tx, program_id, ids)


async def inherit(tx: Transaction, program_id: UUID, ids: Sequence[UUID]) -> None:
    """Let what was suspected because of these claim what they have given up."""
    heirs = await store.heirs(tx, program_id, ids)
    if not heirs:
        return
    people: defaultdict[UUID, list[Participant]] = defaultdict(list)
    for person in await contributions.participants(tx, program_id, [one.id for one in heirs]):
        people[person.contribution_id].append(person)
    await note(tx, program_id, [(one, people[one.id]) for one in heirs])


async def reclaim(
    tx: Transaction, program_id: UUID, recorded: Sequence[Recorded]
) -> dict[UUID, list[UUID]]:
    """The same as `claim` for contributions that changed: what they claimed before is given up."""
    await store.release(tx, program_id, [one.id for one, _ in recorded])
    return await claim(tx, program_id, recorded)


def _claims(recorded: Iterable[Recorded]) -> Iterable[Claim]:
    for one, people in recorded:
        marks = fingerprints(one.type, one.title, one.occurred_on, one.date_precision, one.url)
        for person in people:
            if person.who is not None:
                for mark in marks:
                    yield Claim(person.who, mark, one.id)
