"""The same key does the same thing once."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from tests.database import Databases
from tests.http.conftest import blocked, until
from tests.world import POLICY, Bearer, World


async def create(
    world: World, token: Bearer, key: str, slug: str = "demo", **policy: Any
) -> httpx.Response:
    return await world.client.post(
        "/v1/programs",
        json={"slug": slug, "policy": POLICY | policy},
        headers=token.headers | {"Idempotency-Key": key},
    )


async def slugs(world: World) -> list[str]:
    return [row["slug"] for row in await world.rows("select slug from programs order by slug")]


async def test_a_replay_answers_with_the_same_thing(world: World) -> None:
    token = await world.token()
    first = await create(world, token, "k")
    world.clock.pass_(hours=23)
    again = await create(world, token, "k")
    assert first.status_code == again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert await slugs(world) == ["demo"]
    assert len(await world.rows("select * from audit_entries")) == 1
    assert len(await world.rows("select * from events")) == 1


async def test_spelling_makes_no_other_request(world: World) -> None:
    token = await world.token()
    assert (await create(world, token, "k")).status_code == 201
    text = b'{ "policy": {"texts":{"name":"\\u0041"}},\n "slug" : "b"}'
    headers = token.headers | {"Content-Type": "application/json", "Idempotency-Key": "b"}
    first = await world.client.post("/v1/programs", content=text, headers=headers)
    again = await world.client.post(
        "/v1/programs",
        json={"slug": "b", "policy": {"texts": {"name": "A"}}},
        headers=token.headers | {"Idempotency-Key": '"b"'},  # quoted, as the draft says
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


async def test_twins_create_one_thing(world: World) -> None:
    token = await world.token()
    answers = await asyncio.gather(*(create(world, token, "k") for _ in range(5)))
    made = [answer for answer in answers if answer.status_code == 201]
    late = [answer for answer in answers if answer.status_code == 409]
    assert made
    assert len(made) + len(late) == 5
    assert {answer.json()["code"] for answer in late} <= {"idempotency_key_in_flight"}
    assert len({answer.json()["id"] for answer in made}) == 1
    assert await slugs(world) == ["demo"]


async def test_a_twin_of_a_running_request_is_told_so(
    world: World, databases: Databases, clone: str, owner: asyncpg.Connection
) -> None:
    token = await world.token()
    async with owner.transaction():
        await owner.execute("lock table audit_entries in access exclusive mode")
        running = asyncio.create_task(create(world, token, "k"))
        await until(lambda: bool(blocked(databases, clone)))
        twin = await create(world, token, "k")
        assert (twin.status_code, twin.json()["code"]) == (409, "idempotency_key_in_flight")
    assert (await running).status_code == 201
    assert (await create(world, token, "k")).status_code == 201


async def test_a_key_is_one_request_for_a_day(world: World) -> None:
    token = await world.token()
    await create(world, token, "k")
    for slug, policy in (("other", {}), ("demo", {"time_zone": "Europe/Lisbon"})):
        other = await create(world, token, "k", slug, **policy)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    world.clock.pass_(hours=24, seconds=1)
    assert (await create(world, token, "k", "other")).status_code == 201
    assert await slugs(world) == ["demo", "other"]
    assert len(await world.rows("select * from idempotency_keys")) == 1


async def test_a_key_is_its_accounts(world: World) -> None:
    first, second = await world.token(), await world.token()
    mine = await world.token(account_id=first.account_id)
    assert (await create(world, first, "k")).status_code == 201
    assert (await create(world, mine, "k")).status_code == 201  # another token, the same account
    assert (await create(world, second, "k", "other")).status_code == 201
    assert await slugs(world) == ["demo", "other"]


async def test_a_failure_leaves_the_key_free(world: World) -> None:
    token = await world.token()
    await world.program("taken")
    assert (await create(world, token, "k", time_zone="Nowhere/Land")).status_code == 400
    assert (await create(world, token, "k", "taken")).status_code == 409
    assert (await create(world, token, "k", "free")).status_code == 201
    assert await slugs(world) == ["free", "taken"]


async def test_what_is_cut_off_leaves_nothing(
    world: World, databases: Databases, clone: str, owner: asyncpg.Connection
) -> None:
    token = await world.token()
    async with owner.transaction():
        await owner.execute("lock table audit_entries in access exclusive mode")
        running = asyncio.create_task(create(world, token, "k"))
        await until(lambda: bool(blocked(databases, clone)))
        databases.execute(f"select pg_terminate_backend({blocked(databases, clone)[0]})")
        assert (await running).status_code == 503
    for table in ("programs", "policies", "events", "audit_entries", "idempotency_keys"):
        assert await world.rows(f"select * from {table}") == []
    assert (await create(world, token, "k")).status_code == 201


@pytest.mark.parametrize("key", ["", "a" * 256, "caf\u00e9", "a\tb"])
async def test_a_key_that_is_none_is_refused(world: World, key: str) -> None:
    token = await world.token()
    answer = await world.client.post(
        "/v1/programs",
        json={"slug": "demo", "policy": POLICY},
        headers=[*token.headers.items(), ("Idempotency-Key", key.encode("latin-1"))],
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"
    assert await slugs(world) == []
