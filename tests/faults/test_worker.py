"""Workers as processes, which are killed, stopped, and robbed of their database."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest

from service import postgres
from tests.processes import PATIENCE, Service, chancery, data_folder
from tests.service.support import ask

# `Service` adds a port to the command, which a worker has no use for: the shell drops it.
COMMAND = ["sh", "-c", 'exec "$0" -m service.cli worker', sys.executable]

DEADLY = """
import asyncio, os, signal
from service import telemetry, worker
from service.settings import Settings

async def die(call, payload):
    os.kill(os.getpid(), signal.SIGKILL)

worker.WORK[worker.JobName.DAILY] = die
settings = Settings.from_environ(os.environ)
telemetry.configure(settings)
pace = worker.Pace(look=0.2, dead=1.0, retries=2)
now = lambda: worker.datetime.now(worker.UTC)
asyncio.run(worker.Worker(settings, now, pace).run(asyncio.Event()))
"""
SHELL = ["sh", "-c", 'exec "$0" -c "$1"', sys.executable, DEADLY]

DAILY = """
insert into jobs (public_id, entrypoint, priority, status, payload)
values (gen_random_uuid(), 'daily', 0, 'queued', '{}')
"""
HELD = "select count(*) from jobs where entrypoint = 'daily' and status = 'failed'"
WHY = "select traceback ->> 'exception_message' from job_log where status = 'failed'"
RETRY = "update jobs set status = 'queued', attempts = 0 where entrypoint = 'daily'"

TAKEN = "select count(*) from jobs where status = 'picked'"
LEFT = "select count(*) from jobs where status <> 'failed'"
BLOCKED = """
select count(*) from pg_locks join pg_database on pg_database.oid = database
 where not granted and datname = current_database()
"""
TIDY = """
insert into jobs (public_id, entrypoint, priority, status, payload)
values (gen_random_uuid(), 'tidy', 0, 'queued', '{}')
"""
OLD_KEY = """
insert into idempotency_keys (scope, key, digest, resource_id, created_at)
values ('s', 'k', '', gen_random_uuid(), now() - interval '2 days')
"""


def until(condition: Callable[[], bool], service: Service | None = None) -> None:
    """Wait for something that happens in another process."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, service.said[-3000:] if service else ""
        time.sleep(0.05)


@contextmanager
def working(url: str, count: int = 1, **settings: str) -> Iterator[list[Service]]:
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Service(command=COMMAND, database_url=url, **settings))
            for _ in range(count)
        ]
        for each in workers:
            until(lambda each=each: '"message": "working"' in each.said, each)
        yield workers


class Obstacle:
    """A lock on what the tidying job deletes, so that it stays in the middle of its work."""

    def __init__(self, url: str) -> None:
        self.url, self.runner = url, asyncio.Runner()
        self.connection = self.runner.run(asyncpg.connect(url))

    def __enter__(self) -> Obstacle:
        self.runner.run(self.connection.execute("begin; lock table idempotency_keys in share mode"))
        return self

    def __exit__(self, *error: object) -> None:
        self.runner.run(self.connection.close())
        self.runner.close()


def test_what_a_killed_worker_had_begun_is_done_once_by_another(
    database_url: str, owner_url: str
) -> None:
    with working(database_url) as (first,):
        until(lambda: ask(database_url, LEFT) == 0, first)
        ask(database_url, OLD_KEY)
        with Obstacle(owner_url):
            ask(database_url, TIDY)
            until(lambda: ask(database_url, BLOCKED) == 1, first)
            assert ask(database_url, TAKEN) == 1
            first.kill()
        assert ask(database_url, TAKEN) == 1, "nobody knows yet that it is dead"
    with working(database_url, 2) as (second, third):
        ask(database_url, "update jobs set heartbeat = now() - interval '1 minute'")
        until(lambda: ask(database_url, LEFT) == 0, second)
        done = [each.said.count('"message": "a job is done"') for each in (second, third)]
        assert sum(done) == 1
        assert ask(database_url, "select count(*) from idempotency_keys") == 0
        assert [each.stop() for each in (second, third)] == [0, 0]


def dies(database_url: str) -> bool:
    with Service(command=SHELL, database_url=database_url) as worker:
        return worker.ended() == -signal.SIGKILL


