"""Applying: a candidacy by oneself, or the nomination of somebody else."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain import (
    admissions,
    applicants,
    application_drafts,
    application_eligibility,
    application_evidence,
    applications,
    audit,
    events,
    identities,
    matching,
    policies,
    programs,
    rounds,
    tokens,
)
from domain.admissions import Hindered
from domain.application_drafts import Words
from domain.application_evidence import Whose
from domain.applications import Shown
from domain.call import Call, Transaction, transaction
from domain.errors import Fault, Forbidden, Invalid, NotFound, Unauthenticated
from domain.rules import secrets
from domain.rules.access import Permission
from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.candidacies import (
    AGREED,
    ApplicationsClosed,
    ApplicationStatus,
    Candidate,
    Consent,
    OutcomeBy,
)
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.policy import AdmissionMode, Policy
from domain.rules.policy_admission import Nominators
from domain.store import admissions as admission_store
from domain.store import application_parts as parts
from domain.store import applications as store
from domain.store.applications import Application
from domain.store.programs import Program

__all__ = ["Nomination", "Submitted", "advance", "submit"]


class Nomination(Struct, frozen=True):
    """That somebody else is meant; `name` is of who nominates, where no account says it."""

    name: str | None


class Submitted(Struct, frozen=True):
    """An application and the secret that opens it, which exists nowhere else."""

    application: Shown
    secret: str


async def submit(
    call: Call, slug: str, words: Words, nomination: Nomination | None = None
) -> Submitted:
    """Apply, or nominate; a replay gives the application another secret.

    Where the policy says so, whoever is eligible is accepted at once, or the vote is opened. Raises
    `NotFound`, `ProgramArchived`, `Unauthenticated` and `Forbidden` for who may not apply like
    this, `ApplicationsClosed`, `CannotApply`, `AlreadyExists` with the open application,
    `NotAsAsked`, `NotEligible`, and what `application_evidence.gather` raises.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        if tx.replayed is not None:
            return await _again(tx, program, tx.replayed)
        today = day_of(call.at, policy.time_zone)
        application_eligibility.refuse_closed(policy.admission, today)
        await _refuse_caller(tx, program, policy, nomination)
        if policy.admission.mode is AdmissionMode.OPEN:
            # Whoever is accepted brings in what waits in the inbox: locked before any person.
            await matching.hold(tx)
        secret = tokens.mint(secrets.APPLICANT)
        application = await _insert(tx, program, policy, words, nomination, today, secret)
        await audit.record(
            tx,
            "application.submitted",
            ("application", application.id),
            program_id=program.id,
            after=application,
        )
        await events.emit(
            tx,
            EventType.APPLICATION_SUBMITTED,
            application.id,
            program_id=program.id,
            nomination=nomination is not None,
            consent=application.consent,
        )
        application = await advance(tx, program, policy, application)
        await tx.created(application.id)
        return Submitted(await applications.shown(tx, call, program, application), secret)


async def advance(
    tx: Transaction, program: Program, policy: Policy, application: Application
) -> Application:
    """What the policy lets follow by itself once somebody has applied, and agreed if asked.

    Nobody is accepted on the word of somebody else: in mode `open` the person has to call.
    """
    if application.consent not in AGREED or application.status is not ApplicationStatus.SUBMITTED:
        return application
    match policy.admission.mode:
        case AdmissionMode.MANAGER:
            return application
        case AdmissionMode.COMMITTEE:
            await rounds.open_in(tx, program, policy, application)
            return await store.get(tx, program.id, application.id) or application
        case AdmissionMode.OPEN:
            if not await _admissible(tx, policy, application):
                return application
            try:
                return await admissions.accept(tx, program, policy, application, OutcomeBy.RULE)
            except Hindered:
                # Nothing was written: a manager sees to it.
                return application


async def _admissible(tx: Transaction, policy: Policy, application: Application) -> bool:
    person_id = tx.call.actor.person_id
    if person_id is None or application.person_id != person_id:
        return False
    known = await identities.of_person(tx, person_id)
    if all(one.verified_at is None for one in known):
        return False
    shown = await parts.shown(tx, application.program_id, [application.id])
    return application_eligibility.of(policy, application.submitted_at, shown).enough


