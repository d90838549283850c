"""Leaves of absence over HTTP, and the statuses that keep step with them."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import httpx
from msgspec import Struct

from domain import leaves
from domain.rules.access import Permission, Role
from tests.people import person
from tests.world import POLICY, Bearer, World

ONE = "/v1/programs/demo/ambassadors/amara"
URL = ONE + "/leaves"


class Scene(Struct):
    """A program with one ambassador, her own token and a manager's."""

    world: World
    own: Bearer
    staff: Bearer

    async def announce(self, who: Bearer, first_day: str, **more: Any) -> httpx.Response:
        body = {"first_day": first_day} | more
        return await self.world.client.post(URL, json=body, headers=who.headers)

    async def change(self, who: Bearer, one: httpx.Response, **fields: Any) -> httpx.Response:
        url = one.headers["location"]
        return await self.world.client.patch(url, json=fields, headers=who.headers)

    async def delete(self, who: Bearer, one: httpx.Response) -> int:
        url = one.headers["location"]
        return (await self.world.client.delete(url, headers=who.headers)).status_code

    async def put_status(self, status: str, **more: Any) -> httpx.Response:
        body = {"status": status, "reason": "We talked about it."} | more
        return await self.world.client.post(ONE + "/status", json=body, headers=self.staff.headers)

    async def listed(self, who: Bearer | None = None) -> list[dict[str, Any]]:
        answer = await self.world.client.get(URL, headers=(who or self.own).headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def days(self) -> list[tuple[str, str | None]]:
        return [(one["first_day"], one["last_day"]) for one in await self.listed()]

    async def status(self) -> tuple[str, str | None]:
        body = (await self.world.client.get(ONE, headers=self.staff.headers)).json()
        return body["status"], body["private"]["status_on"]

    async def turn(self, on: date | None = None) -> int:
        """How many statuses the day turned, by default today."""
        query = "select from events where type = 'ambassador.status_changed'"
        before = await self.world.rows(query)
        (program,) = await self.world.rows("select id from programs where slug = 'demo'")
        await leaves.turn(self.world.call(), program["id"], on or self.world.now.date())
        return len(await self.world.rows(query)) - len(before)


async def scene(world: World, **policy: Any) -> Scene:
    await world.program(policy=POLICY | policy)
    amara = await person(world, "Amara", "demo")
    return Scene(
        world,
        await world.token(Role.AMBASSADOR, "demo", person_id=amara),
        await world.token(Role.MANAGER, "demo"),
    )


async def test_a_leave_is_announced_ahead_and_read_where_it_was_made(world: World) -> None:
    s = await scene(world)
    made = await s.announce(s.own, "2026-04-01", last_day="2026-06-30", reason="A baby.")
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["first_day"], body["last_day"], body["version"]) == ("2026-04-01", "2026-06-30", 1)
    got = await world.client.get(made.headers["location"], headers=s.own.headers)
    assert got.json() == body
    assert await s.listed() == [body]
    assert await s.status() == ("active", None)
    told = await world.rows("select type, data from events where type like 'leave.%'")
    assert [row["type"] for row in told] == ["leave.announced"]
    assert told[0]["data"].keys() == {"ambassador_id", "first_day", "last_day"}


async def test_who_announces_from_today_is_on_leave_at_once(world: World) -> None:
    s = await scene(world)
    assert (await s.announce(s.own, "2026-03-03")).status_code == 201
    assert await s.status() == ("on_leave", "2026-03-03")
    listed = await world.client.get(
        "/v1/programs/demo/ambassadors?status=on_leave", headers=s.staff.headers
    )
    assert [item["handle"] for item in listed.json()["items"]] == ["amara"]
    (told,) = await world.rows("select data from events where type = 'ambassador.status_changed'")
    assert told["data"] == {"before": "active", "after": "on_leave", "on": "2026-03-03"}


async def test_only_a_manager_back_dates_and_says_why(world: World) -> None:
    s = await scene(world)
    refused = await s.announce(s.own, "2026-03-02", reason="I was ill.")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    refused = await s.announce(s.staff, "2026-03-02")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/reason")
    made = await s.announce(s.staff, "2026-02-01", last_day="2026-02-28", reason="She was ill.")
    assert made.status_code == 201
    assert await s.status() == ("active", None)
    made = await s.announce(s.staff, "2026-03-01", reason="She is ill again.")
    assert await s.status() == ("on_leave", "2026-03-01")


