"""What a policy may say about tenures, requirements and farewells, and what of it must fit."""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules import policy
from domain.rules.policy_contributions import Area
from domain.rules.policy_tenure import (
    Attribute,
    Clock,
    Condition,
    Cycle,
    Measure,
    Needs,
    TenureRules,
    WhenMet,
    WhenNotMet,
)
from tests.rules.test_policy import check, faults

TYPES: dict[str, Any] = {
    "talk": {"name": "Talk", "area": "events", "points": 8},
    "article": {"name": "Article", "area": "content"},
    "video": {"name": "Video", "area": "content"},
}
YEARLY: dict[str, Any] = {"clock": "anniversary", "length": "P1Y"}
COHORT: dict[str, Any] = {"clock": "cohort", "length": "P1Y", "starts": ["03-01", "09-01"]}
CALENDAR: dict[str, Any] = {"clock": "calendar", "cycle": {"first": "02-01", "last": "12-31"}}
NONE: dict[str, Any] = {"clock": "none"}
FOUR: dict[str, Any] = {"measure": "contributions", "at_least": 4}

TENURE = "/tenure"
CONDITION = "/requirement/groups/done/conditions/four"


def with_tenure(rules: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"texts": {"name": "T"}, "tenure": rules | parts}


def with_condition(rules: dict[str, Any] = YEARLY, **parts: Any) -> dict[str, Any]:
    groups = {"done": {"name": "Done", "conditions": {"four": FOUR | parts}}}
    return with_tenure(rules) | {"contribution_types": TYPES, "requirement": {"groups": groups}}


def with_groups(groups: Any) -> dict[str, Any]:
    return with_condition() | {"requirement": {"groups": groups}}


def without(rules: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in rules.items() if key != name}


def test_a_program_that_says_nothing_of_it_has_no_tenures() -> None:
    stated = check({"texts": {"name": "T"}})
    assert (stated.tenure, stated.requirement, stated.eligibility) == (None, None, {})
    assert not stated.departure.list_farewells
    assert not stated.directory.standing


def test_nobody_lapses_unless_the_policy_says_so() -> None:
    stated = check(with_tenure(YEARLY)).tenure
    assert stated == TenureRules(clock=Clock.ANNIVERSARY, length="P1Y")
    assert (stated.grace, stated.when_met, stated.when_not_met) == (
        None,
        WhenMet.RENEW,
        WhenNotMet.REVIEW,
    )
    assert (stated.reminders.ending, stated.reminders.at_risk) == ((), ())


def test_a_whole_document_arrives_typed() -> None:
    own = with_condition(
        COHORT
        | {
            "grace": "P30D",
            "when_met": "review",
            "when_not_met": "lapse",
            "reminders": {"ending": ["P60D", "P2W"], "at_risk": ["P3M"]},
        },
        types=["talk", "article"],
        areas=["content"],
        within="P6M",
    ) | {
        "eligibility": {"student": {"name": "Student", "required": True}},
        "directory": {"statuses": ["active", "emeritus"], "standing": True},
        "departure": {"list_farewells": True},
    }
    stated = check(own)
    assert stated.tenure
    assert stated.tenure.starts == ("03-01", "09-01")
    assert (stated.tenure.grace, stated.tenure.when_met) == ("P30D", WhenMet.REVIEW)
    assert stated.tenure.when_not_met is WhenNotMet.LAPSE
    assert stated.tenure.reminders.ending == ("P60D", "P2W")
    assert stated.requirement
    group = stated.requirement.groups["done"]
    assert group.needs is Needs.ALL
    assert group.conditions["four"] == Condition(
        Measure.CONTRIBUTIONS, 4, ("talk", "article"), (Area.CONTENT,), "P6M"
    )
    assert stated.eligibility == {"student": Attribute("Student", required=True)}
    assert stated.directory.standing
    assert stated.departure.list_farewells


