"""Corrections of contributions: what a correction answers for, and what a reading may say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from msgspec import Struct

from domain.errors import Conflict, Fault, Invalid
from domain.rules import contribution_fields
from domain.rules.contributions import BreaksPolicy, Period, check_end, kind_of, period
from domain.rules.policy import Policy
from domain.rules.policy_contributions import ContributionType

MOST_READINGS = 200
"""How many readings one contribution holds."""


class Part(Protocol):
    """Somebody's part."""

    @property
    def role(self) -> str | None: ...


class Record(Protocol):
    """A contribution, as far as its type has a say."""

    @property
    def type(self) -> str: ...
    @property
    def url(self) -> str | None: ...
    @property
    def description(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...
    @property
    def country(self) -> str | None: ...
    @property
    def event_format(self) -> str | None: ...
    @property
    def audience(self) -> Sequence[str]: ...
    @property
    def evidence(self) -> Sequence[str]: ...
    @property
    def role(self) -> str | None: ...
    @property
    def ended_on(self) -> date | None: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def fields(self) -> Mapping[str, Any]: ...


class Told(Struct, frozen=True):
    """What a contribution says. Its readings were checked when they arrived."""

    type: str
    url: str | None
    description: str | None
    language: str | None
    country: str | None
    event_format: str | None
    audience: tuple[str, ...]
    evidence: tuple[str, ...]
    role: str | None
    ended_on: date | None
    tags: tuple[str, ...]
    fields: Mapping[str, Any]
    participants: tuple[Part, ...]
    metrics: Mapping[str, int] = {}


class TooManyReadings(Conflict):
    """Later readings would push nothing out: the record only grows."""

    code = "too_many_readings"
    title = "The contribution holds no more readings"


def told(one: Record, people: Sequence[Part]) -> Told:
    """What a record and its people say."""
    return Told(
        type=one.type,
        url=one.url,
        description=one.description,
        language=one.language,
        country=one.country,
        event_format=one.event_format,
        audience=tuple(one.audience),
        evidence=tuple(one.evidence),
        role=one.role,
        ended_on=one.ended_on,
        tags=tuple(one.tags),
        fields=one.fields,
        participants=tuple(people),
    )


def check(policy: Policy, before: Told, after: Told, was_on: str, on: str, today: date) -> Period:
    """When it happened, if what the correction changes is as the policy wants it now.

    `was_on` and `on` are its date as written, `today` the day in the program's time zone. What was
    not as the policy wants it before, and is not touched, is no fault of the correction; another
    type answers for everything. Raises `InvalidReference` for an unknown type, `Invalid` for a date
    that cannot be, `BreaksPolicy` that points at every fault.
    """
    retyped = before.type != after.type
    kind = kind_of(policy, after.type) if retyped else policy.contribution_types.get(after.type)
    moved = retyped or on != was_on
    found = period(on, today, announceable=not moved or (kind is not None and kind.announceable))
    if moved or after.ended_on != before.ended_on:
        check_end(found.first, after.ended_on, today, future=found.future)
    if kind is None:
        return found
    faults = contribution_fields.check(kind, after, policy.audiences)
    if not retyped:
        old = contribution_fields.check(kind, before, policy.audiences)
        faults = [one for one in faults if one not in old or _touched(one, before, after)]
    if faults:
        raise BreaksPolicy("The policy wants something else of this type.", *faults)
    return found


def check_reading(
    kind: ContributionType | None,
    values: Mapping[str, int],
    read_on: date,
    first: date,
    today: date,
) -> None:
    """Raise `Invalid` for a day before `first` or after `today`, `BreaksPolicy` for its numbers.

    `first` is the first day of the contribution's period.
    """
    if not first <= read_on <= today:
        detail = "It is read when it has happened, and not in the future."
        raise Invalid(detail, Fault("date", detail, pointer="/read_on"))
    faults = [
        Fault("not_allowed", "The type has no such metric.", pointer=f"/values/{code}")
        for code in sorted(values)
        if kind is None or code not in kind.metrics
    ]
    if faults:
        raise BreaksPolicy("The policy knows other numbers of this type.", *faults)


def check_room(readings: int) -> None:
    """Raise `TooManyReadings` when no more are held."""
    if readings >= MOST_READINGS:
        raise TooManyReadings(f"It holds {MOST_READINGS} readings, and no more.")


def _touched(fault: Fault, before: Told, after: Told) -> bool:
    name = (fault.pointer or "/").split("/")[1]
    return getattr(before, name, None) != getattr(after, name, None)
