"""Roles over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.rules.access import Permission, Role
from tests.owners import meet
from tests.world import Bearer, World


async def assign(
    world: World, by: Bearer, account_id: UUID, role: str, program: str | None, **rest: Any
) -> Any:
    body = {"account_id": str(account_id), "role": role} | rest
    if program:
        body["program"] = program
    return await world.client.post("/v1/roles", json=body, headers=by.headers)


async def may_read_roles(world: World, who: Bearer) -> bool:
    return (await world.client.get("/v1/roles?program=demo", headers=who.headers)).is_success


async def test_assign_read_and_end(world: World) -> None:
    await world.program()
    manager, nobody = await world.token(Role.MANAGER, "demo"), await world.token(None)
    assert not await may_read_roles(world, nobody)
    made = await assign(world, manager, nobody.account_id, "reader", "demo")
    assert made.status_code == 201
    assert made.json()["program"] == "demo"
    assert made.json()["assigned_by"] == str(manager.account_id)
    assert await may_read_roles(world, nobody)
    url = made.headers["location"]
    assert (await world.client.get(url, headers=nobody.headers)).json() == made.json()
    twice = await assign(world, manager, nobody.account_id, "reader", "demo")
    assert (twice.status_code, twice.json()["errors"][0]["pointer"]) == (409, "/role")

    world.clock.pass_(minutes=1)
    assert (await world.client.delete(url, headers=manager.headers)).status_code == 204
    assert not await may_read_roles(world, nobody)
    ended = (await world.client.get(url, headers=manager.headers)).json()
    assert (ended["valid_until"], ended["version"]) == ("2026-03-03T12:01:00Z", 2)
    assert (await world.client.delete(url, headers=manager.headers)).status_code == 204
    assert (await world.client.get(url, headers=manager.headers)).json() == ended
    stale = manager.headers | {"If-Match": made.headers["etag"]}
    assert (await world.client.delete(url, headers=stale)).status_code == 412


async def test_the_list_shows_what_the_caller_may_read(world: World) -> None:
    await world.program("demo")
    await world.program("other")
    owner = await world.token()
    here, there = await world.token(Role.READER, "demo"), await world.token(Role.READER, "other")

    async def listed(who: Bearer, query: str = "") -> set[tuple[str, str]]:
        answer = await world.client.get(f"/v1/roles{query}", headers=who.headers)
        return {(item["account_id"], item["role"]) for item in answer.json()["items"]}

    assert await listed(here) == {(str(here.account_id), "reader")}
    everybody = {(str(who.account_id), "reader") for who in (here, there)}
    assert await listed(owner) == everybody | {(str(owner.account_id), "owner")}
    assert await listed(owner, "?program=other") == {(str(there.account_id), "reader")}
    assert await listed(owner, f"?account={here.account_id}") == {(str(here.account_id), "reader")}
    assert await listed(owner, "?role=owner") == {(str(owner.account_id), "owner")}
    refused = await world.client.get("/v1/roles?program=other", headers=here.headers)
    assert refused.status_code == 403
    assert await listed(owner, "?program=nowhere") == set()
    (mine,) = await world.rows(
        "select id from role_assignments where account_id = $1", there.account_id
    )
    hidden = await world.client.get(f"/v1/roles/{mine['id']}", headers=here.headers)
    assert hidden.status_code == 404


async def test_an_ended_role_is_listed_on_request(world: World) -> None:
    await world.program()
    owner, nobody = await world.token(), await world.token(None)
    made = await assign(world, owner, nobody.account_id, "reader", "demo")
    await world.client.delete(made.headers["location"], headers=owner.headers)
    now = await world.client.get("/v1/roles?program=demo", headers=owner.headers)
    assert now.json()["items"] == []
    ever = await world.client.get("/v1/roles?program=demo&ended=true", headers=owner.headers)
    assert [item["id"] for item in ever.json()["items"]] == [made.json()["id"]]


async def test_nobody_gives_or_takes_more_than_they_hold(world: World) -> None:
    await world.program("demo")
    await world.program("other")
    manager, reader = await world.token(Role.MANAGER, "demo"), await world.token(None)
    owner = await world.token()
    assert (await assign(world, manager, reader.account_id, "owner", None)).status_code == 403
    assert (await assign(world, manager, reader.account_id, "reader", "other")).status_code == 403
    assert (await assign(world, manager, manager.account_id, "owner", None)).status_code == 403
    narrow = await world.token(
        account_id=manager.account_id, permissions=[Permission.ROLE_MANAGE, Permission.ROLE_READ]
    )
    assert (await assign(world, narrow, reader.account_id, "manager", "demo")).status_code == 403
    one_program = await world.token(account_id=owner.account_id, programs=["demo"])
    assert (await assign(world, one_program, reader.account_id, "owner", None)).status_code == 403
    made = await assign(world, owner, reader.account_id, "manager", "demo")
    kept = await world.client.delete(made.headers["location"], headers=narrow.headers)
    assert kept.status_code == 403
    elsewhere = await world.token(Role.MANAGER, "other")
    unseen = await world.client.delete(made.headers["location"], headers=elsewhere.headers)
    assert unseen.status_code == 404


async def test_the_owner_has_no_program_and_all_others_have_one(world: World) -> None:
    await world.program()
    owner, nobody = await world.token(), await world.token(None)
    for role, program in (("owner", "demo"), ("manager", None)):
        refused = await assign(world, owner, nobody.account_id, role, program)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/program")
    assert (await assign(world, owner, nobody.account_id, "owner", None)).status_code == 201


async def test_what_is_named_must_be_there(world: World) -> None:
    program = await world.program()
    owner, nobody = await world.token(), await world.token(None)
    unknown = await assign(world, owner, program.id, "reader", "demo")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (409, "/account_id")
    nowhere = await assign(world, owner, nobody.account_id, "reader", "nowhere")
    assert (nowhere.status_code, nowhere.json()["errors"][0]["pointer"]) == (409, "/program")
    await world.client.patch(
        "/v1/programs/demo", json={"status": "archived"}, headers=owner.headers
    )
    closed = await assign(world, owner, nobody.account_id, "reader", "demo")
    assert (closed.status_code, closed.json()["code"]) == (409, "program_archived")


async def test_a_dated_role_holds_between_its_dates(world: World) -> None:
    await world.program()
    owner, nobody = await world.token(), await world.token(None)
    start, end = world.now + timedelta(days=1), world.now + timedelta(days=2)
    made = await assign(
        world,
        owner,
        nobody.account_id,
        "reader",
        "demo",
        valid_from=start.isoformat(),
        valid_until=end.isoformat(),
    )
    assert made.status_code == 201
    held: list[bool] = []
    for _ in range(3):
        held.append(await may_read_roles(world, nobody))
        world.clock.pass_(days=1)
    assert held == [False, True, False]


async def test_a_role_that_has_not_begun_can_be_ended_and_never_holds(world: World) -> None:
    await world.program()
    owner, nobody = await world.token(), await world.token(None)
    start = world.now + timedelta(days=1)
    made = await assign(
        world, owner, nobody.account_id, "reader", "demo", valid_from=start.isoformat()
    )
    url = made.headers["location"]
    assert (await world.client.delete(url, headers=owner.headers)).status_code == 204
    assert (await world.client.delete(url, headers=owner.headers)).status_code == 204
    world.clock.pass_(days=1)
    assert not await may_read_roles(world, nobody)


@pytest.mark.parametrize(("field", "days"), [("valid_from", -1), ("valid_until", -1)])
async def test_a_role_cannot_have_been_held(world: World, field: str, days: int) -> None:
    await world.program()
    owner, nobody = await world.token(), await world.token(None)
    when = {field: (world.now + timedelta(days=days)).isoformat()}
    refused = await assign(world, owner, nobody.account_id, "reader", "demo", **when)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, f"/{field}")


async def role_of(world: World, who: Bearer) -> str:
    (row,) = await world.rows(
        "select id from role_assignments where account_id = $1", who.account_id
    )
    return f"/v1/roles/{row['id']}"


async def test_two_owners_end_each_other_at_once_and_one_stays(world: World) -> None:
    owners = [await world.token(), await world.token()]
    roles = [await role_of(world, owner) for owner in owners]
    statuses = await meet(
        world,
        world.client.delete(roles[1], headers=owners[0].headers),
        world.client.delete(roles[0], headers=owners[1].headers),
    )
    assert statuses == [204, 409]
    left = "select count(*) as n from role_assignments where valid_until is null"
    assert (await world.rows(left))[0]["n"] == 1


async def test_the_last_owner_stays(world: World) -> None:
    owner, nobody = await world.token(), await world.token(None)
    alone = await world.client.delete(await role_of(world, owner), headers=owner.headers)
    assert (alone.status_code, alone.json()["code"]) == (409, "last_owner")
    until = (world.now + timedelta(days=1)).isoformat()
    await assign(world, owner, nobody.account_id, "owner", None, valid_until=until)
    passing = await world.client.delete(await role_of(world, owner), headers=owner.headers)
    assert passing.status_code == 409


async def test_the_same_key_assigns_once(world: World) -> None:
    await world.program()
    owner, nobody = await world.token(), await world.token(None)
    body = {"account_id": str(nobody.account_id), "role": "reader", "program": "demo"}
    headers = owner.headers | {"Idempotency-Key": "once"}
    first = await world.client.post("/v1/roles", json=body, headers=headers)
    again = await world.client.post("/v1/roles", json=body, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())


async def test_it_is_recorded_and_announced(world: World) -> None:
    await world.program()
    owner, nobody = await world.token(), await world.token(None)
    made = await assign(world, owner, nobody.account_id, "reader", "demo")
    await world.client.delete(made.headers["location"], headers=owner.headers)
    log = await world.client.get(f"/v1/audit?subject={made.json()['id']}", headers=owner.headers)
    assert [entry["action"] for entry in log.json()["items"]] == ["role.ended", "role.assigned"]
    told = await world.rows(
        "select type, data from events where subject_id = $1 order by seq", UUID(made.json()["id"])
    )
    assert [row["type"] for row in told] == ["role.assigned", "role.ended"]
    assert told[0]["data"] == {"account_id": str(nobody.account_id), "role": "reader"}
