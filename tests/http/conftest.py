"""The service under other settings than the suite's, and clients that nothing is checked on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import asyncpg
import httpx
import pytest
from msgspec import Struct

from service.app import App, create_app
from service.settings import Settings
from tests.contract.validator import check_response
from tests.database import Databases
from tests.world import Clock, World


class Served(Struct, frozen=True):
    """One process of the service, and a client of it."""

    app: App
    client: httpx.AsyncClient


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve(world: World, database_url: str, clock: Clock) -> AsyncIterator[Serve]:
    """Starts further processes on the test's database: `await serve(cors_origins="...")`."""
    async with AsyncExitStack() as stack:

        async def start(peer: str = "127.0.0.1", **settings: str) -> Served:
            given = {f"CHANCERY_{name.upper()}": value for name, value in settings.items()}
            environ = {"CHANCERY_DATABASE_URL": database_url, "CHANCERY_POOL_SIZE": "3"}
            app = create_app(Settings.from_environ(environ | given), clock=clock.read)
            await stack.enter_async_context(app.lifespan())
            transport = httpx.ASGITransport(app.front, raise_app_exceptions=False, client=(peer, 1))
            client = await stack.enter_async_context(
                httpx.AsyncClient(
                    transport=transport,
                    base_url="http://chancery.test",
                    event_hooks={"response": [check_response]},
                )
            )
            return Served(app, client)

        yield start


@pytest.fixture
async def unchecked(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose answers need not be in the document: a 500 is not."""
    transport = httpx.ASGITransport(app.front, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://chancery.test") as client:
        yield client


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Another process's connection to the test's database, as the role that may do anything."""
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


def blocked(databases: Databases, database: str) -> list[int]:
    """The backends of a database that wait for a lock."""
    sql = "select pid from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'"
    return [row["pid"] for row in databases.run(lambda: databases.admin.fetch(sql, database))]


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for something that happens soon."""
    for _ in range(int(seconds * 100)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def becomes(read: Callable[[], Awaitable[object]], value: object, seconds: float = 5) -> None:
    """Read until the value is there."""
    for _ in range(int(seconds * 100)):
        if await read() == value:
            return
        await asyncio.sleep(0.01)
    raise TimeoutError
