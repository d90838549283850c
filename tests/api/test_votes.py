"""Votes over HTTP: cast, changed, taken back, counted; and what their result brings about."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain import rounds
from domain.rules.access import WORKER
from tests.people import person
from tests.voting import ASYNCAPI, code, committee
from tests.world import World


async def test_a_vote_counts_and_can_be_changed(world: World) -> None:
    them = await committee(world, 5)
    await them.open()
    first = await them.vote(0, "against")
    assert first.status_code == 200
    assert first.json() | {"round_id": "", "account_id": ""} == {
        "round_id": "",
        "account_id": "",
        "name": "Test account",
        "company": None,
        "voted": True,
        "voted_at": "2026-03-03T12:00:00Z",
        "choice": "against",
        "recusal": None,
        "recusal_reason": None,
        "version": 2,
    }
    assert await them.counts() == (0, 1, 0)
    world.clock.pass_(hours=1)
    again = await them.vote(0, "against")
    assert again.json() == first.json()
    changed = await them.vote(0, "for")
    assert (changed.json()["choice"], changed.json()["version"]) == ("for", 3)
    assert changed.json()["voted_at"] == "2026-03-03T13:00:00Z"
    assert await them.get("/votes/mine", them.members[0]) == changed.json()
    await them.votes("abstain", 1)
    assert await them.counts() == (1, 0, 1)
    assert await them.logged("vote.c") == ["vote.cast"] * 3
    assert (await them.retract(0)).status_code == 204
    assert (await them.retract(0)).status_code == 204
    assert await them.counts() == (0, 0, 1)
    assert await them.logged("vote.r") == ["vote.retracted"]
    said = {one["account_id"]: one["choice"] for one in await them.electors()}
    assert sorted(map(str, said.values())) == ["None", "None", "None", "None", "abstain"]
    assert said[str(them.members[1].account_id)] == "abstain"


async def test_the_electorate_comes_in_pages(world: World) -> None:
    them = await committee(world, 3)
    opened = await them.open()
    path = f"/rounds/{opened['id']}/votes?limit=2"
    first = await them.get(path)
    rest = await them.get(f"{path}&cursor={first['next']}")
    found = [one["account_id"] for one in first["items"] + rest["items"]]
    assert found == sorted(str(one.account_id) for one in them.members)
    assert rest["next"] is None


async def test_a_vote_may_name_the_version_that_was_read(world: World) -> None:
    them = await committee(world, 5)
    await them.open()
    cast = await them.vote(0, "for")
    await them.vote(1, "against")
    stale = {"If-Match": '"1.0"'}
    assert code(await them.vote(0, "against", **stale)) == (412, "version_mismatch")
    assert code(await them.retract(0, **stale)) == (412, "version_mismatch")
    # What others say does not change one's own vote.
    good = {"If-Match": cast.headers["etag"]}
    assert (await them.vote(0, "against", **good)).status_code == 200


async def test_the_tally_in_words_and_numbers(world: World) -> None:
    them = await committee(world, 5)
    opened = await them.open()
    await them.votes("for", 0, 1)
    await them.votes("against", 2)
    assert await them.tally() == {
        "round_id": opened["id"],
        "number": 1,
        "policy_version": 1,
        "ballot": "open",
        "result": None,
        "voters": 5,
        "recused": 0,
        "voted": 3,
        "need": 3,
        "votes_for": 2,
        "votes_against": 1,
        "votes_abstain": 0,
        "opened_at": "2026-03-03T12:00:00Z",
        "earliest_close": "2026-03-10T12:00:00Z",
        "latest_close": "2026-03-31T12:00:00Z",
        "closes_at": "2026-03-31T12:00:00Z",
        "words": [
            "3 of 5 voters have to be for it.",
            "2 are for it, 1 against, 0 abstain, 2 have not voted.",
            "It takes 1 more for it.",
            "It can close from 10 March 2026 at 12:00 (UTC) on, and does on 31 March 2026 at "
            "12:00 (UTC) at the latest.",
        ],
    }
    await them.votes("for", 3)
    found = await them.tally()
    assert found["closes_at"] == "2026-03-10T12:00:00Z"
    assert found["result"] is None
    world.clock.pass_(days=7)
    found = await them.tally()
    assert (found["result"], found["closes_at"]) == ("passed", "2026-03-10T12:00:00Z")
    assert found["words"][0] == "It passed on 10 March 2026 at 12:00 (UTC)."


async def test_without_a_vote_there_is_no_tally(world: World) -> None:
    them = await committee(world, 3)
    for path in ("/tally", "/votes/mine"):
        answer = await them.send("GET", path, them.members[0])
        assert code(answer) == (404, "not_found")
    assert code(await them.vote(0)) == (409, "vote_closed")
    assert (await them.get("/rounds"))["items"] == []
    them.application = str(UUID(int=7))
    for path in ("/tally", "/votes/mine", "/rounds", "/comments"):
        assert code(await them.send("GET", path, them.members[0])) == (404, "not_found")
    assert code(await them.vote(0)) == (404, "not_found")
    assert await them.refused() == (404, "not_found")


async def test_asyncapi_waits_for_a_week(world: World) -> None:
    them = await committee(world, 40)
    await them.open()
    world.clock.pass_(days=3)
    await them.votes("for", *range(21))
    assert await them.result() is None
    world.clock.pass_(days=3, hours=23, minutes=59)
    await them.votes("against", 39)
    assert await them.result() is None
    world.clock.pass_(minutes=1)
    assert code(await them.vote(38, "against")) == (409, "vote_closed")
    assert await them.counts() == (21, 1, 0)
    assert await them.result() == "passed"
    assert await them.status() == ("accepted", None)


async def test_the_vote_that_passes_it_after_a_week_closes_it(world: World) -> None:
    them = await committee(world, 5)
    await them.open()
    await them.votes("for", 0, 1)
    world.clock.pass_(days=9)
    await them.votes("for", 2)
    assert await them.status() == ("accepted", None)
    assert code(await them.vote(3, "against")) == (409, "vote_closed")
    assert code(await them.vote(2, "against")) == (409, "vote_closed")
    (last,) = (await them.get("/rounds"))["items"]
    assert last["closed_at"] == "2026-03-12T12:00:00Z"
    assert (last["voters"], last["need"], last["votes_for"]) == (5, 3, 3)
    assert await them.told("vote.") == ["vote.opened", "vote.closed"]
    wanted = {"application.accepted", "ambassador.joined"}
    assert wanted <= set(await them.told())


async def test_fifteen_for_and_none_against_expire(world: World) -> None:
    them = await committee(world, 40)
    await them.open()
    await them.votes("for", *range(15))
    world.clock.pass_(days=28)
    assert await them.result() == "expired"
    assert await them.status() == ("expired", None)
    assert await them.told("application.") == ["application.expired"]
    # A manager may have it looked at again.
    assert (await them.open())["number"] == 2
    assert await them.status() == ("in_vote", None)


async def test_when_all_have_voted_it_is_declined(world: World) -> None:
    them = await committee(world, 3)
    await them.open()
    await them.votes("for", 0)
    await them.votes("abstain", 1, 2)
    world.clock.pass_(days=7)
    assert await them.result() is None
    world.clock.pass_(days=21)
    assert await them.result() == "declined"
    assert await them.status() == ("declined", None)
    (row,) = await world.rows("select outcome_by, decline_reason from applications")
    assert tuple(row) == ("vote", None)


async def test_what_cannot_pass_fails_early_where_the_policy_says_so(world: World) -> None:
    them = await committee(world, 3, ASYNCAPI | {"fail_early": True})
    await them.open()
    await them.votes("against", 0, 1)
    assert await them.result() is None
    world.clock.pass_(days=7)
    assert await them.result() == "declined"


@pytest.mark.parametrize(("choice", "asked"), [("for", "accepted"), ("against", "declined")])
async def test_a_manager_confirms_where_the_policy_says_so(
    world: World, choice: str, asked: str
) -> None:
    them = await committee(world, 3, ASYNCAPI | {"confirm": True})
    await them.open()
    await them.votes(choice, 0, 1, 2)
    world.clock.pass_(days=28)
    assert await them.result() == {"accepted": "passed", "declined": "declined"}[asked]
    assert await them.status() == ("in_vote", "confirmation")
    assert await them.told("application.") == ["application.decision_needed"]
    assert code(await them.vote(0)) == (409, "vote_closed")
    assert code(await them.cancel()) == (409, "vote_closed")
    assert await them.refused() == (409, "not_open_for_vote")


async def test_who_became_an_ambassador_meanwhile_is_for_a_manager(world: World) -> None:
    them = await committee(world, 3, apply=False)
    amara = await person(world, "Amara Okafor", "demo")
    await them.apply(amara)
    await them.open()
    await them.votes("for", 0, 1)
    world.clock.pass_(days=7)
    assert await them.result() == "passed"
    assert await them.status() == ("in_vote", "already_ambassador")
    assert "application.accepted" not in await them.told()


async def test_a_recusal_leaves_the_electorate_until_the_earliest_close(world: World) -> None:
    them = await committee(world, 40)
    await them.open()
    assert (await them.tally())["need"] == 21
    recused = await them.vote(0, "recused", "We share a flat.")
    assert recused.status_code == 200
    assert recused.json()["recusal"] == "declared"
    assert recused.json()["recusal_reason"] == "We share a flat."
    found = await them.tally()
    assert (found["voters"], found["recused"], found["need"]) == (39, 1, 20)
    # Who has voted may find out later; and may find that it was none.
    await them.votes("for", 1)
    assert (await them.vote(1, "recused")).json()["choice"] is None
    assert (await them.tally())["voters"] == 38
    assert (await them.vote(1, "against")).status_code == 200
    assert (await them.retract(0)).status_code == 204
    assert (await them.tally())["voters"] == 40
    assert (await them.vote(0, "recused")).status_code == 200
    world.clock.pass_(days=7)
    assert code(await them.vote(2, "recused")) == (409, "recusals_fixed")
    assert code(await them.vote(0, "for")) == (409, "recused")
    assert code(await them.retract(0)) == (409, "recused")
    assert (await them.tally())["voters"] == 39


async def test_only_a_recusal_has_a_reason(world: World) -> None:
    them = await committee(world, 3)
    await them.open()
    answer = await them.vote(0, "for", "Because.")
    assert code(answer) == (400, "invalid")
    assert answer.json()["errors"][0]["pointer"] == "/reason"


async def test_too_few_who_are_left_end_without_a_result(world: World) -> None:
    them = await committee(world, 3, ASYNCAPI | {"minimum_voters": 3})
    await them.open()
    await them.votes("for", 0, 1)
    assert (await them.vote(2, "recused")).status_code == 200
    assert (await them.tally())["words"][0] == "2 voters are left of the 3 that a result takes."
    world.clock.pass_(days=7)
    assert await them.result() == "expired"
    assert await them.status() == ("expired", None)


async def test_without_a_minimum_a_vote_closes_as_soon_as_it_has_passed(world: World) -> None:
    them = await committee(world, 3, {"percent": 51})
    await them.open()
    await them.votes("for", 0, 1)
    assert code(await them.vote(2)) == (409, "vote_closed")
    assert await them.status() == ("accepted", None)


async def test_whoever_touches_a_vote_settles_what_is_due(world: World) -> None:
    them = await committee(world, 3, apply=False)
    touches = {
        "tally": lambda: them.send("GET", "/tally"),
        "rounds": lambda: them.send("GET", "/rounds"),
        "mine": lambda: them.send("GET", "/votes/mine", them.members[0]),
        "vote": lambda: them.vote(0),
        "retract": lambda: them.retract(0),
        "cancel": them.cancel,
        "open": them.opening,
    }
    for name, touch in touches.items():
        await them.apply()
        await them.open()
        await them.votes("for", 0, 1, 2)
        world.clock.pass_(days=30)
        await touch()
        assert await them.status() == ("accepted", None), name


async def test_a_list_settles_every_vote_that_is_due(world: World) -> None:
    them = await committee(world, 3, apply=False)
    for choice in ("for", "against", "abstain"):
        await them.apply()
        await them.open()
        await them.votes(choice, 0, 1, 2)
    await them.apply()
    await them.open()
    world.clock.pass_(days=8)
    await rounds.settle(world.call(), "demo")
    rows = await world.rows("select status from applications order by id")
    assert [row["status"] for row in rows] == ["accepted", "in_vote", "in_vote", "in_vote"]
    world.clock.pass_(days=30)
    await rounds.settle(world.call(), "demo")
    await rounds.settle(world.call(), "demo")
    await rounds.settle(world.call(), "nowhere")
    rows = await world.rows("select status from applications order by id")
    assert [row["status"] for row in rows] == ["accepted", "declined", "declined", "expired"]
    assert (await them.told("vote.closed")) == ["vote.closed"] * 4
    rows = await world.rows(
        "select distinct actor_name from audit_entries where action = 'vote.closed'"
    )
    assert [row["actor_name"] for row in rows] == [WORKER.name]


async def test_an_idempotent_call_settles_without_its_key(world: World) -> None:
    them = await committee(world, 3, ASYNCAPI | {"maximum": "P7D"})
    await them.open()
    world.clock.pass_(days=8)
    answer = await them.opening(**{"Idempotency-Key": "again-and-again"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["number"] == 2


async def test_no_event_tells_who_voted_how(world: World) -> None:
    them = await committee(world, 3)
    await them.open()
    await them.votes("for", 0, 1)
    assert await them.told("vote.") == ["vote.opened"]
    world.clock.pass_(days=7)
    assert await them.result() == "passed"
    rows = await world.rows("select data from events where type = 'vote.closed'")
    assert rows[0]["data"] == {
        "application_id": them.application,
        "result": "passed",
        "closed_at": "2026-03-10T12:00:00Z",
    }