async def test_an_open_ended_leave_is_ended(world: World) -> None:
    s = await scene(world)
    made = await s.announce(s.own, "2026-03-03")
    world.clock.pass_(days=10)
    assert (await s.change(s.own, made, last_day="2026-03-11")).status_code == 403
    assert await s.delete(s.own, made) == 403
    ended = await s.change(s.own, made, last_day="2026-03-12")
    assert (ended.status_code, ended.json()["version"]) == (200, 2)
    assert await s.status() == ("active", "2026-03-13")
    again = await s.change(s.own, made, last_day="2026-03-12")
    assert again.json()["version"] == 2
    assert (await s.change(s.own, made, last_day="2026-03-20")).status_code == 200
    assert await s.status() == ("on_leave", "2026-03-03")


async def test_what_is_over_is_the_managers(world: World) -> None:
    s = await scene(world)
    made = await s.announce(s.own, "2026-03-03", last_day="2026-03-10", reason="Moving house.")
    world.clock.pass_(days=30)
    assert await s.turn() == 1
    for fields in ({"last_day": "2026-03-09"}, {"first_day": "2026-03-04"}):
        assert (await s.change(s.own, made, **fields)).status_code == 403
    assert (await s.change(s.own, made, reason="Moved house.")).status_code == 200
    put_right = await s.change(s.staff, made, last_day="2026-03-09")
    assert (put_right.status_code, put_right.json()["last_day"]) == (200, "2026-03-09")
    unexplained = await s.change(s.staff, made, last_day="2026-03-08", reason=None)
    assert unexplained.json()["errors"][0]["pointer"] == "/reason"
    assert await s.delete(s.staff, made) == 204
    assert await s.listed() == []


async def test_a_leave_that_is_taken_away_was_never_there(world: World) -> None:
    s = await scene(world)
    made = await s.announce(s.own, "2026-03-03")
    stale = s.own.headers | {"If-Match": '"7.x"'}
    url = made.headers["location"]
    assert (await world.client.delete(url, headers=stale)).status_code == 412
    assert (await world.client.patch(url, json={}, headers=stale)).status_code == 412
    fresh = s.own.headers | {"If-Match": made.headers["etag"]}
    assert (await world.client.delete(url, headers=fresh)).status_code == 204
    assert await s.status() == ("active", "2026-03-03")
    assert (await world.client.get(url, headers=s.own.headers)).status_code == 404


async def test_the_days_make_sense(world: World) -> None:
    s = await scene(world)
    await world.rows("update ambassadors set joined_on = '2026-01-11'")
    backwards = await s.announce(s.own, "2026-04-02", last_day="2026-04-01")
    assert (backwards.status_code, backwards.json()["errors"][0]["pointer"]) == (400, "/last_day")
    early = await s.announce(s.staff, "2026-01-10", reason="Before she came.")
    assert (early.status_code, early.json()["errors"][0]["pointer"]) == (400, "/first_day")
    assert await s.listed() == []


async def test_a_leave_is_for_the_ambassador_and_the_staff(world: World) -> None:
    s = await scene(world)
    made = await s.announce(s.own, "2026-03-03", reason="Zubenelgenubi")
    stranger = await world.token(
        Role.AMBASSADOR, "demo", person_id=await person(world, "Bo", "demo")
    )
    elsewhere = await world.token(None)
    reader = await world.token(Role.READER, "demo")
    for url in (URL, made.headers["location"]):
        assert (await world.client.get(url)).status_code == 401
        for who in (stranger, elsewhere):
            assert (await world.client.get(url, headers=who.headers)).status_code == 404
    for who, status in ((stranger, 404), (elsewhere, 404), (reader, 403)):
        assert (await s.announce(who, "2026-05-01")).status_code == status
        assert (await s.change(who, made, last_day="2026-05-01")).status_code == status
        assert await s.delete(who, made) == status
    told = {who.secret: (await s.listed(who))[0]["reason"] for who in (s.own, s.staff, reader)}
    assert list(told.values()) == ["Zubenelgenubi", "Zubenelgenubi", None]


async def test_a_token_that_may_not_manage_oneself_manages_nothing(world: World) -> None:
    s = await scene(world)
    (amara,) = await world.rows("select person_id from ambassadors")
    limited = await world.token(
        Role.AMBASSADOR, "demo", person_id=amara["person_id"], permissions=[Permission.SELF_READ]
    )
    assert (await s.announce(limited, "2026-05-01")).status_code == 403
    assert await s.listed(limited) == []


