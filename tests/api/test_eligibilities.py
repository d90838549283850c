"""What is true of an ambassador until a day, over HTTP."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import httpx
from msgspec import Struct

from domain import eligibilities
from domain.rules.access import Role
from tests.people import person
from tests.world import POLICY, Bearer, World

ONE = "/v1/programs/demo/ambassadors/amara"
URL = ONE + "/eligibilities"
ATTRIBUTES = {"student": {"name": "Student", "required": True}, "speaker": {"name": "Speaker"}}


class Scene(Struct):
    """A program with one ambassador, her own token and a manager's."""

    world: World
    own: Bearer
    staff: Bearer

    async def put(
        self, attribute: str = "student", who: Bearer | None = None, **body: Any
    ) -> httpx.Response:
        headers = (who or self.staff).headers
        return await self.world.client.put(f"{URL}/{attribute}", json=body, headers=headers)

    async def delete(self, attribute: str = "student", who: Bearer | None = None) -> int:
        headers = (who or self.staff).headers
        return (await self.world.client.delete(f"{URL}/{attribute}", headers=headers)).status_code

    async def listed(self, who: Bearer | None = None) -> list[dict[str, Any]]:
        answer = await self.world.client.get(URL, headers=(who or self.own).headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def expire(self) -> list[dict[str, Any]]:
        """What has been announced as expired so far, after the day's step."""
        (program,) = await self.world.rows("select id from programs where slug = 'demo'")
        await eligibilities.expire(self.world.call(), program["id"], self.world.now.date())
        told = await self.world.rows(
            "select data from events where type = 'eligibility.expired' order by seq"
        )
        return [row["data"] for row in told]


async def scene(world: World) -> Scene:
    await world.program(policy=POLICY | {"eligibility": ATTRIBUTES})
    amara = await person(world, "Amara", "demo")
    return Scene(
        world,
        await world.token(Role.AMBASSADOR, "demo", person_id=amara),
        await world.token(Role.MANAGER, "demo"),
    )


async def test_somebody_is_a_student_until_a_day(world: World) -> None:
    s = await scene(world)
    made = await s.put(expires_on="2027-07-31", note="Showed her card.")
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["attribute"], body["expires_on"], body["version"]) == ("student", "2027-07-31", 1)
    got = await world.client.get(URL + "/student", headers=s.own.headers)
    assert got.json() == body
    again = await s.put(expires_on="2027-07-31", note="Showed her card.")
    assert (again.status_code, again.json()) == (200, body)
    longer = await s.put(expires_on="2028-07-31")
    assert (longer.status_code, longer.json()["version"], longer.json()["note"]) == (200, 2, None)
    await s.put("speaker")
    assert [(one["attribute"], one["expires_on"]) for one in await s.listed()] == [
        ("speaker", None),
        ("student", "2028-07-31"),
    ]
    told = await world.rows(
        "select type, data from events where type like 'eligibility.%' order by seq"
    )
    assert [row["type"] for row in told] == ["eligibility.changed"] * 3
    assert told[0]["data"].keys() == {"ambassador_id", "attribute", "expires_on"}


async def test_only_what_the_policy_has(world: World) -> None:
    s = await scene(world)
    refused = await s.put("astronaut")
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_reference")
    assert refused.json()["errors"][0]["parameter"] == "attribute"
    await s.put("speaker")
    answer = await world.client.put(
        "/v1/programs/demo/policy",
        json={"document": POLICY, "reason": "Nothing is asked any more."},
        headers=s.staff.headers,
    )
    assert answer.status_code == 200, answer.text
    assert (await s.put("speaker", note="x")).status_code == 409
    assert await s.delete("speaker") == 204
    assert await s.delete("speaker") == 404
    told = await world.rows("select from events where type = 'eligibility.removed'")
    assert len(told) == 1


async def test_the_version_is_the_attributes(world: World) -> None:
    s = await scene(world)
    nothing = s.staff.headers | {"If-Match": '"1.x"'}
    refused = await world.client.put(URL + "/student", json={}, headers=nothing)
    assert refused.status_code == 412
    made = await s.put()
    stale, fresh = (
        s.staff.headers | {"If-Match": '"7.x"'},
        s.staff.headers | {"If-Match": made.headers["etag"]},
    )
    for method, status in (("PUT", 200), ("DELETE", 204)):
        for headers, expected in ((stale, 412), (fresh, status)):
            body = {} if method == "PUT" else None
            answer = await world.client.request(
                method, URL + "/student", json=body, headers=headers
            )
            assert answer.status_code == expected


