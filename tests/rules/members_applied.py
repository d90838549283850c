"""A plan applied to what is recorded, in memory: what the database's apply must amount to."""

from collections.abc import Iterator
from itertools import count
from uuid import UUID

from msgspec.structs import replace

from domain.rules.members import Membership
from domain.rules.members_actions import (
    AddAmbassador,
    AddContribution,
    AddMembership,
    AddPerson,
    Ambassador,
    AnyAction,
    ChangeContribution,
    ChangeIdentity,
    ChangeMembership,
    ChangeProfile,
    Current,
    Depart,
    EndMembership,
    Person,
    Plan,
    Recorded,
    RemoveContribution,
    RenameHandle,
    ReopenMembership,
    ReturnAmbassador,
)


def applied(current: Current, plan: Plan) -> Current:
    people = {person.id: person for person in current.people}
    used = [person.id.int for person in current.people]
    used += [one.id.int for person in current.people for one in person.contributions]
    used += [person.ambassador.id.int for person in current.people if person.ambassador]
    ids = (UUID(int=number) for number in count(max(used, default=0) + 1))
    created: dict[int, UUID] = {}
    for action in plan.actions:
        if isinstance(action, AddPerson):
            assert action.who.entry is not None
            created[action.who.entry] = next(ids)
        id = action.who.person or created[action.who.entry or 0]
        people[id] = _step(people.get(id, Person(id)), action, ids)
        handles = [one.ambassador.handle.casefold() for one in people.values() if one.ambassador]
        assert len(handles) == len(set(handles)), f"{action} takes a handle in use"
    return Current(tuple(people.values()))


def _step(person: Person, action: AnyAction, ids: Iterator[UUID]) -> Person:
    match action:
        case AddPerson():
            return replace(person, identities=action.identities, profile=action.profile)
        case AddAmbassador():
            assert person.ambassador is None
            new = Ambassador(next(ids), action.handle, "active", action.joined_on)
            return replace(person, ambassador=new)
        case ReturnAmbassador() | Depart() | RenameHandle():
            return _moved(person, action)
        case ChangeIdentity():
            return _identified(person, action)
        case ChangeProfile():
            assert getattr(person.profile, action.field) == action.before
            profile = replace(person.profile, **{action.field: action.after})
            return replace(person, profile=profile)
        case AddMembership() | ChangeMembership() | EndMembership() | ReopenMembership():
            return _seated(person, action)
        case AddContribution():
            new = Recorded(
                next(ids), action.type, action.type_text, action.title, action.on, action.url
            )
            return replace(person, contributions=(*person.contributions, new))
        case ChangeContribution():
            assert action.before in person.contributions
            changed = (action.after if x == action.before else x for x in person.contributions)
            return replace(person, contributions=tuple(changed))
        case RemoveContribution():
            assert action.before in person.contributions
            rest = (x for x in person.contributions if x != action.before)
            return replace(person, contributions=tuple(rest))


def _moved(person: Person, action: ReturnAmbassador | Depart | RenameHandle) -> Person:
    ambassador = person.ambassador
    if isinstance(action, RenameHandle):
        old = next(
            one
            for one in person.identities
            if (one.provider, one.subject, one.handle) == ("github", action.subject, action.before)
        )
        identities = (
            replace(one, handle=action.after) if one is old else one for one in person.identities
        )
        person = replace(person, identities=tuple(identities))
        if action.ambassador is None:
            return person
        assert ambassador is not None
        assert (ambassador.id, ambassador.handle) == (action.ambassador, action.ambassador_before)
        assert action.ambassador_handle is not None
        return replace(person, ambassador=replace(ambassador, handle=action.ambassador_handle))
    assert ambassador is not None
    assert ambassador.id == action.ambassador
    if isinstance(action, Depart):
        assert ambassador.status in ("active", "on_leave")
        return replace(person, ambassador=replace(ambassador, status="emeritus", left_on=action.on))
    assert ambassador.status == "emeritus"
    return replace(person, ambassador=replace(ambassador, status="active", left_on=None))


def _identified(person: Person, action: ChangeIdentity) -> Person:
    assert action.before is None or action.before in person.identities
    if action.before is None:
        assert action.after is not None
        return replace(person, identities=(*person.identities, action.after))
    changed = (action.after if x == action.before else x for x in person.identities)
    return replace(person, identities=tuple(x for x in changed if x is not None))


def _seated(
    person: Person, action: AddMembership | ChangeMembership | EndMembership | ReopenMembership
) -> Person:
    seats = list(person.memberships)
    held = [seat for seat in seats if seat.group == action.group and seat.until is None]
    match action:
        case AddMembership():
            assert not held
            seats.append(Membership(action.group, action.since))
        case ReopenMembership():
            assert not held
            place = next(
                place
                for place, seat in enumerate(seats)
                if (seat.group, seat.until) == (action.group, action.until)
            )
            seats[place] = replace(seats[place], until=None)
        case ChangeMembership():
            assert held[0].since == action.before
            seats[seats.index(held[0])] = replace(held[0], since=action.after)
        case EndMembership():
            assert held[0].since is None or held[0].since <= action.until
            seats[seats.index(held[0])] = replace(held[0], until=action.until)
    return replace(person, memberships=tuple(seats))
