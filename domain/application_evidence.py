"""Evidence: what applicants have done already, recorded before or told with the application."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct

from domain import application_drafts, identities
from domain.application_drafts import Item
from domain.call import Transaction
from domain.errors import Conflict, DomainError, Fault, Invalid, InvalidReference
from domain.rules import contributions as rules
from domain.rules import references
from domain.rules.candidacies import EvidenceUsed
from domain.rules.contributions import ContributionStatus, Visibility
from domain.rules.policy import Policy
from domain.rules.references import Account
from domain.store import application_parts as store
from domain.store import programs as program_store
from domain.store.application_parts import Evidence, Named
from domain.store.programs import Program

__all__ = ["Whose", "gather"]

LIVE = frozenset({ContributionStatus.ACCEPTED, ContributionStatus.PENDING})
"""What was declined, withdrawn or is disputed speaks for nobody."""

Contribution = tuple[UUID, UUID]
"""The program where it was recorded, and its id."""


class Whose(Struct, frozen=True):
    """Whose evidence it is to be: of a known person, and of accounts that nobody owns.

    `themself`: that person says so; anybody else reaches nothing that is not public.
    """

    application_id: UUID
    person_id: UUID | None
    identities: Sequence[identities.Draft]
    themself: bool


async def gather(
    tx: Transaction,
    program: Program,
    policy: Policy,
    whose: Whose,
    items: Sequence[Item],
    today: date,
) -> list[Evidence]:
    """The evidence as it is to be stored, in the order given; the application is locked, or new.

    Raises `Invalid` and `BreaksPolicy` as for a contribution, `InvalidReference` for what is not
    there or not theirs, `EvidenceUsed`.
    """
    _check_drafts(policy, items, today)
    places = await _places(tx, program, policy, items)
    await _check_named(tx, program, whose, places)
    return [
        Evidence(
            program_id=program.id,
            id=tx.call.new_id(),
            application_id=whose.application_id,
            position=place,
            contribution_program_id=places[place][0] if place in places else None,
            contribution_id=places[place][1] if place in places else None,
            draft=one.draft,
        )
        for place, one in enumerate(items)
    ]


def _check_drafts(policy: Policy, items: Sequence[Item], today: date) -> None:
    """Hold new contributions to the policy, as if they were posted."""
    broken: list[DomainError] = []
    faults: list[Fault] = []
    for place, one in enumerate(items):
        if one.draft is None:
            continue
        try:
            kind = rules.kind_of(policy, one.draft.type)
            found = rules.check(policy, kind, one.draft, today)
            if found.future:
                detail = "That is still to come."
                raise Invalid(detail, Fault("date", detail, pointer="/occurred_on"))
        except DomainError as error:
            broken.append(error)
            where = f"/evidence/{place}/contribution"
            faults += application_drafts.below(where, error.faults)
    if broken:
        raise type(broken[0])(broken[0].detail, *faults)


async def _places(
    tx: Transaction, program: Program, policy: Policy, items: Sequence[Item]
) -> dict[int, Contribution]:
    """Where the named contributions were recorded, by their places in the list."""
    rule = policy.admission.evidence
    allowed = {program.slug, *(rule.programs if rule else ())}
    found: dict[int, Contribution] = {}
    faults: list[Fault] = []
    for place, one in enumerate(items):
        if one.contribution_id is None:
            continue
        slug = one.program or program.slug
        where = program if slug == program.slug else None
        if where is None and slug in allowed:
            where = await program_store.by_slug(tx, slug)
        if where is None:
            detail = f"Contributions to '{slug}' are no evidence here."
            faults.append(Fault("not_allowed", detail, pointer=f"/evidence/{place}/program"))
            continue
        key = (where.id, one.contribution_id)
        if key in found.values():
            detail = "The same contribution is named twice."
            faults.append(Fault("duplicate", detail, pointer=f"/evidence/{place}"))
        found[place] = key
    if faults:
        raise Conflict("The evidence cannot be taken.", *faults)
    return found


async def _check_named(
    tx: Transaction, program: Program, whose: Whose, places: dict[int, Contribution]
) -> None:
    """What is named has to be there, theirs, and free."""
    if not places:
        return
    keys = list(places.values())
    known = {
        (one.program_id, one.id): one
        for one in await store.named(tx, keys, whose.person_id, _accounts(whose.identities))
    }
    detail = "There is no such contribution of theirs."
    unknown = [
        Fault("invalid_reference", detail, pointer=f"/evidence/{place}/id")
        for place, key in places.items()
        if key not in known or not _theirs(known[key], whose)
    ]
    if unknown:
        raise InvalidReference(detail, *unknown)
    if whose.person_id is None:
        return
    used = {
        (one.program_id, one.id)
        for one in await store.used(tx, program.id, whose.person_id, whose.application_id, keys)
    }
    detail = "It speaks for another application already."
    taken = [
        Fault("evidence_used", detail, pointer=f"/evidence/{place}/id")
        for place, key in places.items()
        if key in used
    ]
    if taken:
        raise EvidenceUsed(detail, *taken)


def _theirs(one: Named, whose: Whose) -> bool:
    if one.status not in LIVE:
        return False
    if whose.themself:
        return one.own or one.stated
    return (one.own or one.stated) and one.visibility is Visibility.PUBLIC


def _accounts(stated: Sequence[identities.Draft]) -> list[Account]:
    return [
        account
        for one in stated
        for account in references.names(one.provider, one.subject, one.handle)
    ]
