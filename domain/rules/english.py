"""Numbers, lists and stretches of time as English sentences put them."""

from __future__ import annotations

from collections.abc import Sequence

# fmt: off
_NUMBERS = [
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
]
# fmt: on

_UNITS = {"D": "day", "W": "week", "M": "month", "Y": "year"}


def number(count: int) -> str:
    """Up to twelve in words: no, one, twelve, 13, 12,000."""
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"


def listed(parts: Sequence[str], word: str) -> str:
    """The parts with a word before the last one: talk, article or video."""
    return f" {word} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def stretch(text: str) -> str:
    """A stretch of time as policies write it: twelve months, one year, 90 days."""
    count = int(text[1:-1])
    return f"{number(count)} {_UNITS[text[-1]]}{'' if count == 1 else 's'}"
