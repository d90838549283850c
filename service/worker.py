"""The worker: takes jobs from the queue and does them; several at once do each job once.

pgqueuer keeps the queue, on a connection of its own; the jobs themselves use the pool.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial

import asyncpg
import msgspec
from msgspec import Struct
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import Channel
from pgqueuer.errors import FailingListenerError
from pgqueuer.executors import (
    DatabaseRetryEntrypointExecutor,
    EntrypointExecutorParameters,
)
from pgqueuer.models import Context
from pgqueuer.models import Job as Taken
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from uuid_utils.compat import uuid7

from domain import connector_runs, daily, jobs, tidying, vote_reminders, webhooks
from domain.call import Call
from domain.errors import DomainError
from domain.fetching import Fetcher
from domain.jobs import JobName
from domain.rules.access import WORKER
from domain.sealing import Seals
from domain.store.database import UNREACHABLE, Database
from domain.vault import Vault
from service import migrate
from service.settings import Settings

log = logging.getLogger("chancery.worker")


async def _connector(call: Call, payload: bytes) -> None:
    look = msgspec.json.decode(payload, type=jobs.Look)
    await connector_runs.run(call, look.program_id, look.source_id)


async def _daily(call: Call, payload: bytes) -> None:
    day = msgspec.json.decode(payload, type=jobs.Day)
    await daily.run(call, day.program_id, day.on)


async def _delivery(call: Call, payload: bytes) -> None:
    await webhooks.work(call, msgspec.json.decode(payload, type=jobs.Delivered))


async def _tidy(call: Call, payload: bytes) -> None:
    del payload
    await tidying.run(call)


async def _vote(call: Call, payload: bytes) -> None:
    poll = msgspec.json.decode(payload, type=jobs.Poll)
    await vote_reminders.run(call, poll.program_id, poll.application_id)


WORK: dict[JobName, Callable[[Call, bytes], Awaitable[None]]] = {
    JobName.CONNECTOR: _connector,
    JobName.DAILY: _daily,
    JobName.DELIVERY: _delivery,
    JobName.TIDY: _tidy,
    JobName.VOTE: _vote,
}
"""What each job does. It may be done again, when a worker ends before it has said so."""

TABLES = DBSettings(
    prefix="",
    db_schema=None,
    channel=Channel("chancery_jobs"),
    function="announce_job_change",
    queue_status_type="job_status",
    queue_table="jobs",
    queue_table_log="job_log",
    schedules_table="job_schedules",
    statistics_table="job_statistics",
    trigger="jobs_changed",
)
"""pgqueuer's names for what revision 0011 made; all of them, for it reads others' variables too."""


class Pace(Struct, frozen=True):
    """How often the worker looks, in seconds, and how often it tries a job that fails."""

    look: float = 5.0
    ring: float = 30.0
    dead: float = 30.0
    """After this long without a sign of life from its worker a job is somebody else's."""
    retries: int = 8
    first_wait: float = 2.0
    wait_grows: float = 4.0
    longest_wait: float = 900.0
    """2 s, 8 s, 32 s, … 15 min: about an hour until a job is held."""
    again: float = 1.0
    """Between two attempts to reach the database."""


class Failed(Exception):
    """Why an attempt failed, in words that may be stored and shown."""


class Manager(QueueManager):
    """pgqueuer's, on a schema that `migrate.check` has looked at."""

    async def verify_structure(self) -> None:
        """Look for nothing: it would miss the tables that nobody here uses."""


class Executor(DatabaseRetryEntrypointExecutor):
    """pgqueuer's, which counts what raises; what ends its worker each time is given up, too."""

    def __init__(
        self,
        parameters: EntrypointExecutorParameters,
        pace: Pace,
        give_up: Callable[[Taken], Awaitable[None]],
    ) -> None:
        super().__init__(
            parameters,
            max_attempts=pace.retries,
            initial_delay=timedelta(seconds=pace.first_wait),
            max_delay=timedelta(seconds=pace.longest_wait),
            backoff_multiplier=pace.wait_grows,
        )
        self.give_up = give_up

    async def execute(self, job: Taken, context: Context) -> None:
        """Attempt it, unless `give_up` raises: then it is held at once."""
        await self.give_up(job)
        await super().execute(job, context)


async def work(settings: Settings, signals: Iterable[int]) -> None:
    """Be a worker until one of the signals comes; raises what `Worker.run` raises."""
    stop = asyncio.Event()
    for number in signals:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Worker(settings, partial(datetime.now, UTC)).run(stop)


