"""Stored policies keep their meaning when `link_required` becomes `required`, and back."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
from alembic import command

from domain.store.database import prepare_connection
from service import migrate
from tests.world import NOW

PROGRAM = UUID(int=7)
OLD = {
    "texts": {"name": "Tidewater"},
    "groups": {"a": None},
    "contribution_types": {
        "article": {"name": "Article", "area": "content", "link_required": True},
        "talk": {"name": "Talk", "area": "events", "link_required": False},
        "video": {"link_required": None, "aliases": ["film"]},
        "booth": {"name": "Booth", "area": "events"},
        "case_study": None,
    },
}
NEW = {
    "texts": {"name": "Tidewater"},
    "groups": {"a": None},
    "contribution_types": {
        "article": {"name": "Article", "area": "content", "required": ["url"]},
        "talk": {"name": "Talk", "area": "events", "required": []},
        "video": {"required": None, "aliases": ["film"]},
        "booth": {"name": "Booth", "area": "events"},
        "case_study": None,
    },
}
PLAIN = {"texts": {"name": "Tidewater"}}


async def on(url: str, sql: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    await prepare_connection(connection)
    try:
        return await connection.fetch(sql, *arguments)
    finally:
        await connection.close()


async def store(url: str, version: int, document: Any, effective: Any) -> None:
    await on(
        url,
        "insert into policies (program_id, version, document, effective, reason, created_at)"
        " values ($1, $2, $3, $4, 'A test.', $5)",
        PROGRAM,
        version,
        document,
        effective,
        NOW,
    )


async def stored(url: str) -> list[tuple[Any, Any]]:
    rows = await on(url, "select document, effective from policies order by version")
    return [(row["document"], row["effective"]) for row in rows]


async def move(url: str, *, up: bool) -> None:
    step = command.upgrade if up else command.downgrade
    to = "0008_policy_required" if up else "0007_rate_counts"
    # The step runs an event loop of its own.
    await asyncio.to_thread(step, migrate.configuration(url), to)


async def test_every_version_of_every_policy_is_rewritten(unmigrated_url: str) -> None:
    await asyncio.to_thread(
        command.upgrade, migrate.configuration(unmigrated_url), "0007_rate_counts"
    )
    await on(
        unmigrated_url,
        "with p as (insert into programs values ($1, 'demo', null, 'active', 1, 1, $2, $2))"
        " insert into policies values ($1, 1, $3, $3, null, 'A test.', $2, null)",
        PROGRAM,
        NOW,
        PLAIN,
    )
    await store(unmigrated_url, 2, OLD, OLD)
    await store(unmigrated_url, 3, PLAIN, OLD)
    await store(unmigrated_url, 4, {"contribution_types": None}, PLAIN)
    await move(unmigrated_url, up=True)
    told = await stored(unmigrated_url)
    assert told == [
        (PLAIN, PLAIN),
        (NEW, NEW),
        (PLAIN, NEW),
        ({"contribution_types": None}, PLAIN),
    ]
    await move(unmigrated_url, up=False)
    assert await stored(unmigrated_url) == [
        (PLAIN, PLAIN),
        (OLD, OLD),
        (PLAIN, OLD),
        ({"contribution_types": None}, PLAIN),
    ]


async def test_what_the_release_before_refuses_is_gone_after_going_back(
    unmigrated_url: str,
) -> None:
    await asyncio.to_thread(
        command.upgrade, migrate.configuration(unmigrated_url), "0008_policy_required"
    )
    document = {
        "texts": {"name": "Tidewater"},
        "scoring": {"internal": True},
        "review": {"decline_reasons": {}},
        "audiences": {"developers": {"name": "Developers"}},
        "contribution_types": {
            "talk": {
                "name": "Talk",
                "required": ["role", "url"],
                "roles": ["speaker"],
                "metrics": {},
                "fields": {},
                "acceptance": "at_once",
                "announceable": True,
                "points": 5,
                "caps": [],
                "counting": "split",
            }
        },
    }
    await on(
        unmigrated_url,
        "with p as (insert into programs values ($1, 'demo', null, 'active', 1, 1, $2, $2))"
        " insert into policies values ($1, 1, $3, $3, null, 'A test.', $2, null)",
        PROGRAM,
        NOW,
        document,
    )
    await move(unmigrated_url, up=False)
    before = {
        "texts": {"name": "Tidewater"},
        "contribution_types": {"talk": {"name": "Talk", "link_required": True}},
    }
    assert await stored(unmigrated_url) == [(before, before)]
