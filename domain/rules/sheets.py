"""Reads an uploaded table: each row is a contribution, or faults with the columns they stand in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from msgspec import Struct

from domain.rules.connectors import Found, Sheet, SheetField
from domain.rules.members import shown
from domain.rules.policy import Policy
from domain.rules.sheet_cells import Cells
from domain.rules.stock_file import FileFault

__all__ = ["MAX_BYTES", "MAX_ROWS", "FileFault", "Row", "Table", "parse"]

MAX_BYTES = 4 * 1024 * 1024
MAX_ROWS = 10_000

SEPARATORS = ",;\t"
"""Of two that fit the headings equally well the first one is meant."""

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
SAVE = "Save it as CSV in UTF-8."


class Row(Struct, frozen=True):
    """A row as it was read; with faults it is no contribution. A fault's column is its heading."""

    found: Found
    faults: tuple[FileFault, ...] = ()


class Table(Struct, frozen=True):
    """A table as it was read. With `faults` none of its rows counts.

    `headings` are the columns that were looked for, as the file writes them.
    """

    rows: Sequence[Row] = ()
    headings: dict[SheetField, str] = {}
    faults: Sequence[FileFault] = ()


def parse(data: bytes, settings: Sheet, policy: Policy) -> Table:
    """Every row of a table, under the key by which it counts once; never raises.

    RFC 4180 in UTF-8, with commas, semicolons or tabs, whichever the headings are found with. Rows
    without any text are passed over. A row that says what an earlier one says is skipped; one that
    says something else under the same key is at fault.
    """
    if len(data) > MAX_BYTES:
        return _refused(1, "too_large", f"It has more than {MAX_BYTES:,} bytes.")
    if data.startswith(UTF_16):
        return _refused(1, "encoding", f"It is in UTF-16. {SAVE}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _refused(line, "encoding", f"It is not in UTF-8. {SAVE}")
    return _read(text, settings, policy)


def _read(text: str, settings: Sheet, policy: Policy) -> Table:
    wanted = {field: heading(name) for field, name in settings.columns.items()}
    faults: list[FileFault] = []
    records = _records(text, _separator(text, set(wanted.values())), faults)
    line, header = next(records, (1, list[str]()))
    known = [heading(cell) for cell in header]
    faults += _of_header(line, known, settings)
    if faults:
        return Table(faults=faults)
    places = {field: known.index(name) for field, name in wanted.items()}
    headings = {field: " ".join(header[place].split()) for field, place in places.items()}
    rows: list[Row] = []
    seen = _Seen({}, headings)
    for line, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) == MAX_ROWS:
            return _refused(line, "too_many_rows", f"It has more than {MAX_ROWS:,} rows.")
        if len(cells) != len(header):
            detail = f"It has {len(cells)} cells, and the headings are {len(header)}."
            fault = FileFault(line, None, "cells", detail)
            rows.append(Row(Found("", "", line=line), (fault,)))
            continue
        given = {field: cells[place].strip() for field, place in places.items()}
        found, wrong = Cells(line, given, headings, settings, policy).read()
        rows.append(seen.judged(Row(found, tuple(wrong))))
    if faults:
        return Table(faults=faults)
    if not rows:
        return _refused(line, "empty", "It has no row but the headings.")
    return Table(rows, headings)


def heading(text: str) -> str:
    """The form in which headings are compared: without regard to case and spaces."""
    return " ".join(text.casefold().split())


def _refused(line: int, code: str, detail: str) -> Table:
    return Table(faults=[FileFault(line, None, code, detail)])


def _separator(text: str, wanted: set[str]) -> str:
    """The one with which the first record has most of the headings."""

    def fits(separator: str) -> int:
        _, header = next(_records(text, separator, []), (1, list[str]()))
        return len(wanted & {heading(cell) for cell in header})

    return max(SEPARATORS, key=fits)


def _records(text: str, separator: str, faults: list[FileFault]) -> Iterator[tuple[int, list[str]]]:
    """The records with the lines on which they begin, to the first that cannot be read."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
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


def _of_header(line: int, known: Sequence[str], settings: Sheet) -> Iterator[FileFault]:
    """What keeps the columns of the settings from being found."""
    for name in settings.columns.values():
        count = known.count(heading(name))
        if count == 0:
            detail = f"There is no such heading; there are {_listed(known)}."
            yield FileFault(line, name, "column_missing", detail)
        elif count > 1:
            yield FileFault(line, name, "column_repeated", "There are several such headings.")


def _listed(known: Sequence[str]) -> str:
    named = [shown(name) for name in known if name]
    more = [f"{len(named) - 20} more"] if len(named) > 20 else []
    return ", ".join(named[:20] + more) or "none"


class _Seen(Struct):
    """The rows so far, by their keys."""

    rows: dict[str, Found]
    headings: dict[SheetField, str]

    def judged(self, row: Row) -> Row:
        """The row, unless its key came before."""
        if row.found.draft is None:
            return row
        first = self.rows.setdefault(row.found.key, row.found)
        if first is row.found:
            return row
        if first.draft == row.found.draft:
            why = f"Line {first.line} says the same."
            return Row(Found(row.found.key, row.found.title, None, why, row.found.line))
        column = self.headings.get(SheetField.KEY)
        what = "has the same key" if column else "is the same contribution"
        fault = FileFault(
            row.found.line or 0,
            column,
            "repeated",
            f"Line {first.line} {what}, and says something else.",
        )
        return Row(Found(row.found.key, row.found.title, None, None, row.found.line), (fault,))
