"""Requests that wait for each other: they end, and none of them with a defect."""

from __future__ import annotations

import asyncio
import time

import asyncpg

from domain.call import transaction
from domain.errors import Conflict
from tests.world import POLICY, World


async def test_waiting_in_vain_for_a_lock_is_a_conflict(world: World, owner_url: str) -> None:
    bearer = await world.token()
    holder = await asyncpg.connect(owner_url)
    try:
        await holder.execute("begin; lock table programs in exclusive mode")
        begun = time.monotonic()
        draft = {"slug": "late", "policy": POLICY}
        answer = await world.client.post("/v1/programs", json=draft, headers=bearer.headers)
        assert answer.status_code == 409, answer.text
        assert answer.json()["code"] == "busy"
        assert time.monotonic() - begun < 8
        # Who only reads waits for nobody.
        assert (await world.client.get("/v1/programs")).status_code == 200
    finally:
        await holder.close()
    answer = await world.client.post("/v1/programs", json=draft, headers=bearer.headers)
    assert answer.status_code == 201


async def test_whoever_gives_way_in_a_deadlock_may_try_again(world: World) -> None:
    met = asyncio.Barrier(2)

    async def cross(first: int, second: int) -> str:
        try:
            async with transaction(world.call()) as tx:
                await tx.raw.execute("select pg_advisory_xact_lock($1)", first)
                await met.wait()
                await tx.raw.execute("select pg_advisory_xact_lock($1)", second)
        except Conflict as error:
            return error.code
        return "done"

    assert sorted(await asyncio.gather(cross(1, 2), cross(2, 1))) == ["busy", "done"]