class Worker:
    """One worker process; `run` it once."""

    def __init__(
        self, settings: Settings, clock: Callable[[], datetime], pace: Pace | None = None
    ) -> None:
        self.settings, self.clock, self.pace = settings, clock, pace or Pace()
        self.database = Database()
        self.seals, self.vault = Seals(settings.ballot_keys), Vault(settings.data_keys)
        self.fetcher = Fetcher(settings.fetch_allow)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set and what runs then is done, or `shutdown_seconds` have passed.

        Raises SchemaError when the schema is not this release's, `Unavailable` when there is no
        database at first; one that goes away later is waited for.
        """
        await self.database.open(str(self.settings.database_url), size=self.settings.pool_size)
        try:
            async with self.database.connection() as raw:
                await migrate.check(raw)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._ring(stop))
                group.create_task(self._work(stop))
        finally:
            await self.database.close(self.settings.shutdown_seconds)

    def _call(self, name: str) -> Call:
        return Call(
            self.database,
            WORKER,
            self.clock(),
            name,
            seals=self.seals,
            vault=self.vault,
            fetcher=self.fetcher,
        )

    async def _ring(self, stop: asyncio.Event) -> None:
        """Put what is due into the queue; every worker does, and it is there once."""
        while not stop.is_set():
            try:
                call = self._call(uuid7().hex)
                await jobs.ring(call)
                await daily.ring(call)
                await vote_reminders.ring(call)
                await connector_runs.ring(call)
            except DomainError as error:
                log.warning("schedules were not looked at: %r", error)
            await _within(stop, self.pace.ring)

    async def _work(self, stop: asyncio.Event) -> None:
        """Work on one connection after the other."""
        url = self.settings.listen_database_url or str(self.settings.database_url)
        name = {"application_name": "chancery-worker"}
        while not stop.is_set():
            try:
                connection = await asyncpg.connect(
                    url, timeout=5, command_timeout=60, server_settings=name
                )
                log.info("working", extra={"pid": os.getpid()})
                try:
                    await self._until_lost(connection, stop)
                finally:
                    # To close politely waits for a server that may be gone.
                    connection.terminate()
            except (*UNREACHABLE, DomainError, FailingListenerError) as error:
                log.warning("the queue is out of reach: %r", error)
                await _within(stop, self.pace.again)

    async def _until_lost(
        self, connection: asyncpg.Connection[asyncpg.Record], stop: asyncio.Event
    ) -> None:
        manager = self._manager(connection)
        # As many jobs at once as there are connections for them; pgqueuer wants an even number.
        batch = max(1, self.settings.pool_size // 2)
        running = asyncio.create_task(
            manager.run(
                dequeue_timeout=timedelta(seconds=self.pace.look),
                batch_size=batch,
                max_concurrent_tasks=2 * batch,
                shutdown_on_listener_failure=True,
                heartbeat_timeout=timedelta(seconds=self.pace.dead),
                log_aggregation_interval=timedelta(0),
            )
        )
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not running.done():
            manager.shutdown.set()
            await asyncio.wait({running}, timeout=self.settings.shutdown_seconds)
        if running.done():
            running.result()
            return
        log.warning("jobs still run after %s seconds", self.settings.shutdown_seconds)
        # Without its connection first: pgqueuer deletes a job that is cancelled.
        connection.terminate()
        running.cancel()
        await asyncio.wait({running})
        await jobs.release(self._call(uuid7().hex), manager.queue_manager_id)

    def _manager(self, connection: asyncpg.Connection[asyncpg.Record]) -> Manager:
        queries = Queries(
            AsyncpgDriver(connection),
            QueryBuilderEnvironment(TABLES),
            QueryQueueBuilder(TABLES),
            QuerySchedulerBuilder(TABLES),
        )
        manager = Manager(queries, TABLES.channel)
        for job in WORK:
            manager.entrypoint(job.value, on_failure="hold", executor_factory=self._executor)(
                self._attempt
            )
        return manager

    def _executor(self, parameters: EntrypointExecutorParameters) -> Executor:
        return Executor(parameters, self.pace, self._give_up)

    async def _give_up(self, taken: Taken) -> None:
        """Raise `Failed` for a job that was begun as often as it may be, and never finished."""
        job, call = JobName(taken.entrypoint), self._call(uuid7().hex)
        try:
            before = await jobs.begun(call, taken.id) - 1
            if before <= self.pace.retries:
                return
            await jobs.count_failure(call, job)
        except DomainError as error:
            log.warning("attempts were not counted: %r", error)
            return
        about = {"job": job.value, "attempt": before, "request_id": call.request_id}
        log.error("a job is given up", extra=about)
        raise Failed(
            f"It was begun {before} times and never finished: workers ended in the middle."
        )

    async def _attempt(self, taken: Taken) -> None:
        job, call = JobName(taken.entrypoint), self._call(uuid7().hex)
        about = {"job": job.value, "attempt": taken.attempts + 1, "request_id": call.request_id}
        try:
            await WORK[job](call, taken.payload or b"{}")
        except Exception as error:
            # Whatever a job raises ends the attempt, not the worker: it is tried again, or held.
            log.exception("a job failed", extra=about)
            why = told(error)
        else:
            log.info("a job is done", extra=about)
            return
        try:
            await jobs.count_failure(call, job)
        except DomainError as error:
            log.warning("a failure was not counted: %r", error)
        raise Failed(why)


def told(error: Exception) -> str:
    """Why a job failed, without what a record or a statement holds; the log has the rest."""
    if isinstance(error, DomainError):
        return f"{error.code}: {error.detail}"
    return type(error).__name__


async def _within(event: asyncio.Event, seconds: float) -> None:
    # Not `wait_for`: Python 3.11's may swallow a cancellation.
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
