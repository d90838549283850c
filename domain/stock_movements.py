"""Entries of the stock ledger that people make, entries that put others right, and reading it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain import policies, programs
from domain import stock_ledger as ledger
from domain.call import Call, Transaction, reading, transaction
from domain.errors import (
    AlreadyReversed,
    Conflict,
    Fault,
    Invalid,
    InvalidReference,
    IsReversal,
    NotFound,
)
from domain.rules import stock as rules
from domain.rules.days import day_of
from domain.rules.stock import MovementKind
from domain.store import stock_items, stock_places
from domain.store import stock_movements as store
from domain.store.programs import Program
from domain.store.query import Connection
from domain.store.stock_items import Option
from domain.store.stock_movements import Filter, Listed
from domain.store.stock_places import Place

__all__ = [
    "BelongsToGrant",
    "Draft",
    "Filter",
    "Listed",
    "get",
    "page",
    "record",
    "reverse",
]


class BelongsToGrant(Conflict):
    """What a grant brought about is put right at the grant."""

    code = "belongs_to_grant"
    title = "The entry belongs to a grant"


class Draft(Struct, frozen=True):
    """An entry to be, by the codes; `occurred_on` is a day in the program's time zone, by default
    today. Without a variant the item has to have only one that is in use.
    """

    kind: MovementKind
    item: str
    quantity: int
    variant: str | None = None
    from_place: str | None = None
    to_place: str | None = None
    recipient: str | None = None
    reason: str | None = None
    occurred_on: date | None = None


async def get(call: Call, slug: str, movement_id: UUID) -> Listed:
    """One entry. Raises `NotFound`."""
    async with reading(call) as tx:
        return await _stored(tx, await programs.find(tx, slug), movement_id)


async def page(
    call: Call, slug: str, where: Filter, *, before: UUID | None, limit: int
) -> list[Listed]:
    """Entries, newest first, one more than a page. Raises `NotFound`."""
    async with reading(call, frozen=True) as tx:
        program = await programs.find(tx, slug)
        variants = place_id = None
        if where.item is not None or where.variant is not None:
            variants = await stock_items.matching(tx, program.id, where.item, where.variant)
        if where.place is not None:
            place = await stock_places.get(tx, program.id, where.place)
            if place is None:
                return []
            place_id = place.id
        return await store.page(
            tx,
            program.id,
            where,
            variants=variants,
            place_id=place_id,
            before=before,
            limit=limit + 1,
        )


async def record(call: Call, slug: str, draft: Draft) -> Listed:
    """Add an entry: `received`, `moved`, `given`, `returned` or `adjusted`.

    Raises `NotFound`, `ProgramArchived`, `Invalid` (places that the kind does not take, a day to
    come, words that are missing), `InvalidReference`, `Retired`, `OutOfStock`, `TooMany`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        if tx.replayed is not None:
            return await _stored(tx, program, tx.replayed)
        today = await _today(tx, program)
        rules.check_sides(draft.kind, draft.from_place, draft.to_place)
        rules.check_words(draft.kind, draft.recipient, draft.reason)
        rules.check_day(draft.occurred_on or today, today)
        option = await _option(tx, program, draft)
        origin, target = await _places(tx, program, draft)
        rules.check_kind_of_place(draft.kind, target.kind if target else None)
        ends = [place.id for place in (origin, target) if place]
        held = await ledger.hold(tx, program.id, [option.variant_id], ends)
        held.refuse_retired(option.variant_id, *ends)
        made = ledger.entry(
            tx,
            held,
            draft.kind,
            option.variant_id,
            draft.quantity,
            draft.occurred_on or today,
            from_place_id=origin.id if origin else None,
            to_place_id=target.id if target else None,
            recipient=draft.recipient,
            reason=draft.reason,
        )
        await ledger.write(tx, held)
        await tx.created(made.id)
        return await _stored(tx, program, made.id)


async def reverse(
    call: Call, slug: str, movement_id: UUID, *, reason: str, on: date | None
) -> Listed:
    """Put an entry right that should not be there, once, by one that takes back what it did.

    `on` is a day in the program's time zone, by default that of the entry. Also what is retired is
    put right. Raises `NotFound`, `ProgramArchived`, `BelongsToGrant`, `IsReversal`,
    `AlreadyReversed`, `Invalid` for a day to come or before the entry's, `OutOfStock`, `TooMany`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        if tx.replayed is not None:
            return await _stored(tx, program, tx.replayed)
        wrong = await _stored(tx, program, movement_id)
        if wrong.grant_id is not None:
            raise BelongsToGrant("It is put right at the grant: take it back there.")
        if wrong.reverses_id is not None:
            raise IsReversal("Record anew what did happen.")
        rules.check_day(on or wrong.occurred_on, await _today(tx, program), first=wrong.occurred_on)
        ends = [id for id in (wrong.from_place_id, wrong.to_place_id) if id]
        held = await ledger.hold(tx, program.id, [wrong.variant_id], ends)
        # Only now: another request may have held the variant for the same purpose.
        now = await _stored(tx, program, movement_id)
        if now.reversed_by_id is not None:
            raise AlreadyReversed("An entry is put right once.").about(now)
        made = ledger.entry(
            tx,
            held,
            wrong.kind,
            wrong.variant_id,
            -wrong.quantity,
            on or wrong.occurred_on,
            from_place_id=wrong.from_place_id,
            to_place_id=wrong.to_place_id,
            recipient=wrong.recipient,
            reason=reason,
            reverses_id=wrong.id,
        )
        await ledger.write(tx, held)
        await tx.created(made.id)
        return await _stored(tx, program, made.id)


async def _today(tx: Transaction, program: Program) -> date:
    return day_of(tx.call.at, (await policies.typed(tx, program)).time_zone)


async def _option(tx: Transaction, program: Program, draft: Draft) -> Option:
    options = await stock_items.options(tx, program.id, [draft.item])
    if not options:
        raise _unknown("stock item", draft.item, "/item")
    if draft.variant is not None:
        found = next((one for one in options if one.variant == draft.variant), None)
        if found is None:
            raise _unknown(f"variant of '{draft.item}'", draft.variant, "/variant")
        return found
    in_use = [one for one in options if not one.retired] or options
    if len(in_use) > 1:
        named = ", ".join(one.variant for one in in_use)
        detail = f"'{draft.item}' comes in several variants: {named}."
        raise Invalid(detail, Fault("variant", detail, pointer="/variant"))
    return in_use[0]


async def _places(
    tx: Transaction, program: Program, draft: Draft
) -> tuple[Place | None, Place | None]:
    codes = [code for code in (draft.from_place, draft.to_place) if code]
    known = {place.code: place for place in await stock_places.named(tx, program.id, codes)}
    ends: list[Place | None] = []
    for code, pointer in ((draft.from_place, "/from_place"), (draft.to_place, "/to_place")):
        if code is not None and code not in known:
            raise _unknown("place", code, pointer)
        ends.append(known[code] if code else None)
    return ends[0], ends[1]


def _unknown(what: str, code: str, pointer: str) -> InvalidReference:
    detail = f"There is no {what} '{code}' in the program."
    return InvalidReference(detail, Fault("invalid_reference", detail, pointer=pointer))


async def _stored(tx: Connection, program: Program, movement_id: UUID) -> Listed:
    found = await store.get(tx, program.id, movement_id)
    if found is None:
        raise NotFound("There is no such entry in the program's stock ledger.")
    return found
