"""The OpenAPI document, made from the declarations of the operations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, cast, get_args

import msgspec
import yaml

from api.http import problems, security
from api.http.endpoint import PARAMETER, Endpoint, Raw, Routes
from api.http.lines import MOST_ELEMENTS, NDJSON
from api.http.responses import PROBLEMS, problem_statuses, reusable_headers, reusable_responses
from api.http.schemas import REFERENCE, example_of, tidy

Json = dict[str, Any]

SUMMARY = """\
The back end of a community's ambassador program: a public directory, contributions, policies, \
people, roles and audit.

Reads of public data need no token and may be cached. Everything else takes a bearer token. \
Errors are RFC 9457 problem documents. Lists are pages with an opaque `cursor`. Unknown fields and \
parameters are refused.
"""


def build(nouns: tuple[Routes, ...], version: str, known: Json) -> Json:
    """The whole document; `known` are schemas that come from elsewhere.

    The same code gives the same document, key by key.
    """
    endpoints = [e for noun in nouns for e in noun.endpoints if e.documented]
    schemas, shapes = _schemas(endpoints)
    schemas |= known
    paths: Json = {}
    for endpoint in sorted(endpoints, key=lambda e: (e.path, e.method)):
        operation = _operation(endpoint, endpoints, schemas, shapes)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Chancery",
            "version": version,
            "summary": "The office that runs an ambassador program.",
            "description": SUMMARY,
            "contact": {"name": "The Chancery maintainers"},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This instance."}],
        "tags": [{"name": noun.tag, "description": noun.description} for noun in nouns],
        "paths": paths,
        "components": {
            "schemas": {name: schemas[name] for name in sorted(schemas)},
            "responses": reusable_responses(schemas),
            "headers": reusable_headers(),
            "securitySchemes": security.SCHEMES,
        },
    }


def to_yaml(document: Json) -> bytes:
    """The document as YAML, in its own order."""
    return yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    ).encode()


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- the name is pyyaml's
        return True


def _schemas(endpoints: list[Endpoint]) -> tuple[Json, Json]:
    """The named schemas, and the schema of each body, result, path parameter and query."""
    declared: dict[str, Any] = {"problem": problems.Problem}
    for endpoint in endpoints:
        name = endpoint.operation_id
        declared |= {f"{name}.path.{n}": type_ for n, type_ in endpoint.path_types.items()}
        if endpoint.query is not None:
            declared[f"{name}.query"] = endpoint.query
        if endpoint.line is not None:
            declared[f"{name}.line"] = endpoint.line
        elif endpoint.body not in (None, Raw):
            declared[f"{name}.body"] = endpoint.body
        if endpoint.answer is not None:
            kinds = get_args(endpoint.answer) or (endpoint.answer,)
            declared |= {f"{name}.answer.{number}": kind for number, kind in enumerate(kinds)}
        elif endpoint.result not in (type(None), Raw):
            declared[f"{name}.result"] = endpoint.result
    found, components = msgspec.json.schema_components(
        list(declared.values()), ref_template=REFERENCE + "{name}"
    )
    queries = {e.query.__name__ for e in endpoints if e.query is not None}
    refuse_clashes(components)
    named = {rename(name): tidy(schema, rename) for name, schema in components.items()}
    shapes = {name: tidy(schema, rename) for name, schema in zip(declared, found, strict=True)}
    for endpoint in endpoints:
        if endpoint.query is not None:
            shapes[f"{endpoint.operation_id}.query"] = named[rename(endpoint.query.__name__)]
    for query in queries:
        named.pop(rename(query), None)
    return named, shapes


def refuse_clashes(names: Iterable[str]) -> None:
    """Raise ValueError when two types would be one on the wire, such as `Job` and `JobView`.

    msgspec puts the module before the names of two that are called the same.
    """
    shown = Counter(map(rename, names))
    if clashes := [name for name, times in shown.items() if times > 1 or "." in name]:
        raise ValueError(f"Two types have one name in the document: {', '.join(clashes)}.")


def rename(name: str) -> str:
    """`Page[X]` is called XPage; the wire's names carry no `View`."""
    inner = re.fullmatch(r"(\w+?)_(\w+?)_", name)
    if inner:
        return rename(inner[2]) + inner[1]
    return name.removesuffix("View") or name


