"""The report on who of the committee takes part in its votes, by AsyncAPI's rule."""

from __future__ import annotations

from typing import Any

from tests.people import person
from tests.voting import ASYNCAPI, Committee, committee, member
from tests.world import Bearer, World

RULED: dict[str, Any] = ASYNCAPI | {
    "maximum": "P14D",
    "inactivity": {"missed": 2, "apart": "P3M"},
}


async def report(them: Committee, query: str = "") -> list[dict[str, Any]]:
    answer = await them.world.client.get(
        f"{them.base}/committee/participation{query}", headers=them.manager.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def of(them: Committee, who: Bearer) -> dict[str, Any]:
    (found,) = [one for one in await report(them) if one["account_id"] == str(who.account_id)]
    return found


def said(one: dict[str, Any]) -> list[str]:
    """What they did, newest first."""
    return [vote["participation"] for vote in one["votes"]]


async def vote(them: Committee, choices: dict[int, str]) -> None:
    """A whole vote: these members vote, and it closes."""
    await them.apply()
    await them.open()
    for number, choice in choices.items():
        await them.votes(choice, number)
    them.world.clock.pass_(days=14)


async def test_who_did_what(world: World) -> None:
    them = await committee(world, 5, RULED, apply=False)
    await vote(them, {0: "for", 1: "against", 2: "abstain", 3: "recused"})
    first = await report(them)
    by = {one["account_id"]: one for one in first}
    found = [by[str(one.account_id)] for one in them.members]
    assert [said(one) for one in found] == [
        ["for"],
        ["against"],
        ["abstain"],
        ["recused"],
        ["did_not_vote"],
    ]
    assert [one["missed"] for one in found] == [0, 0, 0, 0, 1]
    assert [one["inactive"] for one in found] == [False] * 5
    assert found[4] | {"votes": []} == {
        "account_id": str(them.members[4].account_id),
        "name": "Test account",
        "since": "2026-03-03T12:00:00Z",
        "missed": 1,
        "first_missed_on": "2026-03-17",
        "last_missed_on": "2026-03-17",
        "inactive": False,
        "votes": [],
    }
    (answer,) = found[0]["votes"]
    assert answer["application_id"] == them.application
    assert answer["closed_at"] == "2026-03-17T12:00:00Z"


async def test_two_missed_three_months_apart_make_somebody_inactive(world: World) -> None:
    them = await committee(world, 3, RULED, apply=False)
    await vote(them, {0: "for"})
    world.clock.pass_(days=30)
    await vote(them, {0: "for"})
    lazy = them.members[1]
    # Two in a row, but one and a half months apart.
    assert (await of(them, lazy))["inactive"] is False
    world.clock.pass_(days=50)
    await vote(them, {0: "for", 2: "against"})
    found = await of(them, lazy)
    assert (found["inactive"], found["missed"]) == (True, 3)
    assert (found["first_missed_on"], found["last_missed_on"]) == ("2026-03-17", "2026-07-03")
    assert (await of(them, them.members[2]))["inactive"] is False
    assert said(await of(them, them.members[2])) == ["against", "did_not_vote", "did_not_vote"]


async def test_votes_before_somebody_joined_are_not_missed(world: World) -> None:
    them = await committee(world, 2, RULED, apply=False)
    await vote(them, {0: "for"})
    late = await member(world)
    world.clock.pass_(days=100)
    await vote(them, {0: "for"})
    found = await of(them, late)
    assert said(found) == ["did_not_vote", "not_a_member"]
    assert (found["missed"], found["inactive"]) == (1, False)


async def test_open_and_cancelled_votes_are_nobodys(world: World) -> None:
    them = await committee(world, 2, RULED)
    await them.open()
    await them.cancel()
    await them.open()
    assert [said(one) for one in await report(them)] == [[], []]


async def test_with_another_account_it_is_the_same_person(world: World) -> None:
    them = await committee(world, 1, RULED, apply=False)
    bo = await person(world, "Bo Ling")
    one, two = [await member(world, person_id=bo) for _ in range(2)]
    await them.apply()
    await them.open()
    await them.vote(two, "against")
    world.clock.pass_(days=14)
    assert len(await report(them)) == 2
    assert said(await of(them, one)) == ["against"]


async def test_who_left_is_not_listed_and_without_a_rule_nobody_is_inactive(world: World) -> None:
    them = await committee(world, 3, ASYNCAPI, apply=False)
    await world.rows(
        "update role_assignments set valid_until = $1 where account_id = $2",
        world.now,
        them.members[0].account_id,
    )
    found = await report(them)
    assert [one["inactive"] for one in found] == [None, None]


async def test_the_report_comes_in_pages(world: World) -> None:
    them = await committee(world, 3, apply=False)
    url = f"{them.base}/committee/participation?limit=2"
    first = (await world.client.get(url, headers=them.manager.headers)).json()
    assert len(first["items"]) == 2
    rest = (
        await world.client.get(f"{url}&cursor={first['next']}", headers=them.manager.headers)
    ).json()
    found = [one["account_id"] for one in first["items"] + rest["items"]]
    assert found == sorted(str(one.account_id) for one in them.members)


async def test_it_is_for_those_who_read_applications(world: World) -> None:
    them = await committee(world, 1)
    url = f"{them.base}/committee/participation"
    member_sees = await world.client.get(url, headers=them.members[0].headers)
    assert member_sees.status_code == 200
    anybody = await world.token(None)
    assert (await world.client.get(url, headers=anybody.headers)).status_code == 403
    assert (await world.client.get(url)).status_code == 401
