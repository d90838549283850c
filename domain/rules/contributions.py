"""Contributions: what is told of one, when it happened, and what becomes of what a tool sends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from msgspec import Struct

from domain.errors import Conflict, Fault, Invalid, InvalidReference
from domain.rules import contribution_fields
from domain.rules.members import Precision, span
from domain.rules.policy import Policy
from domain.rules.policy_contributions import Acceptance, ContributionType
from domain.rules.sources import Trust

MEMBERS_FILE = "asyncapi-members"
"""The source of what an import of AsyncAPI's members file recorded."""


class ContributionStatus(StrEnum):
    """What became of a contribution; only `accepted` counts."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DISPUTED = "disputed"
    WITHDRAWN = "withdrawn"


class WaitingFor(StrEnum):
    """Whose turn it is, of what is pending or disputed."""

    REVIEWER = "reviewer"
    AUTHOR = "author"


class Visibility(StrEnum):
    """Who sees it: everybody, the program's ambassadors, or only its people and the staff."""

    PUBLIC = "public"
    MEMBERS = "members"
    PRIVATE = "private"


class EventFormat(StrEnum):
    """Where the people were."""

    IN_PERSON = "in_person"
    VIRTUAL = "virtual"
    HYBRID = "hybrid"


class Named(Struct, frozen=True, omit_defaults=True):
    """A participant as named: exactly one of `ambassador` (a handle), `identity`, `person`."""

    ambassador: str | None = None
    identity: str | None = None
    person: str | None = None
    role: str | None = None
    share: int | None = None


class Draft(Struct, frozen=True, omit_defaults=True):
    """What is told of a contribution.

    `occurred_on` is a day, a month or a year as written; `share` of a participant a percentage.
    """

    type: str
    title: str
    occurred_on: str
    participants: tuple[Named, ...]
    ended_on: date | None = None
    description: str | None = None
    url: str | None = None
    evidence: tuple[str, ...] = ()
    role: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    event_format: EventFormat | None = None
    country: str | None = None
    metrics: dict[str, int] = {}
    fields: dict[str, Any] = {}
    visibility: Visibility = Visibility.PUBLIC


class Period(Struct, frozen=True):
    """When something happened: its first day, and how precisely that is known."""

    first: date
    precision: Precision
    future: bool


def period(on: str, today: date, *, announceable: bool = False) -> Period:
    """The period of a date written `2024`, `2024-03` or `2024-03-05`.

    `today` is the day in the program's time zone: a period that has not begun is refused, unless
    what happens may be announced (RULES.md, "Contributions"). Raises `Invalid`.
    """
    try:
        first, precision = span(on)
    except ValueError:
        raise _bad_date("There is no such day.", "/occurred_on") from None
    if first > today and not announceable:
        raise _bad_date("That is still to come.", "/occurred_on")
    return Period(first, precision, first > today)


def check_end(first: date, ended_on: date | None, today: date, *, future: bool) -> None:
    """Raise `Invalid` when something ended before it began, or will end only after today."""
    if ended_on is None:
        return
    if ended_on < first:
        raise _bad_date("It ends on or after the day that it starts.", "/ended_on")
    if ended_on > today and not future:
        raise _bad_date("That is still to come.", "/ended_on")


def kind_of(policy: Policy, type: str) -> ContributionType:
    """The type with this code. Raises `InvalidReference` for one that the policy does not know."""
    known = policy.contribution_types.get(type)
    if known is None:
        detail = f"The policy has no contribution type '{type}'."
        raise InvalidReference(detail, Fault("invalid_reference", detail, pointer="/type"))
    return known


def shares(given: Sequence[int | None]) -> list[Fault]:
    """What is wrong with the participants' shares: all of them have one or none has, at most 100 %.

    Otherwise the parts that people get of one contribution could add up to more than it is worth.
    """
    told = [share for share in given if share is not None]
    if not told:
        return []
    if len(told) < len(given):
        detail = "Give a share to each participant, or to none."
    elif sum(told) > 100:
        detail = f"The shares add up to {sum(told)} percent."
    else:
        return []
    return [Fault("shares", detail, pointer="/participants")]


def check_shares(people: Sequence[Named]) -> None:
    """Raise `BreaksPolicy` for shares that are not as `shares` wants them."""
    if faults := shares([one.share for one in people]):
        raise BreaksPolicy("The shares do not add up.", *faults)


def accepted_at_once(kind: ContributionType, trust: Trust | None, *, vouched: bool) -> bool:
    """Whether the policy asks for no review of what is recorded now.

    `vouched` says that a reviewer recorded it who has no part in it; `trust` is the source's.
    """
    match kind.acceptance:
        case Acceptance.AT_ONCE:
            return True
        case Acceptance.FROM_TRUSTED_SOURCE:
            return vouched or trust is Trust.TRUSTED
        case Acceptance.BY_REVIEW:
            return vouched


class BreaksPolicy(Conflict):
    """The policy asks for something else of a contribution of this type."""

    code = "breaks_policy"
    title = "The contribution is not as the policy wants it"


def check(policy: Policy, kind: ContributionType, draft: Draft, today: date) -> Period:
    """When it happened, if everything told of it is as the policy wants it of this type.

    Raises `Invalid` for a date that cannot be, `BreaksPolicy` that points at every fault.
    """
    found = period(draft.occurred_on, today, announceable=kind.announceable)
    check_end(found.first, draft.ended_on, today, future=found.future)
    faults = contribution_fields.check(kind, draft, policy.audiences)
    if faults := faults + shares([one.share for one in draft.participants]):
        raise BreaksPolicy("The policy wants something else of this type.", *faults)
    return found


class ContributionWithdrawn(Conflict):
    """Withdrawn stays withdrawn."""

    code = "contribution_withdrawn"
    title = "The contribution was withdrawn"


def lives(status: ContributionStatus) -> bool:
    """Whether a later contribution that tells the same is suspected because of this one."""
    return status not in (ContributionStatus.DECLINED, ContributionStatus.WITHDRAWN)


def doubtful(status: ContributionStatus, *, decided: bool) -> bool:
    """Whether a suspect has to wait for a reviewer.

    A suspect is never accepted by itself (RULES.md, "Contributions"); what people decided stays.
    """
    return status is ContributionStatus.ACCEPTED and not decided


class Repeat(StrEnum):
    """What becomes of a contribution that a source sends again under its key."""

    UNCHANGED = "unchanged"
    UPDATE = "update"
    WITHDRAWN = "withdrawn"
    CONFLICT = "conflict"


def repeat(*, same: bool, status: ContributionStatus, touched: bool, trust: Trust) -> Repeat:
    """What becomes of a contribution that is sent again (RULES.md, "Keyed PUT").

    `same` compares with what the source last sent, not with the record; `touched` says that a
    person changed the record by hand since.
    """
    if same:
        return Repeat.UNCHANGED
    if status is ContributionStatus.WITHDRAWN:
        return Repeat.WITHDRAWN
    if status is ContributionStatus.PENDING and not touched:
        return Repeat.UPDATE
    return Repeat.UPDATE if trust is Trust.TRUSTED else Repeat.CONFLICT


def _bad_date(detail: str, pointer: str) -> Invalid:
    return Invalid(detail, Fault("date", detail, pointer=pointer))
