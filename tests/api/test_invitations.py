"""Invitations over HTTP."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from domain.rules import secrets
from domain.rules.access import Permission, Role
from tests.people import person
from tests.world import Bearer, World

URL = "/v1/programs/demo/invitations"


async def invite(world: World, by: Bearer, **body: Any) -> httpx.Response:
    return await world.client.post(URL, json={"name": "For Bo"} | body, headers=by.headers)


async def redeem(world: World, secret: str, *, key: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {secret}"} | ({"Idempotency-Key": key} if key else {})
    return await world.client.post(
        "/v1/invitations/redemption", json={"name": "Bo Ling"}, headers=headers
    )


async def me(world: World, redeemed: httpx.Response) -> httpx.Response:
    secret = redeemed.json()["token"]["secret"]
    return await world.client.get("/v1/me", headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
async def manager(world: World) -> Bearer:
    """A manager of the program `demo`."""
    await world.program()
    return await world.token(Role.MANAGER, "demo")


async def test_from_the_invitation_to_the_account(world: World, manager: Bearer) -> None:
    whose = await person(world, "Bo Ling", "demo")
    made = await invite(world, manager, role="reader", person_id=str(whose))
    assert made.status_code == 201
    invitation = made.json()
    secret = invitation.pop("secret")
    assert secrets.well_formed(secret, secrets.INVITATION)
    assert (invitation["state"], invitation["expires_at"]) == ("open", "2026-03-17T12:00:00Z")
    read = await world.client.get(made.headers["location"], headers=manager.headers)
    assert read.json() == invitation

    redeemed = await redeem(world, secret)
    assert redeemed.status_code == 201
    caller = (await me(world, redeemed)).json()
    assert caller["account"] == redeemed.json()["account"]
    assert caller["account"]["person_id"] == str(whose)
    assert (caller["account"]["name"], caller["account"]["kind"]) == ("Bo Ling", "person")
    assert caller["roles"] == [{"role": "reader", "program": "demo"}]
    read = (await world.client.get(made.headers["location"], headers=manager.headers)).json()
    assert (read["state"], read["redeemed_by"]) == ("redeemed", caller["account"]["id"])
    refused = await world.client.delete(made.headers["location"], headers=manager.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "invitation_redeemed")


async def test_of_ten_at_once_one_gets_in(world: World, manager: Bearer) -> None:
    secret = (await invite(world, manager, role="reader")).json()["secret"]
    answers = await asyncio.gather(*(redeem(world, secret) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [401] * 9
    accounts = await world.rows("select id from accounts where name = 'Bo Ling'")
    assert len(accounts) == 1
    assert len(await world.rows("select id from tokens")) == 2


async def test_a_replay_answers_with_another_secret(world: World, manager: Bearer) -> None:
    secret = (await invite(world, manager, role="reader")).json()["secret"]
    first = await redeem(world, secret, key="mine")
    again = await redeem(world, secret, key="mine")
    assert (again.status_code, again.json()["account"]) == (201, first.json()["account"])
    assert (await me(world, first)).status_code == 401
    assert (await me(world, again)).status_code == 200
    assert (await redeem(world, secret, key="other")).status_code == 401
    assert (await redeem(world, secret)).status_code == 401
    token = again.json()["token"]
    await world.client.delete(
        f"/v1/tokens/{token['id']}", headers={"Authorization": f"Bearer {token['secret']}"}
    )
    assert (await redeem(world, secret, key="mine")).status_code == 401


async def test_the_issue_of_an_invitation_is_replayed_with_another_secret(
    world: World, manager: Bearer
) -> None:
    keyed = manager.headers | {"Idempotency-Key": "once"}
    body = {"name": "For Bo", "role": "reader"}
    first = await world.client.post(URL, json=body, headers=keyed)
    again = await world.client.post(URL, json=body, headers=keyed)
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert (await redeem(world, first.json()["secret"])).status_code == 401
    assert (await redeem(world, again.json()["secret"])).status_code == 201
    late = await world.client.post(URL, json=body, headers=keyed)
    assert late.status_code == 409


async def test_nobody_learns_why_a_secret_is_not_good(world: World, manager: Bearer) -> None:
    used, revoked, expired = [
        (await invite(world, manager, role="reader")).json() for _ in range(3)
    ]
    await redeem(world, used["secret"])
    url = f"{URL}/{revoked['id']}"
    assert (await world.client.delete(url, headers=manager.headers)).status_code == 204
    assert (await world.client.delete(url, headers=manager.headers)).status_code == 204
    unknown = secrets.mint(secrets.INVITATION, bytes(24))
    answers = [
        await redeem(world, secret)
        for secret in (used["secret"], revoked["secret"], unknown, "chi_x", manager.secret)
    ]
    world.clock.pass_(days=14)
    answers.append(await redeem(world, expired["secret"]))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert all("invalid_token" in answer.headers["www-authenticate"] for answer in answers)
    states = await world.client.get(URL, headers=manager.headers)
    assert [i["state"] for i in states.json()["items"]] == ["redeemed", "revoked", "expired"]
    open_ = await world.client.get(f"{URL}?state=open", headers=manager.headers)
    assert open_.json()["items"] == []


async def test_an_invitation_is_no_token_and_no_token_is_an_invitation(
    world: World, manager: Bearer
) -> None:
    secret = (await invite(world, manager, role="reader")).json()["secret"]
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await world.client.get("/v1/me", headers=headers)).status_code == 401
    nobody = await world.client.post("/v1/invitations/redemption", json={"name": "Bo"})
    assert nobody.status_code == 401


async def test_nobody_invites_to_more_than_they_hold(world: World, manager: Bearer) -> None:
    narrow = await world.token(
        account_id=manager.account_id,
        permissions=[Permission.INVITATION_MANAGE, Permission.ROLE_MANAGE],
    )
    assert (await invite(world, narrow, role="reader")).status_code == 403
    elsewhere = await world.program("other")
    assert elsewhere.slug == "other"
    other = await world.token(Role.MANAGER, "other")
    assert (await invite(world, other, role="reader")).status_code == 403
    key = {"Idempotency-Key": "once"}
    body = {"name": "For Bo", "role": "manager"}
    await world.client.post(URL, json=body, headers=manager.headers | key)
    replayed = await world.client.post(URL, json=body, headers=narrow.headers | key)
    assert replayed.status_code == 403


async def test_a_person_of_another_program_cannot_be_taken_over(
    world: World, manager: Bearer
) -> None:
    await world.program("other")
    stranger = await person(world, "Amara Okafor", "other")
    refused = await invite(world, manager, person_id=str(stranger))
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_reference")
    assert refused.json()["errors"][0]["pointer"] == "/person_id"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/role"),
        ({"role": "owner"}, "/role"),
        ({"role": "reader", "expires_at": "2026-03-03T11:59:59Z"}, "/expires_at"),
        ({"role": "reader", "expires_at": "2026-06-01T12:00:01Z"}, "/expires_at"),
    ],
)
async def test_what_cannot_be(
    world: World, manager: Bearer, body: dict[str, Any], pointer: str
) -> None:
    refused = await invite(world, manager, **body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
    assert await world.rows("select id from invitations") == []


async def test_ninety_days_are_the_most(world: World, manager: Bearer) -> None:
    made = await invite(
        world, manager, role="reader", expires_at=(world.now + timedelta(days=90)).isoformat()
    )
    assert made.status_code == 201


async def test_an_integration_gets_in_too(world: World, manager: Bearer) -> None:
    secret = (await invite(world, manager, role="integration")).json()["secret"]
    redeemed = (await redeem(world, secret)).json()
    assert redeemed["account"]["kind"] == "integration"
    whose = await person(world, "Bo Ling", "demo")
    refused = await invite(world, manager, role="integration", person_id=str(whose))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/person_id")


async def test_a_person_without_a_role(world: World, manager: Bearer) -> None:
    whose = await person(world, "Bo Ling", "demo")
    secret = (await invite(world, manager, person_id=str(whose))).json()["secret"]
    caller = (await me(world, await redeem(world, secret))).json()
    assert (caller["account"]["person_id"], caller["roles"]) == (str(whose), [])


async def test_an_invitation_of_another_program_is_not_there(world: World, manager: Bearer) -> None:
    made = (await invite(world, manager, role="reader")).json()
    await world.program("other")
    owner = await world.token()
    url = f"/v1/programs/other/invitations/{made['id']}"
    assert (await world.client.get(url, headers=owner.headers)).status_code == 404
    assert (await world.client.delete(url, headers=owner.headers)).status_code == 404


async def test_the_secret_is_nowhere_and_the_rest_is_recorded(
    world: World, manager: Bearer
) -> None:
    made = (await invite(world, manager, role="reader")).json()
    token = (await redeem(world, made["secret"])).json()["token"]
    for table in ("invitations", "tokens", "audit_values", "events", "idempotency_keys"):
        rows = await world.rows(f"select t::text as text from {table} t")
        for secret in (made["secret"], token["secret"]):
            assert not any(secret[8:] in row["text"] for row in rows)
    log = await world.client.get("/v1/audit?program=demo", headers=manager.headers)
    assert [entry["action"] for entry in log.json()["items"]][:3] == [
        "invitation.redeemed",
        "role.assigned",
        "invitation.created",
    ]
