"""Reading contributions: a program's, an ambassador's, a single one, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import ambassadors, policies, programs
from domain.call import Call, reading
from domain.errors import NotFound
from domain.rules import search
from domain.rules.access import Permission
from domain.rules.ambassadors import public_statuses
from domain.rules.contributions import ContributionStatus
from domain.rules.policy_contributions import Area
from domain.rules.policy_document import Policy
from domain.store import contribution_counts as counting
from domain.store import contribution_lists as lists
from domain.store import contribution_places as places
from domain.store import contributions as store
from domain.store.contribution_counts import Counts, MonthCount, TypeCount
from domain.store.contribution_lists import Shown, ShownParticipant, ShownSuspect
from domain.store.contribution_places import Filters, Recent
from domain.store.contribution_readers import Reader
from domain.store.programs import Program
from domain.store.query import Connection

__all__ = [
    "ContributionStatus",
    "Counts",
    "Listed",
    "MonthCount",
    "Narrowed",
    "Reader",
    "Recent",
    "Shown",
    "ShownParticipant",
    "ShownSuspect",
    "TypeCount",
    "counts",
    "get",
    "keyed",
    "page",
    "page_of",
    "reader_of",
    "shown",
    "shown_all",
]


class Narrowed(Struct, frozen=True):
    """What a list is narrowed to; None does not narrow.

    `since` and `until` are inclusive, for a period's first day; `ambassador` is a handle, `q` words
    in the title or the description, or the beginnings of words.
    """

    status: ContributionStatus = ContributionStatus.ACCEPTED
    ambassador: str | None = None
    type: str | None = None
    area: Area | None = None
    language: str | None = None
    country: str | None = None
    tag: str | None = None
    since: date | None = None
    until: date | None = None
    source: str | None = None
    q: str | None = None


class Listed(Struct, frozen=True):
    """A page of a list: at most as many as asked for, and the place where to go on, if any.

    There can be fewer, or none, also before the last page, where much was passed over.
    """

    items: list[Shown]
    next: Recent | None


async def page(
    call: Call, slug: str, narrowed: Narrowed, *, after: Recent | None, limit: int
) -> Listed:
    """A program's contributions, newest first.

    The public sees what was accepted, is public, and was done by somebody whom the directory lists;
    the program's ambassadors also what is for members; and everybody what is their own. Raises
    `NotFound` (also for a directory that the caller may not read), `Invalid` for a search without
    words.
    """
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        policy = await policies.typed(tx, program)
        reader = _lister(call, program, policy)
        filters = await _filters(tx, call, program, policy, narrowed)
        if filters is None:
            return Listed([], None)
        return await _page(tx, program, reader, filters, after=after, limit=limit)


async def page_of(
    call: Call, slug: str, handle: str, narrowed: Narrowed, *, after: Recent | None, limit: int
) -> tuple[str, Listed]:
    """The current handle of an ambassador, and their contributions, newest first.

    Raises `NotFound` as `ambassadors.find` does, `Invalid` for a search without words.
    """
    async with reading(call) as tx:
        program, entry = await ambassadors.find(tx, call, slug, handle)
        policy = await policies.typed(tx, program)
        reader = reader_of(call, program, policy)
        filters = replace(_narrowed(policy, narrowed), person_id=entry.person_id)
        listed = await _page(tx, program, reader, filters, after=after, limit=limit)
        return entry.handle, listed


async def get(call: Call, slug: str, contribution_id: UUID) -> Shown:
    """One contribution. Raises `NotFound`, also for what the caller may not see."""
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        reader = reader_of(call, program, await policies.typed(tx, program))
        return await _one(tx, program, reader, contribution_id)


async def keyed(call: Call, slug: str, source: str, key: str) -> Shown:
    """What a source has recorded under a key of its own. Raises as `get`."""
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        reader = reader_of(call, program, await policies.typed(tx, program))
        contribution_id = await store.by_key(tx, program.id, source, key)
        if contribution_id is None:
            raise NotFound("There is no such contribution.")
        return await _one(tx, program, reader, contribution_id)


async def counts(call: Call, slug: str, narrowed: Narrowed) -> Counts:
    """How many contributions `page` lists, by type and by month. Raises what `page` raises."""
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        policy = await policies.typed(tx, program)
        reader = _lister(call, program, policy)
        filters = await _filters(tx, call, program, policy, narrowed)
        if filters is None:
            return Counts(0, [], [])
        return await counting.counts(tx, program.id, reader, filters)


async def shown(
    tx: Connection, call: Call, program: Program, policy: Policy, contribution_id: UUID
) -> Shown:
    """What whoever made a change sees of it, whatever else they may read."""
    reader = replace(reader_of(call, program, policy), made=True)
    return await _one(tx, program, reader, contribution_id)


async def shown_all(
    tx: Connection, program: Program, reader: Reader, ids: Sequence[UUID]
) -> list[Shown]:
    """Those of these contributions that the reader may see, in the order of the ids."""
    found = {one.id: one for one in await lists.shown(tx, program.id, reader, ids)}
    return [found[id] for id in ids if id in found]


def reader_of(call: Call, program: Program, policy: Policy) -> Reader:
    """What the caller may see of a program's contributions."""
    actor = call.actor
    own = actor.may(Permission.SELF_READ)
    return Reader(
        reads_all=actor.may(Permission.CONTRIBUTION_READ, program.slug),
        person_id=actor.person_id if own else None,
        account_id=actor.account_id if own else None,
        statuses=public_statuses(policy.directory),
        areas={code: kind.area for code, kind in policy.contribution_types.items()},
    )