def test_a_job_that_kills_its_worker_each_time_is_held(database_url: str) -> None:
    ask(database_url, DAILY)
    for _ in range(3):
        assert dies(database_url)
        assert ask(database_url, HELD) == 0
    with Service(command=SHELL, database_url=database_url) as worker:
        until(lambda: ask(database_url, HELD) == 1, worker)
        assert worker.process.poll() is None
        assert "a job is given up" in worker.said
    assert str(ask(database_url, WHY)).startswith("It was begun 3 times and never finished")
    assert ask(database_url, "select failures from job_failures where job = 'daily'") == 1
    ask(database_url, RETRY)
    assert dies(database_url), "whoever has it retried has it attempted"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_stopped_finishes_what_it_does(
    database_url: str, owner_url: str, number: int
) -> None:
    with working(database_url) as (worker,):
        until(lambda: ask(database_url, LEFT) == 0, worker)
        ask(database_url, OLD_KEY)
        with Obstacle(owner_url):
            ask(database_url, TIDY)
            until(lambda: ask(database_url, BLOCKED) == 1, worker)
            worker.signal(number)
            time.sleep(0.5)
            assert worker.process.poll() is None
        assert worker.ended() == 0
        assert "Traceback" not in worker.said
    assert ask(database_url, "select count(*) from jobs") == 0
    assert ask(database_url, "select count(*) from idempotency_keys") == 0


def test_the_days_of_an_interruption_are_made_up_for(database_url: str, owner_url: str) -> None:
    today = datetime.now(UTC).date()
    first = """
        with made as (
            insert into programs (id, slug, status, policy_version, version, created_at, updated_at)
            values (gen_random_uuid(), 'demo', 'active', 1, 1, now() - interval '9 days', now())
            returning id),
        policy as (
            insert into policies (program_id, version, document, effective, reason, created_at)
            select id, 1, '{}', '{"texts": {"name": "Demo"}}', '', now() from made)
        insert into daily_runs select id, (now() at time zone 'UTC')::date - 4, now() from made
    """
    ask(owner_url, first)
    with working(database_url, 2) as workers:
        days = "select array_agg(on_day order by done_at) from daily_runs"
        until(lambda: len(ask(database_url, days)) >= 5, workers[0])
        wanted = [today - timedelta(days=n) for n in (4, 3, 2, 1, 0)]
        assert ask(database_url, days)[:5] == wanted
        said = "".join(each.said for each in workers)
        assert said.count('"job": "daily"') == 4


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A migrated database on a server that the tests may stop."""
    with data_folder() as path:
        assert chancery("migrate", data_dir=str(path)).returncode == 0
        yield path


def test_a_worker_outlives_a_restart_of_its_database(data: Path) -> None:
    url = postgres.ensure_running(data).service_url
    with working(url) as (worker,):
        until(lambda: ask(url, LEFT) == 0, worker)
        postgres.stop(data)
        until(lambda: "the queue is out of reach" in worker.said, worker)
        postgres.ensure_running(data)
        ask(url, OLD_KEY, TIDY)
        until(lambda: ask(url, "select count(*) from idempotency_keys") == 0, worker)
        until(lambda: ask(url, LEFT) == 0, worker)
        assert worker.stop() == 0
    postgres.stop(data)


def test_serve_does_the_work_on_a_database_of_its_own(data: Path) -> None:
    with Service(data_dir=str(data), workers="2") as service:
        service.ready()
        server = postgres.status(data)
        assert server is not None
        url = server.service_url
        for _ in range(2):
            ask(url, OLD_KEY, TIDY)
            until(lambda: ask(url, "select count(*) from idempotency_keys") == 0, service)
            os.kill(worker_of(service), signal.SIGKILL)
        ask(url, OLD_KEY, TIDY)
        until(lambda: ask(url, "select count(*) from idempotency_keys") == 0, service)
        assert service.said.count("the worker ended with -9; starting another") == 2
        assert 'chancery_jobs{job="tidy",state="held"} 0.0' in metrics(service)
        begun = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - begun < 8
        assert "Traceback" not in service.said
    assert postgres.status(data) is None


def test_the_worker_of_serve_ends_with_it_even_when_that_is_killed(data: Path) -> None:
    with Service(data_dir=str(data)) as service:
        service.ready()
        until(lambda: '"message": "working"' in service.said, service)
        pid = worker_of(service)
        service.signal(signal.SIGKILL)
        service.ended()
        until(lambda: is_gone(pid), service)


def test_a_worker_that_does_not_end_is_killed_when_serve_stops(data: Path) -> None:
    with Service(data_dir=str(data), shutdown_seconds="1") as service:
        service.ready()
        until(lambda: '"message": "working"' in service.said, service)
        pid = worker_of(service)
        os.kill(pid, signal.SIGSTOP)
        begun = time.monotonic()
        assert service.stop() == 0
        assert 3 <= time.monotonic() - begun < 10
        assert "the worker does not end" in service.said
        assert is_gone(pid)
    assert postgres.status(data) is None


def worker_of(service: Service) -> int:
    """The process beside the service that does the work."""
    pid = int(re.findall(r'"message": "working", "pid": (\d+)', service.said)[-1])
    assert pid != service.process.pid
    return pid


def is_gone(pid: int) -> bool:
    """Whether the process has ended, though nobody may have asked for its exit code."""
    answer = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()[:1] in ("", "Z")


def metrics(service: Service) -> str:
    return httpx.get(f"{service.url}/metrics").text
