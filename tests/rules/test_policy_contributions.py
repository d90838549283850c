"""What a policy may say about contributions, and what of it a child may change."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.rules import policy
from domain.rules.policy_contributions import Cap, RequirableField
from tests.rules.test_policy import check, faults, with_type

TALK = "/contribution_types/talk"


def with_field(**parts: Any) -> dict[str, Any]:
    return with_type(fields={"size": {"name": "Size"} | parts})


def with_cap(**parts: Any) -> dict[str, Any]:
    return with_type(caps=[{"at_most": 1, "within": "P1Y"} | parts])


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (with_type(required=["url", "shoe"]), (TALK + "/required/1", "invalid")),
        (with_type(required=["url", "url"]), (TALK + "/required/1", "duplicate")),
        (with_type(required=["role"]), (TALK + "/required/0", "no_roles")),
        (with_type(roles=["Speaker"]), (TALK + "/roles/0", "invalid")),
        (with_type(metrics={"views": {}}), (TALK + "/metrics/views", "required")),
        (with_type(acceptance="never"), (TALK + "/acceptance", "invalid")),
        (with_type(announceable=1), (TALK + "/announceable", "invalid")),
        (with_type(points=-1), (TALK + "/points", "invalid")),
        (with_type(points=1_000_001), (TALK + "/points", "invalid")),
        (with_type(points=True), (TALK + "/points", "invalid")),
        (with_type(points=1.5), (TALK + "/points", "invalid")),
        (with_type(counting="half"), (TALK + "/counting", "invalid")),
        (with_cap(at_most=0), (TALK + "/caps/0/at_most", "invalid")),
        (with_cap(at_most=None), (TALK + "/caps/0/at_most", "invalid")),
        (with_cap(within="P0D"), (TALK + "/caps/0/within", "invalid")),
        (with_cap(within="P1Y6M"), (TALK + "/caps/0/within", "invalid")),
        (with_cap(within="PT1H"), (TALK + "/caps/0/within", "invalid")),
        (with_cap(within="-P1Y"), (TALK + "/caps/0/within", "invalid")),
        (with_cap(within="P1Y\n"), (TALK + "/caps/0/within", "invalid")),
        (with_cap(per="P1Y"), (TALK + "/caps/0/per", "unknown_field")),
        (with_type(caps=[{"at_most": 1}]), (TALK + "/caps/0", "required")),
        (with_type(caps=[None]), (TALK + "/caps/0", "invalid")),
        (with_field(kind="colour"), (TALK + "/fields/size/kind", "invalid")),
        (with_field(kind="text", choices=["a"]), (TALK + "/fields/size/choices", "out_of_place")),
        (with_field(kind="choice"), (TALK + "/fields/size/kind", "required")),
        (with_field(kind="choice", choices=[]), (TALK + "/fields/size/choices", "required")),
        (with_field(kind="choice", choices=["a", "a"]), (TALK + "/fields/size/choices/1",)),
        (
            with_field(kind="url", max_length=9),
            (TALK + "/fields/size/max_length", "out_of_place"),
        ),
        (with_field(kind="text", max_length=0), (TALK + "/fields/size/max_length", "invalid")),
        (with_field(kind="day", minimum=1), (TALK + "/fields/size/minimum", "out_of_place")),
        (with_field(kind="text", maximum=1), (TALK + "/fields/size/maximum", "out_of_place")),
        (
            with_field(kind="integer", minimum=2, maximum=1),
            (TALK + "/fields/size/minimum", "range"),
        ),
        (
            with_type(fields={"title": {"name": "T", "kind": "text"}}),
            (TALK + "/fields/title", "name_taken"),
        ),
        (
            with_type(
                fields={"views": {"name": "V", "kind": "text"}}, metrics={"views": {"name": "V"}}
            ),
            (TALK + "/fields/views", "name_taken"),
        ),
    ],
)
def test_each_fault_is_pointed_at(own: dict[str, Any], expected: tuple[str, ...]) -> None:
    found = faults(own)
    assert len(found) == 1
    assert next(iter(found))[: len(expected)] == expected


RICH: dict[str, Any] = {
    "texts": {"name": "Tidewater"},
    "contribution_types": {
        "talk": {
            "name": "Talk",
            "area": "events",
            "required": ["url", "role"],
            "roles": ["speaker"],
            "metrics": {"views": {"name": "Views"}},
            "fields": {
                "level": {"name": "Level", "kind": "choice", "choices": ["low", "high"]},
                "minutes": {"name": "Minutes", "kind": "integer", "minimum": 5},
            },
            "points": 8,
            "caps": [{"at_most": 2, "within": "P1Y"}, {"at_most": 1, "within": "P1W"}],
            "counting": "split",
            "acceptance": "by_review",
        }
    },
    "review": {"decline_reasons": {"spam": {"name": "Spam"}, "old": {"name": "Old"}}},
    "audiences": {"students": {"name": "Students"}},
    "scoring": {"internal": True},
}


def test_a_child_inherits_types_and_changes_parts_of_them() -> None:
    own = {
        "contribution_types": {
            "talk": {
                "points": None,
                "required": ["description"],
                "caps": [{"at_most": 9, "within": "P3M"}],
                "fields": {"minutes": {"maximum": 60}, "level": None},
                "metrics": {"attendees": {"name": "Attendees"}},
            }
        },
        "review": {"decline_reasons": {"old": None}},
    }
    talk = check(own, RICH).contribution_types["talk"]
    assert talk.required == (RequirableField.DESCRIPTION,)
    assert talk.roles == ("speaker",)
    assert talk.points is None
    assert talk.caps == (Cap(9, "P3M"),)
    assert (talk.fields["minutes"].minimum, talk.fields["minutes"].maximum) == (5, 60)
    assert set(talk.fields) == {"minutes"}
    assert set(talk.metrics) == {"views", "attendees"}
    assert (talk.counting, talk.acceptance) == ("split", "by_review")
    assert set(check(own, RICH).review.decline_reasons) == {"spam"}
    assert set(check(own, RICH).audiences) == {"students"}
    assert check(own, RICH).scoring.internal


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        ({"roles": []}, ("/roles", "no_roles")),
        ({"fields": {"level": {"kind": "text"}}}, ("/fields/level/kind", "out_of_place")),
        ({"fields": {"level": {"choices": None}}}, ("/fields/level/choices", "required")),
        ({"fields": {"minutes": {"maximum": 4}}}, ("/fields/minutes/maximum", "range")),
        ({"metrics": {"minutes": {"name": "M"}}}, ("/metrics/minutes", "name_taken")),
    ],
)
def test_what_does_not_fit_its_inheritance_is_pointed_at_where_the_child_wrote_it(
    talk: dict[str, Any], expected: tuple[str, str]
) -> None:
    own = {"contribution_types": {"talk": talk}}
    assert faults(own, RICH) == {(TALK + expected[0], expected[1])}


@pytest.mark.parametrize(
    ("scoring", "pointer"), [({"internal": False}, "/scoring/internal"), (None, "/scoring")]
)
def test_a_child_cannot_publish_the_points_that_its_parent_keeps_internal(
    scoring: Any, pointer: str
) -> None:
    own = {"scoring": scoring}
    with pytest.raises(policy.InvalidPolicy) as caught:
        policy.validate(policy.resolve(own, RICH), own, RICH)
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [(pointer, "internal")]
    assert policy.validate(policy.resolve({}, RICH), {}, RICH).scoring.internal


def test_points_can_be_left_out_of_a_document() -> None:
    shown = policy.without_points(RICH)
    assert "points" not in json.dumps(shown)
    assert RICH["contribution_types"]["talk"]["points"] == 8
    with_points = shown["contribution_types"]["talk"] | {"points": 8}
    assert shown | {"contribution_types": {"talk": with_points}} == RICH
    sparse = {"contribution_types": {"talk": None, "video": {"points": None}}}
    removed = {"contribution_types": {"talk": None, "video": {}}}
    assert policy.without_points(sparse) == removed
    assert policy.without_points({"contribution_types": None}) == {"contribution_types": None}
