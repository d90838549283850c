"""Writes a program's people as AsyncAPI's files, in its order and style, or as CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, TypeAlias

from domain.rules import members_normalise as normalise
from domain.rules import tables
from domain.rules.members import BOARD, TSC, Profile, span
from domain.rules.members_actions import Person, Recorded
from domain.rules.members_match import github

Item: TypeAlias = "dict[str, Value]"
Value: TypeAlias = "str | int | bool | Item | list[Item] | None"
ExportFormat = Literal["asyncapi-yaml", "asyncapi-json", "asyncapi-emeritus", "csv"]

_PRESENT = ("active", "on_leave")
_PUBLIC = (*_PRESENT, "emeritus")


def render(people: Iterable[Person], format: ExportFormat) -> bytes:
    """The export in UTF-8, people and contributions in the order given.

    The two member files hold who is active or on leave, so that importing them changes nothing;
    suspended and removed people are in no export, hidden fields and unlisted contributions neither.
    """
    people = tuple(people)
    if format == "asyncapi-emeritus":
        return _emeritus(people).encode()
    if format == "csv":
        return _csv(people).encode()
    entries = [_entry(person) for person in _with_status(people, _PRESENT)]
    if format == "asyncapi-json":
        return (json.dumps(entries, ensure_ascii=False, indent=2) + "\n").encode()
    return ("".join(_yaml_item(entry, "  ") for entry in entries) or "[]\n").encode()


def _with_status(people: Iterable[Person], statuses: Sequence[str]) -> list[Person]:
    return [one for one in people if one.ambassador and one.ambassador.status in statuses]


def _shown(person: Person) -> Profile:
    shown = {
        name: None if name in person.hidden else getattr(person.profile, name)
        for name in Profile.__struct_fields__
    }
    return Profile(**shown)


def _slack(person: Person) -> str | None:
    if "slack" in person.hidden:
        return None
    found = [one for one in person.identities if one.provider == "slack"]
    # The claimed one is what a members file said.
    return next((one.subject for one in sorted(found, key=lambda one: one.verified)), None)


def _since(person: Person, group: str) -> tuple[bool, date | None]:
    for one in person.memberships:
        if one.group == group and one.until is None and "groups" not in person.hidden:
            return True, one.since
    return False, None


def _github(person: Person) -> tuple[str | None, str | None]:
    """Handle and id; somebody without a GitHub identity goes by the program's handle."""
    identity = github(person)
    if identity is None:
        return person.ambassador and person.ambassador.handle, None
    return identity.handle, identity.subject


def _entry(person: Person) -> Item:
    """One entry with the keys in the file's order, without those that say nothing."""
    profile = _shown(person)
    handle, subject = _github(person)
    is_tsc, tsc_since = _since(person, TSC)
    entry: Item = {
        "name": profile.name,
        "img": profile.avatar_url,
        "bio": profile.bio,
        "title": profile.title,
        "github": handle,
        "githubID": None if subject is None else int(subject),
        "slack": _slack(person),
        "twitter": profile.twitter and normalise.twitter_slug(profile.twitter),
        "linkedin": profile.linkedin and normalise.linkedin_slug(profile.linkedin),
        "company": profile.company,
        "country": profile.country and normalise.flag(profile.country),
        "isTscMember": is_tsc or None,
        "tscMemberSince": tsc_since and tsc_since.isoformat(),
        "isBoardMember": _since(person, BOARD)[0] or None,
        "contributions": [_contribution(one) for one in person.contributions if one.listed],
    }
    return {key: value for key, value in entry.items() if value is not None}


def _contribution(one: Recorded) -> Item:
    first, precision = span(one.on)
    on: Item = {"year": first.year}
    if precision != "year":
        on["month"] = normalise.MONTHS[first.month - 1]
    if precision == "day":
        on["day"] = first.day
    # The real file always has a link, empty when there is none.
    return {
        "type": one.type_text or one.type,
        "title": one.title,
        "date": on,
        "link": one.url or "",
    }


def _yaml_item(item: Item, indent: str) -> str:
    text = _yaml_pairs(item, indent + "  ")
    return f"{indent}- {text.lstrip(' ')}"


def _yaml_pairs(item: Item, indent: str) -> str:
    lines: list[str] = []
    for key, value in item.items():
        if isinstance(value, dict):
            lines.append(f"{indent}{key}:\n{_yaml_pairs(value, indent + '  ')}")
        elif isinstance(value, list) and value:
            items = (_yaml_item(one, indent + "  ") for one in value)
            lines.append(f"{indent}{key}:\n{''.join(items)}")
        else:
            lines.append(f"{indent}{key}: {_yaml_value(value)}\n")
    return "".join(lines)


# What YAML allows in a quoted scalar only as an escape, or would fold as a line break.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def _yaml_value(value: Value) -> str:
    """A JSON text is a YAML flow scalar, save for a few characters."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_PLAIN = re.compile(
    r"(?!(?:true|false|null|yes|no|on|off|y|n)$)[A-Za-z][A-Za-z0-9_-]*", re.IGNORECASE
)


def _emeritus(people: Sequence[Person]) -> str:
    """AsyncAPI's Emeritus.yaml: former ambassadors, and former TSC members, who may be active."""
    former = [_name(one) for one in _with_status(people, ("emeritus",))]
    tsc = [
        _name(one)
        for one in _with_status(people, _PUBLIC)
        if "groups" not in one.hidden and _was_member(one)
    ]
    return (
        "# This file lists individuals who were previously Ambassadors and TSC members"
        " but are no longer active.\n\n"
        + _handles("emeritus_ambassadors", former)
        + _handles("emeritus_tsc", tsc)
    )


def _was_member(person: Person) -> bool:
    seats = [one for one in person.memberships if one.group == TSC]
    return bool(seats) and all(one.until is not None for one in seats)


def _name(person: Person) -> str:
    handle = _github(person)[0]
    return handle or (person.ambassador.handle if person.ambassador else str(person.id))


def _handles(key: str, handles: Sequence[str]) -> str:
    if not handles:
        return f"{key}: []\n"
    plain = (one if _PLAIN.fullmatch(one) else _yaml_value(one) for one in handles)
    return f"{key}:\n" + "".join(f"  - {one}\n" for one in plain)


_COLUMNS = (
    "handle",
    "name",
    "status",
    "joined_on",
    "left_on",
    "title",
    "company",
    "country",
    "github",
    "github_id",
    "slack",
    "twitter",
    "linkedin",
    "avatar_url",
    "bio",
    "groups",
    "contributions",
)


def _csv(people: Sequence[Person]) -> str:
    """One row per ambassador."""
    rows = (_row(person) for person in _with_status(people, _PUBLIC))
    return tables.rendered(_COLUMNS, ([row[column] for column in _COLUMNS] for row in rows))


def _row(person: Person) -> Mapping[str, object]:
    ambassador = person.ambassador
    seats = () if "groups" in person.hidden else person.memberships
    handle, subject = _github(person)
    profile = _shown(person)
    return {name: getattr(profile, name) for name in Profile.__struct_fields__} | {
        "handle": ambassador and ambassador.handle,
        "status": ambassador and ambassador.status,
        "joined_on": ambassador and "joined_on" not in person.hidden and ambassador.joined_on,
        "left_on": ambassador and ambassador.left_on,
        "github": handle,
        "github_id": subject,
        "slack": _slack(person),
        "groups": " ".join(one.group for one in seats if one.until is None),
        "contributions": sum(one.listed for one in person.contributions),
    }
