"""Ballots: each elector's vote while the vote is open, and the tally."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import audit, policies, programs, rounds
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from domain.rounds import Round, VoteClosed
from domain.rules import vote_words, votes
from domain.rules.votes import Choice, Closed, Count, Recusal
from domain.store import electors
from domain.store import rounds as store
from domain.store.electors import Elector
from domain.store.query import Connection

__all__ = ["Elector", "Place", "Said", "Tally", "cast", "mine", "page", "retract", "tally"]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when the vote's version is not the one that the caller expects."""


class Said(StrEnum):
    """What an elector says: their choice, or that they had better not vote."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"
    RECUSED = "recused"


class NotElector(Forbidden):
    """Whoever is not of the electorate that was frozen at the opening has no vote in it."""

    code = "not_an_elector"
    title = "You are not among the voters"


class Recused(Conflict):
    """A rule, or their own word once recusals are fixed, keeps somebody from voting."""

    code = "recused"
    title = "You are recused from this vote"


class RecusalsFixed(Conflict):
    """From the earliest close on the electorate stays as it is (RULES.md, "Votes")."""

    code = "recusals_fixed"
    title = "It is too late to be recused"


class Place(Struct, frozen=True):
    """A place in the order of a round's electors."""

    account_id: UUID


class Tally(Struct, frozen=True):
    """What a vote needs, what is there, and when it can close.

    `voters` are the electors without the recused, `voted` those of them who have; the counts of the
    choices are None while a secret ballot is open, and of one that was cancelled. `closes_at` is
    when it closes if nobody changes anything any more, or when it closed. `words` say it in English
    with times of the program's time zone.
    """

    round: Round
    voters: int
    recused: int
    voted: int
    need: int
    votes_for: int | None
    votes_against: int | None
    votes_abstain: int | None
    closes_at: datetime
    words: list[str]


async def cast(
    call: Call, slug: str, application_id: UUID, said: Said, reason: str | None, check: Check
) -> tuple[Round, Elector]:
    """Vote, or be recused, in the open vote on an application; until it closes, change that.

    The same again changes nothing. Raises `NotFound`, `ProgramArchived`, `VoteClosed`,
    `NotElector`, `Recused`, `RecusalsFixed`, `VersionMismatch`, `Invalid` for a reason to anything
    but a recusal.
    """
    if reason is not None and said is not Said.RECUSED:
        detail = "Only a recusal is given a reason."
        raise Invalid(detail, Fault("reason", detail, pointer="/reason"))
    await rounds.settle(call, slug, application_id)
    async with transaction(call) as tx:
        poll, before, at = await _locked(tx, slug, application_id)
        check(before.version)
        after = _after(tx, poll, before, said, reason, at)
        if after is None:
            return poll, before
        action = "vote.recused" if said is Said.RECUSED else "vote.cast"
        await _store(tx, action, poll, before, after)
    await rounds.settle(call, slug, application_id)
    return poll, after


async def retract(call: Call, slug: str, application_id: UUID, check: Check) -> None:
    """Take one's vote or recusal back, as if there had been none; without one nothing changes.

    Raises what `cast` raises.
    """
    await rounds.settle(call, slug, application_id)
    async with transaction(call) as tx:
        poll, before, at = await _locked(tx, slug, application_id)
        check(before.version)
        if before.recusal is None and before.voted_at is None:
            return
        _refuse_recused(poll, before, at)
        after = replace(before, **NOTHING, version=before.version + 1, updated_at=at)
        await _store(tx, "vote.retracted", poll, before, after)
    await rounds.settle(call, slug, application_id)


async def mine(call: Call, slug: str, application_id: UUID) -> tuple[Round, Elector]:
    """The caller's part in the vote on an application that was opened last.

    Raises `NotFound`, also where they have none.
    """
    await rounds.settle(call, slug, application_id)
    async with reading(call) as tx:
        poll = await _last(tx, call, slug, application_id)
        actor = call.actor
        found = await electors.find(tx, poll.program_id, poll.id, actor.account_id, actor.person_id)
        if found is None:
            raise NotFound("You are not among the voters.")
        return poll, found


async def page(
    call: Call,
    slug: str,
    application_id: UUID,
    round_id: UUID,
    *,
    after: Place | None,
    limit: int,
) -> tuple[Round, list[Elector]]:
    """A round and its electors, one more than a page, in the order of their accounts.

    Raises `NotFound`, also for the applicant.
    """
    poll = await rounds.get(call, slug, application_id, round_id)
    async with reading(call) as tx:
        place = after.account_id if after else None
        return poll, await electors.page(tx, poll.program_id, poll.id, after=place, limit=limit + 1)


