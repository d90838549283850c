"""Records contributions, one or thousands, in the stages that all of them share.

Each stage is one statement over the whole batch, and takes its locks in one order: the source's
keys, the identities in the inbox, the new keys, the fingerprints.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from domain import audit, contribution_changes, drafting, participants, suspicions
from domain.call import Transaction
from domain.contribution_changes import ChangedByPeople
from domain.drafting import Checked, Sent
from domain.errors import DomainError, InvalidReference
from domain.rules import contributions as rules
from domain.rules.contributions import (
    ContributionStatus,
    ContributionWithdrawn,
    Draft,
    Period,
    Repeat,
    WaitingFor,
)
from domain.rules.events import EventType
from domain.rules.policy import Policy
from domain.rules.policy_contributions import ContributionType
from domain.store import contribution_batches as batches
from domain.store import contributions as store
from domain.store import tenures as tenure_store
from domain.store.audit import Entry
from domain.store.contribution_batches import Announced
from domain.store.contributions import Contribution, Participant
from domain.store.programs import Program

ENCODER = msgspec.json.Encoder(order="deterministic")


class Result(StrEnum):
    """What became of one contribution that was sent."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    REJECTED = "rejected"


class Warned(StrEnum):
    """What whoever sent it should know, though it was recorded."""

    DUPLICATE_SUSPECTED = "duplicate_suspected"
    UNMATCHED = "unmatched"


class Outcome(Struct, frozen=True):
    """What became of it. `error` says why it was rejected; `id` is of what is recorded."""

    result: Result
    id: UUID | None = None
    warnings: tuple[Warned, ...] = ()
    error: DomainError | None = None


class _Task(Struct):
    """One contribution on its way through the stages."""

    sent: Sent
    digest: bytes
    before: Contribution | None = None
    people_before: list[Participant] = []
    checked: Checked | None = None
    after: Contribution | None = None
    people: list[Participant] = []
    suspected: bool = False
    outcome: Outcome | None = None


async def record(
    tx: Transaction, program: Program, policy: Policy, sent: Sequence[Sent], today: date
) -> list[Outcome]:
    """Record what was sent, in order; no (source, key) may occur twice.

    `today` is the day in the program's time zone. What cannot be recorded is rejected with its
    error, and never stops the rest.
    """
    tasks = [_Task(one, digest(one.draft)) for one in sent]
    await participants.hold(tx, [one.draft.participants for one in sent])
    await _find(tx, program, [task for task in tasks if task.sent.key is not None])
    await _check(tx, program, policy, _open(tasks), today)
    for task in _open(tasks):
        _build(tx, program, task, today)
    # A twin that runs at the same time may be first: then there is something to compare with now.
    beaten = await _insert(tx, [task for task in _open(tasks) if task.before is None])
    if beaten:
        await _find(tx, program, beaten)
        for task in _open(beaten):
            _build(tx, program, task, today)
    await _settle(tx, program, _open(tasks))
    return [_outcome(task) for task in tasks]


def digest(draft: Draft) -> bytes:
    """What a source sent, in 16 bytes: the same for whatever says the same."""
    return hashlib.blake2b(ENCODER.encode(draft), digest_size=16).digest()


def _open(tasks: Sequence[_Task]) -> list[_Task]:
    return [task for task in tasks if task.outcome is None]


def _reject(task: _Task, error: DomainError) -> None:
    recorded = task.before.id if task.before else None
    task.outcome = Outcome(Result.REJECTED, recorded, error=error)


async def _find(tx: Transaction, program: Program, tasks: Sequence[_Task]) -> None:
    """Compare with what the sources have sent before under these keys."""
    keys = [
        (task.sent.source.slug, task.sent.key)
        for task in tasks
        if task.sent.source is not None and task.sent.key is not None
    ]
    if not keys:
        return
    found = await store.lock_keys(tx, program.id, keys)
    known = {(one.source, one.key): one for one in found}
    changed: dict[UUID, _Task] = {}
    for task in tasks:
        source = task.sent.source
        one = known.get((source.slug, task.sent.key)) if source else None
        if source is None or one is None:
            continue
        task.before = one
        same, touched = one.digest == task.digest, one.touched_at is not None
        match rules.repeat(same=same, status=one.status, touched=touched, trust=source.trust):
            case Repeat.UNCHANGED:
                task.outcome = Outcome(Result.UNCHANGED, one.id)
            case Repeat.WITHDRAWN:
                _reject(task, ContributionWithdrawn("It was withdrawn, and stays so."))
            case Repeat.CONFLICT:
                _reject(task, ChangedByPeople("People have decided on it, or corrected it."))
            case Repeat.UPDATE:
                changed[one.id] = task
    await _load_people(tx, program, changed)


async def _load_people(tx: Transaction, program: Program, changed: dict[UUID, _Task]) -> None:
    if not changed:
        return
    for person in await store.participants(tx, program.id, list(changed)):
        task = changed[person.contribution_id]
        task.people_before = [*task.people_before, person]
    for tenure in await tenure_store.finished(tx, program.id, list(changed)):
        _reject(changed[tenure.contribution_id], contribution_changes.counted(tenure))


