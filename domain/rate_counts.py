"""How often a caller called in the current minute, over all processes of the instance."""

from __future__ import annotations

import hashlib

from domain.store import rate_counts as store
from domain.store.database import Database
from domain.store.query import Connection


async def count(database: Database, caller: str, minute: int) -> int:
    """Count one more request of a caller in a minute since 1970; how many there were.

    Counts of past minutes are dropped with the first request of each caller in a new one. Raises
    `Unavailable`.
    """
    async with database.connection() as raw:
        tx = Connection(raw)
        found = await store.count(tx, hashlib.sha256(caller.encode()).digest(), minute)
        if found == 1:
            await store.forget(tx, before=minute)
    return found
