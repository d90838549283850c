"""Reads an opening stock from CSV: its lines, or every fault with its line and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from domain.rules.stock import MOST, STANDARD

MAX_BYTES = 4 * 1024 * 1024
MAX_LINES = 10_000

NEEDED = ("item", "variant", "place", "quantity")
TEXTS = {"name": 200, "size": 100, "color": 100, "place_name": 200, "reason": 1000}
"""Columns that a file can leave out, and how long a text in each may be."""

CODE = re.compile(r"[a-z0-9](-?[a-z0-9])*")
QUANTITY = re.compile(r"[0-9]{1,10}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class FileFault(Struct, frozen=True):
    """What is wrong with a file; `line` counts from 1, `column` None: it is about the line."""

    line: int
    column: str | None
    code: str
    detail: str


class Line(Struct, frozen=True):
    """So many of a variant at a place, by codes; names only where something new needs one."""

    number: int
    item: str
    variant: str
    place: str
    quantity: int
    name: str | None
    size: str | None
    color: str | None
    place_name: str | None
    reason: str | None


class Read(Struct, frozen=True):
    """A file as it was read; it counts only as a whole, without any fault."""

    lines: list[Line]
    faults: list[FileFault]


def parse(data: bytes) -> Read:
    """Every line that can be read, and a fault for all that cannot; never raises.

    RFC 4180 in UTF-8, with a comma, a header and any of the three line ends. The columns are found
    by their names; an empty variant is `standard`.
    """
    if len(data) > MAX_BYTES:
        return Read([], [FileFault(1, None, "too_large", f"It has more than {MAX_BYTES:,} bytes.")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        return Read([], [FileFault(number, None, "encoding", "It is not in UTF-8.")])
    faults: list[FileFault] = []
    rows = _rows(text, faults)
    number, header = next(rows, (1, list[str]()))
    columns = [cell.strip().lower() for cell in header]
    faults += _of_header(number, columns)
    if faults:
        return Read([], faults)
    lines: list[Line] = []
    for count, (number, cells) in enumerate(rows, 1):
        if count > MAX_LINES:
            detail = f"It has more than {MAX_LINES:,} lines."
            faults.append(FileFault(number, None, "too_many_lines", detail))
            break
        if len(cells) != len(columns):
            detail = f"It has {len(cells)} cells, and the header has {len(columns)}."
            faults.append(FileFault(number, None, "cells", detail))
            continue
        found = _Cells(number, dict(zip(columns, (cell.strip() for cell in cells), strict=True)))
        line = found.line()
        faults += found.faults
        if line is not None:
            lines.append(line)
    if not lines and not faults:
        faults.append(FileFault(number, None, "empty", "It has no line but the header."))
    faults += _contradictions(lines)
    return Read(lines, sorted(faults, key=lambda fault: fault.line))


def _rows(text: str, faults: list[FileFault]) -> Iterator[tuple[int, list[str]]]:
    """The records with the lines on which they begin, to the first that cannot be read."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.append(FileFault(begins, None, "syntax", f"It is no CSV here: {error}."))
            return
        if cells:
            yield begins, cells


def _of_header(number: int, columns: Sequence[str]) -> Iterator[FileFault]:
    for column in NEEDED:
        if column not in columns:
            yield FileFault(number, column, "column_missing", "The header does not have it.")
    for place, column in enumerate(columns):
        if column not in NEEDED and column not in TEXTS:
            known = ", ".join((*NEEDED, *TEXTS))
            detail = f"'{_shown(column)}' is none of the columns {known}."
            yield FileFault(number, None, "column_unknown", detail)
        elif column in columns[:place]:
            yield FileFault(number, column, "column_repeated", "The header has it twice.")


class _Cells(Struct):
    """The cells of one line while they are read."""

    number: int
    cells: dict[str, str]
    faults: list[FileFault] = []

    def line(self) -> Line | None:
        line = Line(
            number=self.number,
            item=self.code("item"),
            variant=self.code("variant"),
            place=self.code("place"),
            quantity=self.quantity(),
            name=self.text("name"),
            size=self.text("size"),
            color=self.text("color"),
            place_name=self.text("place_name"),
            reason=self.text("reason"),
        )
        return None if self.faults else line

    def fault(self, column: str, code: str, detail: str) -> None:
        self.faults.append(FileFault(self.number, column, code, detail))

    def code(self, column: str) -> str:
        said = self.cells[column]
        if column == "variant" and not said:
            return STANDARD
        if not said:
            self.fault(column, "missing", "It is empty.")
        elif len(said) > 63 or not CODE.fullmatch(said):
            shown = _shown(said)
            detail = f"'{shown}' is no code: up to 63 lower-case letters, digits, single hyphens."
            self.fault(column, "code", detail)
        return said

    def quantity(self) -> int:
        said = self.cells["quantity"]
        if not QUANTITY.fullmatch(said) or not 1 <= int(said) <= MOST:
            detail = f"'{_shown(said)}' is no whole number from 1 to {MOST}."
            self.fault("quantity", "quantity", detail)
            return 0
        return int(said)

    def text(self, column: str) -> str | None:
        said, most = self.cells.get(column, ""), TEXTS[column]
        if len(said) > most:
            self.fault(column, "too_long", f"It has more than {most} characters.")
        elif CONTROL.search(said):
            self.fault(column, "control", "It has a line end or another control character.")
        return said or None


def _contradictions(lines: Sequence[Line]) -> Iterator[FileFault]:
    """Lines that say something else than an earlier one, or just the same."""
    first: dict[tuple[str, ...], tuple[str, int]] = {}
    counted: dict[tuple[str | None, ...], int] = {}
    for line in lines:
        for column, key in (
            ("name", (line.item,)),
            ("size", (line.item, line.variant)),
            ("color", (line.item, line.variant)),
            ("place_name", (line.place,)),
        ):
            said: str | None = getattr(line, column)
            if said is None:
                continue
            before, number = first.setdefault((column, *key), (said, line.number))
            if before != said:
                detail = f"Line {number} says '{_shown(before)}'."
                yield FileFault(line.number, column, "contradiction", detail)
        same = (line.item, line.variant, line.place, line.reason)
        number = counted.setdefault(same, line.number)
        if number != line.number:
            detail = f"Line {number} has the same item, variant, place and reason: add them up."
            yield FileFault(line.number, None, "repeated", detail)


def _shown(text: str) -> str:
    """What was written, short and printable."""
    cut = text if len(text) <= 40 else text[:39] + "…"
    return "".join(char if char.isprintable() else "�" for char in cut)