def _lister(call: Call, program: Program, policy: Policy) -> Reader:
    reader = reader_of(call, program, policy)
    if not reader.reads_all and not policy.directory.public:
        raise NotFound("The program has no public directory.")
    return reader


async def _filters(
    tx: Connection, call: Call, program: Program, policy: Policy, narrowed: Narrowed
) -> Filters | None:
    """The filters; None when nobody whom the caller may see has the handle."""
    filters = _narrowed(policy, narrowed)
    if narrowed.ambassador is None:
        return filters
    try:
        _, entry = await ambassadors.find(tx, call, program.slug, narrowed.ambassador)
    except NotFound:
        return None
    return replace(filters, person_id=entry.person_id)


def _narrowed(policy: Policy, narrowed: Narrowed) -> Filters:
    types = None
    if narrowed.area is not None:
        kinds = policy.contribution_types.items()
        types = tuple(code for code, kind in kinds if kind.area is narrowed.area)
    return Filters(
        status=narrowed.status,
        type=narrowed.type,
        types=types,
        language=narrowed.language,
        country=narrowed.country,
        tag=None if narrowed.tag is None else narrowed.tag.lower(),
        since=narrowed.since,
        until=narrowed.until,
        words=None if narrowed.q is None else search.prefixes(narrowed.q, "q"),
        source=narrowed.source,
    )


async def _page(
    tx: Connection,
    program: Program,
    reader: Reader,
    filters: Filters,
    *,
    after: Recent | None,
    limit: int,
) -> Listed:
    looked = await places.page(tx, program.id, reader, filters, after=after, limit=limit + 1)
    seen = [place for place in looked if place.seen]
    on = None
    if len(seen) > limit:
        on = seen[limit - 1]
    elif looked and looked[-1].last:
        on = looked[-1]
    items = await shown_all(tx, program, reader, [place.id for place in seen[:limit]])
    return Listed(items, on and Recent(on.occurred_on, on.id))


async def _one(tx: Connection, program: Program, reader: Reader, contribution_id: UUID) -> Shown:
    found = await lists.shown(tx, program.id, reader, [contribution_id])
    if not found:
        raise NotFound("There is no such contribution.")
    return found[0]
