"""What two policies make of the same tenures, in words."""

from __future__ import annotations

from collections.abc import Mapping

from domain.rules.courses import Fate

# fmt: off
_NUMBERS = [
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
]
# fmt: on

_VERBS: Mapping[Fate, str] = {
    Fate.LAPSED: "lapse",
    Fate.RENEWED: "be renewed",
    Fate.ASKED: "need a manager's decision",
    Fate.WAITING: "wait",
}


def sentence(version: int, against: Mapping[Fate, int], under: Mapping[Fate, int]) -> str:
    """What would be otherwise under a policy version, than it is `against`, in English.

    Such as "Under version 4, three more would lapse and three fewer would be renewed."
    """
    told = [
        f"{_number(abs(more))} {'more' if more > 0 else 'fewer'} would {verb}"
        for fate, verb in _VERBS.items()
        if (more := under.get(fate, 0) - against.get(fate, 0))
    ]
    if not told:
        return f"Under version {version}, as many would lapse, be renewed and wait."
    listed = " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)
    return f"Under version {version}, {listed}."


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"