@pytest.mark.parametrize(
    "own",
    [
        with_tenure(CALENDAR),
        with_tenure(NONE, grace="P30D", when_not_met="lapse", reminders={"at_risk": ["P90D"]}),
        with_tenure(CALENDAR, cycle={"first": "09-15", "last": "06-30"}),
        with_tenure(CALENDAR, cycle={"first": "03-01", "last": "02-28"}),
        with_tenure(COHORT, length="P6M"),
        with_tenure(COHORT, length="P3M", starts=["03-01", "12-01", "09-01", "06-01"]),
        with_tenure(COHORT, length="P2Y", starts=["11-30"]),
        with_tenure(YEARLY, grace="P1Y"),
        with_tenure(YEARLY, grace="P12M", reminders={"ending": ["P364D"], "at_risk": ["P11M"]}),
        with_condition(NONE, within="P6M"),
        with_condition(measure="points", types=["talk", "article"]),
        with_condition(measure="distinct_types", at_least=3),
        with_condition(at_least=1_000_000),
    ],
)
def test_what_fits_is_valid(own: dict[str, Any]) -> None:
    check(own)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        # Each of its own kind.
        (with_tenure({}), ("", "required")),
        (with_tenure({"clock": "sundial"}), ("/clock", "invalid")),
        (with_tenure(YEARLY, length="P52W"), ("/length", "invalid")),
        (with_tenure(YEARLY, length="P0Y"), ("/length", "invalid")),
        (with_tenure(COHORT, starts=["02-29"]), ("/starts/0", "invalid")),
        (with_tenure(COHORT, starts=["04-31"]), ("/starts/0", "invalid")),
        (with_tenure(COHORT, starts=["13-01"]), ("/starts/0", "invalid")),
        (with_tenure(COHORT, starts=["00-10"]), ("/starts/0", "invalid")),
        (with_tenure(COHORT, starts=["3-1"]), ("/starts/0", "invalid")),
        (with_tenure(COHORT, starts=["03-01\n"]), ("/starts/0", "invalid")),
        (with_tenure(COHORT, starts=["03-01", "03-01"]), ("/starts/1", "duplicate")),
        (with_tenure(CALENDAR, cycle={"first": "02-01"}), ("/cycle", "required")),
        (
            with_tenure(CALENDAR, cycle={"first": "02-01", "last": "02-29"}),
            ("/cycle/last", "invalid"),
        ),
        (with_tenure(CALENDAR, cycle=3), ("/cycle", "invalid")),
        (
            with_tenure(CALENDAR, cycle=CALENDAR["cycle"] | {"leap": True}),
            ("/cycle/leap", "unknown_field"),
        ),
        (with_tenure(YEARLY, grace="PT1H"), ("/grace", "invalid")),
        (with_tenure(YEARLY, when_met="lapse"), ("/when_met", "invalid")),
        (with_tenure(YEARLY, when_not_met="renew"), ("/when_not_met", "invalid")),
        (with_tenure(YEARLY, reminders={"ending": ["60 days"]}), ("/reminders/ending/0",)),
        (with_tenure(YEARLY, reminders={"soon": []}), ("/reminders/soon", "unknown_field")),
        (
            with_tenure(YEARLY, reminders={"at_risk": ["P1M", "P1M"]}),
            ("/reminders/at_risk/1", "duplicate"),
        ),
        # Each clock has its parts, and no others.
        (with_tenure({"clock": "anniversary"}), ("/clock", "required")),
        (with_tenure(without(COHORT, "length")), ("/clock", "required")),
        (with_tenure(without(COHORT, "starts")), ("/clock", "required")),
        (with_tenure(COHORT, starts=[]), ("/starts", "required")),
        (with_tenure({"clock": "calendar"}), ("/clock", "required")),
        (with_tenure(YEARLY, starts=["03-01"]), ("/starts", "out_of_place")),
        (with_tenure(YEARLY, cycle=CALENDAR["cycle"]), ("/cycle", "out_of_place")),
        (with_tenure(COHORT, cycle=CALENDAR["cycle"]), ("/cycle", "out_of_place")),
        (with_tenure(CALENDAR, length="P1Y"), ("/length", "out_of_place")),
        (with_tenure(CALENDAR, starts=["03-01"]), ("/starts", "out_of_place")),
        (with_tenure(NONE, length="P1Y"), ("/length", "out_of_place")),
        (with_tenure(NONE, starts=["03-01"]), ("/starts", "out_of_place")),
        (with_tenure(NONE, cycle=CALENDAR["cycle"]), ("/cycle", "out_of_place")),
        (with_tenure(NONE, when_met="review"), ("/when_met", "out_of_place")),
        (with_tenure(NONE, reminders={"ending": ["P1M"]}), ("/reminders/ending", "out_of_place")),
        # Each tenure is followed by one, and grace and reminders lie where they can.
        (
            with_tenure(CALENDAR, cycle={"first": "02-01", "last": "02-01"}),
            ("/cycle/last", "range"),
        ),
        (with_tenure(COHORT, length="P6M", starts=["03-01"]), ("/length", "range")),
        (with_tenure(COHORT, length="P18M", starts=["03-01"]), ("/length", "range")),
        (with_tenure(COHORT, length="P6M", starts=["08-29", "02-28"]), ("/length", "range")),
        (with_tenure(YEARLY, grace="P13M"), ("/grace", "range")),
        (with_tenure(YEARLY, grace="P366D"), ("/grace", "range")),
        (with_tenure(CALENDAR, grace="P11M1W"), ("/grace", "invalid")),
        (with_tenure(CALENDAR, grace="P335D"), ("/grace", "range")),
        (with_tenure(COHORT, length="P6M", grace="P7M"), ("/grace", "range")),
        (with_tenure(YEARLY, reminders={"ending": ["P30D", "P1Y"]}), ("/reminders/ending/1",)),
        (with_tenure(CALENDAR, reminders={"at_risk": ["P334D"]}), ("/reminders/at_risk/0",)),
    ],
)
def test_each_fault_of_the_tenure_is_pointed_at(
    own: dict[str, Any], expected: tuple[str, ...]
) -> None:
    found = faults(own)
    assert len({pointer for pointer, _ in found}) == 1
    assert next(iter(found))[: len(expected)] == (TENURE + expected[0], *expected[1:])


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (with_condition(measure="hours"), (CONDITION + "/measure", "invalid")),
        (with_condition(at_least=0), (CONDITION + "/at_least", "invalid")),
        (with_condition(at_least=1_000_001), (CONDITION + "/at_least", "invalid")),
        (with_condition(at_least=True), (CONDITION + "/at_least", "invalid")),
        (with_condition(at_least=1.5), (CONDITION + "/at_least", "invalid")),
        (with_condition(areas=["sports"]), (CONDITION + "/areas/0", "invalid")),
        (with_condition(areas=["events", "events"]), (CONDITION + "/areas/1", "duplicate")),
        (with_condition(types=["talk", "talk"]), (CONDITION + "/types/1", "duplicate")),
        (with_condition(within="P1Y2M"), (CONDITION + "/within", "invalid")),
        (with_condition(per="P1Y"), (CONDITION + "/per", "unknown_field")),
        (with_groups({"done": {"conditions": {"four": FOUR}}}), ("/requirement/groups/done",)),
        (
            with_groups({"done": {"name": "D", "needs": "most", "conditions": {"four": FOUR}}}),
            ("/requirement/groups/done/needs", "invalid"),
        ),
        (with_groups({"Done": {}}), ("/requirement/groups/Done", "invalid_code")),
        (with_groups({}), ("/requirement/groups", "required")),
        (
            with_groups({"done": {"name": "D", "conditions": {}}}),
            ("/requirement/groups/done/conditions", "required"),
        ),
        # Any of none could never be met.
        (
            with_groups({"done": {"name": "D", "needs": "any", "conditions": {}}}),
            ("/requirement/groups/done/conditions", "required"),
        ),
        (
            with_groups({"done": {"name": "D", "needs": "any"}}),
            ("/requirement/groups/done", "required"),
        ),
        (without(with_condition(), "tenure"), ("/requirement", "out_of_place")),
        (with_condition(NONE), (CONDITION, "required")),
        (with_condition(types=["talk", "shoe"]), (CONDITION + "/types/1", "unknown_type")),
        (with_condition(areas=["code"]), (CONDITION + "/areas", "nothing_counts")),
        (
            with_condition(types=["talk"], areas=["content"]),
            (CONDITION + "/areas", "nothing_counts"),
        ),
        (with_condition() | {"contribution_types": {}}, (CONDITION, "nothing_counts")),
        (
            with_condition(measure="points", areas=["content"]),
            (CONDITION + "/measure", "no_points"),
        ),
        (
            with_condition(measure="points", types=["article"]),
            (CONDITION + "/measure", "no_points"),
        ),
        (with_condition(measure="distinct_types"), (CONDITION + "/at_least", "range")),
        (
            with_condition(measure="distinct_types", at_least=3, areas=["content"]),
            (CONDITION + "/at_least", "range"),
        ),
        (
            {"texts": {"name": "T"}, "eligibility": {"student": {"required": True}}},
            ("/eligibility/student", "required"),
        ),
        (
            {"texts": {"name": "T"}, "departure": {"list_farewells": True}},
            ("/departure/list_farewells", "out_of_place"),
        ),
        (
            {
                "texts": {"name": "T"},
                "departure": {"list_farewells": True},
                "directory": {"statuses": ["emeritus"], "public": False},
            },
            ("/departure/list_farewells", "out_of_place"),
        ),
    ],
)
def test_each_fault_of_the_requirement_is_pointed_at(
    own: dict[str, Any], expected: tuple[str, ...]
) -> None:
    found = faults(own)
    assert len(found) == 1
    assert next(iter(found))[: len(expected)] == expected


