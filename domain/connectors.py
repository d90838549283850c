"""Connectors: what they have found is recorded, as if their source had posted it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import islice
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import contribution_posts
from domain.call import Call, transaction
from domain.contribution_changes import SETTLED
from domain.contribution_posts import Line, Told
from domain.errors import DomainError, Fault, Invalid
from domain.recording import Result, Warned
from domain.rules import entries
from domain.rules.access import source_actor
from domain.rules.connectors import EntryResult, Found
from domain.store import connectors as store
from domain.store.connectors import Counts
from domain.store.sources import Source

__all__ = ["Recorded", "record"]

BATCH = 1000
"""So many are recorded in a transaction."""

RESULTS: dict[Result, EntryResult] = {
    Result.CREATED: EntryResult.CREATED,
    Result.REJECTED: EntryResult.REJECTED,
    Result.UNCHANGED: EntryResult.UNCHANGED,
    Result.UPDATED: EntryResult.UPDATED,
}


class Recorded(Struct, frozen=True):
    """What became of one that was found, and in words why it was not recorded.

    `error` of what was rejected points at what is wrong, as in the body of a post.
    """

    key: str
    result: EntryResult
    contribution_id: UUID | None = None
    why: str | None = None
    error: DomainError | None = None
    line: int | None = None
    warnings: tuple[Warned, ...] = ()


async def record(
    call: Call, slug: str, source: Source, found: Sequence[Found], *, dry_run: bool = False
) -> list[Recorded]:
    """Record what was found, in batches, as the source itself; what became of each, in order.

    All rules are those of a post under a source's key, so that the same again changes nothing; a
    key that comes twice counts once. The connector counts what became of it. With `dry_run` nothing
    is written. Raises `NotFound`, `ProgramArchived`, `Unavailable`; what was recorded before stays.
    """
    outcomes: dict[int, Recorded] = {}
    lines = _lines(source, found, outcomes)
    own = replace(call, actor=source_actor(source.slug, source.id), key=None)
    if dry_run:
        told = await contribution_posts.rehearse(own, slug, lines) if lines else []
    else:
        told = [
            one
            async for batch in contribution_posts.bulk(own, slug, _batches(lines))
            for one in batch
        ]
    seen = {one.index for one in told}
    for one in told:
        outcomes[one.index] = _recorded(found[one.index], one)
    recorded = _twins(found, lines, outcomes)
    if not dry_run:
        await _count(own, source, [one for place, one in enumerate(recorded) if place not in seen])
    return recorded


async def _count(call: Call, source: Source, rest: Sequence[Recorded]) -> None:
    """Count what came to no transaction that would have done it."""
    unchanged = sum(one.result is EntryResult.UNCHANGED for one in rest)
    rejected = sum(one.result is EntryResult.REJECTED for one in rest)
    if unchanged or rejected:
        async with transaction(call) as tx:
            counts = Counts(unchanged=unchanged, rejected=rejected)
            await store.count(tx, source.program_id, source.id, counts)


def _lines(source: Source, found: Sequence[Found], outcomes: dict[int, Recorded]) -> list[Line]:
    """What is to be recorded; `outcomes` gets what became of all else, but for second times."""
    lines: dict[str, Line] = {}
    for place, one in enumerate(found):
        if one.draft is None:
            why = one.skipped or "It is no contribution."
            outcomes[place] = Recorded(one.key, EntryResult.SKIPPED, why=why, line=one.line)
            continue
        try:
            entries.check(one)
        except DomainError as error:
            outcomes[place] = _refused(one, error)
        else:
            lines.setdefault(one.key, Line(place, source.slug, one.key, one.draft))
    return list(lines.values())


async def _batches(lines: Sequence[Line]) -> AsyncIterator[Sequence[Line]]:
    rest = iter(lines)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _recorded(found: Found, told: Told) -> Recorded:
    outcome = told.outcome
    if isinstance(outcome.error, SETTLED):
        why = outcome.error.detail
        return Recorded(found.key, EntryResult.UNCHANGED, outcome.id, why, line=found.line)
    if outcome.error is not None:
        return _refused(found, outcome.error)
    return Recorded(
        found.key,
        RESULTS[outcome.result],
        outcome.id,
        line=found.line,
        warnings=outcome.warnings,
    )


def _refused(found: Found, error: DomainError) -> Recorded:
    # A fault says more than the sentence over all of them.
    why = " ".join(dict.fromkeys(fault.detail for fault in error.faults)) or error.detail
    return Recorded(found.key, EntryResult.REJECTED, why=why, error=error, line=found.line)


def _twins(
    found: Sequence[Found], lines: Sequence[Line], outcomes: dict[int, Recorded]
) -> list[Recorded]:
    """What became of each, also of those whose key has come before."""
    first = {line.key: line.index for line in lines}
    return [
        outcomes.get(place) or _twin(one, found[first[one.key]], outcomes[first[one.key]])
        for place, one in enumerate(found)
    ]


def _twin(found: Found, before: Found, recorded: Recorded) -> Recorded:
    if found.draft != before.draft:
        detail = "Another entry before it has the same key."
        return _refused(found, Invalid(detail, Fault("repeated", detail, pointer="/key")))
    if recorded.result is EntryResult.REJECTED:
        return replace(recorded, line=found.line)
    return replace(recorded, result=EntryResult.UNCHANGED, line=found.line)
