"""Corrections: who may correct what, what a correction answers for, and what stays as it was."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.rules.access import Role
from tests.reviewing import DECLINE, REVIEWED, TALK_TYPE, TYPES, code, pointers, reviewing
from tests.world import World


async def test_a_manager_corrects_anything(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    await it.review(one["id"], decision="accept")
    change: dict[str, Any] = {
        "type": "article",
        "title": "Consumers that forget",
        "occurred_on": "2025-12-01",
        "ended_on": "2025-12-02",
        "url": None,
        "description": "How to read.",
        "evidence": ["https://example.org/proof"],
        "language": "en",
        "tags": ["Messaging"],
        "audience": ["developers"],
        "event_format": "hybrid",
        "country": "NG",
        "visibility": "members",
    }
    changed = await it.patch(one["id"], it.demo.owner, **change)
    assert changed.status_code == 200, changed.text
    told = changed.json()
    assert {name: told[name] for name in change} == change | {"tags": ["messaging"]}
    assert (told["status"], told["version"]) == ("accepted", 3)
    assert told["touched_at"] == "2026-03-03T12:00:00Z"
    assert await it.told(one["id"]) == [
        "contribution.recorded",
        "contribution.accepted",
        "contribution.updated",
    ]
    assert (await it.logged(one["id"]))[-1] == (
        "contribution.updated",
        it.demo.owner.account_id,
    )
    rows = await world.rows("select fields from audit_entries order by id desc limit 1")
    assert {*change, "date_precision", "type_text", "touched_at"} == {*rows[0]["fields"]}


async def test_what_is_the_same_changes_nothing(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    same: dict[str, Any] = {
        "title": one["title"],
        "occurred_on": "2025-11",
        "tags": [],
        "fields": {"event": None},
        "participants": [{"ambassador": "Amara"}],
    }
    nothing: dict[str, Any] = {}
    for body in (nothing, same):
        answer = await it.patch(one["id"], it.demo.owner, **body)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["version"], answer.json()["touched_at"]) == (1, None)
    assert await it.told(one["id"]) == ["contribution.recorded"]


async def test_an_ambassador_corrects_their_own_until_it_is_decided(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    await it.review(one["id"], decision="return", note="Which event?")
    corrected = await it.patch(one["id"], it.amara, fields={"event": "Invented Days", "rating": 4})
    assert corrected.status_code == 200, corrected.text
    assert corrected.json()["waiting_for"] == "reviewer"
    # Fields are merged, and null takes one away (RFC 7396).
    merged = await it.patch(one["id"], it.amara, fields={"rating": None})
    assert merged.json()["fields"] == {"event": "Invented Days"}
    await it.review(one["id"], decision="accept")
    late = await it.patch(one["id"], it.amara, title="Too late")
    assert code(late) == (409, "already_decided")


async def test_nobody_else_corrects_it(world: World) -> None:
    it = await reviewing(world)
    await world.program("other")
    one = await it.submit()
    # Pending: others are not told that it is there.
    assert (await it.patch(one["id"], it.bruno, title="Mine")).status_code == 404
    await it.review(one["id"], decision="accept")
    assert code(await it.patch(one["id"], it.bruno, title="Mine")) == (403, "forbidden")
    for role, program in ((Role.REVIEWER, "demo"), (Role.READER, "demo"), (Role.MANAGER, "other")):
        bearer = await world.token(role, program)
        assert (await it.patch(one["id"], bearer, title="Mine")).status_code == 403
    manager = await world.token(Role.MANAGER, "other")
    url = f"/v1/programs/other/contributions/{one['id']}"
    answer = await world.client.patch(url, json={"title": "Mine"}, headers=manager.headers)
    assert answer.status_code == 404


async def test_if_match(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    stale = {"If-Match": '"7.abc"'}
    owner = it.demo.owner
    path = f"/contributions/{one['id']}"
    reading = {"read_on": "2026-01-01", "values": {"attendees": 1}}
    answers = [
        await it.patch(one["id"], owner, stale, title="Another"),
        await it.demo.post(path + "/withdrawal", {"reason": "A mistake."}, who=owner, **stale),
        await it.demo.post(path + "/metrics", reading, who=owner, **stale),
        await it.demo.post(path + "/dispute", {"text": "But."}, who=it.amara, **stale),
        await it.demo.post(
            path + "/verdict", {"of": one["id"], "verdict": "same"}, who=owner, **stale
        ),
    ]
    assert [code(answer) for answer in answers] == [(412, "version_mismatch")] * 5
    read = await it.demo.get(path, who=owner)
    fresh = {"If-Match": read.headers["etag"]}
    assert (await it.patch(one["id"], owner, fresh, title="Another")).status_code == 200
    assert (await it.patch(one["id"], owner, fresh, title="A third")).status_code == 412


@pytest.mark.parametrize(
    ("change", "expected", "points"),
    [
        ({"type": "dancing"}, (409, "invalid_reference"), ["/type"]),
        ({"occurred_on": "2026-03-04", "type": "article"}, (400, "invalid"), ["/occurred_on"]),
        ({"occurred_on": "2025-02-29"}, (400, "invalid"), ["/occurred_on"]),
        ({"ended_on": "2025-10-31"}, (400, "invalid"), ["/ended_on"]),
        ({"ended_on": "2026-03-04"}, (400, "invalid"), ["/ended_on"]),
        ({"event_format": "hybrid"}, (409, "breaks_policy"), ["/country"]),
        (
            {"role": "dancer", "fields": {"rating": "high", "mood": "good"}},
            (409, "breaks_policy"),
            ["/role", "/fields/mood", "/fields/rating"],
        ),
        (
            {"participants": [{"ambassador": "amara"}, {"ambassador": "nobody"}]},
            (409, "invalid_reference"),
            ["/participants/1/ambassador"],
        ),
        ({"participants": []}, (400, "invalid"), ["/participants"]),
        ({"title": None}, (400, "invalid"), ["/title"]),
    ],
)
async def test_what_cannot_be_is_pointed_at(
    world: World, change: dict[str, Any], expected: tuple[int, str], points: list[str]
) -> None:
    it = await reviewing(world)
    one = await it.submit()
    refused = await it.patch(one["id"], it.demo.owner, **change)
    assert (code(refused), pointers(refused)) == (expected, points), refused.text
    assert await it.told(one["id"]) == ["contribution.recorded"]


async def test_a_correction_answers_for_what_it_changes(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit(url=None)
    strict = TALK_TYPE | {"required": ["url", "language"]}
    document = (await it.demo.get("/policy", who=it.demo.owner)).json()["document"]
    document["contribution_types"] = TYPES | {
        "talk": strict,
        "article": TYPES["article"] | {"required": ["language"]},
    }
    put = await world.client.put(
        f"{it.demo.base}/policy",
        json={"document": document, "reason": "Stricter."},
        headers=it.demo.owner.headers,
    )
    assert put.status_code == 200, put.text
    # What was missing before is not the fault of whoever mends the title.
    assert (await it.patch(one["id"], it.demo.owner, title="Mended")).status_code == 200
    linked = await it.patch(one["id"], it.demo.owner, url="https://example.org/other")
    assert linked.status_code == 200
    unlinked = await it.patch(one["id"], it.demo.owner, url=None)
    assert (code(unlinked), pointers(unlinked)) == ((409, "breaks_policy"), ["/url"])
    # Another type answers for everything.
    retyped = await it.patch(one["id"], it.demo.owner, type="article")
    assert (code(retyped), pointers(retyped)) == ((409, "breaks_policy"), ["/language"])


async def test_an_accepted_talk_that_is_announced_anew_waits_for_its_day(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    await it.review(one["id"], decision="accept")
    moved = (await it.patch(one["id"], it.demo.owner, occurred_on="2026-04-01")).json()
    assert (moved["status"], moved["waiting_for"]) == ("pending", "reviewer")


async def test_reassigned(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit(role="speaker")
    await it.review(one["id"], decision="accept")
    people = [{"ambassador": "bruno", "role": "speaker"}, {"identity": "github:900009"}]
    moved = await it.patch(one["id"], it.demo.owner, participants=people)
    assert moved.status_code == 200, moved.text
    shown = [
        (who["ambassador"], who["role"], who["identity"]) for who in moved.json()["participants"]
    ]
    assert shown == [("bruno", "speaker", None), (None, None, "github:900009")]
    assert (moved.json()["status"], moved.json()["version"]) == ("accepted", 3)
    listed = await it.demo.get("/ambassadors/amara/contributions")
    assert listed.json()["items"] == []
    listed = await it.demo.get("/ambassadors/bruno/contributions")
    assert [each["id"] for each in listed.json()["items"]] == [one["id"]]
    rows = await world.rows("select fields from audit_entries order by id desc limit 1")
    assert {*rows[0]["fields"]} == {"participants", "touched_at"}
    # Another date moves with everybody, on whose lists it stands by date.
    await it.patch(one["id"], it.demo.owner, occurred_on="2025-12")
    rows = await world.rows(
        "select distinct occurred_on::text as day from contribution_participants"
    )
    assert [row["day"] for row in rows] == ["2025-12-01"]
    # Nobody whom we know had a part in it: it is in no public answer.
    nobody = [{"identity": "github:900009"}]
    assert (await it.patch(one["id"], it.demo.owner, participants=nobody)).status_code == 200
    assert (await it.demo.get("/contributions")).json()["items"] == []


async def test_a_correction_links_what_it_may_be_the_same_as_now(world: World) -> None:
    it = await reviewing(world)
    first, second = await it.submit(), await it.submit(title="Second", url=None)
    await it.review(second["id"], decision="accept")
    corrected = (await it.patch(second["id"], it.demo.owner, url=first["url"])).json()
    # A human looked at it: it counts, until a reviewer says that it is the same.
    assert corrected["status"] == "accepted"
    assert corrected["suspects"] == [{"contribution_id": first["id"], "verdict": None}]
    said = await it.verdict(second["id"], first["id"], "same")
    assert said.json()["status"] == "declined", said.text


async def test_what_a_correction_gives_up_can_be_recorded(world: World) -> None:
    it = await reviewing(world)
    first = await it.submit()
    await it.patch(first["id"], it.demo.owner, url="https://example.org/other", title="Corrected")
    assert (await it.submit())["id"] not in await it.waiting(suspected="true")
    again = await it.submit(title="By its new address", url="https://example.org/other")
    assert await it.waiting(suspected="true") == [again["id"]]


async def test_what_a_correction_gives_up_is_claimed_by_its_suspects(world: World) -> None:
    it = await reviewing(world)
    first, second = await it.submit(), await it.submit(title="Second")
    await it.patch(first["id"], it.demo.owner, url="https://example.org/other")
    third = await it.submit(title="Third")
    seen = (await it.demo.get(f"/contributions/{third['id']}", who=it.one)).json()
    assert [one["contribution_id"] for one in seen["suspects"]] == [second["id"]]


async def test_what_counted_for_a_finished_tenure_stays(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    await it.review(one["id"], decision="accept")
    await it.count_for_tenure(one["id"], finished=False)
    moved = await it.patch(one["id"], it.demo.owner, occurred_on="2025-10")
    assert moved.status_code == 200, moved.text
    await it.count_for_tenure(one["id"], finished=True)
    changes: list[dict[str, Any]] = [
        {"type": "article"},
        {"occurred_on": "2025-11"},
        {"ended_on": "2025-12-01"},
        {"url": None},
        {"participants": [{"ambassador": "bruno"}]},
    ]
    refused = [await it.patch(one["id"], it.demo.owner, **change) for change in changes]
    path = f"/contributions/{one['id']}/withdrawal"
    refused.append(await it.demo.post(path, {"reason": "A mistake."}))
    for answer in refused:
        assert code(answer) == (409, "counted_for_tenure"), answer.text
        assert "2025-01-11 to 2026-01-10 of 'amara'" in answer.json()["detail"]
    # Words are no reason for which a tenure was renewed, and neither is who sees them.
    mended = await it.patch(one["id"], it.demo.owner, title="Mended", visibility="private")
    assert mended.status_code == 200, mended.text


async def test_withdrawn_stays_withdrawn(world: World) -> None:
    it = await reviewing(world)
    made = (await it.demo.put("k1")).json()["contribution"]
    path = f"/contributions/{made['id']}"
    gone = await it.demo.post(path + "/withdrawal", {"reason": "A mistake."})
    assert (gone.json()["status"], gone.json()["waiting_for"]) == ("withdrawn", None)
    again = await it.demo.post(path + "/withdrawal", {"reason": "A mistake."})
    assert again.json() == gone.json()
    reading = {"read_on": "2026-01-01", "values": {"attendees": 1}}
    late = [
        await it.patch(made["id"], it.demo.owner, title="Late"),
        await it.demo.post(path + "/metrics", reading),
        await it.review(made["id"], decision="accept"),
        await it.demo.put("k1", title="Late"),
    ]
    assert [code(answer) for answer in late] == [(409, "contribution_withdrawn")] * 4
    assert await it.told(made["id"]) == ["contribution.recorded", "contribution.withdrawn"]
    rows = await world.rows("select reason from audit_values where reason is not null")
    assert [row["reason"] for row in rows] == ["A mistake."]
    # It claims nothing any more.
    assert (await it.submit())["id"] in await it.waiting(suspected="false")


async def test_who_withdraws(world: World) -> None:
    it = await reviewing(world)
    both = [{"ambassador": "amara"}, {"ambassador": "bruno"}]
    own = await it.submit(title="By amara for both", participants=both)
    alone = (await it.demo.put("k1", title="Sent by a bot", url=None)).json()["contribution"]

    async def withdraw(one: dict[str, Any], who: Any) -> int:
        path = f"/contributions/{one['id']}/withdrawal"
        return (await it.demo.post(path, {"reason": "Mine."}, who=who)).status_code

    # One of two who did not submit it; and somebody who may not even see it.
    assert await withdraw(own, it.bruno) == 403
    assert await withdraw(alone, it.bruno) == 404
    assert await withdraw(own, it.amara) == 200
    assert await withdraw(alone, it.amara) == 200


async def test_a_correction_and_a_review_at_the_same_time(world: World) -> None:
    it = await reviewing(world)
    for n in range(5):
        one = await it.submit(title=f"Talk {n}", url=None)
        corrected, reviewed = await asyncio.gather(
            it.patch(one["id"], it.amara, title=f"Talk {n}, corrected"),
            it.review(one["id"], **DECLINE),
        )
        assert reviewed.status_code == 200
        assert corrected.status_code in (200, 409)
        now = (await it.demo.get(f"/contributions/{one['id']}", who=it.one)).json()
        assert now["status"] == "declined"
        assert now["title"].endswith("corrected") is (corrected.status_code == 200)


async def test_a_source_does_not_undo_a_correction(world: World) -> None:
    it = await reviewing(world, **REVIEWED)
    made = (await it.demo.put("k1")).json()["contribution"]
    await it.patch(made["id"], it.demo.owner, title="Corrected")
    assert (await it.demo.put("k1")).json()["result"] == "unchanged"
    assert code(await it.demo.put("k1", title="Another")) == (409, "changed_by_people")
