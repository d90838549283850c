"""The worker and votes: it closes what nobody looks at, with the keys of its settings."""

from __future__ import annotations

from tests.service.test_worker import until, working
from tests.voting import SECRET, committee
from tests.world import World


async def test_a_worker_closes_what_nobody_looks_at(world: World, database_url: str) -> None:
    them = await committee(world, 3, SECRET)
    await them.open()
    await them.votes("for", 0, 1)
    world.clock.pass_(days=15)

    async def accepted() -> bool:
        return await them.status() == ("accepted", None)

    async with working(world, database_url):
        await until(accepted)
    assert await them.told("vote.closed") == ["vote.closed"]