PARENT = with_condition(
    YEARLY | {"grace": "P30D", "when_not_met": "lapse", "reminders": {"ending": ["P60D"]}},
    types=["talk"],
) | {
    "eligibility": {"student": {"name": "Student"}},
    "directory": {"statuses": ["active", "emeritus"]},
    "departure": {"list_farewells": True},
}


def test_a_child_inherits_the_rules_and_changes_parts_of_them() -> None:
    own = {
        "tenure": {"grace": None, "reminders": {"at_risk": ["P3M"]}},
        "requirement": {
            "groups": {
                "done": {
                    "needs": "any",
                    "conditions": {
                        "four": {"at_least": 3},
                        "videos": {"measure": "contributions", "at_least": 2, "types": ["video"]},
                    },
                }
            }
        },
        "eligibility": {"student": {"required": True}},
    }
    stated = check(own, PARENT)
    assert stated.tenure
    assert (stated.tenure.length, stated.tenure.grace) == ("P1Y", None)
    assert stated.tenure.when_not_met is WhenNotMet.LAPSE
    assert (stated.tenure.reminders.ending, stated.tenure.reminders.at_risk) == (
        ("P60D",),
        ("P3M",),
    )
    assert stated.requirement
    group = stated.requirement.groups["done"]
    assert (group.name, group.needs) == ("Done", Needs.ANY)
    assert group.conditions == {
        "four": Condition(Measure.CONTRIBUTIONS, 3, ("talk",)),
        "videos": Condition(Measure.CONTRIBUTIONS, 2, ("video",)),
    }
    assert stated.eligibility["student"] == Attribute("Student", required=True)
    assert stated.departure.list_farewells


