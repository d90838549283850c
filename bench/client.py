"""A small HTTP client whose own cost is low: it keeps connections and parses next to nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

Request = Callable[[], bytes]


class Unexpected(Exception):
    """An answer that is not the one that is being measured."""


class Answer(Struct, frozen=True):
    """Status and body of one answer."""

    status: int
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Connection(asyncio.Protocol):
    """One connection, which asks one request after another."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.buffer = bytearray()
        self.needed = 0
        self.answered: Callable[[], None] = lambda: None
        self.failed: Callable[[Exception], None] = lambda _: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.failed(exc or Unexpected("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.needed:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.buffer[:end]).lower()
            _, found, length = head.partition(b"\r\ncontent-length:")
            if not found:
                self.failed(Unexpected(head.decode()))
                return
            self.needed = end + 4 + int(length.split(b"\r\n", 1)[0])
        if len(self.buffer) >= self.needed:
            self.answered()

    def take(self) -> Answer:
        """The answer that has arrived."""
        head, _, body = bytes(self.buffer[: self.needed]).partition(b"\r\n\r\n")
        answer = Answer(int(head.split(b" ", 2)[1]), body)
        self.buffer.clear()
        self.needed = 0
        return answer

    async def ask(self, request: bytes) -> Answer:
        """Ask once and wait. Raises `Unexpected` when the server has closed the connection."""
        if self.transport.is_closing():
            raise Unexpected("the server has closed the connection")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answered = lambda: done.set_result(None)
        self.failed = done.set_exception
        self.transport.write(request)
        await done
        self.failed = lambda _: None
        return self.take()

    async def hammer(self, request: Request, until: float, status: int) -> int:
        """Ask again and again until a moment of `time.perf_counter`; how many were answered."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        count = 0

        def answered() -> None:
            nonlocal count
            status_line = self.buffer[9:12]
            if int(status_line) != status:
                done.set_exception(Unexpected(bytes(self.buffer[:600]).decode(errors="replace")))
                return
            count += 1
            self.buffer.clear()
            self.needed = 0
            if time.perf_counter() < until:
                self.transport.write(request())
            else:
                done.set_result(None)

        self.answered, self.failed = answered, done.set_exception
        self.transport.write(request())
        await done
        self.failed = lambda _: None
        return count


async def connect(port: int) -> Connection:
    """A connection to a server on this machine."""
    loop = asyncio.get_running_loop()
    return (await loop.create_connection(Connection, "127.0.0.1", port))[1]


def get(path: str, token: str | None = None) -> bytes:
    """The bytes of a GET."""
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\n{authorization}\r\n".encode()


def post(path: str, token: str, document: object) -> bytes:
    """The bytes of a POST of a JSON document."""
    return _with_body("POST", path, token, document)


def put(path: str, token: str, document: object) -> bytes:
    """The bytes of a PUT of a JSON document."""
    return _with_body("PUT", path, token, document)


def _with_body(method: str, path: str, token: str, document: object) -> bytes:
    body = msgspec.json.encode(document)
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def rate(
    port: int, request: Request, *, connections: int, seconds: float, status: int = 200
) -> float:
    """Answers in a second over so many connections at once. Raises `Unexpected`."""
    open_ones = [await connect(port) for _ in range(connections)]
    began = time.perf_counter()
    counts = await asyncio.gather(
        *(one.hammer(request, began + seconds, status) for one in open_ones)
    )
    took = time.perf_counter() - began
    for one in open_ones:
        one.transport.close()
    return sum(counts) / took
