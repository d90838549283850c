"""What a generator can't make up: cursors of a page, ETags of a resource, keys that are fresh."""

from __future__ import annotations

import os
from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis import GenerationMode

OWN: set[str] = set(filter(None, os.environ.get("OWN", "").split(",")))
"""Ids of the caller's own account, token and roles (`tests/contract/own.py`)."""


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
    if isinstance(case.query, dict):
        for name in ("cursor", "after"):
            case.query.pop(name, None)
    if case.headers is not None and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = uuid4().hex
    if case.headers is not None and "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    return case
