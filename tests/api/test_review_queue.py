"""The review queue: what waits, oldest first, for whoever can decide on it."""

from __future__ import annotations

from domain.rules.access import Role
from tests.reviewing import DECLINE, TALK_TYPE, TYPES, reviewing
from tests.world import World


async def test_the_queue_is_sorted_by_age_and_filtered(world: World) -> None:
    it = await reviewing(world)
    mine = [(await it.submit(title=f"Talk {n}", url=None))["id"] for n in range(3)]
    article = (await it.submit(it.bruno, type="article", title="Queues", url=None))["id"]
    sent = (await it.demo.put("k1", title="A keynote", url=None)).json()["contribution"]["id"]
    everything = [*mine, article, sent]
    assert await it.waiting() == everything
    assert await it.waiting(type="article") == [article]
    assert await it.waiting(source="bot") == [sent]
    assert await it.waiting(ambassador="Bruno") == [article]
    assert await it.waiting(ambassador="nobody") == []
    await it.review(mine[0], decision="return", note="Which event?")
    assert await it.waiting() == everything[1:]
    assert await it.waiting(waiting_for="author") == mine[:1]
    await it.review(mine[1], **DECLINE)
    await it.dispute(mine[1])
    assert await it.waiting(status="disputed") == [mine[1]]
    assert await it.waiting(status="pending") == [mine[2], article, sent]
    assert await it.waiting(status="declined") == []
    bruno = await world.token(Role.REVIEWER, "demo", person_id=it.demo.people["bruno"])
    assert await it.waiting(bruno) == [mine[1], mine[2], sent]


async def test_the_queue_page_by_page(world: World) -> None:
    it = await reviewing(world)
    ids = [(await it.submit(title=f"Talk {n}", url=None))["id"] for n in range(5)]
    url: str | None = f"{it.demo.base}/contributions/review-queue?limit=2"
    pages: list[list[str]] = []
    while url:
        answer = await world.client.get(url, headers=it.one.headers)
        pages.append([one["contribution"]["id"] for one in answer.json()["items"]])
        url = answer.links.get("next", {}).get("url")
    assert pages == [ids[:2], ids[2:4], ids[4:]]


async def test_at_once_needs_no_review(world: World) -> None:
    types = TYPES | {"talk": TALK_TYPE | {"acceptance": "at_once"}}
    it = await reviewing(world, contribution_types=types)
    assert (await it.submit())["status"] == "accepted"
    assert await it.waiting() == []
