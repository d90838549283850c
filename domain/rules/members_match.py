"""Who of the recorded people each entry of the members file is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from uuid import UUID

from domain.rules.members import Entry
from domain.rules.members_actions import Conflict, Identity, Person

_PRESENT = ("active", "on_leave")


class Matches:
    """`found` by the entry's index; an entry in neither `found` nor `conflicts` is a stranger."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.by_handle = _index(people, lambda one: [name.casefold() for name in handles(one)])
        self.found: dict[int, Person] = {}
        self.conflicts: dict[int, Conflict] = {}
        self.people: set[UUID] = set()

    def settled(self, entry: Entry) -> bool:
        return entry.index in self.found or entry.index in self.conflicts

    def take(self, entry: Entry, person: Person) -> None:
        if twins := self._twins(entry, person):
            detail = f"would become {entry.github}, as another ambassador is already recorded"
            self.leave(entry, "same_handle", detail, [person, *twins])
        else:
            self.found[entry.index] = person
            self.people.add(person.id)

    def _twins(self, entry: Entry, person: Person) -> list[Person]:
        """Ambassadors by the entry's handle alone: they may be the person, recorded twice."""
        holders = self.named(entry)
        if person in holders:
            return []
        return [one for one in holders if _is_present(one) and not _has_id(one)]

    def named(self, entry: Entry) -> list[Person]:
        """Everybody who is recorded by the entry's handle."""
        return self.by_handle.get(entry.github.casefold(), []) if entry.github else []

    def leave(self, entry: Entry, code: str, detail: str, people: Iterable[Person]) -> None:
        """The entry is present, but whoever it could be must be named by people first."""
        ids = tuple(person.id for person in people)
        self.conflicts[entry.index] = Conflict(code, detail, entry.index, entry.line, ids)
        self.people.update(ids)


def match(entries: Iterable[Entry], people: Iterable[Person]) -> Matches:
    """By GitHub's id, then by a verified identity, then by handle (RULES.md, "Identity").

    Two records match by handle only when one side has no id: who took over a handle is a stranger.
    """
    entries, people = tuple(entries), tuple(people)
    matches = Matches(people)
    _by_id(matches, entries, people)
    by_slack = _index(people, lambda one: [i.subject for i in _of(one, "slack") if i.verified])
    for entry in entries:
        _by_other(matches, entry, by_slack.get(entry.slack, []))
    for entry in entries:
        _by_other(matches, entry, matches.named(entry))
    return matches


def github(person: Person, entry: Entry | None = None) -> Identity | None:
    """The GitHub identity that the entry means; without an entry, the one to write in an export."""

    def rank(identity: Identity) -> tuple[bool, ...]:
        return (
            entry is not None
            and entry.github_id is not None
            and identity.subject == entry.github_id,
            entry is not None and same(identity.handle, entry.github),
            identity.verified,
            identity.subject is not None,
        )

    return max(_of(person, "github"), key=rank, default=None)


def handles(person: Person) -> list[str]:
    """GitHub handles; for somebody without a GitHub identity, the program's own handle."""
    identities = _of(person, "github")
    if not identities and person.ambassador is not None:
        return [person.ambassador.handle]
    return [identity.handle for identity in identities if identity.handle is not None]


def same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one.casefold() == other.casefold()


def _of(person: Person, provider: str) -> list[Identity]:
    return [identity for identity in person.identities if identity.provider == provider]


def _has_id(person: Person) -> bool:
    return any(identity.subject is not None for identity in _of(person, "github"))


def _is_present(person: Person) -> bool:
    return person.ambassador is not None and person.ambassador.status in _PRESENT


def _index(
    people: Iterable[Person], keys: Callable[[Person], Iterable[Hashable]]
) -> dict[Hashable, list[Person]]:
    found: dict[Hashable, list[Person]] = defaultdict(list)
    for person in people:
        for key in dict.fromkeys(keys(person)):
            if key is not None:
                found[key].append(person)
    return found


def _by_id(matches: Matches, entries: Iterable[Entry], people: Iterable[Person]) -> None:
    verified = _index(people, lambda one: [i.subject for i in _of(one, "github") if i.verified])
    claimed = _index(people, lambda one: [i.subject for i in _of(one, "github")])
    for entry in entries:
        holders = verified.get(entry.github_id) or claimed.get(entry.github_id) or []
        if len(holders) == 1 and holders[0].id in matches.people:
            detail = "is the person of another entry, who has both GitHub accounts"
            matches.leave(entry, "same_person", detail, holders)
        elif len(holders) == 1:
            matches.take(entry, holders[0])
        elif holders:
            detail = f"{len(holders)} people claim the GitHub id {entry.github_id}"
            matches.leave(entry, "ambiguous", detail, holders)


def _by_other(matches: Matches, entry: Entry, holders: Iterable[Person]) -> None:
    if matches.settled(entry):
        return
    possible = [
        person
        for person in holders
        if person.id not in matches.people and (entry.github_id is None or not _has_id(person))
    ]
    members = [person for person in possible if person.ambassador is not None]
    best = [person for person in members if _is_present(person)] or members or possible
    if len(best) == 1:
        matches.take(entry, best[0])
    elif best:
        detail = f"{len(best)} people are recorded as {entry.github}"
        matches.leave(entry, "ambiguous", detail, best)
