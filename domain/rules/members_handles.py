"""Handles while a members file is planned: who is renamed to what, and which are free."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from uuid import UUID

from msgspec import Struct

from domain.rules.members import Entry, Fault
from domain.rules.members_actions import Ambassador, Identity, Person, RenameHandle, Who
from domain.rules.members_match import Matches, github, same


class _Move(Struct, frozen=True):
    entry: Entry
    person: Person
    identity: Identity
    ambassador: Ambassador
    target: str


class Handles:
    """The program's handles, unique without regard to case, as the plan goes on."""

    def __init__(
        self,
        people: Iterable[Person],
        entries: Iterable[Entry],
        matches: Matches,
        faults: list[Fault],
    ) -> None:
        self._people = tuple(people)
        self._holders: dict[str, UUID | None] = {
            person.ambassador.handle.casefold(): person.id
            for person in self._people
            if person.ambassador is not None
        }
        self._owners = {
            entry.github.casefold(): (entry.github_id, matches.found.get(entry.index))
            for entry in entries
            if entry.github is not None and entry.index not in matches.conflicts
        }
        self._faults = faults

    def give(self, entry: Entry, person: UUID | None = None) -> str:
        """A free handle for a new ambassador: GitHub's, or one made of the id without it."""
        wanted = entry.github or f"github-{entry.github_id}"
        return self._hold(wanted, entry, person)

    def renames(self, matched: Iterable[tuple[Entry, Person]]) -> Iterator[RenameHandle]:
        """Handles given up, then handles changed, so ordered that each is free when it is taken."""
        moves: list[_Move] = []
        changed: list[RenameHandle] = []
        for entry, person in matched:
            identity, ambassador, after = github(person, entry), person.ambassador, entry.github
            if identity is None or after is None or same(identity.handle, after):
                continue
            if ambassador is not None and _follows(ambassador, identity):
                moves.append(_Move(entry, person, identity, ambassador, after))
            else:
                who = Who(person.id, entry.index, entry.line)
                changed.append(RenameHandle(who, identity.subject, identity.handle, after))
        moving = {move.person.id: move.identity for move in moves}
        renamed = {(one.who.person, one.subject) for one in changed}
        renamed |= {(person, identity.subject) for person, identity in moving.items()}
        for person in self._people:
            for identity in person.identities:
                if (
                    self._is_stale(person, identity)
                    and (person.id, identity.subject) not in renamed
                ):
                    yield RenameHandle(Who(person.id), identity.subject, identity.handle, None)
        yield from changed
        while moves:
            yield self._move(moves)

    def _is_stale(self, person: Person, identity: Identity) -> bool:
        """The file gives this handle to somebody else, so its holder is called otherwise now."""
        if identity.provider != "github" or identity.subject is None or identity.handle is None:
            return False
        if (handle := identity.handle.casefold()) not in self._owners:
            return False
        subject, owner = self._owners[handle]
        return owner is not person or subject not in (None, identity.subject)

    def _move(self, moves: list[_Move]) -> RenameHandle:
        waiting = {move.person.id for move in moves}

        def blocked(move: _Move) -> int:
            holder = self._holders.get(move.target.casefold(), move.person.id)
            return 0 if holder == move.person.id else 2 if holder in waiting else 1

        # Nobody free to move, and nobody who waits for somebody at rest: they swap handles, and
        # the first of them steps aside.
        move = next((one for one in moves if not blocked(one)), None) or min(moves, key=blocked)
        moves.remove(move)
        who = Who(move.person.id, move.entry.index, move.entry.line)
        before = move.ambassador.handle
        handle = self._hold(move.target, move.entry, move.person.id)
        self._holders.pop(before.casefold(), None)
        self._holders[handle.casefold()] = move.person.id
        return RenameHandle(
            who,
            move.identity.subject,
            move.identity.handle,
            move.target,
            ambassador=move.ambassador.id,
            ambassador_before=before,
            ambassador_handle=handle,
        )

    def _hold(self, wanted: str, entry: Entry, person: UUID | None) -> str:
        handle, number = wanted, 1
        while self._holders.get(handle.casefold(), person) != person or (
            person is None and handle.casefold() in self._holders
        ):
            number += 1
            handle = f"{wanted}-{number}"
        if handle != wanted:
            pointer = f"/{entry.index}/github"
            detail = f"{wanted} is held by another ambassador of the program; becomes {handle} here"
            self._faults.append(Fault(entry.line, pointer, "handle_taken", detail, "entry"))
        self._holders[handle.casefold()] = person
        return handle


def _follows(ambassador: Ambassador, identity: Identity) -> bool:
    """Whether the program's handle is GitHub's, or what `Handles` once gave in its place."""
    given = identity.handle or f"github-{identity.subject}"
    pattern = re.escape(given) + r"(-[0-9]+)?"
    return re.fullmatch(pattern, ambassador.handle, re.IGNORECASE) is not None
