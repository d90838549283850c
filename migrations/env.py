"""How migrations run: one runner at a time, a transaction each, and no long wait for a lock."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import Any

import asyncpg
from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from migrations import grants

ADVISORY_KEY = 0x6368616E63657279
"""The word "chancery": the lock that a runner holds on the database."""

LIMITS = {
    "application_name": "chancery migrate",
    # A migration that waits for a lock makes every query behind it wait too: fail soon, try again.
    "lock_timeout": "4s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "0",
}


def offline() -> None:
    """Print the SQL (`python -m migrations.sql`)."""
    context.configure(dialect_name="postgresql", transaction_per_migration=True)
    for name in ("lock_timeout", "statement_timeout"):
        context.execute(f"set {name} = '{LIMITS[name]}'")
    with context.begin_transaction():
        context.run_migrations()


async def online() -> None:
    """Run the revisions, then give the service role (where one is named) its rights."""
    url: str = context.config.attributes.get("url") or os.environ["CHANCERY_MIGRATION_DATABASE_URL"]
    # asyncpg reads the address itself, so that every form of it works that works for the service.
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(asyncpg.connect, url, server_settings=LIMITS),
        poolclass=NullPool,
    )
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await wait_for_other_runners(driver)
        await connection.run_sync(migrate)
        # Alembic has asked for the revision, and with that SQLAlchemy has opened a transaction.
        await connection.commit()
        if role := context.config.attributes.get("service_role"):
            async with driver.transaction():
                await driver.execute(grants.statements(role))
    await engine.dispose()


async def wait_for_other_runners(driver: Any) -> None:
    """Take the advisory lock, which lasts as long as the connection.

    Polled, because a session that blocks in `pg_advisory_lock` holds a snapshot, for whose end
    `create index concurrently` of the other runner waits: a deadlock.
    """
    ask = "select pg_try_advisory_lock($1)"
    while not await driver.fetchval(ask, ADVISORY_KEY):  # noqa: ASYNC110  # another process
        await asyncio.sleep(0.2)


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    offline()
else:
    asyncio.run(online())
