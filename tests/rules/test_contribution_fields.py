"""What a type asks of a contribution, that every fault is pointed at, and the published schema."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import Struct

from api.contribution_body import ContributionBody, draft
from domain.rules.contribution_fields import check, fields_type
from domain.rules.contribution_schema import body_schema, whole
from domain.rules.policy_contributions import ContributionType, RequirableField
from tests.rules.test_example_programs import NAMES, read

BASE = whole(msgspec.json.schema(ContributionBody))


class Person(Struct, frozen=True):
    role: str | None = None


class Told(Struct, frozen=True):
    url: str | None = None
    description: str | None = None
    language: str | None = None
    country: str | None = None
    event_format: str | None = None
    audience: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    role: str | None = None
    ended_on: date | None = None
    tags: tuple[str, ...] = ()
    metrics: Mapping[str, Any] = {}
    fields: Mapping[str, Any] = {}
    participants: tuple[Person, ...] = (Person(),)


WHOLE = Told(
    url="https://example.org/",
    description="What it was.",
    language="en",
    country="PT",
    event_format="hybrid",
    audience=("students",),
    evidence=("https://example.org/",),
    role="speaker",
    ended_on=date(2026, 3, 3),
    tags=("messaging",),
)


def kind(**parts: Any) -> ContributionType:
    return msgspec.convert({"name": "Talk", "area": "events"} | parts, ContributionType)


def field(**parts: Any) -> ContributionType:
    return kind(fields={"size": {"name": "Size"} | parts})


def faults(type: ContributionType, told: Told, *audiences: str) -> list[tuple[str | None, str]]:
    return [(fault.pointer, fault.code) for fault in check(type, told, audiences)]


def test_a_plain_type_asks_for_nothing_and_takes_no_more() -> None:
    assert check(kind(), Told()) == []
    told = Told(
        role="speaker",
        participants=(Person(), Person("host")),
        metrics={"views": 1},
        fields={"size": 1},
    )
    assert faults(kind(), told) == [
        ("/role", "not_allowed"),
        ("/participants/1/role", "not_allowed"),
        ("/metrics/views", "not_allowed"),
        ("/fields/size", "not_allowed"),
    ]


@pytest.mark.parametrize("name", list(RequirableField))
def test_whatever_can_be_required_is_missed(name: RequirableField) -> None:
    asking = kind(required=[name], roles=["speaker"])
    assert check(asking, WHOLE) == []
    without = msgspec.structs.replace(
        WHOLE, **{name: () if isinstance(getattr(WHOLE, name), tuple) else None}
    )
    assert faults(asking, without) == [("/" + name, "required")]


def test_a_required_role_is_the_contributions_or_everybodys() -> None:
    asking = kind(required=["role"], roles=["speaker", "host"])
    assert check(asking, Told(role="host")) == []
    assert check(asking, Told(participants=(Person("host"), Person("speaker")))) == []
    half = Told(participants=(Person("host"), Person()))
    assert faults(asking, half) == [("/role", "required")]
    assert faults(asking, Told(role="guest")) == [("/role", "not_allowed")]


@pytest.mark.parametrize(
    ("event_format", "country", "expected"),
    [
        ("in_person", None, [("/country", "required")]),
        ("hybrid", None, [("/country", "required")]),
        ("hybrid", "PT", []),
        ("virtual", None, []),
        ("virtual", "PT", []),
        (None, "PT", []),
    ],
)
def test_where_somebody_was_somewhere_the_country_is_needed(
    event_format: str | None, country: str | None, expected: list[tuple[str, str]]
) -> None:
    assert faults(kind(), Told(event_format=event_format, country=country)) == expected
    asking = kind(required=["country"])
    always = expected or ([] if country else [("/country", "required")])
    assert faults(asking, Told(event_format=event_format, country=country)) == always


def test_audiences_are_the_policys_where_it_names_some() -> None:
    told = Told(audience=("students", "sailors"))
    assert faults(kind(), told) == []
    assert faults(kind(), told, "students") == [("/audience/1", "not_allowed")]


@pytest.mark.parametrize("value", [-1, 2**53, True, 1.0, "1", None])
def test_a_metric_is_a_whole_number_from_zero_on(value: object) -> None:
    counting = kind(metrics={"views": {"name": "Views"}})
    assert check(counting, Told(metrics={"views": 0})) == []
    assert faults(counting, Told(metrics={"views": value})) == [("/metrics/views", "field")]


@pytest.mark.parametrize(
    ("parts", "good", "bad"),
    [
        ({"kind": "text"}, ["x", "two\nlines", "x" * 500], ["", "x" * 501, "\0", 1, None]),
        ({"kind": "text", "max_length": 2}, ["xx"], ["xxx"]),
        ({"kind": "integer"}, [0, -5, 2**53 - 1], [2**53, 1.5, 1.0, True, "1", None]),
        ({"kind": "integer", "minimum": 1, "maximum": 3}, [1, 3], [0, 4]),
        ({"kind": "integer", "minimum": 0, "maximum": 0}, [0], [1, -1]),
        ({"kind": "boolean"}, [True, False], [1, "true", None]),
        ({"kind": "choice", "choices": ["a", "b"]}, ["a", "b"], ["c", "", 1, None, ["a"]]),
        ({"kind": "url"}, ["https://example.org/x"], ["ftp://a", "https://", "http://a b"]),
        ({"kind": "day"}, ["2024-02-29"], ["2023-02-29", "2024-02", "20240229", "", 20240229]),
    ],
)
def test_each_kind_of_field_takes_what_it_is_for(
    parts: dict[str, Any], good: list[Any], bad: list[Any]
) -> None:
    asking = field(**parts)
    assert check(asking, Told()) == []
    for value in good:
        assert faults(asking, Told(fields={"size": value})) == []
    for value in bad:
        assert faults(asking, Told(fields={"size": value})) == [("/fields/size", "field")]


def test_all_faults_are_told_together() -> None:
    asking = kind(
        required=["url", "role", "evidence"],
        roles=["speaker"],
        metrics={"views": {"name": "Views"}},
        fields={
            "class": {"name": "Class", "kind": "text", "required": True},
            "minutes": {"name": "Minutes", "kind": "integer", "minimum": 1},
            "level": {"name": "Level", "kind": "choice", "choices": ["a"]},
        },
    )
    told = Told(
        event_format="in_person",
        participants=(Person(), Person("guest")),
        audience=("sailors",),
        metrics={"views": -1, "likes": 1},
        fields={"minutes": 0, "level": "z", "b~/": 1, "a": 1},
    )
    assert faults(asking, told, "students") == [
        ("/url", "required"),
        ("/role", "required"),
        ("/evidence", "required"),
        ("/country", "required"),
        ("/participants/1/role", "not_allowed"),
        ("/audience/0", "not_allowed"),
        ("/metrics/views", "field"),
        ("/metrics/likes", "not_allowed"),
        ("/fields/a", "not_allowed"),
        ("/fields/b~0~1", "not_allowed"),
        ("/fields/class", "required"),
        ("/fields/minutes", "field"),
        ("/fields/level", "field"),
    ]


def test_equal_fields_share_one_type() -> None:
    assert fields_type(field(kind="url")) is fields_type(field(kind="url"))
    assert fields_type(field(kind="url")) is not fields_type(field(kind="text"))


def test_the_published_schema_is_one_and_describes_each_part() -> None:
    asking = kind(
        required=["url", "tags"],
        metrics={"views": {"name": "Views", "description": "How often it was seen."}},
        fields={"level": {"name": "Level", "kind": "choice", "choices": ["a"], "required": True}},
    )
    schema = body_schema("talk", asking, ["students"], BASE)
    Draft202012Validator.check_schema(schema)
    assert "$ref" not in str(schema)
    properties = schema["properties"]
    assert properties["type"] == {"const": "talk"}
    assert properties["metrics"]["properties"]["views"]["title"] == "Views"
    assert properties["fields"]["properties"]["level"] == {"title": "Level", "enum": ["a"]}
    assert properties["audience"]["items"]["enum"] == ["students"]
    assert {"url", "tags", "fields"} <= set(schema["required"])
    assert properties["url"]["type"] == "string"
    assert properties["tags"]["minItems"] == 1
    assert properties["role"]["type"] == "null"
    assert BASE["properties"]["url"]["type"] == ["string", "null"]


CODES = st.sampled_from(["a", "b", "class"])
EXTRA = st.one_of(
    st.fixed_dictionaries({"kind": st.sampled_from(["boolean", "day", "url", "text"])}),
    st.fixed_dictionaries({"kind": st.just("text"), "max_length": st.integers(1, 3)}),
    st.fixed_dictionaries(
        {"kind": st.just("choice"), "choices": st.lists(CODES, min_size=1, unique=True)}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("integer")},
        optional={"minimum": st.integers(-2, 0), "maximum": st.integers(0, 2)},
    ),
)
KINDS = st.fixed_dictionaries(
    {"name": st.just("Talk"), "area": st.just("events")},
    optional={
        "required": st.lists(st.sampled_from(list(RequirableField)), max_size=3, unique=True),
        "roles": st.lists(CODES, max_size=2, unique=True),
        "metrics": st.dictionaries(CODES, st.just({"name": "Metric"}), max_size=2),
        "fields": st.dictionaries(
            CODES,
            st.tuples(EXTRA, st.booleans()).map(
                lambda made: made[0] | {"name": "Field", "required": made[1]}
            ),
            max_size=2,
        ),
    },
).map(lambda made: msgspec.convert(made, ContributionType))
# JSON counts 1.0 among the integers and we do not (the API guide says so).
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.just(0.5),
    st.text(max_size=4),
    st.sampled_from(["a", "b", "2024-02-03", "2024-2-3", "https://a.b", "ftp://a.b", "x" * 501]),
    st.just([]),
)
ROLES = st.none() | CODES
BODIES = st.fixed_dictionaries(
    {
        "type": st.just("talk"),
        "title": st.just("A talk"),
        "occurred_on": st.just("2026-02"),
        "participants": st.lists(
            st.fixed_dictionaries({"ambassador": st.just("amara")}, optional={"role": ROLES}),
            min_size=1,
            max_size=2,
        ),
    },
    optional={
        "url": st.sampled_from([None, "https://example.org/"]),
        "description": st.sampled_from([None, "", "Words."]),
        "language": st.sampled_from([None, "en"]),
        "country": st.sampled_from([None, "PT"]),
        "event_format": st.sampled_from([None, "in_person", "hybrid", "virtual"]),
        "audience": st.lists(CODES, max_size=2),
        "evidence": st.sampled_from([[], ["https://example.org/"]]),
        "role": ROLES,
        "ended_on": st.sampled_from([None, "2026-02-03"]),
        "tags": st.sampled_from([[], ["messaging"]]),
        "metrics": st.dictionaries(CODES, st.integers(0, 2), max_size=2),
        "fields": st.dictionaries(CODES, VALUES, max_size=2),
    },
)


def agree(asking: ContributionType, audiences: Collection[str], body: dict[str, Any]) -> bool:
    """Whether both find no fault, having made sure that both find one or neither does."""
    validator = Draft202012Validator(
        body_schema("talk", asking, audiences, BASE),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    told = draft(msgspec.convert(body, ContributionBody))
    found = check(asking, told, audiences)
    assert validator.is_valid(body) == (not found)
    return not found


@settings(max_examples=200)
@given(KINDS, st.sets(CODES, max_size=2), BODIES)
def test_the_published_schema_and_the_rules_agree_on_every_body(
    asking: ContributionType, audiences: set[str], body: dict[str, Any]
) -> None:
    agree(asking, audiences, body)


LEAST: dict[str, Any] = {
    "type": "talk",
    "title": "A talk",
    "occurred_on": "2026-02",
    "participants": [{"ambassador": "amara"}],
}
SAID: dict[RequirableField, Any] = {
    RequirableField.AUDIENCE: ["a"],
    RequirableField.COUNTRY: "PT",
    RequirableField.DESCRIPTION: "Words.",
    RequirableField.ENDED_ON: "2026-02-03",
    RequirableField.EVENT_FORMAT: "virtual",
    RequirableField.EVIDENCE: ["https://example.org/"],
    RequirableField.LANGUAGE: "en",
    RequirableField.ROLE: "a",
    RequirableField.TAGS: ["messaging"],
    RequirableField.URL: "https://example.org/",
}
NOTHING: dict[RequirableField, Any] = dict.fromkeys(RequirableField) | {
    RequirableField.AUDIENCE: [],
    RequirableField.DESCRIPTION: "",
    RequirableField.EVIDENCE: [],
    RequirableField.TAGS: [],
}


@pytest.mark.parametrize("name", list(RequirableField))
def test_both_miss_what_is_required_whether_absent_or_empty(name: RequirableField) -> None:
    asking = kind(required=[name], roles=["a"])
    assert agree(asking, (), LEAST | {name.value: SAID[name]})
    assert not agree(asking, (), LEAST)
    assert not agree(asking, (), LEAST | {name.value: NOTHING[name]})
    assert agree(kind(roles=["a"]), (), LEAST | {name.value: NOTHING[name]})


def test_both_read_a_required_role_from_the_people_too() -> None:
    asking = kind(required=["role"], roles=["a", "b"])

    def told(*roles: str | None) -> dict[str, Any]:
        return LEAST | {"participants": [{"ambassador": "amara", "role": role} for role in roles]}

    assert agree(asking, (), told("a", "b"))
    assert not agree(asking, (), told("a", None))
    assert not agree(asking, (), told("c"))
    assert agree(asking, (), told("a", None) | {"role": "b"})


def test_both_miss_a_required_field_when_there_are_no_fields_at_all() -> None:
    asking = field(kind="text", required=True)
    assert agree(asking, (), LEAST | {"fields": {"size": "x"}})
    assert not agree(asking, (), LEAST | {"fields": {}})
    assert not agree(asking, (), LEAST)


@settings(max_examples=200)
@given(KINDS, st.data())
def test_what_is_made_from_the_schema_of_the_fields_fits(
    asking: ContributionType, data: st.DataObject
) -> None:
    schema = body_schema("talk", asking, (), BASE)["properties"]["fields"]
    made = {
        code: data.draw(_fitting(part))
        for code, part in schema["properties"].items()
        if code in schema.get("required", []) or data.draw(st.booleans())
    }
    assert Draft202012Validator(schema).is_valid(made)
    assert not [f for f in check(asking, Told(fields=made)) if "/fields" in str(f.pointer)]


def _fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "date":
        return st.dates().map(date.isoformat)
    if schema["type"] == "boolean":
        return st.booleans()
    if schema["type"] == "integer":
        return st.integers(schema["minimum"], schema["maximum"])
    if schema["minLength"] == 9:
        return st.sampled_from(["https://a", "http://example.org/?x#y"])
    return st.from_regex(schema["pattern"], fullmatch=True).filter(
        lambda text: schema["minLength"] <= len(text) <= schema["maxLength"]
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_type_of_the_examples_has_a_schema(name: str) -> None:
    stated = read(name)
    for code, asking in stated.contribution_types.items():
        schema = body_schema(code, asking, stated.audiences, BASE)
        Draft202012Validator.check_schema(schema)
        assert set(schema["properties"]) == set(BASE["properties"])
