"""Secret ballots: whoever looks, wherever they look, nobody learns who voted how."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from domain import rounds
from domain.call import Call
from domain.errors import Conflict
from domain.keyring import fresh_key
from domain.sealing import NO_SEALS, BallotKeyMissing, Seals
from tests.voting import SECRET, Committee, code, committee
from tests.world import BALLOT_KEY, World


async def held(world: World, choices: str, members: int = 5) -> Committee:
    """A secret vote in which so many have voted: `f`or, `a`gainst, `-` abstaining."""
    them = await committee(world, members, SECRET)
    await them.open()
    names = {"f": "for", "a": "against", "-": "abstain"}
    for number, choice in enumerate(choices):
        await them.votes(names[choice], number)
    return them


async def columns(world: World) -> list[tuple[object, ...]]:
    rows = await world.rows(
        "select choice, sealed is not null, voted_at is not null from electors order by account_id"
    )
    return [tuple(row) for row in rows]


async def test_it_is_counted_at_its_end_and_the_choices_destroyed(world: World) -> None:
    them = await held(world, "ffaf")
    assert await columns(world) == [(None, True, True)] * 4 + [(None, False, False)]
    found = await them.tally()
    assert await them.counts() == (None, None, None)
    assert (found["voters"], found["voted"], found["need"]) == (5, 4, 3)
    assert found["words"][1] == "4 have voted; the choices are counted when it closes."
    # It passed long ago, which nobody knows.
    world.clock.pass_(days=13)
    assert await them.result() is None
    assert (await them.vote(0, "for")).status_code == 200
    world.clock.pass_(days=1)
    assert await them.result() == "passed"
    assert await them.counts() == (3, 1, 0)
    assert await columns(world) == [(None, False, True)] * 4 + [(None, False, False)]
    assert await them.status() == ("accepted", None)


async def test_nobody_reads_how_anybody_votes(world: World) -> None:
    them = await held(world, "fa")
    answers = [await them.vote(0, "for"), await them.vote(0, "against")]
    assert [one.json()["choice"] for one in answers] == [None, None]
    for looked in ("open", "closed"):
        assert {one["choice"] for one in await them.electors()} == {None}, looked
        assert sum(one["voted"] for one in await them.electors()) == 2, looked
        assert (await them.get("/votes/mine", them.members[0]))["choice"] is None
        report = await world.client.get(
            f"{them.base}/committee/participation", headers=them.manager.headers
        )
        said = {vote["participation"] for one in report.json()["items"] for vote in one["votes"]}
        assert said == (set() if looked == "open" else {"voted", "did_not_vote"})
        world.clock.pass_(days=14)
    logged = await world.rows(
        """select e.action, v.before, v.after from audit_entries e
             left join audit_values v on v.entry_id = e.id
            where action = 'vote.cast' order by e.id"""
    )
    assert len(logged) == 4
    told = " ".join(f"{row['before']} {row['after']}" for row in logged)
    assert "choice" not in told
    assert "against" not in told
    rows = await world.rows("select data::text as data from events where type <> 'vote.closed'")
    assert not [row for row in rows if "against" in row["data"]]


async def test_the_same_again_leaves_the_same_trace_as_another_choice(world: World) -> None:
    them = await held(world, "f")
    (first,) = await world.rows("select sealed from electors where sealed is not null")
    await them.votes("for", 0)
    (second,) = await world.rows("select sealed from electors where sealed is not null")
    await them.votes("abstain", 0)
    (third,) = await world.rows("select sealed from electors where sealed is not null")
    sealed = [bytes(row["sealed"]) for row in (first, second, third)]
    assert len(set(sealed)) == 3
    assert len(set(map(len, sealed))) == 1
    assert await them.logged("vote.cast") == ["vote.cast"] * 3
    assert (await them.retract(0)).status_code == 204
    assert await columns(world) == [(None, False, False)] * 5


async def test_a_sealed_choice_moved_to_somebody_else_is_not_counted(world: World) -> None:
    them = await held(world, "fff")
    await world.rows(
        """update electors set sealed = (select sealed from electors where account_id = $1),
                  voted_at = now() where account_id = $2""",
        them.members[0].account_id,
        them.members[3].account_id,
    )
    world.clock.pass_(days=14)
    assert await them.result() is None
    assert code(await them.vote(1)) == (409, "vote_closed")
    assert await them.refused() == (409, "not_open_for_vote")
    # A manager may give it up.
    assert (await them.cancel()).json()["result"] == "cancelled"
    assert await them.status() == ("submitted", None)


async def test_a_cancelled_secret_vote_is_destroyed_uncounted(world: World) -> None:
    them = await held(world, "fa")
    cancelled = (await them.cancel()).json()
    counted = ("voters", "need", "votes_for", "votes_against", "votes_abstain")
    assert [cancelled[name] for name in counted] == [None] * 5
    assert await them.counts() == (None, None, None)
    assert [sealed for _, sealed, _ in await columns(world)] == [False] * 5


async def test_without_a_key_there_are_no_secret_votes(world: World) -> None:
    blind = msgspec.structs.replace(world.call(), seals=NO_SEALS)
    them = await committee(world, 3, SECRET)
    with pytest.raises(BallotKeyMissing):
        await rounds.start(blind, "demo", UUID(them.application))
    assert await them.status() == ("submitted", None)
    other = await committee(world, 3, program="other")
    assert (await rounds.start(blind, "other", UUID(other.application))).result is None


async def test_a_vote_whose_key_is_gone_waits_for_it(world: World) -> None:
    them = await held(world, "fff")
    world.clock.pass_(days=15)
    call = world.call()
    for seals, error in ((NO_SEALS, "ballot_key_missing"), (Seals([fresh_key()]), "seal_broken")):
        blind: Call = msgspec.structs.replace(call, seals=seals)
        with pytest.raises(Conflict) as refused:
            await rounds.settle(blind, "demo", UUID(them.application), strict=True)
        assert refused.value.code == error
        # A list of many is no place to fail for one.
        await rounds.settle(blind, "demo")
    assert await them.status() == ("in_vote", None)
    rotated = msgspec.structs.replace(call, seals=Seals([fresh_key(), BALLOT_KEY]))
    await rounds.settle(rotated, "demo")
    assert await them.status() == ("accepted", None)
    (last,) = (await them.get("/rounds"))["items"]
    assert last["closed_at"] == _time(world, days=-1)


async def test_recusals_are_no_secret(world: World) -> None:
    them = await committee(world, 3, SECRET | {"minimum": "P2D"})
    await them.open()
    await them.votes("for", 0)
    assert (await them.vote(0, "recused", "We share a flat.")).json()["recusal"] == "declared"
    assert (await them.tally())["voters"] == 2
    assert await columns(world) == [(None, False, False)] * 3


def _time(world: World, **period: float) -> str:
    return (world.now + timedelta(**period)).isoformat().replace("+00:00", "Z")