def _operation(endpoint: Endpoint, endpoints: list[Endpoint], schemas: Json, shapes: Json) -> Json:
    operation: Json = {
        "tags": [endpoint.tag],
        "operationId": endpoint.operation_id,
        "summary": endpoint.summary,
        "description": endpoint.description,
        "security": security.needed(endpoint),
    }
    if parameters := _parameters(endpoint, shapes):
        operation["parameters"] = parameters
    if endpoint.body is not None:
        operation["requestBody"] = {
            "description": _asked(endpoint),
            "required": True,
            "content": _body(endpoint, schemas, shapes),
        }
    responses: Json = {str(endpoint.status): _success(endpoint, endpoints, schemas, shapes)}
    if endpoint.may_create:
        responses["201"] = responses["200"] | {"description": "Created."}
    if endpoint.method == "GET":
        responses["304"] = {"description": "The caller has this already (`If-None-Match`)."}
    if endpoint.moves:
        responses["308"] = {
            "description": "It is at another path now.",
            "headers": {"Location": {"$ref": "#/components/headers/Location"}},
        }
    for status in problem_statuses(endpoint):
        responses[str(status)] = {"$ref": f"#/components/responses/{PROBLEMS[status][0]}"}
    operation["responses"] = dict(sorted(responses.items()))
    return operation


FILE: Json = {
    "schema": {"type": "array", "minItems": 1, "maxItems": 10_000, "items": {}},
    "example": [{"name": "Amara Okafor", "github": "amara-okafor"}],
}
"""What is sent as a file, in whatever language: a list of people."""

TABLES: Json = {"text/csv": {"schema": {"type": "string", "minLength": 1}}}

HOOK: Json = {
    "application/json": {
        "schema": {"type": "object"},
        "example": {"zen": "Keep it logically awesome."},
    },
    "application/x-www-form-urlencoded": {
        "schema": {
            "type": "object",
            "required": ["payload"],
            "properties": {"payload": {"type": "string", "contentMediaType": "application/json"}},
        },
        "example": {"payload": '{"zen": "Keep it logically awesome."}'},
    },
}
"""What is signed is described by who sends it."""


def _asked(endpoint: Endpoint) -> str:
    if endpoint.line is not None:
        return f"One such object on each line; or an array of at most {MOST_ELEMENTS:,} of them."
    return "What to store." if endpoint.body is Raw else "See the schema."


def _body(endpoint: Endpoint, schemas: Json, shapes: Json) -> Json:
    if endpoint.body is Raw:
        known = HOOK if endpoint.access.signed else TABLES
        return {kind: known.get(kind, FILE) for kind in endpoint.consumes}
    if endpoint.line is not None:
        line = shapes[f"{endpoint.operation_id}.line"]
        array = {"type": "array", "maxItems": MOST_ELEMENTS, "items": line}
        example = example_of(line, schemas)
        return {
            NDJSON: {"schema": line, "example": example},
            "application/json": {"schema": array, "example": [example]},
        }
    schema = shapes[f"{endpoint.operation_id}.body"]
    content = {"schema": schema, "example": example_of(schema, schemas)}
    return dict.fromkeys(endpoint.consumes, content)


def _parameters(endpoint: Endpoint, shapes: Json) -> list[Json]:
    found: list[Json] = []
    for name in endpoint.path_types:
        schema = dict(shapes[f"{endpoint.operation_id}.path.{name}"])
        text = schema.pop("description", "Names the resource.")
        example = {"example": example_of(schema, {})}
        found.append(_parameter(name, "path", schema, text, required=True) | example)
    if endpoint.query is not None:
        query = shapes[f"{endpoint.operation_id}.query"]
        for name, declared in query.get("properties", {}).items():
            schema = _without_null(dict(declared))
            text = schema.pop("description", "Filters the list.")
            required = name in query.get("required", [])
            found.append(_parameter(name, "query", schema, text, required=required))
    for name, text in endpoint.hears.items():
        schema = {"type": "string", "minLength": 1, "maxLength": 255}
        found.append(_parameter(name, "header", schema, text, required=True))
    if endpoint.matches:
        text = "The ETag that was read: the change is refused (412) if the resource changed since."
        found.append(_parameter("If-Match", "header", {"type": "string"}, text))
    if endpoint.method == "GET":
        text = "The ETag that the caller has: 304 if it is still the same."
        found.append(_parameter("If-None-Match", "header", {"type": "string"}, text))
    if endpoint.creates:
        text = "Chosen by the caller: the same key and body again create nothing more (24 hours)."
        schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$(?!\\n)"}
        found.append(_parameter("Idempotency-Key", "header", schema, text))
    return found


