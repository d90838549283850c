"""The listener knows whether it hears: what it cannot prove, it does not claim."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qsl, urlsplit

import asyncpg
import pytest

from domain.store.database import Database
from service.app import App
from service.listener import listen
from tests.database import Databases
from tests.http.conftest import until
from tests.world import World


@asynccontextmanager
async def listener(url: str, database: Database, heartbeat: float) -> AsyncIterator[None]:
    task = asyncio.create_task(listen(url, database, heartbeat))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert not database.listening


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A pool that nobody listens for yet."""
    database = Database()
    await database.open(database_url, size=2)
    yield database
    await database.close(5)


def backend(databases: Databases, clone: str) -> list[int]:
    sql = "select pid from pg_stat_activity where datname = $1 and application_name = $2"
    rows = databases.run(lambda: databases.admin.fetch(sql, clone, "chancery-listener"))
    return [row["pid"] for row in rows]


async def test_it_hears_commits_and_comes_back(
    database: Database,
    database_url: str,
    owner: asyncpg.Connection,
    databases: Databases,
    clone: str,
) -> None:
    async with listener(database_url, database, 5):
        for _ in range(3):
            await until(lambda: database.listening)
            before = database.changes
            await owner.execute("delete from programs")
            await until(lambda: database.changes > before)  # noqa: B023 -- used at once
            databases.execute(f"select pg_terminate_backend({backend(databases, clone)[0]})")
            await until(lambda: not database.listening)
        await until(lambda: database.listening)
        # What was missed meanwhile counts as a change.
        assert database.changes > before + 1
    await until(lambda: backend(databases, clone) == [])


async def test_one_that_hears_another_database_does_not_listen(
    database: Database, unmigrated_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As behind a pooler in transaction mode: LISTEN succeeds, and nothing ever arrives."""
    async with listener(unmigrated_url, database, 0.2):
        await until(lambda: "not listening" in caplog.text)
        assert not database.listening


class Wire:
    """Stands between the listener and the server, and can go dead without a word."""

    def __init__(self, url: str) -> None:
        self.parts = urlsplit(url)
        self.options = dict(parse_qsl(self.parts.query))
        self.dead = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self.connect, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        user = self.parts.netloc.rpartition("@")[0]
        yield self.parts._replace(netloc=f"{user}@127.0.0.1:{port}", query="").geturl()
        server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if folder := self.options.get("host"):
            socket = f"{folder}/.s.PGSQL.{self.options.get('port', 5432)}"
            far, on = await asyncio.open_unix_connection(socket)
        else:
            far, on = await asyncio.open_connection(self.parts.hostname, self.parts.port or 5432)
        for source, target in ((near, on), (far, back)):
            self.tasks.add(asyncio.create_task(self.pump(source, target)))

    async def pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                if not self.dead.is_set():
                    target.write(data)
        finally:
            target.close()


async def test_a_connection_that_is_dead_and_does_not_know_is_found_out(
    database: Database, database_url: str
) -> None:
    wire = Wire(database_url)
    async with wire.open() as url, listener(url, database, 0.3):
        await until(lambda: database.listening)
        wire.dead.set()
        await until(lambda: not database.listening, seconds=3)
        await asyncio.sleep(0.5)
        assert not database.listening
        wire.dead.clear()
        await until(lambda: database.listening)


async def test_it_can_be_stopped_while_there_is_no_server(database: Database) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    async with listener(url, database, 0.2):
        await asyncio.sleep(0.3)
        assert not database.listening


async def test_the_service_serves_without_it(
    world: World, app: App, databases: Databases, clone: str
) -> None:
    await until(lambda: app.database.listening)
    databases.execute(f"select pg_terminate_backend({backend(databases, clone)[0]})")
    await until(lambda: not app.database.listening)
    assert (await world.client.get("/v1/programs")).status_code == 200


class Trap(Database):
    """Cancels a task in the moment in which its connection is lost."""

    task: asyncio.Task[None]

    def __setattr__(self, name: str, value: object) -> None:
        if name == "listening" and not value and getattr(self, name, False):
            asyncio.get_running_loop().call_soon(self.task.cancel)
        super().__setattr__(name, value)


async def test_it_ends_even_when_it_is_told_to_as_something_happens(
    database_url: str, databases: Databases, clone: str
) -> None:
    trap = Trap()
    await trap.open(database_url, size=1)
    trap.task = asyncio.create_task(listen(database_url, trap, 5))
    await until(lambda: trap.listening)
    databases.execute(f"select pg_terminate_backend({backend(databases, clone)[0]})")
    done, _ = await asyncio.wait([trap.task], timeout=3)
    assert done
    assert trap.task.cancelled()
    await trap.close(5)
