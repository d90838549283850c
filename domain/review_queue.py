"""The review queue: what waits for a decision, oldest first, beside what it may be the same as."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import ambassadors, contributions, policies, programs
from domain.call import Call, reading
from domain.contributions import Shown
from domain.errors import NotFound
from domain.rules.contributions import ContributionStatus, WaitingFor
from domain.rules.days import day_of
from domain.rules.fingerprints import fingerprints
from domain.store import reviews as store
from domain.store.query import Connection
from domain.store.reviews import Narrowing, Suspected

__all__ = ["Compared", "InCommon", "Narrowed", "Suspected", "Waiting", "page"]


class InCommon(StrEnum):
    """What two have in common: the address, or type, title and date."""

    URL = "url"
    DETAILS = "details"


class Narrowed(Struct, frozen=True):
    """What the queue is narrowed to; None does not narrow, `ambassador` is a handle.

    `accepted` as status is what was accepted and came under suspicion by a correction; `announced`
    also shows what is still to come, which nobody can accept yet.
    """

    status: ContributionStatus | None = None
    waiting_for: WaitingFor = WaitingFor.REVIEWER
    type: str | None = None
    source: str | None = None
    ambassador: str | None = None
    suspected: bool | None = None
    announced: bool = False


class Compared(Struct, frozen=True):
    """An earlier one that it may be the same as; `why` is None when a correction parted them."""

    other: Suspected
    why: InCommon | None


class Waiting(Struct, frozen=True):
    """A contribution that waits, and what it may be the same as."""

    contribution: Shown
    suspects: list[Compared]

    @property
    def id(self) -> UUID:
        """Its place in the queue."""
        return self.contribution.id


async def page(
    call: Call, slug: str, narrowed: Narrowed, *, after: UUID | None, limit: int
) -> list[Waiting]:
    """What waits, oldest first, one more than a page.

    The caller's own are left out: they cannot decide on them. Raises `NotFound`.
    """
    async with reading(call, frozen=True) as tx:
        program = await programs.find(tx, slug)
        policy = await policies.typed(tx, program)
        person_id = None
        if narrowed.ambassador is not None:
            person_id = await _person(tx, call, slug, narrowed.ambassador)
            if person_id is None:
                return []
        narrowing = Narrowing(
            status=narrowed.status,
            waiting_for=narrowed.waiting_for,
            type=narrowed.type,
            source=narrowed.source,
            person_id=person_id,
            suspected=narrowed.suspected,
            until=None if narrowed.announced else day_of(call.at, policy.time_zone),
            reader=call.actor.person_id,
        )
        ids = await store.queue(tx, program.id, narrowing, after=after, limit=limit + 1)
        # Whoever reviews sees all that there is to it.
        reader = replace(contributions.reader_of(call, program, policy), reads_all=True)
        found = await contributions.shown_all(tx, program, reader, ids)
        suspects: defaultdict[UUID, list[Suspected]] = defaultdict(list)
        for one in await store.suspected(tx, program.id, ids):
            suspects[one.contribution_id].append(one)
        return [Waiting(one, [_compared(one, s) for s in suspects[one.id]]) for one in found]


async def _person(tx: Connection, call: Call, slug: str, handle: str) -> UUID | None:
    try:
        return (await ambassadors.find(tx, call, slug, handle))[1].person_id
    except NotFound:
        return None


def _compared(one: Shown, other: Suspected) -> Compared:
    if _marks(one, one.url) & _marks(other, other.url) - _marks(one, None):
        return Compared(other, InCommon.URL)
    return Compared(other, InCommon.DETAILS if _marks(one, None) & _marks(other, None) else None)


def _marks(one: Shown | Suspected, url: str | None) -> set[bytes]:
    return set(fingerprints(one.type, one.title, one.occurred_on, one.date_precision, url))
