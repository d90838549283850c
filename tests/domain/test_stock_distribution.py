"""The distribution report is of one moment, whatever happens while it is read."""

from __future__ import annotations

import asyncio
from datetime import date

import asyncpg

from domain import stock_distribution
from tests.store_of_2024 import opened
from tests.world import World


async def test_it_is_of_the_moment_at_which_it_was_asked_for(world: World, owner_url: str) -> None:
    await opened(world)
    day = date(2024, 6, 3)
    holder = await asyncpg.connect(owner_url)
    try:
        await holder.execute("begin; lock table expenses in access exclusive mode")
        asked = asyncio.create_task(
            stock_distribution.read(world.call(), "demo", since=day, until=day)
        )
        # It has read the ledger, and waits for the expenses.
        assert not (await asyncio.wait([asked], timeout=0.5))[0]
        await holder.execute(
            """insert into expenses (program_id, id, kind, amount, currency, occurred_on,
                                     description, recorded_at)
               select id, gen_random_uuid(), 'other', 1, 'USD', '2024-06-03', 'Late.', now()
                 from programs;
               commit"""
        )
        found = await asked
    finally:
        await holder.close()
    assert (found.report.totals.received, found.report.totals.expenses) == (2383, [])
    again = await stock_distribution.read(world.call(), "demo", since=day, until=day)
    assert [str(one) for one in again.report.totals.expenses] == ["1.00 USD"]
