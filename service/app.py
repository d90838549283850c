"""The only place where everything meets."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from litestar import Litestar
from litestar.config.app import AppConfig

from api.http import problems
from api.http.context import Context
from api.http.cors import Cors
from api.http.front import Front
from api.http.limits import Limits
from api.http.snapshot import Snapshot
from api.routes import handlers
from domain import rate_counts
from domain.fetching import Fetcher
from domain.sealing import Seals
from domain.store.database import Database
from domain.vault import Vault
from service import migrate, telemetry
from service.listener import listen
from service.settings import Settings


def utc_now() -> datetime:
    """The clock; time enters the program here."""
    return datetime.now(UTC)


class App:
    """The service as one ASGI application, under any server."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        if settings.database_url is None:
            raise ValueError("create_app needs settings with a database_url")
        self.settings = settings
        self.database = Database()
        limits = Limits(
            per_token=settings.rate_limit_per_minute,
            per_address=settings.rate_limit_anonymous_per_minute,
            shared=partial(rate_counts.count, self.database)
            if settings.rate_limit_store == "database"
            else None,
        )
        self.context = Context(
            database=self.database,
            clock=clock,
            limits=limits,
            snapshot=Snapshot(self.database, clock),
            max_body=settings.max_body_bytes,
            max_bulk=settings.max_bulk_bytes,
            security_contact=settings.security_contact,
            seals=Seals(settings.ballot_keys),
            vault=Vault(settings.data_keys),
            fetcher=Fetcher(settings.fetch_allow),
        )
        self.litestar = Litestar.from_config(
            AppConfig(
                route_handlers=list(handlers(self.context)),
                exception_handlers={Exception: problems.handle},
                lifespan=[lambda _: self.lifespan()],
                openapi_config=None,
                logging_config=None,
                request_max_body_size=None,
            )
        )
        self.front = Front(
            self.litestar,
            snapshot=self.context.snapshot,
            cors=Cors(frozenset(settings.cors_origins)),
            trusted=settings.trusted_proxies,
        )

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None]:
        """The pool and the listener, open while the service serves."""
        settings = self.settings
        url = str(settings.database_url)
        await self.database.open(url, size=settings.pool_size)
        try:
            async with self.database.connection() as raw:
                await migrate.check(raw)
            tasks = {
                asyncio.create_task(listen(settings.listen_database_url or url, self.database)),
                asyncio.create_task(telemetry.watch_pool(self.database)),
                asyncio.create_task(telemetry.watch_queue(self.database, self.context.clock)),
            }
            try:
                yield
            finally:
                await _end(tasks)
        finally:
            await self.database.close(settings.shutdown_seconds)


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    """Cancel until they end: before Python 3.12 a `wait_for` below may swallow a cancellation."""
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=1)


def create_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> App:
    """Wire the service for these settings; `database_url` must be set.

    Serve `App.front`; `App.lifespan` opens and closes what it needs.
    """
    return App(settings, clock)


def from_environment() -> Front:
    """The ASGI application, for a server that imports it (`service.app:from_environment`)."""
    settings = Settings.from_environ(os.environ)
    telemetry.configure(settings)
    return create_app(settings).front
