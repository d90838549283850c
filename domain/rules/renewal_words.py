"""What two policies make of the same tenures, in words."""

from __future__ import annotations

from collections.abc import Mapping

from domain.rules.courses import Fate
from domain.rules.english import listed, number

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
        f"{number(abs(more))} {'more' if more > 0 else 'fewer'} would {verb}"
        for fate, verb in _VERBS.items()
        if (more := under.get(fate, 0) - against.get(fate, 0))
    ]
    if not told:
        return f"Under version {version}, as many would lapse, be renewed and wait."
    return f"Under version {version}, {listed(told, 'and')}."
