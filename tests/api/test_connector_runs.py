"""Looks of connectors over HTTP: asked for, shown beforehand, and what became of them."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain import connector_runs
from domain.rules.access import WORKER, Role
from tests.connected import FEED, GITHUB, LOST, SHEET, change, connect, connector, feed, rss, run
from tests.outside import Outside
from tests.senders import Senders, senders
from tests.world import NOW, World

HOUR = timedelta(hours=1)


@pytest.fixture
async def demo(world: World) -> Senders:
    return await senders(world)


async def keys(demo: Senders) -> list[str]:
    rows = await demo.world.rows("select key from contributions where source = 'blog' order by id")
    return [row["key"] for row in rows]


async def jobs(demo: Senders) -> int:
    return len(await demo.world.rows("select from jobs where entrypoint = 'connector'"))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_what_a_feed_has_is_recorded_as_its_source_once(
    demo: Senders, outside: Outside
) -> None:
    outside.answer(rss(("a", "Queues without tears"), ("b", "Topics for everybody")))
    await feed(demo, outside)
    await run(demo)
    (first, second) = (
        await demo.get("/contributions", who=demo.owner, source="blog", status="pending")
    ).json()["items"]
    assert {first["title"], second["title"]} == {"Queues without tears", "Topics for everybody"}
    assert [one["ambassador"] for one in first["participants"]] == ["amara"]
    shown = await connector(demo)
    assert shown["counts"] == {"created": 2, "updated": 0, "unchanged": 0, "rejected": 0}
    assert (shown["error"], shown["failures"]) == (None, 0)
    assert shown["last_run_at"] == shown["last_success_at"] == "2026-03-03T12:00:00Z"
    assert NOW + HOUR <= moment(shown["next_run_at"]) <= NOW + 1.1 * HOUR
    entries = await demo.world.rows(
        "select actor_id, actor_name from audit_entries where action = 'contribution.recorded'"
    )
    assert [(row["actor_id"], row["actor_name"]) for row in entries] == [(None, "source blog")] * 2
    demo.world.clock.pass_(hours=2)
    await run(demo)
    assert len(await keys(demo)) == 2
    assert (await connector(demo))["counts"]["unchanged"] == 2


async def test_nothing_is_done_before_its_time_while_paused_or_archived(
    demo: Senders, outside: Outside
) -> None:
    outside.answer(rss(("a", "Queues without tears")))
    await feed(demo, outside)
    await run(demo)
    demo.world.clock.pass_(minutes=59)
    await run(demo)
    assert len(outside.asked) == 1
    demo.world.clock.pass_(hours=2)
    await demo.post("/sources/blog/pause")
    await run(demo)
    await demo.post("/sources/blog/resume")
    await demo.world.client.patch(
        demo.base, json={"status": "archived"}, headers=demo.owner.headers
    )
    await run(demo)
    await connector_runs.ring(demo.world.call(WORKER))
    assert (len(outside.asked), await jobs(demo)) == (1, 0)


async def test_the_bell_puts_what_is_due_into_the_queue_once(
    demo: Senders, outside: Outside
) -> None:
    await feed(demo, outside)
    await connect(demo, GITHUB, "hook")
    call = demo.world.call(WORKER)
    await asyncio.gather(*(connector_runs.ring(call) for _ in range(4)))
    assert await jobs(demo) == 1
    await demo.world.rows("update jobs set status = 'failed'")
    await connector_runs.ring(call)
    assert await jobs(demo) == 1, "what was given up waits for an owner"


async def test_run_now_asks_a_worker(demo: Senders, outside: Outside) -> None:
    outside.answer(rss(("a", "Queues without tears")))
    await feed(demo, outside)
    await run(demo)
    demo.world.clock.pass_(minutes=1)
    asked = await demo.post("/sources/blog/runs")
    assert asked.status_code == 202, asked.text
    assert asked.json()["connector"]["next_run_at"] == "2026-03-03T12:01:00Z"
    assert asked.json()["version"] == 1
    again = await demo.post("/sources/blog/runs")
    assert (again.status_code, await jobs(demo)) == (202, 1)
    await run(demo)
    assert len(outside.asked) == 2


async def test_what_is_not_looked_at_is_not_run(demo: Senders, outside: Outside) -> None:
    await connect(demo, GITHUB, "hook")
    await connect(demo, SHEET, "table")
    await feed(demo, outside)
    await demo.post("/sources/blog/pause")
    for slug, code in (
        ("hook", "not_polled"),
        ("table", "not_polled"),
        ("blog", "connector_paused"),
    ):
        refused = await demo.post(f"/sources/{slug}/runs")
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    for slug in ("hook", "table"):
        refused = await demo.post(f"/sources/{slug}/preview")
        assert (refused.status_code, refused.json()["code"]) == (409, "not_polled")


async def test_somebody_who_asks_while_it_looks_is_heard(demo: Senders, outside: Outside) -> None:
    outside.answer(rss(("a", "Queues without tears")))
    await feed(demo, outside)
    started, go = asyncio.Event(), asyncio.Event()

    async def slow(asked: Any, writer: asyncio.StreamWriter) -> None:
        started.set()
        await go.wait()
        writer.write(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + rss(("a", "Queues")).encode()
        )

    outside.behave(slow)
    running = asyncio.create_task(run(demo))
    await started.wait()
    demo.world.clock.pass_(minutes=3)
    await demo.post("/sources/blog/runs")
    go.set()
    await running
    assert (await connector(demo))["next_run_at"] == "2026-03-03T12:03:00Z"


async def test_settings_that_change_while_it_looks_are_looked_at_afresh(
    demo: Senders, outside: Outside
) -> None:
    await feed(demo, outside)
    started, go = asyncio.Event(), asyncio.Event()

    async def slow(asked: Any, writer: asyncio.StreamWriter) -> None:
        started.set()
        await go.wait()
        head = b'HTTP/1.1 200 OK\r\nETag: "x"\r\nConnection: close\r\n\r\n'
        writer.write(head + rss(("a", "Queues without tears")).encode())

    outside.behave(slow)
    running = asyncio.create_task(run(demo))
    await started.wait()
    demo.world.clock.pass_(minutes=3)
    await change(demo, connector=FEED | {"url": outside.url(), "keywords": ["topics"]})
    go.set()
    await running
    (row,) = await demo.world.rows("select etag, next_run_at from connectors")
    assert (row["etag"], row["next_run_at"]) == (None, demo.world.now)


async def test_what_was_paused_while_it_looked_stays_paused(
    demo: Senders, outside: Outside
) -> None:
    await feed(demo, outside)
    started, go = asyncio.Event(), asyncio.Event()

    async def slow(asked: Any, writer: asyncio.StreamWriter) -> None:
        started.set()
        await go.wait()
        writer.write(b"HTTP/1.1 500 No\r\nConnection: close\r\n\r\n")

    outside.behave(slow)
    running = asyncio.create_task(run(demo))
    await started.wait()
    await demo.post("/sources/blog/pause")
    go.set()
    await running
    shown = await connector(demo)
    assert (shown["state"], shown["next_run_at"]) == ("paused", None)


async def test_nothing_new_is_no_further_work(demo: Senders, outside: Outside) -> None:
    outside.answer(rss(("a", "Queues without tears")), etag='"one"')
    await feed(demo, outside)
    await run(demo)
    outside.answer(status=304)
    for _ in range(3):
        demo.world.clock.pass_(hours=2)
        await run(demo)
    assert [one.headers.get("if-none-match") for one in outside.asked] == [None] + ['"one"'] * 3
    shown = await connector(demo)
    assert shown["counts"] == {"created": 1, "updated": 0, "unchanged": 0, "rejected": 0}
    assert shown["last_success_at"] == shown["last_run_at"] == "2026-03-03T18:00:00Z"


async def test_failures_are_told_waited_for_and_recovered_from(
    demo: Senders, outside: Outside
) -> None:
    outside.answer("Not here", 404)
    await feed(demo, outside)
    shown: dict[str, Any] = {}
    for count in range(1, 8):
        at = demo.world.now
        await run(demo)
        shown = await connector(demo)
        assert shown["failures"] == count
        wait = moment(shown["next_run_at"]) - at
        assert min(HOUR * 2**count, timedelta(days=1)) <= wait <= timedelta(days=1.1)
        demo.world.clock.pass_(seconds=wait.total_seconds())
    assert shown["error"]["code"] == "not_found"
    assert "404" in shown["error"]["detail"]
    assert shown["last_success_at"] is None
    outside.answer(rss(("a", "Queues without tears")))
    await run(demo)
    shown = await connector(demo)
    assert (shown["failures"], shown["error"]) == (0, None)
    assert moment(shown["next_run_at"]) <= demo.world.now + 1.1 * HOUR
    rows = await demo.world.rows(
        "select type, data from events where type like 'connector.%' order by xid, seq"
    )
    assert [(row["type"], row["data"]) for row in rows] == [
        ("connector.failed", {"source": "blog", "code": "not_found"}),
        ("connector.recovered", {"source": "blog"}),
    ]


async def test_what_the_other_side_asks_to_wait_is_waited(demo: Senders, outside: Outside) -> None:
    outside.answer(status=429, retry_after="36000")
    await feed(demo, outside)
    await run(demo)
    wait = moment((await connector(demo))["next_run_at"]) - NOW
    assert 10 * HOUR <= wait <= 11 * HOUR


async def test_what_is_gone_is_paused_and_says_so(demo: Senders, outside: Outside) -> None:
    outside.answer(status=410)
    await feed(demo, outside)
    await run(demo)
    source = (await demo.get("/sources/blog", who=demo.owner)).json()
    shown = source["connector"]
    assert (shown["state"], shown["next_run_at"], source["version"]) == ("paused", None, 2)
    assert shown["error"]["code"] == "gone"
    rows = await demo.world.rows("select type from events where type like 'connector.%'")
    assert {row["type"] for row in rows} == {"connector.failed", "connector.paused"}
    (entry,) = await demo.world.rows(
        """select e.actor_name, v.reason from audit_entries e
             join audit_values v on v.entry_id = e.id where action = 'connector.paused'"""
    )
    assert entry["actor_name"] == WORKER.name
    assert entry["reason"] == shown["error"]["detail"]


async def test_what_is_rejected_is_told_and_tried_again(demo: Senders, outside: Outside) -> None:
    outside.answer(rss(("a", "Queues without tears"), ("b", "Brokers", "Lost")), etag='"one"')
    await feed(demo, outside, **LOST)
    await run(demo)
    shown = await connector(demo)
    assert shown["counts"] == {"created": 1, "updated": 0, "unchanged": 0, "rejected": 1}
    assert (shown["failures"], shown["error"]["code"]) == (0, "rejected")
    assert shown["error"]["detail"] == (
        "1 of 2 entries were rejected. There is no such ambassador in the program."
    )
    demo.world.clock.pass_(hours=2)
    await run(demo)
    assert outside.asked[-1].headers.get("if-none-match") is None


async def test_a_type_that_the_policy_loses_is_told(demo: Senders, outside: Outside) -> None:
    outside.answer(rss(("a", "Queues without tears")))
    await feed(demo, outside)
    await demo.world.rows('update connectors set settings = settings || \'{"type": "lost"}\'')
    await run(demo)
    error = (await connector(demo))["error"]
    assert error["code"] == "rejected"
    assert "no contribution type 'lost'" in error["detail"]
    assert await keys(demo) == []


async def test_an_edited_entry_updates_while_pending_and_what_people_decided_stays(
    demo: Senders, outside: Outside
) -> None:
    outside.answer(rss(("a", "Queues without tears"), ("b", "Topics for everybody")))
    await feed(demo, outside)
    await run(demo)
    one = (await demo.get("/contributions", who=demo.owner, status="pending")).json()["items"]
    decided = next(row for row in one if row["title"].startswith("Queues"))
    answer = await demo.post(f"/contributions/{decided['id']}/review", {"decision": "accept"})
    assert answer.status_code == 200, answer.text
    outside.answer(rss(("a", "Queues with tears"), ("b", "Topics for somebody")))
    demo.world.clock.pass_(hours=2)
    await run(demo)
    rows = await demo.world.rows("select title from contributions where source = 'blog'")
    assert {row["title"] for row in rows} == {"Queues without tears", "Topics for somebody"}
    shown = await connector(demo)
    assert shown["counts"] == {"created": 2, "updated": 1, "unchanged": 1, "rejected": 0}
    assert shown["error"] is None


async def test_the_secret_is_sent_and_a_broken_one_is_told(demo: Senders, outside: Outside) -> None:
    outside.answer(rss(("a", "Queues without tears")))
    await feed(demo, outside, secret="Bearer inside")
    await run(demo)
    assert outside.asked[-1].headers["authorization"] == "Bearer inside"
    await demo.world.rows("update connectors set secret = 'rubbish'::bytea")
    demo.world.clock.pass_(hours=2)
    await run(demo)
    shown = await connector(demo)
    assert (shown["failures"], shown["error"]["code"]) == (1, "seal_broken")


async def test_what_is_deleted_while_it_looks_is_no_error(demo: Senders, outside: Outside) -> None:
    await feed(demo, outside)

    async def deleting(asked: Any, writer: asyncio.StreamWriter) -> None:
        await demo.world.client.delete(f"{demo.base}/sources/blog", headers=demo.owner.headers)
        writer.write(b"HTTP/1.1 410 Gone\r\nConnection: close\r\n\r\n")

    outside.behave(deleting)
    await run(demo)
    assert await demo.world.rows("select from connectors") == []


async def test_readers_see_how_it_goes(demo: Senders, outside: Outside) -> None:
    await feed(demo, outside)
    reader = await demo.world.token(Role.READER, "demo")
    assert (await demo.get("/sources/blog", who=reader)).json()["connector"]["kind"] == "feed"