def _parameter(name: str, where: str, schema: Json, text: str, *, required: bool = False) -> Json:
    made: Json = {"name": name, "in": where, "description": text}
    if required:
        made["required"] = True
    schema.pop("title", None)
    return made | {"schema": schema}


def _without_null(schema: Json) -> Json:
    kind: Any = schema.get("type")
    if isinstance(kind, list):
        kinds = cast("list[str]", kind)
        schema["type"] = next(name for name in kinds if name != "null")
        if "enum" in schema:
            schema["enum"] = [value for value in schema["enum"] if value is not None]
    options = [o for o in schema.get("anyOf", []) if o != {"type": "null"}]
    if len(options) == 1:
        schema.pop("anyOf")
        schema = options[0] | schema
    return schema


def _success(endpoint: Endpoint, endpoints: list[Endpoint], schemas: Json, shapes: Json) -> Json:
    headers = ["X-Request-ID"]
    response: Json = {"description": _told(endpoint)}
    if endpoint.result is Raw:
        kinds = {"schema": {"type": "string"}}
        response["content"] = {
            kind: dict(kinds) if kind.startswith("text/") else {} for kind in endpoint.produces
        }
    elif endpoint.answer is not None:
        kinds = [
            s for name, s in shapes.items() if name.startswith(f"{endpoint.operation_id}.answer.")
        ]
        schema = {"oneOf": kinds} if len(kinds) > 1 else kinds[0]
        example = example_of(kinds[0], schemas)
        response["content"] = {NDJSON: {"schema": schema, "example": example}}
    elif endpoint.result is not type(None):
        schema = shapes[f"{endpoint.operation_id}.result"]
        content = {"schema": schema, "example": example_of(schema, schemas)}
        response["content"] = dict.fromkeys(endpoint.produces, content)
    if endpoint.method == "GET":
        headers += ["ETag", "Cache-Control", "Vary"]
    if endpoint.location is not None:
        headers.append("Location")
    if links := _links(endpoint, endpoints) | _leads(endpoint, endpoints):
        response["links"] = links
    response["headers"] = {n: {"$ref": f"#/components/headers/{n}"} for n in sorted(headers)}
    return response


def _told(endpoint: Endpoint) -> str:
    if endpoint.answer is not None:
        return f"{endpoint.summary}: one such object on each line."
    return {201: "Created.", 204: "Done; there is nothing to say."}.get(
        endpoint.status, endpoint.summary + "."
    )


def _links(endpoint: Endpoint, endpoints: list[Endpoint]) -> Json:
    """From what was created to the operations on it, by the Location's template."""
    links: Json = {}
    if endpoint.location is None:
        return links
    template = endpoint.location.split("/")
    for other in endpoints:
        steps = other.path.split("/")
        below = steps[: len(template)]
        if len(steps) < len(template) or len(PARAMETER.findall(other.path)) != len(
            PARAMETER.findall("/".join(below))
        ):
            continue
        pairs = list(zip(below, template, strict=True))
        if any(
            a != b and not (PARAMETER.fullmatch(a) and PARAMETER.fullmatch(b)) for a, b in pairs
        ):
            continue
        values = {
            a[1:-1]: f"$request.path.{b[1:-1]}"
            if b[1:-1] in endpoint.path_types
            else f"$response.body#/{b[1:-1]}"
            for a, b in pairs
            if PARAMETER.fullmatch(a)
        }
        links[other.operation_id] = {"operationId": other.operation_id, "parameters": values}
    return links


def _leads(endpoint: Endpoint, endpoints: list[Endpoint]) -> Json:
    """From an operation to those that it says come next, on what its own path and answer name."""
    known = {other.operation_id: other for other in endpoints}
    return {
        name: {
            "operationId": name,
            "parameters": {
                one: f"$response.body#/{told[one]}" if one in told else f"$request.path.{one}"
                for one in known[name].path_types
            },
        }
        for name, told in endpoint.leads.items()
    }
