"""The pool that every use case works on, and how fresh the process's snapshots are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from domain.errors import Unavailable

JSON_ENCODER = msgspec.json.Encoder()

UNREACHABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Whatever goes wrong while a connection is made."""

LOST = (
    ConnectionError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InternalClientError,  # asyncpg's own confusion after a dying server's last words
    asyncpg.LockNotAvailableError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""What the server, the network or a fail-over does to a connection in use."""


async def prepare_connection(raw: asyncpg.Connection[asyncpg.Record]) -> None:
    """Teach a new connection that jsonb is plain Python data, through msgspec."""
    await raw.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + JSON_ENCODER.encode(value),
        decoder=lambda data: msgspec.json.decode(data[1:]),
        format="binary",
    )


class Database:
    """The pool, and a count of the public changes that this process has heard of."""

    def __init__(self) -> None:
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self.changes = 0
        self.listening = False
        self.patience = 5.0
        """Seconds that a call waits for a connection before it is told to come back later."""

    @property
    def pool(self) -> asyncpg.Pool[asyncpg.Record]:
        """The open pool."""
        if self._pool is None:
            raise ConnectionError("The database is not open.")
        return self._pool

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[PoolConnectionProxy[asyncpg.Record]]:
        """A connection of the pool.

        Raises `Unavailable` when there is none in time, or when the database goes away meanwhile.
        """
        try:
            raw = await self.pool.acquire(timeout=self.patience)
        except UNREACHABLE as error:
            raise Unavailable("No connection to the database; try again in a moment.") from error
        try:
            yield raw
        except LOST as error:
            raise Unavailable("The connection was lost; try again in a moment.") from error
        except asyncpg.InterfaceError as error:
            # asyncpg says this of our own mistakes too: those are defects.
            if not _is_lost(raw):
                raise
            raise Unavailable("The connection was lost; try again in a moment.") from error
        finally:
            # The body is done, perhaps committed: what is lost while tidying up changes no answer.
            with suppress(*UNREACHABLE):
                await self.pool.release(raw)

    def changed(self) -> None:
        """Take note that public data may have changed: snapshots made before are stale."""
        self.changes += 1

    async def open(self, url: str, *, size: int) -> None:
        """Open the pool, of at most `size` connections.

        Plans are made for the values at hand (`force_custom_plan`), because the optional filters of
        the lists are written as `$1 is null or …`, for which a generic plan can use no index.
        """
        self._pool = await asyncpg.create_pool(
            url,
            min_size=min(2, size),
            max_size=size,
            init=prepare_connection,
            reset=_leave,
            command_timeout=60,
            server_settings={
                "application_name": "chancery",
                "plan_cache_mode": "force_custom_plan",
                "timezone": "UTC",
                "lock_timeout": "5s",
            },
        )

    async def close(self, seconds: float) -> None:
        """Close the pool; connections still in use after `seconds` are cut."""
        if self._pool is None:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()
        self._pool = None


@asynccontextmanager
async def writing(raw: PoolConnectionProxy[asyncpg.Record]) -> AsyncGenerator[None]:
    """A transaction that changes something: all of it is committed, or nothing.

    Its plans are kept: PostgreSQL checks each reference of each row by a statement of its own,
    which would be planned every time.
    """
    try:
        await raw.execute("begin; set local plan_cache_mode = auto")
        yield
    except BaseException:
        await raw.execute("rollback")
        raise
    await raw.execute("commit")


async def _leave(raw: asyncpg.Connection[asyncpg.Record]) -> None:
    """Nothing outlives a transaction here, so that a connection goes back as it came.

    (asyncpg itself rolls back what was left open.)
    """


def _is_lost(raw: PoolConnectionProxy[asyncpg.Record]) -> bool:
    try:
        return raw.is_closed()
    except asyncpg.InterfaceError:
        return True  # asyncpg has taken it from us already, which it does only when it has ended
