"""Operations by the line: how they are told, and that a fuzzer and a client can use them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.openapi.checks import JsonSchemaError

from api.http import document
from tests.contract import fuzz_hooks, validator
from tests.http import toy
from tests.http.test_upload import GRANIAN
from tests.processes import Service

TOLD = document.build((toy.routes,), "0.0.0", {})
OPERATION = TOLD["paths"]["/notes/bulk"]["post"]
RULES = Path(__file__).with_name("schemathesis.toml").read_text()
CONFIG = schemathesis.Config.from_str(RULES.replace("post_contributions", OPERATION["operationId"]))
contract: Any = schemathesis.openapi.from_dict(TOLD, config=CONFIG)


def test_a_request_is_told_by_the_line_and_as_an_array() -> None:
    content = OPERATION["requestBody"]["content"]
    note = {"$ref": "#/components/schemas/NewNote"}
    assert content["application/x-ndjson"]["schema"] == note
    assert content["application/json"]["schema"] == {
        "type": "array",
        "maxItems": 1000,
        "items": note,
    }
    assert {"413", "415"} <= OPERATION["responses"].keys()
    assert "422" not in OPERATION["responses"]


def test_an_answer_is_told_by_the_line() -> None:
    (content,) = OPERATION["responses"]["200"]["content"].items()
    assert content[0] == "application/x-ndjson"
    names = [kind["$ref"].rpartition("/")[2] for kind in content[1]["schema"]["oneOf"]]
    assert names == ["NoteTaken", "NotesCounted"]


def test_every_line_of_every_answer_is_held_against_its_schema() -> None:
    schema = {"type": "object", "required": ["index"]}
    validator.check_lines(schema, b'{"index":0}\n{"index":1}\n')
    with pytest.raises(jsonschema.ValidationError):
        validator.check_lines(schema, b'{"index":0}\n{}\n')
    with pytest.raises(AssertionError):
        validator.check_lines(schema, b'{"index":0}\n{"index":1}')


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """The toy as a process."""
    with Service(command=[sys.executable, *GRANIAN.split()]) as service:
        yield service.ready()


@contract.include(operation_id="take_notes").parametrize()
@settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_a_fuzzer_can_use_it(case: Any, service: Service) -> None:
    case.call_and_validate(base_url=service.url)


def test_a_bad_line_after_the_first_is_found(service: Service) -> None:
    operation = contract["/notes/bulk"]["POST"]
    case = operation.Case(body={"text": "one"}, media_type="application/x-ndjson")
    response = case.call(base_url=service.url)
    assert response.content.splitlines()[-1] == b'{"taken":2}'
    case.validate_response(response)
    response.content += b'{"index":-1}\n'
    with pytest.raises(JsonSchemaError):
        fuzz_hooks.every_line_conforms(None, response, case)
