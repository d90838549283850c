"""Erasing an application: for people who never became one, and everybody else."""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules.access import Permission, Role
from tests.applying import URL, Applicants, applicants, bearer, decide, stored
from tests.world import World


@pytest.fixture
async def demo(world: World) -> Applicants:
    return await applicants(world, nominations="anybody", anonymous=True, published=True)


async def said(world: World, application: str) -> str:
    """All that the database holds of an application, as text."""
    rows = await world.rows(
        """select to_jsonb(a)::text from applications a where id = $1::text::uuid
           union all select to_jsonb(i)::text from application_identities i
                      where application_id = $1::text::uuid
           union all select to_jsonb(e)::text from application_evidence e
                      where application_id = $1::text::uuid
           union all select v.before::text || v.after::text from audit_values v
                       join audit_entries e on e.id = v.entry_id
                      where e.subject_id = $1::text::uuid""",
        application,
    )
    return "".join(row[0] for row in rows)


async def erase(demo: Applicants, made: dict[str, Any], secret: str) -> int:
    answer = await demo.world.client.delete(f"{URL}/{made['id']}", headers=bearer(secret))
    return answer.status_code


async def test_whoever_holds_the_secret_erases_it_and_the_secret_opens_nothing_then(
    world: World, demo: Applicants
) -> None:
    made = await demo.applied()
    name = made["profile"]["name"]
    assert name in await said(world, made["id"])
    assert await erase(demo, made, made["secret"]) == 204
    assert name not in await said(world, made["id"])
    assert (await stored(world, made["id"])).status == "withdrawn"
    assert (await demo.read(made["id"], made["secret"])).status_code == 401
    seen = (await demo.read(made["id"], demo.manager.secret)).json()
    assert (seen["status"], seen["profile"]["name"], seen["identities"]) == ("withdrawn", "", [])
    listed = await world.client.get("/v1/programs/demo/admissions")
    assert name not in listed.text


async def test_a_manager_erases_what_was_declined_and_its_outcome_stays(
    world: World, demo: Applicants
) -> None:
    made = await demo.applied()
    await decide(world, made["id"], "declined")
    assert await erase(demo, made, demo.manager.secret) == 204
    assert await erase(demo, made, demo.manager.secret) == 204, "twice is once"
    kept = await stored(world, made["id"])
    assert (kept.status, kept.profile.name, kept.decided_at) == ("declined", "", world.now)
    told = await world.rows("select 1 from events where type = 'application.erased'")
    assert len(told) == 1


async def test_what_has_expired_is_taken_up_no_more(world: World, demo: Applicants) -> None:
    made = await demo.applied()
    await world.rows("update applications set status = 'expired'")
    assert await erase(demo, made, made["secret"]) == 204
    assert (await stored(world, made["id"])).status == "withdrawn"


async def test_the_nominee_erases_what_somebody_says_of_them(
    world: World, demo: Applicants
) -> None:
    made = await demo.applied(nomination={"name": "A friend"})
    link = await demo.change("POST", f"{made['id']}/consent-link", demo.manager.secret)
    assert await erase(demo, made, link.json()["secret"]) == 204
    text = await said(world, made["id"])
    assert made["profile"]["name"] not in text
    assert "A friend" not in text


async def test_a_token_that_only_reads_erases_nothing_not_even_its_own(
    world: World, demo: Applicants
) -> None:
    who = await world.token(Role.READER, "demo")
    made = await demo.applied(who)
    reads = await world.token(account_id=who.account_id, permissions=[Permission.SELF_READ])
    assert await erase(demo, made, reads.secret) == 404
    assert made["profile"]["name"] in await said(world, made["id"])
    assert await erase(demo, made, who.secret) == 204


async def test_nobody_else_does(world: World, demo: Applicants) -> None:
    made, other = await demo.applied(), await demo.applied()
    stranger = await world.token(Role.READER, "demo")
    assert await erase(demo, made, stranger.secret) == 404
    assert await erase(demo, made, demo.committee.secret) == 404
    assert await erase(demo, made, other["secret"]) == 404
    outcome = {"outcome": "accepted", "override_reason": "A test."}
    accepted = await demo.change("POST", f"{made['id']}/decision", demo.manager.secret, outcome)
    assert (accepted.status_code, accepted.json()["ambassador"]) == (200, "bo-ling")
    refused = await world.client.delete(f"{URL}/{made['id']}", headers=bearer(made["secret"]))
    assert (refused.status_code, refused.json()["code"]) == (409, "application_closed")
    assert made["profile"]["name"] in await said(world, made["id"])
