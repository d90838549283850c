"""Bodies of many lines: NDJSON, read as it arrives in constant memory, or a short JSON array."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Generic, TypeVar

from api.http.decode import decode_body
from api.http.problems import HttpProblem
from domain.errors import Fault, Invalid

T = TypeVar("T")

Batch = list[tuple[int, bytes | None]]
"""Lines by their number in the body, from 0; None stands for one that is too long."""

NDJSON = "application/x-ndjson"
CONSUMES = (NDJSON, "application/json")

MOST_ELEMENTS = 1_000
"""Of a JSON array, which cannot be read as it arrives."""

LONGEST = 1 << 16
"""Bytes of one line; a longer one is passed over and not kept."""

BATCH_LINES = 5_000
BATCH_BYTES = 1 << 20
"""A batch is full with so many lines or bytes, or by a little more."""

BLANK = b" \t\r\n"
BOM = b"\xef\xbb\xbf"
OVERLONG = b"?" * (LONGEST + 1)


class Lines(Generic[T]):
    """A body to be read once: `async for batch in lines`, then `lines.decode` each line.

    A body that is cut off, or longer than the limit, raises `HttpProblem` after the batch of
    what was received whole: what the caller does with each batch, it does for good.
    """

    def __init__(self, type_: Any, batches: AsyncIterator[Batch]) -> None:
        self._type, self._batches = type_, batches

    def __aiter__(self) -> AsyncIterator[Batch]:
        return self._batches

    def decode(self, line: bytes | None) -> T:
        """What a line says. Raises `Invalid` with pointers into the line."""
        if line is None:
            fault = Fault("too_long", f"A line has at most {LONGEST} bytes.", pointer="")
            raise Invalid("The line is too long.", fault)
        return decode_body(line, self._type)


async def of_elements(elements: list[bytes]) -> AsyncIterator[Batch]:
    """The elements of an array, as lines."""
    yield [(i, line if len(line) <= LONGEST else None) for i, line in enumerate(elements)]


async def of_chunks(chunks: AsyncIterator[bytes]) -> AsyncIterator[Batch]:
    """The lines of a stream, in batches that are big enough to be worth a transaction."""
    splitter, batch, size = Splitter(), Batch(), 0
    try:
        async for chunk in chunks:
            for start in range(0, len(chunk), LONGEST):
                part = chunk[start : start + LONGEST]
                batch += splitter.feed(part)
                size += len(part)
                if batch and (len(batch) >= BATCH_LINES or size >= BATCH_BYTES):
                    yield batch
                    batch, size = Batch(), 0
    except HttpProblem:
        if batch:
            yield batch
        raise
    batch += splitter.end()
    if batch:
        yield batch


class Splitter:
    """Cuts a stream into lines, and keeps of it no more than one unfinished line."""

    def __init__(self) -> None:
        self._index, self._size = 0, 0
        self._pieces: list[bytes] = []

    def feed(self, part: bytes) -> Batch:
        """The lines that end in the next part (of at most LONGEST bytes), without blank ones."""
        lines = part.split(b"\n")
        rest = lines.pop()
        if lines:
            self._keep(lines[0])
            lines[0] = b"".join(self._pieces)
            self._pieces, self._size = [], 0
            if self._index == 0:
                lines[0] = lines[0].removeprefix(BOM)
        self._keep(rest)
        # The hot loop of every upload: nothing is called but strip.
        found: Batch = [
            (index, line)
            for index, raw in enumerate(lines, self._index)
            if (line := raw.strip(BLANK))
        ]
        # Only the first can be longer than a part.
        if lines and lines[0] == OVERLONG:
            found[0] = (self._index, None)
        self._index += len(lines)
        return found

    def end(self) -> Batch:
        """The last line, if it has no end of its own."""
        return self.feed(b"\n") if self._pieces else []

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self._size += len(piece)
            if self._size > LONGEST:
                self._pieces = [OVERLONG]
