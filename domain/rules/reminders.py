"""Which reminder is due on a day: never one that has become pointless."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from domain.rules.stretches import before


def due_on(offsets: Iterable[str], first: date, last: date, on: date) -> date | None:
    """The day of the reminder that is due on a day, of a tenure from `first` to `last`, if any is.

    Each offset (ISO 8601, such as `P14D`) asks for one reminder, so long before the last day. Only
    the latest whose day has come is worth sending: after some days without a worker it makes the
    earlier ones pointless, and after the last day all of them are. One whose day lies before the
    tenure reminds nobody: who has just begun is told nothing.
    """
    if on > last:
        return None
    days = (before(offset, last) for offset in offsets)
    return max((day for day in days if first <= day <= on), default=None)
