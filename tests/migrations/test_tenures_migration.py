"""The schema of tenures: made by the owner of the database alone, and taken back whole."""

from __future__ import annotations

import asyncio

import asyncpg
from alembic import command

from service import migrate


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "select table_name || '.' || column_name as name from information_schema.columns"
        " where table_schema = 'public'"
    )
    extensions = await connection.fetch("select extname as name from pg_extension")
    await connection.close()
    return {row["name"] for row in [*rows, *extensions]}


async def test_an_ordinary_owner_makes_it_and_takes_it_back(unmigrated_url: str) -> None:
    configuration = migrate.configuration(unmigrated_url)
    await asyncio.to_thread(command.upgrade, configuration, "0011_queue")
    before = await tables(unmigrated_url)
    assert "btree_gist" not in before
    await asyncio.to_thread(command.upgrade, configuration, "0012_tenures")
    added = await tables(unmigrated_url) - before
    assert {
        "btree_gist",
        "ambassadors.farewell",
        "directory_entries.farewell",
        "eligibilities.attribute",
        "leaves.first_day",
        "promotions.to_ambassador_id",
        "tenure_reminders.due_on",
        "tenures.origin",
    } <= added
    await asyncio.to_thread(command.downgrade, configuration, "0011_queue")
    assert await tables(unmigrated_url) == before
