"""Tables as CSV (RFC 4180) in which no cell can start a formula in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rendered(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with its header; None and False are empty cells.

    A text that could start a formula gets an apostrophe in front; numbers are what they are.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return str(value)
