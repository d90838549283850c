"""Reviews: deciding once and fairly, many at once, disputes, and the queue."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.rules.access import Role
from tests.reviewing import (
    DECISIONS,
    DECLINE,
    code,
    pointers,
    reviewing,
)
from tests.world import World


async def test_accepted_declined_and_returned(world: World) -> None:
    it = await reviewing(world)
    ids = [(await it.submit(title=f"Talk {n}", url=None))["id"] for n in range(3)]
    accepted = await it.review(ids[0], decision="accept", note="Well done.")
    assert accepted.status_code == 200, accepted.text
    assert (accepted.json()["status"], accepted.json()["waiting_for"]) == ("accepted", None)
    assert (accepted.json()["note"], accepted.json()["touched_at"]) == ("Well done.", None)
    declined = (await it.review(ids[1], **DECLINE)).json()
    assert (declined["status"], declined["decline_reason"]) == ("declined", "not_ours")
    returned = (await it.review(ids[2], decision="return", note="Which event?")).json()
    assert (returned["status"], returned["waiting_for"]) == ("pending", "author")
    told = [(await it.told(id))[-1] for id in ids]
    assert told == ["contribution.accepted", "contribution.declined", "contribution.returned"]
    assert [(await it.logged(id))[-1] for id in ids] == [
        (action, it.one.account_id) for action in told
    ]
    rows = await world.rows("select decided_by, decided_at from contributions order by id")
    by = it.one.account_id
    assert [tuple(row.values()) for row in rows] == [(by, world.now), (by, world.now), (None, None)]
    public = (await it.demo.get("/contributions")).json()["items"]
    assert [one["id"] for one in public] == ids[:1]


async def test_the_same_decision_again_is_refused(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    assert (await it.review(one["id"], decision="accept")).status_code == 200
    for body in DECISIONS:
        assert code(await it.review(one["id"], **body)) == (409, "already_decided")
    assert await it.told(one["id"]) == ["contribution.recorded", "contribution.accepted"]


async def test_returning_with_the_same_words_again_changes_nothing(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    first = await it.review(one["id"], decision="return", note="Which event?")
    again = await it.review(one["id"], decision="return", note="Which event?")
    assert again.json() == first.json()
    assert len(await it.logged(one["id"])) == 2


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"decision": "decline"}, 409, "/reason"),
        ({"decision": "decline", "reason": "rude"}, 409, "/reason"),
        ({"decision": "decline", "reason": "duplicate"}, 409, "/reason"),
        ({"decision": "return"}, 400, "/note"),
        ({"decision": "accept", "reason": "not_ours"}, 400, "/reason"),
        ({"decision": "praise"}, 400, "/decision"),
    ],
)
async def test_a_reason_is_pointed_at(
    world: World, body: dict[str, Any], status: int, pointer: str
) -> None:
    it = await reviewing(world)
    one = await it.submit()
    refused = await it.review(one["id"], **body)
    assert (refused.status_code, pointers(refused)) == (status, [pointer])


async def test_without_a_list_of_reasons_a_note_says_why(world: World) -> None:
    it = await reviewing(world, review={})
    one = await it.submit()
    assert pointers(await it.review(one["id"], decision="decline")) == ["/note"]
    declined = await it.review(one["id"], decision="decline", note="An advertisement.")
    assert (declined.json()["status"], declined.json()["decline_reason"]) == ("declined", None)


async def test_an_announced_talk_is_accepted_on_its_day(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit(occurred_on="2026-03-04")
    assert code(await it.review(one["id"], decision="accept")) == (409, "not_yet")
    assert await it.waiting() == []
    assert await it.waiting(announced="true") == [one["id"]]
    world.clock.pass_(days=1)
    assert await it.waiting() == [one["id"]]
    assert (await it.review(one["id"], decision="accept")).status_code == 200


async def test_nobody_reviews_their_own(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit(participants=[{"ambassador": "bruno"}, {"ambassador": "amara"}])
    own = await world.token(Role.MANAGER, "demo", person_id=it.demo.people["amara"])
    for body in DECISIONS:
        assert code(await it.review(one["id"], own, **body)) == (403, "own_contribution")
    assert await it.waiting(own) == []
    assert await it.waiting() == [one["id"]]
    many = {"items": [{"id": one["id"], "decision": "accept"}]}
    answer = await it.demo.post("/contributions/reviews", many, who=own)
    assert answer.json()["items"][0]["errors"][0]["code"] == "own_contribution"


async def test_who_may_review(world: World) -> None:
    it = await reviewing(world)
    await world.program("other")
    one = await it.submit()
    strangers = [
        await world.token(Role.REVIEWER, "other"),
        await world.token(Role.READER, "demo"),
        await world.token(Role.INTEGRATION, "demo"),
        it.bruno,
    ]
    for stranger in strangers:
        assert (await it.review(one["id"], stranger, decision="accept")).status_code == 403
        answer = await it.demo.get("/contributions/review-queue", who=stranger)
        assert answer.status_code == 403
    # A reviewer of the other program finds nothing there.
    url = f"/v1/programs/other/contributions/{one['id']}/review"
    body = {"decision": "accept"}
    answer = await world.client.post(url, json=body, headers=strangers[0].headers)
    assert answer.status_code == 404


async def test_two_reviewers_at_the_same_time(world: World) -> None:
    it = await reviewing(world)
    for n in range(5):
        one = await it.submit(title=f"Talk {n}", url=None)
        answers = await asyncio.gather(
            it.review(one["id"], it.one, decision="accept"), it.review(one["id"], it.two, **DECLINE)
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        won = next(answer for answer in answers if answer.status_code == 200)
        read = await it.demo.get(f"/contributions/{one['id']}", who=it.one)
        assert read.json()["status"] == won.json()["status"]
        assert len(await it.told(one["id"])) == 2


async def test_a_decision_on_what_was_read(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    await it.patch(one["id"], it.amara, title="Consumers that forget")
    stale = {"If-Match": f'"{one["version"]}.abc"'}
    lost = await it.review(one["id"], headers=stale, decision="accept")
    assert code(lost) == (412, "version_mismatch")
    fresh = {"If-Match": '"2.abc"'}
    assert (await it.review(one["id"], headers=fresh, decision="accept")).status_code == 200


async def test_a_review_and_a_new_post_of_the_source_at_the_same_time(world: World) -> None:
    it = await reviewing(world)
    for n in range(5):
        key = f"k{n}"
        more: dict[str, Any] = {"title": f"Talk {n}", "url": None}
        made = (await it.demo.put(key, **more)).json()["contribution"]
        reviewed, sent = await asyncio.gather(
            it.review(made["id"], decision="accept"),
            it.demo.put(key, **more | {"title": f"Talk {n}, corrected"}),
        )
        assert reviewed.status_code == 200
        # Whoever is second sees what the first one did: a decision is not undone by a post.
        assert sent.status_code in (200, 409)
        now = (await it.demo.get(f"/contributions/{made['id']}", who=it.one)).json()
        assert now["status"] == "accepted"
        assert now["title"] == (f"Talk {n}" if sent.status_code == 409 else f"Talk {n}, corrected")


async def test_many_at_once(world: World) -> None:
    it = await reviewing(world)
    ids = [(await it.submit(title=f"Talk {n}", url=None))["id"] for n in range(4)]
    done = await it.review(ids[3], decision="accept")
    assert done.status_code == 200
    missing = "019a0000-0000-7000-8000-00000000dead"
    items: list[dict[str, Any]] = [
        {"id": ids[2], "decision": "accept", "version": 7},
        {"id": ids[1], **DECLINE},
        {"id": ids[0], "decision": "accept", "version": 1},
        {"id": ids[3], "decision": "accept"},
        {"id": missing, "decision": "accept"},
    ]
    answer = await it.demo.post("/contributions/reviews", {"items": items}, who=it.one)
    assert answer.status_code == 200, answer.text
    results = answer.json()["items"]
    assert [one["id"] for one in results] == [item["id"] for item in items]
    assert [one["result"] for one in results] == [
        "rejected",
        "declined",
        "accepted",
        "rejected",
        "rejected",
    ]
    assert [[error["code"] for error in one["errors"]] for one in results] == [
        ["version_mismatch"],
        [],
        [],
        ["already_decided"],
        ["not_found"],
    ]
    rows = await world.rows("select status from contributions order by id")
    assert [row["status"] for row in rows] == ["accepted", "declined", "pending", "accepted"]
    assert (await it.told(ids[0]))[-1] == "contribution.accepted"
    assert (await it.logged(ids[1]))[-1] == ("contribution.declined", it.one.account_id)


async def test_many_at_once_name_each_once(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    item = {"id": one["id"], "decision": "accept"}
    refused = await it.demo.post("/contributions/reviews", {"items": [item, item]}, who=it.one)
    assert (refused.status_code, pointers(refused)) == (409, ["/items/1/id"])
    assert await it.told(one["id"]) == ["contribution.recorded"]
    for items in ([], [item] * 101):
        answer = await it.demo.post("/contributions/reviews", {"items": items}, who=it.one)
        assert answer.status_code == 400


async def test_many_at_once_twice_at_the_same_time(world: World) -> None:
    it = await reviewing(world)
    ids = [(await it.submit(title=f"Talk {n}", url=None))["id"] for n in range(6)]
    items = [{"id": id, "decision": "accept"} for id in ids]
    answers = await asyncio.gather(
        it.demo.post("/contributions/reviews", {"items": items}, who=it.one),
        it.demo.post("/contributions/reviews", {"items": items[::-1]}, who=it.two),
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    results = [one["result"] for answer in answers for one in answer.json()["items"]]
    assert (results.count("accepted"), results.count("rejected")) == (6, 6)


async def test_a_dispute_is_decided_by_somebody_else(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    assert code(await it.dispute(one["id"])) == (409, "not_declined")
    assert (await it.review(one["id"], **DECLINE)).status_code == 200
    disputed = await it.dispute(one["id"])
    assert disputed.status_code == 200, disputed.text
    assert (disputed.json()["status"], disputed.json()["dispute"]) == (
        "disputed",
        "It was about us.",
    )
    for body in DECISIONS:
        assert code(await it.review(one["id"], **body)) == (403, "same_reviewer")
    assert await it.waiting(it.two, status="disputed") == [one["id"]]
    accepted = await it.review(one["id"], it.two, decision="accept")
    assert (accepted.json()["status"], accepted.json()["decline_reason"]) == ("accepted", None)
    assert await it.logged(one["id"]) == [
        ("contribution.recorded", it.amara.account_id),
        ("contribution.declined", it.one.account_id),
        ("contribution.disputed", it.amara.account_id),
        ("contribution.accepted", it.two.account_id),
    ]
    assert await it.told(one["id"]) == [action for action, _ in await it.logged(one["id"])]
    events = await world.rows("select data from events")
    assert "It was about us." not in str([row["data"] for row in events])


async def test_another_account_of_who_declined_is_nobody_else(world: World) -> None:
    it = await reviewing(world)
    reviewer = await world.token(Role.REVIEWER, "demo", person_id=it.demo.people["bruno"])
    again = await world.token(Role.MANAGER, "demo", person_id=it.demo.people["bruno"])
    one = await it.submit()
    assert (await it.review(one["id"], reviewer, **DECLINE)).status_code == 200
    assert (await it.dispute(one["id"])).status_code == 200
    assert code(await it.review(one["id"], again, decision="accept")) == (403, "same_reviewer")


async def test_there_is_one_dispute(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    await it.review(one["id"], **DECLINE)
    assert (await it.dispute(one["id"])).status_code == 200
    assert code(await it.dispute(one["id"])) == (409, "already_disputed")
    assert (await it.review(one["id"], it.two, **DECLINE)).status_code == 200
    assert code(await it.dispute(one["id"])) == (409, "already_disputed")


async def test_who_may_dispute(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    await it.review(one["id"], **DECLINE)
    # Others are not told that it is there; staff sees it and may not.
    assert code(await it.dispute(one["id"], it.bruno)) == (404, "not_found")
    assert code(await it.dispute(one["id"], it.two)) == (403, "not_yours")
    emeritus = await world.token(None, person_id=it.demo.people["amara"])
    assert (await it.dispute(one["id"], emeritus)).status_code == 200


async def test_a_disputed_one_can_be_returned_and_corrected(world: World) -> None:
    it = await reviewing(world)
    one = await it.submit()
    await it.review(one["id"], **DECLINE)
    await it.dispute(one["id"])
    returned = await it.review(one["id"], it.two, decision="return", note="Which event?")
    assert (returned.json()["status"], returned.json()["waiting_for"]) == ("disputed", "author")
    corrected = await it.patch(one["id"], it.amara, fields={"event": "Invented Days"})
    assert corrected.json()["waiting_for"] == "reviewer"
    # Who declined it is remembered, whoever returned it.
    assert code(await it.review(one["id"], it.one, decision="accept")) == (403, "same_reviewer")
    assert (await it.review(one["id"], it.two, decision="accept")).status_code == 200
