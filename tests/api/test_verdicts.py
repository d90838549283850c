"""Verdicts: what may be the same is accepted by a reviewer alone, and counts once."""

from __future__ import annotations

import asyncio
from typing import Any

from domain.rules.access import Role
from tests.reviewing import DECLINE, TALK_TYPE, TYPES, code, pointers, reviewing
from tests.world import World

AT_ONCE: dict[str, Any] = {
    "contribution_types": TYPES | {"talk": TALK_TYPE | {"acceptance": "at_once"}}
}


async def test_the_queue_shows_what_it_may_be_the_same_as(world: World) -> None:
    it = await reviewing(world)
    first, second = await it.twins()
    third = await it.submit(title=first["title"], url=None)
    found = {one["contribution"]["id"]: one["suspects"] for one in await it.queue()}
    assert {one: len(suspects) for one, suspects in found.items()} == {
        second["id"]: 1,
        third["id"]: 1,
    }
    suspicion = found[second["id"]][0]
    assert (suspicion["why"], suspicion["verdict"]) == ("url", None)
    assert suspicion["contribution"] == {
        name: first[name]
        for name in ("id", "type", "title", "occurred_on", "url", "source", "status")
    }
    assert [one["why"] for one in found[third["id"]]] == ["details"]
    assert await it.waiting(suspected="true") == [second["id"], third["id"]]
    assert await it.waiting(suspected="false") == []


async def test_accepting_it_says_that_it_is_distinct(world: World) -> None:
    it = await reviewing(world)
    first, second = await it.twins()
    accepted = (await it.review(second["id"], decision="accept")).json()
    assert accepted["suspects"] == [{"contribution_id": first["id"], "verdict": "distinct"}]


async def test_distinct_waits_for_the_review_that_the_policy_wants(world: World) -> None:
    it = await reviewing(world)
    first, second = await it.twins()
    said = await it.verdict(second["id"], first["id"], "distinct")
    assert said.status_code == 200, said.text
    assert (said.json()["status"], said.json()["waiting_for"]) == ("pending", "reviewer")
    assert said.json()["version"] == second["version"]
    assert (await it.told(second["id"]))[-1] == "contribution.distinguished"
    assert (await it.logged(second["id"]))[-1] == (
        "contribution.distinguished",
        it.one.account_id,
    )
    assert await it.waiting(suspected="false") == [second["id"]]
    again = await it.verdict(second["id"], first["id"], "same")
    assert code(again) == (409, "already_decided")


async def test_distinct_accepts_what_needs_no_review(world: World) -> None:
    it = await reviewing(world, **AT_ONCE)
    first = await it.submit()
    other = await it.submit(title="Another address", url="https://example.org/other")
    # It may be the same as either.
    both = await it.submit(title="Another address")
    assert [one["status"] for one in (first, other, both)] == ["accepted", "accepted", "pending"]
    said = (await it.verdict(both["id"], first["id"], "distinct")).json()
    assert said["status"] == "pending"
    said = (await it.verdict(both["id"], other["id"], "distinct")).json()
    assert said["status"] == "accepted"
    rows = await world.rows("select decided_by from contributions order by id desc limit 1")
    assert rows[0]["decided_by"] == it.one.account_id
    assert await it.told(both["id"]) == [
        "contribution.recorded",
        "contribution.distinguished",
        "contribution.distinguished",
        "contribution.accepted",
    ]


async def test_distinct_accepts_what_a_trusted_source_sent(world: World) -> None:
    it = await reviewing(world)
    for trust, status in (("trusted", "accepted"), ("untrusted", "pending")):
        source = f"{trust}-bot"
        await it.demo.source(source, trust=trust)
        more = {"url": f"https://example.org/{trust}", "title": f"By a {trust} bot"}
        first = (await it.demo.put("k1", source, **more)).json()["contribution"]
        again = more | {"title": "Once more"}
        second = (await it.demo.put("k2", source, **again)).json()["contribution"]
        assert second["status"] == "pending"
        said = (await it.verdict(second["id"], first["id"], "distinct")).json()
        assert said["status"] == status


async def test_same_counts_once_and_forgets_nobody(world: World) -> None:
    it = await reviewing(world)
    first = await it.submit()
    assert (await it.review(first["id"], decision="accept")).status_code == 200
    people = [{"ambassador": "bruno"}, {"ambassador": "amara"}]
    body = {"title": "Together", "role": "speaker", "participants": people}
    second = await it.submit(it.bruno, **body)
    said = await it.verdict(second["id"], first["id"], "same")
    assert said.status_code == 200, said.text
    declined = said.json()
    assert (declined["status"], declined["decline_reason"], declined["same_as"]) == (
        "declined",
        "duplicate",
        first["id"],
    )
    kept = (await it.demo.get(f"/contributions/{first['id']}", who=it.one)).json()
    assert [one["ambassador"] for one in kept["participants"]] == ["amara", "bruno"]
    assert (kept["status"], kept["version"]) == ("accepted", 3)
    assert (await it.told(second["id"]))[-1] == "contribution.declined"
    assert (await it.logged(first["id"]))[-1] == ("contribution.updated", it.one.account_id)
    # What was declined claims nothing; a third one is suspected to be the one that counts.
    third = await it.submit(it.bruno, title="Once more")
    seen = (await it.demo.get(f"/contributions/{third['id']}", who=it.one)).json()
    assert [one["contribution_id"] for one in seen["suspects"]] == [first["id"]]


