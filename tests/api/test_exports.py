"""Exports over HTTP: what goes out comes in again without a change."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import Any

import asyncpg
import pytest
import yaml

from domain.rules.access import Role
from tests.members import AMARA, BRUNO, CHIDI, blocked, members
from tests.world import POLICY, World

FAULTY = """\
- github: https://github.com/amara-okafor
  name: " Amara Okafor "
  githubID: "900001"
  slack: U0AMARA01
  img: https://example.org/amara.png?s=400&u=1
  twitter: https://twitter.com/amara_o
  linkedin: http://linkedin.com/in/amara-okafor/
  country: UK
  company: 42
  shoe_size: 39
  isTscMember: "true"
  tscMemberSince: 2025-04-14
  contributions:
    - type: presentation
      title: "ShoppingCart, with queues: a \\"story\\""
      date: {year: 2026, month: Jan}
      link: example.org/cart
    - type: Case-Study
      title: Numbers for months
      date: {year: 2024, month: "2022"}
      link: https://example.org/numbers
    - type: talk
      title: The same talk
      date: {year: 2023, month: May}
      link: ""
    - type: talk
      title: The same talk
      date: {year: 2023, month: June}
    - type: iniciative_driver
      title: Misspelt
      date: {year: "2024", month: March}
      link: ""
    - type: dancing
      title: Nobody knows this type
      date: {year: 2024}
      link: ""
- name: Bruno Teixeira
  github: bruno-t
  githubID: 900002
  twitter: ""
  isBoardMember: true
  linkedin: bruno-t
- name: Chidi Eze
  github: "@chidi-eze"
