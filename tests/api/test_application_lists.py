"""The list of applications, and the form for them, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.applied import vote_on
from tests.applying import (
    CONDUCT,
    QUESTIONS,
    URL,
    admission,
    applicants,
    bearer,
    stored,
)
from tests.world import World


async def test_the_list(world: World) -> None:
    demo = await applicants(world, anonymous=True, mode="committee", voting={})
    first, second, third = [await demo.applied(who) for who in (demo.bo, None, None)]
    await vote_on(world, await stored(world, second["id"]), demo.committee)
    await demo.change("POST", f"{third['id']}/withdrawal", third["secret"])

    async def ids(secret: str, **query: Any) -> list[str]:
        listed = await world.client.get(URL, params=query, headers=bearer(secret))
        assert listed.status_code == 200, listed.text
        return [one["id"] for one in listed.json()["items"]]

    everything = [one["id"] for one in (third, second, first)]
    assert await ids(demo.committee.secret) == everything
    assert await ids(demo.bo.secret) == [first["id"]]
    assert await ids(demo.committee.secret, mine="true") == []
    assert await ids(demo.committee.secret, status="withdrawn") == [third["id"]]
    assert await ids(demo.committee.secret, unvoted="true") == [second["id"]]
    assert await ids(demo.manager.secret, unvoted="true") == []
    soon = (world.now + timedelta(days=29)).isoformat()
    assert await ids(demo.committee.secret, closing_before=soon) == [second["id"]]
    assert await ids(demo.committee.secret, closing_before=world.now.isoformat()) == []
    page = (await world.client.get(URL, params={"limit": 2}, headers=demo.committee.headers)).json()
    assert [one["id"] for one in page["items"]] == everything[:2]
    rest = {"limit": 2, "cursor": page["next"]}
    page = (await world.client.get(URL, params=rest, headers=demo.committee.headers)).json()
    assert ([one["id"] for one in page["items"]], page["next"]) == (everything[2:], None)


async def test_the_form(world: World) -> None:
    await world.program(
        policy=admission(
            questions=QUESTIONS,
            conduct=CONDUCT,
            windows=[{"first": "03-10", "last": "03-20"}],
            evidence={"at_least": 2, "within": "P1Y", "types": ["talk"]},
        )
    )
    form = await world.client.get("/v1/programs/demo/application-form")
    assert form.status_code == 200
    assert form.headers["cache-control"].startswith("public")
    body = form.json()
    assert (body["open"], body["opens_on"]) == (False, "2026-03-10")
    assert body["conduct"] == CONDUCT
    assert [one["code"] for one in body["questions"]] == ["hours", "motivation"]
    assert body["questions"][0]["schema"]["maximum"] == 40
    assert body["evidence"]["at_least"] == 2
    world.clock.pass_(days=7)
    later = (await world.client.get("/v1/programs/demo/application-form")).json()
    assert (later["open"], later["opens_on"]) == (True, None)