async def test_a_source_does_not_forget_again_who_was_added(world: World) -> None:
    it = await reviewing(world)
    first = (await it.demo.put("k1", title="Sent by a bot")).json()["contribution"]
    people = [{"ambassador": "bruno"}, {"ambassador": "amara"}]
    second = await it.submit(it.bruno, participants=people)
    assert (await it.verdict(second["id"], first["id"], "same")).status_code == 200
    assert code(await it.demo.put("k1", title="Sent again")) == (409, "changed_by_people")


async def test_same_leads_to_the_one_that_counts(world: World) -> None:
    it = await reviewing(world)
    first = await it.submit()
    second = await it.submit(title="Second")
    # The third is suspected because of its words, which the second has claimed.
    third = await it.submit(title="Second", url=None)
    assert (await it.verdict(second["id"], first["id"], "same")).status_code == 200
    said = await it.verdict(third["id"], second["id"], "same")
    assert said.json()["same_as"] == first["id"], said.text


async def test_same_as_what_does_not_count(world: World) -> None:
    it = await reviewing(world)
    first = await it.submit()
    second = await it.submit(title="Second")
    await it.review(first["id"], **DECLINE)
    refused = await it.verdict(second["id"], first["id"], "same")
    assert (code(refused), pointers(refused)) == ((409, "counts_no_more"), ["/of"])
    assert (await it.review(second["id"], decision="accept")).status_code == 200


async def test_a_pair_has_a_direction(world: World) -> None:
    it = await reviewing(world)
    first, second = await it.twins()
    unrelated = await it.submit(title="Something else", url=None)
    for id, of in ((first["id"], second["id"]), (second["id"], unrelated["id"])):
        refused = await it.verdict(id, of, "same")
        assert (code(refused), pointers(refused)) == ((409, "invalid_reference"), ["/of"])
    missing = await it.verdict("019a0000-0000-7000-8000-00000000dead", first["id"], "same")
    assert missing.status_code == 404


async def test_nobody_tells_their_own_apart(world: World) -> None:
    it = await reviewing(world)
    first, second = await it.twins()
    own = await world.token(Role.MANAGER, "demo", person_id=it.demo.people["amara"])
    for verdict in ("same", "distinct"):
        refused = await it.verdict(second["id"], first["id"], verdict, own)
        assert code(refused) == (403, "own_contribution")


async def test_a_duplicate_can_be_disputed(world: World) -> None:
    it = await reviewing(world)
    first, second = await it.twins()
    assert (await it.verdict(second["id"], first["id"], "same")).status_code == 200
    assert (await it.dispute(second["id"])).status_code == 200
    again = await it.verdict(second["id"], first["id"], "same")
    assert code(again) == (403, "same_reviewer")
    accepted = (await it.review(second["id"], it.two, decision="accept")).json()
    assert (accepted["status"], accepted["same_as"]) == ("accepted", None)
    assert accepted["suspects"] == [{"contribution_id": first["id"], "verdict": "distinct"}]


async def test_a_dispute_of_a_duplicate_can_be_in_vain(world: World) -> None:
    it = await reviewing(world)
    first, second = await it.twins()
    await it.verdict(second["id"], first["id"], "same")
    await it.dispute(second["id"])
    upheld = await it.verdict(second["id"], first["id"], "same", it.two)
    assert (upheld.json()["status"], upheld.json()["same_as"]) == ("declined", first["id"])
    assert code(await it.dispute(second["id"])) == (409, "already_disputed")


async def test_what_counted_for_a_finished_tenure_is_no_duplicate_any_more(world: World) -> None:
    it = await reviewing(world)
    first, second = await it.twins(url="https://example.org/other")
    await it.review(second["id"], decision="accept")
    # A correction makes it suspected after it was accepted.
    corrected = await it.patch(second["id"], it.demo.owner, url=first["url"])
    assert corrected.json()["status"] == "accepted"
    assert await it.waiting() == []
    assert await it.waiting(status="accepted") == [second["id"]]
    await it.count_for_tenure(second["id"], finished=True)
    refused = await it.verdict(second["id"], first["id"], "same")
    assert code(refused) == (409, "counted_for_tenure")
    assert "2025-01-11 to 2026-01-10 of 'amara'" in refused.json()["detail"]
    assert (await it.verdict(second["id"], first["id"], "distinct")).status_code == 200
    assert await it.waiting(status="accepted") == []


async def test_two_verdicts_at_the_same_time(world: World) -> None:
    it = await reviewing(world)
    first, second = await it.twins()
    answers = await asyncio.gather(
        it.verdict(second["id"], first["id"], "same", it.one),
        it.verdict(second["id"], first["id"], "distinct", it.two),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_what_is_declined_leaves_its_claim_to_its_suspects(world: World) -> None:
    it = await reviewing(world)
    first = await it.submit()
    second = await it.submit(title="Second")
    await it.review(first["id"], **DECLINE)
    third = await it.submit(title="Third")
    seen = (await it.demo.get(f"/contributions/{third['id']}", who=it.one)).json()
    assert [one["contribution_id"] for one in seen["suspects"]] == [second["id"]]


async def test_a_duplicate_leaves_its_claim_to_its_suspects(world: World) -> None:
    it = await reviewing(world)
    first = await it.submit()
    second = await it.submit(title="Second")
    third = await it.submit(title="Second", url=None)
    assert (await it.verdict(second["id"], first["id"], "same")).status_code == 200
    fourth = await it.submit(title="Second", url="https://example.org/other")
    seen = (await it.demo.get(f"/contributions/{fourth['id']}", who=it.one)).json()
    assert [one["contribution_id"] for one in seen["suspects"]] == [third["id"]]