async def test_the_reason_is_in_no_event_and_in_no_log(world: World) -> None:
    s = await scene(world)
    made = await s.announce(s.own, "2026-03-03", reason="Zubenelgenubi")
    await s.change(s.own, made, reason="Zubenelgenubi again")
    public = await world.client.get(ONE)
    assert "Zubenelgenubi" not in public.text
    for table in ("events", "audit_entries", "audit_values", "directory_entries", "ambassadors"):
        rows = await world.rows(f"select t::text as line from {table} t")
        assert [row["line"] for row in rows if "Zubenelgenubi" in row["line"]] == [], table
    changed = await world.rows("select fields from audit_entries where action = 'leave.changed'")
    assert [row["fields"] for row in changed] == [["reason"]]


async def test_the_same_key_announces_once(world: World) -> None:
    s = await scene(world)
    headers = s.own.headers | {"Idempotency-Key": "once"}
    body = {"first_day": "2026-04-01"}
    answers = [await world.client.post(URL, json=body, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(await s.listed()) == 1


async def test_the_list_is_walked_from_the_last_one(world: World) -> None:
    s = await scene(world)
    for month in ("04", "06", "05"):
        await s.announce(s.own, f"2026-{month}-01", last_day=f"2026-{month}-10")
    first = await world.client.get(URL + "?limit=2", headers=s.own.headers)
    second = await world.client.get(first.links["next"]["url"], headers=s.own.headers)
    items = first.json()["items"] + second.json()["items"]
    assert [item["first_day"] for item in items] == ["2026-06-01", "2026-05-01", "2026-04-01"]
    assert second.json()["next"] is None


async def test_a_former_handle_leads_to_the_leaves(world: World) -> None:
    s = await scene(world)
    made = await s.announce(s.own, "2026-04-01")
    renamed = await world.client.patch(ONE, json={"handle": "ama"}, headers=s.staff.headers)
    assert renamed.status_code == 200
    moved = await world.client.get(URL, headers=s.own.headers)
    assert (moved.status_code, moved.headers["location"]) == (308, URL.replace("amara", "ama"))
    moved = await world.client.get(made.headers["location"], headers=s.own.headers)
    assert moved.status_code == 308


async def test_the_day_turns_statuses_once(world: World) -> None:
    s = await scene(world)
    await s.announce(s.own, "2026-03-10", last_day="2026-03-20")
    assert await s.turn() == 0
    world.clock.pass_(days=9)
    assert await s.turn() == 1
    # The worker was down for two days: the status holds from the day that it should have.
    assert await s.status() == ("on_leave", "2026-03-10")
    assert await s.turn() == 0
    world.clock.pass_(days=8)
    assert await s.turn() == 0
    world.clock.pass_(days=3)
    assert await s.turn() == 1
    assert await s.status() == ("active", "2026-03-21")
    assert await s.turn() == 0
    told = await world.rows(
        "select data from events where type = 'ambassador.status_changed' order by seq"
    )
    assert [row["data"]["on"] for row in told] == ["2026-03-10", "2026-03-21"]
    logged = await world.rows(
        "select fields from audit_entries where action = 'ambassador.status_changed'"
    )
    assert len(logged) == 2
    listed = (await world.client.get("/v1/programs/demo/ambassadors")).json()["items"]
    assert [(item["handle"], item["status"]) for item in listed] == [("amara", "active")]


async def test_leaves_that_touch_are_one_absence(world: World) -> None:
    s = await scene(world)
    await s.announce(s.own, "2026-03-04", last_day="2026-03-10")
    await s.announce(s.own, "2026-03-08", last_day="2026-03-15")
    await s.announce(s.own, "2026-03-16", last_day="2026-03-17")
    turned: list[int] = []
    for _ in range(20):
        world.clock.pass_(days=1)
        turned.append(await s.turn())
    assert [day for day, count in enumerate(turned, start=4) if count] == [4, 18]
    assert await s.status() == ("active", "2026-03-18")


async def test_two_turns_at_once_tell_it_once(world: World) -> None:
    s = await scene(world)
    await s.announce(s.own, "2026-03-10")
    world.clock.pass_(days=7)
    await asyncio.gather(*(s.turn() for _ in range(4)))
    told = await world.rows("select from events where type = 'ambassador.status_changed'")
    assert len(told) == 1


async def test_a_day_that_is_caught_up_with_undoes_no_later_one(world: World) -> None:
    s = await scene(world)
    made = await s.announce(s.own, "2026-03-03")
    world.clock.pass_(days=7)
    await s.change(s.own, made, last_day="2026-03-09")
    assert await s.status() == ("active", "2026-03-10")
    assert [await s.turn(date(2026, 3, day)) for day in range(4, 11)] == [0] * 7
    assert await s.status() == ("active", "2026-03-10")


async def test_sanctions_and_farewells_are_not_touched(world: World) -> None:
    s = await scene(world)
    for status in ("suspended", "emeritus", "removed"):
        await s.announce(s.own, "2026-03-03")
        answer = await s.put_status(status)
        assert answer.status_code == 200, answer.text
        world.clock.pass_(days=1)
        assert await s.turn() == 0
        assert (await s.status())[0] == status
        await s.put_status("active")


async def test_a_suspended_one_is_on_leave_when_that_is_lifted(world: World) -> None:
    s = await scene(world)
    await s.announce(s.own, "2026-03-03")
    await s.put_status("suspended")
    assert await s.days() == [("2026-03-03", None)]
    await s.put_status("active")
    assert await s.turn() == 1
    assert await s.status() == ("on_leave", "2026-03-03")


async def test_leaving_ends_what_was_open_and_takes_away_what_was_planned(world: World) -> None:
    s = await scene(world)
    await s.announce(s.own, "2026-03-03")
    await s.announce(s.own, "2026-09-01", last_day="2026-09-30")
    world.clock.pass_(days=5)
    assert (await s.put_status("emeritus", on="2026-03-06")).status_code == 200
    assert await s.days() == [("2026-03-03", "2026-03-05")]
    told = await world.rows("select type from events where type like 'leave.%' order by seq")
    assert sorted(row["type"] for row in told[2:]) == ["leave.changed", "leave.removed"]
    late = await s.announce(s.own, "2026-04-01")
    assert (late.status_code, late.json()["code"]) == (409, "has_left")


async def test_who_leaves_on_the_first_day_was_never_away(world: World) -> None:
    s = await scene(world)
    await s.announce(s.own, "2026-03-03")
    await s.put_status("removed")
    assert await s.days() == []


async def test_a_status_by_hand_is_a_leave_too(world: World) -> None:
    s = await scene(world)
    assert (await s.put_status("on_leave", on="2026-03-01")).status_code == 200
    (leave,) = await s.listed()
    assert (leave["first_day"], leave["last_day"]) == ("2026-03-01", None)
    assert leave["reason"] == "We talked about it."
    world.clock.pass_(days=4)
    assert await s.turn() == 0
    assert (await s.put_status("active")).status_code == 200
    assert await s.days() == [("2026-03-01", "2026-03-06")]
    assert await s.turn() == 0


async def test_leave_from_before_leaves_were_recorded_stays(world: World) -> None:
    s = await scene(world)
    await world.rows("update ambassadors set status = 'on_leave', status_on = '2026-02-01'")
    await world.rows("update directory_entries set status = 'on_leave'")
    await s.announce(s.staff, "2025-01-01", last_day="2025-01-31", reason="Long ago.")
    assert await s.turn() == 0
    assert await s.status() == ("on_leave", "2026-02-01")


async def test_nothing_changes_in_an_archived_program(world: World) -> None:
    s = await scene(world)
    await s.announce(s.own, "2026-03-05")
    owner = await world.token()
    archived = await world.client.patch(
        "/v1/programs/demo", json={"status": "archived"}, headers=owner.headers
    )
    assert archived.status_code == 200
    assert (await s.announce(s.own, "2026-05-01")).json()["code"] == "program_archived"
    world.clock.pass_(days=5)
    assert await s.turn() == 0


async def test_announcing_and_ending_at_once_leave_the_truth(world: World) -> None:
    """However they meet, who has no leave today is active, and who has one is not."""
    s = await scene(world)
    made = [await s.announce(s.own, "2026-03-03") for _ in range(3)]
    ends = [s.delete(s.own, one) for one in made]
    assert await asyncio.gather(*ends) == [204, 204, 204]
    assert (await s.status())[0] == "active"
    answers = await asyncio.gather(*(s.announce(s.own, "2026-03-03") for _ in range(3)), s.turn())
    assert [one.status_code for one in answers[:3] if isinstance(one, httpx.Response)] == [201] * 3
    assert (await s.status())[0] == "on_leave"
    told = await world.rows("select data from events where type = 'ambassador.status_changed'")
    assert [row["data"]["after"] for row in told] == ["on_leave", "active", "on_leave"]


async def test_the_days_are_the_programs(world: World) -> None:
    s = await scene(world, time_zone="Pacific/Auckland")
    assert (await s.announce(s.own, "2026-03-03")).status_code == 403
    assert (await s.announce(s.own, "2026-03-04")).status_code == 201
    assert await s.status() == ("on_leave", "2026-03-04")
