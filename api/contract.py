"""The published contract of this release."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec

from api.http import document
from api.routes import NOUNS
from domain.rules import policy as rules


def build() -> dict[str, Any]:
    """The OpenAPI document of every operation."""
    return document.build(NOUNS, version("chancery"), _policy_schemas())


def _policy_schemas() -> dict[str, Any]:
    """The schema of policy documents as components: `PolicyDocument` and its parts."""
    schema = rules.json_schema()
    # Generators name their types by the title.
    parts = {
        f"Policy{name}": part | {"title": f"Policy{name}"}
        for name, part in schema.pop("$defs").items()
    }
    schema.pop("$schema", None)
    text = msgspec.json.encode({"PolicyDocument": schema, **parts})
    return msgspec.json.decode(text.replace(b'"#/$defs/', b'"#/components/schemas/Policy'))


@cache
def as_json() -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(build())


@cache
def as_yaml() -> bytes:
    """The document as YAML, as it is committed."""
    return document.to_yaml(build())
