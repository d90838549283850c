"""Makes changes of who the owners are meet at their lock, instead of hoping that they do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import asyncpg
import httpx

from tests.world import World

WAITING = """select count(*) from pg_locks where locktype = 'advisory' and not granted
              and database = (select oid from pg_database where datname = current_database())"""


async def meet(world: World, *requests: Awaitable[httpx.Response]) -> list[int]:
    """The statuses of requests that all know who they are before the first of them decides."""
    connection = await asyncpg.connect(world.owner_url)
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(hashtext('chancery.owners'))")
            running = [asyncio.ensure_future(request) for request in requests]
            while await connection.fetchval(WAITING) < len(running):
                assert not any(task.done() for task in running), "one did not wait for its turn"
                await asyncio.sleep(0.01)
    finally:
        await connection.close()
    return sorted(answer.status_code for answer in await asyncio.gather(*running))
