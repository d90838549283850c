"""The JSON Schema of a contribution's body by its type: the wire's, narrowed by the policy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

import msgspec

from domain.rules.contribution_fields import SOMEWHERE, values_type
from domain.rules.policy_contributions import ContributionType, ExtraField, RequirableField
from domain.rules.policy_types import INT64, MAX_INTEGER

Json = dict[str, Any]

NULL: Json = {"type": "null"}


def body_schema(
    code: str, kind: ContributionType, audiences: Collection[str], base: Mapping[str, Any]
) -> Json:
    """JSON Schema (draft 2020-12) of what may be sent as a contribution of this type.

    It accepts what `contribution_fields.check` finds no fault with. `audiences` are the codes of
    the policy. `base` is the schema of any contribution, as `msgspec.json.schema` writes it, its
    references resolved by `whole`.
    """
    properties = dict(base["properties"])
    properties["type"] = {"const": code}
    properties["role"] = _role(kind, properties["role"])
    properties["participants"] = _people(kind, properties["participants"])
    properties["metrics"] = _metrics(kind)
    properties["fields"] = _fields(kind)
    if audiences:
        items = {"type": "string", "enum": sorted(audiences)}
        properties["audience"] = properties["audience"] | {"items": items}
    required = list(base["required"])
    rules: list[Json] = [_SOMEWHERE]
    for name in kind.required:
        if name is RequirableField.ROLE:
            rules.append(_ROLE_NEEDED)
        else:
            properties[name] = _given(properties[name])
            required.append(name.value)
    if properties["fields"].get("required"):
        required.append("fields")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.name,
        "description": kind.description or base["description"],
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": base["additionalProperties"],
        "allOf": rules,
    }


def values_schema(known: Mapping[str, ExtraField]) -> Json:
    """JSON Schema of the values of fields that a policy declares, such as applicants' answers.

    It accepts what `contribution_fields.check_values` finds no fault with.
    """
    return whole(msgspec.json.schema(values_type(known)))


def whole(schema: Mapping[str, Any]) -> Json:
    """A schema of msgspec without references, and with `null` among the types of what takes it."""
    definitions: Mapping[str, Any] = schema.get("$defs", {})
    return _resolved({k: v for k, v in schema.items() if k != "$defs"}, definitions)


_SOMEWHERE: Json = {
    "if": {
        "properties": {"event_format": {"enum": list(SOMEWHERE)}},
        "required": ["event_format"],
    },
    "then": {"properties": {"country": {"type": "string"}}, "required": ["country"]},
}

_WITH_ROLE: Json = {"properties": {"role": {"type": "string"}}, "required": ["role"]}

_ROLE_NEEDED: Json = {
    "anyOf": [_WITH_ROLE, {"properties": {"participants": {"items": _WITH_ROLE}}}]
}


def _resolved(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_resolved(item, definitions) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    stated = {key: _resolved(value, definitions) for key, value in cast(Json, schema).items()}
    if (reference := stated.pop("$ref", None)) is not None:
        found: Json = _resolved(definitions[reference.rpartition("/")[2]], definitions)
        stated = found | stated
    options: list[Json] = stated.get("anyOf", [])
    if NULL in options and len(options) == 2:
        del stated["anyOf"]
        stated = _or_null(options[0] | stated)
    return stated


def _or_null(schema: Json) -> Json:
    nullable = schema | {"type": [schema.get("type", "string"), "null"]}
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def _takes_null(schema: Json) -> bool:
    return isinstance(schema.get("type"), list) and "null" in schema["type"]


def _given(schema: Json) -> Json:
    """The same, but neither null nor empty."""
    stated = dict(schema)
    if _takes_null(schema):
        stated["type"] = next(name for name in schema["type"] if name != "null")
    if "enum" in stated:
        stated["enum"] = [value for value in stated["enum"] if value is not None]
    elif stated["type"] == "array":
        stated["minItems"] = max(1, stated.get("minItems", 1))
    elif "format" not in stated:
        stated["minLength"] = max(1, stated.get("minLength", 1))
    return stated


def _role(kind: ContributionType, base: Json) -> Json:
    described = {"description": base["description"]}
    if not kind.roles:
        return described | NULL if _takes_null(base) else {"not": {}}
    stated = described | {"type": "string", "enum": list(kind.roles)}
    return _or_null(stated) if _takes_null(base) else stated


def _people(kind: ContributionType, base: Json) -> Json:
    person = dict(base["items"])
    person["properties"] = person["properties"] | {
        "role": _role(kind, person["properties"]["role"])
    }
    return base | {"items": person}


def _metrics(kind: ContributionType) -> Json:
    return {
        "description": "What can be counted; none of it is ever asked for.",
        "type": "object",
        "properties": {
            code: {
                "title": metric.name,
                **({"description": metric.description} if metric.description else {}),
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_INTEGER,
                **INT64,
            }
            for code, metric in kind.metrics.items()
        },
        "additionalProperties": False,
    }


def _fields(kind: ContributionType) -> Json:
    return values_schema(kind.fields) | {
        "title": "Fields",
        "description": "What only this type has.",
    }
