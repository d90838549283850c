"""What an import tells of its plan: each step in words, and how many there are of each kind."""

from __future__ import annotations

from collections import Counter
from datetime import date
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.rules.members import Fault, Members
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
    Current,
    Depart,
    EndMembership,
    Identity,
    Plan,
    Recorded,
    RemoveContribution,
    RenameHandle,
    ReopenMembership,
    ReturnAmbassador,
)
from domain.rules.policy_document import Policy


class Summary(Struct, frozen=True):
    """How many steps of each kind a plan has."""

    add_person: int = 0
    add_ambassador: int = 0
    return_ambassador: int = 0
    depart: int = 0
    rename_handle: int = 0
    change_identity: int = 0
    change_profile: int = 0
    add_membership: int = 0
    change_membership: int = 0
    reopen_membership: int = 0
    end_membership: int = 0
    add_contribution: int = 0
    change_contribution: int = 0
    remove_contribution: int = 0
    conflicts: int = 0
    faults: int = 0


class Step(Struct, frozen=True):
    """One step in words; `handle` names whom it is about, `line` is where the file says so."""

    action: str
    handle: str | None
    line: int | None
    field: str | None
    before: str | None
    after: str | None


def summarize(plan: Plan) -> Summary:
    """The plan in numbers; what was only written in another way is no fault."""
    counted = Counter(str(action.__struct_config__.tag) for action in plan.actions)
    faults = sum(fault.severity != "normalised" for fault in plan.faults)
    return Summary(**counted, conflicts=len(plan.conflicts), faults=faults)


def steps(plan: Plan, members: Members, current: Current) -> list[Step]:
    """The plan in words, in its order."""
    written = {entry.index: entry.github or entry.github_id for entry in members.entries}
    known: dict[UUID | None, str] = {}
    for person in current.people:
        handles = [one.handle for one in person.identities if one.handle is not None]
        own = [person.ambassador.handle] if person.ambassador else []
        known[person.id] = (own + handles + [str(person.id)])[0]
    found: list[Step] = []
    for action in plan.actions:
        who = action.who
        handle = known.get(who.person) or (None if who.entry is None else written[who.entry])
        field, before, after = _told(action)
        tag = str(action.__struct_config__.tag)
        found.append(Step(tag, handle, who.line, field, _text(before), _text(after)))
    return found


Told = tuple[str | None, object, object]


def _told(action: AnyAction) -> Told:
    match action:
        case AddPerson():
            return "name", None, action.profile.name
        case AddAmbassador():
            return "handle", None, action.handle
        case ReturnAmbassador():
            return "status", "emeritus", f"active on {action.on}"
        case Depart():
            return "status", None, f"emeritus on {action.on}"
        case RenameHandle():
            if action.ambassador is not None:
                return "handle", action.ambassador_before, action.ambassador_handle
            return "github", action.before, action.after
        case ChangeIdentity():
            provider = (action.after or action.before or _NOBODY).provider
            return provider, _identity(action.before), _identity(action.after)
        case ChangeProfile():
            return action.field, action.before, action.after
        case AddContribution() | ChangeContribution() | RemoveContribution():
            return "contribution", *_contributed(action)
        case _:
            return _membership(action)


def _contributed(
    action: AddContribution | ChangeContribution | RemoveContribution,
) -> tuple[str | None, str | None]:
    match action:
        case AddContribution():
            return None, _contribution(action.on, action.type_text, action.title, action.url)
        case ChangeContribution():
            return _recorded(action.before), _recorded(action.after)
        case RemoveContribution():
            return _recorded(action.before), None


def _membership(
    action: AddMembership | ChangeMembership | ReopenMembership | EndMembership,
) -> Told:
    match action:
        case AddMembership():
            return action.group, None, f"since {action.since}" if action.since else "member"
        case ChangeMembership():
            return action.group, f"since {action.before or '?'}", f"since {action.after}"
        case ReopenMembership():
            return action.group, f"until {action.until}", "open"
        case EndMembership():
            return action.group, "open", f"until {action.until}"


_NOBODY = Identity("github", None, None, verified=False)


def _identity(one: Identity | None) -> str | None:
    if one is None:
        return None
    named = " ".join(part for part in (one.handle, one.subject) if part)
    return f"{named} ({'vouched' if one.verified else 'claimed'})"


def _recorded(one: Recorded) -> str:
    return _contribution(one.on, one.type_text or one.type, one.title, one.url)


def _contribution(on: str, type: str, title: str, url: str | None) -> str:
    return f"{on} {type}: {title}" + (f" {url}" if url else "")


def _text(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def within(members: Members, policy: Policy) -> Members:
    """The file without memberships of groups that the policy does not have; a fault for each."""
    faults: list[Fault] = []
    entries = list(members.entries)
    for place, entry in enumerate(entries):
        strange = {one.group for one in entry.memberships} - policy.groups.keys()
        for group in sorted(strange):
            detail = f"the program's policy has no group '{group}'"
            faults.append(Fault(entry.line, f"/{entry.index}", "unknown_group", detail, "entry"))
        kept = tuple(one for one in entry.memberships if one.group not in strange)
        if strange:
            entries[place] = replace(entry, memberships=kept, unread=entry.unread | strange)
    if not faults:
        return members
    ordered = sorted((*members.faults, *faults), key=lambda fault: fault.line)
    return Members(tuple(entries), tuple(ordered))
