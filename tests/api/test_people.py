"""People over HTTP: profiles, and who sees whom."""

from __future__ import annotations

import asyncio

from uuid_utils.compat import uuid7

from domain.rules.access import Permission, Role
from tests.people import person
from tests.world import World

PROFILE = {
    "name": "Amara Okafor",
    "title": "Community lead",
    "bio": "Writes about events.\nTalks about them too.",
    "country": "NG",
    "city": "Lagos",
    "avatar_url": "https://pictures.example/amara.png",
    "languages": ["en", "ig", "en"],
    "topics": ["event-driven architecture"],
    "links": [{"url": "amara-okafor", "kind": "github"}, {"url": "https://x.com/amara_o"}],
    "hidden_fields": ["city", "bio"],
}


async def test_a_person_is_recorded_and_read(world: World) -> None:
    await world.program()
    manager = await world.token(Role.MANAGER, "demo")
    made = await world.client.post("/v1/people", json=PROFILE, headers=manager.headers)
    assert made.status_code == 201, made.text
    body = made.json()
    assert made.headers["location"] == f"/v1/people/{body['id']}"
    assert body["languages"] == ["en", "ig"]
    assert body["hidden_fields"] == ["bio", "city"]
    assert body["links"] == [
        {"kind": "github", "url": "https://github.com/amara-okafor"},
        {"kind": "twitter", "url": "https://x.com/amara_o"},
    ]
    read = await world.client.get(made.headers["location"], headers=manager.headers)
    assert read.json() == body
    assert read.headers["etag"].startswith('"1.')


async def test_a_faulty_link_is_pointed_at_and_nothing_is_stored(world: World) -> None:
    owner = await world.token()
    body = {"name": "Amara Okafor", "links": [{"url": "https://a.example"}, {"url": "a b"}]}
    refused = await world.client.post("/v1/people", json=body, headers=owner.headers)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/links/1/url"
    assert await world.rows("select 1 from people") == []


async def test_the_same_key_records_a_person_once(world: World) -> None:
    owner = await world.token()
    headers = owner.headers | {"Idempotency-Key": '"invented-key"'}
    first = await world.client.post("/v1/people", json=PROFILE, headers=headers)
    second = await world.client.post("/v1/people", json=PROFILE, headers=headers)
    assert second.status_code == 201
    assert second.json() == first.json()
    assert len(await world.rows("select 1 from people")) == 1


async def test_a_change_counts_is_recorded_and_announced(world: World) -> None:
    await world.program()
    amara = await person(world, "Amara Okafor", "demo", city="Lagos")
    manager = await world.token(Role.MANAGER, "demo")
    url = f"/v1/people/{amara}"
    etag = (await world.client.get(url, headers=manager.headers)).headers["etag"]
    headers = manager.headers | {"If-Match": etag}
    changed = await world.client.patch(url, json={"city": None, "title": "Lead"}, headers=headers)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["city"], changed.json()["title"]) == (None, "Lead")
    assert changed.json()["version"] == 2
    stale = await world.client.patch(url, json={"city": "Abuja"}, headers=headers)
    assert stale.status_code == 412
    (entry,) = await world.rows(
        """select e.fields, v.before, v.after from audit_entries e
             join audit_values v on v.entry_id = e.id where e.action = 'person.updated'"""
    )
    assert entry["fields"] == ["city", "title"]
    assert entry["before"] == {"city": "Lagos", "title": None}
    assert entry["after"] == {"city": None, "title": "Lead"}
    (event,) = await world.rows("select * from events where type = 'person.updated'")
    assert event["data"] == {"fields": ["city", "title"]}
    assert event["program_id"] is not None
    (shown,) = await world.rows("select city, title from directory_entries")
    assert dict(shown) == {"city": None, "title": "Lead"}


async def test_the_same_again_changes_nothing(world: World) -> None:
    owner = await world.token()
    amara = await person(world, "Amara Okafor", city="Lagos")
    again = await world.client.patch(
        f"/v1/people/{amara}", json={"city": "Lagos"}, headers=owner.headers
    )
    assert again.json()["version"] == 1
    assert await world.rows("select 1 from events where type = 'person.updated'") == []
    assert await world.rows("select 1 from audit_entries where action = 'person.updated'") == []


async def test_changes_at_the_same_time_are_all_kept(world: World) -> None:
    owner = await world.token()
    url = f"/v1/people/{await person(world)}"
    bodies = [{"city": "Lagos"}, {"title": "Lead"}, {"country": "NG"}, {"bio": "Writes."}]
    answers = await asyncio.gather(
        *(world.client.patch(url, json=body, headers=owner.headers) for body in bodies)
    )
    assert [answer.status_code for answer in answers] == [200] * 4
    now = (await world.client.get(url, headers=owner.headers)).json()
    assert {k: now[k] for body in bodies for k in body} == {
        k: v for b in bodies for k, v in b.items()
    }
    assert now["version"] == 5


