"""The bell of votes: it closes what is due and reminds once, however late and however often."""

from __future__ import annotations

import asyncio
from uuid import UUID

import msgspec
import pytest

from domain import vote_reminders
from domain.jobs import Poll
from domain.rules.access import WORKER
from domain.sealing import NO_SEALS, BallotKeyMissing
from tests.voting import ASYNCAPI, SECRET, Committee, committee
from tests.world import World

RULED = ASYNCAPI | {"reminders": ["P7D", "P2D"]}


async def ring(world: World) -> int:
    """Ring as a worker does; how many jobs are in the queue then."""
    await vote_reminders.ring(world.call(WORKER))
    return (await world.rows("select count(*) as n from jobs"))[0]["n"]


async def work(world: World) -> None:
    """Ring, and do what is in the queue."""
    await ring(world)
    for row in await world.rows("select id, entrypoint, payload from jobs order by id"):
        assert row["entrypoint"] == "vote"
        poll = msgspec.json.decode(row["payload"], type=Poll)
        await vote_reminders.run(world.call(WORKER), poll.program_id, poll.application_id)
        await world.rows("delete from jobs where id = $1", row["id"])


async def reminded(them: Committee) -> list[list[UUID]]:
    """Whom each reminder went to."""
    rows = await them.world.rows("select data from events where type = 'vote.closing' order by seq")
    return [[UUID(one) for one in row["data"]["account_ids"]] for row in rows]


async def test_who_has_not_voted_is_reminded_once_at_each_offset(world: World) -> None:
    them = await committee(world, 4, RULED)
    opened = await them.open()
    await them.votes("for", 0)
    await them.vote(1, "recused")
    rest = sorted(one.account_id for one in them.members[2:])
    for passing, wanted in ((20, []), (1, [rest]), (1, [rest]), (3, [rest])):
        world.clock.pass_(days=passing)
        await work(world)
        await work(world)
        assert await reminded(them) == wanted, passing
    await them.votes("against", 2)
    world.clock.pass_(days=1)
    await work(world)
    assert await reminded(them) == [rest, [them.members[3].account_id]]
    rows = await world.rows("select subject_id, data from events where type = 'vote.closing'")
    assert rows[0]["subject_id"] == UUID(opened["id"])
    assert rows[0]["data"]["application_id"] == them.application
    assert rows[0]["data"]["latest_close"] == opened["latest_close"]
    world.clock.pass_(days=2)
    await work(world)
    assert len(await reminded(them)) == 2
    assert await them.status() == ("expired", None)


async def test_after_an_interruption_only_the_latest_goes_out(world: World) -> None:
    them = await committee(world, 2, RULED)
    await them.open()
    world.clock.pass_(days=27)
    await work(world)
    assert len(await reminded(them)) == 1
    assert len(await world.rows("select from vote_reminders")) == 1


async def test_after_the_close_all_reminders_are_pointless(world: World) -> None:
    them = await committee(world, 2, RULED)
    await them.open()
    world.clock.pass_(days=40)
    await work(world)
    assert await reminded(them) == []
    assert await them.status() == ("expired", None)


async def test_when_all_have_voted_nobody_is_reminded(world: World) -> None:
    them = await committee(world, 2, RULED | {"close_on_passing": False})
    await them.open()
    await them.votes("for", 0, 1)
    world.clock.pass_(days=21)
    await work(world)
    assert await reminded(them) == []
    assert await ring(world) == 0


async def test_reminders_are_those_of_the_policy_at_the_opening(world: World) -> None:
    them = await committee(world, 2, ASYNCAPI)
    await them.open()
    answer = await world.client.get(f"{them.base}/policy", headers=them.manager.headers)
    document = answer.json()["document"]
    document["admission"]["voting"]["reminders"] = ["P7D"]
    body = {"document": document, "reason": "A test."}
    put = await world.client.put(f"{them.base}/policy", json=body, headers=them.manager.headers)
    assert put.status_code == 200, put.text
    world.clock.pass_(days=22)
    assert await ring(world) == 0
    await them.apply()
    await them.open()
    world.clock.pass_(days=22)
    await work(world)
    assert len(await reminded(them)) == 1


async def test_workers_that_ring_at_once_have_it_done_once(world: World) -> None:
    them = await committee(world, 3, RULED)
    await them.open()
    await them.votes("for", 0, 1)
    world.clock.pass_(days=7)
    assert await asyncio.gather(*(ring(world) for _ in range(5))) == [1] * 5
    call = world.call(WORKER)
    (row,) = await world.rows("select program_id, application_id from vote_rounds")
    await asyncio.gather(*(vote_reminders.run(call, *row) for _ in range(5)))
    assert await them.status() == ("accepted", None)
    assert await them.told("vote.closed") == ["vote.closed"]
    assert len(await world.rows("select from ambassadors")) == 1


async def test_a_vote_that_is_not_due_rings_nothing(world: World) -> None:
    them = await committee(world, 3)
    await them.open()
    await them.votes("for", 0, 1)
    world.clock.pass_(days=6)
    assert await ring(world) == 0
    world.clock.pass_(days=1)
    assert await ring(world) == 1


async def test_what_was_given_up_and_what_is_archived_waits(world: World) -> None:
    them = await committee(world, 3)
    await them.open()
    world.clock.pass_(days=30)
    assert await ring(world) == 1
    await world.rows("update jobs set status = 'failed'")
    assert await ring(world) == 1
    await world.rows("delete from jobs")
    await world.rows("update programs set status = 'archived'")
    assert await ring(world) == 0
    await world.rows("update programs set status = 'active'")
    await work(world)
    assert await them.status() == ("expired", None)


async def test_a_worker_without_the_key_fails_and_says_so(world: World) -> None:
    them = await committee(world, 3, SECRET)
    await them.open()
    await them.votes("for", 0)
    world.clock.pass_(days=14)
    blind = msgspec.structs.replace(world.call(WORKER), seals=NO_SEALS)
    (row,) = await world.rows("select program_id, application_id from vote_rounds")
    with pytest.raises(BallotKeyMissing):
        await vote_reminders.run(blind, *row)
    assert await them.status() == ("in_vote", None)
    await work(world)
    assert await them.status() == ("expired", None)
