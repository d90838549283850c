"""A web server of others, in the test's own loop, that behaves as badly as it is told to."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network

from msgspec import Struct, field

from domain.fetching import Fetcher, Limits

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
"""What has to be allowed for a test to reach its own servers."""


class Asked(Struct, frozen=True):
    """A request; the names of its headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]


class Answer(Struct, frozen=True):
    """What is sent whole; headers may contradict it."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def written(self) -> bytes:
        """As it goes over the wire."""
        fixed = {"Content-Length": str(len(self.body)), "Connection": "close"}
        lines = [f"HTTP/1.1 {self.status} Whatever"]
        lines += [f"{name}: {value}" for name, value in {**fixed, **self.headers}.items()]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


Behaviour = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]
"""How an answer is written by hand."""


class Outside:
    """One server: what it is told to answer on each path, and what it was asked."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.asked: list[Asked] = []
        self.connections = 0
        self._answers: dict[str, Answer | Behaviour] = {}

    def url(self, path: str = "/feed.xml") -> str:
        return self.origin + path

    def answer(
        self,
        body: bytes | str = b"",
        status: int = 200,
        path: str = "/feed.xml",
        **headers: str,
    ) -> str:
        """Answer this path with this; `content_type="text/xml"` is a header. The address of it."""
        raw = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.behave(Answer(raw, status, named), path)

    def behave(self, how: Answer | Behaviour, path: str = "/feed.xml") -> str:
        """Answer this path so. The address of it."""
        self._answers[path] = how
        return self.url(path)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            first = await reader.readexactly(1)
            if not first.isalpha():
                # Somebody speaks TLS.
                writer.write(Answer(b"", 400).written())
                return
            asked = _read(first + await reader.readuntil(b"\r\n\r\n"))
            self.asked.append(asked)
            how = self._answers.get(asked.path.partition("?")[0], Answer(b"?", 404))
            if isinstance(how, Answer):
                writer.write(how.written())
            else:
                await how(asked, writer)
            await writer.drain()


def _read(head: bytes) -> Asked:
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    method, path, _ = first.split(" ")
    pairs = (line.split(":", 1) for line in lines)
    return Asked(method, path, {name.lower(): value.strip() for name, value in pairs})


@asynccontextmanager
async def serving(
    tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncGenerator[Outside]:
    """A server on a free port of this machine."""
    outside = Outside("")
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await outside.serve(reader, writer)
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()
        finally:
            tasks.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    outside.origin = f"{'https' if tls else 'http'}://{host}:{port}"
    try:
        yield outside
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def fetcher(**limits: float) -> Fetcher:
    """A fetcher that may reach this machine, and is impatient by default."""
    chosen = {"seconds": 5, "connect_seconds": 2} | limits
    return Fetcher(LOOPBACK, Limits(**chosen))


def never() -> Behaviour:
    """Takes the request and says nothing."""

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    return behave


def drip(answer: Answer, every: float = 0.05) -> Behaviour:
    """Sends an answer byte by byte."""

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        for place in range(len(written := answer.written())):
            writer.write(written[place : place + 1])
            await writer.drain()
            await asyncio.sleep(every)

    return behave


def endless(piece: bytes = b"<item/>" * 9000, head: bytes = b"") -> Behaviour:
    """Sends a body that never ends."""

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head or b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(piece)
            await writer.drain()

    return behave


def cut_off(answer: Answer, after: int) -> Behaviour:
    """Closes the connection so many bytes into the answer, its head counted."""

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer.written()[:after])

    return behave


def raw(data: bytes) -> Behaviour:
    """Sends just this, whatever it is."""

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return behave


def revalidating(body: bytes, etag: str, **headers: str) -> Behaviour:
    """Sends the body with an `ETag`, and 304 to whoever knows it."""

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        known = asked.headers.get("if-none-match") == etag
        told = {"ETag": etag, **headers}
        writer.write((Answer(b"", 304, told) if known else Answer(body, 200, told)).written())

    return behave


def bomb(size: int = 200 * 1024 * 1024) -> bytes:
    """So many spaces in gzip."""
    return gzip.compress(b" " * size, compresslevel=9)
