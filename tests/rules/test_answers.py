"""The answers of applicants: what the check takes, the published JSON Schema takes, too."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from domain.rules.contribution_fields import check_values
from domain.rules.contribution_schema import values_schema
from domain.rules.policy_contributions import ExtraField, FieldKind

QUESTIONS = {
    "why": ExtraField("Why?", FieldKind.TEXT, required=True, max_length=20),
    "hours": ExtraField("Hours", FieldKind.INTEGER, minimum=0, maximum=100),
    "from_whom": ExtraField("From whom?", FieldKind.CHOICE, choices=("colleague", "event")),
    "travels": ExtraField("Travels", FieldKind.BOOLEAN),
    "since": ExtraField("Since", FieldKind.DAY),
    "page": ExtraField("Page", FieldKind.URL),
}


@pytest.mark.parametrize(
    ("answers", "faults"),
    [
        ({"why": "Because"}, []),
        (
            {
                "why": "x" * 20,
                "hours": 0,
                "from_whom": "event",
                "travels": False,
                "since": "2026-02-28",
                "page": "https://example.org/",
            },
            [],
        ),
        ({}, [("required", "/answers/why")]),
        ({"why": ""}, [("field", "/answers/why")]),
        ({"why": "x" * 21}, [("field", "/answers/why")]),
        ({"why": None}, [("field", "/answers/why")]),
        ({"why": "x", "age": 7}, [("not_allowed", "/answers/age")]),
        (
            {"why": 3, "hours": 101, "from_whom": "nobody", "page": "nowhere"},
            [
                ("field", "/answers/why"),
                ("field", "/answers/hours"),
                ("field", "/answers/from_whom"),
                ("field", "/answers/page"),
            ],
        ),
    ],
)
def test_answers(answers: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    found = check_values(QUESTIONS, answers, "answers")
    assert [(fault.code, fault.pointer) for fault in found] == faults
    schema = values_schema(QUESTIONS)
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(answers) is (not faults)


def test_a_question_is_told_with_its_answer() -> None:
    assert values_schema(QUESTIONS)["properties"]["why"]["title"] == "Why?"
    assert values_schema(QUESTIONS)["required"] == ["why"]
    assert check_values({}, {}, "answers") == []
