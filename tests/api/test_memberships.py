"""Groups and roles inside a program over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from domain import ambassadors, people
from domain.ambassadors import Draft
from domain.rules.access import Role
from tests.world import POLICY, Bearer, World

DIRECTORY = "/v1/programs/demo/ambassadors"
URL = DIRECTORY + "/amara/memberships"


async def amara(world: World) -> Bearer:
    """A program with one ambassador, and a manager's token."""
    await world.program()
    person = people.Changes(name="Amara Okafor")
    await ambassadors.create(world.call(), "demo", Draft("amara", person))
    return await world.token(Role.MANAGER, "demo")


async def add(
    world: World, staff: Bearer, kind: str = "group", code: str = "tsc", **days: Any
) -> httpx.Response:
    body = {"kind": kind, "code": code} | days
    return await world.client.post(URL, json=body, headers=staff.headers)


async def shown(world: World) -> tuple[list[str], list[str]]:
    body = (await world.client.get(DIRECTORY + "/amara")).json()
    return body["groups"], body["roles"]


async def handles(world: World, query: str, headers: dict[str, str] | None = None) -> list[str]:
    body = (await world.client.get(DIRECTORY + query, headers=headers or {})).json()
    return [item["handle"] for item in body["items"]]


async def test_a_membership_is_read_where_it_was_made(world: World) -> None:
    staff = await amara(world)
    made = await add(world, staff)
    assert made.status_code == 201
    body = made.json()
    assert (body["valid_from"], body["valid_until"], body["version"]) == ("2026-03-03", None, 2)
    assert (await world.client.get(made.headers["location"])).json() == body
    assert (await world.client.get(URL)).json()["items"] == [body]
    await add(world, staff, "role", "team_lead", valid_from=None)
    assert await shown(world) == (["tsc"], ["team_lead"])
    assert (await world.client.get(DIRECTORY + "/amara")).json()["version"] == 3
    assert await handles(world, "?group=tsc&role=team_lead") == ["amara"]
    assert await handles(world, "?group=board") == []
    told = await world.rows("select type, data from events where type like 'membership.%'")
    assert [row["type"] for row in told] == ["membership.added"] * 2
    assert told[0]["data"].keys() == {"ambassador_id", "kind", "code"}


async def test_only_what_the_policy_has(world: World) -> None:
    staff = await amara(world)
    for kind, code in (("group", "team_lead"), ("role", "tsc"), ("group", "nothing")):
        refused = await add(world, staff, kind, code)
        assert (refused.status_code, refused.json()["code"]) == (409, "invalid_reference")
        assert refused.json()["errors"][0]["pointer"] == "/code"
    backwards = await add(world, staff, valid_from="2026-02-02", valid_until="2026-02-01")
    assert (backwards.status_code, backwards.json()["errors"][0]["pointer"]) == (
        400,
        "/valid_until",
    )


async def test_days_of_the_same_group_do_not_overlap(world: World) -> None:
    staff = await amara(world)
    first = await add(world, staff, valid_from="2024-01-01", valid_until="2024-12-31")
    for days in (
        {"valid_from": "2024-12-31"},
        {"valid_from": None, "valid_until": "2024-01-01"},
        {"valid_from": None},
    ):
        refused = await add(world, staff, **days)
        assert (refused.status_code, refused.json()["code"]) == (409, "membership_overlaps")
    assert (await add(world, staff, valid_from="2025-01-01")).status_code == 201
    assert (await add(world, staff, code="board", valid_from="2024-06-01")).status_code == 201
    one = f"{URL}/{first.json()['id']}"
    longer = await world.client.patch(
        one, json={"valid_until": "2025-01-01"}, headers=staff.headers
    )
    assert longer.status_code == 409
    shorter = await world.client.patch(
        one, json={"valid_until": "2024-06-30"}, headers=staff.headers
    )
    assert (shorter.status_code, shorter.json()["valid_until"]) == (200, "2024-06-30")


