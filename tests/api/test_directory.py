"""The public directory: what it shows, what can be asked of it, and how it is walked."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain import ambassadors, people, policies
from domain.ambassadors import Draft
from domain.call import transaction
from domain.rules.access import Role
from domain.rules.policy_document import DirectoryField
from domain.store import directory
from domain.store import people as person_store
from tests.world import POLICY, World

URL = "/v1/programs/demo/ambassadors"


async def add(world: World, handle: str, **profile: Any) -> ambassadors.Entry:
    """An ambassador with their person's profile and the day (as text) on which they joined."""
    day = profile.pop("joined_on", None)
    joined_on = date.fromisoformat(day) if day else None
    person = people.Changes(name=profile.pop("name", handle.title()), **profile)
    return await ambassadors.create(world.call(), "demo", Draft(handle, person, joined_on))


async def handles(
    world: World, query: str = "", headers: dict[str, str] | None = None
) -> list[str]:
    answer = await world.client.get(URL + query, headers=headers or {})
    assert answer.status_code == 200, answer.text
    return [item["handle"] for item in answer.json()["items"]]


async def affiliate(world: World, person_id: UUID, company: str, since: Any, until: Any) -> None:
    await world.rows(
        """insert into affiliations
           select (jsonb_populate_record(null::affiliations, jsonb_build_object(
               'id', gen_random_uuid(), 'person_id', $1::uuid, 'company', $2::text,
               'valid_from', $3::text, 'valid_until', $4::text,
               'version', 1, 'created_at', now(), 'updated_at', now()))).*""",
        person_id,
        company,
        since,
        until,
    )


async def test_the_directory_is_filtered(world: World) -> None:
    await world.program()
    await add(world, "amara", country="NG", languages=["en", "yo"], topics=["testing"])
    await add(world, "bao", country="VN", languages=["en"], topics=["event-driven architecture"])
    await add(world, "chidi", country="NG", languages=["ig"], bio="Says 100% of it in_one go")
    assert await handles(world) == ["amara", "bao", "chidi"]
    assert await handles(world, "?country=NG") == ["amara", "chidi"]
    assert await handles(world, "?country=NG&language=yo") == ["amara"]
    assert await handles(world, "?topic=event-driven%20architecture") == ["bao"]
    assert await handles(world, "?q=EVENT-dri") == ["bao"]
    assert await handles(world, "?q=0%25") == ["chidi"]
    assert await handles(world, "?q=%25%25") == []
    assert await handles(world, "?q=n_o") == ["chidi"]
    assert await handles(world, "?q=a_a") == []
    short = await world.client.get(URL + "?q=a")
    assert (short.status_code, short.json()["errors"][0]["parameter"]) == (400, "q")


async def test_what_is_hidden_is_absent_and_cannot_be_probed(world: World) -> None:
    await world.program()
    made = await add(
        world,
        "amara",
        title="Potter",
        country="NG",
        city="Lagos",
        languages=["yo"],
        topics=["kilns"],
        hidden_fields=[DirectoryField.COUNTRY, DirectoryField.TITLE],
    )
    staff = await world.token(Role.MANAGER, "demo")
    patched = await world.client.patch(
        URL + "/amara",
        json={"hidden_fields": ["languages", "joined_on"]},
        headers=staff.headers,
    )
    assert patched.status_code == 200
    programs_own = POLICY | {"directory": {"hidden_fields": ["topics", "city"]}}
    await policies.put(world.call(), "demo", programs_own, "Fewer details.", lambda _: None)

    one = (await world.client.get(URL + "/amara")).json()
    listed = (await world.client.get(URL)).json()["items"]
    assert listed == [one]
    gone = {"title": None, "country": None, "city": None, "languages": [], "topics": []}
    assert {name: one[name] for name in gone} == gone
    for probe in ("country=NG", "language=yo", "topic=kilns", "q=potter", "q=kiln", "q=lagos"):
        assert await handles(world, "?" + probe) == [], probe
    assert made.country is None


async def test_a_hidden_day_of_joining_is_last_and_staff_sees_it(world: World) -> None:
    await world.program()
    staff = await world.token(Role.MANAGER, "demo")
    for handle, day in (("amara", "2024-05-01"), ("bao", "2023-05-01"), ("chidi", "2022-05-01")):
        await add(world, handle, joined_on=day)
    await world.client.patch(
        URL + "/chidi", json={"hidden_fields": ["joined_on"]}, headers=staff.headers
    )
    assert await handles(world, "?sort=joined") == ["bao", "amara", "chidi"]
    assert (await world.client.get(URL + "/chidi")).json()["joined_on"] is None
    seen = (await world.client.get(URL + "/chidi", headers=staff.headers)).json()
    assert (seen["joined_on"], seen["private"]["joined_on"]) == (None, "2022-05-01")


