"""Programs and policies over HTTP."""

from __future__ import annotations

import asyncio

from domain.rules.access import Role
from tests.world import POLICY, World


async def test_create_read_and_list(world: World) -> None:
    owner = await world.token()
    body = {"slug": "invented", "policy": POLICY}
    made = await world.client.post("/v1/programs", json=body, headers=owner.headers)
    assert made.status_code == 201
    assert made.headers["location"] == "/v1/programs/invented"
    assert made.json()["name"] == "Invented Ambassadors"
    read = await world.client.get(made.headers["location"])
    assert read.json() == made.json()
    listed = await world.client.get("/v1/programs")
    assert [item["slug"] for item in listed.json()["items"]] == ["invented"]


async def test_a_slug_is_taken_once_however_many_ask(world: World) -> None:
    owner = await world.token()
    body = {"slug": "invented", "policy": POLICY}
    answers = await asyncio.gather(
        *(world.client.post("/v1/programs", json=body, headers=owner.headers) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    refused = next(a for a in answers if a.status_code == 409)
    assert refused.json()["code"] == "already_exists"
    assert refused.json()["errors"][0]["pointer"] == "/slug"


async def test_the_same_key_creates_once(world: World) -> None:
    owner = await world.token()
    headers = owner.headers | {"Idempotency-Key": "k1"}
    body = {"slug": "invented", "policy": POLICY}
    first = await world.client.post("/v1/programs", json=body, headers=headers)
    again = await world.client.post("/v1/programs", json=body, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await world.client.post("/v1/programs", json=body | {"slug": "other"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_parents_change_reaches_the_child_or_is_refused_naming_it(world: World) -> None:
    await world.program("main")
    await world.program(
        "students", parent="main", policy={"texts": {"name": "Students"}, "groups": {"board": None}}
    )
    owner = await world.token()
    url = "/v1/programs/main/policy"
    changed = POLICY | {"admission": {"mode": "committee"}}
    put = await world.client.put(
        url,
        json={"document": changed, "reason": "We vote now."},
        headers=owner.headers | {"If-Match": '"1.x"'},
    )
    assert put.status_code == 200
    child = (await world.client.get("/v1/programs/students/policy")).json()
    assert child["version"] == 2
    assert child["parent_version"] == 2
    assert child["effective"]["admission"] == {"mode": "committee"}
    assert "board" not in child["effective"]["groups"]
    assert child["document"]["texts"] == {"name": "Students"}

    nameless = {"document": changed | {"time_zone": "Nowhere/Land"}, "reason": "A typing error."}
    refused = await world.client.put(url, json=nameless, headers=owner.headers)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/time_zone"


async def test_a_stale_policy_is_not_overwritten(world: World) -> None:
    await world.program("main")
    manager = await world.token(Role.MANAGER, "main")
    body = {"document": POLICY | {"time_zone": "Europe/Lisbon"}, "reason": "We moved."}
    url = "/v1/programs/main/policy"
    stale = manager.headers | {"If-Match": '"7.abc"'}
    assert (await world.client.put(url, json=body, headers=stale)).status_code == 412
    fresh = manager.headers | {"If-Match": (await world.client.get(url)).headers["etag"]}
    assert (await world.client.put(url, json=body, headers=fresh)).status_code == 200
    difference = await world.client.get("/v1/programs/main/policy/diff?old=1&new=2")
    assert difference.json()["changes"] == [
        {"pointer": "/time_zone", "change": "added", "before": None, "after": "Europe/Lisbon"}
    ]


async def test_a_program_cannot_derive_from_itself(world: World) -> None:
    await world.program("main")
    await world.program("students", parent="main", policy={})
    owner = await world.token()
    moved = await world.client.patch(
        "/v1/programs/main", json={"parent": "students"}, headers=owner.headers
    )
    assert moved.status_code == 409
