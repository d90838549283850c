"""Posting contributions: one by a person, one under a source's key, and as many as there are."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import contributions, participants, policies, programs, recording, sources
from domain.call import Call, Transaction, reading, transaction
from domain.contribution_changes import SETTLED, Check
from domain.contributions import Shown
from domain.errors import Busy, DomainError, Fault, Invalid
from domain.recording import Outcome, Result, Sent, Warned
from domain.rules.contributions import Draft, Named
from domain.rules.days import day_of
from domain.store import connectors as connector_store
from domain.store import contributions as store
from domain.store.connectors import Counts
from domain.store.programs import Program
from domain.store.sources import Source

__all__ = [
    "Line",
    "Outcome",
    "Posted",
    "Result",
    "Told",
    "Warned",
    "bulk",
    "put",
    "rehearse",
    "submit",
]

ATTEMPTS = 5
"""How often a batch is tried that waits for another one in vain."""


class Posted(Struct, frozen=True):
    """What became of a contribution that was sent, and the record as it is now."""

    result: Result
    warnings: tuple[Warned, ...]
    contribution: Shown


class Line(Struct, frozen=True):
    """One of many: `error` says why its text is no contribution at all."""

    index: int
    source: str = ""
    key: str = ""
    draft: Draft | None = None
    error: DomainError | None = None


class Told(Struct, frozen=True):
    """What became of the line with this index."""

    index: int
    outcome: Outcome


async def submit(call: Call, slug: str, draft: Draft) -> Shown:
    """Record what somebody tells of by hand; nobody named means the caller.

    It is accepted at once where the policy says so, or where a reviewer records it who has no part
    in it. Raises `NotFound`, `ProgramArchived`, `InvalidReference` for an unknown type or person,
    `BreaksPolicy`, `Invalid` for a date that does not exist or is still to come.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        if tx.replayed is not None:
            return await contributions.shown(tx, call, program, policy, tx.replayed)
        sent = Sent(_named(call, draft))
        today = day_of(call.at, policy.time_zone)
        (outcome,) = await recording.record(tx, program, policy, [sent], today)
        if outcome.error is not None or outcome.id is None:
            raise outcome.error or AssertionError("What was recorded has an id.")
        await tx.created(outcome.id)
        return await contributions.shown(tx, call, program, policy, outcome.id)


