"""A connection to PostgreSQL that is cut in front of the statement that a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, unquote, urlsplit

STEPS = b"BCDEP"
"""The steps of a prepared statement, which wait here for its end: of them `E` executes it."""


class Cutter:
    """Passes on what is said between a client and the server, until it is to be cut.

    `url` is the server's, through here. Only what comes after `arm` is counted.
    """

    def __init__(self, server: str) -> None:
        self.server = server
        self.url = ""
        self.left: int | None = None
        self.unanswered: bytes | None = None
        self.passed = 0

    def arm(self, *, left: int | None = None, unanswered: bytes | None = None) -> None:
        """Cut behind so many statements; or let one with this text reach the server unanswered."""
        self.left, self.unanswered, self.passed = left, unanswered, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        theirs, ours = await self._connect()
        silent = asyncio.Event()

        async def ask() -> None:
            # The first message, which says who connects, is the only one without a type.
            length = await reader.readexactly(4)
            ours.write(length + await reader.readexactly(int.from_bytes(length) - 4))
            steps = b""
            executes = False
            while True:
                head = await reader.readexactly(5)
                steps += head + await reader.readexactly(int.from_bytes(head[1:]) - 4)
                executes |= head[:1] in (b"E", b"Q")
                if head[:1] in STEPS:
                    continue
                if executes and not self._lets_through(steps, silent):
                    return
                ours.write(steps)
                steps, executes = b"", False

        async def answer() -> None:
            while data := await theirs.read(65536):
                if silent.is_set():
                    return
                writer.write(data)

        await _until_one_ends(ask, answer)
        for side in (ours, writer):
            side.close()
            with suppress(OSError):
                await side.wait_closed()

    def _lets_through(self, statement: bytes, silent: asyncio.Event) -> bool:
        if self.left is not None and self.passed >= self.left:
            return False
        self.passed += 1
        if self.unanswered is not None and self.unanswered in statement:
            silent.set()
        return True

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self.server)
        host = parse_qs(parts.query).get("host", [unquote(parts.hostname or "")])[0]
        if host.startswith("/"):
            port = parse_qs(parts.query).get("port", [str(parts.port or 5432)])[0]
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, parts.port or 5432)


async def _until_one_ends(*sides: Callable[[], Awaitable[None]]) -> None:
    async def run(side: Callable[[], Awaitable[None]]) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            await side()

    tasks = [asyncio.create_task(run(side)) for side in sides]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def cutter(server: str) -> AsyncIterator[Cutter]:
    """A `Cutter` in front of the server of this address."""
    one = Cutter(server)
    listening = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    parts = urlsplit(server)
    who = parts.netloc.rpartition("@")[0]
    one.url = f"{parts.scheme}://{who}@127.0.0.1:{port}{parts.path}?sslmode=disable"
    try:
        yield one
    finally:
        listening.close()
