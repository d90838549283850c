"""Pairs the contributions of a file with those recorded for the same person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from msgspec import Struct

from domain.rules.members import Contribution
from domain.rules.members_actions import Recorded

Key = Callable[[Contribution | Recorded], Hashable]


class Pairing(Struct, frozen=True):
    """`added` are new; `changed` are edits; `missing` came from a file that no longer has them."""

    added: tuple[Contribution, ...]
    changed: tuple[tuple[Recorded, Contribution], ...]
    missing: tuple[Recorded, ...]


def pair(file: Sequence[Contribution], recorded: Sequence[Recorded], *, whole: bool) -> Pairing:
    """The pairing with the least change, in the order of the file.

    Equal pairs with equal as often as each occurs, then a date with a finer recorded one (a file is
    compared at its own precision), then an edit of one field where only one of each side is left
    that could be meant. `whole`: the file holds everything, so what is left on both sides belongs
    together even without a link to prove it.
    """
    left = _Left(file, recorded)
    left.pair_equal()
    left.pair_finer()
    # The likeliest edit first. Without a link, a new date or title may as well be another talk.
    left.pair_alone(lambda one: (one.type, one.title, one.on, one.url))
    left.pair_alone(lambda one: (one.title, one.on, one.url))
    left.pair_alone(lambda one: (_said(one), one.title, one.on))
    left.pair_alone(lambda one: (_said(one), one.title, one.url) if whole or one.url else None)
    left.pair_alone(lambda one: (_said(one), one.on, one.url) if one.url else None)
    return Pairing(
        added=tuple(left.file.values()),
        changed=tuple(left.changed),
        missing=tuple(one for one in left.recorded.values() if not _fixed(one)),
    )


def _fixed(one: Recorded) -> bool:
    return not (one.ours and one.listed)


def _said(one: Contribution | Recorded) -> str:
    return one.type_text or one.type


class _Left:
    """What is not paired yet, by the object's own id because equal ones may repeat."""

    def __init__(self, file: Sequence[Contribution], recorded: Sequence[Recorded]) -> None:
        self.file = {id(one): one for one in file}
        # Among equals, one that may be touched is paired first, or a mirror would remove it.
        self.recorded = {id(one): one for one in sorted(recorded, key=_fixed)}
        self.changed: list[tuple[Recorded, Contribution]] = []

    def pair_equal(self) -> None:
        def key(one: Contribution | Recorded) -> Hashable:
            return _said(one), one.title, one.on, one.url

        by_key = self._by_key(key)
        for one in list(self.file.values()):
            if same := by_key[key(one)]:
                self._take(one, same.pop(0))

    def pair_finer(self) -> None:
        def key(one: Contribution | Recorded) -> Hashable:
            return _said(one), one.title, one.url

        by_key = self._by_key(key)
        # The finest date of the file first: a coarser one has every choice that it has, and more.
        for one in sorted(self.file.values(), key=lambda one: -len(one.on)):
            candidates = by_key[key(one)]
            finer = next((two for two in candidates if two.on.startswith(one.on)), None)
            if finer is not None:
                candidates.remove(finer)
                self._take(one, finer)

    def pair_alone(self, key: Key) -> None:
        file: dict[Hashable, list[Contribution]] = defaultdict(list)
        for one in self.file.values():
            file[key(one)].append(one)
        recorded = self._by_key(key, touchable=True)
        for shared in [shared for shared in file if shared is not None and shared in recorded]:
            if len(file[shared]) == len(recorded[shared]) == 1:
                one, two = file[shared][0], recorded[shared][0]
                self.changed.append((two, one))
                self._take(one, two)

    def _by_key(self, key: Key, *, touchable: bool = False) -> dict[Hashable, list[Recorded]]:
        found: dict[Hashable, list[Recorded]] = defaultdict(list)
        for one in self.recorded.values():
            if not touchable or not _fixed(one):
                found[key(one)].append(one)
        return found

    def _take(self, one: Contribution, two: Recorded) -> None:
        del self.file[id(one)]
        del self.recorded[id(two)]
