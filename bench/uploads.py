"""Sends many lines in one request, and reads what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from bench.client import Unexpected
from bench.load import SLUG

PATH = f"/v1/programs/{SLUG}/contributions/bulk"


class Line(Struct, frozen=True):
    """What became of a line."""

    index: int
    result: str
    id: str | None = None


class Tally(Struct, frozen=True):
    """How many lines became what."""

    created: int
    unchanged: int
    updated: int
    rejected: int


class Summary(Struct, frozen=True):
    """The last line of an answer."""

    summary: Tally


class Became(Struct, frozen=True):
    """What became of an upload."""

    lines: list[Line]
    tally: Tally


async def send(port: int, token: str, pieces: Iterable[bytes]) -> bytes:
    """Send everything and return the whole answer. Raises `Unexpected`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(_head(token))
        for piece in pieces:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        return await _answer(reader)
    finally:
        writer.close()


async def cut(port: int, token: str, pieces: Iterable[bytes]) -> None:
    """Send everything but the end, and break the connection off."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_head(token))
    for piece in pieces:
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()
    writer.transport.abort()


def read(answer: bytes) -> Became:
    """The lines of an answer and their summary. Raises `Unexpected` for what is no such thing."""
    *told, last = answer.splitlines()
    became = [LINE.decode(line) for line in told]
    tally = msgspec.json.decode(last, type=Summary).summary
    if [line.index for line in became] != list(range(len(became))):
        raise Unexpected("An upload's lines are not answered each in its turn.")
    return Became(became, tally)


LINE = msgspec.json.Decoder(Line)


def _head(token: str) -> bytes:
    return (
        f"POST {PATH} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    ).encode()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, found, length = head.partition(b"\r\ncontent-length:")
    body = await reader.readexactly(int(length.split(b"\r\n", 1)[0])) if found else b""
    if head.split(b" ", 2)[1] != b"200":
        raise Unexpected(f"{head.decode()}{body[:600].decode(errors='replace')}")
    return body
