"""`chancery serve` as a process: it starts, refuses, finishes what is in flight, and stops."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

from domain.sealing import Seals
from domain.vault import Vault
from service import postgres
from tests.processes import Service, chancery, data_folder
from tests.world import POLICY, World

WAITING = """
select count(*) from pg_locks join pg_database on pg_database.oid = database
 where not granted and datname = current_database()
"""
DRAFT = {"slug": "late", "policy": POLICY}


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A data folder that one service after the other uses."""
    with data_folder() as path:
        yield path


@pytest.fixture(scope="module")
def first(data: Path) -> str:
    """What the very first start said, which loaded the examples."""
    with Service("--with-examples", data_dir=str(data)) as service:
        service.ready()
        shown = httpx.get(f"{service.url}/v1/programs/demo/ambassadors").json()
        assert "Amara Okonjo" in [item["name"] for item in shown["items"]]
        assert chancery("serve", data_dir=str(data)).returncode == 1
        assert service.stop() == 0
        return service.said


def test_the_first_start_needs_nothing(first: str) -> None:
    assert re.search(r"^serving http://127\.0\.0\.1:\d+ \(docs at /docs\)$", first, re.MULTILINE)


def test_the_first_start_prints_a_token_that_is_good_for_the_owner(first: str, data: Path) -> None:
    (token,) = re.findall(r"^the owner's token, .*: (chy_\w{39})$", first, re.MULTILINE)
    with Service(data_dir=str(data)) as service:
        service.ready()
        answer = httpx.post(
            f"{service.url}/v1/programs",
            json=DRAFT,
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 201
        assert "chy_" not in service.said


def test_the_first_start_makes_keys(first: str, data: Path) -> None:
    files = data / "ballot-keys", data / "data-keys"
    ballots, private = (file.read_text().split() for file in files)
    assert Seals(ballots).ready
    assert Vault(private).ready
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_owner_token_can_be_given(database_url: str) -> None:
    given = "chosen-by-whoever-runs-this-instance-0123456789"
    with Service(database_url=database_url, owner_token=given) as service:
        service.ready()
        headers = {"Authorization": f"Bearer {given}"}
        answer = httpx.post(f"{service.url}/v1/programs", json=DRAFT, headers=headers)
        assert answer.status_code == 201
        assert given not in service.said


def worked() -> float:
    """The seconds of processor time that ended processes of this one have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_second_start_is_fast_and_leaves_nothing_behind(first: str, data: Path) -> None:
    begun = worked()
    with Service("--with-examples", data_dir=str(data)) as service:
        service.ready()
        assert "alembic" not in service.said
        assert service.stop() == 0
    # Seconds of work, start and stop together: those of the clock depend on what else runs here.
    assert worked() - begun < 4.0
    assert postgres.status(data) is None


def test_a_second_serve_on_one_folder_is_refused(first: str, data: Path) -> None:
    with Service(data_dir=str(data)) as service:
        service.ready()
        answer = chancery("serve", data_dir=str(data))
        assert (answer.returncode, answer.stdout) == (1, "")
        assert re.fullmatch(r"chancery: chancery serve is running .* already.*\n", answer.stderr)
        assert service.status("/health/ready") == 200


def test_a_port_in_use_is_one_line(database_url: str) -> None:
    with socket.socket() as taken:
        # The workers of granian share their port by this option, which would hide the clash.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        answer = chancery("serve", "--port", port, database_url=database_url)
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"chancery: cannot listen on 127.0.0.1 port {port}: ")
    assert answer.stderr.count("\n") == 1


def test_a_schema_that_does_not_fit_is_refused(unmigrated_url: str) -> None:
    answer = chancery("serve", database_url=unmigrated_url)
    assert answer.returncode == 1
    assert answer.stderr == "chancery: The database is empty. Run `chancery migrate` first.\n"


async def test_a_schema_from_the_future_is_refused(database_url: str, owner_url: str) -> None:
    connection = await asyncpg.connect(owner_url)
    await connection.execute("update alembic_version set version_num = '9999_later'")
    await connection.close()
    answer = await asyncio.to_thread(chancery, "serve", database_url=database_url)
    assert answer.returncode == 1
    assert "9999_later" in answer.stderr
    assert answer.stderr.count("\n") == 1


@asynccontextmanager
async def blocked(
    world: World, service: Service, owner_url: str
) -> AsyncIterator[tuple[asyncio.Task[httpx.Response], asyncpg.Connection]]:
    """A POST that waits for a lock, and the connection whose transaction holds it."""
    bearer = await world.token()
    holder = await asyncpg.connect(owner_url)

    async def post() -> httpx.Response:
        async with httpx.AsyncClient(base_url=service.url, timeout=20) as client:
            return await client.post("/v1/programs", json=DRAFT, headers=bearer.headers)

    try:
        await holder.execute("begin; lock table programs in exclusive mode")
        request = asyncio.create_task(post())
        while not await holder.fetchval(WAITING):
            assert not request.done(), request.result()
            await asyncio.sleep(0.02)
        yield request, holder
    finally:
        await holder.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens in another process."""
    deadline = time.monotonic() + 10
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_what_is_in_flight_is_finished(
    world: World, database_url: str, owner_url: str, number: int
) -> None:
    with Service(database_url=database_url) as service:
        await asyncio.to_thread(service.ready)
        async with blocked(world, service, owner_url) as (request, holder):
            service.signal(number)
            await until(service.gone)
            assert not request.done()
            await holder.execute("commit")
            answer = await request
        assert answer.status_code == 201
        assert await asyncio.to_thread(service.ended) == 0
    assert (await world.client.get("/v1/programs/late")).status_code == 200


async def test_the_deadline_cuts_what_is_still_in_flight(
    world: World, database_url: str, owner_url: str
) -> None:
    with Service("--workers", "2", database_url=database_url, shutdown_seconds="1") as service:
        await asyncio.to_thread(service.ready)
        async with blocked(world, service, owner_url) as (request, _):
            begun = time.monotonic()
            service.signal(signal.SIGTERM)
            with pytest.raises(httpx.TransportError):
                await request
            assert await asyncio.to_thread(service.ended) == 0
            assert 0.9 < time.monotonic() - begun < 3.5
        assert "requests still run after 1 seconds" in service.said


def sent(service: Service, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as connection:
        connection.sendall(request)
        return connection.recv(1000)


GARBAGE = [
    b"FOO /v1/programs HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1/programs HTTP/1.1\r\nBad Header: x\r\nHost: x\r\n\r\n",
    b"GET /v1/programs HTTP/1.1\r\n\r\n",
    b"GET /v1/programs HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%00%ff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1/programs/%ff%fe?limit=%ff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://elsewhere.example/v1/programs HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1/programs HTTP/1.1\r\nHost: x\r\nX-Junk: \xff\xfe\r\n\r\n",
    b"GET /v1/programs HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 500_000 + b"\r\n\r\n",
    b"POST /v1/programs HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1/programs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
]


def test_garbage_is_never_our_fault(database_url: str) -> None:
    with Service(database_url=database_url) as service:
        service.ready()
        for request in GARBAGE:
            status = sent(service, request).split(b" ")[1]
            assert b"200" <= status < b"500", request[:60]
        assert service.status("/health/ready") == 200


def test_workers_add_up_their_metrics_and_are_replaced(database_url: str) -> None:
    with Service("--workers", "2", database_url=database_url, log_format="text") as service:
        service.ready()
        metrics = f"{service.url}/metrics"
        deadline = time.monotonic() + 20
        while "chancery_pool_connections 4.0" not in httpx.get(metrics).text:
            assert time.monotonic() < deadline, "the second worker's pool is missing"
        for _ in range(30):
            assert service.status("/v1/programs") == 200
        counted = r'^chancery_http_requests_total{.*"(?:snapshot|/v1/programs)".*} (.*)$'
        assert sum(map(float, re.findall(counted, httpx.get(metrics).text, re.MULTILINE))) == 30.0

        os.kill(children(service)[0], signal.SIGKILL)
        for _ in range(20):
            httpx.get(f"{service.url}/v1/programs", timeout=10).raise_for_status()
        service.signal(signal.SIGTERM)
        assert service.ended() == 0


def children(service: Service) -> list[int]:
    """The processes that listen beside the first one."""
    listing = subprocess.run(
        ["ps", "-ww", "-A", "-o", "pid=,ppid=,args="],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()]
    parent = str(service.process.pid)
    return [int(pid) for pid, ppid, args in rows if ppid == parent and "spawn_main" in args]


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGINT, "2"), (signal.SIGTERM, "1")])
def test_a_signal_to_every_process_stops_it(database_url: str, number: int, workers: str) -> None:
    with Service("--workers", workers, database_url=database_url) as service:
        # The second worker may still be starting.
        service.ready()
        os.killpg(service.process.pid, number)
        assert service.ended(10) == 0
        assert "Traceback" not in service.said


def test_workers_end_with_a_parent_that_was_killed(database_url: str) -> None:
    with Service("--workers", "2", database_url=database_url) as service:
        service.ready()
        service.signal(signal.SIGKILL)
        service.ended()
        deadline = time.monotonic() + 5
        while not service.gone():
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_uvicorn_serves_it_too(database_url: str) -> None:
    uvicorn = [sys.executable, "-m", "uvicorn", "--factory", "service.app:from_environment"]
    with Service(command=uvicorn, database_url=database_url) as service:
        assert service.ready().status("/v1/programs?secret=open-sesame") == 400
        assert service.stop() in (0, -signal.SIGTERM)
        assert "open-sesame" not in service.said
