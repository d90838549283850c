"""Contributions: when they happened, and what the policy asks of them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from domain.errors import Conflict, Fault, Invalid, InvalidReference
from domain.rules.members import Precision, span
from domain.rules.policy_document import Policy

MEMBERS_FILE = "asyncapi-members"
"""The source of what an import of AsyncAPI's members file recorded."""


class ContributionStatus(StrEnum):
    """Whether a contribution counts."""

    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


class LinkRequired(Conflict):
    """The policy wants a link on contributions of this type."""

    code = "link_required"
    title = "A contribution of this type needs a link"


def period(on: str, today: date) -> tuple[date, Precision]:
    """The first day and the precision of a date written `2024`, `2024-03` or `2024-03-05`.

    `today` is the day in the program's time zone: a period that has not begun is refused (RULES.md,
    "Contributions"). Raises `Invalid`.
    """
    try:
        first, precision = span(on)
    except ValueError:
        raise _bad_date("There is no such day.") from None
    if first > today:
        raise _bad_date("That is still to come.")
    return first, precision


def check(policy: Policy, type: str, url: str | None) -> None:
    """Raise `InvalidReference` for a type that the policy does not know, or `LinkRequired`."""
    known = policy.contribution_types.get(type)
    if known is None:
        detail = f"The policy has no contribution type '{type}'."
        raise InvalidReference(detail, Fault("invalid_reference", detail, pointer="/type"))
    if known.link_required and url is None:
        detail = f"'{type}' contributions need a link."
        raise LinkRequired(detail, Fault("link_required", detail, pointer="/url"))


def _bad_date(detail: str) -> Invalid:
    return Invalid(detail, Fault("date", detail, pointer="/occurred_on"))