"""
TYPES = POLICY["contribution_types"] | {
    "case_study": {"name": "Case study", "area": "content", "aliases": ["casestudy"]},
    "initiative": {
        "name": "Initiative",
        "area": "community",
        "aliases": ["initiative_driver", "iniciative_driver"],
    },
}
RICH: dict[str, Any] = POLICY | {"contribution_types": TYPES}


@pytest.mark.parametrize("file", [AMARA + BRUNO + CHIDI, CHIDI + AMARA, FAULTY])
@pytest.mark.parametrize("mode", ["mirror", "merge"])
async def test_importing_an_export_changes_nothing(world: World, file: str, mode: str) -> None:
    demo = await members(world, policy=RICH)
    await demo.load(file)
    exported = await demo.export()
    before = await demo.state()
    again = await demo.send(exported, mode)
    assert again.json()["actions"] == []
    assert await demo.state() == before
    as_json = await demo.export("asyncapi-json")
    headers = demo.headers | {"Content-Type": "application/json"}
    told = await world.client.post(
        f"{demo.base}/imports",
        content=as_json,
        params={"mode": mode, "as_of": "2026-03-03"},
        headers=headers,
    )
    assert told.json()["actions"] == []
    assert await demo.state() == before


async def test_an_export_of_an_import_is_the_file(world: World) -> None:
    demo = await members(world)
    await demo.load(BRUNO + AMARA + CHIDI)
    exported = await demo.export()
    assert yaml.safe_load(exported) == [
        {"contributions": [], **one} for one in yaml.safe_load(BRUNO + AMARA + CHIDI)
    ]
    assert json.loads(await demo.export("asyncapi-json")) == yaml.safe_load(exported)


async def test_what_is_normalised_and_nothing_else(world: World) -> None:
    demo = await members(world, policy=RICH)
    await demo.load(FAULTY)
    amara, bruno, chidi = yaml.safe_load(await demo.export())
    assert amara == {
        "name": "Amara Okafor",
        "img": "https://example.org/amara.png?s=400&u=1",
        "github": "amara-okafor",
        "githubID": 900001,
        "slack": "U0AMARA01",
        "twitter": "amara_o",
        "linkedin": "amara-okafor",
        "company": "42",
        "country": "🇬🇧",
        "isTscMember": True,
        "tscMemberSince": "2025-04-14",
        "contributions": [
            {
                "type": "presentation",
                "title": 'ShoppingCart, with queues: a "story"',
                "date": {"year": 2026, "month": "January"},
                "link": "https://example.org/cart",
            },
            {
                "type": "Case-Study",
                "title": "Numbers for months",
                "date": {"year": 2024},
                "link": "https://example.org/numbers",
            },
            {
                "type": "talk",
                "title": "The same talk",
                "date": {"year": 2023, "month": "May"},
                "link": "",
            },
            {
                "type": "talk",
                "title": "The same talk",
                "date": {"year": 2023, "month": "June"},
                "link": "",
            },
            {
                "type": "iniciative_driver",
                "title": "Misspelt",
                "date": {"year": 2024, "month": "March"},
                "link": "",
            },
        ],
    }
    assert bruno["isBoardMember"] is True
    assert "twitter" not in bruno
    assert chidi == {"name": "Chidi Eze", "github": "chidi-eze", "contributions": []}


async def test_the_order_of_a_mirror_is_kept(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO + CHIDI, as_of="2026-01-01")
    moved = await demo.send(CHIDI + AMARA + BRUNO, as_of="2026-02-02")
    assert moved.json()["actions"] == []
    names = [one["name"] for one in yaml.safe_load(await demo.export())]
    assert names == ["Chidi Eze", "Amara Okafor", "Bruno Teixeira"]


async def test_emeriti_and_whom_no_export_shows(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO + CHIDI, as_of="2026-01-01")
    await demo.load(AMARA + CHIDI, as_of="2026-02-02")
    removed = {"status": "removed", "reason": "The committee decided."}
    assert (await demo.change("/ambassadors/chidi-eze/status", **removed)).status_code == 200
    emeriti = yaml.safe_load(await demo.export("asyncapi-emeritus"))
    assert emeriti == {"emeritus_ambassadors": ["bruno-t"], "emeritus_tsc": []}
    assert [one["github"] for one in yaml.safe_load(await demo.export())] == ["amara-okafor"]
    rows = list(csv.DictReader(io.StringIO(await demo.export("csv"))))
    assert [(row["handle"], row["status"], row["github_id"], row["groups"]) for row in rows] == [
        ("amara-okafor", "active", "900001", "tsc"),
        ("bruno-t", "emeritus", "900002", ""),
    ]


async def test_what_a_person_hides_is_in_no_export_and_stays(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA, as_of="2026-01-01")
    await world.client.patch(
        f"{demo.base}/ambassadors/amara-okafor",
        json={"hidden_fields": ["company", "links", "country"]},
        headers=demo.headers,
    )
    (amara,) = yaml.safe_load(await demo.export())
    assert not {"company", "twitter", "linkedin", "country"} & amara.keys()
    again = await demo.send(await demo.export())
    assert again.json()["actions"] == []


async def test_media_types_names_and_permission(world: World) -> None:
    demo = await members(world)
    reader = await world.token(Role.READER, "demo")
    base = f"{demo.base}/exports"
    for format, media_type, name in [
        ("asyncapi-yaml", "application/yaml", "demo-members.yaml"),
        ("asyncapi-json", "application/json", "demo-members.json"),
        ("asyncapi-emeritus", "application/yaml", "demo-emeritus.yaml"),
        ("csv", "text/csv", "demo-members.csv"),
    ]:
        answer = await world.client.get(f"{base}/{format}", headers=reader.headers)
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == media_type
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["cache-control"] == "private, no-cache"
    assert (await world.client.get(f"{base}/csv")).status_code == 401
    stranger = await world.token(Role.INTEGRATION, "demo")
    assert (await world.client.get(f"{base}/csv", headers=stranger.headers)).status_code == 403
    assert (await world.client.get(f"{base}/xml", headers=reader.headers)).status_code == 400


async def test_an_export_shows_one_moment(world: World) -> None:
    """What commits while it is made is not in it, nor half of it."""
    demo = await members(world)
    await demo.load(BRUNO)
    old = await demo.export()
    owner = await asyncpg.connect(world.owner_url)
    try:
        async with owner.transaction():
            # Contributions are read last: people have been read when the export waits here.
            await owner.execute("lock table contributions in access exclusive mode")
            export = asyncio.create_task(demo.export())
            await blocked(owner)
            await owner.execute("update people set name = 'Another'")
            await owner.execute("update contributions set title = 'Another'")
        assert await export == old
        assert (await demo.export()).count("Another") == 2
    finally:
        await owner.close()
