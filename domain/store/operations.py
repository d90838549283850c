"""Statements about the database itself."""

from __future__ import annotations

from domain.store.query import Connection, Count, Query

PING = Query(Count, "select count(*)::int as n from alembic_version")


async def ping(tx: Connection) -> None:
    """Read one row: the database answers and has our schema."""
    await PING.one(tx)
