"""What a policy may say about benefits, and what of it must fit."""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules import policy
from domain.rules.policy_benefits import (
    Benefit,
    BenefitEligibility,
    BenefitKind,
    Deliveries,
    Need,
    Occasion,
    Value,
)
from tests.rules.test_policy import check, faults

YEARLY: dict[str, Any] = {"clock": "anniversary", "length": "P1Y"}
SHIRT: dict[str, Any] = {"name": "Shirt", "kind": "swag", "offered": ["admission"]}
PROGRAM: dict[str, Any] = {
    "texts": {"name": "T"},
    "tenure": YEARLY,
    "groups": {"board": {"name": "Board"}},
    "roles": {"lead": {"name": "Lead"}},
    "eligibility": {"student": {"name": "Student"}},
}

B = "/benefits/shirt"


def benefit(**parts: Any) -> dict[str, Any]:
    return PROGRAM | {"benefits": {"shirt": SHIRT | parts}}


def without_clock(**parts: Any) -> dict[str, Any]:
    return {key: value for key, value in benefit(**parts).items() if key != "tenure"}


def worth(amount: Any, currency: Any = "USD") -> dict[str, Any]:
    return benefit(value={"amount": amount, "currency": currency})


def test_a_program_that_says_nothing_gives_nothing_and_forgets_addresses_after_60_days() -> None:
    stated = check({"texts": {"name": "T"}})
    assert stated.benefits == {}
    assert stated.deliveries == Deliveries("P60D")


def test_a_benefit_is_public_and_asks_nothing_unless_it_says_so() -> None:
    assert check(benefit()).benefits["shirt"] == Benefit(
        name="Shirt",
        kind=BenefitKind.SWAG,
        offered=(Occasion.ADMISSION,),
        description=None,
        public=True,
        value=None,
        eligibility=BenefitEligibility(attributes=(), groups=(), roles=(), tenures=1),
        per_tenure=1,
        ever=None,
        automatic=False,
        needs=(),
        approval=False,
        claim_within=None,
        fulfil_within=None,
        items={},
        codes=False,
        ends_with_tenure=False,
    )


def test_a_whole_benefit_arrives_typed() -> None:
    stated = check(
        benefit(
            offered=["tenure", "award", "manager"],
            description="A shirt.",
            public=False,
            value={"amount": "150.00", "currency": "USD"},
            eligibility={
                "attributes": ["student"],
                "groups": ["board"],
                "roles": ["lead"],
                "tenures": 2,
            },
            per_tenure=2,
            ever=3,
            needs=["address", "phone"],
            approval=True,
            claim_within="P90D",
            fulfil_within="P1M",
            items={"t-shirt": 1, "sticker": 5},
            ends_with_tenure=True,
        )
        | {"deliveries": {"kept": "P2W"}}
    )
    assert stated.deliveries == Deliveries("P2W")
    assert stated.benefits["shirt"] == Benefit(
        name="Shirt",
        kind=BenefitKind.SWAG,
        offered=(Occasion.TENURE, Occasion.AWARD, Occasion.MANAGER),
        description="A shirt.",
        public=False,
        value=Value("150.00", "USD"),
        eligibility=BenefitEligibility(("student",), ("board",), ("lead",), 2),
        per_tenure=2,
        ever=3,
        needs=(Need.ADDRESS, Need.PHONE),
        approval=True,
        claim_within="P90D",
        fulfil_within="P1M",
        items={"t-shirt": 1, "sticker": 5},
        ends_with_tenure=True,
    )


