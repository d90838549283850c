"""Accounts over HTTP."""

from __future__ import annotations

from typing import Any

from domain.rules.access import Role
from tests.owners import meet
from tests.people import person
from tests.world import World

NEW: dict[str, Any] = {"kind": "integration", "name": "Event bot"}


async def test_create_read_list_and_rename(world: World) -> None:
    owner = (await world.token()).headers
    made = await world.client.post("/v1/accounts", json=NEW, headers=owner)
    assert made.status_code == 201
    url = made.headers["location"]
    assert (await world.client.get(url, headers=owner)).json() == made.json()
    listed = await world.client.get("/v1/accounts?kind=integration", headers=owner)
    assert listed.json()["items"] == [made.json()]
    renamed = await world.client.patch(url, json={"name": "Bot"}, headers=owner)
    assert (renamed.json()["name"], renamed.json()["version"]) == ("Bot", 2)
    again = await world.client.patch(url, json={"name": "Bot"}, headers=owner)
    assert again.json()["version"] == 2
    stale = await world.client.patch(
        url, json={"name": "X"}, headers=owner | {"If-Match": made.headers["etag"]}
    )
    assert stale.status_code == 412


async def test_the_same_key_creates_once(world: World) -> None:
    owner = (await world.token()).headers | {"Idempotency-Key": "once"}
    first = await world.client.post("/v1/accounts", json=NEW, headers=owner)
    again = await world.client.post("/v1/accounts", json=NEW, headers=owner)
    assert again.json() == first.json()


async def test_a_persons_account(world: World) -> None:
    owner = (await world.token()).headers
    whose = await person(world)
    body = {"kind": "person", "name": "Amara", "person_id": str(whose)}
    made = await world.client.post("/v1/accounts", json=body, headers=owner)
    assert made.json()["person_id"] == str(whose)
    listed = await world.client.get(f"/v1/accounts?person={whose}", headers=owner)
    assert len(listed.json()["items"]) == 1
    tool = await world.client.post(
        "/v1/accounts", json=body | {"kind": "integration"}, headers=owner
    )
    assert (tool.status_code, tool.json()["errors"][0]["pointer"]) == (400, "/person_id")
    unknown = await world.client.post(
        "/v1/accounts", json=body | {"person_id": made.json()["id"]}, headers=owner
    )
    assert (unknown.status_code, unknown.json()["code"]) == (409, "invalid_reference")
    assert unknown.json()["errors"][0]["pointer"] == "/person_id"


async def test_a_disabled_account_calls_no_more(world: World) -> None:
    await world.program()
    owner, reader = (await world.token()).headers, await world.token(Role.READER, "demo")
    url = f"/v1/accounts/{reader.account_id}"
    assert (await world.client.get("/v1/me", headers=reader.headers)).status_code == 200
    disabled = await world.client.patch(url, json={"disabled": True}, headers=owner)
    assert disabled.json()["disabled_at"] is not None
    assert (await world.client.get("/v1/me", headers=reader.headers)).status_code == 401
    again = await world.client.patch(url, json={"disabled": True}, headers=owner)
    assert again.json() == disabled.json()
    await world.client.patch(url, json={"disabled": False}, headers=owner)
    assert (await world.client.get("/v1/me", headers=reader.headers)).status_code == 200


async def test_two_owners_disable_each_other_at_once_and_one_stays(world: World) -> None:
    owners = [await world.token(), await world.token()]
    statuses = await meet(
        world,
        *(
            world.client.patch(
                f"/v1/accounts/{other.account_id}", json={"disabled": True}, headers=one.headers
            )
            for one, other in [owners, owners[::-1]]
        ),
    )
    assert statuses == [200, 409]
    enabled = "select count(*) as n from accounts where disabled_at is null"
    assert (await world.rows(enabled))[0]["n"] == 1


async def test_the_last_owner_cannot_be_disabled(world: World) -> None:
    owner = await world.token()
    url = f"/v1/accounts/{owner.account_id}"
    refused = await world.client.patch(url, json={"disabled": True}, headers=owner.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")


async def test_accounts_are_for_owners_and_not_for_their_narrow_tokens(world: World) -> None:
    await world.program()
    for bearer in (
        await world.token(Role.MANAGER, "demo"),
        await world.token(programs=["demo"]),
    ):
        answer = await world.client.post("/v1/accounts", json=NEW, headers=bearer.headers)
        assert answer.status_code == 403
        assert (await world.client.get("/v1/accounts", headers=bearer.headers)).status_code == 403
