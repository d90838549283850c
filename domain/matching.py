"""What waits in the inbox comes to whoever has the identity verified, in all programs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from domain import audit, participants
from domain.call import Transaction
from domain.contribution_changes import announce, told
from domain.rules import references
from domain.rules.contributions import MEMBERS_FILE, ContributionStatus, WaitingFor
from domain.rules.events import EventType
from domain.rules.identities import Identity
from domain.rules.unmatched import UnmatchedStatus
from domain.store import contribution_batches as batches
from domain.store import contributions as contribution_store
from domain.store import matching as store
from domain.store import suspicions, tenures
from domain.store import unmatched as inbox
from domain.store.contribution_batches import Announced
from domain.store.contributions import Contribution, Participant
from domain.store.unmatched import Entry

__all__ = ["attach", "hold"]

BATCH = 1000
"""How many contributions are in memory at a time."""


async def hold(tx: Transaction) -> None:
    """Let nobody ask whose an identity is until the transaction ends.

    For whoever makes an identity verified, before a person is locked: a contribution that is just
    being recorded is in the inbox then, or it sees the identity verified.
    """
    await inbox.lock_alone(tx)


async def attach(tx: Transaction, identities: Iterable[Identity]) -> None:
    """Give what the inboxes hold of these identities, as far as they are verified, to the people.

    The identities are stored already, and the people locked. What is unclear stays: two people who
    have the same handle verified. A person's part joins the one that they have already; of two
    contributions that may be the same now, the later one is suspected.
    """
    accounts = {
        account
        for one in identities
        if one.verified_at is not None
        for account in references.names(one.provider, one.subject, one.handle)
    }
    if not accounts:
        return
    await hold(tx)
    entries = {one: one.named for one in await inbox.waiting(tx, accounts)}
    owners = await participants.owners(tx, list(set(entries.values())))
    for entry, account in entries.items():
        if account in owners:
            await _match(tx, entry, owners[account])


async def _match(tx: Transaction, entry: Entry, person_id: UUID) -> None:
    touched = await store.lock_touched(tx, entry, person_id)
    pairs = await store.move_fingerprints(tx, entry, person_id)
    suspects = await suspicions.link(
        tx,
        entry.program_id,
        [(one.contribution_id, one.other_id) for one in pairs],
        tx.call.at,
    )
    suspected = {one.contribution_id for one in suspects if one.verdict is None}
    for start in range(0, len(touched), BATCH):
        await _change(tx, entry, person_id, touched[start : start + BATCH], suspected)
    after = replace(
        entry,
        status=UnmatchedStatus.MATCHED,
        person_id=person_id,
        reason=None,
        version=entry.version + 1,
        updated_at=tx.call.at,
    )
    await inbox.update(tx, after)
    await audit.record(
        tx,
        "unmatched_identity.matched",
        ("unmatched_identity", entry.id),
        program_id=entry.program_id,
        before=entry,
        after=after,
    )


async def _change(
    tx: Transaction, entry: Entry, person_id: UUID, ids: Sequence[UUID], suspected: set[UUID]
) -> None:
    """Change some of the contributions that an entry touches, each with its record in the logs."""
    before = await _read(tx, entry, ids)
    named = {id for id, (_, people) in before.items() if entry.id in _whos(people)}
    joined = {id for id in named if person_id in _whos(before[id][1])}
    if joined:
        await store.join_parts(tx, entry, person_id, sorted(joined))
    await store.move_parts(tx, entry, person_id, sorted(named - joined))
    doubted = await _doubted(tx, [one for one, _ in before.values() if one.id in suspected])
    changed = sorted(named | doubted)
    await store.count_up(tx, entry, changed, sorted(doubted), tx.call.at)
    after = {
        id: (
            _counted(before[id][0], doubted=id in doubted),
            _given(before[id][1], entry.id, person_id),
        )
        for id in changed
    }
    types = {
        one: EventType.CONTRIBUTION_MATCHED if one in named else EventType.CONTRIBUTION_UPDATED
        for one in changed
    }
    await batches.log(
        tx,
        [
            audit.entry(
                tx.call,
                type.value,
                ("contribution", one),
                program_id=entry.program_id,
                before=_told(*before[one]),
                after=_told(*after[one]),
            )
            for one, type in types.items()
        ],
    )
    for type in set(types.values()):
        news = [
            Announced(tx.call.new_id(), entry.program_id, one, announce(*after[one]))
            for one in changed
            if types[one] is type
        ]
        await batches.announce(tx, type.value, news, tx.call.at)


async def _read(
    tx: Transaction, entry: Entry, ids: Sequence[UUID]
) -> dict[UUID, tuple[Contribution, list[Participant]]]:
    people: defaultdict[UUID, list[Participant]] = defaultdict(list)
    for one in await contribution_store.participants(tx, entry.program_id, list(ids)):
        people[one.contribution_id].append(one)
    locked = await contribution_store.lock(tx, entry.program_id, list(ids))
    return {one.id: (one, people[one.id]) for one in locked}


def _whos(people: Sequence[Participant]) -> set[UUID | None]:
    return {one.who for one in people}


def _given(people: Sequence[Participant], unmatched_id: UUID, person_id: UUID) -> list[Participant]:
    """The people once the part of the one is the other's, or joins what they have already."""
    theirs = next((one for one in people if one.person_id == person_id), None)
    mine = next((one for one in people if one.who == unmatched_id), None)
    if mine is None:
        return list(people)
    if theirs is None:
        return [replace(one, person_id=person_id) if one is mine else one for one in people]
    if theirs.share is None or mine.share is None:
        return [one for one in people if one is not mine]
    share = min(100, theirs.share + mine.share)
    return [
        replace(one, share=share) if one is theirs else one for one in people if one is not mine
    ]


def _counted(one: Contribution, *, doubted: bool) -> Contribution:
    if not doubted:
        return replace(one, matched=True)
    return replace(
        one, matched=True, status=ContributionStatus.PENDING, waiting_for=WaitingFor.REVIEWER
    )


async def _doubted(tx: Transaction, suspects: Sequence[Contribution]) -> set[UUID]:
    """Those that were accepted by nobody: a suspect is never accepted by itself (RULES.md).

    What a file vouches for stays, and what counted for a tenure that is finished.
    """
    by_itself = [
        one
        for one in suspects
        if one.status is ContributionStatus.ACCEPTED
        and one.decided_by is None
        and one.source != MEMBERS_FILE
    ]
    if not by_itself:
        return set()
    ids = {one.id for one in by_itself}
    finished = await tenures.finished(tx, by_itself[0].program_id, list(ids))
    return ids - {one.contribution_id for one in finished}


def _told(one: Contribution, people: Sequence[Participant]) -> dict[str, Any]:
    """What can have changed; the whole of a hundred thousand contributions takes its time."""
    values = told(one, people)
    return {name: values[name] for name in ("matched", "participants", "status", "waiting_for")}
