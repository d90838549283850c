"""Tokens over HTTP."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from domain.rules import secrets
from domain.rules.access import Permission, Role
from tests.world import Bearer, World


async def make(world: World, by: Bearer, **body: Any) -> Any:
    return await world.client.post("/v1/tokens", json={"name": "CI"} | body, headers=by.headers)


async def works(world: World, secret: str) -> bool:
    answer = await world.client.get("/v1/me", headers={"Authorization": f"Bearer {secret}"})
    return answer.status_code == 200


async def test_made_shown_once_and_used(world: World) -> None:
    owner = await world.token()
    made = await make(world, owner)
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secrets.well_formed(secret, secrets.TOKEN)
    assert made.json()["hint"] == secret[:8]
    assert await works(world, secret)
    read = await world.client.get(made.headers["location"], headers=owner.headers)
    assert "secret" not in read.json()
    assert read.json()["last_used_at"] == "2026-03-03T12:00:00Z"
    listed = await world.client.get("/v1/tokens", headers=owner.headers)
    assert [item["name"] for item in listed.json()["items"]] == ["test", "CI"]
    assert secret not in listed.text


async def test_the_secret_is_nowhere_but_in_the_answer(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    owner = await world.token()
    with caplog.at_level(logging.DEBUG):
        made = await make(world, owner)
        secret = made.json()["secret"]
        rotated = await world.client.post(
            f"/v1/tokens/{made.json()['id']}/rotate", headers=owner.headers
        )
    for table in ("tokens", "audit_entries", "audit_values", "events", "idempotency_keys"):
        rows = await world.rows(f"select t::text as text from {table} t")
        for hidden in (secret, rotated.json()["secret"]):
            assert not any(hidden in row["text"] for row in rows)
            assert not any(hidden[8:] in row["text"] for row in rows)
    assert secret not in caplog.text
    digests = [row["digest"] for row in await world.rows("select digest from tokens")]
    assert secrets.digest(rotated.json()["secret"]) in digests


async def test_a_replay_answers_with_another_secret(world: World) -> None:
    owner = await world.token()
    keyed = owner.headers | {"Idempotency-Key": "once"}
    first = await world.client.post("/v1/tokens", json={"name": "CI"}, headers=keyed)
    again = await world.client.post("/v1/tokens", json={"name": "CI"}, headers=keyed)
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert not await works(world, first.json()["secret"])
    assert await works(world, again.json()["secret"])
    await world.client.delete(first.headers["location"], headers=owner.headers)
    dead = await world.client.post("/v1/tokens", json={"name": "CI"}, headers=keyed)
    assert (dead.status_code, dead.json()["code"]) == (409, "token_ended")


async def test_rotation_ends_the_secret_before(world: World) -> None:
    owner = await world.token()
    made = await make(world, owner)
    url = made.headers["location"]
    rotated = await world.client.post(
        f"{url}/rotate", headers=owner.headers | {"If-Match": made.headers["etag"]}
    )
    assert (rotated.status_code, rotated.json()["version"]) == (200, 2)
    assert not await works(world, made.json()["secret"])
    assert await works(world, rotated.json()["secret"])
    stale = await world.client.post(
        f"{url}/rotate", headers=owner.headers | {"If-Match": made.headers["etag"]}
    )
    assert stale.status_code == 412


async def test_a_token_can_rotate_and_revoke_itself(world: World) -> None:
    token = await world.token(None)
    url = f"/v1/tokens/{token.token_id}"
    rotated = await world.client.post(f"{url}/rotate", headers=token.headers)
    secret = rotated.json()["secret"]
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await world.client.delete(url, headers=headers)).status_code == 204
    assert not await works(world, secret)


async def test_revoked_twice_is_revoked_once(world: World) -> None:
    owner = await world.token()
    made = await make(world, owner)
    url = made.headers["location"]
    assert (await world.client.delete(url, headers=owner.headers)).status_code == 204
    assert not await works(world, made.json()["secret"])
    before = (await world.client.get(url, headers=owner.headers)).json()
    world.clock.pass_(minutes=5)
    assert (await world.client.delete(url, headers=owner.headers)).status_code == 204
    assert (await world.client.get(url, headers=owner.headers)).json() == before
    log = await world.client.get(f"/v1/audit?subject={before['id']}", headers=owner.headers)
    assert [e["action"] for e in log.json()["items"]] == ["token.revoked", "token.created"]
    refused = await world.client.post(f"{url}/rotate", headers=owner.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "token_ended")


async def test_a_token_ends_in_time(world: World) -> None:
    owner = await world.token()
    end = (world.now + timedelta(hours=1)).isoformat()
    made = await make(world, owner, expires_at=end)
    secret = made.json()["secret"]
    assert await works(world, secret)
    world.clock.pass_(hours=1)
    assert not await works(world, secret)
    past = await make(world, owner, expires_at=end)
    assert (past.status_code, past.json()["errors"][0]["pointer"]) == (400, "/expires_at")


async def limited(world: World) -> Bearer:
    await world.program("demo")
    await world.program("other")
    return await world.token(
        permissions=[Permission.TOKEN_MANAGE, Permission.EVENT_READ],
        programs=["demo"],
        expires_at=world.now + timedelta(days=1),
    )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"permissions": None}, "/permissions"),
        ({"permissions": ["account:manage"]}, "/permissions"),
        ({"permissions": ["event:read", "role:manage"]}, "/permissions"),
        ({"programs": None}, "/programs"),
        ({"programs": ["demo", "other"]}, "/programs"),
        ({"expires_at": None}, "/expires_at"),
        ({"expires_at": "2026-03-05T12:00:00Z"}, "/expires_at"),
    ],
)
async def test_a_token_makes_none_that_is_stronger(
    world: World, body: dict[str, Any], pointer: str
) -> None:
    refused = await make(world, await limited(world), **body)
    assert (refused.status_code, refused.json()["code"]) == (403, "exceeds_token")
    assert [fault["pointer"] for fault in refused.json()["errors"]] == [pointer]


async def test_what_is_not_said_is_taken_over(world: World) -> None:
    parent = await limited(world)
    made = (await make(world, parent)).json()
    assert made["permissions"] == ["event:read", "token:manage"]
    assert made["programs"] == ["demo"]
    assert made["expires_at"] == "2026-03-04T12:00:00Z"
    narrower = (await make(world, parent, permissions=["event:read"])).json()
    headers = {"Authorization": f"Bearer {narrower['secret']}"}
    assert (await world.client.get("/v1/events", headers=headers)).status_code == 200
    assert (await world.client.get("/v1/tokens", headers=headers)).status_code == 403


async def test_a_weak_token_gets_no_strong_secret(world: World) -> None:
    """Neither by rotating a stronger token of the account, nor by replaying its creation."""
    weak = await limited(world)
    strong = await world.token(account_id=weak.account_id)
    url = f"/v1/tokens/{strong.token_id}/rotate"
    refused = await world.client.post(url, headers=weak.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "exceeds_token")
    key = {"Idempotency-Key": "once"}
    await world.client.post("/v1/tokens", json={"name": "CI"}, headers=strong.headers | key)
    replayed = await world.client.post(
        "/v1/tokens", json={"name": "CI"}, headers=weak.headers | key
    )
    assert (replayed.status_code, replayed.json()["code"]) == (403, "exceeds_token")


async def test_other_accounts_tokens_are_for_who_manages_accounts(world: World) -> None:
    await world.program()
    owner, manager = await world.token(), await world.token(Role.MANAGER, "demo")
    stranger = await world.token(Role.MANAGER, "demo")
    url = f"/v1/tokens/{manager.token_id}"
    for method, path in (("GET", url), ("DELETE", url), ("POST", url + "/rotate")):
        answer = await world.client.request(method, path, headers=stranger.headers)
        assert answer.status_code == 404
    query = f"/v1/tokens?account={manager.account_id}"
    assert (await world.client.get(query, headers=stranger.headers)).status_code == 403
    theirs = {"account_id": str(manager.account_id)}
    assert (await make(world, stranger, **theirs)).status_code == 403

    assert len((await world.client.get(query, headers=owner.headers)).json()["items"]) == 1
    made = await make(world, owner, **theirs)
    assert made.json()["account_id"] == str(manager.account_id)
    assert made.json()["created_by"] == str(owner.account_id)
    me = await world.client.get(
        "/v1/me", headers={"Authorization": f"Bearer {made.json()['secret']}"}
    )
    assert [role["role"] for role in me.json()["roles"]] == ["manager"]
    assert (await world.client.delete(url, headers=owner.headers)).status_code == 204
    assert not await works(world, manager.secret)


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"programs": ["demo", "nowhere"]}, 409, "/programs/1"),
        ({"account_id": "019a0000-0000-7000-8000-000000000001"}, 409, "/account_id"),
        ({"permissions": ["everything:do"]}, 400, "/permissions/0"),
        ({"permissions": []}, 400, "/permissions"),
    ],
)
async def test_what_is_named_must_be_there(
    world: World, body: dict[str, Any], status: int, pointer: str
) -> None:
    await world.program()
    refused = await make(world, await world.token(), **body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (status, pointer)