async def tally(call: Call, slug: str, application_id: UUID) -> Tally:
    """The tally of the vote on an application that was opened last.

    Raises `NotFound`, also without any vote and for the applicant.
    """
    await rounds.settle(call, slug, application_id)
    async with reading(call, frozen=True) as tx:
        poll = await _last(tx, call, slug, application_id)
        program = await programs.find(tx, slug)
        time_zone = (await policies.typed(tx, program)).time_zone
        counted = (await electors.counted(tx, [poll.id]))[poll.id]
    rules, count = poll.rules, counted.count
    if poll.closed_at is None or poll.result is None:
        changed = counted.last_change_at
        closes_at = votes.closes_at(rules, poll.times, count, changed)
        words = vote_words.words(
            rules,
            poll.times,
            count,
            changed,
            sealed=counted.voted if poll.secret else None,
            time_zone=time_zone,
        )
        known = None if poll.secret else count
    else:
        closes_at = poll.closed_at
        known = _final(poll)
        closed = Closed(poll.result, poll.closed_at)
        words = vote_words.closed_words(rules, known, closed, time_zone=time_zone)
    return Tally(
        round=poll,
        voters=counted.voters,
        recused=counted.recused,
        voted=counted.voted,
        need=votes.need(poll.percent, counted.voters),
        votes_for=known.votes_for if known else None,
        votes_against=known.against if known else None,
        votes_abstain=known.abstain if known else None,
        closes_at=closes_at,
        words=words,
    )


NOTHING: dict[str, None] = dict.fromkeys(
    ("recusal", "recusal_reason", "recused_at", "choice", "sealed", "voted_at")
)


def _final(poll: Round) -> Count | None:
    """What was counted when a round closed."""
    if (
        poll.voters is None
        or poll.votes_for is None
        or poll.votes_against is None
        or poll.votes_abstain is None
    ):
        return None
    return Count(poll.voters, poll.votes_for, poll.votes_against, poll.votes_abstain)


async def _last(tx: Connection, call: Call, slug: str, application_id: UUID) -> Round:
    application = await rounds.readable(tx, call, slug, application_id)
    found = await store.last(tx, application.program_id, application.id)
    if found is None:
        raise NotFound("There was no vote on this application yet.")
    return found


async def _locked(
    tx: Transaction, slug: str, application_id: UUID
) -> tuple[Round, Elector, datetime]:
    """The open round, the caller's part in it, and the time, under the round's lock.

    Whoever closes the round waits for this, or this for them: a vote is before the close and
    counted, or it is refused.
    """
    call = tx.call
    program = await programs.find_open(tx, slug)
    await rounds.readable(tx, call, slug, application_id)
    poll = await store.lock_open(tx, program.id, application_id)
    at = None if poll is None else await rounds.moment(tx, poll)
    if poll is None or at is None:
        raise VoteClosed("No vote is open on this application.")
    found = await electors.lock(
        tx, program.id, poll.id, call.actor.account_id, call.actor.person_id
    )
    if found is None:
        raise NotElector("You were not in the committee when this vote was opened.")
    return poll, found, at


def _after(
    tx: Transaction, poll: Round, before: Elector, said: Said, reason: str | None, at: datetime
) -> Elector | None:
    """The elector after what they say; None when nothing changes."""
    after = replace(before, **NOTHING, version=before.version + 1, updated_at=at)
    if said is Said.RECUSED:
        if before.recusal is Recusal.DECLARED and before.recusal_reason == reason:
            return None
        if not poll.times.takes_recusals(at):
            raise RecusalsFixed("Recusals are possible only before the earliest close.")
        _refuse_recused(poll, before, at)
        return replace(after, recusal=Recusal.DECLARED, recusal_reason=reason, recused_at=at)
    _refuse_recused(poll, before, at)
    choice = Choice(said.value)
    if not poll.secret:
        same = before.choice is choice
        return None if same else replace(after, choice=choice, voted_at=at)
    # Also the same again is a change: else the log would tell who voted the same twice.
    sealed = tx.call.seals.seal(choice, poll.id, before.account_id)
    return replace(after, sealed=sealed, voted_at=at)


def _refuse_recused(poll: Round, elector: Elector, at: datetime) -> None:
    """Raise `Recused` unless this elector may (again) vote."""
    if elector.recusal is None:
        return
    if elector.recusal is not Recusal.DECLARED:
        raise Recused(f"You are recused by rule: {REASONS[elector.recusal]}.")
    if not poll.times.takes_recusals(at):
        raise Recused("You were recused when recusals were fixed, at the earliest close.")


REASONS = {
    Recusal.APPLICANT: "you apply yourself",
    Recusal.COMPANY: "you work for the applicant's company",
    Recusal.NOMINATOR: "you nominated the applicant",
}


async def _store(
    tx: Transaction, action: str, poll: Round, before: Elector, after: Elector
) -> None:
    await electors.update(tx, poll.program_id, after)
    await audit.record(
        tx,
        action,
        ("round", poll.id),
        program_id=poll.program_id,
        before=_told(before),
        after=_told(after),
    )


def _told(elector: Elector) -> dict[str, object]:
    """What the log may know: of a secret ballot no choice, sealed or not."""
    return {
        "choice": elector.choice,
        "voted": elector.voted_at is not None,
        "recusal": elector.recusal,
        "recusal_reason": elector.recusal_reason,
    }
