"""Builders for the members file: invented people, entries, and a plan that is checked for rest."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from domain.rules.members import Profile
from domain.rules.members_actions import Ambassador, Current, Identity, Mode, Person, Plan, Status
from domain.rules.members_file import parse
from domain.rules.members_plan import plan
from tests.rules.members_applied import applied

DAY = date(2026, 3, 3)
EARLIER = date(2025, 6, 1)


def planned(
    text: str,
    *people: Person,
    mode: Mode = "mirror",
    last_as_of: date | None = None,
    joined_known: bool = False,
) -> Plan:
    """The plan of a file; applied and planned again it must come to nothing."""
    members, current = parse(text.encode(), lambda text: text), Current(people)
    made = plan(
        members,
        current,
        mode=mode,
        as_of=DAY,
        last_as_of=last_as_of,
        joined_known=joined_known,
    )
    again = plan(
        members,
        applied(current, made),
        mode=mode,
        as_of=DAY,
        last_as_of=last_as_of,
        joined_known=joined_known,
    )
    assert again.actions == ()
    return made


def somebody(
    number: int,
    handle: str,
    *,
    subject: str | None = None,
    status: Status | None = "active",
    name: str = "N",
    **more: object,
) -> Person:
    """A person with a GitHub identity, verified by an id, and by status an ambassador."""
    identity = Identity("github", subject, handle, verified=subject is not None)
    joined = more.pop("joined_on", None)
    left = more.pop("left_on", None)
    assert joined is None or isinstance(joined, date)
    assert left is None or isinstance(left, date)
    ambassador = status and Ambassador(UUID(int=number + 1000), handle, status, joined, left)
    return Person(
        UUID(int=number),
        **{"identities": (identity,), "profile": Profile(name=name), **more},  # type: ignore[arg-type] -- one builder for every field
        ambassador=ambassador or None,
    )


def entry(handle: str | None, subject: int | None = None, *lines: str) -> str:
    parts = ["name: N"]
    if handle is not None:
        parts.append(f"github: {handle}")
    if subject is not None:
        parts.append(f"githubID: {subject}")
    return "- " + "\n  ".join([*parts, *lines]) + "\n"


def kinds(made: Plan) -> list[str]:
    return [type(action).__name__ for action in made.actions]


def codes(made: Plan) -> list[str]:
    return [conflict.code for conflict in made.conflicts]
