"""Public answers from memory: only what is public, never what is old, never too much."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
import pytest

from api.http.access import capability, public, requires
from api.http.caching import Ready
from api.http.endpoint import Routes
from api.http.request import KEY, RequestState
from api.http.snapshot import Snapshot
from domain.call import Call
from domain.rules.access import Permission
from domain.store.database import Database
from service.app import App
from tests.database import Databases
from tests.http.asgi import ask
from tests.http.conftest import Serve, becomes, until
from tests.world import Bearer, Clock, World

URL = "/v1/programs/demo"


@asynccontextmanager
async def without_database(app: App, connections: int | None = None) -> AsyncIterator[None]:
    """While it lasts, every answer that needs the database is 503: its connections are taken."""
    app.database.patience, patience = 0.05, app.database.patience
    held = [await app.database.pool.acquire() for _ in range(connections or app.settings.pool_size)]
    try:
        yield
    finally:
        app.database.patience = patience
        for raw in held:
            await app.database.pool.release(raw)


async def read(world: World, headers: dict[str, str] | None = None) -> int:
    return (await world.client.get(URL, headers=headers)).status_code


async def patch(world: World, token: Bearer, status: str) -> int:
    """Archive or reopen; answers with the new version."""
    answer = await world.client.patch(URL, json={"status": status}, headers=token.headers)
    return answer.json()["version"]


async def test_an_anonymous_read_needs_no_database(world: World, app: App) -> None:
    await world.program("demo")
    await until(lambda: app.database.listening)
    before = await world.client.get(URL)
    etag = before.headers["etag"]
    async with without_database(app):
        again = await world.client.get(URL)
        assert again.content == before.content
        unstable = {"x-request-id"}
        for name in before.headers.keys() | again.headers.keys() - unstable:
            assert name in unstable or again.headers[name] == before.headers[name], name
        assert (await world.client.head(URL)).headers["content-length"] == str(len(again.content))
        assert (await world.client.get(URL, headers={"If-None-Match": etag})).status_code == 304
        assert (await world.client.get("/v1/programs")).status_code == 503
        assert await read(world, {"Origin": "https://page.example"}) == 200
    metrics = (await world.client.get("/metrics")).text
    assert 'route="snapshot"' in metrics


async def test_a_read_with_a_token_neither_uses_nor_fills_it(world: World, app: App) -> None:
    await world.program("demo")
    token = await world.token()
    await until(lambda: app.database.listening)
    assert await read(world, token.headers) == 200
    async with without_database(app):
        assert await read(world) == 503
    assert await read(world) == 200
    async with without_database(app):
        assert await read(world) == 200
        assert await read(world, token.headers) == 503
        assert await read(world, {"Authorization": ""}) == 401


async def test_what_failed_or_is_not_for_all_is_not_kept(world: World, app: App) -> None:
    await world.program("demo")
    await until(lambda: app.database.listening)
    for path in ("/v1/programs/nowhere", "/v1/programs?nope=1", "/health/ready", "/nothing"):
        await world.client.get(path)
    await world.client.post("/v1/programs", json={})
    assert app.context.snapshot.answers == {}
    assert await read(world) == 200
    assert len(app.context.snapshot.answers) == 1


def test_only_public_reads_can_be_declared_cached() -> None:
    async def get_thing(call: Call) -> None: ...

    routes = Routes("Things", "Things.")
    for access in (requires(Permission.PERSON_READ), capability()):
        with pytest.raises(TypeError, match="no public read"):
            routes.get("/things", access, cached=True)(get_thing)
    with pytest.raises(TypeError, match="no public read"):
        routes.post("/things", public(), cached=True)(get_thing)


async def test_a_commit_of_another_process_drops_it(
    world: World, app: App, owner: asyncpg.Connection, serve: Serve
) -> None:
    await world.program("demo")
    token = await world.token()
    await until(lambda: app.database.listening)
    assert (await world.client.get(URL)).json()["status"] == "active"
    await owner.execute("update programs set status = 'archived'")

    async def status() -> str:
        return (await world.client.get(URL)).json()["status"]

    await becomes(status, "archived")
    other = await serve()
    await other.client.patch(URL, json={"status": "active"}, headers=token.headers)
    await becomes(status, "active")


async def test_what_is_rolled_back_drops_nothing(
    world: World, app: App, owner: asyncpg.Connection
) -> None:
    await world.program("demo")
    await until(lambda: app.database.listening)
    changes = app.database.changes
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute("update programs set status = 'archived'")
    await transaction.rollback()
    await owner.execute("select pg_notify('chancery_probe_other', '')")
    await asyncio.sleep(0.2)
    assert app.database.changes == changes


async def test_a_writer_sees_its_own_write_at_once(world: World, app: App) -> None:
    await world.program("demo")
    token = await world.token()
    await until(lambda: app.database.listening)
    for status in ("archived", "active") * 10:
        assert await read(world) == 200
        version = await patch(world, token, status)
        assert (await world.client.get(URL)).json()["version"] == version


async def test_it_is_not_used_while_nothing_can_be_heard(
    world: World, app: App, databases: Databases, clone: str
) -> None:
    await world.program("demo")
    token = await world.token()
    await until(lambda: app.database.listening)
    assert await read(world) == 200
    databases.execute(f"alter database {clone} with allow_connections false")
    databases.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        f" where datname = '{clone}' and application_name = 'chancery-listener'"
    )
    try:
        await until(lambda: not app.database.listening)
        async with without_database(app, app.database.pool.get_idle_size()):
            assert await read(world) == 503
        version = await patch(world, token, "archived")
        assert (await world.client.get(URL)).json()["version"] == version
        assert app.context.snapshot.answers == {}
    finally:
        databases.execute(f"alter database {clone} with allow_connections true")
    await until(lambda: app.database.listening, seconds=20)
    assert await read(world) == 200
    async with without_database(app):
        assert await read(world) == 200


async def test_a_day_that_begins_is_seen_without_a_commit(world: World, app: App) -> None:
    await world.program("demo")
    await until(lambda: app.database.listening)
    assert await read(world) == 200
    async with without_database(app):
        world.clock.pass_(seconds=59)
        assert await read(world) == 200
        world.clock.pass_(seconds=1)
        assert await read(world) == 503


def a_scope(path: str, query: bytes = b"") -> dict[str, Any]:
    state = RequestState(request_id="r", address="a", sent={}, open=True)
    return {"path": path, "query_string": query, KEY: state}


def listening() -> Database:
    database = Database()
    database.listening = True
    return database


def test_a_read_that_began_before_a_commit_is_not_kept(clock: Clock) -> None:
    database = listening()
    snapshot = Snapshot(database, clock.read)
    before = database.changes
    database.changed()  # the commit is heard of while the handler still reads
    snapshot.keep(a_scope("/a"), Ready(200, [], b"old"), changes=before, at=clock.now)
    assert snapshot.find(a_scope("/a")) is None
    snapshot.keep(a_scope("/a"), Ready(200, [], b"new"), changes=database.changes, at=clock.now)
    found = snapshot.find(a_scope("/a"))
    assert found is not None
    assert found.body == b"new"
    database.changed()
    assert snapshot.find(a_scope("/a")) is None
    assert snapshot.size == 0


def test_memory_is_bounded_and_what_is_read_stays(clock: Clock) -> None:
    snapshot = Snapshot(listening(), clock.read, capacity=100_000)
    for n in range(200):
        ready = Ready(200, [], b"x" * (n * 37 % 4000))
        snapshot.keep(a_scope(f"/{n}", b"q" * n), ready, changes=0, at=clock.now)
        snapshot.keep(a_scope(f"/{n}", b"q" * n), ready, changes=0, at=clock.now)
        assert snapshot.size <= 100_000
        assert snapshot.find(a_scope("/0")) is not None
    assert snapshot.find(a_scope("/1", b"q")) is None
    assert len(snapshot.answers) > 10
    snapshot.keep(a_scope("/huge"), Ready(200, [], b"x" * 50_000), changes=0, at=clock.now)
    assert snapshot.find(a_scope("/huge")) is None


async def test_no_reader_ever_goes_back(world: World, app: App, serve: Serve) -> None:
    """Writers in two processes, readers in both: each sees at least what was acknowledged there."""
    await world.program("demo")
    token = await world.token()
    other = await serve()
    await until(lambda: app.database.listening and other.app.database.listening)
    fronts = (app.front, other.app.front)
    known = dict.fromkeys(fronts, 1)  # the version that every reader there must see by now
    random.seed(5)
    running = True

    async def version(front: Any, method: str, **more: Any) -> int:
        answer = await ask(front, method, URL.encode(), **more)
        return answer.json()["version"]

    async def writer(front: Any) -> None:
        headers = [
            (b"authorization", token.headers["Authorization"].encode()),
            (b"content-type", b"application/json"),
        ]
        for n in range(25):
            status = b"archived" if n % 2 else b"active"
            chunks = [b'{"status": "%s"}' % status]
            written = await version(front, "PATCH", headers=headers, chunks=chunks)
            known[front] = max(known[front], written)
            await asyncio.sleep(random.random() * 0.01)

    async def reader(front: Any) -> int:
        seen = reads = 0
        while running:
            least = known[front]
            found = await version(front, "GET")
            assert found >= max(least, seen)
            seen, reads = found, reads + 1
            await asyncio.sleep(0)
        return reads

    readers = [asyncio.create_task(reader(front)) for front in fronts for _ in range(2)]
    await asyncio.gather(*(writer(front) for front in fronts))
    running = False
    assert min(await asyncio.gather(*readers)) > 10
    for front in fronts:
        await becomes(partial(version, front, "GET"), max(known.values()))
