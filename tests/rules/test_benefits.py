"""Whom a benefit is for and why not, when it is offered, how often, and until when."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules import benefits as rules
from domain.rules import stretches
from domain.rules.ambassadors import SANCTIONS, AmbassadorStatus
from domain.rules.benefits import LIVE, About, Awaiting, GrantStatus, Hindrance
from domain.rules.policy import Policy
from domain.rules.policy_benefits import Benefit, Occasion
from tests.world import POLICY

DAY = date(2026, 3, 3)
CODES = ["a", "b", "c"]


def benefit(*occasions: str, **more: Any) -> Benefit:
    told = {"name": "Swag pack", "kind": "swag", "offered": occasions or ("tenure",)} | more
    return msgspec.convert(told, Benefit)


def policy(**benefits: Benefit) -> Policy:
    document = POLICY | {
        "eligibility": {"student": {"name": "Student"}, "resident": {"name": "Resident"}},
        "benefits": msgspec.to_builtins(benefits),
    }
    return msgspec.convert(document, Policy)


def about(**more: Any) -> About:
    told = {"status": "active", "attributes": [], "groups": [], "roles": [], "tenures": 1} | more
    return msgspec.convert(told, About)


PLAIN = policy()


@pytest.mark.parametrize(
    ("eligibility", "known", "told"),
    [
        ({}, {}, ()),
        ({}, {"tenures": 0}, ()),
        (
            {"attributes": ["student", "resident"]},
            {},
            ("Nobody has noted that this is true of them: Student and Resident.",),
        ),
        (
            {"attributes": ["student", "resident"]},
            {"attributes": ["student"]},
            ("Nobody has noted that this is true of them: Resident.",),
        ),
        ({"attributes": ["student"]}, {"attributes": ["resident", "student"]}, ()),
        (
            {"groups": ["tsc", "board"]},
            {},
            ("They do not belong to Steering Committee or Board.",),
        ),
        ({"groups": ["tsc", "board"]}, {"groups": ["board"]}, ()),
        ({"roles": ["team_lead"]}, {"groups": ["tsc"]}, ("They are not Team lead.",)),
        ({"roles": ["team_lead"]}, {"roles": ["team_lead"]}, ()),
        ({"tenures": 2}, {"tenures": 1}, ("It takes two tenures, and they have one.",)),
        ({"tenures": 2}, {"tenures": 2}, ()),
        (
            {"roles": ["team_lead"], "tenures": 3},
            {"tenures": 0},
            ("They are not Team lead.", "It takes three tenures, and they have none."),
        ),
        # What the policy does not name any more is told by its code.
        ({"roles": ["gone"]}, {}, ("They are not gone.",)),
    ],
)
def test_for_whom_it_is_not_is_told_in_words(
    eligibility: dict[str, Any], known: dict[str, Any], told: tuple[str, ...]
) -> None:
    one = benefit(eligibility=eligibility)
    assert rules.lacking(PLAIN, one, about(**known)) == told
    assert rules.fits(one, about(**known)) is (told == ())


some = st.lists(st.sampled_from(CODES), unique=True)
anybody = st.builds(
    About,
    status=st.sampled_from(AmbassadorStatus),
    attributes=some,
    groups=some,
    roles=some,
    tenures=st.integers(0, 4),
)
anything = st.builds(
    lambda attributes, groups, roles, tenures, per_tenure, ever: benefit(
        eligibility={
            "attributes": attributes,
            "groups": groups,
            "roles": roles,
            "tenures": tenures,
        },
        per_tenure=per_tenure,
        ever=ever,
    ),
    some,
    some,
    some,
    st.integers(1, 4),
    st.integers(1, 3),
    st.none() | st.integers(1, 5),
)


@given(anything, anybody)
def test_whom_it_fits_lacks_nothing_and_nobody_else(one: Benefit, who: About) -> None:
    assert rules.fits(one, who) is (rules.lacking(PLAIN, one, who) == ())


@given(anything, anybody, some, some, some)
def test_to_have_more_never_takes_anything_away(
    one: Benefit, who: About, attributes: list[str], groups: list[str], roles: list[str]
) -> None:
    more = About(
        who.status,
        [*who.attributes, *attributes],
        [*who.groups, *groups],
        [*who.roles, *roles],
        who.tenures + 1,
    )
    assert rules.fits(one, more) or not rules.fits(one, who)


@given(anything, anybody, st.integers(0, 4), st.integers(0, 6))
def test_nobody_is_offered_more_than_the_limits(
    one: Benefit, who: About, in_tenure: int, ever: int
) -> None:
    found = rules.hindrance(one, who, Occasion.MANAGER, in_tenure=in_tenure, ever=ever, had=False)
    if found is None:
        assert in_tenure < one.per_tenure
        assert one.ever is None or ever < one.ever
        assert who.status not in SANCTIONS | {AmbassadorStatus.EMERITUS}
        assert rules.fits(one, who)
    fewer = rules.hindrance(one, who, Occasion.MANAGER, in_tenure=0, ever=0, had=False)
    assert fewer is not Hindrance.AT_LIMIT


@pytest.mark.parametrize(
    ("known", "held", "occasion", "found"),
    [
        ({}, {}, Occasion.MANAGER, None),
        ({"status": "on_leave"}, {}, Occasion.MANAGER, None),
        ({"status": "emeritus"}, {}, Occasion.MANAGER, Hindrance.NOT_ACTIVE),
        ({"status": "suspended"}, {}, Occasion.MANAGER, Hindrance.NOT_ACTIVE),
        ({"status": "removed"}, {"had": True}, Occasion.AWARD, Hindrance.NOT_ACTIVE),
        ({}, {"had": True}, Occasion.AWARD, Hindrance.HAD),
        ({}, {"in_tenure": 1}, Occasion.AWARD, None),
        ({}, {"in_tenure": 2}, Occasion.AWARD, Hindrance.AT_LIMIT),
        ({}, {"ever": 2}, Occasion.AWARD, None),
        ({}, {"ever": 3}, Occasion.AWARD, Hindrance.AT_LIMIT),
        ({"tenures": 1}, {}, Occasion.RENEWAL, Hindrance.NOT_ELIGIBLE),
        ({"tenures": 2}, {}, Occasion.RENEWAL, None),
    ],
)
def test_why_people_cannot_offer_it(
    known: dict[str, Any], held: dict[str, Any], occasion: Occasion, found: Hindrance | None
) -> None:
    one = benefit(per_tenure=2, ever=3)
    counts: dict[str, Any] = {"in_tenure": 0, "ever": 0, "had": False} | held
    assert rules.hindrance(one, about(**known), occasion, **counts) is found


def test_each_benefit_is_offered_once_for_the_most_particular_occasion() -> None:
    told = policy(
        welcome=benefit("admission", "tenure"),
        shirt=benefit("tenure"),
        gift=benefit("renewal", "manager"),
        badge=benefit("end"),
        prize=benefit("award", "event"),
    )
    assert rules.due(told, rules.begun(renewed=False)) == {
        "welcome": Occasion.ADMISSION,
        "shirt": Occasion.TENURE,
    }
    assert rules.due(told, rules.begun(renewed=True)) == {
        "gift": Occasion.RENEWAL,
        "welcome": Occasion.TENURE,
        "shirt": Occasion.TENURE,
    }
    assert rules.due(told, [Occasion.END]) == {"badge": Occasion.END}


def test_days_are_counted_with_the_day_of_the_offer_or_claim() -> None:
    one = benefit(claim_within="P30D", fulfil_within="P2M")
    assert rules.claim_by(one, DAY) == date(2026, 4, 1)
    assert rules.fulfil_by(one, DAY) == date(2026, 5, 2)
    assert rules.claim_by(benefit(), DAY) is None
    assert rules.fulfil_by(benefit(), DAY) is None


@given(st.dates(), st.integers(1, 200), st.sampled_from("DWMY"))
def test_what_is_offered_can_be_claimed_on_that_day(on: date, count: int, unit: str) -> None:
    stretch = f"P{count}{unit}"
    last = rules.claim_by(benefit(claim_within=stretch), on)
    assert last is not None
    assert on <= last == stretches.end(stretch, on)


@pytest.mark.parametrize("status", GrantStatus)
@pytest.mark.parametrize("approval", [False, True])
@pytest.mark.parametrize("approved", [False, True])
def test_whose_turn_it_is(status: GrantStatus, approval: bool, approved: bool) -> None:
    turn = rules.awaiting(status, approval=approval, approved=approved)
    expected = {
        GrantStatus.OFFERED: Awaiting.CLAIM,
        GrantStatus.CLAIMED: Awaiting.APPROVAL
        if approval and not approved
        else Awaiting.FULFILMENT,
    }
    assert turn is expected.get(status)
    assert turn is None or status in LIVE
