"""Consent: whoever was nominated agrees before anybody decides, or refuses."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import (
    application_drafts,
    applications,
    applying,
    audit,
    events,
    matching,
    policies,
    programs,
    rounds,
    tokens,
)
from domain.applications import Check, Shown
from domain.call import Call, transaction
from domain.errors import NotFound
from domain.rules import secrets
from domain.rules.candidacies import (
    UNDECIDED,
    ApplicationClosed,
    ApplicationStatus,
    Consent,
    ConsentNotAsked,
)
from domain.rules.events import EventType
from domain.rules.policy import AdmissionMode
from domain.store import applications as store
from domain.store.applications import Application

__all__ = ["Answer", "Link", "answer", "link"]


class Link(Struct, frozen=True):
    """The secret with which a nominee answers, which exists nowhere else; `version` is of now."""

    application_id: UUID
    secret: str
    version: int


class Answer(Struct, frozen=True):
    """What a nominee says; with a code of conduct they accept it in this version."""

    agreed: bool
    conduct_version: str | None


async def link(call: Call, slug: str, application_id: UUID, check: Check) -> Link:
    """Make the secret for the nominee; the one before is good for nothing.

    Raises `NotFound`, `ProgramArchived`, `VersionMismatch`, `ConsentNotAsked`, `ApplicationClosed`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        before = await store.lock(tx, program.id, application_id)
        if before is None:
            raise NotFound("There is no such application.")
        check(before.version)
        _refuse_unasked(before)
        if before.status not in UNDECIDED:
            raise ApplicationClosed(f"It is {before.status.value}.")
        secret = tokens.mint(secrets.NOMINEE)
        await store.set_consent_capability(tx, program.id, before.id, secrets.digest(secret))
        after = replace(before, version=before.version + 1, updated_at=call.at)
        await store.update(tx, after)
        await audit.record(
            tx,
            "application.consent_link_made",
            ("application", before.id),
            program_id=program.id,
        )
        return Link(before.id, secret, after.version)


async def answer(call: Call, slug: str, application_id: UUID, said: Answer, check: Check) -> Shown:
    """Agree to a nomination, or refuse it: it is withdrawn then. The same again changes nothing.

    Raises `NotFound` for anybody but the nominee, `ProgramArchived`, `VersionMismatch`,
    `NotAsAsked` without the code of conduct, `ConsentNotAsked`, `ApplicationClosed`.
    """
    await rounds.settle(call, slug, application_id)
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        if policy.admission.mode is AdmissionMode.OPEN:
            await matching.hold(tx)
        before = await applications.lock(tx, program, application_id, check, nominee=True)
        _refuse_unasked(before)
        consent = Consent.GIVEN if said.agreed else Consent.REFUSED
        if before.consent is consent:
            return await applications.shown(tx, call, program, before)
        if before.status not in UNDECIDED:
            raise ApplicationClosed(f"It is {before.status.value}: there is nothing to answer.")
        after = replace(before, consent=consent, consent_at=call.at)
        if said.agreed:
            application_drafts.check_conduct(policy.admission, said.conduct_version)
            if policy.admission.conduct is not None:
                after = replace(
                    after, conduct_version=said.conduct_version, conduct_accepted_at=call.at
                )
            action, type = "application.consent_given", EventType.APPLICATION_CONSENT_GIVEN
        else:
            await rounds.cancel_in(tx, before, "The nominee refused.")
            after = replace(after, status=ApplicationStatus.WITHDRAWN, decision_needed=None)
            action, type = "application.consent_refused", EventType.APPLICATION_CONSENT_REFUSED
        after = await applications.change(tx, action, before, after)
        await events.emit(tx, type, before.id, program_id=program.id)
        after = await applying.advance(tx, program, policy, after)
        return await applications.shown(tx, call, program, after)


def _refuse_unasked(application: Application) -> None:
    if application.consent is Consent.NOT_NEEDED:
        raise ConsentNotAsked("Nobody has to agree to this application.")
