"""Brings the schema to the revision of this release, and tells whether it is there."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from service import event_order

if TYPE_CHECKING:
    from alembic.config import Config
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

MIGRATIONS = Path(__file__).parents[1] / "migrations"

ALEMBIC = threading.Lock()
"""Alembic keeps its context in module globals: one run in a process at a time."""


class SchemaError(Exception):
    """The database and this release do not fit; the message says which command helps."""


class SchemaTooOld(SchemaError):
    """The database lacks revisions that this release needs."""


class SchemaTooNew(SchemaError):
    """A newer release has migrated the database."""


class SchemaBusy(SchemaError):
    """Somebody used a table for so long that a migration gave up."""


class EventsAhead(SchemaError):
    """The database was restored on a server that has counted fewer transactions."""


class RoleMissing(SchemaError):
    """The service role does not exist on the server."""


def head() -> str:
    """The revision that this release needs (from a file: alembic is slow to import)."""
    return (MIGRATIONS / "HEAD").read_text(encoding="utf-8").strip()


async def current(connection: Connection) -> str | None:
    """The revision of the database; None when it was never migrated."""
    if await connection.fetchval("select to_regclass('alembic_version')") is None:
        return None
    return await connection.fetchval("select version_num from alembic_version")


async def check(connection: Connection) -> None:
    """Raise SchemaTooOld, SchemaTooNew or EventsAhead unless the database can be served."""
    found = await current(connection)
    if found is None:
        raise SchemaTooOld("The database is empty. Run `chancery migrate` first.")
    refuse_unknown(found)
    if found != head():
        raise SchemaTooOld(
            f"The database is at revision {found}, and this release needs {head()}. "
            "Run `chancery migrate` first."
        )
    if await event_order.ahead(connection) is not None:
        raise EventsAhead(
            "The event log was restored from another server and is ahead of this one. "
            "Run `chancery migrate` first."
        )


def refuse_unknown(found: str) -> None:
    """Raise SchemaTooNew for a revision that this release does not have."""
    if not (MIGRATIONS / "versions" / f"{found}.py").exists():
        raise SchemaTooNew(
            f"The database is at revision {found}, which this release (up to {head()}) does not "
            "know: a newer one has migrated it. Install that release "
            "(`pip install --upgrade chancery`), or restore a backup from before with `pg_restore`."
        )


async def upgrade(
    owner_url: str, service_role: str | None = None, revision: str = "head"
) -> str | None:
    """Run the missing revisions as the owner, then give the service role its rights.

    Returns a warning when the two roles are one, so that nothing keeps the service from changing
    what it has recorded. Raises SchemaTooNew, SchemaBusy, RoleMissing, and asyncpg's errors.
    """
    connection = await asyncpg.connect(owner_url)
    try:
        if found := await current(connection):
            refuse_unknown(found)
        warning = await same_role(connection, service_role) if service_role else None
    finally:
        await connection.close()
    role = None if warning else service_role
    # Alembic is synchronous, and its env.py starts an event loop of its own.
    try:
        await asyncio.to_thread(run, configuration(owner_url, role), revision)
    except asyncpg.LockNotAvailableError as error:
        raise SchemaBusy(
            "Another transaction kept a lock for longer than a migration waits. What was finished "
            "before stays; run `chancery migrate` again."
        ) from error
    if revision == "head":
        await _after_a_restore(owner_url)
    return warning


async def _after_a_restore(owner_url: str) -> None:
    connection = await asyncpg.connect(owner_url)
    try:
        await event_order.catch_up(connection)
    finally:
        await connection.close()


async def same_role(
    connection: asyncpg.Connection[asyncpg.Record], service_role: str
) -> str | None:
    """A warning when the service role can do whatever the owner can."""
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", service_role):
        raise RoleMissing(
            f"The role {service_role!r} does not exist. Create it with "
            f"`psql -c 'create role \"{service_role}\" login password ...'` and run "
            "`chancery migrate` again."
        )
    if await connection.fetchval("select pg_has_role($1, current_user, 'member')", service_role):
        return (
            f"The role {service_role!r} has every right of the role that migrates, so nothing "
            "keeps the service from changing its audit log. Give CHANCERY_DATABASE_URL a role of "
            "its own, and the owner's to CHANCERY_MIGRATION_DATABASE_URL."
        )
    return None


def configuration(owner_url: str, service_role: str | None = None) -> Config:
    """What env.py reads; the address never passes through an ini file."""
    from alembic.config import Config

    config = Config(MIGRATIONS / "alembic.ini")
    config.attributes.update(url=owner_url, service_role=service_role)
    return config


def run(config: Config, revision: str) -> None:
    from alembic import command

    with ALEMBIC:
        command.upgrade(config, revision)