@pytest.mark.parametrize(
    "own",
    [
        worth("0"),
        worth("150"),
        worth("150.5"),
        worth("9999999999999.99"),
        worth("1.234", "KWD"),
        worth("15000", "JPY"),
        benefit(automatic=True, approval=True, fulfil_within="P7D"),
        benefit(automatic=True, ends_with_tenure=True),
        benefit(codes=True, approval=True, claim_within="P30D"),
        benefit(codes=True, ends_with_tenure=True),
        benefit(per_tenure=2, ever=2),
        benefit(offered=["end"]),
        benefit(offered=["renewal"], eligibility={"tenures": 3}),
        without_clock(offered=["admission", "end", "award", "event", "manager"]),
        without_clock(ends_with_tenure=True),
    ],
)
def test_what_fits_is_valid(own: dict[str, Any]) -> None:
    check(own)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        # Each of its own kind.
        (benefit(kind="gold"), (B + "/kind", "invalid")),
        (benefit(offered=["noon"]), (B + "/offered/0", "invalid")),
        (benefit(offered=["award", "award"]), (B + "/offered/1", "duplicate")),
        (benefit(offered=[]), (B + "/offered", "too_few")),
        (benefit(offered=None), (B + "/offered", "required")),
        (benefit(needs=["shoe_size"]), (B + "/needs/0", "invalid")),
        (benefit(per_tenure=0), (B + "/per_tenure", "invalid")),
        (benefit(ever=0), (B + "/ever", "invalid")),
        (benefit(eligibility={"tenures": 0}), (B + "/eligibility/tenures", "invalid")),
        (benefit(claim_within="soon"), (B + "/claim_within", "invalid")),
        (benefit(items={"t-shirt": 0}), (B + "/items/t-shirt", "invalid")),
        (benefit(items={"T_Shirt": 1}), (B + "/items/T_Shirt", "invalid_code")),
        (benefit(price="5"), (B + "/price", "unknown_field")),
        (PROGRAM | {"benefits": {"T-Shirt": SHIRT}}, ("/benefits/T-Shirt", "invalid_code")),
        (PROGRAM | {"deliveries": {"kept": "P0D"}}, ("/deliveries/kept", "invalid")),
        # Money is text, and of a currency that has so many decimals.
        (worth(150), (B + "/value/amount", "invalid")),
        (worth(150.0), (B + "/value/amount", "invalid")),
        (worth("-1"), (B + "/value/amount", "invalid")),
        (worth("1e3"), (B + "/value/amount", "invalid")),
        (worth("007"), (B + "/value/amount", "invalid")),
        (worth("150.001"), (B + "/value/amount", "decimals")),
        (worth("150.00", "JPY"), (B + "/value/amount", "decimals")),
        (worth("150.00", "usd"), (B + "/value/currency", "invalid")),
        (worth("150.00", "ZZZ"), (B + "/value/currency", "currency")),
        (worth("1", "XAU"), (B + "/value/currency", "currency")),
        (benefit(value={"amount": "1"}), (B + "/value", "required")),
        # Whom it is for is known to the policy.
        (
            benefit(eligibility={"attributes": ["student", "left_handed"]}),
            (B + "/eligibility/attributes/1", "unknown_attribute"),
        ),
        (benefit(eligibility={"groups": ["tsc"]}), (B + "/eligibility/groups/0", "unknown_group")),
        (benefit(eligibility={"roles": ["board"]}), (B + "/eligibility/roles/0", "unknown_role")),
        # Nobody is asked for what is claimed by itself.
        (benefit(automatic=True, needs=["email"]), (B + "/needs", "out_of_place")),
        (benefit(automatic=True, items={"pin": 1}), (B + "/items", "out_of_place")),
        (benefit(automatic=True, codes=True), (B + "/codes", "out_of_place")),
        (benefit(automatic=True, claim_within="P30D"), (B + "/claim_within", "out_of_place")),
        # A code is given at once, and nothing else.
        (benefit(codes=True, items={"pin": 1}), (B + "/items", "out_of_place")),
        (benefit(codes=True, fulfil_within="P7D"), (B + "/fulfil_within", "out_of_place")),
        (benefit(per_tenure=3, ever=2), (B + "/ever", "range")),
        # What comes with leaving does not end with it.
        (
            benefit(offered=["end"], ends_with_tenure=True),
            (B + "/ends_with_tenure", "out_of_place"),
        ),
        (
            benefit(offered=["tenure", "end"], ends_with_tenure=True),
            (B + "/ends_with_tenure", "out_of_place"),
        ),
        # Without a clock no tenure follows another one.
        (without_clock(offered=["tenure"]), (B + "/offered/0", "out_of_place")),
        (without_clock(offered=["award", "renewal"]), (B + "/offered/1", "out_of_place")),
        (
            benefit(offered=["tenure"]) | {"tenure": {"clock": "none"}},
            (B + "/offered/0", "out_of_place"),
        ),
        (
            without_clock(eligibility={"tenures": 2}),
            (B + "/eligibility/tenures", "out_of_place"),
        ),
    ],
)
def test_each_fault_is_pointed_at(own: dict[str, Any], expected: tuple[str, str]) -> None:
    assert faults(own) == {expected}


def test_all_faults_of_all_benefits_are_told_together() -> None:
    own = PROGRAM | {
        "benefits": {
            "shirt": SHIRT | {"value": {"amount": "1.005", "currency": "USD"}, "ever": 0},
            "pass": SHIRT | {"codes": True, "items": {"pin": 1}, "fulfil_within": "P7D"},
        }
    }
    # A benefit that departs from its type is not looked at further.
    assert faults(own) == {
        ("/benefits/shirt/ever", "invalid"),
        ("/benefits/pass/items", "out_of_place"),
        ("/benefits/pass/fulfil_within", "out_of_place"),
    }


PARENT = policy.resolve(
    benefit(
        eligibility={"groups": ["board"]}, value={"amount": "150.00", "currency": "USD"}, codes=True
    ),
    None,
)


def test_a_child_states_only_what_differs() -> None:
    own = {"benefits": {"shirt": {"name": "Student shirt", "value": {"amount": "70.00"}}}}
    shirt = check(own, PARENT).benefits["shirt"]
    assert shirt.name == "Student shirt"
    assert shirt.value == Value("70.00", "USD")
    assert shirt.eligibility.groups == ("board",)
    assert check({"benefits": {"shirt": {"value": None}}}, PARENT).benefits["shirt"].value is None
    assert check({"benefits": {"shirt": None}}, PARENT).benefits == {}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"groups": {"board": None}}, ("/groups/board", "unknown_group")),
        ({"tenure": None, "benefits": {"shirt": {"offered": ["tenure"]}}}, (B + "/offered/0",)),
        ({"benefits": {"shirt": {"items": {"pin": 1}}}}, (B + "/items", "out_of_place")),
        ({"benefits": {"shirt": {"automatic": True}}}, (B + "/automatic", "out_of_place")),
        ({"benefits": {"shirt": {"value": {"currency": "JPY"}}}}, (B + "/value/currency",)),
    ],
)
def test_a_child_is_blamed_for_what_it_wrote(
    own: dict[str, Any], expected: tuple[str, ...]
) -> None:
    (found,) = faults(own, PARENT)
    assert found[: len(expected)] == expected


def test_a_child_that_takes_the_clock_away_is_pointed_at_it() -> None:
    parent = policy.resolve(benefit(offered=["renewal"]), None)
    assert faults({"tenure": None}, parent) == {("/tenure", "out_of_place")}
    assert faults({"tenure": {"clock": "none", "length": None}}, parent) == {
        ("/tenure/clock", "out_of_place")
    }
