"""Grants over HTTP: the lists, and who reads them."""

from __future__ import annotations

from domain.rules.access import Role
from tests.granted import DELIVERY, done, granting
from tests.world import World


async def test_grants_are_listed_by_what_is_to_be_done(world: World) -> None:
    them = await granting(world)
    await them.stock()
    amara, bo = await them.join(), await them.join("Bo")
    swag, meeting = await them.offer("swag"), await them.offer("meeting", "bo")
    invitation = await them.offer("invitation")
    await them.claimed(swag, amara, choices={"shirt": "m"}, delivery=DELIVERY)
    await them.claimed(invitation, amara)

    async def listed(query: str = "") -> list[str]:
        found = await them.get(f"/grants{query}")
        return [f"/grants/{one['id']}" for one in found["items"]]

    assert await listed() == [invitation, meeting, swag]
    assert await listed("?status=offered") == [meeting]
    assert await listed("?benefit=swag") == [swag]
    assert await listed("?ambassador=BO") == [meeting]
    assert await listed("?ambassador=nobody") == []
    assert await listed("?awaiting=claim") == [meeting]
    assert await listed("?awaiting=approval") == [invitation]
    assert await listed("?awaiting=fulfilment") == [swag]
    assert await listed("?overdue=true") == []
    world.clock.pass_(days=14)
    assert await listed("?overdue=true") == [swag]
    first = await them.send("GET", "/grants?limit=2")
    second = await world.client.get(first.links["next"]["url"], headers=them.manager.headers)
    assert [f"/grants/{one['id']}" for one in second.json()["items"]] == [swag]
    assert (await them.send("GET", "/grants", amara)).status_code == 403
    for who, expected in ((amara, [invitation, swag]), (them.packer, [invitation, swag])):
        own = await them.get("/ambassadors/amara/grants", who)
        assert [f"/grants/{one['id']}" for one in own["items"]] == expected
    assert (await them.send("GET", "/ambassadors/amara/grants", bo)).status_code == 404
    reviewer = await world.token(Role.REVIEWER, "demo")
    for path in ("/ambassadors/amara/grants", swag):
        assert (await them.send("GET", path, reviewer)).status_code == 404
    assert (await them.send("GET", swag, bo)).status_code == 404


async def test_a_former_handle_leads_to_the_grants(world: World) -> None:
    them = await granting(world)
    await them.join()
    await them.offer("meeting")
    done(await them.send("PATCH", "/ambassadors/amara", None, {"handle": "ama"}))
    moved = await them.send("GET", "/ambassadors/amara/grants")
    assert moved.headers["location"] == "/v1/programs/demo/ambassadors/ama/grants"
