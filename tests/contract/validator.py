"""Holds every answer that any test provokes against the document."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from api import contract

ROOT = "urn:chancery:contract"
NDJSON = "application/x-ndjson"
UNTOLD = frozenset({404, 405})
"""What a path or method outside the document may answer."""


@cache
def document() -> dict[str, Any]:
    return contract.build()


@cache
def paths() -> list[tuple[re.Pattern[str], str]]:
    """Each path as a pattern; fixed steps win over parameters."""
    known = sorted(document()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + r"\Z"), path) for path in known]


@cache
def registry() -> Registry[Any]:
    resource = Resource.from_contents(document(), default_specification=DRAFT202012)
    return Registry().with_resource(ROOT, resource)


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """A validator that knows the document's components."""

    def absolute(part: Any) -> Any:
        if isinstance(part, dict):
            return {
                key: ROOT + value if key == "$ref" and isinstance(value, str) else absolute(value)
                for key, value in part.items()
            }
        return [absolute(item) for item in part] if isinstance(part, list) else part

    return Draft202012Validator(
        absolute(schema), registry=registry(), format_checker=FormatChecker()
    )


def resolve(part: dict[str, Any]) -> dict[str, Any]:
    """The part that a local reference names."""
    if "$ref" not in part:
        return part
    found: Any = document()
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def operation(method: str, path: str) -> dict[str, Any] | None:
    """The documented operation that a request meets."""
    for pattern, template in paths():
        if pattern.match(path):
            return document()["paths"][template].get(
                {"HEAD": "get"}.get(method.upper(), method.lower())
            )
    return None


def check(method: str, path: str, status: int, headers: httpx.Headers, body: bytes) -> None:
    """Raise AssertionError unless the document says that this may be the answer."""
    where = f"{method} {path} -> {status}"
    assert "x-request-id" in headers, f"{where} has no X-Request-ID"
    media_type = headers.get("content-type", "").partition(";")[0]
    if status >= 400 and method != "HEAD":
        assert media_type == "application/problem+json", f"{where} is {media_type}, no problem"
    found = operation(method, path)
    if found is None:
        if method != "OPTIONS" and not path.startswith("/docs"):
            assert status in UNTOLD, f"{where}: not in the document"
        return
    if status == 405:
        return
    assert str(status) in found["responses"], f"{where}: the document has no such status"
    declared = resolve(found["responses"][str(status)])
    content = declared.get("content")
    if method == "HEAD" or not body:
        return
    assert media_type in (content or {}), f"{where}: undocumented {media_type or 'body'}"
    schema = declared["content"][media_type].get("schema")
    if schema and media_type == NDJSON:
        check_lines(schema, body)
    elif schema and "json" in media_type:
        validator(schema).validate(httpx.Response(status, content=body).json())


def check_lines(schema: dict[str, Any], body: bytes) -> None:
    """Raise unless each line of an NDJSON answer is as its schema says."""
    assert body.endswith(b"\n"), "the last line has no end"
    each = validator(schema)
    for line in body.splitlines():
        each.validate(json.loads(line))


async def check_response(response: httpx.Response) -> None:
    """An httpx hook: every answer is held against the document."""
    await response.aread()
    request = response.request
    check(
        request.method, request.url.path, response.status_code, response.headers, response.content
    )
