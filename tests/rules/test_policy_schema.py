"""The published JSON Schema says the same as the rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain.rules import policy

SCHEMA = policy.json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
PARENT: dict[str, Any] = {
    "texts": {"name": "Tidewater"},
    "contribution_types": {"a": {"name": "A", "area": "code"}},
    "groups": {"a": {"name": "A"}},
}
BEYOND_THE_SCHEMA = {
    "currency",
    "decimals",
    "name_taken",
    "no_points",
    "no_roles",
    "nothing_counts",
    "out_of_place",
    "range",
    "required",
    "unknown_attribute",
    "unknown_group",
    "unknown_role",
    "unknown_time_zone",
    "unknown_type",
}
"""What depends on the parent, on other entries or on the time zone database."""


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from subschemas(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from subschemas(value)


def test_it_is_a_schema_of_its_draft() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert policy.json_schema() == SCHEMA


def test_every_part_is_described_and_bounded() -> None:
    for schema in subschemas(SCHEMA):
        assert "$id" not in schema
        assert "default" not in schema
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if "string" in kinds and "enum" not in schema:
            assert {"minLength", "maxLength", "pattern"} <= schema.keys()
        if "array" in kinds:
            assert "maxItems" in schema
        if "object" in kinds:
            assert schema.get("additionalProperties") is False or "maxProperties" in schema
            if "properties" in schema:
                assert schema["description"]
            for value in schema.get("properties", {}).values():
                assert value["description"].endswith(".")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"texts": {"tagline": None}, "groups": {"a": None}, "admission": None},
        {"contribution_types": {"b": {"name": "B", "area": "content", "aliases": ["Bee"]}}},
    ],
)
def test_a_child_writes_only_what_differs(document: dict[str, Any]) -> None:
    VALIDATOR.validate(document)
    policy.validate(policy.resolve(document, PARENT), document)


TEXT = st.text(max_size=3) | st.sampled_from(["a\n", "\0", "x" * 101, "y" * 201, "UTC"])
CODE = st.sampled_from(["a", "b", "c" * 63, "d" * 64, "E", "a\n", ""])
ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(CODE, inner, max_size=2),
    max_leaves=4,
)
LISTS = st.lists(TEXT | ANY | st.sampled_from(["bio", "active"]), max_size=3)
MAPS = st.dictionaries(
    CODE,
    st.fixed_dictionaries({}, optional={"name": TEXT, "description": ANY, "extra": ANY}) | ANY,
    max_size=2,
)
FIELD = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT,
        "kind": st.sampled_from(["text", "choice", "integer", "colour"]) | ANY,
        "required": ANY,
        "choices": st.lists(CODE, max_size=2) | ANY,
        "max_length": st.sampled_from([0, 1, 5000, 5001]) | ANY,
        "minimum": st.sampled_from([-(2**53), 2**53 - 1, 3]) | ANY,
        "maximum": ANY,
    },
)
CAP = st.fixed_dictionaries(
    {},
    optional={
        "at_most": st.sampled_from([0, 1, None]) | ANY,
        "within": st.sampled_from(["P1Y", "P0Y", "P1Y\n", "P1Y2M", "P1000D", "PT1H", "P52W"]) | ANY,
        "extra": ANY,
    },
)
TYPE = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT,
        "area": st.sampled_from(["code", "sports"]) | ANY,
        "aliases": LISTS | st.just([f"a{i}" for i in range(21)]),
        "required": st.lists(st.sampled_from(["url", "role", "shoe"]) | ANY, max_size=2) | ANY,
        "roles": LISTS,
        "metrics": MAPS | ANY,
        "fields": st.dictionaries(CODE, FIELD | ANY, max_size=2) | ANY,
        "acceptance": st.sampled_from(["at_once", "by_review", "never"]) | ANY,
        "announceable": ANY,
        "points": st.sampled_from([-1, 1_000_000, 1_000_001]) | ANY,
        "caps": st.lists(CAP | ANY, max_size=2) | ANY,
        "counting": st.sampled_from(["full", "split"]) | ANY,
        "extra": ANY,
    },
)
STRETCHES = st.sampled_from(["P1Y", "P30D", "P1W", "P0M", "P1Y\n"]) | ANY
DAYS_OF_THE_YEAR = st.sampled_from(["02-01", "12-31", "02-29", "04-31", "2-1", "02-01\n"]) | ANY
TENURE = st.fixed_dictionaries(
    {},
    optional={
        "clock": st.sampled_from(["anniversary", "cohort", "calendar", "none", "sundial"]) | ANY,
        "length": STRETCHES,
        "starts": st.lists(DAYS_OF_THE_YEAR, max_size=2) | ANY,
        "cycle": st.fixed_dictionaries(
            {}, optional={"first": DAYS_OF_THE_YEAR, "last": DAYS_OF_THE_YEAR, "extra": ANY}
        )
        | ANY,
        "grace": STRETCHES,
        "when_met": st.sampled_from(["renew", "review", "lapse"]) | ANY,
        "when_not_met": st.sampled_from(["lapse", "review", "renew"]) | ANY,
        "reminders": st.fixed_dictionaries(
            {}, optional={"ending": st.lists(STRETCHES, max_size=2) | ANY, "at_risk": ANY}
        )
        | ANY,
        "extra": ANY,
    },
)
CONDITION = st.fixed_dictionaries(
    {},
    optional={
        "measure": st.sampled_from(["contributions", "points", "distinct_types", "hours"]) | ANY,
        "at_least": st.sampled_from([0, 1, 1_000_000, 1_000_001]) | ANY,
        "types": LISTS | st.lists(CODE, max_size=2),
        "areas": st.lists(st.sampled_from(["code", "sports"]) | ANY, max_size=2) | ANY,
        "within": STRETCHES,
        "extra": ANY,
    },
)
GROUP = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT,
        "needs": st.sampled_from(["all", "any", "most"]) | ANY,
        "conditions": st.dictionaries(CODE, CONDITION | ANY, max_size=2) | ANY,
        "extra": ANY,
    },
)
BENEFIT = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT,
        "kind": st.sampled_from(["swag", "membership", "gold"]) | ANY,
        "offered": st.lists(
            st.sampled_from(["admission", "end", "manager", "renewal", "noon"]) | ANY, max_size=3
        )
        | ANY,
        "public": ANY,
        "value": st.fixed_dictionaries(
            {},
            optional={
                "amount": st.sampled_from(["150.00", "0", "1.23456", "-1", "01", "1e3", 1.5]) | ANY,
                "currency": st.sampled_from(["USD", "JPY", "XXX", "usd", "USD\n"]) | ANY,
                "extra": ANY,
            },
        )
        | ANY,
        "eligibility": st.fixed_dictionaries(
            {},
            optional={
                "attributes": LISTS,
                "groups": st.lists(CODE, max_size=2) | ANY,
                "roles": LISTS,
                "tenures": st.sampled_from([0, 1, 1000, 1001]) | ANY,
            },
        )
        | ANY,
        "per_tenure": st.sampled_from([0, 2, 1000, 1001]) | ANY,
        "ever": st.sampled_from([0, 1]) | ANY,
        "automatic": ANY,
        "needs": st.lists(st.sampled_from(["address", "shoe"]) | ANY, max_size=2) | ANY,
        "approval": ANY,
        "claim_within": STRETCHES,
        "fulfil_within": STRETCHES,
        "items": st.dictionaries(
            CODE | st.sampled_from(["t-shirt", "-a", "a--b", "a\n"]),
            st.sampled_from([0, 1, 1000, 1001]) | ANY,
            max_size=2,
        )
        | ANY,
        "codes": ANY,
        "ends_with_tenure": ANY,
        "extra": ANY,
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "texts": st.fixed_dictionaries(
            {},
            optional={
                "name": TEXT,
                "tagline": ANY,
                "website_url": st.sampled_from(
                    ["https://a", "http://a/b?c", "https:///", "ftp://a"]
                ),
            },
        )
        | ANY,
        "time_zone": TEXT | ANY,
        "directory": st.fixed_dictionaries(
            {}, optional={"public": ANY, "hidden_fields": LISTS, "statuses": LISTS}
        )
        | ANY,
        "groups": MAPS | ANY,
        "roles": MAPS | ANY,
        "contribution_types": st.dictionaries(CODE, TYPE | ANY, max_size=2) | ANY,
        "admission": st.fixed_dictionaries({}, optional={"mode": ANY | st.just("open")}) | ANY,
        "review": st.fixed_dictionaries({}, optional={"decline_reasons": MAPS | ANY}) | ANY,
        "scoring": st.fixed_dictionaries({}, optional={"internal": ANY}) | ANY,
        "audiences": MAPS | ANY,
        "tenure": TENURE | ANY,
        "requirement": st.fixed_dictionaries(
            {}, optional={"groups": st.dictionaries(CODE, GROUP | ANY, max_size=2) | ANY}
        )
        | ANY,
        "eligibility": st.dictionaries(
            CODE, st.fixed_dictionaries({}, optional={"name": TEXT, "required": ANY}) | ANY
        )
        | ANY,
        "departure": st.fixed_dictionaries({}, optional={"list_farewells": ANY}) | ANY,
        "benefits": st.dictionaries(CODE, BENEFIT | ANY, max_size=2) | ANY,
        "deliveries": st.fixed_dictionaries({}, optional={"kept": STRETCHES}) | ANY,
        "extra": ANY,
    },
)


@given(DOCUMENTS)
def test_schema_and_rules_agree_on_every_document(document: dict[str, Any]) -> None:
    try:
        policy.validate(policy.resolve(document, PARENT), document)
        found: set[tuple[str, str]] = set()
    except policy.InvalidPolicy as refused:
        found = {(fault.code, fault.pointer or "") for fault in refused.faults}
    # A cap inherits nothing, so what it needs is in the schema.
    beyond = {f for f in found if f[0] in BEYOND_THE_SCHEMA and not re.search("/caps/[0-9]", f[1])}
    assert VALIDATOR.is_valid(document) == (found == beyond)
