"""An opening stock read from CSV: all of it becomes entries of the ledger, or nothing."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import audit, events, policies, programs, stock_items, stock_places
from domain import stock_ledger as ledger
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Fault, Invalid
from domain.imports import FileRefused
from domain.rules import stock_file
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.stock import MOST, MOST_VARIANTS, MovementKind, PlaceKind
from domain.rules.stock_file import FileFault, Line, Read
from domain.store import stock_balances as balance_store
from domain.store import stock_items as item_store
from domain.store import stock_movements as store
from domain.store import stock_places as place_store
from domain.store.programs import Program
from domain.store.query import Connection
from domain.store.stock_items import Item, Option
from domain.store.stock_places import Place

__all__ = ["File", "FileRefused", "Report", "run"]

MOST_TOLD = 1_000
"""How many faults are told one by one; the others are counted."""


class File(Struct, frozen=True):
    """A file to import; `as_of` is its day in the program's time zone, by default today."""

    data: bytes
    as_of: date | None = None
    dry_run: bool = False


class Report(Struct, frozen=True):
    """What an import did, or would do; codes of what it creates, a variant as `item/variant`.

    `known`: the file was imported before, and nothing is left to do.
    """

    applied: bool
    known: bool
    as_of: date
    digest: bytes
    lines: int
    quantity: int
    items: Sequence[str]
    variants: Sequence[str]
    places: Sequence[str]


class _Known(Struct, frozen=True):
    """What the program has of what a file names, by codes."""

    items: dict[str, Item]
    variants: dict[tuple[str, str], Option]
    places: dict[str, Place]
    on_hand: dict[tuple[UUID, UUID], int]

    def missing(self, lines: Sequence[Line]) -> _Missing:
        """The first line of each item, variant and place that is to be created."""
        items: dict[str, Line] = {}
        variants: dict[tuple[str, str], Line] = {}
        places: dict[str, Line] = {}
        for line in lines:
            if line.item not in self.items:
                items.setdefault(line.item, line)
            if (line.item, line.variant) not in self.variants:
                variants.setdefault((line.item, line.variant), line)
            if line.place not in self.places:
                places.setdefault(line.place, line)
        return _Missing(items, variants, places)


class _Missing(Struct, frozen=True):
    """What a file names and the program does not have, each with the first line that names it."""

    items: dict[str, Line]
    variants: dict[tuple[str, str], Line]
    places: dict[str, Line]


async def run(call: Call, slug: str, file: File) -> Report:
    """Import an opening stock: missing items, variants and places, and a `received` for each line.

    The same file again changes nothing; what is there already stays as it is. One import runs at a
    time in a program. Raises `NotFound`, `ProgramArchived`, `Invalid` for a day to come,
    `FileRefused` with every fault, its line and its column.
    """
    read = await asyncio.to_thread(stock_file.parse, file.data)
    if file.dry_run:
        async with reading(call, frozen=True) as snapshot:
            program = await programs.find(snapshot, slug)
            return (await _plan(snapshot, call, program, file, read))[0]
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        await store.take_import_turn(tx, program.id)
        report, known = await _plan(tx, call, program, file, read)
        if known is not None:
            await _apply(tx, program, report, read.lines, known)
        return report


async def _plan(
    tx: Connection, call: Call, program: Program, file: File, read: Read
) -> tuple[Report, _Known | None]:
    """What is to be done, and what it is compared with; None: the file was imported before."""
    today = day_of(call.at, (await policies.typed(tx, program)).time_zone)
    if file.as_of is not None and file.as_of > today:
        detail = "That day is still to come."
        raise Invalid(detail, Fault("as_of", detail, parameter="as_of"))
    if read.faults:
        raise _refusal(read.faults)
    digest = hashlib.sha256(file.data).digest()
    report = Report(
        applied=False,
        known=True,
        as_of=file.as_of or today,
        digest=digest,
        lines=len(read.lines),
        quantity=sum(line.quantity for line in read.lines),
        items=(),
        variants=(),
        places=(),
    )
    # All of its lines were imported in one transaction, so the first one tells.
    if await store.imported(tx, program.id, [_key(digest, read.lines[0])]):
        return report, None
    known = await _known(tx, program, read.lines)
    if faults := [*_faults(known, read.lines)]:
        raise _refusal(faults)
    missing = known.missing(read.lines)
    report = replace(
        report,
        applied=not file.dry_run,
        known=False,
        items=list(missing.items),
        variants=["/".join(codes) for codes in missing.variants],
        places=list(missing.places),
    )
    return report, known


def _refusal(faults: Sequence[FileFault]) -> FileRefused:
    told = [
        Fault(
            one.code,
            f"line {one.line}{f', {one.column}' if one.column else ''}: {one.detail}",
            pointer=f"/{one.line}/{one.column}" if one.column else f"/{one.line}",
        )
        for one in faults[:MOST_TOLD]
    ]
    noun = "fault" if len(faults) == 1 else "faults"
    return FileRefused(f"Nothing was imported: the file has {len(faults):,} {noun}.", *told)


