"""Posting contributions: by hand, under a key, many at once; again, at the same time, cut off."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from domain.rules.access import Role
from tests.counted import counted
from tests.http.asgi import ask
from tests.senders import TALK, line, ndjson, senders, verified
from tests.world import POLICY, World

TYPES = POLICY["contribution_types"]


def kinds(**talk: Any) -> dict[str, Any]:
    return {"contribution_types": TYPES | {"talk": TYPES["talk"] | talk}}


async def test_a_manager_records_what_counts_at_once(world: World) -> None:
    demo = await senders(world)
    manager = await world.token(Role.MANAGER, "demo")
    made = await demo.post("/contributions", TALK, who=manager)
    assert made.status_code == 201, made.text
    assert (made.json()["status"], made.json()["occurred_on"]) == ("accepted", "2025-11")
    assert [one["ambassador"] for one in made.json()["participants"]] == ["amara"]
    public = await demo.get("/contributions")
    assert [one["id"] for one in public.json()["items"]] == [made.json()["id"]]


async def test_an_ambassador_records_their_own_without_a_name(world: World) -> None:
    demo = await senders(world)
    amara = await demo.ambassador("amara")
    body = {key: value for key, value in TALK.items() if key != "participants"}
    made = await demo.post("/contributions", body, who=amara)
    assert made.status_code == 201, made.text
    assert made.json()["status"] == "pending"
    assert made.json()["waiting_for"] == "reviewer"
    assert [one["ambassador"] for one in made.json()["participants"]] == ["amara"]
    assert (await demo.get("/contributions")).json()["items"] == []
    nobody = await demo.post("/contributions", body)
    assert nobody.status_code == 400
    assert nobody.json()["errors"][0]["pointer"] == "/participants"


async def test_what_needs_no_review_needs_none_for_ones_own_alone(world: World) -> None:
    demo = await senders(world, policy=kinds(acceptance="at_once"))
    amara = await demo.ambassador("amara")
    own = await demo.post("/contributions", TALK, who=amara)
    assert own.json()["status"] == "accepted"
    others = TALK | {"participants": [{"ambassador": "bruno"}]}
    assert (await demo.post("/contributions", others, who=amara)).json()["status"] == "pending"


async def test_a_manager_does_not_accept_their_own(world: World) -> None:
    demo = await senders(world)
    manager = await world.token(Role.MANAGER, "demo", person_id=demo.people["amara"])
    assert (await demo.post("/contributions", TALK, who=manager)).json()["status"] == "pending"


async def test_the_same_idempotency_key_records_once(world: World) -> None:
    demo = await senders(world)
    made = [
        await demo.post("/contributions", TALK, **{"Idempotency-Key": "once"}) for _ in range(2)
    ]
    assert made[0].json()["id"] == made[1].json()["id"]
    assert len(await world.rows("select from contributions")) == 1


async def test_every_fault_is_pointed_at(world: World) -> None:
    policy = kinds(required=["url", "language"], roles=["speaker"])
    demo = await senders(world, policy=policy)
    body = {
        "type": "talk",
        "title": "Consumers that forgive",
        "occurred_on": "2025-11",
        "role": "dancer",
        "event_format": "hybrid",
        "participants": [{"ambassador": "amara", "role": "singer"}],
        "metrics": {"stars": 3},
        "fields": {"mood": "good"},
    }
    refused = await demo.post("/contributions", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "breaks_policy")
    assert {fault["pointer"] for fault in refused.json()["errors"]} == {
        "/url",
        "/language",
        "/role",
        "/country",
        "/participants/0/role",
        "/metrics/stars",
        "/fields/mood",
    }


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"type": "dancing"}, 409, "/type"),
        ({"participants": [{"ambassador": "nobody"}]}, 409, "/participants/0/ambassador"),
        ({"participants": [{"ambassador": "amara"}, {"ambassador": "AMARA"}]}, 409, None),
        ({"participants": [{}]}, 400, "/participants/0"),
        ({"participants": [{"ambassador": "a", "identity": "github:1"}]}, 400, "/participants/0"),
        ({"participants": []}, 400, "/participants"),
        ({"occurred_on": "2026-04"}, 400, "/occurred_on"),
        ({"occurred_on": "2025-02-30"}, 400, "/occurred_on"),
        ({"occurred_on": "2025-11", "ended_on": "2025-10-31"}, 400, "/ended_on"),
        ({"metrics": {"views": -1}}, 400, "/metrics"),
        ({"title": "ab"}, 400, "/title"),
        ({"country": "Portugal"}, 400, "/country"),
    ],
)
async def test_what_cannot_be_is_refused(
    world: World, change: dict[str, Any], status: int, pointer: str | None
) -> None:
    demo = await senders(world)
    refused = await demo.put("k1", **change)
    assert refused.status_code == status, refused.text
    if pointer is not None:
        assert refused.json()["errors"][0]["pointer"].startswith(pointer)
    assert await world.rows("select from contributions") == []


async def test_a_talk_may_be_announced_where_the_policy_says_so(world: World) -> None:
    demo = await senders(world, policy=kinds(announceable=True, acceptance="at_once"))
    announced = await demo.put("k1", occurred_on="2026-05-01")
    assert announced.status_code == 201, announced.text
    assert announced.json()["contribution"]["status"] == "pending"


async def test_the_same_again_changes_nothing(world: World) -> None:
    demo = await senders(world)
    first, second = await demo.put("k1"), await demo.put("k1")
    assert (first.status_code, first.json()["result"]) == (201, "created")
    assert (second.status_code, second.json()["result"]) == (200, "unchanged")
    assert second.json()["contribution"] == first.json()["contribution"]
    assert second.headers["etag"].split(".")[0] == first.headers["etag"].split(".")[0]
    assert len(await world.rows("select from events where type like 'contribution.%'")) == 1


async def test_a_tool_finds_what_it_sent_by_its_own_key(world: World) -> None:
    demo = await senders(world)
    sent = (await demo.put("k:1")).json()["contribution"]
    path = "/sources/bot/contributions/k:1"
    found = await demo.get(path, who=demo.bot)
    assert (found.status_code, found.json()) == (200, sent)
    assert (await demo.get("/sources/bot/contributions/k2", who=demo.bot)).status_code == 404
    assert (await demo.get("/sources/nowhere/contributions/k:1", who=demo.bot)).status_code == 404
    stranger = await world.token(Role.INTEGRATION, "demo", permissions=None)
    pending = await demo.get(path, who=stranger)
    assert pending.status_code == 200, "integrations of the program read its contributions"
    ambassador = await demo.ambassador("bruno")
    assert (await demo.get(path, who=ambassador)).status_code == 404


async def test_shares_are_for_everybody_and_no_more_than_the_whole(world: World) -> None:
    demo = await senders(world)
    for shares in ([50, None], [60, 50]):
        people = [
            {"ambassador": handle, "share": share}
            for handle, share in zip(("amara", "bruno"), shares, strict=True)
        ]
        refused = await demo.put("k1", participants=people)
        assert refused.status_code == 409
        assert refused.json()["errors"][0]["code"] == "shares"
    people = [{"ambassador": "amara", "share": 60}, {"ambassador": "bruno", "share": 40}]
    assert (await demo.put("k1", participants=people)).status_code == 201


async def test_absent_null_and_empty_are_the_same(world: World) -> None:
    demo = await senders(world)
    await demo.put("k1", tags=[], description=None, fields={})
    assert (await demo.put("k1")).json()["result"] == "unchanged"


async def test_another_body_updates_what_nobody_has_decided(world: World) -> None:
    demo = await senders(world)
    first = (await demo.put("k1")).json()["contribution"]
    second = await demo.put("k1", title="Consumers that forget", metrics={})
    assert (second.status_code, second.json()["result"]) == (200, "updated")
    now = second.json()["contribution"]
    assert (now["id"], now["title"]) == (first["id"], "Consumers that forget")
    assert now["version"] == first["version"] + 1
    told = await world.rows("select type from events where type like 'contribution.%' order by seq")
    assert [row["type"] for row in told] == ["contribution.recorded", "contribution.updated"]


async def test_an_update_can_be_for_one_version_only(world: World) -> None:
    demo = await senders(world)
    url, headers = f"{demo.base}/sources/bot/contributions/k1", demo.bot.headers

    async def put(title: str, etag: str) -> int:
        body = TALK | {"title": title}
        answer = await world.client.put(url, json=body, headers=headers | {"If-Match": etag})
        return answer.status_code

    assert await put("Nothing there", '"1.x"') == 412
    first = await demo.put("k1")
    assert await put("Second", first.headers["etag"]) == 200
    assert await put("Third", first.headers["etag"]) == 412
    assert (await world.rows("select title from contributions"))[0]["title"] == "Second"


async def test_what_people_decided_is_not_overwritten_by_an_untrusted_source(world: World) -> None:
    demo = await senders(world)
    await demo.put("k1")
    await world.rows("update contributions set status = 'accepted', decided_at = now()")
    assert (await demo.put("k1")).json()["result"] == "unchanged"
    refused = await demo.put("k1", title="Something else")
    assert (refused.status_code, refused.json()["code"]) == (409, "changed_by_people")
    assert refused.json()["current"]["title"] == TALK["title"]
    assert refused.json()["current"]["status"] == "accepted"


async def test_what_a_person_corrected_is_not_overwritten_either(world: World) -> None:
    demo = await senders(world)
    await demo.put("k1")
    await world.rows("update contributions set title = 'By hand', touched_at = now()")
    assert (await demo.put("k1")).json()["result"] == "unchanged"
    assert (await demo.put("k1", title="Something else")).status_code == 409
    assert (await world.rows("select title from contributions"))[0]["title"] == "By hand"


async def test_a_trusted_source_corrects_until_a_finished_tenure_counted_it(world: World) -> None:
    demo = await senders(world, trust="trusted")
    made = (await demo.put("k1")).json()["contribution"]
    assert made["status"] == "accepted"
    assert (await demo.put("k1", title="Corrected")).json()["result"] == "updated"
    await counted(world, UUID(made["id"]))
    refused = await demo.put("k1", title="Corrected again")
    assert (refused.status_code, refused.json()["code"]) == (409, "counted_for_tenure")
    assert "2026-01-10" in refused.json()["detail"]
    assert (await demo.put("k1", title="Corrected")).json()["result"] == "unchanged"


async def test_withdrawn_stays_withdrawn(world: World) -> None:
    demo = await senders(world, trust="trusted")
    await demo.put("k1")
    await world.rows("update contributions set status = 'withdrawn'")
    assert (await demo.put("k1")).json()["result"] == "unchanged"
    refused = await demo.put("k1", title="Back again")
    assert (refused.status_code, refused.json()["code"]) == (409, "contribution_withdrawn")


async def test_a_token_writes_only_to_its_sources(world: World) -> None:
    demo = await senders(world)
    stranger = await world.token(Role.INTEGRATION, "demo")
    for bearer in (stranger, demo.owner):
        refused = await world.client.put(
            f"{demo.base}/sources/bot/contributions/k1", json=TALK, headers=bearer.headers
        )
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_source")
    assert (await demo.put("k1", source="nowhere")).status_code == 404
    answers = await demo.bulk([line("k1", source="nowhere"), line("k2")])
    assert [one["result"] for one in answers[:2]] == ["rejected", "created"]
    assert answers[0]["errors"][0]["pointer"] == "/source"


async def test_a_verified_identity_names_its_person_and_another_waits(world: World) -> None:
    demo = await senders(world)
    await verified(demo, "amara", "github", "5501911")
    known = await demo.put("k1", participants=[{"identity": "github:5501911"}])
    assert known.json()["warnings"] == []
    unknown = await demo.put("k2", participants=[{"identity": "github:77"}], url=None)
    assert (unknown.status_code, unknown.json()["warnings"]) == (201, ["unmatched"])
    rows = await world.rows("select provider, account, status from unmatched_identities")
    assert [tuple(row) for row in rows] == [("github", "77", "open")]


async def test_a_suspected_duplicate_waits_for_a_reviewer(world: World) -> None:
    demo = await senders(world, trust="trusted")
    first = await demo.put("k1")
    same_url = await demo.put("k2", title="Another title", url="http://www.example.org/talk/#top")
    details = await demo.put("k3", title=" consumers that  FORGIVE", url=None)
    other = await demo.put("k4", title="Something else", url="https://example.org/else")
    assert [r.json()["contribution"]["status"] for r in (first, same_url, details, other)] == [
        "accepted",
        "pending",
        "pending",
        "accepted",
    ]
    assert same_url.json()["warnings"] == ["duplicate_suspected"]
    rows = await world.rows("select other_id::text, verdict from contribution_suspects")
    assert {tuple(row) for row in rows} == {(first.json()["contribution"]["id"], None)}
    assert len(rows) == 2


async def test_a_shared_talk_is_no_duplicate_of_the_other_speakers(world: World) -> None:
    demo = await senders(world, trust="trusted")
    await demo.put("k1")
    theirs = await demo.put("k2", participants=[{"ambassador": "bruno"}])
    assert (theirs.json()["contribution"]["status"], theirs.json()["warnings"]) == ("accepted", [])


async def test_of_two_at_the_same_time_one_is_suspected(world: World) -> None:
    demo = await senders(world, trust="trusted")
    await demo.source("other", trust="trusted")
    both = await asyncio.gather(demo.put("k1"), demo.put("k1", source="other"))
    assert sorted(r.json()["contribution"]["status"] for r in both) == ["accepted", "pending"]


async def test_many_at_the_same_time_under_one_key_record_one(world: World) -> None:
    demo = await senders(world)
    answers = await asyncio.gather(*(demo.put("k1") for _ in range(8)))
    assert sorted(r.json()["result"] for r in answers) == ["created", *["unchanged"] * 7]
    assert len(await world.rows("select from contributions")) == 1
    assert (
        len(await world.rows("select from audit_entries where action like 'contribution.%'")) == 1
    )


async def test_numbers_are_read_again_and_kept_with_their_day(world: World) -> None:
    demo = await senders(world, policy=kinds(metrics={"views": {"name": "Views"}}))
    await demo.put("k1", metrics={"views": 0})
    world.clock.pass_(days=2)
    again = await demo.put("k1", metrics={"views": 120})
    assert again.json()["contribution"]["metrics"] == [
        {"read_on": "2026-03-03", "values": {"views": 0}},
        {"read_on": "2026-03-05", "values": {"views": 120}},
    ]


async def test_each_line_has_its_own_answer(world: World) -> None:
    demo = await senders(world)
    await demo.put("k1")
    await demo.put("k2", title="Two")
    body = ndjson(
        [
            line("k1"),
            line("k2", title="Changed", url="https://example.org/2"),
            line("k3", title="Three", url="https://example.org/3"),
        ]
    )
    body += b"{not json}\n\n" + ndjson(
        [
            {"source": "bot", "key": "k4"},
            line("k 5"),
            line("k6", type="dancing"),
            line("k7", title="Seven", url=None, participants=[{"identity": "github:7"}]),
            line("k3", title="Three", url="https://example.org/3"),
            line("k3", title="Three and a half", url="https://example.org/3"),
        ]
    )
    *answers, last = await demo.bulk(body)
    assert [(one["index"], one["result"]) for one in answers] == [
        (0, "unchanged"),
        (1, "updated"),
        (2, "created"),
        (3, "rejected"),
        (5, "rejected"),
        (6, "rejected"),
        (7, "rejected"),
        (8, "created"),
        (9, "unchanged"),
        (10, "updated"),
    ]
    assert last == {"summary": {"created": 2, "unchanged": 2, "updated": 2, "rejected": 4}}
    assert answers[6]["errors"][0]["pointer"] == "/type"
    assert answers[7]["warnings"] == ["unmatched"]
    assert len(await world.rows("select from contributions")) == 4


async def test_an_array_is_answered_the_same(world: World) -> None:
    demo = await senders(world)
    answer = await world.client.post(
        f"{demo.base}/contributions/bulk",
        json=[line("k1"), 7],
        headers=demo.bot.headers,
    )
    assert [row.count(b"rejected") for row in answer.content.splitlines()] == [0, 1, 1]


async def test_a_line_is_what_a_put_takes(world: World) -> None:
    demo = await senders(world)
    await demo.put("k1", tags=["A", "b"], metrics={})
    answers = await demo.bulk([line("k1", tags=["A", "b"])])
    assert answers[0]["result"] == "unchanged"


async def test_the_same_thousands_again_at_once_and_cut_off_are_recorded_once(world: World) -> None:
    demo = await senders(world, trust="trusted")
    count = 3_000
    lines = [
        line(f"k{n}", title=f"Talk {n}", url=f"https://example.org/{n}", occurred_on="2025")
        for n in range(count)
    ]
    body = ndjson(lines)

    async def cut() -> None:
        front = world.client._transport.app  # type: ignore[attr-defined]
        headers = {"content-type": "application/x-ndjson"} | demo.bot.headers
        await ask(
            front,
            "POST",
            f"{demo.base}/contributions/bulk".encode(),
            headers=[(k.lower().encode(), v.encode()) for k, v in headers.items()],
            chunks=[body[: len(body) // 2]],
            ends=False,
        )

    first, second, _ = await asyncio.gather(demo.bulk(body), demo.bulk(body), cut())
    third = await demo.bulk(body)
    created = [one["id"] for answers in (first, second) for one in answers[:-1]]
    assert len(set(created)) == count
    sums = [answers[-1]["summary"] for answers in (first, second, third)]
    assert sums[0]["rejected"] == sums[1]["rejected"] == 0
    assert sums[2] == {"created": 0, "unchanged": count, "updated": 0, "rejected": 0}
    for table in ("contributions", "contribution_participants"):
        assert (await world.rows(f"select count(*) from {table}"))[0][0] == count
    logged = await world.rows(
        "select count(*) from audit_entries where action = 'contribution.recorded'"
    )
    told = await world.rows("select count(*) from events where type = 'contribution.recorded'")
    assert (logged[0][0], told[0][0]) == (count, count)
    statuses = await world.rows("select status, count(*) from contributions group by status")
    assert [tuple(row) for row in statuses] == [("accepted", count)]


async def test_duplicates_within_one_upload_are_suspected(world: World) -> None:
    demo = await senders(world, trust="trusted")
    *answers, _ = await demo.bulk([line("k1"), line("k2"), line("k3", url=None)])
    assert [one.get("warnings") for one in answers] == [
        None,
        ["duplicate_suspected"],
        ["duplicate_suspected"],
    ]
    rows = await world.rows("select status from contributions order by key")
    assert [row["status"] for row in rows] == ["accepted", "pending", "pending"]
    told = await world.rows(
        "select data->>'status' as s from events where type = 'contribution.recorded'"
    )
    assert sorted(row["s"] for row in told) == ["accepted", "pending", "pending"]


async def test_nothing_is_written_to_an_archived_program(world: World) -> None:
    demo = await senders(world)
    await world.client.patch(demo.base, json={"status": "archived"}, headers=demo.owner.headers)
    assert (await demo.put("k1")).json()["code"] == "program_archived"
    answer = await world.client.post(
        f"{demo.base}/contributions/bulk", json=[line("k1")], headers=demo.bot.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "program_archived")
