"""The catalogue of benefits over HTTP: public for everybody, whole for the staff."""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules.access import Role
from tests.offered import SWAG, WELCOME, put_policy
from tests.tenured import Tenured, tenured
from tests.world import World

SHIRT: dict[str, Any] = {
    "name": "Swag pack",
    "kind": "swag",
    "offered": ["admission", "award"],
    "description": "A shirt and stickers.",
    "value": {"amount": "150.5", "currency": "USD"},
    "eligibility": {"groups": ["tsc", "board"], "roles": ["team_lead"], "tenures": 2},
    "per_tenure": 2,
    "ever": 3,
    "needs": ["address", "phone"],
    "approval": True,
    "claim_within": "P60D",
    "fulfil_within": "P2M",
    "items": {"t-shirt": 1, "stickers": 5},
}
SECRET = SWAG | {"public": False}


async def listed(demo: Tenured, role: Role | None = None) -> dict[str, Any]:
    headers = {}
    if role is not None:
        headers = (await demo.world.token(role, demo.program)).headers
    answer = await demo.world.client.get(f"{demo.base}/benefits", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_public_reads_what_a_benefit_is_and_whom_it_is_for(world: World) -> None:
    demo = await tenured(world, benefits={"swag_pack": SHIRT, "call": WELCOME})
    found = await listed(demo)
    assert (found["program"], found["policy_version"]) == ("demo", 1)
    call, pack = found["items"]
    assert pack == {
        "code": "swag_pack",
        "name": "Swag pack",
        "kind": "swag",
        "description": "A shirt and stickers.",
        "public": True,
        "value": {"amount": "150.50", "currency": "USD"},
        "offered": ["admission", "award"],
        "eligibility": {
            "attributes": [],
            "groups": ["tsc", "board"],
            "roles": ["team_lead"],
            "tenures": 2,
        },
        "per_tenure": 2,
        "ever": 3,
        "automatic": False,
        "needs": ["address", "phone"],
        "approval": True,
        "claim_within": "P60D",
        "fulfil_within": "P2M",
        "items": {"t-shirt": 1, "stickers": 5},
        "codes": False,
        "ends_with_tenure": False,
    }
    assert (call["code"], call["value"], call["ever"]) == ("call", None, None)
    one = await world.client.get(f"{demo.base}/benefits/swag_pack")
    assert (one.status_code, one.json()) == (200, pack)


async def test_the_list_follows_the_policy_at_once(world: World) -> None:
    demo = await tenured(world, benefits={"call": WELCOME})
    assert [one["name"] for one in (await listed(demo))["items"]] == ["Welcome call"]
    await put_policy(demo, benefits={"call": WELCOME | {"name": "First call"}})
    found = await listed(demo)
    assert [one["name"] for one in found["items"]] == ["First call"]
    assert found["policy_version"] == 2


@pytest.mark.parametrize("role", [None, Role.AMBASSADOR, Role.COMMITTEE])
async def test_what_is_not_public_is_hidden(world: World, role: Role | None) -> None:
    demo = await tenured(world, benefits={"call": WELCOME, "surprise": SECRET})
    assert [one["code"] for one in (await listed(demo, role))["items"]] == ["call"]
    headers = (await world.token(role, "demo")).headers if role else {}
    hidden = await world.client.get(f"{demo.base}/benefits/surprise", headers=headers)
    unknown = await world.client.get(f"{demo.base}/benefits/nothing", headers=headers)
    assert (hidden.status_code, unknown.status_code) == (404, 404)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.READER, Role.FULFILMENT])
async def test_who_works_with_grants_sees_it_too(world: World, role: Role) -> None:
    demo = await tenured(world, benefits={"call": WELCOME, "surprise": SECRET})
    items = (await listed(demo, role))["items"]
    assert [(one["code"], one["public"]) for one in items] == [("call", True), ("surprise", False)]
    bearer = await world.token(role, "demo")
    one = await world.client.get(f"{demo.base}/benefits/surprise", headers=bearer.headers)
    assert one.status_code == 200


async def test_a_program_without_benefits_or_none_at_all(world: World) -> None:
    demo = await tenured(world)
    assert (await listed(demo))["items"] == []
    assert (await world.client.get("/v1/programs/nothing/benefits")).status_code == 404


async def test_the_policy_and_its_differences_keep_what_is_not_public_too(world: World) -> None:
    """What was hidden once stays so in old versions; whoever writes the policy reads all of it."""
    demo = await tenured(world, benefits={"call": WELCOME, "surprise": WELCOME})
    await put_policy(demo, benefits={"call": WELCOME, "surprise": SECRET})
    paths = ("/policy", "/policy/versions/1", "/policy/versions/2", "/policy/diff?old=1&new=2")
    for path in paths:
        answer = await world.client.get(demo.base + path)
        assert (answer.status_code, "surprise" in answer.text) == (200, False), path
    assert "call" in (await world.client.get(f"{demo.base}/policy")).text
    for role in (Role.MANAGER, Role.FULFILMENT, Role.READER):
        headers = (await world.token(role, "demo")).headers
        answer = await world.client.get(f"{demo.base}/policy", headers=headers)
        assert answer.json()["effective"]["benefits"]["surprise"]["public"] is False
