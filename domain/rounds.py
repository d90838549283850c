"""Rounds: open a vote on an application, cancel it, and read what became of each.

What is due is closed by `settle`, which whoever touches a vote calls first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import audit, electorate, events, policies, programs
from domain.call import Call, Transaction, reading, transaction
from domain.closings import close, closed_as, settle
from domain.electorate import OpeningRefused
from domain.errors import Conflict, NotFound
from domain.keyring import SealBroken
from domain.rules import votes
from domain.rules.access import Actor
from domain.rules.candidacies import AGREED, ApplicationStatus
from domain.rules.events import EventType
from domain.rules.policy import AdmissionMode, Policy
from domain.rules.policy_admission import Ballot, Opening, Voting
from domain.rules.votes import Closed, VoteResult
from domain.sealing import BallotKeyMissing
from domain.store import applications, electors
from domain.store import rounds as store
from domain.store.applications import Application
from domain.store.programs import Program
from domain.store.query import Connection
from domain.store.rounds import Round

__all__ = [
    "Place",
    "Round",
    "VoteClosed",
    "cancel",
    "cancel_in",
    "get",
    "moment",
    "open_in",
    "page",
    "readable",
    "settle",
    "start",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when the round's version is not the one that the caller expects."""

OPENABLE = frozenset({ApplicationStatus.SUBMITTED, ApplicationStatus.EXPIRED})


class NotByVote(OpeningRefused):
    """Nobody votes on the applications of this program."""

    code = "not_by_vote"
    title = "The program does not decide by vote"


class NotOpenForVote(OpeningRefused):
    """The application is voted on already, or decided, or withdrawn."""

    code = "not_open_for_vote"
    title = "No vote can be opened on the application"


class ConsentMissing(OpeningRefused):
    """The nominee has not agreed."""

    code = "consent_missing"
    title = "The nominee has not agreed"


class VoteClosed(Conflict):
    """No vote is open on the application: not yet, or not any more."""

    code = "vote_closed"
    title = "No vote is open on the application"


class Place(Struct, frozen=True):
    """A place in the order of an application's rounds, the last one first."""

    number: int


async def page(
    call: Call, slug: str, application_id: UUID, *, after: Place | None, limit: int
) -> list[Round]:
    """The rounds of an application, one more than a page, the last one first.

    Raises `NotFound`, also for the applicant.
    """
    await settle(call, slug, application_id)
    async with reading(call) as tx:
        application = await readable(tx, call, slug, application_id)
        before = after.number if after else None
        return await store.page(
            tx, application.program_id, application.id, before=before, limit=limit + 1
        )


async def get(call: Call, slug: str, application_id: UUID, round_id: UUID) -> Round:
    """One round of an application. Raises `NotFound`, also for the applicant."""
    await settle(call, slug, application_id)
    async with reading(call) as tx:
        application = await readable(tx, call, slug, application_id)
        return await _stored(tx, application, round_id)


async def start(call: Call, slug: str, application_id: UUID) -> Round:
    """Open a vote under the policy in force; its rules stay, whatever the policy says later.

    Raises `NotFound`, `ProgramArchived`, `NotByVote`, `NotOpenForVote`, `ConsentMissing`,
    `CompanyCapExceeded`, `TooFewVoters`, `BallotKeyMissing`.
    """
    await settle(call, slug, application_id)
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        application = await _lock(tx, program, application_id)
        if tx.replayed is not None:
            return await _stored(tx, application, tx.replayed)
        policy = await policies.typed(tx, program)
        poll = await _open(tx, program, policy, application)
        await tx.created(poll.id)
        return poll


async def open_in(
    tx: Transaction, program: Program, policy: Policy, application: Application
) -> Round | None:
    """Open the vote on a locked application if the policy says so and nothing stands in the way.

    The stored application is in vote then, with another version. Otherwise it waits for a manager:
    an applicant is not answerable for the committee.
    """
    voting = policy.admission.voting
    if voting is None or voting.opening is not Opening.SUBMISSION:
        return None
    try:
        return await _open(tx, program, policy, application)
    except (OpeningRefused, BallotKeyMissing):
        return None


async def cancel(call: Call, slug: str, application_id: UUID, reason: str, check: Check) -> Round:
    """Cancel the open round of an application, which is submitted again then.

    Every vote before is in it, and none after. Also a secret ballot that nobody can count, for its
    key is gone. Raises `NotFound`, `ProgramArchived`, `VoteClosed`, `VersionMismatch`, `Busy`.
    """
    lost = False
    try:
        await settle(call, slug, application_id, strict=True)
    except (BallotKeyMissing, SealBroken):
        lost = True
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        before = await _lock(tx, program, application_id)
        poll = await store.lock_open(tx, program.id, application_id)
        if poll is None:
            raise VoteClosed("No vote is open on this application.")
        check(poll.version)
        at = call.at if lost else await moment(tx, poll)
        if at is None:
            raise VoteClosed("The vote has closed by itself just now.")
        cancelled = await _cancel(tx, poll, at, reason)
        after = replace(
            before,
            status=ApplicationStatus.SUBMITTED,
            version=before.version + 1,
            updated_at=call.at,
        )
        await applications.update(tx, after)
        return cancelled


