"""Fifty vote at once while the vote ends: what was acknowledged before the end counts, no more."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest

from domain.rules import votes
from tests.voting import ASYNCAPI, SECRET, Committee, code, committee
from tests.world import World

CHOICES = ("for", "against", "abstain")


async def storm(
    them: Committee, end: Callable[[], Awaitable[object]], after: int
) -> dict[int, str]:
    """All vote at once, again and again, until they are refused; what each was last told counts.

    It ends when so many votes have been acknowledged.
    """
    said: dict[int, str] = {}
    acknowledged = asyncio.Semaphore(0)

    async def one(member: int) -> None:
        for turn in range(100):
            choice = CHOICES[(member + turn) % 3]
            answer = await them.vote(member, choice)
            if answer.status_code != 200:
                assert code(answer) == (409, "vote_closed")
                return
            said[member] = choice
            acknowledged.release()
        raise AssertionError("it never ended")

    async def ending() -> None:
        for _ in range(after):
            await acknowledged.acquire()
        await end()

    await asyncio.gather(ending(), *(one(member) for member in range(len(them.members))))
    assert len(said) >= 10
    return said


async def recount(world: World) -> tuple[int, ...]:
    """The tally of the only round, from the rows of its electors."""
    (row,) = await world.rows(
        """select count(*) filter (where choice = 'for'),
                  count(*) filter (where choice = 'against'),
                  count(*) filter (where choice = 'abstain')
             from electors"""
    )
    return tuple(row)


async def counted(them: Committee) -> tuple[int | None, ...]:
    (last,) = (await them.get("/rounds"))["items"]
    found = (last["votes_for"], last["votes_against"], last["votes_abstain"])
    assert await them.counts() == found
    return found


def tally(said: dict[int, str]) -> tuple[int, ...]:
    by = Counter(said.values())
    return tuple(by[choice] for choice in CHOICES)


async def late(world: World) -> list[datetime]:
    """When somebody voted after the close."""
    rows = await world.rows(
        """select e.voted_at from electors e join vote_rounds r on r.id = e.round_id
            where e.voted_at > r.closed_at"""
    )
    return [row["voted_at"] for row in rows]


async def test_a_manager_cancels_while_fifty_vote(world: World) -> None:
    them = await committee(world, 50, ASYNCAPI)
    await them.open()

    async def cancel() -> None:
        answer = await them.cancel()
        assert answer.status_code == 200, answer.text

    said = await storm(them, cancel, 70)
    assert await counted(them) == tally(said) == await recount(world)
    assert await late(world) == []
    assert await them.status() == ("submitted", None)


async def test_the_time_is_over_while_fifty_vote(world: World) -> None:
    them = await committee(world, 50, ASYNCAPI)
    await them.open()
    world.clock.pass_(days=27)

    async def strike() -> None:
        world.clock.pass_(days=1)

    said = await storm(them, strike, 70)
    assert await counted(them) == tally(said) == await recount(world)
    assert await late(world) == []
    assert await them.result() == votes.outcome(votes.Rules(51), votes.Count(50, *tally(said)))


async def test_the_time_of_a_secret_ballot_is_over_while_fifty_vote(world: World) -> None:
    them = await committee(world, 50, SECRET)
    await them.open()
    world.clock.pass_(days=13)

    async def strike() -> None:
        world.clock.pass_(days=1)

    said = await storm(them, strike, 70)
    assert await counted(them) == tally(said)
    assert await late(world) == []
    (row,) = await world.rows(
        "select count(sealed) as sealed, count(voted_at) as voted from electors"
    )
    assert tuple(row) == (0, len(said))


async def test_it_passes_while_fifty_vote_for_it(world: World) -> None:
    them = await committee(world, 50, {"percent": 51})
    await them.open()
    answers = await asyncio.gather(*(them.vote(member, "for") for member in range(50)))
    # The twenty-sixth passes it, and the twenty-seventh comes too late.
    assert Counter(answer.status_code for answer in answers) == {200: 26, 409: 24}
    assert await counted(them) == (26, 0, 0) == await recount(world)
    assert await them.status() == ("accepted", None)
    assert await them.told("vote.closed") == ["vote.closed"]
    assert len(await world.rows("select from ambassadors")) == 1


@pytest.mark.parametrize("others", [20])
async def test_many_who_look_close_it_once(world: World, others: int) -> None:
    them = await committee(world, 5, ASYNCAPI)
    await them.open()
    await them.votes("for", 0, 1, 2)
    world.clock.pass_(days=7)
    looks = [them.result() for _ in range(others)]
    assert await asyncio.gather(*looks) == ["passed"] * others
    assert await them.told("vote.closed") == ["vote.closed"]
    assert await them.told("ambassador.joined") == ["ambassador.joined"]


async def test_two_who_open_at_once_open_one(world: World) -> None:
    them = await committee(world, 5, ASYNCAPI)
    answers = await asyncio.gather(*(them.opening() for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(await world.rows("select from vote_rounds")) == 1
