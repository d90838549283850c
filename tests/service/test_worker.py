"""The worker: every job is done once, or held; whatever ends in between."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date

import asyncpg
import msgspec
import pytest
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from domain import jobs
from domain.call import Call, transaction
from domain.errors import NotFound
from domain.jobs import Day, JobName
from domain.rules.access import WORKER
from service import migrate, worker
from service.worker import TABLES, Pace, Worker
from tests.conftest import settings
from tests.processes import ROOT, environment
from tests.queued import waiting
from tests.world import World

QUICK = Pace(look=0.2, ring=3600.0, retries=2, first_wait=0.05, wait_grows=2.0, again=0.1)
SOME_DAY = Day(worker.uuid7(), date(2026, 3, 3))

CUT = """
select pg_terminate_backend(pid) from pg_stat_activity
 where application_name = $1 and datname = current_database()
"""

Does = Callable[[Call, bytes], Awaitable[None]]


@asynccontextmanager
async def working(
    world: World, url: str, *, pace: Pace = QUICK, shutdown_seconds: int = 20, stops: bool = True
) -> AsyncIterator[asyncio.Event]:
    """A worker for the length of the block; the event tells it to stop."""
    chosen = msgspec.structs.replace(settings(url), shutdown_seconds=shutdown_seconds)
    stop = asyncio.Event()
    running = asyncio.create_task(Worker(chosen, world.clock.read, pace).run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(running, 20)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():  # noqa: ASYNC110  # another connection's doing
            await asyncio.sleep(0.02)


async def statuses(world: World) -> list[str]:
    rows = await world.rows("select status::text from jobs where entrypoint = 'daily' order by id")
    return [row["status"] for row in rows]


async def empty(world: World) -> bool:
    return await statuses(world) == []


@pytest.fixture
def does(monkeypatch: pytest.MonkeyPatch) -> Callable[[Does], None]:
    """Let the daily job do what the test wants."""

    def become(work: Does) -> None:
        monkeypatch.setitem(worker.WORK, JobName.DAILY, work)

    return become


async def test_a_job_is_done_as_soon_as_it_is_committed(
    world: World, database_url: str, does: Callable[[Does], None]
) -> None:
    seen: list[tuple[str, bytes]] = []

    async def work(call: Call, payload: bytes) -> None:
        seen.append((call.actor.name, payload))

    does(work)
    # It looks by itself once an hour: only the commit can have told it.
    async with working(world, database_url, pace=msgspec.structs.replace(QUICK, look=3600.0)):
        await asyncio.sleep(0.5)
        async with transaction(world.call()) as tx:
            await jobs.enqueue(tx, JobName.DAILY, SOME_DAY)
            await asyncio.sleep(0.5)
            assert seen == []
        await until(lambda: empty(world))
    assert seen == [(WORKER.name, msgspec.json.encode(SOME_DAY))]


async def test_a_job_that_fails_is_tried_again_and_then_held(
    world: World, database_url: str, does: Callable[[Does], None]
) -> None:
    times: list[float] = []

    async def work(call: Call, payload: bytes) -> None:
        times.append(asyncio.get_running_loop().time())
        if len(times) < 4:
            raise RuntimeError("the address is amara@example.org")
        if len(times) == 4:
            raise NotFound("There is no such thing.")

    does(work)
    async with working(world, database_url):
        job_id = await waiting(world, JobName.DAILY, SOME_DAY)

        async def held() -> bool:
            return await statuses(world) == ["failed"]

        await until(held)
        # One attempt and two more, each after a longer wait.
        assert len(times) == 3
        assert times[1] - times[0] >= 0.05
        assert times[2] - times[1] >= 0.1
        job = await jobs.get(world.call(), job_id)
        assert (job.failure, job.attempts) == ("RuntimeError", 2)
        (row,) = await world.rows("select failures from job_failures where job = 'daily'")
        assert row["failures"] == 3
        kept = await world.rows("select from job_log where traceback::text like '%amara%'")
        assert kept == [], "what a job failed of may quote a record"
        await jobs.retry(world.call(), job_id, lambda version: None)
        await until(lambda: empty(world))
    assert len(times) == 5


async def test_what_a_job_failed_of_is_told_in_the_domains_words(
    world: World, database_url: str, does: Callable[[Does], None]
) -> None:
    async def work(call: Call, payload: bytes) -> None:
        raise NotFound("There is no such thing.")

    does(work)
    async with working(world, database_url, pace=msgspec.structs.replace(QUICK, first_wait=60.0)):
        job_id = await waiting(world, JobName.DAILY, SOME_DAY)

        async def failed() -> bool:
            return (await jobs.get(world.call(), job_id)).attempts == 1

        await until(failed)
    job = await jobs.get(world.call(), job_id)
    assert (job.state, job.failure) == ("waiting", "not_found: There is no such thing.")


async def test_several_workers_do_each_job_once(
    world: World, database_url: str, does: Callable[[Does], None]
) -> None:
    seen: list[bytes] = []

    async def work(call: Call, payload: bytes) -> None:
        seen.append(payload)
        await asyncio.sleep(0.01)

    does(work)
    days = [Day(worker.uuid7(), date(2026, 3, 3)) for _ in range(60)]
    async with transaction(world.call()) as tx:
        for day in days[:30]:
            await jobs.enqueue(tx, JobName.DAILY, day)
    async with (
        working(world, database_url),
        working(world, database_url),
        working(world, database_url),
    ):
        for day in days[30:]:
            await waiting(world, JobName.DAILY, day)
        await until(lambda: empty(world))
    assert sorted(seen) == sorted(msgspec.json.encode(day) for day in days)


async def test_a_worker_takes_no_more_than_it_has_connections_for(
    world: World, database_url: str, does: Callable[[Does], None]
) -> None:
    at_once, most = 0, 0

    async def work(call: Call, payload: bytes) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.05)
        at_once -= 1

    does(work)
    async with transaction(world.call()) as tx:
        for _ in range(40):
            await jobs.enqueue(tx, JobName.DAILY, SOME_DAY)
    async with working(world, database_url):
        await until(lambda: empty(world))
    assert 1 < most <= settings(database_url).pool_size


class Blocked:
    """A job that goes on until it is let go, and counts how often it was done to its end."""

    def __init__(self) -> None:
        self.begun, self.go, self.done = asyncio.Event(), asyncio.Event(), 0

    async def work(self, call: Call, payload: bytes) -> None:
        self.begun.set()
        await self.go.wait()
        self.done += 1


async def test_what_runs_is_finished_before_a_worker_stops(
    world: World, database_url: str, does: Callable[[Does], None]
) -> None:
    job = Blocked()
    does(job.work)
    async with working(world, database_url) as stop:
        await waiting(world, JobName.DAILY, SOME_DAY)
        await job.begun.wait()
        stop.set()
        await asyncio.sleep(0.3)
        await waiting(world, JobName.DAILY, SOME_DAY)
        assert await statuses(world) == ["picked", "queued"]
        job.go.set()
    assert job.done == 1
    assert await statuses(world) == ["queued"], "a worker that stops takes nothing more"


async def test_what_is_not_finished_in_time_is_given_back(
    world: World, database_url: str, does: Callable[[Does], None]
) -> None:
    job = Blocked()
    does(job.work)
    async with working(world, database_url, shutdown_seconds=1):
        await waiting(world, JobName.DAILY, SOME_DAY)
        await job.begun.wait()
    assert (job.done, await statuses(world)) == (0, ["queued"])
    job.go.set()
    async with working(world, database_url):
        await until(lambda: empty(world))
    assert job.done == 1


async def test_a_worker_outlives_its_connections(
    world: World, database_url: str, owner_url: str, does: Callable[[Does], None]
) -> None:
    seen: list[bytes] = []

    async def work(call: Call, payload: bytes) -> None:
        seen.append(payload)

    does(work)
    async with working(world, database_url):
        for turn in range(3):
            await waiting(world, JobName.DAILY, SOME_DAY)
            await until(lambda: empty(world))
            assert len(seen) == turn + 1
            assert len(await world.rows(CUT, "chancery-worker")) == 1


async def test_a_job_whose_worker_died_is_done_by_another(
    world: World, database_url: str, does: Callable[[Does], None]
) -> None:
    seen: list[bytes] = []

    async def work(call: Call, payload: bytes) -> None:
        seen.append(payload)

    does(work)
    await waiting(world, JobName.DAILY, SOME_DAY)
    await world.rows(
        """update jobs set status = 'picked', queue_manager_id = gen_random_uuid(),
                           heartbeat = now() - interval '5 s'"""
    )
    async with working(world, database_url):
        await asyncio.sleep(1)
        assert seen == [], "its worker may only be slow"
        await world.rows("update jobs set heartbeat = now() - interval '31 s'")
        await until(lambda: empty(world))
    assert len(seen) == 1


async def test_a_worker_puts_what_is_due_into_the_queue(world: World, database_url: str) -> None:
    program = await world.program()
    async with working(world, database_url):

        async def done() -> bool:
            return len(await world.rows("select from daily_runs")) == 1

        await until(done)

        async def tidied() -> bool:
            return await world.rows("select from jobs") == []

        await until(tidied)
    (row,) = await world.rows("select program_id, on_day from daily_runs")
    assert tuple(row) == (program.id, date(2026, 3, 3))
    assert len(await world.rows("select from schedules where job = 'tidy'")) == 1


async def test_a_schema_that_does_not_fit_is_refused(world: World, unmigrated_url: str) -> None:
    with pytest.raises(migrate.SchemaTooOld):
        await Worker(settings(unmigrated_url), world.clock.read).run(asyncio.Event())


async def test_the_schema_is_what_pgqueuer_would_install(owner_url: str) -> None:
    connection = await asyncpg.connect(owner_url)
    try:
        queries = Queries(AsyncpgDriver(connection), QueryBuilderEnvironment(TABLES))
        plan = await queries.plan_upgrade()
    finally:
        await connection.close()
    # Two tables that nobody here uses, and a function that it compares by its text.
    but = (TABLES.schedules_table, TABLES.statistics_table, TABLES.function)
    assert [text for text in plan.statements if not any(name in text for name in but)] == []


def test_other_programs_variables_do_not_rename_the_tables() -> None:
    others = {"PGQUEUER_PREFIX": "x_", "CHANNEL": "#general", "PGQUEUER_QUEUE_TABLE": "theirs"}
    code = (
        "from service.worker import TABLES as t; print(t.channel, t.queue_table, t.queue_table_log)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env=environment() | others | {"PATH": os.environ["PATH"]},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "chancery_jobs jobs job_log\n"
