"""Tables over HTTP: each row is recorded as if its source had posted it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from domain.rules import sheets
from domain.rules.access import Role
from tests.senders import Senders, senders, verified
from tests.world import World

FILE = """\
Date;Title;Kind;Ambassador;GitHub;Link
2026-02-03;Consumers that forgive;Presentation;amara, @Bruno;;https://example.org/1
2026-01;What a broker forgets;article;;octocat;
2026-02-04;Consumers that forgive;dancing;amara;;
2026-02-05;Nobody's;talk;nobody;;
2026-02-06;Still to come;talk;;;
;;;;;
2026-09;Still to come;talk;amara;;
2026-01;What a broker forgets;article;;octocat;
"""

SETTINGS: dict[str, Any] = {
    "kind": "sheet",
    "columns": {
        "occurred_on": "date",
        "title": "TITLE",
        "type": "Kind",
        "ambassador": "Ambassador",
        "identity": "GitHub",
        "url": "link",
    },
}


async def told(
    demo: Senders, data: str | bytes = FILE, source: str = "table", **query: str
) -> list[dict[str, Any]]:
    answer = await send(demo, data, source, **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.content.splitlines()]


async def send(
    demo: Senders,
    data: str | bytes = FILE,
    source: str = "table",
    *,
    media_type: str = "text/csv",
    **query: str,
) -> httpx.Response:
    return await demo.world.client.post(
        f"{demo.base}/sources/{source}/sheet",
        content=data.encode() if isinstance(data, str) else data,
        params=query,
        headers=demo.owner.headers | {"Content-Type": media_type},
    )


async def sheet(demo: Senders, slug: str = "table", **settings: Any) -> None:
    body = {"slug": slug, "name": "A table", "connector": SETTINGS | settings}
    made = await demo.post("/sources", body)
    assert made.status_code == 201, made.text


async def recorded(demo: Senders) -> int:
    (row,) = await demo.world.rows("select count(*) as n from contributions")
    return row["n"]


@pytest.fixture
async def demo(world: World) -> Senders:
    made = await senders(world)
    await sheet(made)
    return made


async def test_each_row_is_recorded_or_told_what_is_wrong(demo: Senders) -> None:
    *rows, last = await told(demo)
    first, unmatched, unknown, nobody, unnamed, to_come, again = rows
    assert (first["line"], first["result"]) == (2, "created")
    assert first.keys() == {"line", "result", "key", "id"}
    assert (unmatched["line"], unmatched["warnings"]) == (3, ["unmatched"])
    assert unknown == {
        "line": 4,
        "result": "rejected",
        "errors": [
            {
                "code": "type",
                "detail": '"dancing" is no contribution type\'s code, name or alias.',
                "column": "Kind",
            }
        ],
    }
    assert [one["column"] for one in nobody["errors"]] == ["Ambassador"]
    assert nobody["errors"][0]["detail"] == "There is no such ambassador in the program."
    assert [one["column"] for one in unnamed["errors"]] == ["GitHub"]
    assert (to_come["line"], to_come["errors"][0]["column"]) == (8, "Date")
    assert (again["line"], again["result"], again["why"]) == (9, "skipped", "Line 3 says the same.")
    assert again["key"] == unmatched["key"]
    assert last == {
        "summary": {"created": 2, "unchanged": 0, "updated": 0, "rejected": 4, "skipped": 1}
    }
    shown = (await demo.get(f"/contributions/{first['id']}", who=demo.owner)).json()
    assert (shown["type"], shown["title"]) == ("talk", "Consumers that forgive")
    assert (shown["source"], shown["key"]) == ("table", first["key"])
    assert (shown["occurred_on"], shown["url"]) == ("2026-02-03", "https://example.org/1")
    handles = [one["ambassador"] for one in shown["participants"]]
    assert handles == ["amara", "bruno"]
    shown = (await demo.get(f"/contributions/{unmatched['id']}", who=demo.owner)).json()
    assert shown["occurred_on"] == "2026-01"


async def test_the_same_file_again_changes_nothing(demo: Senders) -> None:
    await told(demo)
    audit = await demo.world.rows("select count(*) from audit_entries")
    *_, last = await told(demo)
    assert last["summary"] == {
        "created": 0,
        "unchanged": 2,
        "updated": 0,
        "rejected": 4,
        "skipped": 1,
    }
    assert await recorded(demo) == 2
    assert await demo.world.rows("select count(*) from audit_entries") == audit


async def test_what_is_corrected_in_the_table_is_corrected_in_the_record(demo: Senders) -> None:
    await sheet(demo, "numbered", columns=SETTINGS["columns"] | {"key": "No"})
    head = "No,Date,Title,Kind,Ambassador,GitHub,Link\n"
    (made, _) = await told(demo, head + "7,2026-02-03,A talk,talk,amara,,\n", "numbered")
    (again, _) = await told(demo, head + "7,2026-02-04,A good talk,talk,amara,,\n", "numbered")
    assert (made["key"], again["result"], again["id"]) == ("7", "updated", made["id"])
    review = {"decision": "accept"}
    accepted = await demo.post(f"/contributions/{made['id']}/review", review)
    assert accepted.status_code == 200, accepted.text
    # What people decided stays, and is nobody's mistake.
    (late, last) = await told(demo, head + "7,2026-02-05,Another talk,talk,amara,,\n", "numbered")
    assert (late["result"], last["summary"]["rejected"]) == ("unchanged", 0)
    assert "People have decided" in late["why"]


async def test_a_dry_run_tells_the_same_and_records_nothing(demo: Senders) -> None:
    everything = "select md5(string_agg(t::text, '|' order by t::text)) as all from {} t"
    tables = [
        row["relname"] for row in await demo.world.rows("select relname from pg_stat_user_tables")
    ]

    async def state() -> list[Any]:
        return [(await demo.world.rows(everything.format(one)))[0]["all"] for one in tables]

    before = await state()
    planned = await told(demo, dry_run="true")
    assert await state() == before
    made = await told(demo)
    assert planned[-1] == made[-1]
    assert [one | {"id": None} for one in planned] == [one | {"id": None} for one in made]
    assert not any("id" in one for one in planned)


async def test_whoever_owns_an_identity_gets_the_row(demo: Senders) -> None:
    await verified(demo, "amara", "github", "5501911")
    head = "Date,Title,Kind,Ambassador,GitHub,Link\n"
    (row, _) = await told(demo, head + "2026-02-03,A talk,talk,,github:5501911,\n")
    assert "warnings" not in row
    shown = (await demo.get(f"/contributions/{row['id']}", who=demo.owner)).json()
    assert [one["ambassador"] for one in shown["participants"]] == ["amara"]


async def test_the_source_is_the_actor_and_the_uploader_is_named(demo: Senders) -> None:
    await told(demo)
    entries = await demo.world.rows(
        "select actor_id, actor_name, action from audit_entries order by id"
    )
    of_rows = [one for one in entries if str(one["action"]).startswith("contribution.")]
    assert [(one["actor_id"], one["actor_name"]) for one in of_rows] == [(None, "source table")] * 2
    (upload,) = [one for one in entries if one["action"] == "source.sheet_uploaded"]
    assert upload["actor_id"] == demo.owner.account_id


async def test_the_counts_of_the_source_add_up(demo: Senders) -> None:
    await told(demo)
    await told(demo)
    shown = (await demo.get("/sources/table", who=demo.owner)).json()
    assert shown["connector"]["counts"] == {
        "created": 2,
        "updated": 0,
        "unchanged": 2,
        "rejected": 8,
    }


async def test_a_file_that_is_no_such_table_is_refused_whole(demo: Senders) -> None:
    for data, where in (
        (b"", "/1"),
        (FILE.replace("Kind", "Type").encode(), "/1"),
        (FILE.encode("utf-16"), "/1"),
        (FILE.encode() + b'2026;"A talk', "/10"),
        (b"x" * (sheets.MAX_BYTES + 1), "/1"),
    ):
        refused = await send(demo, data)
        assert (refused.status_code, refused.json()["code"]) == (400, "file_refused")
        assert refused.json()["errors"][0]["pointer"] == where
    assert await recorded(demo) == 0
    for media_type in ("application/json", "text/csv; charset=latin-1"):
        assert (await send(demo, media_type=media_type)).status_code == 415


async def test_only_sources_for_tables_take_some(demo: Senders) -> None:
    refused = await send(demo, source="bot")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_connector")
    assert (await send(demo, source="nowhere")).status_code == 404
    paused = await demo.post("/sources/table/pause")
    assert paused.status_code == 200, paused.text
    refused = await send(demo)
    assert (refused.status_code, refused.json()["code"]) == (409, "connector_paused")
    assert await recorded(demo) == 0
    assert (await told(demo, dry_run="true"))[-1]["summary"]["created"] == 2
    assert (await demo.post("/sources/table/resume")).status_code == 200
    assert (await told(demo))[-1]["summary"]["created"] == 2


async def test_a_trusted_table_counts_at_once(demo: Senders) -> None:
    body = {"slug": "trusted", "name": "A table", "trust": "trusted", "connector": SETTINGS}
    assert (await demo.post("/sources", body)).status_code == 201
    (first, *_) = await told(demo, source="trusted")
    shown = (await demo.get(f"/contributions/{first['id']}", who=demo.owner)).json()
    assert shown["status"] == "accepted"


async def test_the_tool_that_posts_may_not_upload(demo: Senders) -> None:
    token = await demo.world.token(Role.INTEGRATION, "demo")
    refused = await demo.world.client.post(
        f"{demo.base}/sources/table/sheet",
        content=FILE,
        headers=token.headers | {"Content-Type": "text/csv"},
    )
    assert refused.status_code == 403


async def test_ten_thousand_rows_are_recorded(demo: Senders) -> None:
    rows = [f"2026-02-03;Talk {number};talk;amara;;" for number in range(sheets.MAX_ROWS)]
    head, _, _ = FILE.partition("\n")
    *_, last = await told(demo, "\n".join([head, *rows]))
    assert last["summary"]["created"] == sheets.MAX_ROWS
    assert await recorded(demo) == sheets.MAX_ROWS
