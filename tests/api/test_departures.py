"""Stepping down over HTTP: what ends, what stays, and who reads the goodbye."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from domain.rules.access import Role
from tests.tenured import Tenured, tenured
from tests.world import World

GOODBYE = "Thank you all for three good years."
LISTED: dict[str, Any] = {
    "directory": {"public": True, "statuses": ["active", "emeritus"]},
    "departure": {"list_farewells": True},
}
PATH = "/ambassadors/amara"


async def public(demo: Tenured, handle: str = "amara") -> dict[str, Any]:
    """What everybody reads."""
    return (await demo.world.client.get(f"{demo.base}/ambassadors/{handle}")).json()


async def test_somebody_steps_down_and_says_goodbye(world: World) -> None:
    demo = await tenured(world, **LISTED)
    await demo.join(joined_on="2026-01-11")
    amara = await demo.oneself()
    done = await demo.post(PATH + "/departure", {"farewell": GOODBYE}, amara)
    assert done.status_code == 200, done.text
    body = done.json()
    assert (body["status"], body["version"], body["farewell"]) == ("emeritus", 2, GOODBYE)
    assert (body["private"]["status_on"], body["private"]["status_reason"]) == (
        "2026-03-03",
        "Stepped down.",
    )
    assert await demo.days() == [("2026-01-11", "2026-03-02", "ended")]
    assert (await public(demo))["farewell"] == GOODBYE
    assert (await public(demo))["private"] is None
    listed = await world.client.get(demo.base + "/ambassadors?status=emeritus")
    assert [one["farewell"] for one in listed.json()["items"]] == [GOODBYE]
    (event,) = await world.rows("select data from events where type = 'ambassador.status_changed'")
    assert event["data"] == {"before": "active", "after": "emeritus", "on": "2026-03-03"}


async def test_the_same_again_changes_nothing_and_a_goodbye_can_come_later(world: World) -> None:
    demo = await tenured(world, **LISTED)
    await demo.join()
    amara = await demo.oneself()
    first = await demo.post(PATH + "/departure", {}, amara)
    world.clock.pass_(days=9)
    again = await demo.post(PATH + "/departure", {}, amara)
    assert again.json() == first.json()
    later = await demo.post(PATH + "/departure", {"farewell": GOODBYE}, amara)
    assert (later.json()["version"], (await public(demo))["farewell"]) == (3, GOODBYE)
    assert later.json()["private"]["status_on"] == "2026-03-03"
    for body in ({"on": "2026-03-12"}, {"reason": "Another."}):
        refused = await demo.post(PATH + "/departure", body, amara)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert (await demo.post(PATH + "/departure", body)).status_code == 200
    assert await demo.days() == [("2026-03-03", "2026-03-11", "ended")]
    back = await demo.post(PATH + "/departure", {"farewell": None}, amara)
    assert (back.json()["farewell"], back.json()["private"]["farewell"]) == (None, None)


async def test_a_goodbye_is_public_only_where_the_program_lists_them(world: World) -> None:
    demo = await tenured(world, directory=LISTED["directory"])
    await demo.join()
    done = await demo.post(PATH + "/departure", {"farewell": GOODBYE}, await demo.oneself())
    assert (done.json()["farewell"], done.json()["private"]["farewell"]) == (None, GOODBYE)
    assert GOODBYE not in str(await public(demo))
    policy = (await demo.get("/policy")).json()["document"]
    for listed, shown in ((True, GOODBYE), (False, None)):
        document = policy | {"departure": {"list_farewells": listed}}
        put = await world.client.put(
            demo.base + "/policy",
            json={"document": document, "reason": "A test."},
            headers=demo.staff.headers,
        )
        assert put.status_code == 200, put.text
        assert (await public(demo))["farewell"] == shown


async def test_who_comes_back_has_said_nothing(world: World) -> None:
    demo = await tenured(world, **LISTED)
    await demo.join()
    await demo.post(PATH + "/departure", {"farewell": GOODBYE})
    await demo.status("active")
    await demo.status("emeritus")
    body = await public(demo)
    assert (body["status"], body["farewell"]) == ("emeritus", None)


async def test_of_somebody_who_was_removed_later_no_goodbye_is_shown(world: World) -> None:
    demo = await tenured(world, **LISTED)
    await demo.join()
    await demo.post(PATH + "/departure", {"farewell": GOODBYE})
    removed = (await demo.status("removed")).json()
    assert (removed["farewell"], removed["private"]["farewell"]) == (None, GOODBYE)


async def test_one_departure_touches_nothing_else(world: World) -> None:
    demo, other = await tenured(world), await tenured(world, "other")
    await demo.join()
    (row,) = await world.rows("select person_id from ambassadors")
    joined = await other.post(
        "/ambassadors",
        {"handle": "amara", "person_id": str(row["person_id"]), "joined_on": "2026-03-03"},
        await world.token(),
    )
    assert joined.status_code == 201, joined.text
    for kind, code in (("group", "tsc"), ("role", "team_lead")):
        added = await demo.post(PATH + "/memberships", {"kind": kind, "code": code})
        assert added.status_code == 201
    reviewer = await world.token(Role.REVIEWER, "demo", person_id=UUID(str(row["person_id"])))
    elsewhere = (await other.get(PATH)).json(), await other.tenures()
    assert (await demo.post(PATH + "/departure", {}, reviewer)).status_code == 200
    assert ((await other.get(PATH)).json(), await other.tenures()) == elsewhere
    here = (await demo.get(PATH)).json()
    assert (here["groups"], here["roles"]) == (["tsc"], ["team_lead"])
    assert (await demo.get("/contributions", reviewer)).status_code == 200
    ended = await world.rows("select 1 from role_assignments where valid_until is not null")
    assert ended == []


async def test_who_may(world: World) -> None:
    demo = await tenured(world)
    await demo.join()
    await demo.join("bruno")
    bruno = await demo.oneself("bruno")
    stranger = await world.token(None)
    reader = await world.token(Role.READER, "demo")
    for who in (bruno, stranger, reader):
        assert (await demo.post(PATH + "/departure", {}, who)).status_code == 404
    assert (await world.client.post(demo.base + PATH + "/departure", json={})).status_code == 401
    assert (await demo.get(PATH)).json()["status"] == "active"
    entry = await demo.get(PATH)
    await demo.patch(PATH, {"hidden_fields": ["city"]})
    stale = await demo.post(PATH + "/departure", {}, None, **{"If-Match": entry.headers["etag"]})
    assert stale.status_code == 412


@pytest.mark.parametrize("status", ["suspended", "removed"])
async def test_nobody_walks_out_of_a_sanction(world: World, status: str) -> None:
    demo = await tenured(world)
    await demo.join()
    await demo.status(status)
    for who in (await demo.oneself(), demo.staff):
        refused = await demo.post(PATH + "/departure", {}, who)
        assert (refused.status_code, refused.json()["code"]) == (409, "status_change_refused")


async def test_days_that_cannot_be(world: World) -> None:
    demo = await tenured(world)
    await demo.join(joined_on="2026-01-11")
    for on in ("2026-03-04", "2026-01-10"):
        refused = await demo.post(PATH + "/departure", {"on": on})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/on")
    done = await demo.post(PATH + "/departure", {"on": "2026-01-11"})
    assert done.status_code == 200
    assert await demo.days() == [("2026-01-11", "2026-01-10", "ended")]


async def test_of_departures_at_once_one_is_recorded(world: World) -> None:
    demo = await tenured(world)
    await demo.join()
    amara = await demo.oneself()
    answers = await asyncio.gather(*(demo.post(PATH + "/departure", {}, amara) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert {answer.json()["version"] for answer in answers} == {2}
    assert await demo.told() == ["tenure.started", "tenure.ended"]


async def test_a_goodbye_is_erased_with_the_person(world: World) -> None:
    demo = await tenured(world, **LISTED)
    await demo.join()
    amara = await demo.oneself()
    await demo.post(PATH + "/departure", {"farewell": GOODBYE}, amara)
    erased = await world.client.post(
        "/v1/me/erasure", json={"confirm": "erase"}, headers=amara.headers
    )
    assert erased.status_code in {200, 204}, erased.text
    for table in ("ambassadors", "directory_entries", "audit_values", "events"):
        rows = await world.rows(f"select t::text as row from {table} t")
        assert [row for row in rows if GOODBYE in row["row"]] == []
