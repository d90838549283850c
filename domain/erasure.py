"""People's rights: everything that is held about a person, and its erasure on request."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from domain import (
    absences,
    application_erasures,
    audit,
    connector_people,
    events,
    grant_erasures,
    people,
    personal_grants,
    programs,
    tenure_changes,
)
from domain.application_erasures import ON_REQUEST
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, Forbidden, NotFound
from domain.people import Check, PersonMerged
from domain.rules.access import Permission
from domain.rules.ambassadors import SANCTIONS
from domain.rules.events import EventType
from domain.rules.tenures import TenureOutcome
from domain.store import (
    application_erasure,
    application_merges,
    grant_erasure,
    personal_ambassadors,
    personal_applications,
    personal_data,
)
from domain.store import applications as application_store
from domain.store import erasure as store
from domain.store import people as people_store
from domain.store import tenures as tenure_store
from domain.store.people import Person
from domain.store.query import Connection
from domain.tenure_changes import Closing

__all__ = ["Everything", "erase", "erase_own", "export", "export_own"]


class Everything(Struct, frozen=True):
    """All that is held about one person; secrets are held by nobody."""

    person: Person
    merged_people: Sequence[Person]
    identities: Sequence[personal_data.HeldIdentity]
    affiliations: Sequence[personal_data.HeldAffiliation]
    ambassadors: Sequence[personal_ambassadors.HeldAmbassador]
    contributions: Sequence[personal_data.HeldContribution]
    applications: Sequence[personal_applications.HeldApplication]
    nominations: Sequence[personal_applications.HeldNomination]
    votes: Sequence[personal_applications.HeldVote]
    comments: Sequence[personal_applications.HeldComment]
    grants: Sequence[personal_grants.HeldGrant]
    sources: Sequence[connector_people.HeldSource]
    accounts: Sequence[personal_data.HeldAccount]
    invitations: Sequence[personal_data.HeldInvitation]
    audit: Sequence[personal_data.HeldEntry]


async def export(call: Call, person_id: UUID) -> Everything:
    """Everything that is held about a person, in all programs and the audit log.

    That reaches beyond every single program, so the caller must manage people in the whole
    instance. Raises `Forbidden`, and as `people.find`.
    """
    if not call.actor.may(Permission.PERSON_MANAGE):
        raise Forbidden("An export holds data of every program; ask the instance's owner.")
    async with reading(call, frozen=True) as tx:
        await people.find(tx, call, person_id, Permission.PERSON_MANAGE)
        return await _everything(tx, call, person_id, own=False)


async def export_own(call: Call) -> Everything:
    """Everything that is held about the caller. Raises `NotFound` for an account of nobody."""
    person_id = people.own_id(call)
    async with reading(call, frozen=True) as tx:
        return await _everything(tx, call, person_id, own=True)


async def erase(call: Call, person_id: UUID, reason: str, check: Check) -> Person:
    """Erase a person for good: the aggregates and the ledgers stay, the person does not.

    Profile, identities (also in the inboxes), companies, handles, the texts and links of what they
    did alone and the values in the audit log go, also of the records that were merged into this
    one; memberships of programs end as emeritus (`removed` and `suspended` stay), and with them
    tenures and leaves, whose days stay; accounts are disabled, tokens revoked. What they did with
    others stays as it is, without them. Their applications are emptied, with what a committee said
    about them, and withdrawn where they are open; their own votes stay counted, and their comments
    on others stay: those are about somebody else, and a part of that decision. What they were
    offered and have not got is taken back; of what they got its addresses, choices and words go,
    and codes stay given. Connectors know them no more. Again it changes nothing. Raises
    `NotFound`, `PersonMerged`, `VersionMismatch`.
    """
    async with transaction(call) as tx:
        return await _erase(tx, person_id, reason, check)


async def erase_own(call: Call, check: Check) -> None:
    """Erase oneself, with the account that calls. Raises `NotFound` for an account of nobody."""
    async with transaction(call) as tx:
        await _erase(tx, people.own_id(call), ON_REQUEST, check)


async def _erase(tx: Transaction, person_id: UUID, reason: str, check: Check) -> Person:
    family = await store.family(tx, person_id)
    known = await connector_people.known(tx, family)
    await application_merges.lock(tx, *family)
    await application_erasure.lock(tx, family)
    locked = {one: await people_store.lock(tx, one) for one in family}
    person = locked.get(person_id)
    if person is None:
        raise NotFound("There is no such person.")
    if person.merged_into is not None:
        raise PersonMerged(person.merged_into)
    check(person.version)
    if person.erased_at is not None:
        return person
    if await store.family(tx, person_id) != family:
        raise Conflict("Another record was merged into this one just now; try again.")
    applications = await application_erasure.lock(tx, family)
    await connector_people.forget(tx, known)
    for left in await store.erase(tx, family, [one.id for one in applications], tx.call.at):
        if left.status != left.before:
            await events.emit(
                tx,
                EventType.AMBASSADOR_STATUS_CHANGED,
                left.id,
                program_id=left.program_id,
                before=left.before,
                after=left.status,
                on=left.status_on,
            )
        await _end(tx, left)
    await grant_erasure.erase(tx, family, tx.call.at)
    for theirs in applications:
        if theirs.undecided:
            before = await application_store.lock(tx, theirs.program_id, theirs.id)
            assert before is not None
            await application_erasures.end(tx, before)
    await audit.record(tx, "person.erased", ("person", person_id), reason=reason)
    await people.announce(tx, EventType.PERSON_ERASED, person_id)
    after = await people_store.by_id(tx, person_id)
    assert after is not None
    return after


async def _end(tx: Transaction, left: store.Left) -> None:
    """End the tenure of somebody who is in the program no more, their leaves and open grants."""
    today = tx.call.at.date()
    await absences.stop(tx, left.program_id, [left.id], today)
    on = today if left.status in SANCTIONS else left.status_on or today
    tenures = await tenure_store.lock_open(tx, left.program_id, [left.id])
    closings = [Closing(tenure, TenureOutcome.ENDED, on) for tenure in tenures]
    program = await programs.find(tx, left.program)
    if closings:
        await tenure_changes.close_many(tx, program, closings)
    await grant_erasures.end(tx, program, left.id, tenured=bool(closings))


async def _everything(tx: Connection, call: Call, person_id: UUID, *, own: bool) -> Everything:
    family = await store.family(tx, person_id)
    records = [one for key in family if (one := await people_store.by_id(tx, key)) is not None]
    found = [one for one in records if one.id == person_id]
    if not found:
        raise NotFound("There is no such person.")
    return Everything(
        person=found[0],
        merged_people=[one for one in records if one.id != person_id],
        identities=await personal_data.identities(tx, family),
        affiliations=await personal_data.affiliations(tx, family),
        ambassadors=await personal_ambassadors.all_of(tx, family),
        contributions=await personal_data.contributions(tx, family),
        applications=await personal_applications.applications(tx, family),
        nominations=await personal_applications.nominations(tx, family),
        votes=await personal_applications.votes(tx, family),
        comments=await personal_applications.comments(tx, family),
        grants=await personal_grants.all_of(tx, call, family, own=own),
        sources=await connector_people.all_of(tx, family),
        accounts=await personal_data.accounts(tx, family),
        invitations=await personal_data.invitations(tx, family),
        audit=await personal_data.audit(tx, await store.subjects(tx, family)),
    )
