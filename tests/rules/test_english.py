"""Numbers, lists and stretches of time in English."""

from __future__ import annotations

from datetime import date

import pytest

from domain.rules.days import written
from domain.rules.english import listed, number, stretch


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("P1Y", "one year"),
        ("P2Y", "two years"),
        ("P12M", "twelve months"),
        ("P18M", "18 months"),
        ("P1W", "one week"),
        ("P90D", "90 days"),
    ],
)
def test_a_stretch_of_time(text: str, said: str) -> None:
    assert stretch(text) == said


def test_numbers_and_lists() -> None:
    assert [number(count) for count in (0, 12, 13, 12_000)] == ["no", "twelve", "13", "12,000"]
    assert listed([], "or") == ""
    assert listed(["talk"], "or") == "talk"
    assert listed(["talk", "article", "video"], "or") == "talk, article or video"


def test_a_day() -> None:
    assert written(date(2026, 3, 7)) == "7 March 2026"