async def cancel_in(tx: Transaction, application: Application, reason: str) -> Round | None:
    """Cancel the open round of a locked application, if there is one; whoever calls decides on."""
    poll = await store.lock_open(tx, application.program_id, application.id)
    if poll is None:
        return None
    return await _cancel(tx, poll, await moment(tx, poll) or tx.call.at, reason)


async def readable(tx: Connection, call: Call, slug: str, application_id: UUID) -> Application:
    """The application, for whoever reads about the votes on it.

    Raises `NotFound`, also for the applicant, whatever else they are in the program.
    """
    program = await programs.find(tx, slug)
    found = await applications.get(tx, program.id, application_id)
    return _visible(found, call.actor)


async def moment(tx: Transaction, poll: Round) -> datetime | None:
    """The time of what is done in a locked round now; None when it is closed in fact.

    Never before what was done in it already: the clocks of two processes differ a little, and
    nothing that comes after a close may seem to be before it.
    """
    counted = (await electors.counted(tx, [poll.id]))[poll.id]
    at = max(tx.call.at, counted.last_change_at)
    return at if closed_as(poll, counted, at) is None else None


def _visible(application: Application | None, actor: Actor) -> Application:
    if application is None or _is_own(application, actor):
        raise NotFound("There is no such application.")
    return application


def _is_own(application: Application, actor: Actor) -> bool:
    """Whether the caller applies, by themself or nominated by somebody."""
    if actor.person_id is not None and application.person_id == actor.person_id:
        return True
    by = application.submitted_by
    return by is not None and by == actor.account_id and not application.nominated


async def _lock(tx: Transaction, program: Program, application_id: UUID) -> Application:
    return _visible(await applications.lock(tx, program.id, application_id), tx.call.actor)


async def _stored(tx: Connection, application: Application, round_id: UUID) -> Round:
    found = await store.get(tx, application.program_id, application.id, round_id)
    if found is None:
        raise NotFound("There is no such vote.")
    return found


async def _open(
    tx: Transaction, program: Program, policy: Policy, application: Application
) -> Round:
    voting = policy.admission.voting
    if voting is None or policy.admission.mode is not AdmissionMode.COMMITTEE:
        raise NotByVote("The policy in force lets no committee vote on applications.")
    if application.status not in OPENABLE:
        raise NotOpenForVote(f"The application is {application.status.value.replace('_', ' ')}.")
    if application.consent not in AGREED:
        raise ConsentMissing("The nominee has to agree before anybody votes.")
    if voting.ballot is Ballot.SECRET and not tx.call.seals.ready:
        raise BallotKeyMissing("The service has no key to seal secret ballots with.")
    members = await electorate.gather(tx, policy, voting, application)
    poll = _round(tx.call, program, voting, application)
    after = replace(
        application,
        status=ApplicationStatus.IN_VOTE,
        round=poll.number,
        version=application.version + 1,
        updated_at=tx.call.at,
    )
    await applications.update(tx, after)
    await store.insert(tx, poll)
    await electors.insert(tx, program.id, poll.id, members, tx.call.at)
    await audit.record(tx, "vote.opened", ("round", poll.id), program_id=program.id, after=poll)
    await events.emit(
        tx,
        EventType.VOTE_OPENED,
        poll.id,
        program_id=program.id,
        application_id=application.id,
        earliest_close=poll.earliest_close,
        latest_close=poll.latest_close,
    )
    return poll


def _round(call: Call, program: Program, voting: Voting, application: Application) -> Round:
    rules, times = votes.opening(voting, call.at)
    return Round(
        program_id=program.id,
        id=call.new_id(),
        application_id=application.id,
        number=application.round + 1,
        policy_version=program.policy_version,
        percent=rules.percent,
        minimum_voters=rules.minimum_voters,
        close_on_passing=rules.close_on_passing,
        fail_early=rules.fail_early,
        confirm=voting.confirm,
        ballot=voting.ballot,
        opened_at=times.opened_at,
        opened_by=call.actor.account_id,
        earliest_close=times.earliest,
        latest_close=times.latest,
        closed_at=None,
        result=None,
        cancel_reason=None,
        voters=None,
        need=None,
        votes_for=None,
        votes_against=None,
        votes_abstain=None,
        version=1,
        updated_at=call.at,
    )


async def _cancel(tx: Transaction, poll: Round, at: datetime, reason: str) -> Round:
    # Nobody counts the choices of a secret ballot that came to nothing.
    count = None
    if not poll.secret:
        count = (await electors.counted(tx, [poll.id]))[poll.id].count
    return await close(tx, poll, Closed(VoteResult.CANCELLED, at), count, reason)