async def _known(tx: Connection, program: Program, lines: Sequence[Line]) -> _Known:
    codes = sorted({line.item for line in lines})
    places = await place_store.named(tx, program.id, {line.place for line in lines})
    options = await item_store.options(tx, program.id, codes)
    rows = await balance_store.of_variants(tx, program.id, [one.variant_id for one in options])
    return _Known(
        items={one.code: one for one in await item_store.named(tx, program.id, codes)},
        variants={(one.item, one.variant): one for one in options},
        places={one.code: one for one in places},
        on_hand={(row.variant_id, row.place_id): row.on_hand for row in rows},
    )


def _faults(known: _Known, lines: Sequence[Line]) -> Iterator[FileFault]:
    """What stands in the way of lines that are well written."""
    variants = Counter(item for item, _ in known.variants)
    seen = set(known.variants)
    held: Counter[tuple[str, str, str]] = Counter()
    for line in lines:
        item, place = known.items.get(line.item), known.places.get(line.place)
        variant = known.variants.get((line.item, line.variant))
        if item is not None and item.retired:
            yield FileFault(line.number, "item", "retired", f"'{item.code}' is retired.")
        elif variant is not None and variant.retired:
            detail = f"'{variant.item}/{variant.variant}' is retired."
            yield FileFault(line.number, "variant", "retired", detail)
        if place is not None and place.retired:
            yield FileFault(line.number, "place", "retired", f"'{place.code}' is retired.")
        elif place is not None and place.kind is not PlaceKind.STORAGE:
            detail = f"'{place.code}' is an event; stock is received in a storage."
            yield FileFault(line.number, "place", "places", detail)
        if (line.item, line.variant) not in seen:
            seen.add((line.item, line.variant))
            variants[line.item] += 1
            if variants[line.item] == MOST_VARIANTS + 1:
                detail = f"An item has {MOST_VARIANTS} variants at the most."
                yield FileFault(line.number, "variant", "too_many_variants", detail)
        there = known.on_hand.get((variant.variant_id, place.id), 0) if variant and place else 0
        key = (line.item, line.variant, line.place)
        held[key] += line.quantity
        if there + held[key] > MOST:
            detail = f"A place has {MOST:,} of a variant at the most."
            yield FileFault(line.number, "quantity", "too_many", detail)


async def _apply(
    tx: Transaction, program: Program, report: Report, lines: Sequence[Line], known: _Known
) -> None:
    missing = known.missing(lines)
    # Variants before their items, as whoever else adds to the ledger: new ones change their items.
    known_ids = [one.variant_id for one in known.variants.values()]
    await balance_store.hold(tx, program.id, known_ids)
    names = _first_names(lines)
    items = {
        code: stock_items.new(tx, program, stock_items.Draft(code, names.get(("item", code), code)))
        for code in missing.items
    }
    looks = _first_looks(lines)
    made = {
        (item, code): stock_items.new_variant(
            tx,
            items.get(item) or known.items[item],
            stock_items.VariantDraft(code, *looks[item, code]),
        )
        for item, code in missing.variants
    }
    await stock_items.store_new(tx, list(items.values()), list(made.values()))
    places = {
        code: stock_places.new(
            tx,
            program,
            stock_places.Draft(code, names.get(("place", code), code), PlaceKind.STORAGE),
        )
        for code in missing.places
    }
    await stock_places.store_new(tx, list(places.values()))
    variant_ids = {codes: one.variant_id for codes, one in known.variants.items()} | {
        codes: one.id for codes, one in made.items()
    }
    place_ids = {code: one.id for code, one in (known.places | places).items()}
    used = {(line.item, line.variant) for line in lines}
    held = await ledger.hold(
        tx, program.id, [variant_ids[codes] for codes in used], list(place_ids.values())
    )
    for line in lines:
        # Somebody may have retired meanwhile what was in use when the file was compared.
        held.refuse_retired(variant_ids[line.item, line.variant], place_ids[line.place])
        ledger.entry(
            tx,
            held,
            MovementKind.RECEIVED,
            variant_ids[line.item, line.variant],
            line.quantity,
            report.as_of,
            to_place_id=place_ids[line.place],
            reason=line.reason,
            import_key=_key(report.digest, line),
        )
    await ledger.write(tx, held)
    await _tell(tx, program, report)


def _first_names(lines: Sequence[Line]) -> dict[tuple[str, str], str]:
    """The names that lines say, of items and of places."""
    names: dict[tuple[str, str], str] = {}
    for line in lines:
        if line.name is not None:
            names.setdefault(("item", line.item), line.name)
        if line.place_name is not None:
            names.setdefault(("place", line.place), line.place_name)
    return names


def _first_looks(
    lines: Sequence[Line],
) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    """The sizes and colors that lines say of variants."""
    looks: dict[tuple[str, str], tuple[str | None, str | None]] = {}
    for line in lines:
        size, color = looks.get((line.item, line.variant), (None, None))
        looks[line.item, line.variant] = (size or line.size, color or line.color)
    return looks


async def _tell(tx: Transaction, program: Program, report: Report) -> None:
    import_id = tx.call.new_id()
    told = {
        "as_of": report.as_of,
        "digest": report.digest.hex(),
        "lines": report.lines,
        "quantity": report.quantity,
    }
    await audit.record(
        tx,
        EventType.STOCK_IMPORTED.value,
        ("stock_import", import_id),
        program_id=program.id,
        after=told,
    )
    await events.emit(tx, EventType.STOCK_IMPORTED, import_id, program_id=program.id, **told)


def _key(digest: bytes, line: Line) -> str:
    return f"{digest.hex()}:{line.number}"
