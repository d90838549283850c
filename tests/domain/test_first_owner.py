"""The first owner: made once, however many processes start; and tokens from the command line."""

from __future__ import annotations

import asyncio

import pytest

from domain import accounts
from domain.authentication import BadToken, authenticate
from domain.call import Call
from domain.errors import Invalid, NotFound
from domain.rules.access import COMMAND_LINE, Permission, Role
from tests.world import World

CHOSEN = "an-invented-secret-of-forty-characters-x"


def start(world: World) -> Call:
    return Call(world.database, COMMAND_LINE, world.now, "test-start")


async def test_many_processes_make_one_owner_and_tell_one_secret(world: World) -> None:
    told = await asyncio.gather(*(accounts.ensure_owner(start(world), None) for _ in range(10)))
    secrets = [secret for secret in told if secret is not None]
    assert len(secrets) == 1
    actor = await authenticate(world.database, secrets[0], world.now)
    assert actor.may(Permission.ACCOUNT_MANAGE)
    assert [tuple(row) for row in await world.rows("select kind, name from accounts")] == [
        ("person", "Owner")
    ]
    assert await accounts.ensure_owner(start(world), None) is None


async def test_a_chosen_token_is_the_first_and_another_one_is_added(world: World) -> None:
    assert await accounts.ensure_owner(start(world), CHOSEN) is None
    assert await accounts.ensure_owner(start(world), CHOSEN) is None
    assert await accounts.ensure_owner(start(world), CHOSEN + "2") is None
    first = await authenticate(world.database, CHOSEN, world.now)
    second = await authenticate(world.database, CHOSEN + "2", world.now)
    assert first.account_id == second.account_id
    assert len(await world.rows("select id from tokens")) == 2
    assert len(await world.rows("select id from accounts")) == 1


async def test_a_revoked_chosen_token_does_not_come_back(world: World) -> None:
    await accounts.ensure_owner(start(world), CHOSEN)
    headers = {"Authorization": f"Bearer {CHOSEN}"}
    (mine,) = (await world.client.get("/v1/tokens", headers=headers)).json()["items"]
    assert mine["hint"] == "chosen"
    await world.client.delete(f"/v1/tokens/{mine['id']}", headers=headers)
    await accounts.ensure_owner(start(world), CHOSEN)
    with pytest.raises(BadToken):
        await authenticate(world.database, CHOSEN, world.now)


@pytest.mark.parametrize("secret", ["short", "chy_" + "x" * 39, "with space " * 4])
async def test_what_could_not_be_sent_as_a_token_is_refused(world: World, secret: str) -> None:
    with pytest.raises(Invalid):
        await accounts.ensure_owner(start(world), secret)
    assert await world.rows("select id from accounts") == []


async def test_an_integration_from_the_command_line(world: World) -> None:
    await world.program()
    secret = await accounts.create_integration(
        start(world), name="CI", role=Role.MANAGER, program="demo"
    )
    actor = await authenticate(world.database, secret, world.now)
    assert actor.may(Permission.POLICY_MANAGE, "demo")
    assert not actor.may(Permission.POLICY_MANAGE, "other")
    with pytest.raises(NotFound):
        await accounts.create_integration(
            start(world), name="CI", role=Role.READER, program="nowhere"
        )
    with pytest.raises(Invalid):
        await accounts.create_integration(start(world), name="CI", role=Role.OWNER, program="demo")
    assert len(await world.rows("select id from accounts")) == 1
