"""What another policy would make of a program, in a sentence."""

from __future__ import annotations

import pytest

from domain.rules.courses import Fate
from domain.rules.renewal_words import sentence

R, L, A, W = Fate.RENEWED, Fate.LAPSED, Fate.ASKED, Fate.WAITING


@pytest.mark.parametrize(
    ("against", "under", "said"),
    [
        ({R: 5}, {R: 2, L: 3}, "three more would lapse and three fewer would be renewed."),
        ({W: 1}, {L: 1}, "one more would lapse and one fewer would wait."),
        ({L: 13}, {}, "13 fewer would lapse."),
        ({}, {A: 12_000}, "12,000 more would need a manager's decision."),
        (
            {R: 3},
            {L: 1, A: 1, W: 1},
            "one more would lapse, three fewer would be renewed,"
            " one more would need a manager's decision and one more would wait.",
        ),
        ({R: 1}, {R: 1}, "as many would lapse, be renewed and wait."),
    ],
)
def test_the_difference_is_told(
    against: dict[Fate, int], under: dict[Fate, int], said: str
) -> None:
    assert sentence(4, against, under) == f"Under version 4, {said}"
