"""The words that reading, planning and writing AsyncAPI's members file share."""

from __future__ import annotations

import json
from datetime import date
from typing import Literal

from msgspec import Struct

Severity = Literal["refuses", "entry", "normalised"]
Precision = Literal["day", "month", "year"]

# Groups that the file knows by a flag of its own (RULES.md: memberships, never a role).
TSC = "tsc"
BOARD = "board"


class Fault(Struct, frozen=True):
    """Something in the file that is not as it should be.

    `line` counts from 1, `pointer` is RFC 6901. `refuses`: nothing of the file is applied;
    `entry`: this place could not be read and says nothing, the rest of its entry counts;
    `normalised`: the same meaning, written in the one way that the record uses.
    """

    line: int
    pointer: str
    code: str
    detail: str
    severity: Severity


class Profile(Struct, frozen=True):
    """What the file says about a person; links are whole URLs, `country` is ISO 3166-1 alpha-2."""

    name: str | None = None
    bio: str | None = None
    title: str | None = None
    company: str | None = None
    country: str | None = None
    avatar_url: str | None = None
    twitter: str | None = None
    linkedin: str | None = None


class Membership(Struct, frozen=True):
    """A seat in a group; None is unknown for `since` and open for `until`."""

    group: str
    since: date | None = None
    until: date | None = None


class Contribution(Struct, frozen=True):
    """A contribution of the file: `type` is the policy's code, `type_text` the file's own word.

    `on` is an ISO 8601 date of reduced precision: `2024`, `2024-03` or `2024-03-05`.
    """

    line: int
    pointer: str
    type: str
    type_text: str
    title: str
    on: str
    url: str | None


class Entry(Struct, frozen=True):
    """A person of the file, identifiable by `github_id` or by `github` (the handle).

    `unread` names what the file holds but nobody can read (profile fields, `slack`, the groups,
    `contributions`): it is not absent, so nothing recorded is cleared or removed because of it.
    """

    index: int
    line: int
    github_id: str | None
    github: str | None
    slack: str | None
    profile: Profile
    memberships: tuple[Membership, ...]
    contributions: tuple[Contribution, ...]
    unread: frozenset[str]


class Members(Struct, frozen=True):
    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]


def span(on: str) -> tuple[date, Precision]:
    """The first day of a date of reduced precision, and the precision."""
    if len(on) == 4:
        return date(int(on), 1, 1), "year"
    if len(on) == 7:
        return date(int(on[:4]), int(on[5:]), 1), "month"
    return date(int(on[:4]), int(on[5:7]), int(on[8:])), "day"


def written(first: date, precision: Precision) -> str:
    """The inverse of `span`."""
    return first.isoformat()[: {"year": 4, "month": 7, "day": 10}[precision]]


def shown(value: object) -> str:
    """A value as a fault quotes it: short, and always encodable, whatever the file held."""
    text = str(value)
    quoted = json.dumps(text if len(text) <= 80 else text[:79] + "…", ensure_ascii=False)
    return encodable(quoted)


def encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
