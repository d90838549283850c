"""A program's people with all that a members file says of them, read whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.rules import members, members_actions
from domain.rules.contributions import MEMBERS_FILE, ContributionStatus, Visibility
from domain.rules.identities import Identity
from domain.rules.links import LinkKind
from domain.rules.members import Entry, written
from domain.rules.members_actions import Current, Recorded
from domain.rules.policy_document import DirectoryField, Policy
from domain.store import members as store
from domain.store.affiliations import Affiliation
from domain.store.ambassadors import Ambassador
from domain.store.members import Credit, Seat
from domain.store.people import Person
from domain.store.query import Connection

__all__ = ["Held", "company_on", "current", "read"]


class Held(Struct):
    """What is recorded of one person; without an ambassador they are not in the program."""

    person: Person
    ambassador: Ambassador | None = None
    identities: list[Identity] = []
    affiliations: list[Affiliation] = []
    seats: list[Seat] = []
    contributions: list[Credit] = []

    def copy(self) -> Held:
        """The same records, in lists of their own."""
        return Held(
            self.person,
            self.ambassador,
            list(self.identities),
            list(self.affiliations),
            list(self.seats),
            list(self.contributions),
        )


async def read(
    tx: Connection, program_id: UUID, entries: Iterable[Entry] = (), *, lock: bool = False
) -> dict[UUID, Held]:
    """The program's people in their order, then whoever else the entries could mean.

    With entries, contributions that no file told of are only those that these could mean, however
    many there are. With `lock` nobody else changes them until the transaction ends.
    """
    entries = tuple(entries)
    titles = list({one.title for entry in entries for one in entry.contributions})
    ambassadors = await store.ambassadors_of(tx, program_id, lock=lock)
    ids = dict.fromkeys(one.person_id for one in ambassadors)
    if entries:
        ids |= dict.fromkeys(
            await store.meant(
                tx,
                [one.github_id for one in entries if one.github_id is not None],
                [one.github for one in entries if one.github is not None],
                [one.slack for one in entries if one.slack is not None],
            )
        )
    people = {one.id: one for one in await store.people_of(tx, list(ids), lock=lock)}
    found = {key: Held(people[key]) for key in ids if key in people}
    for identity in await store.identities_of(tx, list(found)):
        found[identity.person_id].identities.append(identity)
    for affiliation in await store.affiliations_of(tx, list(found)):
        found[affiliation.person_id].affiliations.append(affiliation)
    by_ambassador: dict[UUID, Held] = {}
    for ambassador in ambassadors:
        if ambassador.person_id in found:
            held = found[ambassador.person_id]
            held.ambassador = ambassador
            by_ambassador[ambassador.id] = held
    for seat in await store.seats_of(tx, program_id):
        if seat.ambassador_id in by_ambassador:
            by_ambassador[seat.ambassador_id].seats.append(seat)
    for one in await store.credits_of(
        tx, program_id, MEMBERS_FILE, titles if entries else None, lock=lock
    ):
        if one.ambassador_id in by_ambassador:
            by_ambassador[one.ambassador_id].contributions.append(one)
    return found


def current(held: Mapping[UUID, Held], policy: Policy, today: date) -> Current:
    """The same in the words of the members file's rules; `today` in the program's time zone."""
    of_program = {field.value for field in policy.directory.hidden_fields}
    return Current(tuple(_person(one, of_program, today) for one in held.values()))


def company_on(affiliations: Iterable[Affiliation], today: date) -> Affiliation | None:
    """The company that the directory shows: of those that hold on a day, the last to begin."""
    holding = [
        one
        for one in affiliations
        if (one.valid_from is None or one.valid_from <= today)
        and (one.valid_until is None or one.valid_until >= today)
    ]
    return max(holding, key=lambda one: (one.valid_from or date.min, one.id), default=None)


def _person(held: Held, of_program: set[str], today: date) -> members_actions.Person:
    hidden = of_program | set(held.person.hidden_fields)
    if held.ambassador is not None:
        hidden |= set(held.ambassador.hidden_fields)
    if DirectoryField.LINKS.value in hidden:
        hidden |= {"twitter", "linkedin"}
    return members_actions.Person(
        id=held.person.id,
        identities=tuple(
            members_actions.Identity(
                one.provider, one.subject, one.handle, verified=one.verified_at is not None
            )
            for one in held.identities
        ),
        profile=_profile(held, today),
        hidden=frozenset(hidden),
        ambassador=_ambassador(held.ambassador),
        memberships=tuple(
            members.Membership(one.code, one.valid_from, _ended(one, today))
            for one in held.seats
            if one.valid_from is None or one.valid_from <= today
        ),
        contributions=tuple(_recorded(one) for one in held.contributions),
    )


def _profile(held: Held, today: date) -> members.Profile:
    person, company = held.person, company_on(held.affiliations, today)
    links = {one.kind: one.url for one in reversed(person.links)}
    return members.Profile(
        name=person.name,
        bio=person.bio,
        title=person.title,
        company=company and company.company,
        country=person.country,
        avatar_url=person.avatar_url,
        twitter=links.get(LinkKind.TWITTER),
        linkedin=links.get(LinkKind.LINKEDIN),
    )


def _ambassador(one: Ambassador | None) -> members_actions.Ambassador | None:
    if one is None:
        return None
    left_on = one.status_on if one.status == "emeritus" else None
    return members_actions.Ambassador(one.id, one.handle, one.status.value, one.joined_on, left_on)


def _ended(seat: Seat, today: date) -> date | None:
    """When it ended; one that ends on a day to come is open, as far as a file can say."""
    until = seat.valid_until
    return None if until is None or until > today else until


def _recorded(one: Credit) -> Recorded:
    return Recorded(
        id=one.id,
        type=one.type,
        type_text=one.type_text if one.own else None,
        title=one.title,
        on=written(one.occurred_on, one.date_precision),
        url=one.url,
        ours=one.own,
        # The files are for everybody to read.
        listed=one.status is ContributionStatus.ACCEPTED
        and one.visibility is Visibility.PUBLIC
        and one.same_as is None,
        settled=one.settled,
    )
