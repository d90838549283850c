"""Which reminder is due: the latest whose day has come, and none after the end."""

from __future__ import annotations

from datetime import date

import pytest

from domain.rules.reminders import due_on

FIRST, LAST = date(2025, 1, 11), date(2026, 1, 10)


@pytest.mark.parametrize(
    ("on", "due"),
    [
        (date(2025, 11, 10), None),
        (date(2025, 11, 11), date(2025, 11, 11)),
        (date(2025, 12, 26), date(2025, 11, 11)),
        # The worker slept through the first: one reminder is enough.
        (date(2025, 12, 27), date(2025, 12, 27)),
        (date(2026, 1, 10), date(2025, 12, 27)),
        (date(2026, 1, 11), None),
    ],
)
def test_the_latest_reminder_is_due_until_the_end(on: date, due: date | None) -> None:
    assert due_on(("P60D", "P14D"), FIRST, LAST, on) == due
    assert due_on(("P14D", "P60D"), FIRST, LAST, on) == due


def test_months_are_counted_back_from_the_end() -> None:
    last = date(2026, 4, 30)
    assert due_on(("P2M",), FIRST, last, last) == date(2026, 2, 28)


def test_nobody_is_reminded_of_what_was_before_the_beginning() -> None:
    first = date(2025, 12, 1)
    assert due_on(("P60D",), first, LAST, LAST) is None
    assert due_on(("P60D", "P14D"), first, LAST, LAST) == date(2025, 12, 27)
    assert due_on(("P40D",), first, LAST, first) == first


def test_without_offsets_nothing_is_due() -> None:
    assert due_on((), FIRST, LAST, LAST) is None
