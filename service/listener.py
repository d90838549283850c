"""Hears of commits of other processes that change public data, so that snapshots are dropped."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import uuid4

import asyncpg

from domain.errors import Unavailable
from domain.store.database import UNREACHABLE, Database

log = logging.getLogger("chancery.listener")

CHANNEL = "chancery_public"
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
HEARTBEAT = 5.0
"""Seconds: a connection that is dead and does not know it is found out within twice this time."""


async def listen(url: str, database: Database, heartbeat: float = HEARTBEAT) -> None:
    """Listen for ever on a connection of its own; while it is down, no snapshot is used."""
    name = {"application_name": "chancery-listener"}
    wait = FIRST_WAIT
    while True:
        try:
            connection = await asyncpg.connect(url, timeout=heartbeat, server_settings=name)
            await _until_lost(connection, database, heartbeat)
            wait = FIRST_WAIT
        except (*UNREACHABLE, Unavailable) as error:
            log.warning("not listening for changes: %r", error)
        await asyncio.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)


async def _until_lost(
    connection: asyncpg.Connection[Any], database: Database, heartbeat: float
) -> None:
    lost, arrived = asyncio.Event(), asyncio.Event()

    def heard(*_: object) -> None:
        database.changed()

    def proven(*_: object) -> None:
        arrived.set()

    def ended(*_: object) -> None:
        database.listening = False
        lost.set()

    connection.add_termination_listener(ended)
    try:
        await connection.add_listener(CHANNEL, heard)
        # Behind a pooler LISTEN succeeds and hears nothing: only what arrives is proof.
        probe = f"chancery_probe_{uuid4().hex}"
        await connection.add_listener(probe, proven)
        async with database.connection() as other:
            await other.execute("select pg_notify($1, '')", probe)
        # Not `wait_for`: Python 3.11's may swallow a cancellation, and this task would never end.
        async with asyncio.timeout(heartbeat):
            await arrived.wait()
        database.changed()
        database.listening = not lost.is_set()
        while not await _within(lost, heartbeat):
            await connection.execute("select 1", timeout=heartbeat)
    finally:
        database.listening = False
        # To close politely waits for a server that may be gone.
        connection.terminate()


async def _within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
