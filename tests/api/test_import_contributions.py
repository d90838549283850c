"""Contributions that a members file tells of, beside what people and tools record."""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules.contributions import Named
from tests.counted import counted
from tests.members import AMARA, BRUNO, Members, members
from tests.posting import people_of, post
from tests.world import World

QUEUES = {
    "type": "article",
    "title": "Queues for the impatient",
    "occurred_on": "2024-03",
    "url": "https://example.org/queues",
}
"""The one that Bruno's entry has, as a tool tells of it."""


async def only(demo: Members, handle: str = "bruno-t", **params: str) -> dict[str, Any]:
    """The one contribution that an ambassador has."""
    (one,) = await demo.contributions(handle, **params)
    return one


async def patch(demo: Members, one: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = await demo.world.client.patch(
        f"{demo.base}/contributions/{one['id']}", json=body, headers=demo.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def people(*handles: str) -> list[dict[str, str]]:
    return [{"ambassador": handle} for handle in handles]


async def titles(demo: Members, handle: str, **params: str) -> list[str]:
    return [one["title"] for one in await demo.contributions(handle, **params)]


async def test_what_a_file_tells_of_is_accepted_for_whose_entry_it_is(world: World) -> None:
    demo = await members(world)
    await demo.load(AMARA + BRUNO)
    one = await only(demo)
    assert [one["status"], one["visibility"], one["source"]] == [
        "accepted",
        "public",
        "asyncapi-members",
    ]
    assert [who["ambassador"] for who in one["participants"]] == ["bruno-t"]
    public = await world.client.get(f"{demo.base}/contributions")
    assert len(public.json()["items"]) == 3
    (source,) = await world.rows("select slug, trust from sources")
    assert tuple(source) == ("asyncapi-members", "trusted")
    entries = await world.rows("select action from audit_entries where action = 'source.created'")
    assert len(entries) == 1


async def test_a_later_post_of_what_a_file_told_of_is_suspected(world: World) -> None:
    demo = await members(world)
    await demo.load(BRUNO, as_of="2026-01-01")
    again = await demo.change("/contributions", participants=people("bruno-t"), **QUEUES)
    assert (again.status_code, again.json()["status"]) == (201, "pending")
    assert [one["contribution_id"] for one in again.json()["suspects"]] == [
        (await only(demo))["id"]
    ]
    # Nor is it listed twice, once it waits for a reviewer.
    assert (await demo.load(BRUNO, as_of="2026-02-02"))["actions"] == []


async def test_what_a_file_tells_of_is_never_suspected(world: World) -> None:
    demo = await members(world)
    await demo.load(BRUNO.partition("  contributions")[0], as_of="2026-01-01")
    told = QUEUES | {"title": "Queues, the recording"}
    first = await demo.change("/contributions", participants=people("bruno-t"), **told)
    assert first.json()["status"] == "accepted"
    await demo.load(BRUNO, as_of="2026-02-02")
    assert set(await titles(demo, "bruno-t")) == {"Queues, the recording", QUEUES["title"]}
    assert await world.rows("select from contribution_suspects") == []


async def test_what_a_file_takes_back_can_be_recorded_again(world: World) -> None:
    demo = await members(world)
    await demo.load(BRUNO, as_of="2026-01-01")
    await demo.load(BRUNO.partition("  contributions")[0], as_of="2026-02-02")
    again = await demo.change("/contributions", participants=people("bruno-t"), **QUEUES)
    assert again.json()["status"] == "accepted"


async def test_what_a_file_corrects_is_known_as_it_is_now(world: World) -> None:
    demo = await members(world)
    await demo.load(BRUNO, as_of="2026-01-01")
    moved = BRUNO.replace("example.org/queues", "example.org/moved").replace("2024", "2023")
    moved = moved.replace("Queues for", "Topics for")
    await demo.load(moved.replace("example.org/moved", "example.org/queues"), as_of="2026-02-01")
    await demo.load(moved, as_of="2026-02-02")
    free = await demo.change("/contributions", participants=people("bruno-t"), **QUEUES)
    assert free.json()["status"] == "accepted"
    told = QUEUES | {"url": "https://example.org/moved", "title": "Something"}
    held = await demo.change("/contributions", participants=people("bruno-t"), **told)
    assert held.json()["status"] == "pending"


async def test_a_vouched_identity_takes_what_waits_for_it(world: World) -> None:
    demo = await members(world)
    waiting = await post(world, Named(identity="github:900002"), title="Found by a bot")
    other = await post(world, Named(identity="github:@somebody"), title="Not theirs")
    assert await people_of(world, waiting) == [None]
    await demo.load(BRUNO, as_of="2026-01-01")
    assert sorted(await titles(demo, "bruno-t")) == ["Found by a bot", QUEUES["title"]]
    assert await people_of(world, other) == [None]
    # An id that is learned later, as well.
    await demo.load(BRUNO + "- name: Dana\n  github: dana-d\n", as_of="2026-02-01")
    await post(world, Named(identity="github:900077"), title="Found later")
    assert await titles(demo, "dana-d") == []
    await demo.load(BRUNO + "- name: Dana\n  github: dana-d\n  githubID: 900077\n")
    assert await titles(demo, "dana-d") == ["Found later"]


async def test_what_people_gave_several_people_stays_so(world: World) -> None:
    """The file's person is the first; the others' entries need not have it, but may."""
    demo = await members(world)
    await demo.load(AMARA + BRUNO, as_of="2026-01-01")
    one = await only(demo)
    await patch(demo, one, participants=people("bruno-t", "amara-okafor"))
    assert (await demo.load(AMARA + BRUNO, as_of="2026-01-02"))["actions"] == []
    exported = await demo.export()
    assert exported.count(QUEUES["title"]) == 2
    assert (await demo.load(exported, as_of="2026-01-03"))["actions"] == []
    assert (await demo.load(AMARA + BRUNO, as_of="2026-01-04"))["actions"] == []

    report = await demo.load(AMARA + BRUNO.replace("Queues", "Topics"), as_of="2026-01-05")
    assert [step["action"] for step in report["actions"]] == ["change_contribution"]
    for handle in ("bruno-t", "amara-okafor"):
        assert "Topics for the impatient" in await titles(demo, handle)

    await demo.load(AMARA + BRUNO.partition("  contributions")[0], as_of="2026-01-06")
    for handle in ("bruno-t", "amara-okafor"):
        gone = await only(demo, handle, status="withdrawn")
        assert gone["id"] == one["id"]


async def test_what_people_gave_somebody_else_a_mirror_gives_back(world: World) -> None:
    """As with a title or a day: the file corrects it back until somebody corrects the file."""
    demo = await members(world)
    await demo.load(AMARA + BRUNO, as_of="2026-01-01")
    one = await only(demo)
    await patch(demo, one, participants=people("amara-okafor"))
    report = await demo.load(AMARA + BRUNO, as_of="2026-01-02")
    assert sorted(step["action"] for step in report["actions"]) == [
        "add_contribution",
        "remove_contribution",
    ]
    assert await titles(demo, "bruno-t") == [QUEUES["title"]]
    assert QUEUES["title"] not in await titles(demo, "amara-okafor")


@pytest.mark.parametrize("visibility", ["members", "private"])
async def test_what_is_not_public_is_in_no_file_and_stays(world: World, visibility: str) -> None:
    demo = await members(world)
    await demo.load(BRUNO, as_of="2026-01-01")
    await patch(demo, await only(demo), visibility=visibility)
    assert QUEUES["title"] not in await demo.export()
    for file in (await demo.export(), BRUNO):
        assert (await demo.load(file, as_of="2026-02-02"))["actions"] == []
    assert (await only(demo))["visibility"] == visibility


async def test_what_a_reviewer_declined_no_file_brings_back(world: World) -> None:
    demo = await members(world)
    await demo.load(BRUNO.partition("  contributions")[0], as_of="2026-01-01")
    assert (await demo.change("/contributions", participants=people("bruno-t"), **QUEUES)).json()
    await world.rows("update contributions set status = 'declined'")
    assert (await demo.load(BRUNO, as_of="2026-02-02"))["actions"] == []
    assert QUEUES["title"] not in await demo.export()


async def test_what_no_file_tells_of_stays(world: World) -> None:
    demo = await members(world)
    await demo.load(BRUNO, as_of="2026-01-01")
    told = {"description": "Two evenings.", "tags": ["queues"], "ended_on": "2024-03-20"}
    await patch(demo, await only(demo), **told)
    assert (await demo.load(BRUNO, as_of="2026-02-02"))["actions"] == []
    await demo.load(BRUNO.replace("Queues", "Topics"), as_of="2026-02-03")
    one = await only(demo)
    assert {name: one[name] for name in told} == told
    # An end that cannot be is no reason to refuse the file.
    await demo.load(BRUNO.replace("Queues", "Topics").replace("March", "April"))
    one = await only(demo)
    assert (one["occurred_on"], one["ended_on"], one["tags"]) == ("2024-04", None, ["queues"])
    (person,) = await world.rows("select occurred_on::text from contribution_participants")
    assert person["occurred_on"] == "2024-04-01"


async def test_what_counted_for_a_finished_tenure_is_for_people_to_decide(world: World) -> None:
    demo = await members(world)
    await demo.load(BRUNO, as_of="2026-01-01")
    one = await only(demo)
    await counted(world, one["id"], handle="bruno-t")
    for day, changed in (
        ("2026-01-02", BRUNO.replace("March", "April")),
        ("2026-01-03", BRUNO.partition("  contributions")[0]),
    ):
        report = await demo.load(changed, as_of=day)
        assert report["actions"] == []
        assert [found["code"] for found in report["conflicts"]] == ["counted_for_tenure"]
    assert await only(demo) == one
    await demo.load(BRUNO.replace("Queues", "Topics"))
    assert (await only(demo))["title"] == "Topics for the impatient"
