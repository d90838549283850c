"""What a generator can't make up (cursors, ETags, fresh keys), and NDJSON, which it can't read."""

from __future__ import annotations

import json
import os
import re
from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis import GenerationMode
from schemathesis.core.transport import Response

NDJSON = "application/x-ndjson"
OWN: set[str] = set(filter(None, os.environ.get("OWN", "").split(",")))
"""Ids of the caller's own account, token and roles (`tests/contract/own.py`)."""

SEEDED = re.compile(
    r"/v1/programs/\{program\}/"
    r"(admissions|application-form|applications|benefits|committee|expenses|grants|stock)\b"
)
"""What takes a policy or a stock of its own, as the seed's program has and none made up."""

CONNECTED = {"preview_source": "meetups", "run_source": "meetups", "upload_sheet": "sheets"}
"""What only a source of one kind does, and the seed's source of that kind."""


@schemathesis.hook
def map_case(context: Any, case: Any) -> Any:
    """Spare the caller's own token. In good requests leave out cursors, and let key and ETag fit.

    A cursor that no page gave is refused (400), a key used with another body too (422), and so is
    an ETag that the resource does not have (412): all are right, and all have tests of their own.
    """
    if case.method != "GET" and OWN & set(map(str, (case.path_parameters or {}).values())):
        # A caller who ends its own token or role is answered 401 or 403 from then on.
        case.path_parameters = {name: str(uuid4()) for name in case.path_parameters}
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return case
    if case.path_parameters:
        # Where an answer says null there is no record to go on to.
        case.path_parameters = {
            name: str(uuid4()) if value in (None, "None") else value
            for name, value in case.path_parameters.items()
        }
    if SEEDED.match(case.operation.path):
        case.path_parameters["program"] = "demo"
    if (wanted := CONNECTED.get(case.operation.definition.raw.get("operationId"))) is not None:
        case.path_parameters |= {"program": "demo", "source": wanted}
    if isinstance(case.query, dict):
        for name in ("cursor", "after"):
            case.query.pop(name, None)
    if case.headers is not None and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = uuid4().hex
    if case.headers is not None and "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    case.body = whole(case.body)
    return case


def whole(value: Any) -> Any:
    """The same with `5.0` written `5`: where an integer is expected, it has to look like one.

    See "Known quirks" in docs/api-guide.md; JSON Schema counts both as integers.
    """
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {key: whole(inner) for key, inner in value.items()}
        case list():
            return [whole(inner) for inner in value]
        case _:
            return value


@schemathesis.serializer(NDJSON)
def to_lines(context: Any, value: Any) -> bytes:
    """Every line twice: a tool that sends again what it sent must get an answer, not a clash."""
    line = value if isinstance(value, bytes) else json.dumps(value, default=str).encode()
    return line + b"\n\n" + line


@schemathesis.deserializer(NDJSON)
def from_lines(context: Any, response: Any) -> Any:
    """The first line, which stands for all: the schema is that of one."""
    return json.loads(response.content.partition(b"\n")[0])


@schemathesis.check
def every_line_conforms(context: Any, response: Any, case: Any) -> None:
    """As `response_schema_conformance`, for the lines after the first one."""
    if response.headers.get("content-type") != [NDJSON]:
        return
    for line in response.content.splitlines()[1:]:
        one = Response(
            status_code=response.status_code,
            headers=response.headers,
            content=line,
            request=response.request,
            elapsed=response.elapsed,
            verify=response.verify,
        )
        case.operation.validate_response(one, case=case)
