"""The audit log over HTTP."""

from __future__ import annotations

from typing import Any

from domain.rules.access import Permission, Role
from tests.world import POLICY, World


async def entries(world: World, headers: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    answer = await world.client.get(f"/v1/audit{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_who_did_what_with_values_and_the_request(world: World) -> None:
    await world.program()
    manager = await world.token(Role.MANAGER, "demo")
    body = {"document": POLICY | {"time_zone": "Europe/Lisbon"}, "reason": "We moved."}
    put = await world.client.put("/v1/programs/demo/policy", json=body, headers=manager.headers)
    (entry,) = await entries(world, manager.headers, "?action=policy.changed")
    assert entry["request_id"] == put.headers["x-request-id"]
    assert entry["actor_id"] == str(manager.account_id)
    assert entry["token_id"] == str(manager.token_id)
    assert (entry["program"], entry["reason"]) == ("demo", "We moved.")
    assert entry["fields"] == ["time_zone"]
    assert entry["before"] == {}
    assert entry["after"] == {"time_zone": "Europe/Lisbon"}


async def test_each_program_and_the_instance_have_readers_of_their_own(world: World) -> None:
    await world.program("demo")
    await world.program("other")
    owner, reader = await world.token(), await world.token(Role.READER, "demo")
    await world.client.post(
        "/v1/accounts", json={"kind": "integration", "name": "Bot"}, headers=owner.headers
    )
    assert {entry["program"] for entry in await entries(world, reader.headers)} == {"demo"}
    everything = await entries(world, owner.headers)
    assert {entry["program"] for entry in everything} == {"demo", "other", None}
    assert everything[0]["action"] == "account.created"
    limited = await world.token(account_id=owner.account_id, programs=["other"])
    assert {entry["program"] for entry in await entries(world, limited.headers)} == {"other"}
    refused = await world.client.get("/v1/audit?program=other", headers=reader.headers)
    assert refused.status_code == 403
    without = await world.token(account_id=owner.account_id, permissions=[Permission.EVENT_READ])
    assert (await world.client.get("/v1/audit", headers=without.headers)).status_code == 403


async def test_filters(world: World) -> None:
    first = await world.program("demo")
    world.clock.pass_(hours=1)
    await world.program("other")
    owner = (await world.token()).headers

    async def seen(query: str) -> list[tuple[str, str]]:
        found = await entries(world, owner, query)
        return [(entry["program"], entry["action"]) for entry in found]

    assert await seen("") == [("other", "program.created"), ("demo", "program.created")]
    assert await seen("?program=demo") == [("demo", "program.created")]
    assert await seen("?program=nowhere") == []
    assert await seen(f"?subject={first.id}") == [("demo", "program.created")]
    assert await seen("?actor=00000000-0000-0000-0000-000000000001") == await seen("")
    assert await seen(f"?actor={first.id}") == []
    assert await seen("?action=role.assigned") == []
    assert await seen("?from=2026-03-03T13:00:00Z") == [("other", "program.created")]
    assert await seen("?until=2026-03-03T13:00:00Z") == [("demo", "program.created")]


async def test_pages_newest_first(world: World) -> None:
    owner = (await world.token()).headers
    for name in "abcde":
        await world.client.post(
            "/v1/accounts", json={"kind": "person", "name": name}, headers=owner
        )
    names: list[str] = []
    url: str | None = "/v1/audit?limit=2&action=account.created"
    while url:
        answer = await world.client.get(url, headers=owner)
        names += [entry["after"]["name"] for entry in answer.json()["items"]]
        url = answer.links["next"]["url"] if "next" in answer.links else None
    assert names == list("edcba")


async def test_an_erased_value_is_empty_and_the_entry_stays(world: World) -> None:
    owner = (await world.token()).headers
    await world.client.post("/v1/accounts", json={"kind": "person", "name": "Bo"}, headers=owner)
    await world.rows("update audit_values set before = '{}', after = '{}' returning entry_id")
    (entry,) = await entries(world, owner)
    assert (entry["before"], entry["after"]) == ({}, {})
    assert "name" in entry["fields"]