async def put(
    call: Call, slug: str, source: str, key: str, draft: Draft, check: Check | None
) -> Posted:
    """Record what a source tells under its own key; the same again changes nothing.

    What is compared is what the source sent before, not the record (RULES.md, "Keyed PUT").
    `check` sees the version of the record, or 0 when there is none. Raises what `submit` raises,
    `NotYourSource`, `VersionMismatch`, and with the current record `ContributionWithdrawn`,
    `ChangedByPeople`, `CountedForTenure`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        origin = await sources.writable(tx, program, source)
        if check is not None:
            await participants.hold(tx, [draft.participants])
            known = await store.lock_keys(tx, program.id, [(source, key)])
            check(known[0].version if known else 0)
        sent = Sent(draft, origin, key)
        today = day_of(call.at, policy.time_zone)
        (outcome,) = await recording.record(tx, program, policy, [sent], today)
        shown = None
        if outcome.id is not None:
            shown = await contributions.shown(tx, call, program, policy, outcome.id)
        if outcome.error is not None:
            raise outcome.error.about(shown)
        if shown is None:
            raise AssertionError("What was recorded has an id.")
        return Posted(outcome.result, outcome.warnings, shown)


async def bulk(
    call: Call, slug: str, batches: AsyncIterator[Sequence[Line]]
) -> AsyncGenerator[list[Told]]:
    """Record lines as they come, a batch in a transaction; yields what became of each, in order.

    What was committed stays when the sender breaks off: sent again, it is unchanged. Raises
    `NotFound` and `ProgramArchived` before the first line is read.
    """
    async with reading(call) as tx:
        await programs.find_open(tx, slug)
    # The next batch is read and decoded while the database works on this one.
    ahead = asyncio.ensure_future(anext(batches, None))
    try:
        while (lines := await ahead) is not None:
            ahead = asyncio.ensure_future(anext(batches, None))
            yield await _batch(call, slug, lines)
    finally:
        ahead.cancel()


async def rehearse(call: Call, slug: str, lines: Sequence[Line]) -> list[Told]:
    """What `bulk` would tell of these lines now, in order; nothing is recorded.

    Each has a draft and a key of its own. Raises `NotFound` and `ProgramArchived`.
    """
    outcomes: dict[int, Outcome] = {}
    with suppress(_Rehearsed):
        async with transaction(call) as tx:
            outcomes = await _recorded(tx, slug, lines)
            raise _Rehearsed
    return [Told(line.index, outcomes[line.index]) for line in lines]


class _Rehearsed(Exception):
    """Takes back whatever the transaction has written."""


async def _batch(call: Call, slug: str, lines: Sequence[Line]) -> list[Told]:
    """Record a batch; a key that comes twice with something else waits for its second turn."""
    outcomes: dict[int, Outcome] = {}
    rest = [line for line in lines if line.draft is not None]
    while rest:
        turn: dict[tuple[str, str], Line] = {}
        again: list[tuple[Line, Line]] = []
        later: list[Line] = []
        for line in rest:
            first = turn.setdefault((line.source, line.key), line)
            if first is not line:
                if first.draft == line.draft and not later:
                    again.append((line, first))
                else:
                    later.append(line)
        outcomes |= await _patiently(call, slug, list(turn.values()))
        for line, first in again:
            outcomes[line.index] = _repeated(outcomes[first.index])
        rest = later
    broken = Outcome(Result.REJECTED)
    return [
        Told(line.index, outcomes.get(line.index) or replace(broken, error=line.error))
        for line in lines
    ]


def _repeated(first: Outcome) -> Outcome:
    """What becomes of a line that a moment later says the same under the same key."""
    if first.result is Result.REJECTED:
        return first
    return Outcome(Result.UNCHANGED, first.id)


async def _patiently(call: Call, slug: str, lines: Sequence[Line]) -> dict[int, Outcome]:
    for _ in range(ATTEMPTS - 1):
        try:
            return await _turn(call, slug, lines)
        except Busy:
            # Another request holds what this one needs: nothing was written, and it ends soon.
            continue
    return await _turn(call, slug, lines)


async def _turn(call: Call, slug: str, lines: Sequence[Line]) -> dict[int, Outcome]:
    async with transaction(call) as tx:
        return await _recorded(tx, slug, lines)


async def _recorded(tx: Transaction, slug: str, lines: Sequence[Line]) -> dict[int, Outcome]:
    program = await programs.find_open(tx, slug)
    policy = await policies.typed(tx, program)
    known = await _sources(tx, program, {line.source for line in lines})
    outcomes: dict[int, Outcome] = {}
    good: list[Line] = []
    sent: list[Sent] = []
    for line in lines:
        origin = known[line.source]
        if isinstance(origin, DomainError):
            outcomes[line.index] = Outcome(Result.REJECTED, error=origin)
        elif line.draft is not None:
            good.append(line)
            sent.append(Sent(line.draft, origin, line.key))
    today = day_of(tx.call.at, policy.time_zone)
    recorded = await recording.record(tx, program, policy, sent, today)
    for line, outcome in zip(good, recorded, strict=True):
        outcomes[line.index] = outcome
    if (source_id := tx.call.actor.source_id) is not None:
        counts = _counts(list(outcomes.values()))
        await connector_store.count(tx, program.id, source_id, counts)
    return outcomes


def _counts(outcomes: Sequence[Outcome]) -> Counts:
    """What a connector has recorded: that something is settled is no fault of its entry."""
    settled = sum(isinstance(one.error, SETTLED) for one in outcomes)
    tally = Counter(one.result for one in outcomes)
    return Counts(
        created=tally[Result.CREATED],
        updated=tally[Result.UPDATED],
        unchanged=tally[Result.UNCHANGED] + settled,
        rejected=tally[Result.REJECTED] - settled,
    )


async def _sources(
    tx: Transaction, program: Program, slugs: set[str]
) -> dict[str, Source | DomainError]:
    found: dict[str, Source | DomainError] = {}
    for slug in sorted(slugs):
        try:
            found[slug] = await sources.writable(tx, program, slug)
        except DomainError as error:
            fault = Fault(error.code, error.detail, pointer="/source")
            found[slug] = type(error)(error.detail, fault)
    return found


def _named(call: Call, draft: Draft) -> Draft:
    if draft.participants:
        return draft
    me: UUID | None = call.actor.person_id
    if me is None:
        detail = "Name who did it."
        raise Invalid(detail, Fault("required", detail, pointer="/participants"))
    return replace(draft, participants=(Named(person=str(me)),))
