"""What every change of a contribution has in common: the lock, the record, the log, the news."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from domain import audit, contributions, events
from domain.call import Call, Transaction
from domain.errors import Conflict, NotFound
from domain.rules.contributions import ContributionWithdrawn
from domain.rules.events import EventType
from domain.rules.members import written
from domain.rules.policy import Policy
from domain.store import contributions as store
from domain.store import tenures as tenure_store
from domain.store.contributions import Contribution, Participant
from domain.store.programs import Program
from domain.store.tenures import Finished

__all__ = [
    "SETTLED",
    "ChangedByPeople",
    "Check",
    "ContributionWithdrawn",
    "CountedForTenure",
    "announce",
    "change",
    "counted",
    "lock",
    "refuse_counted",
    "refuse_unseen",
    "takes_part",
    "told",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class CountedForTenure(Conflict):
    """It counted for a tenure that is finished: what was decided on it stays."""

    code = "counted_for_tenure"
    title = "The contribution counted for a finished tenure"


class ChangedByPeople(Conflict):
    """What people have decided or corrected, an untrusted source cannot change any more."""

    code = "changed_by_people"
    title = "People have decided on the contribution, or corrected it"


SETTLED = (ChangedByPeople, ContributionWithdrawn, CountedForTenure)
"""What people have settled stays, however often a source tells something else."""


def counted(tenure: Finished) -> CountedForTenure:
    """The error that names the tenure."""
    return CountedForTenure(
        f"It counted for the tenure from {tenure.first_day} to {tenure.last_day}"
        f" of '{tenure.ambassador}', which is finished."
    )


async def lock(
    tx: Transaction, program: Program, contribution_id: UUID, check: Check
) -> Contribution:
    """The contribution, locked until the transaction ends.

    Raises `NotFound`, and `VersionMismatch` by `check`.
    """
    found = await store.lock(tx, program.id, [contribution_id])
    if not found:
        raise NotFound("There is no such contribution.")
    check(found[0].version)
    return found[0]


def takes_part(call: Call, people: Sequence[Participant]) -> bool:
    """Whether the caller is one of these people."""
    me = call.actor.person_id
    return me is not None and any(one.person_id == me for one in people)


async def refuse_unseen(
    tx: Transaction, program: Program, policy: Policy, contribution_id: UUID
) -> None:
    """Raise `NotFound` for what the caller may not see: they are not told that it is there."""
    reader = contributions.reader_of(tx.call, program, policy)
    if not await contributions.shown_all(tx, program, reader, [contribution_id]):
        raise NotFound("There is no such contribution.")


async def refuse_counted(tx: Transaction, one: Contribution) -> None:
    """Raise `CountedForTenure`, naming the tenure, for what counted for a finished one."""
    found = await tenure_store.finished(tx, one.program_id, [one.id])
    if found:
        raise counted(found[0])


async def change(
    tx: Transaction,
    type: EventType,
    before: Contribution,
    after: Contribution,
    *,
    people: Sequence[Participant],
    reason: str | None = None,
    people_before: Sequence[Participant] | None = None,
) -> Contribution:
    """Store a locked contribution as it is now, with its audit entry and its event.

    `people` are its participants as they are now, `people_before` as they were if they changed.
    Returns the contribution as stored, with its new version.
    """
    stored = replace(after, version=before.version + 1, updated_at=tx.call.at)
    await store.update(tx, stored)
    old = people if people_before is None else people_before
    await audit.record(
        tx,
        type.value,
        ("contribution", stored.id),
        program_id=stored.program_id,
        before=told(before, old),
        after=told(stored, people),
        reason=reason,
    )
    await events.emit(tx, type, stored.id, program_id=stored.program_id, **announce(stored, people))
    return stored


def told(one: Contribution, people: Sequence[Participant]) -> dict[str, Any]:
    """What the audit log keeps of a contribution."""
    values = {name: getattr(one, name) for name in _TOLD}
    values["participants"] = [
        {"who": person.who, "role": person.role, "share": person.share} for person in people
    ]
    return values


_TOLD = tuple(
    name
    for name in Contribution.__struct_fields__
    if name not in ("program_id", "id", "digest", "version", "created_at", "updated_at")
)


def announce(one: Contribution, people: Sequence[Participant]) -> dict[str, Any]:
    """What an event tells about a contribution: ids, codes and days."""
    return {
        "contribution_type": one.type,
        "occurred_on": written(one.occurred_on, one.date_precision),
        "person_ids": [person.person_id for person in people if person.person_id],
        "source": one.source,
        "status": one.status,
    }
