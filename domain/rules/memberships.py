"""Groups and roles inside a program: which there are, and when a membership of one ends."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from domain.errors import Fault, InvalidReference
from domain.rules.policy_document import Policy


class MembershipKind(StrEnum):
    """What somebody is a member of."""

    GROUP = "group"
    ROLE = "role"


def check_code(policy: Policy, kind: MembershipKind, code: str) -> None:
    """Raise `InvalidReference` unless the policy has a group or role with this code."""
    known = policy.groups if kind is MembershipKind.GROUP else policy.roles
    if code not in known:
        detail = f"The policy has no {kind.value} '{code}'."
        raise InvalidReference(detail, Fault("invalid_reference", detail, pointer="/code"))


def last_day(valid_from: date | None, valid_until: date | None, today: date) -> date | None:
    """The last day of a membership that is ended today, inclusive: yesterday, or the end it had.

    None when it began today or later: then it was a mistake, and nothing of it remains.
    """
    yesterday = today - timedelta(days=1)
    if valid_from is not None and valid_from > yesterday:
        return None
    return yesterday if valid_until is None or valid_until > yesterday else valid_until