async def test_they_are_for_the_ambassador_and_the_staff(world: World) -> None:
    s = await scene(world)
    await s.put(note="Zubenelgenubi")
    stranger = await world.token(
        Role.AMBASSADOR, "demo", person_id=await person(world, "Bo", "demo")
    )
    reader = await world.token(Role.READER, "demo")
    for url in (URL, URL + "/student"):
        assert (await world.client.get(url)).status_code == 401
        assert (await world.client.get(url, headers=stranger.headers)).status_code == 404
    for who in (s.own, stranger, reader):
        assert (await s.put(who=who)).status_code == 403
        assert await s.delete(who=who) == 403
    notes = [(await s.listed(who))[0]["note"] for who in (s.own, s.staff, reader)]
    assert notes == ["Zubenelgenubi", "Zubenelgenubi", None]
    await s.put(note="Zubenelgenubi again")
    for table in ("events", "audit_entries", "audit_values", "directory_entries"):
        rows = await world.rows(f"select t::text as line from {table} t")
        assert [row["line"] for row in rows if "Zubenelgenubi" in row["line"]] == [], table


async def test_it_is_one_record_however_many_say_so(world: World) -> None:
    s = await scene(world)
    answers = await asyncio.gather(*(s.put(expires_on="2027-07-31") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len(await world.rows("select from eligibilities")) == 1
    assert len(await world.rows("select from events where type = 'eligibility.changed'")) == 1


async def test_an_expiry_is_announced_once(world: World) -> None:
    s = await scene(world)
    await s.put(expires_on="2026-03-04")
    await s.put("speaker")
    assert await s.expire() == []
    world.clock.pass_(days=1)
    assert await s.expire() == [], "the last day still counts"
    world.clock.pass_(days=3)
    (told,) = await s.expire()
    assert (told["attribute"], told["expires_on"]) == ("student", "2026-03-04")
    again = await asyncio.gather(*(s.expire() for _ in range(4)))
    assert [len(one) for one in again] == [1] * 4
    assert (await s.listed())[1]["expires_on"] == "2026-03-04"


async def test_two_days_at_once_announce_it_once(world: World) -> None:
    s = await scene(world)
    await s.put(expires_on="2026-03-04")
    world.clock.pass_(days=5)
    await asyncio.gather(*(s.expire() for _ in range(4)))
    assert len(await s.expire()) == 1


async def test_what_is_prolonged_expires_once_more(world: World) -> None:
    s = await scene(world)
    await s.put(expires_on="2026-03-04")
    world.clock.pass_(days=5)
    await s.expire()
    await s.put(expires_on="2026-03-04", note="She forgot to tell us.")
    assert len(await s.expire()) == 1
    await s.put(expires_on="2026-03-10")
    assert len(await s.expire()) == 1
    world.clock.pass_(days=5)
    assert [one["expires_on"] for one in await s.expire()] == ["2026-03-04", "2026-03-10"]


async def test_the_list_is_walked_and_follows_the_handle(world: World) -> None:
    s = await scene(world)
    for attribute in ATTRIBUTES:
        await s.put(attribute)
    first = await world.client.get(URL + "?limit=1", headers=s.own.headers)
    second = await world.client.get(first.links["next"]["url"], headers=s.own.headers)
    found = [one["attribute"] for one in first.json()["items"] + second.json()["items"]]
    assert (found, second.json()["next"]) == (["speaker", "student"], None)
    await world.client.patch(ONE, json={"handle": "ama"}, headers=s.staff.headers)
    for url in (URL, URL + "/student"):
        moved = await world.client.get(url, headers=s.own.headers)
        assert (moved.status_code, moved.headers["location"]) == (308, url.replace("amara", "ama"))


async def test_a_day_is_a_day(world: World) -> None:
    s = await scene(world)
    assert (await s.put(expires_on="July 2027")).status_code == 400
    assert (await s.put(expires_on=str(date.max))).status_code == 201
    assert await s.expire() == []
