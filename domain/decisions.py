"""Decisions: a manager accepts or declines an application, by a vote, without one or against it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from msgspec import Struct

from domain import admissions, applications, policies, programs, rounds
from domain.applications import Shown
from domain.call import Call, Transaction, transaction
from domain.errors import Busy, Conflict, Fault, Invalid, NotFound
from domain.rules import decisions as rules
from domain.rules.candidacies import AGREED, ApplicationClosed, ApplicationStatus, OutcomeBy
from domain.rules.decisions import DecisionOutcome
from domain.rules.policy import Policy
from domain.rules.policy_admission import AdmissionMode
from domain.store import applications as store
from domain.store import rounds as round_store
from domain.store.applications import Application
from domain.store.programs import Program
from domain.store.rounds import Round

__all__ = [
    "AlreadyDecided",
    "ConsentNeeded",
    "Decision",
    "OverrideNeeded",
    "OwnApplication",
    "decide",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when the application's version is not the one that is expected."""

_CLOSED = frozenset(
    {ApplicationStatus.ACCEPTED, ApplicationStatus.DECLINED, ApplicationStatus.WITHDRAWN}
)


class AlreadyDecided(Conflict):
    """There is one decision on an application, and it stays."""

    code = "already_decided"
    title = "The application has been decided"


class ConsentNeeded(Conflict):
    """Nobody decides on somebody who has not agreed to be nominated."""

    code = "consent_needed"
    title = "The nominee has not agreed"


class OwnApplication(Conflict):
    """Whoever applies, or is nominated, has no say in it, whatever else they are here."""

    code = "own_application"
    title = "Nobody decides on their own application"


class OverrideNeeded(Conflict):
    """The vote says something else, or nothing yet: to decide all the same takes a reason."""

    code = "override_needed"
    title = "The decision needs a reason to override the vote"


class Decision(Struct, frozen=True):
    """What a manager decides.

    `reason` is a code of the policy's, for what is declined. `vouched` are identities of the
    application (such as `github:5501911`), `person_id` and `handle` whom it admits under which
    handle, for what is accepted.
    """

    outcome: DecisionOutcome
    reason: str | None = None
    applicant_note: str | None = None
    committee_note: str | None = None
    override_reason: str | None = None
    vouched: Sequence[str] = ()
    person_id: UUID | None = None
    handle: str | None = None


async def decide(
    call: Call, slug: str, application_id: UUID, decision: Decision, check: Check
) -> Shown:
    """Decide on an application; what is due in its vote is settled first.

    It confirms what the last vote has decided. Where the policy leaves it to a committee, or a vote
    is open or has ended otherwise, it is an override: marked as one, with its reason, and an open
    vote is cancelled. Of those who decide at once one does, and the others are told.

    Raises `NotFound`, `ProgramArchived`, `AlreadyDecided` and `ApplicationClosed` (withdrawn) with
    the application as it is, `OwnApplication`, `VersionMismatch`, `ConsentNeeded`,
    `OverrideNeeded`, `Invalid`, `Busy`, and what `rounds.settle` and `admissions.accept` raise.
    """
    await rounds.settle(call, slug, application_id)
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        application = await _lock(tx, program, application_id)
        if application.status in _CLOSED:
            raise _closed(application).about(
                await applications.shown(tx, call, program, application)
            )
        _refuse_own(call, application)
        check(application.version)
        if application.consent not in AGREED:
            raise ConsentNeeded("The nominee was asked, and has not agreed.")
        rules.check_reason(decision.outcome, decision.reason, policy.admission.decline_reasons)
        _refuse_details(decision)
        last = await round_store.last(tx, program.id, application.id)
        by = _by(policy, decision, last)
        if by is OutcomeBy.OVERRIDE:
            await _override(tx, application, decision, last)
        after = await _carry_out(tx, program, policy, application, by, decision)
        return await applications.shown(tx, call, program, after)


async def _override(
    tx: Transaction, application: Application, decision: Decision, last: Round | None
) -> None:
    if decision.override_reason is None:
        raise OverrideNeeded(_why(last))
    poll = await round_store.lock_open(tx, application.program_id, application.id)
    if poll is None:
        return
    if await rounds.moment(tx, poll) is None:
        raise Busy("The vote has closed by itself just now; look at its result first.")
    await rounds.cancel_in(tx, application, decision.override_reason)


async def _carry_out(
    tx: Transaction,
    program: Program,
    policy: Policy,
    application: Application,
    by: OutcomeBy,
    decision: Decision,
) -> Application:
    override_reason = decision.override_reason if by is OutcomeBy.OVERRIDE else None
    if decision.outcome is DecisionOutcome.DECLINED:
        return await admissions.decline(
            tx,
            program,
            application,
            by,
            reason=decision.reason,
            applicant_note=decision.applicant_note,
            committee_note=decision.committee_note,
            override_reason=override_reason,
        )
    return await admissions.accept(
        tx,
        program,
        policy,
        application,
        by,
        vouched=decision.vouched,
        person_id=decision.person_id,
        handle=decision.handle,
        applicant_note=decision.applicant_note,
        committee_note=decision.committee_note,
        override_reason=override_reason,
    )


async def _lock(tx: Transaction, program: Program, application_id: UUID) -> Application:
    application = await store.lock(tx, program.id, application_id)
    if application is None:
        raise NotFound("There is no such application.")
    return application


def _closed(application: Application) -> Conflict:
    if application.status is ApplicationStatus.WITHDRAWN:
        return ApplicationClosed("It was withdrawn.")
    return AlreadyDecided(f"It was {application.status.value} already; that stays.")


def _refuse_own(call: Call, application: Application) -> None:
    me = call.actor.person_id
    sent = application.submitted_by is not None and not application.nominated
    if (me is not None and me == application.person_id) or (
        sent and application.submitted_by == call.actor.account_id
    ):
        raise OwnApplication("Somebody else has to decide on it.")


def _refuse_details(decision: Decision) -> None:
    """Whoever is declined is nobody new."""
    if decision.outcome is DecisionOutcome.ACCEPTED:
        return
    given = {
        "vouched": bool(decision.vouched),
        "person_id": decision.person_id is not None,
        "handle": decision.handle is not None,
    }
    detail = "That is for somebody who is accepted."
    faults = [
        Fault("declined", detail, pointer=f"/{name}") for name, is_set in given.items() if is_set
    ]
    if faults:
        raise Invalid(detail, *faults)


def _by(policy: Policy, decision: Decision, last: Round | None) -> OutcomeBy:
    return rules.decided_by(
        decision.outcome,
        committee=policy.admission.mode is AdmissionMode.COMMITTEE,
        voting=last is not None and last.result is None,
        result=None if last is None else last.result,
    )


def _why(last: Round | None) -> str:
    if last is None:
        return "The committee has not voted; give an `override_reason` to decide without it."
    if last.result is None:
        return "The vote is open; give an `override_reason` to decide without it."
    return f"The vote ended as {last.result.value}; give an `override_reason` to decide otherwise."