async def test_one_sees_the_people_of_ones_programs_and_those_of_none(world: World) -> None:
    await world.program("one")
    await world.program("two")
    here = await person(world, "Here Only", "one")
    there = await person(world, "There Only", "two")
    both = await person(world, "In Both", "one", "two")
    nowhere = await person(world, "Not Yet Anywhere")
    manager = await world.token(Role.MANAGER, "one")

    async def sees(person_id: object) -> int:
        answer = await world.client.get(f"/v1/people/{person_id}", headers=manager.headers)
        return answer.status_code

    assert [await sees(one) for one in (here, both, nowhere)] == [200, 200, 200]
    assert [await sees(one) for one in (there, uuid7())] == [404, 404]
    listed = await world.client.get("/v1/people", headers=manager.headers)
    names = [item["name"] for item in listed.json()["items"]]
    assert names == ["Here Only", "In Both", "Not Yet Anywhere"]
    filtered = await world.client.get("/v1/people?program=two", headers=manager.headers)
    assert filtered.json()["items"] == []
    everyone = await world.client.get("/v1/people", headers=(await world.token()).headers)
    assert len(everyone.json()["items"]) == 4


async def test_what_one_may_not_see_one_may_not_change(world: World) -> None:
    await world.program("one")
    await world.program("two")
    there = await person(world, "There Only", "two")
    manager = (await world.token(Role.MANAGER, "one")).headers
    url = f"/v1/people/{there}"
    body = {"provider": "github", "handle": "there"}
    answers = [
        await world.client.patch(url, json={"city": "Lagos"}, headers=manager),
        await world.client.get(f"{url}/identities", headers=manager),
        await world.client.post(f"{url}/identities", json=body, headers=manager),
        await world.client.get(f"{url}/affiliations", headers=manager),
        await world.client.post(f"{url}/affiliations", json={"company": "X"}, headers=manager),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
    (unchanged,) = await world.rows("select version, city from people")
    assert (unchanged["version"], unchanged["city"]) == (1, None)


async def test_who_may_read_may_not_change(world: World) -> None:
    await world.program()
    amara = await person(world, "Amara Okafor", "demo")
    url = f"/v1/people/{amara}"
    reader = await world.token(Role.READER, "demo")
    assert (await world.client.get(url, headers=reader.headers)).status_code == 200
    refused = await world.client.patch(url, json={"city": "Lagos"}, headers=reader.headers)
    assert refused.status_code == 403
    assert (await world.client.get(url)).status_code == 401


async def test_who_may_only_write_gets_an_answer_all_the_same(world: World) -> None:
    await world.program()
    writer = await world.token(Role.MANAGER, "demo", permissions=[Permission.PERSON_MANAGE])
    made = await world.client.post("/v1/people", json=PROFILE, headers=writer.headers)
    assert made.status_code == 201
    amara = await person(world, "Amara Okafor", "demo")
    url = f"/v1/people/{amara}/identities"
    body = {"provider": "github", "handle": "amara"}
    added = await world.client.post(url, json=body, headers=writer.headers)
    assert added.status_code == 201


async def test_the_list_is_by_name_in_pages_and_searches_literally(world: World) -> None:
    owner = (await world.token()).headers
    for name in ("bo Li", "Ana Silva", "100% Zoë", "ana silva", "100 Zoës", "a_na"):
        await person(world, name)
    seen: list[str] = []
    url = "/v1/people?limit=2"
    while url:
        answer = await world.client.get(url, headers=owner)
        seen += [item["name"] for item in answer.json()["items"]]
        cursor = answer.json()["next"]
        url = f"/v1/people?limit=2&cursor={cursor}" if cursor else ""
    assert sorted(seen) == sorted(
        {"bo Li", "Ana Silva", "100% Zoë", "ana silva", "100 Zoës", "a_na"}
    )
    assert [name.lower() for name in seen].index("bo li") == len(seen) - 1

    async def found(q: str) -> list[str]:
        answer = await world.client.get("/v1/people", params={"q": q}, headers=owner)
        return [item["name"] for item in answer.json()["items"]]

    assert await found("0%") == ["100% Zoë"]
    assert await found("a_n") == ["a_na"]
    assert await found("ZOË") == ["100 Zoës", "100% Zoë"] or len(await found("ZOË")) == 2
    assert await found("\\") == []


async def test_one_edits_ones_own_profile_and_what_is_hidden(world: World) -> None:
    await world.program()
    amara = await person(world, "Amara Okafor", "demo", city="Lagos")
    own = (await world.token(Role.AMBASSADOR, "demo", person_id=amara)).headers
    read = await world.client.get("/v1/me/profile", headers=own)
    assert read.json()["name"] == "Amara Okafor"
    body = {"hidden_fields": ["city"], "title": "Lead"}
    changed = await world.client.patch(
        "/v1/me/profile", json=body, headers=own | {"If-Match": read.headers["etag"]}
    )
    assert changed.status_code == 200, changed.text
    stale = await world.client.patch(
        "/v1/me/profile", json={}, headers=own | {"If-Match": read.headers["etag"]}
    )
    assert stale.status_code == 412
    (shown,) = await world.rows("select city, title from directory_entries")
    assert dict(shown) == {"city": None, "title": "Lead"}
    assert (await world.client.get(f"/v1/people/{amara}", headers=own)).status_code == 403


async def test_an_account_of_nobody_has_no_profile(world: World) -> None:
    headers = (await world.token()).headers
    confirm = {"confirm": "erase"}
    answers = [
        await world.client.get("/v1/me/profile", headers=headers),
        await world.client.patch("/v1/me/profile", json={"title": "X"}, headers=headers),
        await world.client.get("/v1/me/export", headers=headers),
        await world.client.post("/v1/me/erasure", json=confirm, headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
