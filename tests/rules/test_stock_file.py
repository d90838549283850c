"""An opening stock in CSV: whatever is sent is read or told what is wrong, and nothing raises."""

from __future__ import annotations

import csv
import io

from hypothesis import example, given
from hypothesis import strategies as st

from domain.rules.stock import MOST
from domain.rules.stock_file import CODE, NEEDED, TEXTS, parse

HEADER = ",".join((*NEEDED, *TEXTS)) + "\n"
CODES = st.from_regex(CODE, fullmatch=True).filter(lambda text: len(text) < 64)
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=100).map(
    str.strip
)


@given(st.binary(max_size=200))
@example(b"\xff\xfe\x00")
@example(b'item,variant,place,quantity\n"')
@example(b"item,variant,place,quantity\n\r\r\n\x00,,,\n")
def test_bytes_are_read_or_refused(data: bytes) -> None:
    read = parse(data)
    assert read.faults or read.lines
    assert [fault.line for fault in read.faults] == sorted(fault.line for fault in read.faults)
    assert all(fault.line >= 1 and fault.detail for fault in read.faults)


@given(st.text(max_size=200).map(lambda text: HEADER + text))
@example(HEADER + "mug,,store,00000000001,,,,,\n")
@example(HEADER + "mug,,store,4294967297,,,,,\n")
def test_lines_are_read_or_refused(text: str) -> None:
    read = parse(text.encode("utf-8", "surrogatepass"))
    assert read.faults or read.lines
    for line in read.lines:
        assert all(CODE.fullmatch(code) for code in (line.item, line.variant, line.place))
        assert 1 <= line.quantity <= MOST


@given(
    st.lists(
        st.tuples(CODES, CODES, CODES, st.integers(1, MOST)),
        min_size=1,
        max_size=20,
        unique_by=lambda row: row[:3],
    ),
    WORDS,
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
)
def test_what_a_spreadsheet_writes_is_read_as_it_was(
    rows: list[tuple[str, str, str, int]], reason: str, end: str, quoting: int, mark: bool
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator=end, quoting=quoting)
    writer.writerow([*NEEDED, "reason"])
    writer.writerows([*row, reason] for row in rows)
    read = parse(written.getvalue().encode("utf-8-sig" if mark else "utf-8"))
    assert read.faults == []
    assert [(one.item, one.variant, one.place, one.quantity) for one in read.lines] == rows
    assert [one.number for one in read.lines] == list(range(2, len(rows) + 2))
    assert {one.reason for one in read.lines} == {reason or None}


def test_lines_that_say_different_things_are_told() -> None:
    lines = [
        "mug,,store,1,Mug,,,Store,a",
        "mug,,store,1,Cup,,,,b",
        "mug,red,store,1,,S,red,Shop,",
        "mug,red,office,1,,M,blue,,",
    ]
    read = parse((HEADER + "\n".join(lines)).encode())
    assert [(one.line, one.column, one.code) for one in read.faults] == [
        (3, "name", "contradiction"),
        (4, "place_name", "contradiction"),
        (5, "size", "contradiction"),
        (5, "color", "contradiction"),
    ]
    assert read.faults[0].detail == "Line 2 says 'Mug'."
