"""Stock items, and the variants in which each is counted: create, change, retire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from domain import audit, programs
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, Fault, Invalid, NotFound
from domain.rules.events import EventType
from domain.rules.stock import MOST_VARIANTS, STANDARD, Retired
from domain.store import member_changes
from domain.store import stock_items as store
from domain.store.member_changes import Announced
from domain.store.programs import Program
from domain.store.query import Connection
from domain.store.stock_items import Item, Variant

__all__ = [
    "Changes",
    "Draft",
    "Item",
    "Shown",
    "TooManyVariants",
    "Variant",
    "VariantDraft",
    "create",
    "get",
    "page",
    "put_variant",
    "store_new",
    "update",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class TooManyVariants(Conflict):
    """An item comes in no more variants than people can overlook."""

    code = "too_many_variants"
    title = "The item has too many variants"


class Shown(Item, frozen=True):
    """An item with its variants, by code."""

    variants: list[Variant]


class VariantDraft(Struct, frozen=True):
    """A variant to be, or all that can be said of one anew."""

    code: str
    size: str | None = None
    color: str | None = None
    retired: bool = False


class Draft(Struct, frozen=True):
    """An item to be; without variants it gets one, `standard`."""

    code: str
    name: str
    description: str | None = None
    low_at: int | None = None
    variants: Sequence[VariantDraft] = ()


class Changes(Struct, frozen=True):
    """What to change of an item; UNSET leaves a field as it is."""

    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    low_at: int | UnsetType | None = UNSET
    retired: bool | UnsetType = UNSET


async def get(call: Call, slug: str, code: str) -> Shown:
    """The item with this code. Raises `NotFound`."""
    async with reading(call, frozen=True) as tx:
        program = await programs.find(tx, slug)
        return await _shown(tx, _found(await store.get(tx, program.id, code), code))


async def page(
    call: Call, slug: str, *, retired: bool | None, after: str | None, limit: int
) -> list[Shown]:
    """The items of a program by code, one more than a page. Raises `NotFound`."""
    async with reading(call, frozen=True) as tx:
        program = await programs.find(tx, slug)
        rows = await store.page(tx, program.id, retired=retired, after=after, limit=limit + 1)
        of: dict[UUID, list[Variant]] = {row.id: [] for row in rows}
        for variant in await store.variants(tx, program.id, list(of)):
            of[variant.item_id].append(variant)
        return [_with(row, of[row.id]) for row in rows]


async def create(call: Call, slug: str, draft: Draft) -> Shown:
    """Create an item with its variants.

    Raises `NotFound`, `ProgramArchived`, `AlreadyExists` (code in use), `Invalid` for a variant
    that is there twice.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        if tx.replayed is not None:
            return await _shown(tx, _found(await store.get(tx, program.id, draft.code), draft.code))
        _refuse_repeated(draft.variants)
        item = new(tx, program, draft)
        made = [new_variant(tx, item, one) for one in draft.variants or [VariantDraft(STANDARD)]]
        await store_new(tx, [item], made)
        await tx.created(item.id)
        return await _shown(tx, item)


async def update(call: Call, slug: str, code: str, changes: Changes, check: Check) -> Shown:
    """Change an item, or say that it is given out no more, or again.

    Entries that run are waited for. Raises `NotFound`, `ProgramArchived`, `VersionMismatch`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        before = _found(await store.lock(tx, program.id, code), code)
        check(before.version)
        after = replace(
            before,
            name=before.name if changes.name is UNSET else changes.name,
            description=(
                before.description if changes.description is UNSET else changes.description
            ),
            low_at=before.low_at if changes.low_at is UNSET else changes.low_at,
            retired=before.retired if changes.retired is UNSET else changes.retired,
        )
        if after != before:
            after = replace(after, version=before.version + 1, updated_at=call.at)
            await store.update(tx, after)
            await _tell(tx, before, after)
        return await _shown(tx, after)


async def put_variant(
    call: Call, slug: str, item: str, draft: VariantDraft, check: Check
) -> tuple[Variant, bool]:
    """Say all of a variant, or make it; the same changes nothing. Its item has changed, too.

    Returns it, and whether it is new. Raises `NotFound` (no such item), `ProgramArchived`,
    `VersionMismatch`, `Retired` for a new one, `TooManyVariants`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        before = await store.lock_variant(tx, program.id, item, draft.code)
        check(before.version if before else 0)
        if before is None:
            return await _add(tx, _found(await store.get(tx, program.id, item), item), draft), True
        said = (draft.size, draft.color, draft.retired)
        if (before.size, before.color, before.retired) == said:
            return before, False
        after = replace(
            before,
            size=draft.size,
            color=draft.color,
            retired=draft.retired,
            version=before.version + 1,
            updated_at=call.at,
        )
        await store.update_variant(tx, after)
        changed = await _touched(tx, program, item)
        await _tell_variant(tx, changed, before, after)
        return after, False


