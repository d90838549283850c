"""Undoes an answer's compression piece by piece: a small answer never becomes a huge one."""

from __future__ import annotations

import zlib

ENCODINGS = ("gzip", "deflate")
"""The codings that are understood, as `Accept-Encoding` lists them."""

_AUTOMATIC, _RAW = zlib.MAX_WBITS | 32, -zlib.MAX_WBITS


class TooLong(Exception):
    """There is more of it than is wanted."""


class NotInflatable(Exception):
    """It is compressed in a way that is not understood, or it is damaged."""


class Inflater:
    """Takes what arrives and keeps what it says, up to so many bytes before and after inflation.

    What follows the end of compressed data is ignored, as browsers do.
    """

    def __init__(self, encoding: str | None, most: int) -> None:
        coding = (encoding or "identity").strip().lower().removeprefix("x-")
        if coding not in (*ENCODINGS, "identity"):
            raise NotInflatable
        self._plain = coding == "identity"
        self._stream = zlib.decompressobj(_AUTOMATIC)
        self._started = False
        self._taken, self._most = 0, most
        self._found = bytearray()

    def take(self, piece: bytes) -> None:
        """Raises `TooLong`, `NotInflatable`."""
        self._taken += len(piece)
        if self._taken > self._most:
            raise TooLong
        self._found += piece if self._plain else self._inflated(piece)
        if len(self._found) > self._most:
            raise TooLong

    def end(self) -> bytes:
        """All that was said. Raises `NotInflatable` when the end is missing."""
        if not self._plain and self._started and not self._stream.eof:
            raise NotInflatable
        return bytes(self._found)

    def _inflated(self, piece: bytes) -> bytes:
        room = self._most - len(self._found) + 1
        first, self._started = not self._started, self._started or bool(piece)
        try:
            return self._stream.decompress(piece, room)
        except zlib.error:
            if not first:
                raise NotInflatable from None
        # What some servers call deflate has no header.
        self._stream = zlib.decompressobj(_RAW)
        try:
            return self._stream.decompress(piece, room)
        except zlib.error:
            raise NotInflatable from None
