"""Closings: what is due is settled by the rounds' own rules, in one transaction for each round."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from domain import admissions, audit, events, policies, programs
from domain.admissions import Hindered
from domain.call import Call, Transaction, reading, transaction
from domain.errors import DomainError
from domain.rules import votes
from domain.rules.access import WORKER
from domain.rules.candidacies import ApplicationStatus, OutcomeBy
from domain.rules.decisions import DecisionNeeded
from domain.rules.events import EventType
from domain.rules.votes import Closed, Count, VoteResult
from domain.store import applications, electors
from domain.store import programs as program_store
from domain.store import rounds as store
from domain.store.applications import Application
from domain.store.electors import Counted
from domain.store.programs import Program
from domain.store.rounds import Round

__all__ = ["close", "closed_as", "is_due", "settle", "settled"]

log = logging.getLogger("chancery.votes")


async def settle(
    call: Call, slug: str, application_id: UUID | None = None, *, strict: bool = False
) -> None:
    """Close what is due of a program's rounds, or of one application's, by the worker's hand.

    Each in a transaction of its own, with everything that follows from its result. Whoever touches
    a vote calls this first (RULES.md, "Votes"), so that a worker that slept changes no outcome.
    Nothing in an archived program; unknown ones are nobody's. What cannot be closed now stays: it
    takes no vote any more, and the next call tries again. With `strict` it raises why:
    `BallotKeyMissing`, `SealBroken`, `Busy`.
    """
    worker = replace(call, actor=WORKER, key=None)
    async with reading(worker) as tx:
        program = await program_store.by_slug(tx, slug)
        if program is None or program.status == "archived":
            return
        closable = await store.closable(tx, program.id, application_id, call.at)
        counted = await electors.counted(tx, [one.id for one in closable]) if closable else {}
    for poll in closable:
        if not is_due(poll, counted[poll.id], call.at):
            continue
        try:
            await settled(worker, slug, poll.application_id)
        except DomainError as error:
            if strict:
                raise
            log.warning("a vote was not closed: %s", error.code, extra={"round": str(poll.id)})


async def settled(call: Call, slug: str, application_id: UUID) -> None:
    """Close the open round of an application if that is due, and do what follows from the result.

    Raises `NotFound`, `ProgramArchived`, `BallotKeyMissing`, `SealBroken`, `Busy`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        application = await applications.lock(tx, program.id, application_id)
        poll = await store.lock_open(tx, program.id, application_id)
        if application is None or poll is None:
            return
        counted = (await electors.counted(tx, [poll.id]))[poll.id]
        if not is_due(poll, counted, call.at):
            return
        count = await _unsealed(tx, poll, counted)
        closed = votes.settle(poll.rules, poll.times, count, counted.last_change_at, call.at)
        assert closed is not None
        await close(tx, poll, closed, count)
        await _follow(tx, program, application, poll, closed.result)


def is_due(poll: Round, counted: Counted, at: datetime) -> bool:
    """Whether a round is closed in fact, though nobody has looked yet."""
    return closed_as(poll, counted, at) is not None


def closed_as(poll: Round, counted: Counted, at: datetime) -> Closed | None:
    """How a round closes by what is known without opening a secret ballot.

    That is enough to tell whether it closes: a secret one ends at its time, whatever is in it.
    """
    return votes.settle(poll.rules, poll.times, counted.count, counted.last_change_at, at)


async def close(
    tx: Transaction, poll: Round, closed: Closed, count: Count | None, reason: str | None = None
) -> Round:
    """Store, record and announce how a locked round ended; sealed choices are destroyed.

    `count` is None when its votes are never counted.
    """
    call = tx.call
    voters = count.voters if count else None
    after = replace(
        poll,
        closed_at=closed.at,
        result=closed.result,
        cancel_reason=reason,
        voters=voters,
        need=None if voters is None else votes.need(poll.percent, voters),
        votes_for=count.votes_for if count else None,
        votes_against=count.against if count else None,
        votes_abstain=count.abstain if count else None,
        version=poll.version + 1,
        updated_at=call.at,
    )
    if poll.secret:
        await electors.destroy(tx, poll.program_id, poll.id)
    await store.close(tx, after)
    cancelled = closed.result is VoteResult.CANCELLED
    await audit.record(
        tx,
        "vote.cancelled" if cancelled else "vote.closed",
        ("round", poll.id),
        program_id=poll.program_id,
        before=poll,
        after=after,
        reason=reason,
    )
    await events.emit(
        tx,
        EventType.VOTE_CANCELLED if cancelled else EventType.VOTE_CLOSED,
        poll.id,
        program_id=poll.program_id,
        application_id=poll.application_id,
        result=closed.result,
        closed_at=closed.at,
    )
    return after


async def _unsealed(tx: Transaction, poll: Round, counted: Counted) -> Count:
    """The count with the choices of a secret ballot. Raises `BallotKeyMissing`."""
    if not poll.secret:
        return counted.count
    seals = tx.call.seals
    said = [
        seals.open(one.sealed, poll.id, one.account_id)
        for one in await electors.page(tx, poll.program_id, poll.id)
        if one.sealed is not None
    ]
    return Count(
        counted.voters,
        votes_for=said.count(votes.Choice.FOR),
        against=said.count(votes.Choice.AGAINST),
        abstain=said.count(votes.Choice.ABSTAIN),
    )


async def _follow(
    tx: Transaction, program: Program, application: Application, poll: Round, result: VoteResult
) -> None:
    """Do what a result asks for. Who decides is the vote; a manager only where one has to."""
    if result is VoteResult.EXPIRED:
        await _expire(tx, application)
        return
    if poll.confirm:
        await _ask(tx, application, DecisionNeeded.CONFIRMATION)
        return
    if result is VoteResult.DECLINED:
        await admissions.decline(tx, program, application, OutcomeBy.VOTE)
        return
    policy = await policies.typed(tx, program)
    try:
        await admissions.accept(tx, program, policy, application, OutcomeBy.VOTE)
    except Hindered as hindered:
        await _ask(tx, application, hindered.why)


async def _ask(tx: Transaction, application: Application, why: DecisionNeeded) -> None:
    """Have a manager decide."""
    after = replace(application, decision_needed=why.value)
    await _store(tx, EventType.APPLICATION_DECISION_NEEDED, application, after, why=why.value)


async def _expire(tx: Transaction, application: Application) -> None:
    after = replace(application, status=ApplicationStatus.EXPIRED)
    await _store(tx, EventType.APPLICATION_EXPIRED, application, after)


async def _store(
    tx: Transaction, type: EventType, before: Application, after: Application, **data: str
) -> None:
    after = replace(after, version=before.version + 1, updated_at=tx.call.at)
    await applications.update(tx, after)
    await audit.record(
        tx,
        type.value,
        ("application", before.id),
        program_id=before.program_id,
        before=before,
        after=after,
    )
    await events.emit(tx, type, before.id, program_id=before.program_id, **data)