def test_a_child_takes_another_clock_and_leaves_the_parts_of_the_old_one() -> None:
    own = {"tenure": {"clock": "calendar", "length": None, "cycle": CALENDAR["cycle"]}}
    stated = check(own, PARENT).tenure
    assert stated
    assert stated.clock is Clock.CALENDAR
    assert (stated.length, stated.cycle) == (None, Cycle("02-01", "12-31"))


def test_a_child_can_do_without_tenures() -> None:
    stated = check({"tenure": None, "requirement": None}, PARENT)
    assert (stated.tenure, stated.requirement) == (None, None)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (
            {"tenure": {"clock": "calendar", "cycle": CALENDAR["cycle"]}},
            {("/tenure/clock", "out_of_place")},
        ),
        (
            {"tenure": {"clock": "none"}},
            {("/tenure/clock", "out_of_place"), ("/tenure/clock", "required")},
        ),
        ({"tenure": {"length": None}}, {("/tenure/length", "required")}),
        ({"tenure": {"length": "P1M"}}, {("/tenure/length", "range")}),
        ({"tenure": None}, {("/tenure", "out_of_place")}),
        ({"contribution_types": {"talk": None}}, {("/contribution_types/talk", "unknown_type")}),
        (
            {"directory": {"statuses": ["active"]}},
            {("/directory/statuses", "out_of_place")},
        ),
        (
            {"requirement": {"groups": {"done": {"conditions": {"four": {"areas": ["content"]}}}}}},
            {(CONDITION + "/areas", "nothing_counts")},
        ),
        (
            {"requirement": {"groups": {"done": {"conditions": {"four": None}}}}},
            {("/requirement/groups/done/conditions", "required")},
        ),
        ({"requirement": {"groups": {"done": None}}}, {("/requirement/groups", "required")}),
    ],
)
def test_what_does_not_fit_its_inheritance_is_pointed_at_where_the_child_wrote_it(
    own: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert faults(own, PARENT) == expected


def test_what_is_asked_for_is_public_also_where_points_are_not() -> None:
    shown = policy.without_points(PARENT)
    assert shown["requirement"] == PARENT["requirement"]
    assert shown["tenure"] == PARENT["tenure"]
    assert "points" not in shown["contribution_types"]["talk"]
