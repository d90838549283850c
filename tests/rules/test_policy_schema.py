"""The published JSON Schema says the same as the rules."""

from __future__ import annotations

import json
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
BEYOND_THE_SCHEMA = {"required", "name_taken", "unknown_time_zone"}
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
TYPE = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT,
        "area": st.sampled_from(["code", "sports"]) | ANY,
        "aliases": LISTS | st.just([f"a{i}" for i in range(21)]),
        "link_required": ANY,
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
        "extra": ANY,
    },
)


@given(DOCUMENTS)
def test_schema_and_rules_agree_on_every_document(document: dict[str, Any]) -> None:
    try:
        policy.validate(policy.resolve(document, PARENT), document)
        codes: set[str] = set()
    except policy.InvalidPolicy as refused:
        codes = {fault.code for fault in refused.faults}
    assert VALIDATOR.is_valid(document) == (not codes - BEYOND_THE_SCHEMA)
