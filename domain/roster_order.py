"""Keeps the order of the members file, so that an export is in the order of the import.

An order is no change of a record: it counts no version up and is in no plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from msgspec.structs import replace

from domain.roster import Held
from domain.rules.members import Contribution as Listed
from domain.rules.members import Entry, written
from domain.store.members import Credit


def follow(entries: Iterable[Entry], people: Mapping[int, Held]) -> None:
    """Order those whom a mirror names, and their contributions, as the whole file does."""
    for entry in entries:
        held = people.get(entry.index)
        if held is not None and held.ambassador is not None:
            held.ambassador = replace(held.ambassador, position=entry.index)
            for position, place in _places(entry.contributions, held.contributions):
                held.contributions[place] = replace(held.contributions[place], position=position)


def append(
    entries: Iterable[Entry], people: Mapping[int, Held], everybody: Mapping[UUID, Held]
) -> None:
    """Put what a merge adds behind what has a place already."""
    ambassadors = [held.ambassador for held in everybody.values() if held.ambassador]
    last = max((one.position for one in ambassadors if one.position is not None), default=-1)
    for entry in entries:
        held = people.get(entry.index)
        if held is None or held.ambassador is None:
            continue
        if held.ambassador.position is None:
            last += 1
            held.ambassador = replace(held.ambassador, position=last)
        _append_contributions(held.contributions)


def _append_contributions(contributions: list[Credit]) -> None:
    last = max((one.position for one in contributions if one.position is not None), default=-1)
    for place, one in enumerate(contributions):
        if one.own and one.position is None:
            last += 1
            contributions[place] = replace(one, position=last)


def _places(listed: Iterable[Listed], recorded: list[Credit]) -> Iterable[tuple[int, int]]:
    """Pairs of a place in the file and one among the records; the finest dates choose first."""
    left = {place: one for place, one in enumerate(recorded) if one.own}
    for index, wanted in sorted(enumerate(listed), key=lambda pair: -len(pair[1].on)):
        fitting = [
            (written(one.occurred_on, one.date_precision), place)
            for place, one in left.items()
            if (one.type_text, one.title, one.url) == (wanted.type_text, wanted.title, wanted.url)
        ]
        # The shortest that begins with it is the date itself, where it is there.
        found = min((pair for pair in fitting if pair[0].startswith(wanted.on)), default=None)
        if found is not None:
            del left[found[1]]
            yield index, found[1]
