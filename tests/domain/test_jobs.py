"""The queue: a job is in it if and only if its transaction was committed, and once for a key."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from domain import jobs, tidying
from domain.call import transaction
from domain.jobs import JobName, Nothing
from tests.queued import waiting
from tests.world import NOW, World


async def count(world: World, table: str = "jobs") -> int:
    (row,) = await world.rows(f"select count(*) as n from {table}")
    return row["n"]


async def test_a_job_is_there_if_its_transaction_was_committed(world: World) -> None:
    async def fail() -> None:
        async with transaction(world.call()) as tx:
            await jobs.enqueue(tx, JobName.TIDY, Nothing())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await count(world) == 0
    await waiting(world)
    assert await count(world) == 1


async def test_there_is_one_job_for_a_key(world: World) -> None:
    async def ask(key: str | None) -> bool:
        async with transaction(world.call()) as tx:
            return await jobs.enqueue(tx, JobName.TIDY, Nothing(), dedupe=key)

    assert sum(await asyncio.gather(*(ask("one") for _ in range(5)))) == 1
    assert await asyncio.gather(ask("two"), ask(None), ask(None)) == [True, True, True]
    await world.rows("update jobs set status = 'picked' where dedupe_key = 'one'")
    assert not await ask("one")
    await world.rows("update jobs set status = 'failed' where dedupe_key = 'one'")
    assert await ask("one")


async def test_a_schedule_rings_once_an_hour_however_many_look(world: World) -> None:
    async def look() -> int:
        await asyncio.gather(*(jobs.ring(world.call()) for _ in range(5)))
        found = await count(world)
        await world.rows("delete from jobs")
        return found

    assert await look() == 1
    world.clock.pass_(minutes=59)
    assert await look() == 0
    world.clock.pass_(minutes=1)
    assert await look() == 1
    world.clock.pass_(days=3)
    assert await look() == 1
    assert await look() == 0


async def test_what_a_worker_gives_back_waits_again(world: World) -> None:
    mine, other = uuid7(), uuid7()
    for worker in (mine, mine, other):
        job_id = await waiting(world)
        await world.rows(
            "update jobs set status = 'picked', queue_manager_id = $2 where public_id = $1",
            job_id,
            worker,
        )
    await jobs.release(world.call(), mine)
    rows = await world.rows("select status, queue_manager_id from jobs order by id")
    assert [tuple(row) for row in rows] == [("queued", None), ("queued", None), ("picked", other)]


async def test_tidying_deletes_what_is_old_and_nothing_else(world: World) -> None:
    await world.rows(
        """insert into idempotency_keys (scope, key, digest, resource_id, created_at)
           select 's', i::text, '', gen_random_uuid(),
                  $1::timestamptz - case when i <= 250 then interval '24 h' else interval '23 h' end
             from generate_series(1, 260) i""",
        NOW,
    )
    minute = int(NOW.timestamp()) // 60
    await world.rows(
        """insert into rate_counts (caller, minute, requests)
           select i::text::bytea, $1 - case when i <= 150 then 1 else 0 end, 1
             from generate_series(1, 160) i""",
        minute,
    )
    await world.rows(
        """insert into job_log (job_id, status, priority, entrypoint, created)
           select 1, 'queued', 0, 'tidy',
                  $1::timestamptz - case when i <= 1500 then interval '7 d' else interval '6 d' end
             from generate_series(1, 1510) i""",
        NOW,
    )
    for _ in range(2):
        await tidying.run(world.call())
        found = [await count(world, t) for t in ("idempotency_keys", "rate_counts", "job_log")]
        assert found == [10, 10, 10]
    assert timedelta(days=7) == tidying.LOG_KEPT
