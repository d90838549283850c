"""What was decided when a vote was opened stays, whatever becomes of the policy meanwhile."""

from __future__ import annotations

from typing import Any

from domain.rules.access import Role
from tests.voting import ASYNCAPI, code, committee, member, policy
from tests.world import POLICY, World


async def put_policy(world: World, slug: str, document: dict[str, Any]) -> None:
    answer = await world.client.put(
        f"/v1/programs/{slug}/policy",
        json={"document": document, "reason": "A test."},
        headers=(await world.token()).headers,
    )
    assert answer.status_code == 200, answer.text


async def test_only_a_committee_votes(world: World) -> None:
    them = await committee(world, 3)
    await put_policy(world, "demo", POLICY)
    assert await them.refused() == (409, "not_by_vote")


async def test_another_policy_changes_no_open_vote(world: World) -> None:
    them = await committee(world, 5)
    opened = await them.open()
    easy = {"percent": 1, "maximum": "P1D", "confirm": True}
    await put_policy(world, "demo", policy(easy))
    world.clock.pass_(days=2)
    await them.votes("for", 0, 1)
    found = await them.tally()
    assert (found["need"], found["result"], found["policy_version"]) == (3, None, 1)
    assert found["latest_close"] == opened["latest_close"]
    world.clock.pass_(days=6)
    await them.votes("for", 2)
    assert await them.result() == "passed"
    # Nobody has to confirm, for nobody had to when it was opened.
    assert (await them.status())[0] == "accepted"
    assert (await them.get("/rounds"))["items"][0]["policy_version"] == 1


async def test_a_policy_without_votes_lets_an_open_vote_end(world: World) -> None:
    them = await committee(world, 3)
    await them.open()
    await them.votes("against", 0, 1, 2)
    await put_policy(world, "demo", POLICY)
    world.clock.pass_(days=28)
    assert await them.result() == "declined"
    assert (await them.status())[0] == "declined"


async def test_a_parents_change_changes_no_open_vote(world: World) -> None:
    await world.program("parent", policy=policy(ASYNCAPI))
    await world.program("child", parent="parent", policy={"texts": {"name": "Child"}})
    them = await committee(world, 0, program="other")
    them.program = "child"
    them.manager = await world.token(Role.MANAGER, "child")
    them.members = [await member(world, "child") for _ in range(5)]
    await them.apply()
    opened = await them.open()
    assert (opened["policy_version"], opened["percent"]) == (1, 51)
    await put_policy(world, "parent", policy({"percent": 1, "maximum": "P1D"}))
    (row,) = await world.rows("select policy_version from programs where slug = 'child'")
    assert row["policy_version"] == 2
    world.clock.pass_(days=8)
    await them.votes("for", 0, 1)
    assert (await them.tally())["need"] == 3
    assert await them.result() is None
    await them.votes("for", 2)
    assert await them.result() == "passed"
    await them.apply()
    assert (await them.open())["policy_version"] == 2


async def test_an_archived_programs_vote_waits(world: World) -> None:
    them = await committee(world, 3)
    await them.open()
    await them.votes("for", 0, 1)
    owner = await world.token()
    path = f"{them.base}"
    for status, result in (("archived", None), ("active", "passed")):
        answer = await world.client.patch(path, json={"status": status}, headers=owner.headers)
        assert answer.status_code == 200, answer.text
        world.clock.pass_(days=8)
        assert await them.result() == result
        if status == "archived":
            assert code(await them.vote(2)) == (409, "program_archived")
    (last,) = (await them.get("/rounds"))["items"]
    # It was due when a week was over, and nobody voted since.
    assert last["closed_at"] == "2026-03-10T12:00:00Z"
