"""What a generator can't make up: cursors of a page, ETags of a resource, keys that are fresh."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis import GenerationMode


@schemathesis.hook
def map_case(context: Any, case: Any) -> Any:
    """In requests that are meant to be good, leave out made-up cursors, and let key and ETag fit.

    A cursor that no page gave is refused (400), a key used with another body too (422), and so is
    an ETag that the resource does not have (412): all are right, and all have tests of their own.
    """
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
