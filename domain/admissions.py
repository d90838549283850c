"""Admission: what acceptance brings about, and declining, inside the transaction that decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import islice
from uuid import UUID

from msgspec.structs import replace

from domain import (
    ambassador_changes,
    audit,
    events,
    matching,
    newcomers,
    shown_evidence,
)
from domain.call import Transaction
from domain.errors import Conflict
from domain.people import Person, PersonErased
from domain.rules import handles
from domain.rules.ambassadors import AmbassadorStatus, same_handle
from domain.rules.candidacies import ApplicationStatus, OutcomeBy
from domain.rules.days import day_of
from domain.rules.decisions import DecisionNeeded
from domain.rules.events import EventType
from domain.rules.policy import Policy
from domain.store import admissions as store
from domain.store import ambassadors as ambassador_store
from domain.store import applications as application_store
from domain.store.ambassadors import Ambassador
from domain.store.applications import Application
from domain.store.programs import Program

__all__ = ["Hindered", "accept", "decline"]

TRIED = 50
"""How many handles are looked up at a time."""

_S = AmbassadorStatus

_HINDRANCES = {
    _S.ACTIVE: (DecisionNeeded.ALREADY_AMBASSADOR, "They are an ambassador of the program."),
    _S.ON_LEAVE: (DecisionNeeded.ALREADY_AMBASSADOR, "They are an ambassador of the program."),
    _S.SUSPENDED: (DecisionNeeded.SUSPENDED, "They are suspended; lift that first."),
    _S.REMOVED: (DecisionNeeded.REMOVED, "They were removed; lift that first."),
}


class Hindered(Conflict):
    """Something stands in the way of admitting somebody; `why` says what.

    Nothing was written before it is raised: the same transaction may note it and be committed.
    """

    code = "cannot_be_admitted"
    title = "The applicant cannot be admitted as things are"

    def __init__(self, why: DecisionNeeded, detail: str) -> None:
        super().__init__(detail)
        self.why = why


async def accept(
    tx: Transaction,
    program: Program,
    policy: Policy,
    application: Application,
    by: OutcomeBy,
    *,
    vouched: Sequence[str] = (),
    person_id: UUID | None = None,
    handle: str | None = None,
    committee_note: str | None = None,
    applicant_note: str | None = None,
    override_reason: str | None = None,
) -> Application:
    """Accept a locked application that is undecided, and all that follows; returns it as stored.

    A person (who is known, `person_id`, the owner of a `vouched` identity, or somebody new), who is
    an ambassador from today in the program's time zone, under `handle` or the one that they want or
    one made of their name; an emeritus comes back. Their evidence counts for no tenure, and
    their accounts hold the ambassador's role. Only vouched identities (such as `github:5501911`)
    become verified (RULES.md, "Identity and access").

    Raises `Hindered`; and for what whoever decides has sent `Invalid`, `InvalidReference`,
    `SeveralPeople`, `AlreadyExists` (a handle in use, an identity verified for somebody else).
    """
    today = day_of(tx.call.at, policy.time_zone)
    claims = await application_store.identities(tx, program.id, [application.id])
    sure = newcomers.chosen(claims, vouched)
    if sure:
        await matching.hold(tx)
    try:
        person = await newcomers.find(tx, application, claims, sure, person_id)
    except PersonErased as erased:
        raise Hindered(DecisionNeeded.PERSON_ERASED, erased.detail) from erased
    before = None if person is None else await store.present(tx, program.id, person.id)
    if before is not None and before.status in _HINDRANCES:
        raise Hindered(*_HINDRANCES[before.status])
    if not await newcomers.is_sure(tx, application, claims, sure, person_id):
        detail = "Nobody has confirmed that the applicant is who they say: vouch for an identity."
        raise Hindered(DecisionNeeded.IDENTITY, detail)
    if person is None:
        person = await newcomers.add(tx, application.profile)
    await newcomers.identify(tx, person, claims, sure)
    if before is None:
        came = await _join(tx, program, policy, application, person, handle, today)
    else:
        came = await _return(tx, program, policy, before, handle, today)
    await shown_evidence.settle(tx, program, policy, application, person.id, today)
    await newcomers.equip(tx, program, application, person)
    after = replace(
        _decided(tx, program, application, by),
        status=ApplicationStatus.ACCEPTED,
        person_id=person.id,
        applicant_note=applicant_note,
        committee_note=committee_note,
        override_reason=override_reason,
        ambassador_id=came.id,
    )
    await _store(tx, EventType.APPLICATION_ACCEPTED, application, after, ambassador_id=came.id)
    return after


async def decline(
    tx: Transaction,
    program: Program,
    application: Application,
    by: OutcomeBy,
    *,
    reason: str | None = None,
    applicant_note: str | None = None,
    committee_note: str | None = None,
    override_reason: str | None = None,
) -> Application:
    """Decline a locked application that is undecided; returns it as stored.

    `reason` is a code of the policy's. The applicant is told that and their note, nothing else.
    """
    after = replace(
        _decided(tx, program, application, by),
        status=ApplicationStatus.DECLINED,
        decline_reason=reason,
        applicant_note=applicant_note,
        committee_note=committee_note,
        override_reason=override_reason,
    )
    await _store(tx, EventType.APPLICATION_DECLINED, application, after, reason=reason)
    return after


async def _join(
    tx: Transaction,
    program: Program,
    policy: Policy,
    application: Application,
    person: Person,
    handle: str | None,
    today: date,
) -> Ambassador:
    if handle is None:
        wanted = application.handle or handles.made_of(application.profile.name)
        handle = await _free(tx, program, wanted)
    return await ambassador_changes.admit(
        tx, program, policy, person.id, handle, joined_on=today, hidden_fields=[], today=today
    )


async def _return(
    tx: Transaction,
    program: Program,
    policy: Policy,
    before: Ambassador,
    handle: str | None,
    today: date,
) -> Ambassador:
    """Whoever comes back has the handle of before, which is known, unless the decider says so."""
    after = replace(
        before,
        handle=handle or before.handle,
        status=AmbassadorStatus.ACTIVE,
        status_reason="Applied again, and was accepted.",
        status_on=today,
        farewell=None,
    )
    await ambassador_changes.turn(tx, program, policy, before, after, today)
    if not same_handle(before.handle, after.handle):
        await ambassador_store.keep_handle(tx, before, id=tx.call.new_id(), until=tx.call.at)
    if after.handle != before.handle:
        await ambassador_changes.announce(tx, EventType.AMBASSADOR_HANDLE_CHANGED, before)
    return after


async def _free(tx: Transaction, program: Program, wanted: str) -> str:
    """The handle, or the first with a number behind it that leads to nobody and never did."""
    await store.lock_handles(tx, program.id, wanted)
    candidates = handles.numbered(wanted)
    while True:
        tried = list(islice(candidates, TRIED))
        taken = await store.taken(tx, program.id, tried)
        for one in tried:
            if one.lower() not in taken:
                return one


def _decided(
    tx: Transaction, program: Program, application: Application, by: OutcomeBy
) -> Application:
    return replace(
        application,
        outcome_by=by,
        decided_by=None if by is OutcomeBy.RULE else tx.call.account_id,
        decided_at=tx.call.at,
        decided_policy_version=program.policy_version,
        decision_needed=None,
        version=application.version + 1,
        updated_at=tx.call.at,
    )


async def _store(
    tx: Transaction, type: EventType, before: Application, after: Application, **data: object
) -> None:
    await application_store.update(tx, after)
    await audit.record(
        tx,
        type.value,
        ("application", after.id),
        program_id=after.program_id,
        before=before,
        after=after,
        reason=after.override_reason,
    )
    await events.emit(
        tx, type, after.id, program_id=after.program_id, outcome_by=after.outcome_by, **data
    )
