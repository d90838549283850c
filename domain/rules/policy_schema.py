"""The published JSON Schema of the policy document as a program writes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from domain.rules.policy_document import Policy


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one program's own document.

    It is sparse: a program with a parent states only what differs, and null removes what the
    parent says. What the effective policy must have is in `policy.validate` alone.
    """
    _, components = msgspec.json.schema_components((Policy,), ref_template="#/$defs/{name}")
    whole = set(_listed(components))
    written = {
        name: components[name] if name in whole else _written(components[name])
        for name in sorted(components)
    }
    root = written.pop("Policy")
    root["title"] = "Policy document"
    root["description"] = (
        "The rules of one program. A program with a parent states only what differs from it; "
        "null removes what the parent says."
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **root,
        "$defs": written,
    }


def _listed(components: dict[str, Any]) -> Iterator[str]:
    """The objects that stand in lists; a list is replaced as a whole, so they are never sparse."""
    for component in components.values():
        for value in component.get("properties", {}).values():
            name = value.get("items", {}).get("$ref", "").rpartition("/")[2]
            if "properties" in components.get(name, {}):
                yield name


def _written(component: dict[str, Any]) -> dict[str, Any]:
    if "enum" in component:
        return {"type": "string", **component}
    schema = {key: value for key, value in component.items() if key != "required"}
    schema["properties"] = {
        name: _removable(value) for name, value in component["properties"].items()
    }
    return schema


def _removable(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that also takes null, written so that client generators read it as nullable."""
    schema = {key: value for key, value in schema.items() if key != "default"}
    if options := schema.pop("anyOf", None):
        stated = [option for option in options if option != {"type": "null"}]
        schema |= stated[0]
    if isinstance(schema.get("additionalProperties"), dict):
        schema["additionalProperties"] = _removable(schema["additionalProperties"])
    if reference := schema.pop("$ref", None):
        return {**schema, "anyOf": [{"$ref": reference}, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}
