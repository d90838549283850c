"""Connectors over HTTP: their settings are checked, and their secrets never come back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from domain import sources
from domain.connector_settings import ConnectorDraft
from domain.rules.access import Role
from domain.rules.connectors import Feed
from domain.vault import NO_VAULT, DataKeyMissing
from tests.connected import CALENDAR, FEED, GITHUB, SHEET, change, connect, connector
from tests.senders import Senders, senders
from tests.world import World

SECRET = "Bearer feed-secret-0123456789"

UNFIT: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    (FEED | {"type": "unheard_of"}, [("invalid_reference", "/connector/type")]),
    (CALENDAR | {"type": "unheard_of"}, [("invalid_reference", "/connector/type")]),
    (SHEET | {"type": "unheard_of"}, [("invalid_reference", "/connector/type")]),
    (
        GITHUB | {"types": {"issue_closed": "unheard_of"}},
        [("invalid_reference", "/connector/types/issue_closed")],
    ),
    (GITHUB | {"types": {}}, [("required", "/connector/types")]),
    ({"kind": "github", "types": GITHUB["types"]}, [("required", "/connector/secret")]),
    (FEED | {"url": "https:///feed"}, [("address", "/connector/url")]),
    (FEED | {"url": "https://amara:word@example.org/"}, [("address", "/connector/url")]),
    (FEED | {"secret": "Bearer \u00fc"}, [("secret", "/connector/secret")]),
    (FEED | {"secret": "Bearer x\r\nCookie: y"}, [("secret", "/connector/secret")]),
    (
        FEED | {"author": {"ambassador": "amara", "identity": "github:1"}},
        [("participant", "/connector/author")],
    ),
    (FEED | {"authors": {"a/b~c": {}}}, [("participant", "/connector/authors/a~1b~0c")]),
    (
        CALENDAR | {"people": {"x": {}}, "participant": {}},
        [("participant", "/connector/participant"), ("participant", "/connector/people/x")],
    ),
    (
        SHEET | {"columns": {"title": "What", "url": " what "}},
        [
            ("required", "/connector/columns"),
            ("required", "/connector/columns"),
            ("repeated", "/connector/columns/url"),
        ],
    ),
    (
        {"kind": "sheet", "columns": SHEET["columns"]},
        [("required", "/connector/type")],
    ),
    (SHEET | {"day_format": "%H:%M"}, [("day_format", "/connector/day_format")]),
]
"""Settings that are well-formed and cannot work, with what is wrong about them."""


@pytest.fixture
async def demo(world: World) -> Senders:
    return await senders(world)


def faults(answer: Any, status: int = 400) -> list[tuple[str, str]]:
    assert answer.status_code == status, answer.text
    return [(fault["code"], fault["pointer"]) for fault in answer.json()["errors"]]


async def test_each_kind_is_shown_as_it_was_set(demo: Senders) -> None:
    wanted = {
        "feed": FEED | {"every": 30, "keywords": ["queue"], "visibility": "members"},
        "calendar": CALENDAR | {"past_days": 10, "people": {"bo": {"identity": "github:5501911"}}},
        "github": GITHUB | {"repositories": ["invented/queue"]},
        "sheet": SHEET | {"day_format": "%d.%m.%Y"},
    }
    for slug, body in wanted.items():
        made = await connect(demo, body, slug)
        assert made.status_code == 201, made.text
        shown = made.json()["connector"]
        given = {name: value for name, value in body.items() if name != "secret"}
        assert {name: shown["settings"][name] for name in given} == given
        assert (shown["kind"], shown["state"], shown["failures"]) == (slug, "active", 0)
        assert shown["has_secret"] == ("secret" in body)
        looks = slug in ("feed", "calendar")
        assert shown["next_run_at"] == ("2026-03-03T12:00:00Z" if looks else None)
        assert shown["counts"] == {"created": 0, "updated": 0, "unchanged": 0, "rejected": 0}
        assert await connector(demo, slug) == shown
    listed = (await demo.get("/sources", who=demo.owner)).json()["items"]
    kinds = {one["slug"]: one["connector"] and one["connector"]["kind"] for one in listed}
    assert kinds == {slug: slug for slug in wanted} | {"bot": None}


async def test_what_is_shown_can_be_sent_again_and_changes_nothing(demo: Senders) -> None:
    for slug, body in {
        "feed": FEED,
        "calendar": CALENDAR,
        "github": GITHUB,
        "sheet": SHEET,
    }.items():
        made = await connect(demo, body, slug)
        again = await change(demo, slug, connector=made.json()["connector"]["settings"])
        assert again.status_code == 200, again.text
        assert again.json() == made.json()


async def test_settings_are_replaced_whole_and_looked_at_again(demo: Senders) -> None:
    await connect(demo, FEED | {"keywords": ["queue"], "every": 30})
    await demo.world.rows(
        "update connectors set next_run_at = null, etag = 'x', last_modified = 'y'"
    )
    answer = await change(demo, connector=FEED | {"url": "https://blog.example.org/atom.xml"})
    assert answer.json()["version"] == 2
    shown = answer.json()["connector"]
    assert (shown["settings"]["keywords"], shown["settings"]["every"]) == ([], 60)
    assert shown["next_run_at"] == "2026-03-03T12:00:00Z"
    (row,) = await demo.world.rows("select etag, last_modified from connectors")
    assert (row["etag"], row["last_modified"]) == (None, None), "other settings, another answer"


async def test_a_source_without_a_connector_gets_one_and_its_kind_stays(demo: Senders) -> None:
    answer = await change(demo, "bot", connector=SHEET)
    assert answer.json()["connector"]["kind"] == "sheet"
    assert (await demo.put("k1")).status_code == 201, "tools go on writing to it"
    assert faults(await change(demo, "bot", connector=FEED)) == [("kind", "/connector/kind")]
    assert faults(await change(demo, "bot", connector=None)) == [("body", "/connector")]


@pytest.mark.parametrize(("body", "expected"), UNFIT)
async def test_settings_that_cannot_work_are_refused_with_each_fault(
    demo: Senders, body: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert faults(await connect(demo, body)) == expected
    assert await demo.world.rows("select from sources where slug = 'blog'") == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "unheard_of"},
        FEED | {"every": 4},
        FEED | {"every": 10_081},
        FEED | {"keywords": [""]},
        FEED | {"url": "ftp://example.org/feed"},
        FEED | {"past_days": 3},
        FEED | {"secret": ""},
        GITHUB | {"secret": None},
        GITHUB | {"repositories": ["queue"]},
        GITHUB | {"types": {"starred": "article"}},
        SHEET | {"secret": "x"},
        SHEET | {"columns": {"mood": "Mood"}},
        CALENDAR | {"past_days": 0},
    ],
)
async def test_what_no_kind_takes_is_refused(demo: Senders, body: dict[str, Any]) -> None:
    assert (await connect(demo, body)).status_code == 400


async def test_a_secret_goes_in_and_never_comes_out(demo: Senders) -> None:
    await connect(demo, FEED | {"secret": SECRET})
    await change(demo, connector=FEED | {"secret": SECRET + "-2"})
    await change(demo, connector=FEED | {"secret": None})
    assert (await connector(demo))["has_secret"] is False
    await change(demo, connector=FEED | {"secret": SECRET + "-3"})
    assert (await connector(demo))["has_secret"] is True
    (row,) = await demo.world.rows("select * from connectors")
    assert SECRET.encode() not in row["secret"]
    entries = await demo.world.rows(
        """select e.action, e.fields, v.before, v.after from audit_entries e
             join audit_values v on v.entry_id = e.id
            where e.subject_kind = 'source' and e.action <> 'source.deleted' order by e.id"""
    )
    own = [row for row in entries if "connector_secret" in row["fields"]]
    assert [row["fields"] for row in own[1:]] == [["connector_secret"]] * 3
    for row in own:
        assert "connector_secret" not in (row["before"] | row["after"])
    for table in ("audit_values", "events", "jobs", "connectors"):
        rows = await demo.world.rows(f"select t::text from {table} t")
        assert SECRET not in json.dumps([row["t"] for row in rows])


async def test_the_same_secret_again_changes_nothing(demo: Senders) -> None:
    made = await connect(demo, FEED | {"secret": SECRET})
    again = await change(demo, connector=FEED | {"secret": SECRET})
    assert again.json() == made.json()
    other = await change(demo, connector=FEED | {"secret": SECRET + "x"})
    assert other.json()["version"] == 2


async def test_a_secret_is_not_sent_to_another_address(demo: Senders) -> None:
    await connect(demo, FEED | {"secret": SECRET})
    for url in ("https://evil.example.org/feed.xml", "http://blog.example.org/feed.xml"):
        moved = await change(demo, connector=FEED | {"url": url})
        assert faults(moved) == [("required", "/connector/secret")]
    for url in ("https://blog.example.org/other.xml", "https://BLOG.example.org:443/feed.xml"):
        kept = await change(demo, connector=FEED | {"url": url})
        assert kept.json()["connector"]["has_secret"] is True
    elsewhere = FEED | {"url": "https://other.example.org/feed.xml"}
    told = await change(demo, connector=elsewhere | {"secret": SECRET})
    assert told.json()["connector"]["has_secret"] is True
    without = await change(demo, connector=FEED | {"secret": None})
    assert without.json()["connector"]["has_secret"] is False


async def test_a_secret_needs_a_key_of_the_service(demo: Senders) -> None:
    blind = replace(demo.world.call(), vault=NO_VAULT)
    feed = Feed("https://blog.example.org/feed.xml", "article")
    draft = sources.Draft("blog", "Blog", connector=ConnectorDraft(feed, "x"))
    with pytest.raises(DataKeyMissing):
        await sources.create(blind, "demo", draft)
    await sources.create(blind, "demo", replace(draft, connector=ConnectorDraft(feed)))


async def test_paused_and_resumed_by_whoever_has_read_it(demo: Senders) -> None:
    made = await connect(demo, FEED)
    url, headers = made.headers["location"], demo.owner.headers
    old = headers | {"If-Match": made.headers["etag"]}
    paused = await demo.world.client.post(f"{url}/pause", headers=old)
    assert (paused.status_code, paused.json()["version"]) == (200, 2)
    told = paused.json()["connector"]
    assert (told["state"], told["next_run_at"]) == ("paused", None)
    again = await demo.world.client.post(f"{url}/pause", headers=headers)
    assert again.json() == paused.json()
    late = await demo.world.client.post(f"{url}/resume", headers=old)
    assert (late.status_code, late.json()["code"]) == (412, "version_mismatch")
    demo.world.clock.pass_(days=1)
    resumed = await demo.world.client.post(f"{url}/resume", headers=headers)
    told = resumed.json()["connector"]
    assert (told["state"], told["next_run_at"]) == ("active", "2026-03-04T12:00:00Z")
    rows = await demo.world.rows(
        "select type, data from events where type like 'connector.%' order by xid, seq"
    )
    assert [(row["type"], row["data"]) for row in rows] == [
        ("connector.paused", {"source": "blog"}),
        ("connector.resumed", {"source": "blog"}),
    ]
    actions = await demo.world.rows(
        "select action, fields from audit_entries where action like 'connector.%' order by id"
    )
    assert [(row["action"], row["fields"]) for row in actions] == [
        ("connector.paused", ["state"]),
        ("connector.resumed", ["state"]),
    ]


async def test_it_can_begin_paused(demo: Senders) -> None:
    made = await connect(demo, FEED, paused=True)
    told = made.json()["connector"]
    assert (told["state"], told["next_run_at"]) == ("paused", None)
    changed = await change(demo, connector=FEED | {"every": 5})
    assert changed.json()["connector"]["next_run_at"] is None, "settings do not wake it"


async def test_sources_without_a_connector_have_nothing_to_pause(demo: Senders) -> None:
    for what in ("pause", "resume", "runs", "preview"):
        answer = await demo.post(f"/sources/bot/{what}")
        assert (answer.status_code, answer.json()["code"]) == (409, "no_connector")
        missing = await demo.post(f"/sources/nothing/{what}")
        assert missing.status_code == 404


async def test_only_who_manages_sources_turns_them(demo: Senders) -> None:
    await connect(demo, FEED)
    await demo.world.program("other")
    for who in (
        await demo.world.token(Role.INTEGRATION, "demo"),
        await demo.world.token(Role.READER, "demo"),
        await demo.world.token(Role.MANAGER, "other"),
    ):
        for what in ("pause", "resume", "runs", "preview"):
            answer = await demo.post(f"/sources/blog/{what}", who=who)
            assert answer.status_code == 403


async def test_nothing_turns_in_an_archived_program(demo: Senders) -> None:
    await connect(demo, FEED)
    await demo.world.client.patch(
        demo.base, json={"status": "archived"}, headers=demo.owner.headers
    )
    for what in ("pause", "resume", "runs", "preview"):
        answer = await demo.post(f"/sources/blog/{what}")
        assert (answer.status_code, answer.json()["code"]) == (409, "program_archived")


async def test_its_connector_goes_with_the_source(demo: Senders) -> None:
    made = await connect(demo, FEED)
    gone = await demo.world.client.delete(made.headers["location"], headers=demo.owner.headers)
    assert gone.status_code == 204
    assert await demo.world.rows("select from connectors") == []
