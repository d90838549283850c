"""Use cases called from the command line, with the rights of the instance's owner."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

import asyncpg
from uuid_utils.compat import uuid7

from domain.call import Call
from domain.fetching import Fetcher
from domain.rules.access import COMMAND_LINE
from domain.sealing import Seals
from domain.store.database import Database
from domain.vault import Vault
from service import key_files, migrate, postgres
from service.settings import Settings


def settings() -> Settings:
    """The settings of this process. Raises SettingsError."""
    return Settings.from_environ(os.environ)


@contextmanager
def on_database(chosen: Settings) -> Generator[Settings]:
    """The settings with the address of a database that runs for the length of the block.

    It is the given one; without one the embedded server is joined, or started and stopped again.
    """
    if chosen.database_url is not None:
        yield chosen
        return
    with postgres.running(chosen.data_dir, chosen.postgres_bin) as server:
        found = chosen.on_database(server.service_url, migration=server.owner_url)
        yield key_files.kept(found)


@asynccontextmanager
async def cli_call(chosen: Settings) -> AsyncGenerator[Call]:
    """A call by whoever sits at the command line, on a pool of its own.

    Raises SchemaError when the database is not at this release's revision.
    """
    url = str(chosen.database_url)
    connection = await asyncpg.connect(url)
    try:
        await migrate.check(connection)
    finally:
        await connection.close()
    database = Database()
    await database.open(url, size=2)
    try:
        yield Call(
            database,
            COMMAND_LINE,
            datetime.now(UTC),
            uuid7().hex,
            seals=Seals(chosen.ballot_keys),
            vault=Vault(chosen.data_keys),
            fetcher=Fetcher(chosen.fetch_allow),
        )
    finally:
        await database.close(chosen.shutdown_seconds)
