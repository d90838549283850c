"""A worker that is killed while it records what GitHub has sent: it is there once, and no more."""

from __future__ import annotations

import asyncio
import signal
import sys

import pytest

from tests.github import closed, merged
from tests.hooked import hooked
from tests.processes import Service
from tests.service.test_worker import until, working
from tests.world import World

DEADLY = """
import asyncio, os, signal
from datetime import UTC, datetime
from domain import connectors
from service import telemetry, worker
from service.settings import Settings

record = connectors.record

async def die(*found):
    if "%s" == "after":
        await record(*found)
    os.kill(os.getpid(), signal.SIGKILL)

connectors.record = die
settings = Settings.from_environ(os.environ)
telemetry.configure(settings)
now = lambda: datetime(2026, 3, 3, 12, tzinfo=UTC)
asyncio.run(worker.Worker(settings, now, worker.Pace(look=0.2)).run(asyncio.Event()))
"""

LATER = "update jobs set heartbeat = now() - interval '1 minute' where status = 'picked'"


@pytest.mark.parametrize(("when", "there"), [("before", 0), ("after", 1)])
async def test_what_a_killed_worker_had_begun_is_recorded_once(
    world: World, database_url: str, when: str, there: int
) -> None:
    hook = await hooked(world)
    answer = await hook.send("pull_request", merged())
    assert answer.json()["result"] == "accepted"
    command = ["sh", "-c", 'exec "$0" -c "$1"', sys.executable, DEADLY % when]
    with Service(command=command, database_url=database_url) as worker:
        assert await asyncio.to_thread(worker.ended) == -signal.SIGKILL, worker.said
    assert len(await hook.contributions()) == there
    assert await hook.deliveries() == [("waiting", True)]
    await world.rows(LATER)
    async with working(world, database_url):

        async def done() -> bool:
            return await hook.deliveries() == [("done", False)]

        await until(done)
    assert len(await hook.contributions()) == 1
    told = await world.rows("select from events where type = 'contribution.recorded'")
    assert len(told) == 1


async def test_what_came_while_no_worker_ran_is_done_when_one_does(
    world: World, database_url: str
) -> None:
    hook = await hooked(world)
    for number in range(20):
        await hook.send("issues", closed(number=number + 1))

    async def done() -> bool:
        return await hook.deliveries() == [("done", False)] * 20

    async with working(world, database_url), working(world, database_url):
        await until(done)
    assert len(await hook.contributions()) == 20
