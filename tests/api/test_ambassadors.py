"""Ambassadors over HTTP: joining, handles and statuses."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from domain import programs
from domain.programs import Changes
from domain.rules.access import Permission, Role
from tests.world import POLICY, Bearer, World

URL = "/v1/programs/demo/ambassadors"


async def join(world: World, staff: Bearer, handle: str = "amara", **fields: Any) -> httpx.Response:
    body = {"handle": handle} | fields
    if "person_id" not in fields:
        body.setdefault("person", {"name": "Amara Okafor", "country": "NG"})
    return await world.client.post(URL, json=body, headers=staff.headers)


async def manager(world: World, policy: dict[str, Any] | None = None) -> Bearer:
    await world.program("demo", policy=policy)
    return await world.token(Role.MANAGER, "demo")


async def set_status(
    world: World, staff: Bearer, status: str, handle: str = "amara", **more: Any
) -> httpx.Response:
    body = {"status": status, "reason": "We talked about it."} | more
    return await world.client.post(f"{URL}/{handle}/status", json=body, headers=staff.headers)


async def test_somebody_new_joins(world: World) -> None:
    staff = await manager(world)
    made = await join(world, staff, "Amara", joined_on="2025-01-11")
    assert made.status_code == 201
    assert made.headers["location"] == URL + "/Amara"
    body = made.json()
    assert (body["name"], body["status"], body["joined_on"]) == (
        "Amara Okafor",
        "active",
        "2025-01-11",
    )
    private = body.pop("private")
    seen = (await world.client.get(URL + "/aMARA")).json()
    assert seen == body | {"private": None}
    people = await world.rows("select id from people")
    assert [str(row["id"]) for row in people] == [private["person_id"]]
    known = await world.rows("select action, fields from audit_entries order by id")
    assert [row["action"] for row in known][-2:] == ["person.created", "ambassador.joined"]
    told = await world.rows("select type, data from events order by seq")
    assert told[-1]["type"] == "ambassador.joined"
    assert told[-1]["data"] == {"joined_on": "2025-01-11"}


async def test_somebody_recorded_joins_once(world: World) -> None:
    staff = await manager(world)
    person_id = (await join(world, staff)).json()["private"]["person_id"]
    again = await join(world, staff, "other", person_id=person_id)
    assert (again.status_code, again.json()["errors"][0]["pointer"]) == (409, "/person_id")
    await world.program("second")
    owner = await world.token()
    second = await world.client.post(
        "/v1/programs/second/ambassadors",
        json={"handle": "amara", "person_id": person_id},
        headers=owner.headers,
    )
    assert second.status_code == 201
    assert second.json()["name"] == "Amara Okafor"


async def test_a_person_of_a_foreign_program_is_unknown(world: World) -> None:
    staff = await manager(world)
    person_id = (await join(world, staff)).json()["private"]["person_id"]
    await world.program("second")
    stranger = await world.token(Role.MANAGER, "second")
    for unknown in (person_id, "019a0000-0000-7000-8000-000000000001"):
        refused = await world.client.post(
            "/v1/programs/second/ambassadors",
            json={"handle": "amara", "person_id": unknown},
            headers=stranger.headers,
        )
        assert (refused.status_code, refused.json()["code"]) == (409, "invalid_reference")
        assert refused.json()["errors"][0]["pointer"] == "/person_id"


async def test_exactly_one_person_joins(world: World) -> None:
    staff = await manager(world)
    both = {"person_id": "019a0000-0000-7000-8000-000000000001", "person": {"name": "A"}}
    for body in ({"handle": "amara"}, {"handle": "amara"} | both):
        refused = await world.client.post(URL, json=body, headers=staff.headers)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == "/person_id"
    faulty = {"name": "A", "links": [{"kind": "github", "url": "no handle"}]}
    refused = await join(world, staff, person=faulty)
    assert refused.json()["errors"][0]["pointer"] == "/person/links/0/url"
    refused = await join(world, staff, joined_on="2026-03-04")
    assert refused.json()["errors"][0]["pointer"] == "/joined_on"
    assert await world.rows("select from people") == []


async def test_a_handle_is_taken_once_in_whatever_case(world: World) -> None:
    staff = await manager(world)
    answers = await asyncio.gather(
        *(join(world, staff, handle) for handle in ("amara", "Amara", "AMARA", "aMaRa"))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["errors"][0]["pointer"] == "/handle"
    assert len(await world.rows("select from people")) == 1


async def test_the_same_key_joins_once(world: World) -> None:
    staff = await manager(world)
    body = {"handle": "amara", "person": {"name": "Amara Okafor"}}
    headers = staff.headers | {"Idempotency-Key": "once"}
    first = await world.client.post(URL, json=body, headers=headers)
    again = await world.client.post(URL, json=body, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["location"] == first.headers["location"]


async def test_an_old_handle_leads_to_the_new_one(world: World) -> None:
    staff = await manager(world)
    await join(world, staff)
    renamed = await world.client.patch(
        URL + "/amara", json={"handle": "Okafor"}, headers=staff.headers
    )
    assert (renamed.status_code, renamed.json()["version"]) == (200, 2)
    moved = await world.client.get(URL + "/AMARA")
    assert (moved.status_code, moved.headers["location"]) == (308, URL + "/Okafor")
    moved = await world.client.get(URL + "/amara/memberships")
    assert (moved.status_code, moved.headers["location"]) == (308, URL + "/Okafor/memberships")

    # Somebody else takes the old handle, and gives it up again.
    second = await join(world, staff, "amara", person={"name": "Amara Nwosu"})
    assert second.status_code == 201
    assert (await world.client.get(URL + "/amara")).json()["name"] == "Amara Nwosu"
    await world.client.patch(URL + "/amara", json={"handle": "nwosu"}, headers=staff.headers)
    moved = await world.client.get(URL + "/amara")
    assert moved.headers["location"] == URL + "/nwosu"


async def test_another_way_of_writing_a_handle_is_no_old_handle(world: World) -> None:
    staff = await manager(world)
    await join(world, staff)
    await world.client.patch(URL + "/amara", json={"handle": "Amara"}, headers=staff.headers)
    assert (await world.client.get(URL + "/amara")).json()["handle"] == "Amara"
    assert await world.rows("select from ambassador_handles") == []


async def test_two_take_the_same_handle(world: World) -> None:
    staff = await manager(world)
    for handle in ("one", "two"):
        await join(world, staff, handle)
    answers = await asyncio.gather(
        *(
            world.client.patch(URL + old, json={"handle": new}, headers=staff.headers)
            for old, new in (("/one", "Three"), ("/two", "three"))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await world.rows("select from ambassador_handles")) == 1


async def test_nothing_new_changes_nothing(world: World) -> None:
    staff = await manager(world)
    await join(world, staff, joined_on="2025-01-11")
    count = "select (select count(*) from audit_entries) + (select count(*) from events) as n"
    before = await world.rows(count)
    patched = await world.client.patch(
        URL + "/amara",
        json={"handle": "amara", "joined_on": "2025-01-11", "hidden_fields": []},
        headers=staff.headers,
    )
    assert patched.json()["version"] == 1
    first = await set_status(world, staff, "on_leave")
    assert first.json()["version"] == 2
    world.clock.pass_(days=3)
    again = await set_status(world, staff, "on_leave")
    assert again.json() == first.json()
    # The status and the leave that goes with it, each with an entry and an event.
    assert (await world.rows(count))[0]["n"] == before[0]["n"] + 4


async def test_a_day_of_joining_can_be_forgotten(world: World) -> None:
    staff = await manager(world)
    await join(world, staff, joined_on="2025-01-11")
    tomorrow = await world.client.patch(
        URL + "/amara", json={"joined_on": "2026-03-04"}, headers=staff.headers
    )
    assert tomorrow.json()["errors"][0]["pointer"] == "/joined_on"
    patched = await world.client.patch(
        URL + "/amara", json={"joined_on": None}, headers=staff.headers
    )
    assert patched.json()["joined_on"] is None


async def test_a_status_has_a_reason_and_a_day(world: World) -> None:
    staff = await manager(world)
    await join(world, staff, joined_on="2025-01-11")
    nameless = await world.client.post(
        URL + "/amara/status", json={"status": "emeritus"}, headers=staff.headers
    )
    assert nameless.status_code == 400
    early = await set_status(world, staff, "emeritus", on="2025-01-10")
    assert (early.status_code, early.json()["errors"][0]["pointer"]) == (400, "/on")
    left = await set_status(world, staff, "emeritus", on="2026-01-10")
    assert left.json()["private"]["status_on"] == "2026-01-10"
    assert left.json()["private"]["status_reason"] == "We talked about it."
    refused = await set_status(world, staff, "on_leave")
    assert (refused.status_code, refused.json()["code"]) == (409, "status_change_refused")
    told = await world.rows("select data from events where type = 'ambassador.status_changed'")
    assert [row["data"] for row in told] == [
        {"before": "active", "after": "emeritus", "on": "2026-01-10"}
    ]
    entry = await world.rows(
        """select v.reason, e.fields from audit_entries e join audit_values v on v.entry_id = e.id
            where e.action = 'ambassador.status_changed'"""
    )
    assert entry[0]["reason"] == "We talked about it."
    assert entry[0]["fields"] == ["status", "status_on", "status_reason"]


async def test_one_of_two_decides(world: World) -> None:
    staff = await manager(world)
    made = await join(world, staff)
    headers = staff.headers | {"If-Match": made.headers["etag"]}
    answers = await asyncio.gather(
        *(
            world.client.post(
                URL + "/amara/status", json={"status": status, "reason": "So."}, headers=headers
            )
            for status in ("removed", "emeritus", "on_leave")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]


async def test_who_is_suspended_is_nowhere_in_public(world: World) -> None:
    statuses = {"directory": {"statuses": ["active", "emeritus", "on_leave"]}}
    staff = await manager(world, POLICY | statuses)
    await join(world, staff)
    await world.client.patch(URL + "/amara", json={"handle": "okafor"}, headers=staff.headers)
    assert (await set_status(world, staff, "suspended", "okafor")).status_code == 200
    for path in ("/okafor", "/amara", "/okafor/memberships", "/amara/memberships"):
        assert (await world.client.get(URL + path)).status_code == 404
    everything = "?status=active&status=emeritus&status=on_leave"
    for query in ("", everything, "?q=amara", "?country=NG"):
        assert (await world.client.get(URL + query)).json()["items"] == []
    never = await world.client.get(URL + "?status=suspended")
    assert (never.status_code, never.json()["errors"][0]["parameter"]) == (400, "status")
    listed = await world.client.get(URL + "?status=suspended", headers=staff.headers)
    assert [item["handle"] for item in listed.json()["items"]] == ["okafor"]
    assert (await set_status(world, staff, "active", "okafor")).status_code == 200
    assert (await world.client.get(URL + "/okafor")).status_code == 200


async def test_a_status_that_the_program_does_not_list_is_not_public(world: World) -> None:
    staff = await manager(world)
    await join(world, staff)
    await set_status(world, staff, "emeritus")
    assert (await world.client.get(URL + "/amara")).status_code == 404
    listed = await world.client.get(URL + "?status=emeritus")
    assert (listed.status_code, listed.json()["items"]) == (200, [])


async def test_one_sees_oneself_whatever_is_public(world: World) -> None:
    staff = await manager(world, POLICY | {"directory": {"public": False}})
    made = (await join(world, staff)).json()
    await join(world, staff, "bao", person={"name": "Bao Tran"})
    await set_status(world, staff, "suspended")
    person_id = made["private"]["person_id"]
    own = await world.token(Role.AMBASSADOR, "demo", person_id=person_id)
    seen = await world.client.get(URL + "/amara", headers=own.headers)
    assert seen.json()["private"]["status_reason"] == "We talked about it."
    assert (await world.client.get(URL + "/bao", headers=own.headers)).status_code == 404
    assert (await world.client.get(URL, headers=own.headers)).status_code == 404
    # A token for something else does not show who its holder is.
    narrow = await world.token(
        Role.AMBASSADOR, "demo", person_id=person_id, permissions=[Permission.TOKEN_MANAGE]
    )
    assert (await world.client.get(URL + "/amara", headers=narrow.headers)).status_code == 404
    patched = await world.client.patch(
        URL + "/amara", json={"joined_on": None}, headers=own.headers
    )
    assert patched.status_code == 403


async def test_each_view_has_its_own_etag(world: World) -> None:
    staff = await manager(world)
    made = await join(world, staff)
    public = await world.client.get(URL + "/amara")
    plain = staff.headers | {"Accept-Encoding": "identity"}
    private = await world.client.get(URL + "/amara", headers=plain)
    assert public.headers["etag"] != private.headers["etag"]
    assert private.headers["etag"] == made.headers["etag"]
    assert public.headers["cache-control"].startswith("public")
    assert private.headers["cache-control"].startswith("private")
    unchanged = await world.client.get(
        URL + "/amara", headers={"If-None-Match": public.headers["etag"]}
    )
    assert unchanged.status_code == 304
    # If-Match compares the version alone, whichever view it was read in.
    patched = await world.client.patch(
        URL + "/amara",
        json={"hidden_fields": ["city"]},
        headers=staff.headers | {"If-Match": public.headers["etag"]},
    )
    assert patched.status_code == 200


async def test_nothing_changes_in_an_archived_program(world: World) -> None:
    staff = await manager(world)
    await join(world, staff)
    await programs.update(world.call(), "demo", Changes(status="archived"), lambda _: None)
    answers = [
        await join(world, staff, "other"),
        await set_status(world, staff, "emeritus"),
        await world.client.patch(URL + "/amara", json={"handle": "x"}, headers=staff.headers),
        await world.client.post(
            URL + "/amara/memberships", json={"kind": "group", "code": "tsc"}, headers=staff.headers
        ),
    ]
    assert {(a.status_code, a.json()["code"]) for a in answers} == {(409, "program_archived")}
    assert (await world.client.get(URL + "/amara")).status_code == 200