async def test_one_of_two_who_add_the_same(world: World) -> None:
    staff = await amara(world)
    answers = await asyncio.gather(*(add(world, staff) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_only_todays_are_in_the_directory(world: World) -> None:
    staff = await amara(world)
    await add(world, staff, valid_from="2026-03-04")
    await add(world, staff, code="board", valid_until="2026-03-03", valid_from=None)
    assert await shown(world) == (["board"], [])
    assert await handles(world, "?group=tsc") == []
    world.clock.pass_(days=1)
    assert await shown(world) == (["tsc"], [])
    assert await handles(world, "?group=tsc") == ["amara"]
    assert await handles(world, "?group=board") == []


async def test_an_ended_membership_was_one_until_yesterday(world: World) -> None:
    staff = await amara(world)
    made = await add(world, staff, valid_from="2025-01-01")
    one = made.headers["location"]
    stale = staff.headers | {"If-Match": '"1.x"'}
    assert (await world.client.delete(one, headers=stale)).status_code == 412
    fresh = staff.headers | {"If-Match": made.headers["etag"]}
    assert (await world.client.delete(one, headers=fresh)).status_code == 204
    assert await shown(world) == ([], [])
    assert (await world.client.get(one)).json()["valid_until"] == "2026-03-02"
    world.clock.pass_(days=5)
    assert (await world.client.delete(one, headers=staff.headers)).status_code == 204
    assert (await world.client.get(one)).json()["valid_until"] == "2026-03-02"
    told = await world.rows("select from events where type = 'membership.ended'")
    assert len(told) == 1


async def test_one_that_has_not_begun_is_taken_away(world: World) -> None:
    staff = await amara(world)
    one = (await add(world, staff)).headers["location"]
    assert (await world.client.delete(one, headers=staff.headers)).status_code == 204
    assert (await world.client.get(one)).status_code == 404
    assert (await world.client.delete(one, headers=staff.headers)).status_code == 404


async def test_hidden_groups_are_the_staffs(world: World) -> None:
    staff = await amara(world)
    group = (await add(world, staff)).headers["location"]
    role = (await add(world, staff, "role", "team_lead")).headers["location"]
    await world.client.patch(
        DIRECTORY + "/amara", json={"hidden_fields": ["groups"]}, headers=staff.headers
    )
    assert await shown(world) == ([], ["team_lead"])
    assert (await world.client.get(group)).status_code == 404
    assert (await world.client.get(role)).status_code == 200
    listed = (await world.client.get(URL)).json()["items"]
    assert [item["kind"] for item in listed] == ["role"]
    assert await handles(world, "?group=tsc") == []
    assert await handles(world, "?group=tsc", staff.headers) == ["amara"]
    assert (await world.client.get(group, headers=staff.headers)).status_code == 200


async def test_a_membership_is_its_ambassadors(world: World) -> None:
    staff = await amara(world)
    one = (await add(world, staff)).json()["id"]
    person = people.Changes(name="Bao Tran")
    await ambassadors.create(world.call(), "demo", Draft("bao", person))
    for method in ("GET", "DELETE"):
        answer = await world.client.request(
            method, f"{DIRECTORY}/bao/memberships/{one}", headers=staff.headers
        )
        assert answer.status_code == 404


async def test_the_list_is_walked(world: World) -> None:
    staff = await amara(world)
    for year in (2021, 2022, 2023):
        await add(world, staff, valid_from=f"{year}-01-01", valid_until=f"{year}-12-31")
    first = await world.client.get(URL + "?limit=2")
    second = await world.client.get(first.links["next"]["url"])
    days = [item["valid_from"] for item in first.json()["items"] + second.json()["items"]]
    assert days == ["2021-01-01", "2022-01-01", "2023-01-01"]
    assert second.json()["next"] is None


async def test_a_group_that_the_policy_dropped_stays_on_record(world: World) -> None:
    staff = await amara(world)
    made = await add(world, staff, valid_from="2025-01-01")
    answer = await world.client.put(
        "/v1/programs/demo/policy",
        json={"document": POLICY | {"groups": {}}, "reason": "Dissolved."},
        headers=staff.headers,
    )
    assert answer.status_code == 200
    ended = await world.client.delete(made.headers["location"], headers=staff.headers)
    assert ended.status_code == 204
