"""Who an accepted applicant is: the person, their identities, company and accounts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from msgspec.structs import replace

from domain import accounts, audit, identities, people, roles
from domain.call import Transaction
from domain.errors import Conflict, Fault, Invalid, InvalidReference, NotFound
from domain.people import Person, PersonMerged
from domain.rules import identities as rules
from domain.rules import references
from domain.rules.access import Role
from domain.rules.candidacies import Candidate
from domain.rules.links import Written
from domain.store import accounts as account_store
from domain.store import admissions as store
from domain.store import affiliations as affiliation_store
from domain.store.affiliations import Affiliation
from domain.store.applications import Application, Identity
from domain.store.programs import Program

__all__ = ["SeveralPeople", "add", "chosen", "equip", "find", "identify", "is_sure"]


class SeveralPeople(Conflict):
    """The identities that are vouched for are verified for different people already."""

    code = "several_people"
    title = "The identities belong to different people"


def chosen(claims: Sequence[Identity], vouched: Sequence[str]) -> set[UUID]:
    """Which of an application's identities are vouched for, as `github:5501911` names them.

    Raises `Invalid` for what is no reference, or is not among the application's identities.
    """
    found: set[UUID] = set()
    faults: list[Fault] = []
    for n, written in enumerate(vouched):
        try:
            account = references.read(written)
        except ValueError as error:
            faults.append(Fault("identity", str(error), pointer=f"/vouched/{n}"))
            continue
        named = {
            one.id
            for one in claims
            if account in references.names(one.provider, one.subject, one.handle)
        }
        if not named:
            detail = "The application has no such identity."
            faults.append(Fault("invalid_reference", detail, pointer=f"/vouched/{n}"))
        found |= named
    if faults:
        raise Invalid("Vouch for identities of the application only.", *faults)
    return found


async def find(
    tx: Transaction,
    application: Application,
    claims: Sequence[Identity],
    vouched: Collection[UUID],
    person_id: UUID | None,
) -> Person | None:
    """The person that the applicant is known to be, locked; None for somebody new.

    That is who the application knows, else whom the decider says (`person_id`), else the owner of
    an identity that is vouched for. Raises `Invalid` for another person than the known one,
    `InvalidReference`, `PersonErased`, `SeveralPeople`.
    """
    if application.person_id is not None:
        if person_id not in (None, application.person_id):
            detail = f"The applicant is the person {application.person_id}."
            raise Invalid(detail, Fault("person", detail, pointer="/person_id"))
        return await _lock(tx, application.person_id)
    if person_id is not None:
        try:
            return await people.lock_visible(tx, person_id)
        except NotFound as unknown:
            fault = Fault("invalid_reference", unknown.detail, pointer="/person_id")
            raise InvalidReference(unknown.detail, fault) from unknown
    owners = {
        owner
        for one in claims
        if one.id in vouched
        and (owner := await identities.owner_of(tx, one.provider, one.subject, one.handle))
    }
    if len(owners) > 1:
        raise SeveralPeople("Vouch for the identities of one person, or merge the people first.")
    return await _lock(tx, owners.pop()) if owners else None


async def is_sure(
    tx: Transaction,
    application: Application,
    claims: Sequence[Identity],
    vouched: Collection[UUID],
    person_id: UUID | None,
) -> bool:
    """Whether the person whom the application knows is the applicant, by more than their word.

    Either they have applied with their account or were nominated, or whoever decides names them or
    vouches for an identity of theirs (RULES.md, "Identity and access").
    """
    if not application.claimed or person_id == application.person_id:
        return True
    for one in claims:
        if one.id in vouched:
            owner = await identities.owner_of(tx, one.provider, one.subject, one.handle)
            if owner == application.person_id:
                return True
    return False


async def add(tx: Transaction, profile: Candidate) -> Person:
    """Record somebody new as they describe themselves, with the company that they name."""
    person = await people.add(
        tx,
        people.Changes(
            name=profile.name,
            title=profile.title,
            bio=profile.bio,
            country=profile.country,
            city=profile.city,
            avatar_url=profile.avatar_url,
            languages=profile.languages,
            topics=profile.topics,
            links=[Written(link.url, link.kind) for link in profile.links],
        ),
    )
    if profile.company is not None:
        works = Affiliation(tx.call.new_id(), person.id, profile.company, None, None)
        await affiliation_store.insert(tx, works)
        await audit.record(tx, "affiliation.added", ("person", person.id), after=works)
    return person


async def identify(
    tx: Transaction, person: Person, claims: Sequence[Identity], vouched: Collection[UUID]
) -> None:
    """Give a locked person the identities of the application; the vouched ones are verified.

    With a vouched one the lock of the inbox was taken before the person's (`matching.hold`).
    Raises `AlreadyExists` when somebody else has a vouched one verified.
    """
    known = await identities.of_person(tx, person.id)
    added = False
    for claim in claims:
        sure = claim.id in vouched
        same = [
            one
            for one in known
            if one.provider == claim.provider and rules.same(one, claim.subject, claim.handle)
        ]
        if not same:
            draft = identities.Draft(claim.provider, claim.subject, claim.handle)
            known.append(await identities.record(tx, person.id, draft, vouched=sure))
            added = True
        elif sure:
            # What was only a handle is now known to be the account with this id.
            told = replace(same[0], subject=same[0].subject or claim.subject)
            await identities.confirm(tx, person, told)
    if added:
        await people.touch(tx, person, fields=["identities"])


async def equip(
    tx: Transaction, program: Program, application: Application, person: Person
) -> None:
    """Make the account that applied the person's, and give all of theirs an ambassador's role."""
    if application.submitted_by is not None and not application.nominated:
        await _bind(tx, application.submitted_by, person.id)
    for account_id in await store.roleless(tx, program.id, person.id):
        await roles.grant(tx, account_id, Role.AMBASSADOR, program)


async def _lock(tx: Transaction, person_id: UUID) -> Person:
    try:
        return await people.lock(tx, person_id)
    except PersonMerged as merged:
        return await _lock(tx, merged.kept_id)


async def _bind(tx: Transaction, account_id: UUID, person_id: UUID) -> None:
    before = await account_store.lock(tx, account_id)
    if before is None or before.person_id is not None or before.kind != "person":
        return
    await store.bind(tx, account_id, person_id, tx.call.at)
    after = await accounts.find(tx, account_id)
    await audit.record(tx, "account.updated", ("account", account_id), before=before, after=after)
