"""What an entry of the stock ledger does to the balances, and which places each kind takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from domain.errors import Conflict, Fault, Invalid, OutOfStock

MOST = 2**31 - 1
"""The most of a variant that one place holds; as many as a column counts."""

MOST_VARIANTS = 200
"""The most variants that one item comes in."""

STANDARD = "standard"
"""The code of the only variant of an item that comes in one size and color."""


class MovementKind(StrEnum):
    """What happened to the stock."""

    ADJUSTED = "adjusted"
    GIVEN = "given"
    MOVED = "moved"
    RECEIVED = "received"
    RELEASED = "released"
    RESERVED = "reserved"
    RETURNED = "returned"


class PlaceKind(StrEnum):
    """Where stock is: kept for later, or at an event, to which it was given."""

    EVENT = "event"
    STORAGE = "storage"


class TooMany(Conflict):
    """A place holds more of a variant than can be counted."""

    code = "too_many"
    title = "The place cannot hold so many"


class Retired(Conflict):
    """What is used no more takes part in nothing new."""

    code = "retired"
    title = "It is used no more"


class Entry(Struct, frozen=True):
    """One entry of the ledger, as far as it counts; negative only where it reverses another."""

    kind: MovementKind
    variant_id: UUID
    quantity: int
    from_place_id: UUID | None
    to_place_id: UUID | None


class Balance(Struct, frozen=True):
    """How many of a variant a place has, and how many of these are reserved for grants."""

    on_hand: int = 0
    reserved: int = 0

    @property
    def available(self) -> int:
        """How many are there to give."""
        return self.on_hand - self.reserved


Balances = Mapping[tuple[UUID, UUID], Balance]
"""By variant and place."""

FROM_ONLY: tuple[bool, bool] = (True, False)
TO_ONLY: tuple[bool, bool] = (False, True)
BOTH: tuple[bool, bool] = (True, True)

SIDES: dict[MovementKind, tuple[tuple[bool, bool], ...]] = {
    MovementKind.ADJUSTED: (FROM_ONLY, TO_ONLY),
    MovementKind.GIVEN: (FROM_ONLY,),
    MovementKind.MOVED: (BOTH,),
    MovementKind.RECEIVED: (TO_ONLY,),
    MovementKind.RETURNED: (TO_ONLY,),
}
"""For what people record: whether there is a place that it leaves, and one that it comes to."""

BY_HAND = tuple(SIDES)

HOLDS = {MovementKind.RESERVED: 1, MovementKind.RELEASED: -1}
"""What only says for whom something is; it stays where it is."""


def changes(entry: Entry) -> list[tuple[UUID, Balance]]:
    """What an entry adds to the balance of each place that it names.

    The rule of the database's trigger `count_stock_movement`, which has the last word.
    """
    if entry.kind in HOLDS:
        assert entry.from_place_id is not None
        return [(entry.from_place_id, Balance(0, HOLDS[entry.kind] * entry.quantity))]
    ends = ((entry.from_place_id, -1), (entry.to_place_id, 1))
    return [
        (place_id, Balance(way * entry.quantity, 0))
        for place_id, way in ends
        if place_id is not None
    ]


def count(balances: Balances, entry: Entry) -> dict[tuple[UUID, UUID], Balance]:
    """The balances that an entry changes, as they are after it; they can break `holds`."""
    after: dict[tuple[UUID, UUID], Balance] = {}
    for place_id, change in changes(entry):
        key = (entry.variant_id, place_id)
        now = balances.get(key, Balance())
        after[key] = Balance(now.on_hand + change.on_hand, now.reserved + change.reserved)
    return after


def refuse(after: Balance, before: Balance, quantity: int, what: str, place: str) -> None:
    """Raise `OutOfStock` or `TooMany` when a balance cannot become so; `what` names the variant."""
    if after.on_hand > MOST:
        raise TooMany(f"'{place}' can hold {MOST:,} of {what} at the most.")
    if not 0 <= after.reserved <= after.on_hand:
        kept = f"; {before.reserved:,} more are reserved" if before.reserved else ""
        raise OutOfStock(
            f"'{place}' has {before.available:,} of {what}, and {abs(quantity):,} are needed{kept}."
        )


def falls(before: int, after: int, low_at: int | None) -> bool:
    """Whether so many that were there to give have just become few."""
    return low_at is not None and after <= low_at < before


def best(places: Iterable[tuple[str, UUID, Balance]]) -> UUID | None:
    """The place with the most to give, of equals the first by its code; None of none."""
    ranked = sorted((-balance.available, code, id) for code, id, balance in places)
    return ranked[0][2] if ranked else None


def check_sides(kind: MovementKind, from_place: str | None, to_place: str | None) -> None:
    """Raise `Invalid` unless a kind that people record takes just these places."""
    given = (from_place is not None, to_place is not None)
    if given not in SIDES[kind]:
        raise _sides(kind, given)
    if from_place is not None and from_place == to_place:
        detail = "It is moved to another place than the one where it is."
        raise Invalid(detail, Fault("places", detail, pointer="/to_place"))


def _sides(kind: MovementKind, given: tuple[bool, bool]) -> Invalid:
    if kind is MovementKind.ADJUSTED:
        detail = "An adjustment names one place: `from_place` has less, or `to_place` has more."
        wrong = ("/to_place",)
    else:
        needed = SIDES[kind][0]
        says = {
            FROM_ONLY: "leaves `from_place`, and comes to none",
            TO_ONLY: "comes to `to_place`, and leaves none",
        }.get(needed, "leaves `from_place` and comes to `to_place`")
        detail = f"What is {kind.value} {says}."
        names = ("/from_place", "/to_place")
        wrong = tuple(n for n, want, got in zip(names, needed, given, strict=True) if want != got)
    return Invalid(detail, *(Fault("places", detail, pointer=pointer) for pointer in wrong))


def check_kind_of_place(kind: MovementKind, to_kind: PlaceKind | None) -> None:
    """Raise `Invalid` for stock that would come to an event from nowhere.

    What an event got is counted as distributed, and only what is moved there is.
    """
    arrives = kind in (MovementKind.RECEIVED, MovementKind.RETURNED)
    if arrives and to_kind is PlaceKind.EVENT:
        detail = f"What is {kind.value} comes to a place of storage; move it to the event then."
        raise Invalid(detail, Fault("places", detail, pointer="/to_place"))


def check_words(kind: MovementKind, recipient: str | None, reason: str | None) -> None:
    """Raise `Invalid` where nobody could say later what an entry was for."""
    if kind is MovementKind.GIVEN and recipient is None:
        detail = "Say whom or what it was given to."
        raise Invalid(detail, Fault("recipient", detail, pointer="/recipient"))
    if kind is MovementKind.ADJUSTED and reason is None:
        detail = "Say why there are more or less than the ledger knew."
        raise Invalid(detail, Fault("reason", detail, pointer="/reason"))


def check_day(on: date, today: date, *, first: date = date.min) -> None:
    """Raise `Invalid` for a day that is still to come, or is before `first`."""
    if on > today:
        detail = "That day is still to come."
    elif on < first:
        detail = f"The entry that it puts right is of {first}."
    else:
        return
    raise Invalid(detail, Fault("occurred_on", detail, pointer="/occurred_on"))
