"""Whoever calls, over HTTP."""

from __future__ import annotations

from domain.rules.access import GRANTS, Permission, Role
from tests.people import person
from tests.world import World

OWN = {"self:manage", "self:read", "token:manage"}


async def test_who_calls_and_what_they_may_do(world: World) -> None:
    await world.program()
    whose = await person(world)
    manager = await world.token(Role.MANAGER, "demo", person_id=whose)
    me = (await world.client.get("/v1/me", headers=manager.headers)).json()
    assert me["account"]["id"] == str(manager.account_id)
    assert me["account"]["person_id"] == str(whose)
    assert me["roles"] == [{"role": "manager", "program": "demo"}]
    assert me["token"]["id"] == str(manager.token_id)
    assert (me["token"]["permissions"], me["token"]["programs"]) == (None, None)
    everywhere, here = me["permissions"]
    assert (everywhere["program"], set(everywhere["permissions"])) == (None, OWN)
    assert (here["program"], set(here["permissions"])) == ("demo", GRANTS[Role.MANAGER])


async def test_the_tokens_limits_count(world: World) -> None:
    await world.program()
    narrow = await world.token(
        permissions=[Permission.SELF_READ, Permission.EVENT_READ], programs=["demo"]
    )
    me = (await world.client.get("/v1/me", headers=narrow.headers)).json()
    assert me["roles"] == [{"role": "owner", "program": None}]
    assert me["token"]["programs"] == ["demo"]
    assert me["permissions"] == [
        {"program": None, "permissions": ["self:read"]},
        {"program": "demo", "permissions": ["event:read"]},
    ]


async def test_what_has_ended_is_not_told(world: World) -> None:
    await world.program()
    owner, reader = await world.token(), await world.token(Role.READER, "demo")
    (role,) = await world.rows(
        "select id from role_assignments where account_id = $1", reader.account_id
    )
    await world.client.delete(f"/v1/roles/{role['id']}", headers=owner.headers)
    me = (await world.client.get("/v1/me", headers=reader.headers)).json()
    assert me["roles"] == []
    assert [held["program"] for held in me["permissions"]] == [None]
