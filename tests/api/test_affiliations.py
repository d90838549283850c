"""Affiliations over HTTP: where a person works on a day."""

from __future__ import annotations

from datetime import date

from domain import affiliations
from domain.call import reading
from tests.people import person
from tests.world import World


async def test_an_affiliation_has_its_days(world: World) -> None:
    await world.program()
    owner = (await world.token()).headers
    amara = await person(world, "Amara Okafor", "demo")
    url = f"/v1/people/{amara}/affiliations"
    old = {"company": "Old Systems", "valid_from": "2024-01-01", "valid_until": "2025-06-30"}
    new = {"company": "New Systems", "valid_from": "2025-07-01"}
    for body in (old, new):
        made = await world.client.post(url, json=body, headers=owner)
        assert made.status_code == 201, made.text
        assert (await world.client.get(made.headers["location"], headers=owner)).status_code == 200

    async def on(day: date) -> list[str]:
        async with reading(world.call()) as tx:
            return await affiliations.companies_on(tx, amara, day)

    assert await on(date(2023, 12, 31)) == []
    assert await on(date(2025, 6, 30)) == ["Old Systems"]
    assert await on(date(2025, 7, 1)) == ["New Systems"]
    listed = await world.client.get(f"{url}?on=2025-06-30", headers=owner)
    assert [item["company"] for item in listed.json()["items"]] == ["Old Systems"]
    (entry,) = await world.rows("select search from directory_entries")
    assert "new systems" in entry["search"]
    assert "old systems" not in entry["search"]


async def test_a_period_ends_after_it_starts(world: World) -> None:
    owner = (await world.token()).headers
    url = f"/v1/people/{await person(world)}/affiliations"
    body = {"company": "X", "valid_from": "2025-07-01", "valid_until": "2025-06-30"}
    refused = await world.client.post(url, json=body, headers=owner)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/valid_until"


async def test_an_affiliation_is_corrected_ended_and_removed(world: World) -> None:
    owner = (await world.token()).headers
    url = f"/v1/people/{await person(world)}/affiliations"
    body = {"company": "Ivnented", "valid_from": "2025-07-01"}
    place = (await world.client.post(url, json=body, headers=owner)).headers["location"]
    read = await world.client.get(place, headers=owner)
    fix = {"company": "Invented", "valid_from": None, "valid_until": "2026-01-01"}
    headers = owner | {"If-Match": read.headers["etag"]}
    fixed = await world.client.patch(place, json=fix, headers=headers)
    assert fixed.json() | fix == fixed.json()
    assert (await world.client.patch(place, json={}, headers=headers)).status_code == 412
    again = await world.client.patch(place, json=fix, headers=owner)
    assert again.json()["version"] == fixed.json()["version"]
    assert (await world.client.delete(place, headers=owner)).status_code == 204
    assert (await world.client.get(place, headers=owner)).status_code == 404
    actions = await world.rows(
        "select action from audit_entries where action like 'affiliation.%' order by id"
    )
    assert [row["action"] for row in actions] == [
        "affiliation.added",
        "affiliation.updated",
        "affiliation.deleted",
    ]
