"""What an import of the members file would do: additions, changes, renames, departures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from domain.rules import members_changes as changes
from domain.rules.members import Entry, Fault, Members, shown
from domain.rules.members_actions import (
    AddAmbassador,
    AddPerson,
    AnyAction,
    ChangeContribution,
    Conflict,
    Current,
    Depart,
    Identity,
    Mode,
    Person,
    Plan,
    RemoveContribution,
    ReturnAmbassador,
    Who,
)
from domain.rules.members_handles import Handles
from domain.rules.members_match import match


def plan(
    members: Members,
    current: Current,
    *,
    mode: Mode,
    as_of: date,
    last_as_of: date | None,
    joined_known: bool,
) -> Plan:
    """The steps from what is recorded to what the file says, as of the program's day `as_of`.

    A mirror makes whoever is missing emeritus and clears what the file leaves out; a merge only
    adds and changes. `joined_known`: `as_of` is the day on which new entries joined. Applied, and
    planned again, the same file gives no action. Rule: RULES.md, "Import (mirror)".
    """
    faults = tuple(_faults(members, mode, as_of, last_as_of))
    if any(fault.severity == "refuses" for fault in faults):
        return Plan((), (), faults, refused=True)
    making = _Making(members, current, mode=mode, as_of=as_of, joined_known=joined_known)
    actions = tuple(making.actions())
    faults = tuple(sorted((*faults, *making.faults), key=lambda fault: fault.line))
    return Plan(actions, tuple(making.conflicts), faults, refused=False)


def _faults(members: Members, mode: Mode, as_of: date, last_as_of: date | None) -> Iterator[Fault]:
    if mode == "mirror" and last_as_of is not None and as_of < last_as_of:
        detail = f"as_of {as_of} is older than {last_as_of}, which is already applied"
        yield Fault(1, "", "as_of_older", detail, "refuses")
    for fault in members.faults:
        # Leaving somebody out harms only where whoever is missing departs.
        lenient = mode == "merge" and fault.code == "unidentifiable"
        yield replace(fault, severity="entry") if lenient else fault


class _Making:
    """One plan while it is made."""

    def __init__(
        self, members: Members, current: Current, *, mode: Mode, as_of: date, joined_known: bool
    ) -> None:
        self.entries = members.entries
        self.people = current.people
        self.terms = changes.Terms(mirror=mode == "mirror", as_of=as_of)
        self.joined_on = as_of if joined_known else None
        self.faults: list[Fault] = []
        self.matches = match(members.entries, current.people)
        self.conflicts: list[Conflict] = list(self.matches.conflicts.values())
        self.handles = Handles(current.people, members.entries, self.matches, self.faults)

    def actions(self) -> Iterator[AnyAction]:
        matched = {
            entry.index: (entry, self.matches.found[entry.index])
            for entry in self.entries
            if entry.index in self.matches.found and not self._held(entry)
        }
        yield from self.handles.renames(matched.values())
        for entry in self.entries:
            if entry.index in matched:
                yield from self._known(*matched[entry.index])
            elif not self.matches.settled(entry):
                yield from self._stranger(entry)
        if self.terms.mirror:
            for person in self.people:
                yield from self._missing(person)

    def _held(self, entry: Entry) -> bool:
        """Whether people decided otherwise, or later, than the file says: they stay as they are."""
        person = self.matches.found[entry.index]
        ambassador = person.ambassador
        if ambassador is None or ambassador.status in ("active", "on_leave"):
            return False
        left = ambassador.left_on
        if ambassador.status == "emeritus" and (left is None or left <= self.terms.as_of):
            return False
        code = "left_later" if ambassador.status == "emeritus" else ambassador.status
        detail = f"{ambassador.handle} stands in the file, but is {ambassador.status}"
        self.conflicts.append(Conflict(code, detail, entry.index, entry.line, (person.id,)))
        return True

    def _stranger(self, entry: Entry) -> Iterator[AnyAction]:
        who = Who(None, entry.index, entry.line)
        identities = [changes.identity(entry)]
        if entry.slack is not None:
            identities.append(Identity("slack", entry.slack, None, verified=False))
        handle = self.handles.give(entry)
        # Nobody is listed without a name; GitHub itself shows the handle then.
        profile = replace(entry.profile, name=entry.profile.name or handle)
        yield AddPerson(who, tuple(identities), profile)
        yield AddAmbassador(who, handle, self.joined_on)
        yield from changes.memberships(entry, (), frozenset(), self.terms, who)
        yield from changes.contributions(entry, (), self.terms, who, self.faults)

    def _known(self, entry: Entry, person: Person) -> Iterator[AnyAction]:
        who = Who(person.id, entry.index, entry.line)
        if person.ambassador is None:
            yield AddAmbassador(who, self.handles.give(entry), self.joined_on)
        elif person.ambassador.status == "emeritus":
            yield ReturnAmbassador(who, person.ambassador.id, self.terms.as_of)
        yield from changes.identities(entry, person, self.terms, who)
        yield from changes.profile(entry, person, self.terms, who)
        yield from changes.memberships(entry, person.memberships, person.hidden, self.terms, who)
        for step in changes.contributions(
            entry, person.contributions, self.terms, who, self.faults
        ):
            if isinstance(step, ChangeContribution | RemoveContribution) and _is_settled(step):
                title = shown(step.before.title)
                detail = f"{title} counted for a finished tenure, so it stays as it is"
                self.conflicts.append(
                    Conflict("counted_for_tenure", detail, entry.index, entry.line, (person.id,))
                )
            else:
                yield step

    def _missing(self, person: Person) -> Iterator[Depart]:
        ambassador = person.ambassador
        if ambassador is None or person.id in self.matches.people:
            return
        if ambassador.status == "suspended":
            code, detail = "suspended", "is missing in the file, but suspended"
        elif ambassador.status not in ("active", "on_leave"):
            return
        elif ambassador.joined_on is not None and ambassador.joined_on > self.terms.as_of:
            code, detail = "joined_later", f"joined on {ambassador.joined_on}, after the file's day"
        else:
            who = Who(person.id)
            yield Depart(who, ambassador.id, ambassador.handle, self.terms.as_of)
            return
        detail = f"{ambassador.handle} {detail}"
        self.conflicts.append(Conflict(code, detail, None, None, (person.id,)))


def _is_settled(step: ChangeContribution | RemoveContribution) -> bool:
    """Whether it changes what counted for a finished tenure; its title may still be put right."""
    if isinstance(step, RemoveContribution) or not step.before.settled:
        return step.before.settled
    before, after = step.before, step.after
    return (before.type, before.on, before.url) != (after.type, after.on, after.url)
