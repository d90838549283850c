"""What is lost when processes are killed: nothing that was acknowledged."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from domain.store.database import Database
from service import postgres
from tests.processes import PATIENCE, Service, chancery, data_folder
from tests.world import POLICY, Clock, World

PATIENT = {"rate_limit_per_minute": "1000000", "rate_limit_anonymous_per_minute": "1000000"}


async def owner_token(data: Path) -> str:
    """A token of an owner, put straight into the embedded database."""
    server = postgres.status(data)
    assert server is not None
    database = Database()
    await database.open(server.service_url, size=1)
    async with httpx.AsyncClient() as client:
        world = World(database, client, server.owner_url, Clock())
        secret = (await world.token()).secret
    await database.close(1)
    return secret


class Writers:
    """Threads that create programs until they are stopped, and remember what they were told."""

    def __init__(self, service: Service, token: str, count: int = 4) -> None:
        self.service, self.token = service, token
        self.acknowledged: list[str] = []
        self.answers: list[httpx.Response] = []
        self.hung_up: list[str] = []
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self._write, args=(n,)) for n in range(count)]

    def _write(self, number: int) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self.service.url, headers=headers, timeout=20) as client:
            for turn in range(10**6):
                if self.stopped.is_set():
                    return
                slug = f"w{number}-{time.monotonic_ns()}-{turn}"
                try:
                    draft = {"slug": slug, "policy": POLICY}
                    answer = client.post("/v1/programs", json=draft)
                except httpx.TransportError as error:
                    self.hung_up.append(repr(error))
                    time.sleep(0.05)
                    continue
                self.answers.append(answer)
                if answer.status_code == 201:
                    self.acknowledged.append(slug)
                else:
                    time.sleep(0.05)

    @contextmanager
    def writing(self) -> Iterator[None]:
        for thread in self.threads:
            thread.start()
        try:
            yield
        finally:
            self.stopped.set()
            for thread in self.threads:
                thread.join()

    def wait_for(self, more: int) -> None:
        """Let as many further programs be acknowledged."""
        enough = len(self.acknowledged) + more
        deadline = time.monotonic() + PATIENCE
        while len(self.acknowledged) < enough:
            assert time.monotonic() < deadline, self.service.said[-2000:]
            time.sleep(0.01)


def lost(service: Service, slugs: list[str]) -> list[str]:
    """Which of the programs are not there."""
    with httpx.Client(base_url=service.url) as client:
        return [slug for slug in slugs if client.get(f"/v1/programs/{slug}").status_code != 200]


def kill_postgres(data: Path) -> None:
    server = postgres.status(data)
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)


def is_problem(answer: httpx.Response) -> bool:
    return (
        answer.status_code == 503
        and answer.headers["content-type"] == "application/problem+json"
        and answer.json()["code"] == "unavailable"
        and "retry-after" in answer.headers
    )


def test_nothing_acknowledged_is_lost_whatever_is_killed() -> None:
    with data_folder() as data:
        with Service("--workers", "2", data_dir=str(data), **PATIENT) as service:
            service.ready()
            writers = Writers(service, asyncio.run(owner_token(data)))
            with writers.writing():
                writers.wait_for(20)
                for _ in range(2):
                    kill_postgres(data)
                    writers.wait_for(20)
                assert writers.hung_up == []
                service.kill()
            assert service.said.count("PostgreSQL is back") == 2
        refused = [answer for answer in writers.answers if answer.status_code != 201]
        assert refused, "the clients noticed nothing, so nothing was tried"
        assert [answer.text for answer in refused if not is_problem(answer)] == []
        with Service(data_dir=str(data), **PATIENT) as service:
            service.ready()
            assert lost(service, writers.acknowledged) == []
            assert service.stop() == 0
        assert postgres.status(data) is None


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A migrated database on a server that the tests may stop."""
    with data_folder() as path:
        assert chancery("migrate", data_dir=str(path)).returncode == 0
        yield path


def test_the_service_outlives_a_restart_of_its_database(data: Path) -> None:
    server = postgres.ensure_running(data)
    with Service(database_url=server.service_url, **PATIENT) as service:
        service.ready()
        with httpx.Client(base_url=service.url, timeout=5) as client:
            for path in ("/v1/programs", "/v1/programs/nowhere", "/health/ready"):
                client.get(path)
            postgres.stop(data)
            for path in ("/v1/programs", "/v1/programs/nowhere", "/health/ready"):
                assert is_problem(client.get(path)), path
            # The process is well, and a restart of it would help nobody.
            assert client.get("/health/live").status_code == 200
            postgres.ensure_running(data)
            service.ready()
            assert client.get("/v1/programs").status_code == 200
            assert client.get("/v1/programs/nowhere").status_code == 404
        assert service.stop() == 0
    postgres.stop(data)


def test_serve_waits_for_nobody_when_its_database_is_down(data: Path) -> None:
    server = postgres.ensure_running(data)
    postgres.stop(data)
    answer = chancery("serve", database_url=server.service_url)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
