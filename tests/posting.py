"""Builders of contributions that name people, below the rules of what may be recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from domain import participants, programs
from domain.call import Transaction, transaction
from domain.participants import Resolved
from domain.rules.contributions import ContributionStatus, Named, Visibility
from domain.store import contributions as store
from domain.store.contributions import Contribution, Participant
from tests.world import World

DAY = date(2026, 2, 1)


def named(*identities: str) -> list[Named]:
    """Participants who are named by identities."""
    return [Named(identity=one) for one in identities]


async def resolve(world: World, *drafts: Sequence[Named], slug: str = "demo") -> list[Resolved]:
    """Whose contributions with these people would be."""
    async with transaction(world.call()) as tx:
        return await participants.resolve(tx, await programs.find(tx, slug), drafts)


async def record(tx: Transaction, slug: str, people: Sequence[Named], **fields: Any) -> UUID:
    """Store an accepted contribution of these people, inside a transaction."""
    program = await programs.find(tx, slug)
    (found,) = await participants.resolve(tx, program, [people])
    assert found.faults == []
    values: dict[str, Any] = {
        "program_id": program.id,
        "id": tx.call.new_id(),
        "type": "talk",
        "type_text": "talk",
        "title": "A talk",
        "occurred_on": DAY,
        "date_precision": "day",
        "evidence": (),
        "tags": (),
        "audience": (),
        "metrics": (),
        "fields": {},
        "visibility": Visibility.PUBLIC,
        "matched": any(who.person_id for who in found.people),
        "status": ContributionStatus.ACCEPTED,
        "version": 1,
        "created_at": tx.call.at,
        "updated_at": tx.call.at,
        **dict.fromkeys(_OPTIONAL),
        **fields,
    }
    one = Contribution(**values)
    await store.insert(tx, one)
    await store.insert_participants(
        tx,
        [
            Participant(
                one.program_id, one.id, n, who.person_id, who.unmatched_id, who.role, who.share, DAY
            )
            for n, who in enumerate(found.people)
        ],
    )
    return one.id


_OPTIONAL = (
    "description",
    "ended_on",
    "url",
    "role",
    "language",
    "event_format",
    "country",
    "source",
    "key",
    "digest",
    "position",
    "submitted_by",
    "touched_at",
    "waiting_for",
    "decline_reason",
    "note",
    "decided_by",
    "decided_at",
    "dispute",
    "disputed_at",
    "same_as",
)


async def post(world: World, *people: Named, slug: str = "demo", **fields: Any) -> UUID:
    """Store an accepted contribution of these people; returns its id."""
    async with transaction(world.call()) as tx:
        return await record(tx, slug, people, **fields)


async def claim(world: World, person_id: UUID, contribution_id: UUID, mark: bytes) -> None:
    """Say that a contribution was the first of a person, or of an entry, with a fingerprint."""
    await world.rows(
        """insert into contribution_fingerprints (program_id, who, fingerprint, contribution_id)
           select program_id, $1, $2, id from contributions where id = $3""",
        person_id,
        mark,
        contribution_id,
    )


async def people_of(world: World, contribution_id: UUID) -> list[UUID | None]:
    """Whose a contribution is, in the order named."""
    rows = await world.rows(
        """select person_id from contribution_participants
            where contribution_id = $1 order by position""",
        contribution_id,
    )
    return [row["person_id"] for row in rows]
