"""Merges over HTTP: two records become one, and an undo returns exactly what moved."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx

from domain.rules.access import Role
from domain.rules.contributions import Named
from tests.people import person
from tests.posting import claim as claim_first
from tests.posting import people_of, post
from tests.world import World


async def merge(
    world: World, headers: dict[str, str], kept: object, merged: object
) -> httpx.Response:
    body = {"kept": str(kept), "merged": str(merged)}
    return await world.client.post("/v1/merges", json=body, headers=headers)


async def undo(world: World, headers: dict[str, str], made: httpx.Response) -> httpx.Response:
    return await world.client.post(f"{made.headers['location']}/undo", headers=headers)


async def claim(world: World, headers: dict[str, str], whose: object, **body: Any) -> None:
    answer = await world.client.post(
        f"/v1/people/{whose}/identities", json={"provider": "github"} | body, headers=headers
    )
    assert answer.status_code == 201, answer.text


async def employ(world: World, headers: dict[str, str], whose: object, company: str) -> None:
    answer = await world.client.post(
        f"/v1/people/{whose}/affiliations", json={"company": company}, headers=headers
    )
    assert answer.status_code == 201, answer.text


async def belongings(world: World, person_id: UUID) -> dict[str, list[str]]:
    """What belongs to a person, table by table."""
    found: dict[str, list[str]] = {}
    for table, column in {
        "identities": "handle",
        "affiliations": "company",
        "ambassadors": "handle",
        "directory_entries": "handle",
        "accounts": "name",
        "invitations": "name",
    }.items():
        rows = await world.rows(
            f"select {column} as it from {table} where person_id = $1 order by 1", person_id
        )
        found[table] = [row["it"] for row in rows]
    return found


async def invite(world: World, person_id: UUID) -> None:
    await world.rows(
        """insert into invitations (id, person_id, name, digest, expires_at, created_at,
                                    version, updated_at)
           values (gen_random_uuid(), $1, 'For Bo', decode('00', 'hex'), $2, $2, 1, $2)""",
        person_id,
        world.now,
    )


async def test_an_undo_returns_exactly_what_moved(world: World) -> None:
    await world.program("one")
    await world.program("two")
    owner = (await world.token()).headers
    amara = await person(world, "Amara Okafor", "one")
    twin = await person(world, "Amara O", "two")
    await claim(world, owner, amara, handle="amara")
    await claim(world, owner, twin, handle="twin")
    await employ(world, owner, amara, "Old Systems")
    await employ(world, owner, twin, "New Systems")
    await world.token(Role.AMBASSADOR, "two", person_id=twin)
    await invite(world, twin)
    before = {one: await belongings(world, one) for one in (amara, twin)}

    made = await merge(world, owner, amara, twin)
    assert made.status_code == 201, made.text
    assert {table: len(ids) for table, ids in made.json()["moved"].items()} == {
        "identities": 1,
        "affiliations": 1,
        "ambassadors": 1,
        "accounts": 1,
        "invitations": 1,
        "contributions": 0,
        "applications": 0,
        "nominations": 0,
        "rounds": 0,
    }
    assert all(not rows for rows in (await belongings(world, twin)).values())
    assert (await belongings(world, amara))["identities"] == ["amara", "twin"]
    shown = await world.client.get("/v1/programs/two/ambassadors/amara-o")
    assert shown.json()["name"] == "Amara Okafor"

    await claim(world, owner, amara, provider="slack", handle="later")
    back = await undo(world, owner, made)
    assert back.status_code == 200, back.text
    assert back.json()["undone_at"] is not None
    assert await belongings(world, twin) == before[twin]
    kept = before[amara] | {"identities": ["amara", "later"]}
    assert await belongings(world, amara) == kept
    assert (await world.client.get(f"/v1/people/{twin}", headers=owner)).status_code == 200
    shown = await world.client.get("/v1/programs/two/ambassadors/amara-o")
    assert shown.json()["name"] == "Amara O"

    again = await undo(world, owner, made)
    assert (again.status_code, again.json()["code"]) == (409, "merge_undone")


async def held(world: World) -> dict[str, set[tuple[Any, ...]]]:
    """Whose everything about contributions is, without what counts up."""
    found: dict[str, set[tuple[Any, ...]]] = {}
    for table, columns in {
        "contribution_participants": "contribution_id, position, who, unmatched_id, role, share",
        "contribution_fingerprints": "who, fingerprint, contribution_id",
        "unmatched_identities": "id, status, person_id",
    }.items():
        rows = await world.rows(f"select {columns} from {table}")
        found[table] = {tuple(row.values()) for row in rows}
    return found


def named(person_id: UUID, role: str | None = None, share: int | None = None) -> Named:
    return Named(person=str(person_id), role=role, share=share)


async def test_contributions_move_and_return(world: World) -> None:
    await world.program()
    owner = (await world.token()).headers
    amara, twin = await person(world, "Amara", "demo"), await person(world, "Twin")
    bo = await person(world, "Bo")
    own, alone = await post(world, named(amara)), await post(world, named(twin))
    both = await post(world, named(bo), named(twin, "host", 30), named(amara, "speaker", 50))
    inboxed = await post(world, Named(identity="email:twin@example.org"))
    await world.rows("update unmatched_identities set status = 'matched', person_id = $1", twin)
    await world.rows(
        "update contribution_participants set person_id = $1 where contribution_id = $2",
        twin,
        inboxed,
    )
    # Of what both did first, the one who is kept stays the first.
    for whose, which, mark in ((amara, own, b"a"), (twin, alone, b"a"), (twin, alone, b"t")):
        await claim_first(world, whose, which, mark)
    await claim_first(world, twin, both, b"b")
    before = await held(world)

    made = await merge(world, owner, amara, twin)
    assert made.status_code == 201, made.text
    assert set(made.json()["moved"]["contributions"]) == {str(alone), str(both), str(inboxed)}
    assert await people_of(world, alone) == await people_of(world, inboxed) == [amara]
    parts = await world.rows(
        """select person_id, role, share from contribution_participants
            where contribution_id = $1 order by position""",
        both,
    )
    # The share of the part that ended is not lost.
    assert [tuple(row) for row in parts] == [(bo, None, None), (amara, "speaker", 80)]
    firsts = await world.rows(
        """select fingerprint, contribution_id from contribution_fingerprints where who = $1
            order by fingerprint""",
        amara,
    )
    assert [tuple(row) for row in firsts] == [(b"a", own), (b"t", alone)]
    (entry,) = await world.rows("select person_id from unmatched_identities")
    assert entry["person_id"] == amara
    versions = await world.rows("select id, version from contributions")
    counted = {row["id"] for row in versions if row["version"] == 2}
    assert counted == {alone, both, inboxed}

    later = await post(world, named(amara))
    back = await undo(world, owner, made)
    assert back.status_code == 200, back.text
    assert await people_of(world, later) == [amara]
    after = await held(world)
    after["contribution_participants"] = {
        row for row in after["contribution_participants"] if row[0] != later
    }
    assert after == before


async def test_an_undo_brings_nobody_back_whom_people_took_away(world: World) -> None:
    await world.program()
    owner = (await world.token()).headers
    amara, twin = await person(world, "Amara"), await person(world, "Twin")
    bo = await person(world, "Bo")
    alone = await post(world, named(twin))
    both = await post(world, named(twin, share=40), named(amara, share=60))
    made = await merge(world, owner, amara, twin)
    await world.rows("update contribution_participants set person_id = $1", bo)
    assert (await undo(world, owner, made)).status_code == 200
    assert await people_of(world, alone) == await people_of(world, both) == [bo]


async def test_a_share_that_people_changed_since_stays(world: World) -> None:
    await world.program()
    owner = (await world.token()).headers
    amara, twin = await person(world, "Amara"), await person(world, "Twin")
    both = await post(world, named(twin, share=40), named(amara, share=60))
    made = await merge(world, owner, amara, twin)
    await world.rows("update contribution_participants set share = 70")
    assert (await undo(world, owner, made)).status_code == 200
    rows = await world.rows(
        """select person_id, share from contribution_participants where contribution_id = $1
            order by position""",
        both,
    )
    assert [tuple(row) for row in rows] == [(twin, 40), (amara, 70)]


async def test_a_merge_of_before_contributions_moved_is_undone(world: World) -> None:
    """What it journaled names no contributions."""
    owner = (await world.token()).headers
    amara, twin = await person(world, "Amara"), await person(world, "Twin")
    await claim(world, owner, twin, handle="twin")
    made = await merge(world, owner, amara, twin)
    await world.rows(
        "update person_merges set moved = moved - 'contributions' - 'unmatched' - 'ended'"
    )
    assert (await undo(world, owner, made)).status_code == 200
    assert (await belongings(world, twin))["identities"] == ["twin"]


async def test_a_merged_record_leads_to_the_one_that_was_kept(world: World) -> None:
    owner = (await world.token()).headers
    amara, twin = await person(world, "Amara"), await person(world, "Twin")
    third = await person(world, "Third")
    await claim(world, owner, twin, handle="twin")
    listed = await world.client.get(f"/v1/people/{twin}/identities", headers=owner)
    identity = listed.json()["items"][0]["id"]
    first = await merge(world, owner, amara, twin)
    assert first.status_code == 201
    # A chain leads to its end at once.
    second = await merge(world, owner, third, amara)
    assert second.status_code == 201
    for rest in ("", "/identities", f"/identities/{identity}", "/affiliations", "/export"):
        moved = await world.client.get(f"/v1/people/{twin}{rest}", headers=owner)
        assert moved.status_code == 308
        assert moved.headers["location"] == f"/v1/people/{third}{rest}"
    for answer in (
        await world.client.patch(f"/v1/people/{twin}", json={"city": "X"}, headers=owner),
        await merge(world, owner, third, twin),
        await merge(world, owner, twin, third),
        # Of a chain, the last merge is undone first.
        await undo(world, owner, first),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "person_merged")
    names = await world.client.get("/v1/people", headers=owner)
    assert [item["name"] for item in names.json()["items"]] == ["Third"]

    assert (await undo(world, owner, second)).status_code == 200
    assert (await undo(world, owner, first)).status_code == 200
    assert (await belongings(world, twin))["identities"] == ["twin"]


async def test_a_merge_happens_once_however_many_ask(world: World) -> None:
    owner = (await world.token()).headers
    amara, twin = await person(world, "Amara"), await person(world, "Twin")
    await claim(world, owner, twin, handle="twin")
    answers = await asyncio.gather(
        *(merge(world, owner, *pair) for pair in [(amara, twin)] * 3 + [(twin, amara)] * 2)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    made = next(answer for answer in answers if answer.status_code == 201)
    undone = await asyncio.gather(*(undo(world, owner, made) for _ in range(4)))
    assert sorted(answer.status_code for answer in undone) == [200, 409, 409, 409]
    (state,) = await world.rows("select count(*) as merges from person_merges")
    assert state["merges"] == 1
    events = await world.rows("select type from events where type like 'person.%merged'")
    assert sorted(row["type"] for row in events) == [
        "person.merged",
        "person.unmerged",
        "person.unmerged",
    ]


async def test_two_ambassadors_of_one_program_are_not_merged(world: World) -> None:
    await world.program()
    owner = (await world.token()).headers
    amara, twin = await person(world, "Amara", "demo"), await person(world, "Twin", "demo")
    await claim(world, owner, twin, handle="twin")
    refused = await merge(world, owner, amara, twin)
    assert (refused.status_code, refused.json()["code"]) == (409, "both_ambassadors")
    assert (await belongings(world, twin))["identities"] == ["twin"]


async def test_a_merge_while_somebody_joins_leaves_nobody_behind(world: World) -> None:
    """Whichever comes first: no ambassador belongs to a record that was merged away."""
    await world.program()
    owner = (await world.token()).headers
    amara, twin = await person(world, "Amara"), await person(world, "Twin")
    body = {"handle": "twin", "person_id": str(twin)}
    joined, merged = await asyncio.gather(
        world.client.post("/v1/programs/demo/ambassadors", json=body, headers=owner),
        merge(world, owner, amara, twin),
    )
    assert merged.status_code == 201, merged.text
    assert joined.status_code in {201, 409}
    left = await world.rows(
        """select 1 from ambassadors a join people p on p.id = a.person_id
            where p.merged_into is not null"""
    )
    assert left == []


async def test_what_a_merge_names_must_be_two_people_that_one_sees(world: World) -> None:
    await world.program("one")
    await world.program("two")
    here, there = await person(world, "Here", "one"), await person(world, "There", "two")
    manager = (await world.token(Role.MANAGER, "one")).headers
    itself = await merge(world, manager, here, here)
    assert (itself.status_code, itself.json()["errors"][0]["pointer"]) == (400, "/merged")
    unseen = await merge(world, manager, here, there)
    assert (unseen.status_code, unseen.json()["code"]) == (409, "invalid_reference")
    assert unseen.json()["errors"][0]["pointer"] == "/merged"


async def test_one_manages_every_program_that_a_merge_touches(world: World) -> None:
    await world.program("one")
    await world.program("two")
    manager, owner = (await world.token(Role.MANAGER, "one")).headers, (await world.token()).headers
    both, new = await person(world, "In Both", "one", "two"), await person(world, "New")
    assert (await merge(world, manager, both, new)).status_code == 403
    made = await merge(world, owner, both, new)
    assert made.status_code == 201
    seen = await world.client.get(made.headers["location"], headers=manager)
    assert seen.json() == made.json()
    assert (await undo(world, manager, made)).status_code == 403
    outsider = (await world.token(Role.MANAGER, "two")).headers
    away = await person(world, "Away", "one")
    hidden = await merge(world, owner, away, await person(world, "Other"))
    unseen = await world.client.get(hidden.headers["location"], headers=outsider)
    assert unseen.status_code == 404
    assert (await undo(world, outsider, hidden)).status_code == 404
    listed = await world.client.get("/v1/merges", headers=outsider)
    assert [item["id"] for item in listed.json()["items"]] == [made.json()["id"]]


async def test_also_programs_that_only_know_of_contributions(world: World) -> None:
    await world.program("one")
    await world.program("two")
    manager = (await world.token(Role.MANAGER, "one")).headers
    amara, twin = await person(world, "Amara", "one"), await person(world, "Twin", "one")
    await world.rows("delete from directory_entries where person_id = $1", twin)
    await world.rows("delete from ambassadors where person_id = $1", twin)
    await post(world, named(twin), slug="two")
    assert (await merge(world, manager, amara, twin)).status_code == 403


async def test_an_undo_of_what_one_has_not_read_is_refused(world: World) -> None:
    owner = (await world.token()).headers
    made = await merge(world, owner, await person(world, "Amara"), await person(world, "Twin"))
    stale = await undo(world, owner | {"If-Match": '"2.abc"'}, made)
    assert stale.status_code == 412
    read = await world.client.get(made.headers["location"], headers=owner)
    assert (await undo(world, owner | {"If-Match": read.headers["etag"]}, made)).status_code == 200