async def _refuse_caller(
    tx: Transaction, program: Program, policy: Policy, nomination: Nomination | None
) -> None:
    """Whether somebody like the caller may apply like this, whoever is meant."""
    actor, admission = tx.call.actor, policy.admission
    nominators = admission.nominations
    if nomination is not None and nominators is Nominators.NOBODY:
        raise ApplicationsClosed("The program takes no nominations.")
    if actor.account_id is None:
        if nomination is not None and nominators is Nominators.AMBASSADORS:
            raise Unauthenticated("Send a token: only ambassadors of the program nominate.")
        if not admission.anonymous:
            raise Unauthenticated("Send a token: the program takes nothing from nobody known.")
        return
    if not actor.may(Permission.SELF_MANAGE):
        raise Forbidden(f"This needs the permission {Permission.SELF_MANAGE.value}.")
    if nomination is not None and nominators is Nominators.AMBASSADORS:
        mine = actor.person_id and await admission_store.present(tx, program.id, actor.person_id)
        if not mine or mine.status not in (AmbassadorStatus.ACTIVE, AmbassadorStatus.ON_LEAVE):
            raise Forbidden("Only ambassadors of the program nominate.")


async def _insert(
    tx: Transaction,
    program: Program,
    policy: Policy,
    words: Words,
    nomination: Nomination | None,
    today: date,
    secret: str,
) -> Application:
    """Hold what is said to the policy, and store it."""
    call, admission = tx.call, policy.admission
    profile = application_drafts.stated(Candidate(), words.profile)
    answers = application_drafts.check_answers(admission, {}, words.answers or {})
    accepts = words.conduct_version or None
    if nomination is None:
        application_drafts.check_conduct(admission, accepts)
    elif accepts is not None:
        detail = "Nobody accepts a code of conduct for somebody else."
        raise Invalid(detail, Fault("conduct", detail, pointer="/conduct_version"))
    said = list(words.identities or ())
    application_drafts.check_identities(said)
    by_account = nomination is None and call.actor.account_id is not None
    known = call.actor.person_id if by_account else None
    person_id = await applicants.find(tx, said, known, by_account=by_account)
    if nomination is not None:
        _check_nomination(call, nomination, person_id)
    if person_id is not None:
        await applicants.refuse_hindered(tx, program, policy, person_id, today)
    application_id = call.new_id()
    themself = person_id is not None and person_id == call.actor.person_id
    whose = Whose(application_id, person_id, said, themself)
    evidence = await application_evidence.gather(
        tx, program, policy, whose, list(words.evidence or ()), today
    )
    asked = nomination is not None and admission.consent
    application = Application(
        program_id=program.id,
        id=application_id,
        person_id=person_id,
        status=ApplicationStatus.SUBMITTED,
        profile=profile,
        handle=words.handle or None,
        statement=words.statement or None,
        answers=answers,
        conduct_version=accepts if admission.conduct else None,
        conduct_accepted_at=call.at if admission.conduct and accepts else None,
        submitted_by=call.actor.account_id,
        nominator_id=call.actor.person_id if nomination else None,
        nominator_name=nomination.name if nomination else None,
        consent=Consent.ASKED if asked else Consent.NOT_NEEDED,
        consent_at=None,
        policy_version=program.policy_version,
        round=0,
        decision_needed=None,
        outcome_by=None,
        decided_by=None,
        decided_at=None,
        decided_policy_version=None,
        decline_reason=None,
        applicant_note=None,
        committee_note=None,
        override_reason=None,
        ambassador_id=None,
        version=1,
        submitted_at=call.at,
        updated_at=call.at,
        program=program.slug,
    )
    await store.insert(tx, application, secrets.digest(secret))
    stored = application_drafts.identities_of(tx, application, said)
    await store.replace_identities(tx, program.id, application_id, stored)
    await store.replace_evidence(tx, program.id, application_id, evidence)
    shown = await parts.shown(tx, program.id, [application_id])
    application_eligibility.refuse_short(policy, call.at, shown)
    return application


def _check_nomination(call: Call, nomination: Nomination, person_id: UUID | None) -> None:
    if person_id is not None and person_id == call.actor.person_id:
        detail = "To apply yourself, leave the nomination out."
        raise Invalid(detail, Fault("nomination", detail, pointer="/nomination"))
    if call.actor.person_id is None and nomination.name is None:
        detail = "Say who nominates."
        raise Invalid(detail, Fault("required", detail, pointer="/nomination/name"))


async def _again(tx: Transaction, program: Program, application_id: UUID) -> Submitted:
    """The application that this request made before, with another secret."""
    found = await store.lock(tx, program.id, application_id)
    if found is None:
        raise NotFound("There is no such application.")
    secret = tokens.mint(secrets.APPLICANT)
    await store.set_capability(tx, program.id, application_id, secrets.digest(secret))
    await audit.record(
        tx, "application.secret_rotated", ("application", application_id), program_id=program.id
    )
    return Submitted(await applications.shown(tx, tx.call, program, found), secret)
