"""A real PostgreSQL for the suite, and a fresh database for each test that asks for one.

The server is CHANCERY_TEST_DATABASE_URL (a superuser's address, PostgreSQL 15 to 18) or the one
that the project brings along. It is shared by every process that tests, the last of which stops it.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import itertools
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO, TypeVar
from urllib.parse import urlsplit

import asyncpg
import pytest

from service import migrate, postgres

T = TypeVar("T")

OWNER, SERVICE = "chancery_test_owner", "chancery_test_service"
PASSWORD = "invented-for-tests"
PREFIX = "chancery_test_"

# The service refuses CHANCERY_* names that it does not know, also in processes that tests start.
if external := os.environ.pop("CHANCERY_TEST_DATABASE_URL", None):
    os.environ["TEST_DATABASE_URL"] = external
EXTERNAL = os.environ.get("TEST_DATABASE_URL")

FAST = {"fsync": "off", "full_page_writes": "off", "max_connections": "200"}
"""What a crash of the machine may lose here."""


def address(url: str, database: str, role: str | None = None) -> str:
    """The same server, another database and (where one is given) another role."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    netloc = f"{role}:{PASSWORD}@{place}" if role else parts.netloc
    return f"{parts.scheme}://{netloc}/{database}" + (f"?{parts.query}" if parts.query else "")


def fingerprint() -> str:
    """Names the template: another schema is another template."""
    digest = hashlib.sha256()
    for path in sorted(migrate.MIGRATIONS.rglob("*")):
        if path.suffix in {".py", ".sql", ".ini"}:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


class Databases:
    """Makes and drops the databases of one process; safe to call from any test, async or not."""

    def __init__(self, superuser_url: str) -> None:
        self.url = superuser_url
        self.template = f"{PREFIX}{fingerprint()}"
        self.numbers = itertools.count()
        # One thread with an event loop of its own, because the test's loop may be running.
        self.thread = ThreadPoolExecutor(1, "databases")
        self.runner = asyncio.Runner()
        self.admin = self.run(lambda: asyncpg.connect(address(superuser_url, "postgres")))

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        async def call() -> T:
            return await work()

        return self.thread.submit(lambda: self.runner.run(call())).result()

    def execute(self, sql: str) -> None:
        self.run(lambda: self.admin.execute(sql))

    def names(self) -> list[str]:
        sql = "select datname from pg_database where starts_with(datname, $1)"
        rows = self.run(lambda: self.admin.fetch(sql, PREFIX))
        return [row["datname"] for row in rows]

    def close(self) -> None:
        self.run(self.admin.close)
        self.thread.submit(self.runner.close).result()
        self.thread.shutdown()

    def sweep(self) -> None:
        """Drop what killed runs left; only while no other process tests."""
        for name in set(self.names()) - {self.template}:
            self.drop(name)

    def prepare(self) -> None:
        """Make the roles and the template; only under the lock."""
        rows = self.run(lambda: self.admin.fetch("select rolname from pg_roles"))
        for role in {OWNER, SERVICE} - {row["rolname"] for row in rows}:
            self.execute(f"create role {role} login password '{PASSWORD}'")
        if self.template in self.names():
            return
        draft = self.create("template0", "draft")
        self.run(lambda: migrate.upgrade(address(self.url, draft, OWNER), SERVICE))
        # Only a template that nobody is connected to can be cloned.
        self.execute(f"alter database {draft} with allow_connections false")
        self.execute(f"alter database {draft} rename to {self.template}")

    def create(self, template: str, purpose: str) -> str:
        name = f"{PREFIX}{purpose}_{os.getpid()}_{next(self.numbers)}"
        # Copying files is faster than writing them to the WAL (20 ms).
        self.execute(f"create database {name} owner {OWNER} template {template} strategy file_copy")
        return name

    def drop(self, name: str) -> None:
        self.execute(f"drop database if exists {name} with (force)")

    @contextmanager
    def fresh(self, template: str, purpose: str) -> Iterator[str]:
        name = self.create(template, purpose)
        try:
            yield name
        finally:
            self.drop(name)


def folder() -> Path:
    """Where the server's data and our locks are: a place that other users can pass through."""
    checkout = hashlib.sha256(str(migrate.MIGRATIONS).encode()).hexdigest()[:12]
    path = Path(tempfile.gettempdir()) / f"chancery-test-{os.getuid()}-{checkout}"
    path.mkdir(mode=0o711, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise RuntimeError(f"{path} belongs to another user")
    return path


def logs() -> list[Path]:
    """What the server that the project brings along has logged, in all runs."""
    return sorted((folder() / "postgres" / "postgres" / "log").glob("*.log"))


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The server, started if need be, with the migrated template."""
    with ExitStack() as stack:
        place = folder()
        users = stack.enter_context((place / "users.lock").open("w"))
        if not (url := EXTERNAL):
            server = postgres.running(place / "postgres", options=FAST)
            url = stack.enter_context(server).superuser_url
        made = Databases(url)
        stack.callback(made.close)
        with (place / "template.lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            if try_lock(users):
                made.sweep()
            fcntl.flock(users, fcntl.LOCK_SH)
            made.prepare()
        yield made


def try_lock(file: TextIO) -> bool:
    """Whether no other process tests."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@pytest.fixture
def clone(databases: Databases) -> Iterator[str]:
    """The name of a database of this test's own, migrated and empty."""
    with databases.fresh(databases.template, "clone") as name:
        yield name


@pytest.fixture
def database_url(databases: Databases, clone: str) -> str:
    """The test's database, as the service sees it."""
    return address(databases.url, clone, SERVICE)


@pytest.fixture
def owner_url(databases: Databases, clone: str) -> str:
    """The same database, as the role that owns the schema."""
    return address(databases.url, clone, OWNER)


@pytest.fixture
def unmigrated_url(databases: Databases) -> Iterator[str]:
    """A database without a schema, as its owner."""
    with databases.fresh("template0", "unmigrated") as name:
        yield address(databases.url, name, OWNER)
