"""What grants do to the stock: reserve at the claim, give at the fulfilment, release, take back.

Each is called in the transaction that changes the grant, while the grant is locked.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct

from domain import stock_ledger as ledger
from domain.call import Transaction
from domain.errors import Fault, Invalid, InvalidReference, OutOfStock
from domain.rules import stock as rules
from domain.rules.stock import MovementKind, PlaceKind, Retired
from domain.store import stock_items, stock_places
from domain.store import stock_movements as store
from domain.store.programs import Program
from domain.store.stock_items import Option
from domain.store.stock_movements import Movement
from domain.store.stock_places import Place

__all__ = ["Wanted", "give", "release_many", "reserve", "take_back"]


class Wanted(Struct, frozen=True):
    """So many of an item, by the codes; without a variant the item has to have only one."""

    item: str
    variant: str | None
    quantity: int


async def reserve(
    tx: Transaction, program: Program, grant_id: UUID, wanted: Sequence[Wanted], on: date
) -> list[Movement]:
    """Reserve all that a grant needs, or nothing; each line in the one place that has the most.

    Only storage that is in use gives, and no retired item or variant. Raises `Invalid` at
    `/choices/<item>` for a variant that has to be chosen or that there is not, `OutOfStock`.
    """
    if not wanted:
        return []
    chosen = await _chosen(tx, program, wanted)
    held = await ledger.hold(tx, program.id, [one.variant_id for one in chosen])
    for one, option in zip(wanted, chosen, strict=True):
        variant_id = option.variant_id
        if held.variants[variant_id].retired or held.item(variant_id).retired:
            raise OutOfStock(f"{held.words(variant_id)} is given out no more.")
        place_id = rules.best(held.in_storage(variant_id))
        if place_id is None:
            raise OutOfStock(f"No place has any of {held.words(variant_id)}.")
        ledger.entry(
            tx,
            held,
            MovementKind.RESERVED,
            variant_id,
            one.quantity,
            on,
            from_place_id=place_id,
            grant_id=grant_id,
        )
    return await ledger.write(tx, held)


async def release_many(
    tx: Transaction, program_id: UUID, grant_ids: Collection[UUID], on: date
) -> list[Movement]:
    """Make free what is reserved for grants, if anything is."""
    found = await store.reserved(tx, program_id, grant_ids) if grant_ids else []
    if not found:
        return []
    held = await ledger.hold(tx, program_id, {one.variant_id for one in found})
    for one in found:
        _release(tx, held, one, on)
    return await ledger.write(tx, held)


async def give(
    tx: Transaction, program: Program, grant_id: UUID, on: date, place: str | None
) -> list[Movement]:
    """Release and give what is reserved for a grant, from where it is reserved or another storage.

    Nothing reserved: nothing is given. Raises `InvalidReference`, `Invalid` for a place that there
    is not or that is an event, `Retired`, `OutOfStock`.
    """
    other = await _storage(tx, program, place)
    found = await store.reserved(tx, program.id, [grant_id])
    if not found:
        return []
    held = await _hold(tx, program.id, found, other)
    for one in found:
        _release(tx, held, one, on)
        ledger.entry(
            tx,
            held,
            MovementKind.GIVEN,
            one.variant_id,
            one.quantity,
            on,
            from_place_id=other.id if other else one.place_id,
            grant_id=grant_id,
        )
    return await ledger.write(tx, held)


async def take_back(
    tx: Transaction,
    program: Program,
    grant_id: UUID,
    on: date,
    place: str | None,
    *,
    reason: str | None = None,
) -> list[Movement]:
    """Take back all that a grant was given, to a storage or, by default, to where it came from.

    Raises `InvalidReference`, `Invalid`, `Retired` (also where it came from), `TooMany`.
    """
    other = await _storage(tx, program, place)
    found = await store.given(tx, program.id, grant_id)
    if not found:
        return []
    held = await _hold(tx, program.id, found, other)
    for one in found:
        origin = held.places[one.place_id]
        if other is None and origin.retired:
            raise Retired(f"'{origin.code}' is used no more: say to which place it comes.")
        ledger.entry(
            tx,
            held,
            MovementKind.RETURNED,
            one.variant_id,
            one.quantity,
            on,
            to_place_id=other.id if other else one.place_id,
            grant_id=grant_id,
            reason=reason,
        )
    return await ledger.write(tx, held)


async def _hold(
    tx: Transaction, program_id: UUID, found: Sequence[store.Open], other: Place | None
) -> ledger.Held:
    places = [*(one.place_id for one in found), *([other.id] if other else [])]
    held = await ledger.hold(tx, program_id, {one.variant_id for one in found}, places)
    if other is not None and held.places[other.id].retired:
        raise Retired(f"'{other.code}' is used no more.")
    return held


def _release(tx: Transaction, held: ledger.Held, one: store.Open, on: date) -> None:
    ledger.entry(
        tx,
        held,
        MovementKind.RELEASED,
        one.variant_id,
        one.quantity,
        on,
        from_place_id=one.place_id,
        grant_id=one.grant_id,
    )


async def _chosen(tx: Transaction, program: Program, wanted: Sequence[Wanted]) -> list[Option]:
    """The variant that each line is about, whether or not it is retired."""
    options: dict[str, list[Option]] = {}
    for option in await stock_items.options(tx, program.id, [one.item for one in wanted]):
        options.setdefault(option.item, []).append(option)
    chosen: list[Option] = []
    faults: list[Fault] = []
    for one in wanted:
        known = options.get(one.item, [])
        if not known:
            raise OutOfStock(f"There is no stock item '{one.item}' in the program.")
        fit = _fitting(known, one.variant)
        if fit is not None:
            chosen.append(fit)
            continue
        of = ", ".join(option.variant for option in known if not option.retired)
        said = f"has no variant '{one.variant}'" if one.variant else "comes in several variants"
        detail = f"'{one.item}' {said}: choose one of {of}."
        faults.append(Fault("variant", detail, pointer=f"/choices/{one.item}"))
    if faults:
        raise Invalid("The choice of the variants is not valid.", *faults)
    return chosen


def _fitting(known: Sequence[Option], variant: str | None) -> Option | None:
    if variant is not None:
        return next((one for one in known if one.variant == variant), None)
    in_use = [one for one in known if not one.retired] or known
    return in_use[0] if len(in_use) == 1 else None


async def _storage(tx: Transaction, program: Program, code: str | None) -> Place | None:
    """The place of storage that was named, if one was."""
    if code is None:
        return None
    place = await stock_places.get(tx, program.id, code)
    if place is None:
        detail = f"There is no place '{code}' in the program."
        raise InvalidReference(detail, Fault("invalid_reference", detail, pointer="/place"))
    if place.kind is not PlaceKind.STORAGE:
        detail = f"'{code}' is an event; what is given there was moved there before."
        raise Invalid(detail, Fault("places", detail, pointer="/place"))
    return place
