"""What the file changes about one person: identities, profile, memberships, contributions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import date

from msgspec import Struct
from msgspec.structs import fields, replace

from domain.rules.members import BOARD, TSC, Entry, Fault, Membership, Profile, span
from domain.rules.members_actions import (
    AddContribution,
    AddMembership,
    AnyAction,
    ChangeContribution,
    ChangeIdentity,
    ChangeMembership,
    ChangeProfile,
    EndMembership,
    Identity,
    Person,
    Recorded,
    RemoveContribution,
    ReopenMembership,
    Who,
)
from domain.rules.members_match import github, same
from domain.rules.members_pairing import pair


class Terms(Struct, frozen=True):
    """How the file is taken: a mirror also clears, ends and removes, as of a day."""

    mirror: bool
    as_of: date


def identity(entry: Entry) -> Identity:
    """An id counts as vouched by whoever imports, a bare handle is only claimed."""
    return Identity("github", entry.github_id, entry.github, verified=entry.github_id is not None)


def identities(entry: Entry, person: Person, terms: Terms, who: Who) -> Iterator[ChangeIdentity]:
    before = github(person, entry)
    if before is None:
        handle = person.ambassador and person.ambassador.handle
        if entry.github_id is not None or not same(entry.github, handle):
            yield ChangeIdentity(who, None, identity(entry))
    elif entry.github_id is not None and not (before.subject and before.verified):
        # Renames come first in a plan, so the identity already has its new handle.
        renamed = entry.github is not None and not same(before.handle, entry.github)
        before = replace(before, handle=entry.github) if renamed else before
        after = replace(before, subject=entry.github_id, verified=True)
        yield ChangeIdentity(who, before, after)
    yield from _slack(entry, person, terms, who)


def _slack(entry: Entry, person: Person, terms: Terms, who: Who) -> Iterator[ChangeIdentity]:
    recorded = [one for one in person.identities if one.provider == "slack"]
    claimed = [one for one in recorded if not one.verified]
    if entry.slack is None:
        if terms.mirror and "slack" not in entry.unread | person.hidden:
            for one in claimed:
                yield ChangeIdentity(who, one, None)
    elif entry.slack not in [one.subject for one in recorded]:
        after = Identity("slack", entry.slack, None, verified=False)
        yield ChangeIdentity(who, claimed[0] if claimed else None, after)


def profile(entry: Entry, person: Person, terms: Terms, who: Who) -> Iterator[ChangeProfile]:
    for field in fields(Profile):
        name = field.name
        before: str | None = getattr(person.profile, name)
        after: str | None = getattr(entry.profile, name)
        says_nothing = name in entry.unread or (
            after is None and (not terms.mirror or name in person.hidden)
        )
        if before != after and not says_nothing:
            yield ChangeProfile(who, name, before, after)


def memberships(
    entry: Entry,
    recorded: Sequence[Membership],
    hidden: Set[str],
    terms: Terms,
    who: Who,
) -> Iterator[AnyAction]:
    said = {one.group: one for one in entry.memberships}
    for group in (TSC, BOARD):
        history = [one for one in recorded if one.group == group]
        current = next((one for one in history if one.until is None), None)
        if group in said:
            yield from _seat(said[group], current, history, terms, who)
        elif current and terms.mirror and not {group, "groups"} & (entry.unread | hidden):
            until = max(terms.as_of, current.since or terms.as_of)
            yield EndMembership(who, group, until)


def _seat(
    said: Membership,
    current: Membership | None,
    history: list[Membership],
    terms: Terms,
    who: Who,
) -> Iterator[AnyAction]:
    ended = sorted(
        ((one.until, one) for one in history if one.until is not None), key=lambda pair: pair[0]
    )
    if current is None:
        if said.since is None or not ended or ended[-1][0] < said.since:
            # Unknown stays unknown, but after an end it began again no earlier than seen.
            yield AddMembership(who, said.group, said.since or (terms.as_of if ended else None))
            return
        until, current = ended.pop()
        yield ReopenMembership(who, said.group, until)
    free = not ended or (said.since is not None and ended[-1][0] < said.since)
    if said.since is not None and said.since != current.since and free:
        yield ChangeMembership(who, said.group, current.since, said.since)


def contributions(
    entry: Entry, recorded: Sequence[Recorded], terms: Terms, who: Who, faults: list[Fault]
) -> Iterator[AnyAction]:
    """Only what came from the members file is changed or removed.

    Nothing is removed while one of the entry's contributions cannot be read: it may be the missing
    one.
    """
    now = [one for one in entry.contributions if span(one.on)[0] <= terms.as_of]
    for one in entry.contributions:
        if span(one.on)[0] > terms.as_of:
            detail = f"{one.on} is later than {terms.as_of}, the day of the file"
            faults.append(Fault(one.line, f"{one.pointer}/date", "future_date", detail, "entry"))
    complete = len(now) == len(entry.contributions) and "contributions" not in entry.unread
    whole = terms.mirror and complete
    pairing = pair(now, recorded, whole=whole)
    for before, one in pairing.changed:
        reworded = one.type_text != before.type_text
        after = replace(
            before,
            type=one.type if reworded else before.type,
            type_text=one.type_text,
            title=one.title,
            on=one.on,
            url=one.url,
        )
        yield ChangeContribution(who, before, after)
    for one in pairing.added:
        yield AddContribution(who, one.type, one.type_text, one.title, one.on, one.url)
    if whole:
        for before in pairing.missing:
            yield RemoveContribution(who, before)
