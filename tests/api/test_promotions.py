"""Promotions over HTTP: students become full ambassadors, and both histories stay."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
from msgspec import Struct

from domain.rules.access import Role
from tests.people import person
from tests.world import POLICY, Bearer, World

HERE = "/v1/programs/students/ambassadors"
THERE = "/v1/programs/full/ambassadors"
YEARLY = {"tenure": {"clock": "anniversary", "length": "P1Y"}}
STATUSES = {"directory": {"statuses": ["active", "emeritus"]}}
STUDENTS = {
    "groups": {"school_of_lagos": {"name": "School of Lagos"}},
    "roles": {"school_leader": {"name": "School leader"}},
}


class Scene(Struct):
    """A student program and a full one, a student with her own token, and who manages both."""

    world: World
    amara: UUID
    own: Bearer
    staff: Bearer

    async def promote(self, who: Bearer | None = None, **body: Any) -> httpx.Response:
        told = {"to": "full", "reason": "She graduated."} | body
        headers = (who or self.staff).headers
        return await self.world.client.post(f"{HERE}/amara/promotion", json=told, headers=headers)

    async def listed(self, url: str, who: Bearer | None = None) -> list[dict[str, Any]]:
        headers = who.headers if who else {}
        answer = await self.world.client.get(url + "/promotions", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def get(self, url: str) -> dict[str, Any]:
        answer = await self.world.client.get(url, headers=self.staff.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def tenures(self, program: str) -> list[tuple[Any, ...]]:
        rows = await self.world.rows(
            """select t.first_day, t.last_day, t.outcome, t.outcome_reason
                 from tenures t join programs g on g.id = t.program_id
                where g.slug = $1 order by t.first_day""",
            program,
        )
        return [(str(a), b if b is None else str(b), c, d) for a, b, c, d in rows]


async def scene(world: World, **full: Any) -> Scene:
    await world.program("students", policy=POLICY | STUDENTS | YEARLY | STATUSES)
    await world.program("full", policy=POLICY | YEARLY | full)
    amara = await person(world, "Amara", city="Lagos")
    staff = await world.token()
    joined = {"handle": "amara", "person_id": str(amara), "joined_on": "2026-01-11"}
    made = await world.client.post(HERE, json=joined, headers=staff.headers)
    assert made.status_code == 201, made.text
    return Scene(
        world, amara, await world.token(Role.AMBASSADOR, "students", person_id=amara), staff
    )


async def test_a_student_becomes_a_full_ambassador(world: World) -> None:
    s = await scene(world)
    made = await s.promote()
    assert made.status_code == 201, made.text
    assert made.headers["location"] == THERE + "/amara"
    body = made.json()
    assert (body["from_program"], body["from_handle"]) == ("students", "amara")
    assert (body["to_program"], body["to_handle"]) == ("full", "amara")
    assert (body["promoted_on"], body["reason"]) == ("2026-03-03", "She graduated.")
    student, full = await s.get(HERE + "/amara"), await s.get(THERE + "/amara")
    assert (student["status"], full["status"]) == ("emeritus", "active")
    assert student["private"]["status_reason"] == "She graduated."
    assert student["private"]["person_id"] == full["private"]["person_id"] == str(s.amara)
    assert (student["joined_on"], full["joined_on"]) == ("2026-01-11", "2026-03-03")
    assert await s.tenures("students") == [("2026-01-11", "2026-03-02", "ended", "She graduated.")]
    assert await s.tenures("full") == [("2026-03-03", "2027-03-02", None, None)]
    for url in (HERE + "/amara", THERE + "/amara"):
        assert await s.listed(url, s.staff) == [body]
    told = await world.rows(
        """select g.slug, e.data from events e join programs g on g.id = e.program_id
            where e.type = 'ambassador.promoted' order by e.seq"""
    )
    assert [(row["slug"], row["data"]) for row in told] == [
        ("students", {"to": "full"}),
        ("full", {"from": "students"}),
    ]
    logged = await world.rows("select from audit_entries where action = 'ambassador.promoted'")
    assert len(logged) == 2


async def test_she_may_be_called_otherwise_there(world: World) -> None:
    s = await scene(world)
    await person(world, "Amara", "full")
    taken = await s.promote()
    assert (taken.status_code, taken.json()["errors"][0]["pointer"]) == (409, "/handle")
    assert (await s.get(HERE + "/amara"))["status"] == "active"
    made = await s.promote(handle="amara-two")
    assert (made.status_code, made.headers["location"]) == (201, THERE + "/amara-two")


async def test_what_she_hides_stays_hidden(world: World) -> None:
    s = await scene(world)
    hidden = {"hidden_fields": ["city", "joined_on"]}
    await world.client.patch(HERE + "/amara", json=hidden, headers=s.staff.headers)
    assert (await s.promote()).status_code == 201
    shown = (await world.client.get(THERE + "/amara")).json()
    assert (shown["city"], shown["joined_on"]) == (None, None)
    (link,) = await s.listed(THERE + "/amara")
    assert link["promoted_on"] is None


async def test_a_promotion_happens_once_however_many_ask(world: World) -> None:
    s = await scene(world)
    answers = await asyncio.gather(*(s.promote() for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert (refused.json()["code"], refused.json()["errors"][0]["pointer"]) == (
        "already_exists",
        "/to",
    )
    for table, count in (("promotions", 1), ("ambassadors", 2), ("tenures", 2)):
        assert len(await world.rows(f"select from {table}")) == count


async def test_she_joins_once_however_she_comes_in(world: World) -> None:
    s = await scene(world)
    join = {"handle": "amara", "person_id": str(s.amara)}
    answers = await asyncio.gather(
        s.promote(),
        world.client.post(THERE, json=join, headers=s.staff.headers),
        s.promote(handle="amara-two"),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert len(await world.rows("select from ambassadors")) == 2


async def test_two_who_go_opposite_ways_do_not_wait_for_each_other(world: World) -> None:
    s = await scene(world)
    await person(world, "Bo", "full")
    back = {"to": "students", "reason": "He studies again."}
    answers = await asyncio.gather(
        s.promote(),
        world.client.post(THERE + "/bo/promotion", json=back, headers=s.staff.headers),
    )
    assert [answer.status_code for answer in answers] == [201, 201]


async def test_the_same_key_promotes_once(world: World) -> None:
    s = await scene(world)
    current = await world.client.get(HERE + "/amara", headers=s.staff.headers)
    headers = s.staff.headers | {"Idempotency-Key": "once", "If-Match": current.headers["etag"]}
    body = {"to": "full", "reason": "She graduated."}
    answers = [
        await world.client.post(HERE + "/amara/promotion", json=body, headers=headers)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


async def test_it_takes_a_manager_of_both(world: World) -> None:
    s = await scene(world)
    here = await world.token(Role.MANAGER, "students")
    there = await world.token(Role.MANAGER, "full")
    for who in (s.own, here, there):
        assert (await s.promote(who)).status_code == 403
    await world.rows(
        """insert into role_assignments (id, account_id, role, program_id, valid_from, version,
                                         updated_at)
           select gen_random_uuid(), $1, 'manager', id, $2, 1, $2
             from programs where slug = 'full'""",
        here.account_id,
        world.now,
    )
    assert (await s.promote(here)).status_code == 201


async def test_where_nobody_can_go(world: World) -> None:
    s = await scene(world)
    nowhere = await s.promote(to="nowhere")
    assert (nowhere.status_code, nowhere.json()["errors"][0]["pointer"]) == (409, "/to")
    same = await s.promote(to="students")
    assert (same.status_code, same.json()["errors"][0]["pointer"]) == (409, "/to")
    stale = await world.client.post(
        HERE + "/amara/promotion",
        json={"to": "full", "reason": "Graduated."},
        headers=s.staff.headers | {"If-Match": '"9.x"'},
    )
    assert stale.status_code == 412
    for slug in ("full", "students"):
        for status, expected in (("archived", 409), ("active", None)):
            await world.client.patch(
                f"/v1/programs/{slug}", json={"status": status}, headers=s.staff.headers
            )
            if expected:
                refused = await s.promote()
                assert (refused.status_code, refused.json()["code"]) == (409, "program_archived")
    unknown = await world.client.post(
        HERE + "/bo/promotion", json={"to": "full", "reason": "x"}, headers=s.staff.headers
    )
    assert unknown.status_code == 404
    assert await world.rows("select from promotions") == []


async def test_sanctions_do_not_travel(world: World) -> None:
    s = await scene(world)
    for status in ("suspended", "removed"):
        body = {"status": status, "reason": "The code of conduct."}
        await world.client.post(HERE + "/amara/status", json=body, headers=s.staff.headers)
        refused = await s.promote()
        assert (refused.status_code, refused.json()["code"]) == (409, "promotion_refused")
    assert await world.rows("select from promotions") == []


async def test_an_emeritus_goes_on_and_their_farewell_stays_as_it_was(world: World) -> None:
    s = await scene(world)
    body = {"status": "emeritus", "reason": "Took her degree.", "on": "2026-02-01"}
    await world.client.post(HERE + "/amara/status", json=body, headers=s.staff.headers)
    assert (await s.promote()).status_code == 201
    private = (await s.get(HERE + "/amara"))["private"]
    assert (private["status_on"], private["status_reason"]) == ("2026-02-01", "Took her degree.")
    assert len(await s.tenures("students")) == 1


async def test_a_third_program_is_not_touched(world: World) -> None:
    s = await scene(world)
    await world.program("third", policy=POLICY | YEARLY)
    third = "/v1/programs/third/ambassadors"
    join = {"handle": "amara", "person_id": str(s.amara), "joined_on": "2025-06-01"}
    await world.client.post(third, json=join, headers=s.staff.headers)
    before = (await s.get(third + "/amara"), await s.tenures("third"))
    assert (await s.promote()).status_code == 201
    assert (await s.get(third + "/amara"), await s.tenures("third")) == before
    assert await s.listed(third + "/amara", s.staff) == []


async def test_a_leave_ends_with_the_promotion(world: World) -> None:
    s = await scene(world)
    url = HERE + "/amara/leaves"
    await world.client.post(url, json={"first_day": "2026-03-03"}, headers=s.own.headers)
    world.clock.pass_(days=2)
    assert (await s.promote()).status_code == 201
    (leave,) = (await s.get(url))["items"]
    assert (leave["first_day"], leave["last_day"]) == ("2026-03-03", "2026-03-04")
    assert (await s.get(THERE + "/amara"))["status"] == "active"


async def test_the_public_sees_a_link_between_two_public_entries(world: World) -> None:
    s = await scene(world)
    await s.promote()
    for url in (HERE + "/amara", THERE + "/amara"):
        (link,) = await s.listed(url)
        assert (link["from_program"], link["to_handle"]) == ("students", "amara")
        assert (link["reason"], link["promoted_on"]) == (None, "2026-03-03")
    full = await world.client.post(
        THERE + "/amara/status",
        json={"status": "suspended", "reason": "The code of conduct."},
        headers=s.staff.headers,
    )
    assert full.status_code == 200
    assert await s.listed(HERE + "/amara") == []
    reader = await world.token(Role.READER, "students")
    for who in (s.own, reader):
        (seen,) = await s.listed(HERE + "/amara", who)
        assert (seen["to_program"], seen["reason"]) == ("full", "She graduated.")
    assert (await world.client.get(THERE + "/amara/promotions")).status_code == 404


async def test_a_program_without_a_public_directory_is_not_linked(world: World) -> None:
    s = await scene(world, directory={"public": False})
    await s.promote()
    assert await s.listed(HERE + "/amara") == []
    assert len(await s.listed(HERE + "/amara", s.own)) == 1


async def test_emeriti_who_are_not_listed_are_not_linked(world: World) -> None:
    s = await scene(world)
    policy = POLICY | STUDENTS | YEARLY
    put = {"document": policy, "reason": "Only the active."}
    answer = await world.client.put(
        "/v1/programs/students/policy", json=put, headers=s.staff.headers
    )
    assert answer.status_code == 200, answer.text
    await s.promote()
    assert await s.listed(THERE + "/amara") == []
    assert len(await s.listed(THERE + "/amara", s.staff)) == 1


async def test_a_former_handle_leads_to_the_promotions(world: World) -> None:
    s = await scene(world)
    await s.promote()
    await world.client.patch(THERE + "/amara", json={"handle": "ama"}, headers=s.staff.headers)
    moved = await world.client.get(THERE + "/amara/promotions")
    assert (moved.status_code, moved.headers["location"]) == (308, THERE + "/ama/promotions")
    (link,) = await s.listed(HERE + "/amara")
    assert link["to_handle"] == "ama"


async def test_the_list_is_walked_from_the_newest(world: World) -> None:
    s = await scene(world, **STATUSES)
    await world.program("mentors", policy=POLICY)
    await s.promote()
    on = {"to": "mentors", "reason": "She teaches now."}
    made = await world.client.post(THERE + "/amara/promotion", json=on, headers=s.staff.headers)
    assert made.status_code == 201
    first = await world.client.get(THERE + "/amara/promotions?limit=1")
    second = await world.client.get(first.links["next"]["url"])
    items = first.json()["items"] + second.json()["items"]
    assert [one["to_program"] for one in items] == ["mentors", "full"]
    assert second.json()["next"] is None


async def test_two_whom_an_undone_merge_parts_are_not_linked(world: World) -> None:
    s = await scene(world)
    kept = await person(world, "Amara O")
    both = {"kept": str(kept), "merged": str(s.amara)}
    merged = await world.client.post("/v1/merges", json=both, headers=s.staff.headers)
    assert merged.status_code == 201
    assert (await s.promote()).status_code == 201
    assert len(await s.listed(HERE + "/amara")) == 1
    undone = await world.client.post(
        f"/v1/merges/{merged.json()['id']}/undo", headers=s.staff.headers
    )
    assert undone.status_code == 200, undone.text
    # What came later stays with the person who was kept.
    assert await s.listed(HERE + "/amara", s.staff) == []
    assert await s.listed(THERE + "/amara", s.staff) == []


async def test_a_school_has_a_leader(world: World) -> None:
    """Groups with leads are memberships: a school is a group, who leads it has the role too."""
    s = await scene(world)
    await person(world, "Bo", "students")
    url = HERE + "/{}/memberships"
    for handle, kind, code in (
        ("amara", "group", "school_of_lagos"),
        ("amara", "role", "school_leader"),
        ("bo", "group", "school_of_lagos"),
    ):
        made = await world.client.post(
            url.format(handle), json={"kind": kind, "code": code}, headers=s.staff.headers
        )
        assert made.status_code == 201, made.text

    async def handles(query: str) -> list[str]:
        items = (await world.client.get(f"{HERE}?{query}")).json()["items"]
        return [item["handle"] for item in items]

    assert await handles("group=school_of_lagos") == ["amara", "bo"]
    assert await handles("group=school_of_lagos&role=school_leader") == ["amara"]
    # The school is the student program's: it stays behind with the history.
    assert (await s.promote()).status_code == 201
    assert (await s.get(HERE + "/amara"))["groups"] == ["school_of_lagos"]
    assert (await s.get(THERE + "/amara"))["groups"] == []
