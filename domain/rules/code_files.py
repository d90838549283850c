"""Files of codes: text with one code a line, as ticket shops give them out."""

from __future__ import annotations

import csv
import io

from domain.errors import Fault, Invalid

MOST = 10_000
"""How many codes are loaded at a time."""

LONGEST = 200
"""How many characters a code has at the most."""

HEADING = "code"


def parsed(data: bytes) -> list[str]:
    """The codes of a file of CSV in UTF-8; empty lines and a heading `code` are passed over.

    Raises `Invalid`, which names each faulty line and repeats nothing of it.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused([Fault("encoding", "It is not text in UTF-8.", pointer="")]) from None
    codes: list[str] = []
    faults: list[Fault] = []
    lines = csv.reader(io.StringIO(text), strict=True)
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            code = cells[0].strip()
            if not codes and len(cells) == 1 and code.lower() == HEADING:
                continue
            if why := _wrong(cells, code):
                faults.append(_fault(lines.line_num, why))
            codes.append(code)
    except csv.Error:
        faults.append(_fault(lines.line_num, "It is not CSV."))
    if not codes and not faults:
        faults.append(Fault("code", "There is no code in it.", pointer=""))
    if len(codes) > MOST:
        faults.append(Fault("code", f"There are more than {MOST:,} codes in it.", pointer=""))
    if faults:
        raise _refused(faults[:100])
    return codes


def _wrong(cells: list[str], code: str) -> str | None:
    if len(cells) > 1:
        return "There is more than one cell in it."
    if len(code) > LONGEST:
        return f"A code has at most {LONGEST} characters."
    if not code.isprintable():
        return "A code has no control characters."
    return None


def _fault(line: int, why: str) -> Fault:
    return Fault("code", f"Line {line}: {why}", pointer="")


def _refused(faults: list[Fault]) -> Invalid:
    return Invalid("The codes cannot be read; none was loaded.", *faults)
