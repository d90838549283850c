"""Sources with connectors, and the feeds that they read, for tests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from domain import connector_runs
from domain.rules.access import WORKER
from tests.outside import Outside
from tests.senders import Senders

FEED: dict[str, Any] = {
    "kind": "feed",
    "url": "https://blog.example.org/feed.xml",
    "type": "article",
    "author": {"ambassador": "amara"},
}
LOST: dict[str, Any] = {"authors": {"Lost": {"ambassador": "nobody"}}}
"""An author whom nobody knows: what such a feed has of theirs is rejected."""

CALENDAR: dict[str, Any] = {
    "kind": "calendar",
    "url": "https://calendar.example.org/talks.ics",
    "type": "talk",
    "participant": {"ambassador": "bruno"},
}
GITHUB: dict[str, Any] = {
    "kind": "github",
    "types": {"pull_request_merged": "article"},
    "secret": "a-long-random-text",
}
SHEET: dict[str, Any] = {
    "kind": "sheet",
    "columns": {"title": "What", "occurred_on": "When", "ambassador": "Who"},
    "type": "talk",
}


async def connect(
    demo: Senders, connector: dict[str, Any], slug: str = "blog", **body: Any
) -> httpx.Response:
    """Create a source with a connector."""
    return await demo.post(
        "/sources", {"slug": slug, "name": "Blog", "connector": connector} | body
    )


async def feed(demo: Senders, outside: Outside, **settings: Any) -> None:
    """Create a source that reads the feed of somebody's server."""
    made = await connect(demo, FEED | {"url": outside.url()} | settings)
    assert made.status_code == 201, made.text


async def connector(demo: Senders, slug: str = "blog") -> dict[str, Any]:
    """How the connector of a source stands."""
    return (await demo.get(f"/sources/{slug}", who=demo.owner)).json()["connector"]


async def change(demo: Senders, slug: str = "blog", **body: Any) -> httpx.Response:
    """Change a source."""
    return await demo.world.client.patch(
        f"{demo.base}/sources/{slug}", json=body, headers=demo.owner.headers
    )


async def run(demo: Senders, slug: str = "blog") -> None:
    """Do what a worker does when the bell has rung."""
    ids = await _ids(demo, slug)
    await connector_runs.run(demo.world.call(WORKER), *ids)


async def _ids(demo: Senders, slug: str) -> tuple[UUID, UUID]:
    (row,) = await demo.world.rows("select program_id, id from sources where slug = $1", slug)
    return row["program_id"], row["id"]


def rss(*entries: tuple[str, ...], day: int = 2) -> str:
    """A feed of these entries (guid, title and maybe an author) of a day of March 2026."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title>"
        f"<link>https://blog.example.org/{guid}</link>"
        + "".join(f"<dc:creator>{name}</dc:creator>" for name in author)
        + f"<pubDate>{day:02} Mar 2026 08:00:00 +0000</pubDate></item>"
        for guid, title, *author in entries
    )
    head = "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
    return f"<?xml version='1.0'?>{head}<channel><title>B</title>{items}</channel></rss>"
