"""Recording what names an identity, while somebody vouches for it: nobody is forgotten."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from domain import identities, matching, people
from domain.call import transaction
from domain.errors import Busy
from domain.identities import Draft
from domain.rules.contributions import Named
from tests.people import person
from tests.posting import claim, named, people_of, record
from tests.world import World


async def waits(world: World) -> None:
    """Return once a connection waits for another."""
    question = "select count(*) from pg_locks where not granted"
    async with asyncio.timeout(5):
        while (await world.rows(question))[0]["count"] == 0:  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.01)


async def claimed(world: World) -> tuple[UUID, UUID]:
    await world.program()
    amara = await person(world, "Amara Okafor", "demo")
    return amara, await identities.add(world.call(), amara, Draft("github", "7", "amara"))


async def test_what_is_being_recorded_comes_to_the_person(world: World) -> None:
    amara, identity = await claimed(world)
    async with transaction(world.call()) as tx:
        first = await record(tx, "demo", named("github:7"))
        vouching = asyncio.create_task(
            identities.vouch(world.call(), amara, identity, lambda _: None)
        )
        # The vouching sees nothing of what is not committed yet.
        await waits(world)
    await vouching
    assert await people_of(world, first) == [amara]


async def test_what_is_recorded_meanwhile_sees_who_was_vouched_for(world: World) -> None:
    amara, identity = await claimed(world)
    begun = asyncio.Event()

    async def posting() -> UUID:
        async with transaction(world.call()) as tx:
            begun.set()
            return await record(tx, "demo", named("github:7"))

    async with transaction(world.call()) as tx:
        await matching.hold(tx)
        owner = await people.lock(tx, amara)
        (known,) = await identities.of_person(tx, amara)
        assert known.id == identity
        await identities.confirm(tx, owner, known)
        post = asyncio.create_task(posting())
        await begun.wait()
        await waits(world)
    assert await people_of(world, await post) == [amara]
    assert await world.rows("select 1 from unmatched_identities") == []


async def test_many_at_once_leave_nothing_behind(world: World) -> None:
    amara, identity = await claimed(world)

    async def posting() -> UUID:
        async with transaction(world.call()) as tx:
            return await record(tx, "demo", named("github:@amara"))

    async def vouching() -> None:
        await identities.vouch(world.call(), amara, identity, lambda _: None)

    posts = [asyncio.create_task(posting()) for _ in range(20)]
    await vouching()
    posts += [asyncio.create_task(posting()) for _ in range(5)]
    for one in await asyncio.gather(*posts):
        assert await people_of(world, one) == [amara]


async def test_two_who_name_the_same_for_the_first_time_find_one_place(world: World) -> None:
    await world.program()

    async def posting(*order: str) -> UUID:
        async with transaction(world.call()) as tx:
            return await record(tx, "demo", named(*order))

    names = [f"github:{n}" for n in range(50)]
    await asyncio.gather(*(posting(*(names if n % 2 else names[::-1])) for n in range(8)))
    rows = await world.rows(
        """select count(*) as parts from contribution_participants p join unmatched_identities u
               on u.id = p.unmatched_id group by u.id"""
    )
    assert [row["parts"] for row in rows] == [8] * 50


async def test_who_claims_the_same_at_that_moment_makes_the_vouching_try_again(
    world: World,
) -> None:
    amara, identity = await claimed(world)
    async with transaction(world.call()) as tx:
        mine = await record(tx, "demo", named("github:7"))
        other = await record(tx, "demo", [Named(person=str(amara))])
    (row,) = await world.rows("select id from unmatched_identities")
    await claim(world, row["id"], mine, b"same")
    async with world.database.pool.acquire() as raw, raw.transaction():
        await raw.execute(
            """insert into contribution_fingerprints (program_id, who, fingerprint, contribution_id)
               select program_id, $1, 'same', id from contributions where id = $2""",
            amara,
            other,
        )
        vouching = asyncio.create_task(
            identities.vouch(world.call(), amara, identity, lambda _: None)
        )
        await waits(world)
    with pytest.raises(Busy):
        await vouching
    assert await people_of(world, mine) == [None]
    await identities.vouch(world.call(), amara, identity, lambda _: None)
    assert await people_of(world, mine) == [amara]
    assert len(await world.rows("select 1 from contribution_suspects")) == 1
