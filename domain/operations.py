"""What whoever runs the service needs to know of its database."""

from __future__ import annotations

from domain.call import Call, reading
from domain.store import operations as store


async def check_database(call: Call) -> None:
    """Ask the database something. Raises `Unavailable` when it does not answer."""
    async with reading(call) as tx:
        await store.ping(tx)