async def _add(tx: Transaction, item: Item, draft: VariantDraft) -> Variant:
    made = new_variant(tx, item, draft)
    await store.insert_variants(tx, [made])
    changed = await store.touch(tx, item.program_id, item.id, tx.call.at)
    # Now that the item is locked, nobody else retires it or adds another variant.
    if changed.retired:
        raise Retired(f"'{item.code}' is given out no more.")
    if len(await store.variants(tx, item.program_id, [item.id])) > MOST_VARIANTS:
        raise TooManyVariants(f"'{item.code}' has {MOST_VARIANTS} variants already.")
    await _tell_variant(tx, changed, None, made)
    return made


async def store_new(tx: Transaction, items: Sequence[Item], variants: Sequence[Variant]) -> None:
    """Store new items and variants; each item is announced as created, or as changed.

    Variants can be those of items that were there before.
    """
    await store.insert(tx, items)
    await store.insert_variants(tx, variants)
    shown = {item.id: item for item in items}
    for item_id in sorted({one.item_id for one in variants} - shown.keys()):
        shown[item_id] = await store.touch(tx, variants[0].program_id, item_id, tx.call.at)
    created = {item.id for item in items}
    await member_changes.store_records(
        tx,
        [_entry(tx, "stock_item", item) for item in items]
        + [_entry(tx, "stock_variant", one) for one in variants],
        [_announced(tx, EventType.STOCK_ITEM_CREATED, item) for item in items]
        + [
            _announced(tx, EventType.STOCK_ITEM_UPDATED, shown[one.item_id], variant=one.code)
            for one in variants
            if one.item_id not in created
        ],
    )


def new(tx: Transaction, program: Program, draft: Draft) -> Item:
    """An item that is not stored yet."""
    return Item(
        program_id=program.id,
        id=tx.call.new_id(),
        code=draft.code,
        name=draft.name,
        description=draft.description,
        low_at=draft.low_at,
        retired=False,
        version=1,
        created_at=tx.call.at,
        updated_at=tx.call.at,
    )


def new_variant(tx: Transaction, item: Item, draft: VariantDraft) -> Variant:
    """A variant that is not stored yet."""
    return Variant(
        program_id=item.program_id,
        id=tx.call.new_id(),
        item_id=item.id,
        code=draft.code,
        size=draft.size,
        color=draft.color,
        retired=draft.retired,
        version=1,
        created_at=tx.call.at,
        updated_at=tx.call.at,
    )


def _refuse_repeated(variants: Sequence[VariantDraft]) -> None:
    seen: set[str] = set()
    for place, one in enumerate(variants):
        if one.code in seen:
            detail = f"The variant '{one.code}' is there twice."
            raise Invalid(detail, Fault("repeated", detail, pointer=f"/variants/{place}/code"))
        seen.add(one.code)


async def _touched(tx: Transaction, program: Program, code: str) -> Item:
    item = _found(await store.get(tx, program.id, code), code)
    return await store.touch(tx, program.id, item.id, tx.call.at)


async def _tell(tx: Transaction, before: Item, after: Item) -> None:
    entry = _entry(tx, "stock_item", after, before)
    announced = _announced(tx, EventType.STOCK_ITEM_UPDATED, after)
    await member_changes.store_records(tx, [entry], [announced])


async def _tell_variant(
    tx: Transaction, item: Item, before: Variant | None, after: Variant
) -> None:
    entry = _entry(tx, "stock_variant", after, before)
    announced = _announced(tx, EventType.STOCK_ITEM_UPDATED, item, variant=after.code)
    await member_changes.store_records(tx, [entry], [announced])


def _entry(
    tx: Transaction, kind: str, after: Item | Variant, before: Item | Variant | None = None
) -> audit.Entry:
    return audit.entry(
        tx.call,
        f"{kind}.created" if before is None else f"{kind}.updated",
        (kind, after.id),
        program_id=after.program_id,
        before=before,
        after=after,
    )


def _announced(tx: Transaction, type: EventType, item: Item, **more: str) -> Announced:
    return Announced(
        id=tx.call.new_id(),
        type=type.value,
        program_id=item.program_id,
        subject_id=item.id,
        data={"item": item.code, "low_at": item.low_at, "retired": item.retired, **more},
        at=tx.call.at,
    )


async def _shown(tx: Connection, item: Item) -> Shown:
    return _with(item, await store.variants(tx, item.program_id, [item.id]))


def _with(item: Item, variants: list[Variant]) -> Shown:
    return Shown(**asdict(item), variants=variants)


def _found(item: Item | None, code: str) -> Item:
    if item is None:
        raise NotFound(f"There is no stock item '{code}' in the program.")
    return item
