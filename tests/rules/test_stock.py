"""The stock ledger: whatever is entered, the balances are its sums, and none is ever negative."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Conflict, Invalid, OutOfStock
from domain.rules import stock
from domain.rules.stock import (
    BY_HAND,
    HOLDS,
    MOST,
    SIDES,
    Balance,
    Entry,
    MovementKind,
    PlaceKind,
    TooMany,
)

VARIANTS = [UUID(int=number) for number in (1, 2)]
PLACES = [UUID(int=number) for number in (11, 12, 13)]


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """An entry as the table's own constraints allow it, also one that reverses another."""
    kind = draw(st.sampled_from(list(MovementKind)))
    leaves, comes = draw(st.sampled_from(SIDES.get(kind, (stock.FROM_ONLY,))))
    ends = draw(st.permutations(PLACES))
    size = draw(st.one_of(st.integers(1, 9), st.just(MOST)))
    return Entry(
        kind=kind,
        variant_id=draw(st.sampled_from(VARIANTS)),
        quantity=draw(st.sampled_from([1, 1, 1, -1])) * size,
        from_place_id=ends[0] if leaves else None,
        to_place_id=ends[1] if comes else None,
    )


def refused(after: Balance, before: Balance, entry: Entry) -> bool:
    try:
        stock.refuse(after, before, entry.quantity, "t-shirt/m", "office")
    except (OutOfStock, TooMany):
        return True
    return False


@given(st.lists(entries(), max_size=40))
def test_balances_are_the_sums_of_the_ledger_and_never_negative(tried: list[Entry]) -> None:
    balances: dict[tuple[UUID, UUID], Balance] = {}
    ledger: list[Entry] = []
    for entry in tried:
        after = stock.count(balances, entry)
        if any(
            refused(balance, balances.get(key, Balance()), entry) for key, balance in after.items()
        ):
            continue
        balances |= after
        ledger.append(entry)
    on_hand: Counter[tuple[UUID, UUID]] = Counter()
    reserved: Counter[tuple[UUID, UUID]] = Counter()
    for entry in ledger:
        holds = HOLDS.get(entry.kind, 0)
        if entry.from_place_id is not None:
            key = (entry.variant_id, entry.from_place_id)
            reserved[key] += holds * entry.quantity
            on_hand[key] -= 0 if holds else entry.quantity
        if entry.to_place_id is not None:
            on_hand[entry.variant_id, entry.to_place_id] += entry.quantity
    for key, balance in balances.items():
        assert (balance.on_hand, balance.reserved) == (on_hand[key], reserved[key])
        assert 0 <= balance.reserved <= balance.on_hand <= MOST
        assert balance.available >= 0


@given(entries())
def test_an_entry_and_its_reversal_leave_nothing(entry: Entry) -> None:
    back = Entry(
        entry.kind, entry.variant_id, -entry.quantity, entry.from_place_id, entry.to_place_id
    )
    before = {(entry.variant_id, place): Balance(50, 20) for place in PLACES}
    after = before | stock.count(before, entry)
    assert after | stock.count(after, back) == before


@given(entries())
def test_what_is_moved_is_neither_more_nor_less(entry: Entry) -> None:
    changed = sum(change.on_hand for _, change in stock.changes(entry))
    if entry.kind in (MovementKind.MOVED, *HOLDS):
        assert changed == 0
    else:
        assert abs(changed) == abs(entry.quantity)


@pytest.mark.parametrize("kind", BY_HAND)
@pytest.mark.parametrize("origin", [None, "office"])
@pytest.mark.parametrize("target", [None, "paris", "office"])
def test_a_kind_takes_its_places_and_no_others(
    kind: MovementKind, origin: str | None, target: str | None
) -> None:
    good = (origin is not None, target is not None) in SIDES[kind]
    if good and not (origin and origin == target):
        stock.check_sides(kind, origin, target)
        return
    with pytest.raises(Invalid) as refusal:
        stock.check_sides(kind, origin, target)
    assert refusal.value.faults


@pytest.mark.parametrize("kind", BY_HAND)
def test_stock_comes_to_an_event_only_from_a_place(kind: MovementKind) -> None:
    stock.check_kind_of_place(kind, PlaceKind.STORAGE)
    stock.check_kind_of_place(kind, None)
    if kind in (MovementKind.RECEIVED, MovementKind.RETURNED):
        with pytest.raises(Invalid):
            stock.check_kind_of_place(kind, PlaceKind.EVENT)
    else:
        stock.check_kind_of_place(kind, PlaceKind.EVENT)


@pytest.mark.parametrize(
    ("before", "after", "low_at", "expected"),
    [
        (11, 10, 10, True),
        (11, 0, 10, True),
        (10, 9, 10, False),
        (9, 11, 10, False),
        (12, 11, 10, False),
        (1, 0, 0, True),
        (1, 0, None, False),
    ],
)
def test_low_is_told_when_it_falls(
    before: int, after: int, low_at: int | None, expected: bool
) -> None:
    assert stock.falls(before, after, low_at) is expected


def test_the_place_with_the_most_gives() -> None:
    a, b, c = PLACES
    assert stock.best([]) is None
    few, many = Balance(9, 8), Balance(3, 0)
    assert stock.best([("a", a, few), ("b", b, many)]) == b
    assert stock.best([("c", c, many), ("b", b, many), ("a", a, few)]) == b


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (Balance(-1, 0), "'office' has 4 of t-shirt/m, and 5 are needed; 2 more are reserved."),
        (Balance(1, 2), "'office' has 4 of t-shirt/m, and 5 are needed; 2 more are reserved."),
        (Balance(MOST + 1, 2), "'office' can hold 2,147,483,647 of t-shirt/m at the most."),
    ],
)
def test_refusals_say_what_is_there(after: Balance, words: str) -> None:
    with pytest.raises(Conflict, match=words):
        stock.refuse(after, Balance(6, 2), 5, "t-shirt/m", "office")
