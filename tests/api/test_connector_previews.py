"""What a connector would record, shown beforehand: the truth, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connected import LOST, connector, feed, rss, run
from tests.outside import Outside
from tests.senders import Senders, senders
from tests.world import World


@pytest.fixture
async def demo(world: World) -> Senders:
    return await senders(world)


async def test_a_preview_says_what_would_become_of_each_and_writes_nothing(
    demo: Senders, outside: Outside
) -> None:
    outside.answer(rss(("a", "Queues without tears"), ("b", "Topics for everybody")), etag='"one"')
    await feed(demo, outside, **LOST)
    await run(demo)
    outside.answer(
        rss(
            ("a", "Queues without tears"),
            ("b", "Topics for somebody"),
            ("c", "Brokers"),
            ("d", "Consumers", "Lost"),
        )
    )
    before = await everything(demo)
    answer = await demo.post("/sources/blog/preview")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    results = {one["title"]: one["result"] for one in told["items"]}
    assert results == {
        "Queues without tears": "unchanged",
        "Topics for somebody": "updated",
        "Brokers": "created",
        "Consumers": "rejected",
    }
    assert told["counts"] == {
        "created": 1,
        "updated": 1,
        "unchanged": 1,
        "rejected": 1,
        "skipped": 0,
    }
    brokers = next(one for one in told["items"] if one["title"] == "Brokers")
    assert (brokers["type"], brokers["occurred_on"], brokers["participants"], brokers["why"]) == (
        "article",
        "2026-03-02",
        ["ambassador:amara"],
        None,
    )
    assert next(one["why"] for one in told["items"] if one["title"] == "Consumers")
    assert await everything(demo) == before
    assert outside.asked[-1].headers.get("if-none-match") is None, "all of it is shown"
    demo.world.clock.pass_(hours=2)
    await run(demo)
    assert (await connector(demo))["counts"] == {
        "created": 3,
        "updated": 1,
        "unchanged": 1,
        "rejected": 1,
    }


async def everything(demo: Senders) -> list[list[Any]]:
    tables = (
        "contributions",
        "contribution_participants",
        "events",
        "audit_entries",
        "connectors",
        "jobs",
    )
    found = [await demo.world.rows(f"select t::text from {table} t order by 1") for table in tables]
    return [[row["t"] for row in rows] for rows in found]


async def test_a_preview_of_what_cannot_be_read_says_why(demo: Senders, outside: Outside) -> None:
    outside.answer("Not here", 404)
    await feed(demo, outside)
    refused = await demo.post("/sources/blog/preview")
    assert (refused.status_code, refused.json()["code"]) == (409, "look_failed")
    assert "404" in refused.json()["detail"]
    assert (await connector(demo))["failures"] == 0, "nothing was tried"


async def test_a_preview_shows_so_many_and_counts_all(demo: Senders, outside: Outside) -> None:
    outside.answer(rss(*((f"g{number}", f"Number {number}") for number in range(130))))
    await feed(demo, outside)
    await demo.post("/sources/blog/pause")
    told = (await demo.post("/sources/blog/preview")).json()
    assert (len(told["items"]), told["counts"]["created"]) == (100, 130)