async def test_companies_change_with_the_day_of_the_time_zone(world: World) -> None:
    # It is 3 March, 12:00 UTC: already the 4th in Kiritimati.
    await world.program(policy=POLICY | {"time_zone": "Pacific/Kiritimati"})
    made = await add(world, "amara")
    await affiliate(world, made.person_id, "Former Ltd", None, "2026-03-03")
    await affiliate(world, made.person_id, "Present Ltd", "2026-03-04", "2026-03-04")
    await affiliate(world, made.person_id, "Future Ltd", "2026-03-05", None)
    assert (await world.client.get(URL + "/amara")).json()["company"] == "Present Ltd"
    staff = await world.token(Role.MANAGER, "demo")
    await world.client.patch(
        URL + "/amara", json={"hidden_fields": ["company"]}, headers=staff.headers
    )
    assert (await world.client.get(URL + "/amara")).json()["company"] is None


async def test_a_private_directory_is_for_staff(world: World) -> None:
    await world.program(policy=POLICY | {"directory": {"public": False}})
    await add(world, "amara")
    await world.program("other")
    stranger = await world.token(Role.MANAGER, "other")
    for headers in ({}, stranger.headers):
        assert (await world.client.get(URL, headers=headers)).status_code == 404
        assert (await world.client.get(URL + "/amara", headers=headers)).status_code == 404
    reader = await world.token(Role.READER, "demo")
    assert await handles(world, headers=reader.headers) == ["amara"]


async def test_a_walk_meets_everybody_once_while_others_join(world: World) -> None:
    await world.program()
    before = [f"person-{number:02}" for number in range(12)]
    for handle in before:
        await add(world, handle, name="Same Name", joined_on="2025-01-11")
    for sort in ("name", "joined"):
        met: list[str] = []
        url: str | None = f"{URL}?limit=3&sort={sort}"
        while url:
            answer, _ = await asyncio.gather(
                world.client.get(url),
                add(world, f"late-{sort}-{len(met)}", name="Same Name", joined_on="2025-01-11"),
            )
            body = answer.json()
            met += [item["handle"] for item in body["items"]]
            url = answer.links["next"]["url"] if body["next"] else None
        assert len(met) == len(set(met))
        assert set(before) <= set(met)


async def test_a_cursor_belongs_to_its_order(world: World) -> None:
    await world.program()
    for handle in ("amara", "bao"):
        await add(world, handle)
    cursor = (await world.client.get(URL + "?limit=1")).json()["next"]
    refused = await world.client.get(f"{URL}?limit=1&sort=joined&cursor={cursor}")
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "cursor")


@pytest.mark.parametrize("late", ["person", "ambassador"])
async def test_what_two_hide_at_the_same_time_is_all_hidden(world: World, late: str) -> None:
    """Each makes the entry anew; neither may do it from what it saw before the other's commit."""
    await world.program()
    made = await add(world, "amara", country="NG", city="Lagos")
    staff = await world.token(Role.MANAGER, "demo")

    async def hide_city() -> None:
        answer = await world.client.patch(
            URL + "/amara", json={"hidden_fields": ["city"]}, headers=staff.headers
        )
        assert answer.status_code == 200

    async def hide_country() -> None:
        await people.update(
            world.call(),
            made.person_id,
            people.Changes(hidden_fields=[DirectoryField.COUNTRY]),
            lambda _: None,
        )

    async with transaction(world.call()) as tx:
        if late == "ambassador":
            person = await person_store.lock(tx, made.person_id)
            assert person is not None
            await tx.raw.execute("update people set hidden_fields = '{country}'")
            await directory.refresh_person(tx, person.id)
        else:
            await tx.raw.execute("update ambassadors set hidden_fields = '{city}'")
            [program] = await world.rows("select id from programs")
            await directory.refresh_ambassador(tx, program["id"], made.id)
        other = asyncio.create_task(hide_city() if late == "ambassador" else hide_country())
        await waiting(world)
    await other
    seen = (await world.client.get(URL + "/amara")).json()
    assert (seen["country"], seen["city"]) == (None, None)


async def waiting(world: World) -> None:
    """Until some connection waits for a lock."""
    question = """select from pg_stat_activity
                   where wait_event_type = 'Lock' and datname = current_database()"""
    for _ in range(500):
        if await world.rows(question):
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("Nobody waits for a lock.")


async def test_somebody_joins_while_their_profile_is_hidden(world: World) -> None:
    await world.program()
    await world.program("second")
    made = await add(world, "amara", country="NG")
    async with transaction(world.call()) as tx:
        person = await person_store.lock(tx, made.person_id)
        assert person is not None
        await tx.raw.execute("update people set hidden_fields = '{country}'")
        await directory.refresh_person(tx, person.id)
        joining = asyncio.create_task(
            ambassadors.create(world.call(), "second", Draft("amara", made.person_id))
        )
        await waiting(world)
    await joining
    seen = await world.client.get("/v1/programs/second/ambassadors/amara")
    assert seen.json()["country"] is None
