"""What an import does to contributions: whole records from what a members file tells of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import suspicions
from domain.call import Call, Transaction
from domain.roster import Held
from domain.rules.contributions import MEMBERS_FILE, ContributionStatus
from domain.store import contribution_batches as batches
from domain.store import contributions as contribution_store
from domain.store import member_changes as store
from domain.store.contributions import Contribution, Participant
from domain.store.members import Credit


class Whole(Struct, frozen=True):
    """A contribution with its people."""

    record: Contribution
    people: Sequence[Participant]


async def load(
    tx: Transaction, program_id: UUID, before: Mapping[UUID, Held], after: Mapping[UUID, Held]
) -> dict[UUID, Whole]:
    """The contributions that differ between two states of a program's people, locked."""
    ids = {
        credit.id
        for key, held in before.items()
        for credit in set(after[key].contributions) - set(held.contributions)
    }
    if not ids:
        return {}
    records = await contribution_store.lock(tx, program_id, list(ids))
    people: dict[UUID, list[Participant]] = {one.id: [] for one in records}
    for person in await contribution_store.participants(tx, program_id, list(ids)):
        people[person.contribution_id].append(person)
    return {one.id: Whole(one, people[one.id]) for one in records if one.id in ids}


def new(call: Call, program_id: UUID, person_id: UUID, credit: Credit) -> Whole:
    """A contribution that a file told of; whoever imports has vouched for it."""
    record = Contribution(
        program_id=program_id,
        id=credit.id,
        type=credit.type,
        type_text=credit.type_text,
        title=credit.title,
        description=None,
        occurred_on=credit.occurred_on,
        date_precision=credit.date_precision,
        ended_on=None,
        url=credit.url,
        evidence=(),
        role=None,
        language=None,
        tags=(),
        audience=(),
        event_format=None,
        country=None,
        metrics=(),
        fields={},
        visibility=credit.visibility,
        matched=True,
        source=MEMBERS_FILE,
        key=None,
        digest=None,
        position=credit.position,
        submitted_by=None,
        touched_at=None,
        status=credit.status,
        waiting_for=None,
        decline_reason=None,
        note=None,
        decided_by=None,
        decided_at=None,
        dispute=None,
        disputed_at=None,
        same_as=None,
        version=1,
        created_at=call.at,
        updated_at=call.at,
    )
    first = Participant(
        program_id=program_id,
        contribution_id=credit.id,
        position=0,
        person_id=person_id,
        unmatched_id=None,
        role=None,
        share=None,
        occurred_on=credit.occurred_on,
    )
    return Whole(record, [first])


def corrected(whole: Whole, credit: Credit) -> Whole:
    """The contribution as the file has it; what no file tells of stays."""
    record, first = whole.record, credit.occurred_on
    ended = record.ended_on
    return Whole(
        replace(
            record,
            type=credit.type,
            type_text=credit.type_text,
            title=credit.title,
            occurred_on=first,
            date_precision=credit.date_precision,
            # An end before the beginning belonged to the day that was wrong.
            ended_on=None if ended is None or ended < first else ended,
            url=credit.url,
            position=credit.position,
            status=credit.status,
        ),
        [replace(person, occurred_on=first) for person in whole.people],
    )


async def write(
    tx: Transaction, program_id: UUID, added: Sequence[Whole], changed: Sequence[Whole]
) -> None:
    """Store contributions and claim what they are the first of; none of them is suspected."""
    await batches.insert(tx, [one.record for one in added])
    await batches.insert_participants(tx, [person for one in added for person in one.people])
    await store.change_contributions(tx, [one.record for one in changed])
    if changed:
        await suspicions.release(tx, program_id, [one.record.id for one in changed])
    counting = [
        (one.record, one.people)
        for one in (*added, *changed)
        if one.record.status is not ContributionStatus.WITHDRAWN
    ]
    await suspicions.note(tx, program_id, counting)
