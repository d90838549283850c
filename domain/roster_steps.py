"""Takes the steps of an import's plan on the records of people, one after the other, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from msgspec.structs import replace

from domain.call import Call
from domain.roster import Held, company_on
from domain.rules import members_actions
from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.contributions import ContributionStatus, Visibility
from domain.rules.identities import Identity
from domain.rules.links import Link, LinkKind
from domain.rules.members import span
from domain.rules.members_actions import (
    AddAmbassador,
    AddContribution,
    AddMembership,
    AddPerson,
    AnyAction,
    ChangeContribution,
    ChangeIdentity,
    ChangeMembership,
    ChangeProfile,
    Depart,
    EndMembership,
    Plan,
    RemoveContribution,
    RenameHandle,
    ReopenMembership,
    ReturnAmbassador,
)
from domain.store.affiliations import Affiliation
from domain.store.ambassadors import Ambassador
from domain.store.members import Credit, Seat
from domain.store.people import Person

DEPARTED = "Missing in the members file."


class Steps:
    """The records as they become.

    `after` holds everybody, `created` the new people by the index of their entry, `renamed` the
    people whose handle in the program changes, in the order in which handles become free.
    """

    def __init__(
        self, call: Call, program_id: UUID, before: Mapping[UUID, Held], as_of: date, today: date
    ) -> None:
        self.call, self.program_id, self.as_of, self.today = call, program_id, as_of, today
        self.after = {key: held.copy() for key, held in before.items()}
        self.created: dict[int, UUID] = {}
        self.renamed: list[UUID] = []

    def take(self, plan: Plan) -> None:
        """Take every step of a plan that was made from these very records."""
        for action in plan.actions:
            self._take(action)

    def _take(self, action: AnyAction) -> None:
        if isinstance(action, AddPerson):
            self._add_person(action)
            return
        held = self.after[self._person_of(action)]
        match action:
            case AddAmbassador():
                held.ambassador = self._new_ambassador(held, action)
            case ReturnAmbassador():
                self._set_status(held, AmbassadorStatus.ACTIVE, action.on, None)
            case Depart():
                self._set_status(held, AmbassadorStatus.EMERITUS, action.on, DEPARTED)
            case RenameHandle():
                self._rename(held, action)
            case ChangeIdentity():
                self._change_identity(held, action)
            case ChangeProfile():
                self._change_profile(held, action)
            case AddContribution() | ChangeContribution() | RemoveContribution():
                self._contribute(held, action)
            case _:
                self._seat(held, action)

    def _person_of(self, action: AnyAction) -> UUID:
        if action.who.person is not None:
            return action.who.person
        assert action.who.entry is not None
        return self.created[action.who.entry]

    def _add_person(self, action: AddPerson) -> None:
        call, profile = self.call, action.profile
        person = Person(
            id=call.new_id(),
            name=profile.name or "",
            title=profile.title,
            bio=profile.bio,
            country=profile.country,
            city=None,
            avatar_url=profile.avatar_url,
            languages=[],
            topics=[],
            links=[
                Link(kind, url)
                for kind, url in (
                    (LinkKind.TWITTER, profile.twitter),
                    (LinkKind.LINKEDIN, profile.linkedin),
                )
                if url is not None
            ],
            hidden_fields=[],
            merged_into=None,
            erased_at=None,
            version=1,
            created_at=call.at,
            updated_at=call.at,
        )
        held = Held(person)
        held.identities = [self._identity(person.id, one) for one in action.identities]
        if profile.company is not None:
            new = Affiliation(call.new_id(), person.id, profile.company, None, None)
            held.affiliations = [new]
        assert action.who.entry is not None
        self.created[action.who.entry] = person.id
        self.after[person.id] = held

    def _identity(self, person_id: UUID, one: members_actions.Identity) -> Identity:
        call = self.call
        return Identity(
            id=call.new_id(),
            person_id=person_id,
            provider=one.provider,
            subject=one.subject,
            handle=one.handle,
            verified_at=call.at if one.verified else None,
            vouched_by=call.actor.account_id if one.verified else None,
            created_at=call.at,
        )

    def _new_ambassador(self, held: Held, action: AddAmbassador) -> Ambassador:
        return Ambassador(
            program_id=self.program_id,
            id=self.call.new_id(),
            person_id=held.person.id,
            handle=action.handle,
            status=AmbassadorStatus.ACTIVE,
            status_reason=None,
            status_on=None,
            farewell=None,
            joined_on=action.joined_on,
            hidden_fields=[],
            position=None,
            version=1,
            created_at=self.call.at,
            updated_at=self.call.at,
        )

    def _set_status(
        self, held: Held, status: AmbassadorStatus, on: date, reason: str | None
    ) -> None:
        assert held.ambassador is not None
        held.ambassador = replace(
            held.ambassador, status=status, status_on=on, status_reason=reason, farewell=None
        )

    def _rename(self, held: Held, action: RenameHandle) -> None:
        place = _place(held.identities, "github", action.subject, action.before)
        one = replace(held.identities[place], handle=action.after)
        if one.subject is None:
            # The handle was all that somebody vouched for.
            one = replace(one, verified_at=None, vouched_by=None)
        held.identities[place] = one
        if action.ambassador_handle is not None:
            assert held.ambassador is not None
            held.ambassador = replace(held.ambassador, handle=action.ambassador_handle)
            self.renamed.append(held.person.id)

    def _change_identity(self, held: Held, action: ChangeIdentity) -> None:
        before, after = action.before, action.after
        if before is None:
            if after is not None:
                held.identities.append(self._identity(held.person.id, after))
            return
        place = _place(held.identities, before.provider, before.subject, before.handle)
        if after is None:
            del held.identities[place]
            return
        one = replace(held.identities[place], subject=after.subject, handle=after.handle)
        if after.verified and one.verified_at is None:
            vouched_by = self.call.actor.account_id
            one = replace(one, verified_at=self.call.at, vouched_by=vouched_by)
        held.identities[place] = one

    def _change_profile(self, held: Held, action: ChangeProfile) -> None:
        match action.field:
            case "company":
                self._change_company(held, action.after)
            case "twitter" | "linkedin":
                links = _linked(held.person.links, LinkKind(action.field), action.after)
                held.person = replace(held.person, links=links)
            case _:
                held.person = replace(held.person, **{action.field: action.after})

    def _change_company(self, held: Held, company: str | None) -> None:
        """One affiliation ends where the next begins: on the file's day, or later if it must."""
        shown = company_on(held.affiliations, self.today)
        ends = [shown] if company is not None else _holding(held.affiliations, self.today)
        for one in ends:
            if one is None:
                continue
            place = held.affiliations.index(one)
            if one.valid_from is None or one.valid_from < self.as_of:
                until = self.as_of - timedelta(days=1)
                held.affiliations[place] = replace(one, valid_until=until)
            elif company is not None:
                # It began on that day or after: what the file says corrects it.
                held.affiliations[place] = replace(one, company=company, valid_until=None)
                return
            else:
                del held.affiliations[place]
        if company is not None:
            since = self.as_of if held.affiliations else None
            new = Affiliation(self.call.new_id(), held.person.id, company, since, None)
            held.affiliations.append(new)

    def _seat(
        self,
        held: Held,
        action: AddMembership | ChangeMembership | ReopenMembership | EndMembership,
    ) -> None:
        assert held.ambassador is not None
        if isinstance(action, AddMembership):
            new = Seat(self.call.new_id(), held.ambassador.id, action.group, action.since, None)
            held.seats.append(new)
            return
        for place, one in enumerate(held.seats):
            if one.code != action.group or (one.valid_from and one.valid_from > self.today):
                continue
            is_open = one.valid_until is None or one.valid_until > self.today
            match action:
                case ReopenMembership() if one.valid_until == action.until:
                    held.seats[place] = replace(one, valid_until=None)
                    return
                case ChangeMembership() if is_open and one.valid_from == action.before:
                    held.seats[place] = replace(one, valid_from=action.after)
                    return
                case EndMembership() if is_open:
                    held.seats[place] = replace(one, valid_until=action.until)
                case _:
                    pass

    def _contribute(
        self, held: Held, action: AddContribution | ChangeContribution | RemoveContribution
    ) -> None:
        if isinstance(action, AddContribution):
            assert held.ambassador is not None
            held.contributions.append(self._new_contribution(held.ambassador.id, action))
            return
        place = next(
            place for place, one in enumerate(held.contributions) if one.id == action.before.id
        )
        one = held.contributions[place]
        if isinstance(action, RemoveContribution):
            # Without a position: no file lists it any more, so one that does brings it again.
            gone = replace(one, status=ContributionStatus.WITHDRAWN, position=None)
            held.contributions[place] = gone
            return
        after = action.after
        first, precision = span(after.on)
        held.contributions[place] = replace(
            one,
            type=after.type,
            type_text=after.type_text or after.type,
            title=after.title,
            occurred_on=first,
            date_precision=precision,
            url=after.url,
        )

    def _new_contribution(self, ambassador_id: UUID, action: AddContribution) -> Credit:
        first, precision = span(action.on)
        return Credit(
            id=self.call.new_id(),
            ambassador_id=ambassador_id,
            type=action.type,
            type_text=action.type_text,
            title=action.title,
            occurred_on=first,
            date_precision=precision,
            url=action.url,
            own=True,
            position=None,
            status=ContributionStatus.ACCEPTED,
            visibility=Visibility.PUBLIC,
            same_as=None,
            settled=False,
        )


def _place(
    identities: list[Identity], provider: str, subject: str | None, handle: str | None
) -> int:
    return next(
        place
        for place, one in enumerate(identities)
        if (one.provider, one.subject, one.handle) == (provider, subject, handle)
    )


def _linked(links: list[Link], kind: LinkKind, url: str | None) -> list[Link]:
    """The links with another first one of a kind, or with none of it."""
    if url is None:
        return [one for one in links if one.kind is not kind]
    place = next((place for place, one in enumerate(links) if one.kind is kind), len(links))
    return [*links[:place], Link(kind, url), *links[place + 1 :]]


def _holding(affiliations: list[Affiliation], today: date) -> list[Affiliation | None]:
    return [one for one in affiliations if company_on([one], today) is not None]
