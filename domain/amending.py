"""Amending: applicants correct what they say, while nobody has voted on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace

from domain import (
    applicants,
    application_drafts,
    application_eligibility,
    application_evidence,
    applications,
    audit,
    events,
    identities,
    policies,
    programs,
    rounds,
)
from domain.application_drafts import Words
from domain.application_evidence import Whose
from domain.applications import Check, Shown
from domain.call import Call, Transaction, transaction
from domain.errors import Conflict, Fault, Invalid
from domain.rules.candidacies import ApplicationClosed, ApplicationStatus, Consent
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.policy import Policy
from domain.store import application_parts as parts
from domain.store import applications as store
from domain.store import electors
from domain.store import rounds as round_store
from domain.store.application_parts import Evidence, Identity
from domain.store.applications import Application
from domain.store.programs import Program

__all__ = ["VoteBegan", "amend"]


class VoteBegan(Conflict):
    """A vote is open whose electorate was frozen by what the application says."""

    code = "vote_began"
    title = "The vote on the application has begun"


class _Whole(Struct, frozen=True):
    """An application with its parts, as it was or as it is to be."""

    application: Application
    identities: list[Identity]
    evidence: Sequence[Evidence]


async def amend(call: Call, slug: str, application_id: UUID, words: Words, check: Check) -> Shown:
    """Change what an application says, under the policy version that it was submitted under.

    What is not changed is not looked at again. Identities and the company decide who may vote, and
    stay while a vote is open. Raises `NotFound`, `ProgramArchived`, `VersionMismatch`,
    `ApplicationClosed` when it is decided or somebody has voted, `VoteBegan`, and what
    `applying.submit` raises of what is said.
    """
    await rounds.settle(call, slug, application_id)
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        found = await applications.lock(tx, program, application_id, check)
        await _refuse_late(tx, found)
        policy = await policies.typed(tx, replace(program, policy_version=found.policy_version))
        before = _Whole(
            found,
            await parts.identities(tx, program.id, [found.id]),
            await parts.evidence(tx, program.id, [found.id]),
        )
        after = replace(before, application=_reworded(call, policy, found, words))
        after = await _identified(tx, program, policy, after, words)
        after = await _proven(tx, program, policy, after, words)
        if _told(after) == _told(before):
            return await applications.shown(tx, call, program, found)
        if after.application.status is ApplicationStatus.IN_VOTE:
            _refuse_other_electorate(before, after)
        return await _store(tx, program, policy, before, after)


async def _refuse_late(tx: Transaction, application: Application) -> None:
    """Raise unless it waits, or is in a vote in which nobody has voted; it is locked."""
    if application.status is ApplicationStatus.SUBMITTED:
        return
    if application.status is not ApplicationStatus.IN_VOTE:
        raise ApplicationClosed(f"It is {application.status.value}: nothing of it changes.")
    round = await round_store.lock_open(tx, application.program_id, application.id)
    if round is None:
        raise ApplicationClosed("The vote is over: nothing of it changes.")
    if (await electors.counted(tx, [round.id]))[round.id].voted:
        raise ApplicationClosed("Somebody has voted on it: nothing of it changes.")


def _reworded(call: Call, policy: Policy, before: Application, words: Words) -> Application:
    after = replace(before, profile=application_drafts.stated(before.profile, words.profile))
    if words.handle is not UNSET:
        after = replace(after, handle=words.handle)
    if words.statement is not UNSET:
        after = replace(after, statement=words.statement or None)
    if words.answers is not UNSET:
        answers = application_drafts.check_answers(policy.admission, before.answers, words.answers)
        after = replace(after, answers=answers)
    if words.conduct_version is not UNSET and words.conduct_version != before.conduct_version:
        # Of what was nominated the nominee accepts it, with their consent.
        if before.consent is not Consent.NOT_NEEDED or policy.admission.conduct is None:
            detail = "There is no code of conduct for you to accept."
            raise Invalid(detail, Fault("conduct", detail, pointer="/conduct_version"))
        application_drafts.check_conduct(policy.admission, words.conduct_version)
        version, at = words.conduct_version, call.at
        after = replace(after, conduct_version=version, conduct_accepted_at=at)
    return after


async def _identified(
    tx: Transaction, program: Program, policy: Policy, before: _Whole, words: Words
) -> _Whole:
    """With other identities, if they are changed: they may be somebody's whom we know."""
    if words.identities is UNSET:
        return before
    application_drafts.check_identities(words.identities)
    application = before.application
    stated = application_drafts.identities_of(tx, application, words.identities)
    if _plain(stated) == _plain(before.identities):
        return before
    by_account = application.submitted_by is not None and not application.nominated
    person_id = await applicants.find(
        tx, words.identities, application.person_id, by_account=by_account
    )
    if person_id is not None and application.person_id is None:
        today = day_of(tx.call.at, policy.time_zone)
        await applicants.refuse_hindered(tx, program, policy, person_id, today)
    application = replace(application, person_id=person_id)
    return replace(before, application=application, identities=stated)


