"""Connectors that are killed, paused, and looked at many times: each entry is recorded once."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace

from domain import connector_runs, connector_turns, sources
from domain.call import Call
from domain.connector_settings import ConnectorDraft
from domain.rules.access import WORKER
from domain.rules.connectors import Feed
from domain.rules.contributions import Named
from domain.store.database import Database
from service import postgres
from service.worker import Pace
from tests.faults.test_crashes import kill_postgres
from tests.faults.test_worker import working
from tests.outside import Answer, Asked, Outside, revalidating
from tests.processes import Service, chancery, data_folder
from tests.service.support import ask
from tests.service.test_worker import until
from tests.service.test_worker import working as working_here
from tests.world import DATA_KEY, Clock, World

FEEDS, EACH = 5, 2000
ALL = FEEDS * EACH

COUNT = "select count(*) from contributions"
KEYS = "select count(distinct (source, key)) from contributions"
CREATED = "select sum(created)::int from connectors"
LEFT = "select count(*) from jobs where entrypoint = 'connector'"
HELD = "select count(*) from jobs where status = 'failed'"
# As if the worker that took them had been dead for a while.
STALE = "update jobs set heartbeat = now() - interval '1 minute' where status = 'picked'"
PATIENCE = 150.0

EVERYTHING = "select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as all from {} t"
QUICK = Pace(look=0.1, ring=0.1, first_wait=0.05, again=0.1)
CHANGES = re.compile(r"insert into|update \w+\s+set|delete from")

Turn = Callable[[Call, str, str, Callable[[int], None]], Awaitable[Any]]


def feed(count: int, name: str = "post") -> bytes:
    """A JSON Feed, which is read in no time: what is tried here is what comes after."""
    items = [
        {
            "id": f"{name}-{number}",
            "url": f"https://blog.example.org/{name}-{number}",
            "title": f"Queues without tears, {name} {number}",
            "date_published": "2026-03-02T08:00:00Z",
        }
        for number in range(count)
    ]
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "A blog", "items": items}).encode()


def connector(url: str) -> ConnectorDraft:
    return ConnectorDraft(Feed(url=url, type="article", author=Named(identity="github:5501911")))


async def connect(world: World, *urls: str) -> None:
    """A program with a source for each of these feeds."""
    await world.program()
    for number, url in enumerate(urls):
        draft = sources.Draft(f"feed-{number}", "A feed", connector=connector(url))
        await sources.create(world.call(), "demo", draft)


@contextmanager
def publishing() -> Iterator[list[str]]:
    """The feeds, on a server in threads: the test itself waits for other processes."""
    bodies = {f"/feed-{number}.json": feed(EACH, f"f{number}") for number in range(FEEDS)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies[self.path]
            self.send_response(200)
            self.send_header("Content-Type", "application/feed+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield [f"http://127.0.0.1:{server.server_port}{path}" for path in bodies]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def prepare(data: Path, urls: list[str]) -> None:
    """The program and its feeds in an embedded database that runs."""
    server = postgres.status(data)
    assert server is not None
    database = Database()
    await database.open(server.service_url, size=1)
    async with httpx.AsyncClient() as client:
        await connect(World(database, client, server.owner_url, Clock()), *urls)
    await database.close(1)


def workers(url: str, count: int = 1) -> Any:
    # Two feeds at once in each, so that there is a middle in which to kill.
    return working(url, count, fetch_allow="127.0.0.0/8", data_keys=DATA_KEY, pool_size="2")


def wait(condition: Callable[[], bool], service: Service) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, service.said[-3000:]
        time.sleep(0.02)


def number(url: str, sql: str) -> int:
    found = ask(url, sql)
    assert isinstance(found, int)
    return found


def test_ten_thousand_entries_are_recorded_once_whatever_is_killed() -> None:
    with data_folder() as data, publishing() as urls:
        assert chancery("migrate", data_dir=str(data)).returncode == 0
        url = postgres.ensure_running(data).service_url
        asyncio.run(prepare(data, urls))
        with workers(url) as (first,):
            wait(lambda: number(url, COUNT) > 0, first)
            first.kill()
        begun = number(url, COUNT)
        assert 0 < begun < ALL
        with workers(url, 2) as (second, third):
            ask(url, STALE)
            wait(lambda: number(url, COUNT) > begun, second)
            kill_postgres(data)
            wait(lambda: postgres.status(data) is None, second)
            postgres.ensure_running(data)
            assert begun < number(url, COUNT) < ALL
            ask(url, STALE)
            wait(lambda: number(url, COUNT) == ALL, second)
            wait(lambda: number(url, LEFT) == 0, second)
            assert [number(url, sql) for sql in (COUNT, KEYS, CREATED)] == [ALL] * 3
            assert number(url, HELD) == 0
            assert [one.stop() for one in (second, third)] == [0, 0]
        postgres.stop(data)


async def state(world: World) -> dict[str, str]:
    """A digest of what each table holds, but for how the connectors themselves stand."""
    rows = await world.rows("select relname from pg_stat_user_tables order by relname")
    names = [row["relname"] for row in rows if row["relname"] != "connectors"]
    return {name: (await world.rows(EVERYTHING.format(name)))[0]["all"] for name in names}


async def test_a_feed_polled_a_hundred_times_is_recorded_once(
    world: World, database_url: str, outside: Outside
) -> None:
    statements: list[str] = []
    database = Database()
    await database.open(database_url, size=1)
    async with database.connection() as raw:
        raw.add_query_logger(lambda query: statements.append(query.query))
    await connect(world, outside.behave(revalidating(feed(1000), '"v1"')))

    async def poll() -> connector_runs.Looked:
        world.clock.pass_(hours=2)
        statements.clear()
        call = replace(world.call(WORKER), database=database)
        return await connector_runs.look(call, "demo", "feed-0")

    assert len((await poll()).recorded) == 1000
    before = await state(world)
    for _ in range(99):
        looked = await poll()
        assert (looked.failed, list(looked.recorded)) == (None, [])
        # It is kept of the connector that it has looked, and nothing else is done.
        changes = [one for one in statements if CHANGES.search(one)]
        assert len(changes) == 1
        assert "update connectors" in changes[0]
    assert await state(world) == before
    assert [one.headers.get("if-none-match") for one in outside.asked] == [None, *['"v1"'] * 99]
    assert await counted(world) == 1000
    await database.close(1)


async def test_a_feed_that_always_answers_whole_is_recorded_once(
    world: World, outside: Outside
) -> None:
    await connect(world, outside.answer(feed(1000)))
    states: list[dict[str, str]] = []
    for turn in range(4):
        looked = await connector_runs.look(world.call(WORKER), "demo", "feed-0")
        results = {one.result.value for one in looked.recorded}
        assert results == {"unchanged" if turn else "created"}
        states.append(await state(world))
        world.clock.pass_(hours=2)
    assert states == [states[0]] * 4
    assert await counted(world) == 1000


async def at_rest(world: World) -> bool:
    """Whether everything that was due is done."""
    (row,) = await world.rows(LEFT)
    due = await world.rows("select from connectors where next_run_at <= $1", world.now)
    return row["count"] == 0 and due == []


async def test_two_workers_at_once_look_once(
    world: World, database_url: str, outside: Outside
) -> None:
    await connect(world, *(outside.answer(feed(500, f"f{n}"), path=f"/{n}") for n in range(4)))
    async with (
        working_here(world, database_url, pace=QUICK),
        working_here(world, database_url, pace=QUICK),
    ):
        await until(lambda: at_rest(world))
        assert await counted(world) == 2000
        assert sorted(one.path for one in outside.asked) == ["/0", "/1", "/2", "/3"]
        world.clock.pass_(hours=2)
        await until(lambda: at_rest(world))
    assert len(outside.asked) == 8
    assert await counted(world) == 2000
    (row,) = await world.rows("select sum(created) as n, sum(unchanged) as m from connectors")
    assert (row["n"], row["m"]) == (2000, 2000)


async def test_what_is_paused_in_the_middle_ends_and_looks_no_more(
    world: World, database_url: str, outside: Outside
) -> None:
    body = Answer(feed(1500))

    async def turn(how: Turn) -> None:
        await how(world.call(), "demo", "feed-0", lambda _: None)

    async def paused_meanwhile(asked: Asked, writer: asyncio.StreamWriter) -> None:
        del asked
        await turn(connector_turns.pause)
        writer.write(body.written())

    await connect(world, outside.behave(paused_meanwhile))
    async with working_here(world, database_url, pace=QUICK):
        await until(lambda: at_rest(world))
        assert await counted(world) == 1500
        (row,) = await world.rows("select state, next_run_at, failures from connectors")
        assert tuple(row) == ("paused", None, 0)
        outside.behave(body)
        world.clock.pass_(days=2)
        # Longer than the bell of this worker needs.
        await asyncio.sleep(0.5)
        assert len(outside.asked) == 1
        await turn(connector_turns.resume)
        await until(lambda: at_rest(world))
        assert len(outside.asked) == 2
    assert await counted(world) == 1500


async def counted(world: World) -> int:
    (row,) = await world.rows(COUNT)
    return row["count"]
