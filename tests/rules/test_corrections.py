"""What a correction answers for, and which readings are taken."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from domain.errors import DomainError
from domain.rules import corrections
from domain.rules.corrections import Told
from domain.rules.policy import Policy
from domain.rules.policy_contributions import Area, ContributionType, Metric, RequirableField
from domain.rules.policy_document import Texts

TODAY = date(2026, 3, 3)
TALK = ContributionType(
    "Talk", Area.EVENTS, required=(RequirableField.URL,), roles=("speaker",), announceable=True
)
ARTICLE = ContributionType("Article", Area.CONTENT, metrics={"views": Metric("Views")})
POLICY = Policy(Texts("Invented"), contribution_types={"talk": TALK, "article": ARTICLE})
# As it was recorded before the policy wanted a link.
BEFORE = Told(
    type="talk",
    url=None,
    description=None,
    language=None,
    country=None,
    event_format=None,
    audience=(),
    evidence=(),
    role=None,
    ended_on=None,
    tags=(),
    fields={},
    participants=(),
)


@pytest.mark.parametrize(
    ("change", "on", "code", "pointers"),
    [
        ({"description": "Mended."}, "2025-11", None, []),
        ({"url": "https://example.org/"}, "2025-11", None, []),
        ({}, "2026-04", None, []),
        ({"role": "dancer"}, "2025-11", "breaks_policy", ["/role"]),
        ({"event_format": "hybrid"}, "2025-11", "breaks_policy", ["/country"]),
        ({"ended_on": date(2025, 10, 31)}, "2025-11", "invalid", ["/ended_on"]),
        ({"type": "article"}, "2025-11", None, []),
        ({"type": "article"}, "2026-04", "invalid", ["/occurred_on"]),
        ({"type": "dancing"}, "2025-11", "invalid_reference", ["/type"]),
    ],
)
def test_a_correction_answers_for_what_it_changes(
    change: dict[str, Any], on: str, code: str | None, pointers: list[str]
) -> None:
    after = replace(BEFORE, **change)
    if code is None:
        found = corrections.check(POLICY, BEFORE, after, "2025-11", on, TODAY)
        assert found.first == date(int(on[:4]), int(on[5:]), 1)
        return
    with pytest.raises(DomainError) as error:
        corrections.check(POLICY, BEFORE, after, "2025-11", on, TODAY)
    assert error.value.code == code
    assert [fault.pointer for fault in error.value.faults] == pointers


def test_a_fault_that_is_touched_is_a_fault_again() -> None:
    linked = replace(BEFORE, url="https://example.org/")
    with pytest.raises(DomainError) as error:
        corrections.check(POLICY, linked, BEFORE, "2025", "2025", TODAY)
    assert [fault.pointer for fault in error.value.faults] == ["/url"]


def test_a_type_that_the_policy_has_no_more_holds_up_no_other_correction() -> None:
    before = replace(BEFORE, type="dancing")
    after = replace(before, url="https://example.org/")
    assert corrections.check(POLICY, before, after, "2025", "2024", TODAY).first == date(2024, 1, 1)


@pytest.mark.parametrize(
    ("kind", "values", "read_on", "code"),
    [
        (ARTICLE, {"views": 1}, date(2025, 11, 1), None),
        (ARTICLE, {"views": 1}, TODAY, None),
        (ARTICLE, {"views": 1}, date(2025, 10, 31), "invalid"),
        (ARTICLE, {"views": 1}, date(2026, 3, 4), "invalid"),
        (ARTICLE, {"views": 1, "likes": 2}, TODAY, "breaks_policy"),
        (None, {"views": 1}, TODAY, "breaks_policy"),
    ],
)
def test_readings(
    kind: ContributionType | None, values: dict[str, int], read_on: date, code: str | None
) -> None:
    first = date(2025, 11, 1)
    if code is None:
        corrections.check_reading(kind, values, read_on, first, TODAY)
        return
    with pytest.raises(DomainError) as error:
        corrections.check_reading(kind, values, read_on, first, TODAY)
    assert error.value.code == code