async def _proven(
    tx: Transaction, program: Program, policy: Policy, before: _Whole, words: Words
) -> _Whole:
    """With other evidence, if it is changed."""
    if words.evidence is UNSET:
        return before
    person_id = before.application.person_id
    whose = Whose(
        before.application.id,
        person_id,
        [identities.Draft(one.provider, one.subject, one.handle) for one in before.identities],
        person_id is not None and person_id == tx.call.actor.person_id,
    )
    today = day_of(tx.call.at, policy.time_zone)
    new = await application_evidence.gather(tx, program, policy, whose, words.evidence, today)
    return before if _plain(new) == _plain(before.evidence) else replace(before, evidence=new)


def _refuse_other_electorate(before: _Whole, after: _Whole) -> None:
    detail = "Who may vote on it is settled by what it says here."
    faults: list[Fault] = []
    if before.application.profile.company != after.application.profile.company:
        faults.append(Fault("vote_began", detail, pointer="/profile/company"))
    if before.identities is not after.identities:
        faults.append(Fault("vote_began", detail, pointer="/identities"))
    if faults:
        raise VoteBegan(detail, *faults)


async def _store(
    tx: Transaction, program: Program, policy: Policy, before: _Whole, after: _Whole
) -> Shown:
    id = before.application.id
    if after.identities is not before.identities:
        await parts.replace_identities(tx, program.id, id, after.identities)
    if after.evidence is not before.evidence:
        await parts.replace_evidence(tx, program.id, id, after.evidence)
        listed = await parts.shown(tx, program.id, [id])
        application_eligibility.refuse_short(policy, before.application.submitted_at, listed)
    version = before.application.version + 1
    application = replace(after.application, version=version, updated_at=tx.call.at)
    await store.update(tx, application)
    old, new = _told(before), _told(after)
    await audit.record(
        tx,
        "application.amended",
        ("application", id),
        program_id=program.id,
        before=old,
        after=new,
    )
    await events.emit(
        tx,
        EventType.APPLICATION_AMENDED,
        id,
        program_id=program.id,
        fields=sorted(name for name in new if old[name] != new[name]),
    )
    return await applications.shown(tx, tx.call, program, application)


def _told(one: _Whole) -> dict[str, Any]:
    """What can be amended, and is compared and logged."""
    values = msgspec.to_builtins(one.application)
    return values | {"identities": _plain(one.identities), "evidence": _plain(one.evidence)}


def _plain(stored: Sequence[Identity] | Sequence[Evidence]) -> list[dict[str, Any]]:
    """What is stored of a part without the ids that storing it gave it."""
    rows: list[dict[str, Any]] = msgspec.to_builtins(stored)
    return [{name: value for name, value in row.items() if name != "id"} for row in rows]
