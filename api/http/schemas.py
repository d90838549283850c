"""JSON Schemas from msgspec, tidied for readers and generators, and examples made from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

Json = dict[str, Any]

REFERENCE = "#/components/schemas/"
NULL: Json = {"type": "null"}

PLACEHOLDERS: dict[str, str] = {
    "uuid": "019a0000-0000-7000-8000-000000000001",
    "date-time": "2026-03-03T12:00:00Z",
    "date": "2026-03-03",
    "iri": "https://example.org/",
    "uri": "https://example.org/",
}
"""What an example shows for a text of a known format."""


def tidy(schema: Any, rename: Callable[[str], str]) -> Any:
    """The same schema as generators like it: no unions with null, no null defaults, named refs."""
    if isinstance(schema, list):
        return [tidy(item, rename) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    done: Json = {}
    for key, value in cast(Json, schema).items():
        if key in ("examples", "enum", "const", "default"):
            done[key] = value
        elif key == "$ref":
            done[key] = REFERENCE + rename(str(value).removeprefix(REFERENCE))
        elif key == "title":
            done[key] = rename(str(value).replace("[", "_").replace("]", "_"))
        elif key == "properties":
            done[key] = {name: _told(tidy(inner, rename)) for name, inner in value.items()}
        else:
            done[key] = tidy(value, rename)
    if done.get("default", 0) is None:
        done.pop("default")
    if "enum" in done and "type" not in done:
        done["type"] = _type_of(done["enum"])
    return _nullable(done)


def _told(schema: Json) -> Json:
    """A property that says what it is for: what tells the members of a union apart says nothing."""
    if len(schema.get("enum", [])) == 1 and "description" not in schema:
        return schema | {"description": f"Always `{schema['enum'][0]}`."}
    return schema


def _type_of(values: list[Any]) -> Any:
    kinds = ["null" if v is None else "integer" if isinstance(v, int) else "string" for v in values]
    unique = list(dict.fromkeys(kinds))
    return unique[0] if len(unique) == 1 else unique


def _nullable(schema: Json) -> Json:
    options = schema.get("anyOf")
    if not options or NULL not in options:
        return schema
    rest = [option for option in options if option != NULL]
    if len(rest) != 1 or "$ref" in rest[0]:
        return schema
    outer = {key: value for key, value in schema.items() if key != "anyOf"}
    merged: Json = rest[0] | outer
    kind = merged.get("type")
    merged["type"] = [*kind, "null"] if isinstance(kind, list) else [kind, "null"]
    if "enum" in merged and None not in merged["enum"]:
        merged["enum"] = [*merged["enum"], None]
    return merged


def example_of(schema: Json, named: Json) -> Any:
    """An example that fits a schema: its own, else one made of its parts."""
    if "$ref" in schema:
        return example_of(named[schema["$ref"].removeprefix(REFERENCE)], named)
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "default" in schema:
        return schema["default"]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], named)
    return _made_up(schema, named)


def _made_up(schema: Json, named: Json) -> Any:
    match schema.get("type"):
        case "object":
            return {
                name: example_of(inner, named)
                for name, inner in schema.get("properties", {}).items()
            }
        case "array":
            return [example_of(schema["items"], named)] if "items" in schema else []
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return True
        case "string":
            return PLACEHOLDERS.get(schema.get("format", ""), "text")
        case _:
            return None
