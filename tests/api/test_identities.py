"""Identities over HTTP: claimed, vouched for, renamed; only verified ones are unique."""

from __future__ import annotations

import asyncio
from typing import Any

from domain import identities
from domain.call import reading
from domain.rules.access import Role
from tests.people import person
from tests.world import Bearer, World


async def claim(world: World, token: Bearer, whose: object, **body: Any) -> str:
    """Record a claimed identity; returns its URL."""
    answer = await world.client.post(
        f"/v1/people/{whose}/identities",
        json={"provider": "github"} | body,
        headers=token.headers,
    )
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def vouch(world: World, token: Bearer, url: str) -> int:
    return (await world.client.post(f"{url}/vouch", headers=token.headers)).status_code


async def owner_of(world: World, subject: str | None, handle: str | None) -> object:
    async with reading(world.call()) as tx:
        return await identities.owner_of(tx, "github", subject, handle)


async def test_many_may_claim_one_account_and_one_can_have_it_verified(world: World) -> None:
    owner = await world.token()
    amara, bo = await person(world, "Amara Okafor"), await person(world, "Bo Li")
    hers = await claim(world, owner, amara, subject="7", handle="amara")
    his = await claim(world, owner, bo, subject="7", handle="bo")
    assert await owner_of(world, "7", None) is None
    assert await vouch(world, owner, hers) == 200
    read = (await world.client.get(hers, headers=owner.headers)).json()
    assert read["verified_at"] == "2026-03-03T12:00:00Z"
    assert read["vouched_by"] == str(owner.account_id)
    assert await owner_of(world, "7", "whatever") == amara
    refused = await world.client.post(f"{his}/vouch", headers=owner.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_exists")

    back = await world.client.delete(f"{hers}/vouch", headers=owner.headers)
    assert (back.status_code, back.json()["verified_at"]) == (200, None)
    assert await vouch(world, owner, his) == 200
    assert await owner_of(world, "7", None) == bo


async def test_of_many_vouchings_at_once_one_holds(world: World) -> None:
    owner = await world.token()
    urls = [
        await claim(world, owner, await person(world, f"Claimant {n}"), subject="7")
        for n in range(4)
    ]
    answers = await asyncio.gather(*(vouch(world, owner, url) for url in urls))
    assert sorted(answers) == [200, 409, 409, 409]
    assert len(await world.rows("select 1 from identities where verified_at is not null")) == 1


async def test_a_bare_handle_and_an_id_with_that_handle_are_one_account(world: World) -> None:
    owner = await world.token()
    bare = await claim(world, owner, await person(world, "Amara"), handle="Amara")
    full = await claim(world, owner, await person(world, "Bo"), subject="7", handle="aMARA")
    answers = await asyncio.gather(vouch(world, owner, bare), vouch(world, owner, full))
    assert sorted(answers) == [200, 409]


async def test_a_recycled_handle_is_a_stranger(world: World) -> None:
    owner = await world.token()
    amara = await person(world, "Amara Okafor")
    assert (
        await vouch(world, owner, await claim(world, owner, amara, subject="7", handle="am")) == 200
    )
    bo = await person(world, "Bo Li")
    assert await vouch(world, owner, await claim(world, owner, bo, subject="8", handle="AM")) == 200
    assert await owner_of(world, "8", "am") == bo
    assert await owner_of(world, "9", "am") is None
    assert await owner_of(world, None, "am") is None


async def test_a_rename_keeps_the_handle_of_before(world: World) -> None:
    owner = await world.token()
    amara = await person(world)
    url = await claim(world, owner, amara, subject="7", handle="amara")
    assert await vouch(world, owner, url) == 200
    renamed = await world.client.patch(url, json={"handle": "okafor"}, headers=owner.headers)
    assert renamed.json()["handle"] == "okafor"
    assert renamed.json()["verified_at"] is not None
    assert await owner_of(world, None, "OKAFOR") == amara
    assert await owner_of(world, None, "amara") is None
    (before,) = await world.rows("select handle, until_at from identity_handles")
    assert (before["handle"], before["until_at"]) == ("amara", world.now)


async def test_without_an_id_another_handle_is_another_claim(world: World) -> None:
    owner = await world.token()
    url = await claim(world, owner, await person(world), handle="amara")
    assert await vouch(world, owner, url) == 200
    case = await world.client.patch(url, json={"handle": "Amara"}, headers=owner.headers)
    assert case.json()["verified_at"] is not None
    other = await world.client.patch(url, json={"handle": "okafor"}, headers=owner.headers)
    assert (other.json()["verified_at"], other.json()["vouched_by"]) == (None, None)


async def test_a_person_has_an_identity_once(world: World) -> None:
    owner = await world.token()
    amara = await person(world)
    await claim(world, owner, amara, subject="7", handle="amara")
    for body in ({"subject": "7"}, {"handle": "AMARA"}):
        again = await world.client.post(
            f"/v1/people/{amara}/identities",
            json={"provider": "github"} | body,
            headers=owner.headers,
        )
        assert again.status_code == 409
    await claim(world, owner, amara, provider="slack", handle="amara")
    nothing = await world.client.post(
        f"/v1/people/{amara}/identities", json={"provider": "github"}, headers=owner.headers
    )
    assert nothing.status_code == 400


async def test_a_change_of_an_identity_counts_for_the_person(world: World) -> None:
    await world.program()
    amara = await person(world, "Amara Okafor", "demo")
    manager = await world.token(Role.MANAGER, "demo")
    url = await claim(world, manager, amara, handle="amara")
    read = await world.client.get(url, headers=manager.headers)
    assert read.json()["version"] == 2
    stale = manager.headers | {"If-Match": '"1.abc"'}
    fresh = manager.headers | {"If-Match": read.headers["etag"]}
    assert (await world.client.post(f"{url}/vouch", headers=stale)).status_code == 412
    assert (await world.client.delete(url, headers=stale)).status_code == 412
    assert (await world.client.patch(url, json={"handle": "x"}, headers=stale)).status_code == 412
    assert (await world.client.post(f"{url}/vouch", headers=fresh)).status_code == 200
    assert (await world.client.delete(url, headers=manager.headers)).status_code == 204
    assert (await world.client.get(url, headers=manager.headers)).status_code == 404
    listed = await world.client.get(f"/v1/people/{amara}/identities", headers=manager.headers)
    assert listed.json() == {"items": [], "next": None}
    actions = await world.rows(
        "select action from audit_entries where action like 'identity.%' order by id"
    )
    assert [row["action"] for row in actions] == [
        "identity.added",
        "identity.vouched",
        "identity.deleted",
    ]


async def test_identities_are_in_no_event_and_no_public_answer(world: World) -> None:
    await world.program()
    owner = await world.token()
    amara = await person(world, "Amara Okafor", "demo")
    await claim(world, owner, amara, provider="email", handle="amara@secluded.example")
    events = await world.rows("select data::text as data from events")
    assert not [row for row in events if "secluded" in row["data"]]
    for path in ("/v1/programs/demo/ambassadors", "/v1/programs/demo/ambassadors/amara-okafor"):
        assert "secluded" not in (await world.client.get(path)).text


async def test_the_identities_of_another_person_are_not_reached(world: World) -> None:
    owner = await world.token()
    url = await claim(world, owner, await person(world, "Amara"), handle="amara")
    other = await person(world, "Bo")
    wrong = f"/v1/people/{other}/identities/{url.rpartition('/')[2]}"
    assert (await world.client.get(wrong, headers=owner.headers)).status_code == 404
    assert (await world.client.delete(wrong, headers=owner.headers)).status_code == 404
    assert len(await world.rows("select 1 from identities")) == 1
