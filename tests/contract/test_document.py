"""The document is what the code says, and says it well."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openapi_spec_validator
import pytest
import yaml

from api import contract
from api.http.document import refuse_clashes
from api.routes import endpoints
from tests.contract.validator import document, resolve, validator

COMMITTED = Path(__file__).parents[2] / "openapi.yaml"

OPERATIONS: list[tuple[str, dict[str, Any]]] = [
    (f"{method.upper()} {path}", operation)
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
]


def test_the_committed_document_is_the_codes() -> None:
    assert COMMITTED.read_bytes() == contract.as_yaml(), "run `make openapi` and review the change"


def test_it_is_valid_openapi() -> None:
    openapi_spec_validator.validate(yaml.safe_load(COMMITTED.read_bytes()))


def test_every_operation_is_in_it() -> None:
    told = {operation["operationId"] for _, operation in OPERATIONS}
    assert told == {e.operation_id for e in endpoints() if e.documented}
    assert len(told) == len(OPERATIONS)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_an_operation_is_told_well(name: str, operation: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", operation["operationId"])
    assert operation["summary"]
    assert operation["description"]
    for parameter in operation.get("parameters", []):
        assert parameter["description"], parameter["name"]
    for response in operation["responses"].values():
        for media_type, content in resolve(response).get("content", {}).items():
            if "json" in media_type and "schema" in content:
                validator(content["schema"]).validate(content["example"])
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "example" in content:
            validator(content["schema"]).validate(content["example"])


def test_every_field_is_described_and_named() -> None:
    silent = [
        f"{name}.{field}"
        for name, schema in document()["components"]["schemas"].items()
        for field, inner in schema.get("properties", {}).items()
        if not inner.get("description") and "$ref" not in inner
    ]
    assert silent == []


def test_bodies_refuse_what_they_do_not_know_and_answers_may_grow() -> None:
    asked: set[str] = set()
    told: set[str] = set()
    for _, operation in OPERATIONS:
        for content in operation.get("requestBody", {}).get("content", {}).values():
            asked |= {content["schema"]["$ref"]} if "$ref" in content["schema"] else set()
        for status, response in operation["responses"].items():
            for content in resolve(response).get("content", {}).values():
                if status.startswith("2") and "$ref" in content.get("schema", {}):
                    told.add(content["schema"]["$ref"])
    assert asked
    assert told
    assert [
        ref for ref in asked if resolve({"$ref": ref}).get("additionalProperties") is not False
    ] == []
    assert [
        ref for ref in told if resolve({"$ref": ref}).get("additionalProperties") is False
    ] == []


def test_every_change_of_a_record_can_be_conditional() -> None:
    changing = [e for e in endpoints() if e.method in ("PUT", "PATCH", "DELETE")]
    assert [e.operation_id for e in changing if not e.matches] == []


def test_every_creation_of_one_thing_takes_an_idempotency_key() -> None:
    creating = [e for e in endpoints() if e.status == 201]
    assert [e.operation_id for e in creating if not e.creates or e.location is None] == []


def test_two_types_of_one_name_are_refused() -> None:
    refuse_clashes(["JobView", "JobName", "Page_JobView_"])
    with pytest.raises(ValueError, match="Job"):
        refuse_clashes(["JobView", "Job"])
    with pytest.raises(ValueError, match=r"votes\.Result"):
        refuse_clashes(["domain.rules.votes.Result", "domain.recording.Result"])
