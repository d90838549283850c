"""What a policy document may say, and that every fault in it is pointed at."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rules import policy
from domain.rules.policy_shape import MAX_DEPTH, MAX_FAULTS, MAX_VALUES, reaches

PARENT: dict[str, Any] = {
    "texts": {"name": "Tidewater Ambassadors", "tagline": "We explain things."},
    "time_zone": "Europe/Lisbon",
    "groups": {"tsc": {"name": "Technical Steering Committee"}},
    "contribution_types": {
        "talk": {"name": "Talk", "area": "events", "aliases": ["presentation"]},
        "case_study": {"name": "Case study", "area": "documentation", "aliases": ["casestudy"]},
    },
    "admission": {"mode": "committee"},
}


def check(own: Mapping[str, Any], parent: Mapping[str, Any] | None = None) -> policy.Policy:
    return policy.validate(policy.resolve(own, parent), own)


def faults(own: Any, parent: Mapping[str, Any] | None = None) -> set[tuple[str | None, str]]:
    with pytest.raises(policy.InvalidPolicy) as caught:
        check(own, parent)
    return {(fault.pointer, fault.code) for fault in caught.value.faults}


def with_type(**changes: Any) -> dict[str, Any]:
    return {
        "texts": {"name": "T"},
        "contribution_types": {"talk": {"name": "Talk", "area": "events"} | changes},
    }


def test_a_name_is_all_that_a_program_must_state() -> None:
    stated = check({"texts": {"name": "Tidewater"}})
    assert stated.texts.name == "Tidewater"
    assert stated.time_zone == "UTC"
    assert stated.directory.public
    assert stated.directory.statuses == (policy.ListedStatus.ACTIVE,)
    assert stated.admission.mode is policy.AdmissionMode.MANAGER
    assert stated.contribution_types == {}


def test_a_whole_document_arrives_typed() -> None:
    stated = check(PARENT)
    assert stated.contribution_types["talk"].area is policy.Area.EVENTS
    assert stated.contribution_types["talk"].aliases == ("presentation",)
    assert stated.groups["tsc"].name == "Technical Steering Committee"
    assert stated.admission.mode is policy.AdmissionMode.COMMITTEE


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, ("", "required")),
        ({"texts": {}}, ("/texts", "required")),
        ({"texts": {"name": None}}, ("/texts/name", "required")),
        ({"texts": []}, ("/texts", "invalid")),
        ({"texts": {"name": ""}}, ("/texts/name", "invalid")),
        ({"texts": {"name": "x" * 101}}, ("/texts/name", "invalid")),
        ({"texts": {"name": " padded"}}, ("/texts/name", "invalid")),
        ({"texts": {"name": "two\nlines"}}, ("/texts/name", "invalid")),
        ({"texts": {"name": "trailing\n"}}, ("/texts/name", "invalid")),
        ({"texts": {"name": "nul\0"}}, ("/texts/name", "invalid")),
        ({"texts": {"name": "\ud800"}}, ("/texts/name", "invalid")),
        ({"texts": {"name": 7}}, ("/texts/name", "invalid")),
        ({"texts": {"name": "T", "website_url": "ftp://a.example"}}, ("/texts/website_url",)),
        ({"texts": {"name": "T", "website_url": "https:///x"}}, ("/texts/website_url",)),
        ({"texts": {"name": "T", "website_url": "https://a b"}}, ("/texts/website_url",)),
        ({"texts": {"name": "T", "no/such~one": 1}}, ("/texts/no~1such~0one", "unknown_field")),
        ({"texts": {"name": "T"}, "karma": {}}, ("/karma", "unknown_field")),
        ({"texts": {"name": "T"}, "karma": None}, ("/karma", "unknown_field")),
        ({"texts": {"name": "T"}, "time_zone": "Mars/Base"}, ("/time_zone", "unknown_time_zone")),
        ({"texts": {"name": "T"}, "time_zone": "localtime"}, ("/time_zone", "unknown_time_zone")),
        ({"texts": {"name": "T"}, "time_zone": "/etc/passwd"}, ("/time_zone", "invalid")),
        ({"texts": {"name": "T"}, "time_zone": math.nan}, ("/time_zone", "invalid")),
        ({"texts": {"name": "T"}, "admission": {"mode": "x"}}, ("/admission/mode", "invalid")),
        (
            {"texts": {"name": "T"}, "directory": {"hidden_fields": ["bio", "email"]}},
            ("/directory/hidden_fields/1", "invalid"),
        ),
        (
            {"texts": {"name": "T"}, "directory": {"hidden_fields": ["bio", "bio"]}},
            ("/directory/hidden_fields/1", "duplicate"),
        ),
        (
            {"texts": {"name": "T"}, "directory": {"statuses": ["active", "suspended"]}},
            ("/directory/statuses/1", "invalid"),
        ),
        ({"texts": {"name": "T"}, "directory": {"public": 1}}, ("/directory/public", "invalid")),
        (
            {"texts": {"name": "T"}, "groups": {"Bad-Code": {"name": "G"}}},
            ("/groups/Bad-Code", "invalid_code"),
        ),
        ({"texts": {"name": "T"}, "groups": {"a\n": {"name": "G"}}}, ("/groups/a\n",)),
        ({"texts": {"name": "T"}, "groups": {"Bad": None}}, ("/groups/Bad", "invalid_code")),
        ({"texts": {"name": "T"}, "roles": {"lead": {}}}, ("/roles/lead", "required")),
        (with_type(area="sports"), ("/contribution_types/talk/area", "invalid")),
        (with_type(aliases=[None]), ("/contribution_types/talk/aliases/0", "invalid")),
        (with_type(aliases="x"), ("/contribution_types/talk/aliases", "invalid")),
        (with_type(aliases=[f"a{i}" for i in range(21)]), ("/contribution_types/talk/aliases",)),
        ({"texts": {"name": "T"}, "scoring": {"internal": 1}}, ("/scoring/internal", "invalid")),
        (
            {"texts": {"name": "T"}, "review": {"decline_reasons": {"Bad": {"name": "B"}}}},
            ("/review/decline_reasons/Bad", "invalid_code"),
        ),
        ({"texts": {"name": "T"}, "audiences": {"a": {}}}, ("/audiences/a", "required")),
    ],
)
def test_each_fault_is_pointed_at(own: dict[str, Any], expected: tuple[str, ...]) -> None:
    found = faults(own)
    assert len(found) == 1
    assert next(iter(found))[: len(expected)] == expected


def test_all_faults_are_told_together() -> None:
    own = {
        "texts": {"name": 1, "tagline": ""},
        "time_zone": "Mars/Base",
        "directory": {"hidden_fields": ["shoe_size"]},
        "groups": {"ok": {"name": ""}},
        "contribution_types": {
            "talk": {"area": "events", "aliases": ["Case-Study"]},
            "case_study": {"name": "Case study", "area": "sports"},
        },
    }
    assert faults(own) == {
        ("/texts/name", "invalid"),
        ("/texts/tagline", "invalid"),
        ("/time_zone", "unknown_time_zone"),
        ("/directory/hidden_fields/0", "invalid"),
        ("/groups/ok/name", "invalid"),
        ("/contribution_types/talk", "required"),
        ("/contribution_types/case_study/area", "invalid"),
        ("/contribution_types/talk/aliases/0", "name_taken"),
    }


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"texts": None}, {("/texts", "required")}),
        ({"texts": {"name": None}}, {("/texts/name", "required")}),
        (
            {"contribution_types": {"talk": {"area": None}}},
            {("/contribution_types/talk/area", "required")},
        ),
        (
            {"contribution_types": {"presentation": {"name": "P", "area": "events"}}},
            {("/contribution_types/presentation", "name_taken")},
        ),
        (
            {"contribution_types": {"v": {"name": "V", "area": "content", "aliases": ["Talk"]}}},
            {("/contribution_types/v/aliases/0", "name_taken")},
        ),
    ],
)
def test_a_child_is_blamed_only_for_what_it_wrote(
    own: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert faults(own, PARENT) == expected


def test_a_fault_in_the_inheritance_names_the_place_at_the_childs_root() -> None:
    parent = PARENT | {"time_zone": "Mars/Base", "groups": {"tsc": {"name": ""}}}
    with pytest.raises(policy.InvalidPolicy) as caught:
        check({"texts": {"name": "Child"}}, parent)
    assert {fault.pointer for fault in caught.value.faults} == {""}
    details = " ".join(fault.detail for fault in caught.value.faults)
    assert "/time_zone" in details
    assert "/groups/tsc/name" in details


def test_a_child_may_take_over_a_name_that_it_frees() -> None:
    own = {
        "contribution_types": {
            "talk": {"aliases": []},
            "presentation": {"name": "Presentation", "area": "events"},
        }
    }
    assert set(check(own, PARENT).contribution_types) == {"talk", "case_study", "presentation"}


def test_a_type_may_repeat_its_own_code_but_not_an_alias() -> None:
    assert check(with_type(aliases=["Talk"]))
    assert faults(with_type(aliases=["a b", "A-B"])) == {
        ("/contribution_types/talk/aliases/1", "name_taken")
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("talk", "talk"),
        ("Presentation", "talk"),
        ("case_study", "case_study"),
        ("Case Study", "case_study"),
        ("case-study", "case_study"),
        (" CASESTUDY ", "case_study"),
        ("webinar", None),
        ("", None),
    ],
)
def test_imports_find_a_type_by_code_or_alias(text: str, code: str | None) -> None:
    assert policy.contribution_type(check(PARENT), text) == code


def nested(levels: int) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for _ in range(levels):
        document = {"texts": document}
    return document


def test_depth_and_size_are_bounded() -> None:
    deep = nested(100_000)
    assert faults(deep) == {("/texts" * MAX_DEPTH, "too_deep")}
    endless: dict[str, Any] = {}
    endless["groups"] = endless
    assert faults(endless) == {("/groups" * MAX_DEPTH, "too_deep")}
    assert faults({"groups": [0] * MAX_VALUES}) == {("", "too_large")}
    doubled: Any = "laugh"
    for _ in range(MAX_DEPTH - 1):
        doubled = [doubled] * 10
    assert faults({"groups": doubled}) == {("", "too_large")}


def test_an_answer_stays_small() -> None:
    with pytest.raises(policy.InvalidPolicy) as caught:
        check({"texts": {"name": "T"}} | {f"{i}" + "x" * 10_000: 1 for i in range(1000)})
    assert len(caught.value.faults) <= MAX_FAULTS
    assert len(msgspec.json.encode(caught.value.faults)) < 100_000


def test_what_is_not_json_is_refused() -> None:
    assert faults([]) == {("", "invalid")}
    assert faults({"groups": {1: {"name": "one"}}}) == {("/groups", "invalid")}
    assert faults({"groups": {"\udfff": {"name": "one"}}}) == {("/groups", "invalid")}


WORDS = ["T", "active", "bio", "events", "UTC", "\0", "\ud800"]
TEXT = st.text(max_size=8) | st.sampled_from(WORDS)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


def objects(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names) | TEXT, JSON, max_size=4)


TYPES = st.dictionaries(
    st.sampled_from(["talk", "a", "b"]) | TEXT,
    objects("name", "area", "aliases", "required", "roles", "caps", "fields", "metrics") | JSON,
    max_size=3,
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "texts": objects("name", "tagline", "website_url") | JSON,
        "time_zone": TEXT | JSON,
        "directory": objects("public", "hidden_fields", "statuses") | JSON,
        "groups": st.dictionaries(TEXT, objects("name", "description"), max_size=3) | JSON,
        "contribution_types": TYPES | JSON,
        "admission": objects("mode") | JSON,
        "other": JSON,
    },
)


@settings(max_examples=30)
@given(NEARLY | JSON, NEARLY)
def test_nothing_but_a_pointed_refusal_comes_out(own: Any, parent: dict[str, Any]) -> None:
    def outcome(against: Mapping[str, Any] | None) -> object:
        try:
            return check(own, against)
        except policy.InvalidPolicy as refused:
            return refused.faults

    try:
        inherited = policy.resolve(parent, None)
    except policy.InvalidPolicy:
        inherited = None
    for against in (None, PARENT, inherited):
        first = outcome(against)
        assert outcome(against) == first
        if isinstance(first, policy.Policy):
            assert first.texts.name
            continue
        assert isinstance(first, tuple)
        assert first
        for fault in first:
            keys = fault.pointer.split("/")[1:]
            assert reaches(own, tuple(k.replace("~1", "/").replace("~0", "~") for k in keys))
        json.dumps([fault.pointer for fault in first], ensure_ascii=False).encode()