async def _check(
    tx: Transaction, program: Program, policy: Policy, tasks: Sequence[_Task], today: date
) -> None:
    """Hold what was sent to the policy, and find its people."""
    sound: list[tuple[_Task, ContributionType, Period]] = []
    for task in tasks:
        draft = task.sent.draft
        try:
            kind = rules.kind_of(policy, draft.type)
            sound.append((task, kind, rules.check(policy, kind, draft, today)))
        except DomainError as error:
            _reject(task, error)
    if not sound:
        return
    named = [task.sent.draft.participants for task, _, _ in sound]
    found = await participants.resolve(tx, program, named)
    for (task, kind, period), resolved in zip(sound, found, strict=True):
        if resolved.faults:
            detail = "Somebody is named whom nobody knows, or twice."
            _reject(task, InvalidReference(detail, *resolved.faults))
        else:
            task.checked = Checked(kind, period, resolved.people)


def _build(tx: Transaction, program: Program, task: _Task, today: date) -> None:
    """The record as it is to be, and its people."""
    if task.checked is None:
        return
    given = (tx, program, task.sent, task.checked, task.digest, today)
    if task.before is None:
        task.after = drafting.make(*given)
    else:
        task.after = drafting.renew(*given, task.before)
    task.people = drafting.people(program.id, task.after.id, task.checked)


async def _insert(tx: Transaction, tasks: Sequence[_Task]) -> list[_Task]:
    """Insert the new ones; returns those whose key a twin has recorded meanwhile."""
    rows = [task.after for task in tasks if task.after is not None]
    stored = await batches.insert(tx, rows)
    beaten = [task for task in tasks if task.after and task.after.id not in stored]
    await batches.insert_participants(
        tx, [one for task in tasks for one in task.people if one.contribution_id in stored]
    )
    return beaten


async def _settle(tx: Transaction, program: Program, tasks: Sequence[_Task]) -> None:
    """What was done before is suspected; then everything is stored as it is, logged and told."""
    made = [(task, task.after) for task in tasks if task.after is not None]
    changed = [task.before.id for task in tasks if task.before is not None]
    if changed:
        await suspicions.release(tx, program.id, changed)
    live = [(after, task.people) for task, after in made if rules.lives(after.status)]
    suspects = await suspicions.claim(tx, program.id, live)
    if changed:
        await suspicions.inherit(tx, program.id, changed)
    for task, after in made:
        task.suspected = after.id in suspects
        if task.suspected and rules.doubtful(after.status, decided=after.decided_by is not None):
            waits = WaitingFor.REVIEWER
            task.after = replace(after, status=ContributionStatus.PENDING, waiting_for=waits)
    new = [task for task in tasks if task.before is None]
    if doubted := [task.after.id for task in new if task.after and task.suspected]:
        await batches.wait(tx, program.id, doubted)
    await _log(tx, EventType.CONTRIBUTION_RECORDED, new)
    await _update(tx, program, [task for task in tasks if task.before is not None])


async def _update(tx: Transaction, program: Program, tasks: Sequence[_Task]) -> None:
    if not tasks:
        return
    for task in tasks:
        if task.before is not None and task.after is not None:
            version = task.before.version + 1
            task.after = replace(task.after, version=version, updated_at=tx.call.at)
    rows = [task.after for task in tasks if task.after is not None]
    await store.update_many(tx, rows)
    await store.delete_participants(tx, program.id, [row.id for row in rows])
    await batches.insert_participants(tx, [one for task in tasks for one in task.people])
    await _log(tx, EventType.CONTRIBUTION_UPDATED, tasks)


async def _log(tx: Transaction, type: EventType, tasks: Sequence[_Task]) -> None:
    """The audit entries and the events of what was recorded or changed."""
    entries: list[Entry] = []
    news: list[Announced] = []
    for task in tasks:
        if (one := task.after) is None:
            continue
        before = task.before and contribution_changes.told(task.before, task.people_before)
        after = contribution_changes.told(one, task.people)
        subject = ("contribution", one.id)
        entries.append(
            audit.entry(
                tx.call, type.value, subject, program_id=one.program_id, before=before, after=after
            )
        )
        data = contribution_changes.announce(one, task.people)
        news.append(Announced(tx.call.new_id(), one.program_id, one.id, data))
    await batches.log(tx, entries)
    await batches.announce(tx, type.value, news, tx.call.at)


def _outcome(task: _Task) -> Outcome:
    if task.outcome is not None:
        return task.outcome
    if task.after is None:
        raise AssertionError("A contribution was neither recorded nor rejected.")
    warnings: list[Warned] = []
    if task.suspected:
        warnings.append(Warned.DUPLICATE_SUSPECTED)
    if any(one.person_id is None for one in task.people):
        warnings.append(Warned.UNMATCHED)
    result = Result.CREATED if task.before is None else Result.UPDATED
    return Outcome(result, task.after.id, tuple(warnings))


__all__ = ["Outcome", "Result", "Sent", "Warned", "digest", "record"]
