"""Adding to the stock ledger: what is held meanwhile, and what each entry is announced with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain import audit
from domain.call import Transaction
from domain.rules import stock as rules
from domain.rules.events import EventType
from domain.rules.stock import Balance, MovementKind, PlaceKind
from domain.store import member_changes
from domain.store import stock_balances as balances
from domain.store import stock_movements as store
from domain.store.member_changes import Announced
from domain.store.stock_balances import Held as Variant
from domain.store.stock_balances import HeldItem, HeldPlace
from domain.store.stock_movements import Movement

__all__ = ["Held", "entry", "hold", "write"]


class Held(Struct):
    """Variants that nobody else counts, with all that an entry about them depends on.

    `balances` are as they are after the `entries` that were added and not written yet.
    """

    program_id: UUID
    variants: dict[UUID, Variant]
    items: dict[UUID, HeldItem]
    places: dict[UUID, HeldPlace]
    balances: dict[tuple[UUID, UUID], Balance]
    entries: list[Movement]
    available: dict[UUID, int]

    def item(self, variant_id: UUID) -> HeldItem:
        """The item of a variant."""
        return self.items[self.variants[variant_id].item_id]

    def words(self, variant_id: UUID) -> str:
        """A variant by its codes."""
        return f"{self.item(variant_id).code}/{self.variants[variant_id].code}"

    def refuse_retired(self, variant_id: UUID, *places: UUID) -> None:
        """Raise `Retired` where something new is about what is used no more."""
        used = [(self.item(variant_id).code, self.item(variant_id).retired)]
        used.append((self.words(variant_id), self.variants[variant_id].retired))
        used += [(self.places[one].code, self.places[one].retired) for one in places]
        for code, retired in used:
            if retired:
                raise rules.Retired(f"'{code}' is retired and takes part in nothing new.")

    def in_storage(self, variant_id: UUID) -> list[tuple[str, UUID, Balance]]:
        """The places of storage in use that have (had) some of a variant."""
        return [
            (place.code, place.id, self.balances[variant_id, place.id])
            for place in self.places.values()
            if place.kind is PlaceKind.STORAGE
            and not place.retired
            and (variant_id, place.id) in self.balances
        ]

    def left(self, variant_id: UUID) -> int:
        """How many of a variant there are to give, in all storage."""
        return sum(balance.available for _, _, balance in self.in_storage(variant_id))

    def add(self, entry: Movement) -> None:
        """Count an entry, to be written. Raises `OutOfStock`, `TooMany`."""
        for key, after in rules.count(self.balances, entry).items():
            before = self.balances.get(key, Balance())
            place = self.places[key[1]].code
            rules.refuse(after, before, entry.quantity, self.words(entry.variant_id), place)
            self.balances[key] = after
        self.entries.append(entry)


async def hold(
    tx: Transaction, program_id: UUID, variants: Collection[UUID], places: Collection[UUID] = ()
) -> Held:
    """Lock variants, by id, and keep their items and places as they are.

    Whoever adds to the ledger comes here first and once, after the grants that it is about are
    locked: two that carry to and fro wait for each other in one order.
    """
    held = await balances.hold(tx, program_id, variants)
    ids = [one.id for one in held]
    items = await balances.share_items(tx, program_id, [one.item_id for one in held])
    near = await balances.share_places(tx, program_id, places, ids)
    made = Held(
        program_id=program_id,
        variants={one.id: one for one in held},
        items={one.id: one for one in items},
        places={one.id: one for one in near},
        balances={
            (row.variant_id, row.place_id): Balance(row.on_hand, row.reserved)
            for row in await balances.of_variants(tx, program_id, ids)
        },
        entries=[],
        available={},
    )
    made.available = {id: made.left(id) for id in ids}
    return made


def entry(
    tx: Transaction,
    held: Held,
    kind: MovementKind,
    variant_id: UUID,
    quantity: int,
    on: date,
    *,
    from_place_id: UUID | None = None,
    to_place_id: UUID | None = None,
    grant_id: UUID | None = None,
    recipient: str | None = None,
    reason: str | None = None,
    reverses_id: UUID | None = None,
    import_key: str | None = None,
) -> Movement:
    """Add an entry of today's hand to what is held; `on` is the day that it is about.

    Raises `OutOfStock`, `TooMany`.
    """
    made = Movement(
        kind=kind,
        variant_id=variant_id,
        quantity=quantity,
        from_place_id=from_place_id,
        to_place_id=to_place_id,
        program_id=held.program_id,
        id=tx.call.new_id(),
        grant_id=grant_id,
        recipient=recipient,
        reason=reason,
        occurred_on=on,
        reverses_id=reverses_id,
        import_key=import_key,
        recorded_at=tx.call.at,
        recorded_by=tx.call.account_id,
    )
    held.add(made)
    return made


async def write(tx: Transaction, held: Held) -> list[Movement]:
    """Write what was added, with its audit entries and events, and say what has become low."""
    written = held.entries
    held.entries = []
    await store.insert_many(tx, written)
    await member_changes.store_records(
        tx,
        [
            audit.entry(
                tx.call,
                EventType.STOCK_MOVED.value,
                ("stock_movement", one.id),
                program_id=held.program_id,
                after=one,
            )
            for one in written
        ],
        [*(_moved(tx, held, one) for one in written), *_low(tx, held)],
    )
    return written


def _moved(tx: Transaction, held: Held, one: Movement) -> Announced:
    def code(place_id: UUID | None) -> str | None:
        return held.places[place_id].code if place_id else None

    data: dict[str, Any] = {
        "kind": one.kind.value,
        "item": held.item(one.variant_id).code,
        "variant": held.variants[one.variant_id].code,
        "quantity": one.quantity,
        "from_place": code(one.from_place_id),
        "to_place": code(one.to_place_id),
        "grant_id": one.grant_id,
        "reverses_id": one.reverses_id,
        "occurred_on": one.occurred_on,
    }
    return _announced(tx, held, EventType.STOCK_MOVED, one.id, data)


def _low(tx: Transaction, held: Held) -> Sequence[Announced]:
    low: list[Announced] = []
    for variant_id, before in held.available.items():
        after, item = held.left(variant_id), held.item(variant_id)
        held.available[variant_id] = after
        if rules.falls(before, after, item.low_at):
            variant = held.variants[variant_id].code
            data: dict[str, Any] = {
                "item": item.code,
                "variant": variant,
                "available": after,
                "low_at": item.low_at,
            }
            low.append(_announced(tx, held, EventType.STOCK_LOW, variant_id, data))
    return low


def _announced(
    tx: Transaction, held: Held, type: EventType, subject_id: UUID, data: dict[str, Any]
) -> Announced:
    return Announced(
        id=tx.call.new_id(),
        type=type.value,
        program_id=held.program_id,
        subject_id=subject_id,
        data=data,
        at=tx.call.at,
    )
