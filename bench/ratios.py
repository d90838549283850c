"""Times two things in turns, so that what else the machine does falls on both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct

Work = Callable[[], Awaitable[object]]


class Spread(Struct, frozen=True):
    """The median of several rounds, and the lowest and highest of them."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def spread(values: list[float]) -> Spread:
    """The spread of a measure over its rounds."""
    return Spread(statistics.median(values), min(values), max(values))


class Times(Struct, frozen=True):
    """How long the first work takes (seconds), and the others as multiples of it."""

    first: float
    others: dict[str, Spread]


async def compare(works: dict[str, Work], *, rounds: int, repeat: int) -> Times:
    """Time every work in turns. The first is what the others are compared with.

    Of a round the fastest time counts: whatever else the machine does only ever adds to it.
    """
    fastest: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        await work()
    for _ in range(rounds):
        taken: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(repeat):
            for name, work in works.items():
                began = time.perf_counter()
                await work()
                taken[name].append(time.perf_counter() - began)
        for name, seconds in taken.items():
            fastest[name].append(min(seconds))
    base, *others = fastest
    ratios = {
        name: spread([a / b for a, b in zip(fastest[name], fastest[base], strict=True)])
        for name in others
    }
    return Times(statistics.median(fastest[base]), ratios)
