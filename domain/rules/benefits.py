"""Benefits: whom one is for, when it is offered, how often, and until when it can be claimed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from msgspec import Struct

from domain.errors import Conflict
from domain.rules import stretches
from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.english import listed, number
from domain.rules.policy_benefits import Benefit, Occasion
from domain.rules.policy_document import Policy

__all__ = [
    "BY_PEOPLE",
    "LIVE",
    "NAMED",
    "STAYING",
    "About",
    "AlreadyGranted",
    "AtLimit",
    "Awaiting",
    "GrantStatus",
    "Hindrance",
    "NotActive",
    "NotEligible",
    "NotOffered",
    "awaiting",
    "begun",
    "claim_by",
    "due",
    "fits",
    "fulfil_by",
    "hindrance",
    "is_full",
    "lacking",
]


class GrantStatus(StrEnum):
    """Where a grant stands.

    `offered`, `claimed` and `fulfilled` are live. The others are final: `returned` (it came back),
    `declined` (they did not want it), `expired` (not claimed in time), `revoked` (taken back).
    """

    CLAIMED = "claimed"
    DECLINED = "declined"
    EXPIRED = "expired"
    FULFILLED = "fulfilled"
    OFFERED = "offered"
    RETURNED = "returned"
    REVOKED = "revoked"


LIVE = frozenset({GrantStatus.CLAIMED, GrantStatus.FULFILLED, GrantStatus.OFFERED})
"""What somebody has, or can still have; only this counts towards limits."""


class Awaiting(StrEnum):
    """Whose turn it is: the ambassador's, a manager's, or that of whoever sends things out."""

    APPROVAL = "approval"
    CLAIM = "claim"
    FULFILMENT = "fulfilment"


NAMED = frozenset({Occasion.AWARD, Occasion.EVENT})
"""Occasions of which there are many, so that each needs a name."""

BY_PEOPLE = NAMED | {Occasion.MANAGER}
"""Occasions that people say; the others come about by the rules."""

STAYING = frozenset({AmbassadorStatus.ACTIVE, AmbassadorStatus.ON_LEAVE})
"""To whom something can be offered."""


class NotOffered(Conflict):
    """The policy does not offer the benefit on this occasion."""

    code = "not_offered"
    title = "The benefit is not offered on this occasion"


class NotActive(Conflict):
    """Nothing is offered by hand to who left, or is suspended or removed."""

    code = "not_active"
    title = "The ambassador is not active"


class NotEligible(Conflict):
    """The ambassador is not one of those for whom the benefit is."""

    code = "not_eligible"
    title = "The benefit is not for this ambassador"


class AtLimit(Conflict):
    """They have as many of the benefit as the policy lets anybody have."""

    code = "at_limit"
    title = "They have as many of this benefit as anybody can"


class AlreadyGranted(Conflict):
    """They were offered the benefit for the same award or event."""

    code = "already_granted"
    title = "They have this benefit for the same occasion"


class About(Struct, frozen=True):
    """What is known of an ambassador on a day: codes of what holds then.

    `tenures` is how many they have had in the program, the one that runs among them.
    """

    status: AmbassadorStatus
    attributes: list[str]
    groups: list[str]
    roles: list[str]
    tenures: int


class Hindrance(StrEnum):
    """Why somebody cannot be offered a benefit by people."""

    AT_LIMIT = "at_limit"
    HAD = "had"
    NOT_ACTIVE = "not_active"
    NOT_ELIGIBLE = "not_eligible"


def fits(benefit: Benefit, about: About) -> bool:
    """Whether a benefit is for somebody; their status is another matter."""
    asked = benefit.eligibility
    return (
        set(asked.attributes) <= set(about.attributes)
        and (not asked.groups or not set(asked.groups).isdisjoint(about.groups))
        and (not asked.roles or not set(asked.roles).isdisjoint(about.roles))
        and (asked.tenures == 1 or about.tenures >= asked.tenures)
    )


def lacking(policy: Policy, benefit: Benefit, about: About) -> tuple[str, ...]:
    """Why a benefit is not for somebody, each a sentence in English; empty when it `fits`."""
    asked = benefit.eligibility
    told: list[str] = []
    if missing := [code for code in asked.attributes if code not in about.attributes]:
        names = _names({key: one.name for key, one in policy.eligibility.items()}, missing)
        told.append(f"Nobody has noted that this is true of them: {listed(names, 'and')}.")
    if asked.groups and set(asked.groups).isdisjoint(about.groups):
        names = _names({key: one.name for key, one in policy.groups.items()}, asked.groups)
        told.append(f"They do not belong to {listed(names, 'or')}.")
    if asked.roles and set(asked.roles).isdisjoint(about.roles):
        names = _names({key: one.name for key, one in policy.roles.items()}, asked.roles)
        told.append(f"They are not {listed(names, 'or')}.")
    if asked.tenures > 1 and about.tenures < asked.tenures:
        have = number(about.tenures) if about.tenures else "none"
        told.append(f"It takes {number(asked.tenures)} tenures, and they have {have}.")
    return tuple(told)


def begun(*, renewed: bool) -> tuple[Occasion, ...]:
    """The occasions that the beginning of a live tenure is, the most particular one first."""
    first = Occasion.RENEWAL if renewed else Occasion.ADMISSION
    return first, Occasion.TENURE


def due(policy: Policy, occasions: Iterable[Occasion]) -> dict[str, Occasion]:
    """The codes of what the rules offer on the first of these occasions that each names."""
    found: dict[str, Occasion] = {}
    for occasion in occasions:
        for code, benefit in policy.benefits.items():
            if occasion in benefit.offered:
                found.setdefault(code, occasion)
    return found


def hindrance(
    benefit: Benefit, about: About, occasion: Occasion, *, in_tenure: int, ever: int, had: bool
) -> Hindrance | None:
    """Why people cannot offer a benefit to somebody; None: they can.

    They have `in_tenure` live ones in the tenure that runs, and `ever` at all. `had`: one is live
    for the same award or event, or the rule's own of this tenure is there in whatever status.
    """
    if about.status not in STAYING:
        return Hindrance.NOT_ACTIVE
    if had:
        return Hindrance.HAD
    if not fits(benefit, about) or (occasion is Occasion.RENEWAL and about.tenures < 2):
        return Hindrance.NOT_ELIGIBLE
    if in_tenure >= benefit.per_tenure or is_full(benefit, ever):
        return Hindrance.AT_LIMIT
    return None


def is_full(benefit: Benefit, ever: int) -> bool:
    """Whether somebody with so many live ones can never have another one."""
    return benefit.ever is not None and ever >= benefit.ever


def claim_by(benefit: Benefit, on: date) -> date | None:
    """The last day to claim what is offered on a day; None: it can always be claimed."""
    return None if benefit.claim_within is None else stretches.end(benefit.claim_within, on)


def fulfil_by(benefit: Benefit, on: date) -> date | None:
    """The day by which is promised what is claimed (or approved, if it has to be) on a day."""
    return None if benefit.fulfil_within is None else stretches.end(benefit.fulfil_within, on)


def awaiting(status: GrantStatus, *, approval: bool, approved: bool) -> Awaiting | None:
    """Whose turn it is; None: nobody's. `approval`: whether a manager approves claims."""
    if status is GrantStatus.OFFERED:
        return Awaiting.CLAIM
    if status is GrantStatus.CLAIMED:
        return Awaiting.APPROVAL if approval and not approved else Awaiting.FULFILMENT
    return None


def _names(known: Mapping[str, str], codes: Iterable[str]) -> list[str]:
    return [known.get(code, code) for code in codes]
