"""Applying over HTTP: by oneself, by nomination, anonymously, and what may be changed of it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from domain import ambassadors
from domain.rules import secrets
from domain.rules.access import Permission
from tests.applying import (
    CONDUCT,
    GITHUB,
    QUESTIONS,
    applicants,
    bearer,
    decide,
    verify,
)
from tests.people import person
from tests.world import World

KEY = "0123456789abcdefghijklmnop"


async def test_applying_by_oneself(world: World) -> None:
    demo = await applicants(world, questions=QUESTIONS, conduct=CONDUCT)
    sent: dict[str, Any] = {
        "profile": {
            "name": "Bo Ling",
            "title": "Engineer",
            "company": "Invented Ltd",
            "languages": ["en", "zh", "en"],
            "links": [{"kind": "github", "url": "bo"}],
        },
        "identities": [GITHUB],
        "handle": "bo-ling",
        "statement": "I would like to help.",
        "answers": {"motivation": "People."},
        "conduct_version": "1.4",
    }
    made = await demo.apply(demo.bo, **sent)
    assert made.status_code == 201, made.text
    application = made.json()
    secret = application.pop("secret")
    assert secrets.well_formed(secret, secrets.APPLICANT)
    assert application["status"] == "submitted"
    assert application["profile"]["languages"] == ["en", "zh"]
    assert application["profile"]["links"] == [{"kind": "github", "url": "https://github.com/bo"}]
    assert application["identities"] == [GITHUB]
    assert application["answers"] == {"motivation": "People."}
    assert application["conduct_accepted_at"] == "2026-03-03T12:00:00Z"
    assert application["eligibility"]["enough"] is True
    assert (application["nomination"], application["consent"]) == (False, "not_needed")
    assert application["person_id"] is None
    for holder in (demo.bo.secret, secret):
        read = await world.client.get(made.headers["location"], headers=bearer(holder))
        assert read.json() == application
    seen = (await demo.read(application["id"], demo.committee.secret)).json()
    assert seen["person_id"] == str(demo.person_id)
    assert seen["submitted_by"] == str(demo.bo.account_id)
    told = await world.rows("select type, data from events where subject_id = $1", UUID(seen["id"]))
    assert [row["type"] for row in told] == ["application.submitted"]
    assert "Bo" not in str(told[0]["data"])
    logged = await world.rows(
        "select action, program_id from audit_entries where subject_id = $1", UUID(seen["id"])
    )
    assert [row["action"] for row in logged] == ["application.submitted"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"answers": {}}, "/answers/motivation"),
        ({"answers": {"motivation": "x" * 101}}, "/answers/motivation"),
        ({"answers": {"motivation": "x", "hours": 41}}, "/answers/hours"),
        ({"answers": {"motivation": "x", "height": 180}}, "/answers/height"),
        ({"conduct_version": "1.3"}, "/conduct_version"),
        ({"identities": [{"provider": "github"}]}, "/identities/0/handle"),
        (
            {
                "identities": [
                    {"provider": "github", "handle": "bo"},
                    {"provider": "github", "handle": "BO"},
                ]
            },
            "/identities/1",
        ),
        ({"profile": {"name": "Bo", "links": [{"url": "nowhere"}]}}, "/profile/links/0/url"),
    ],
)
async def test_what_is_not_as_the_program_asks(
    world: World, body: dict[str, Any], pointer: str
) -> None:
    demo = await applicants(world, questions=QUESTIONS, conduct=CONDUCT)
    good: dict[str, Any] = {"answers": {"motivation": "People."}, "conduct_version": "1.4"}
    refused = await demo.apply(demo.bo, **(good | body))
    assert refused.status_code in (400, 409), refused.text
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]
    assert await world.rows("select from applications") == []


async def test_a_program_that_takes_no_applications(world: World) -> None:
    demo = await applicants(world, applications=False)
    refused = await demo.apply(demo.bo)
    assert (refused.status_code, refused.json()["code"]) == (409, "applications_closed")


async def test_applications_are_taken_within_the_window(world: World) -> None:
    demo = await applicants(world, windows=[{"first": "03-10", "last": "03-20"}])
    refused = await demo.apply(demo.bo)
    assert refused.json()["code"] == "applications_closed"
    assert "10 March 2026" in refused.json()["detail"]
    world.clock.pass_(days=7)
    assert (await demo.apply(demo.bo)).status_code == 201


async def test_one_open_application_for_a_person(world: World) -> None:
    demo = await applicants(world)
    first = await demo.applied(demo.bo)
    del first["secret"]
    await world.rows("update applications set committee_note = 'Hm.'")
    again = await demo.apply(demo.bo)
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")
    assert again.json()["current"] == first
    await demo.change("POST", f"{first['id']}/withdrawal", demo.bo.secret)
    assert (await demo.apply(demo.bo)).status_code == 201


async def test_two_at_once_are_one(world: World) -> None:
    demo = await applicants(world)
    answers = await asyncio.gather(*(demo.apply(demo.bo) for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409, 409]
    (won,) = [one.json() for one in answers if one.status_code == 201]
    lost = [one.json() for one in answers if one.status_code == 409]
    assert {one["code"] for one in lost} == {"already_exists"}
    assert {one["current"]["id"] for one in lost} == {won["id"]}
    assert len(await world.rows("select from applications")) == 1


async def test_a_verified_identity_is_the_person(world: World) -> None:
    """Also for somebody who sends no token, and who learns nothing of the person."""
    demo = await applicants(world, anonymous=True)
    await verify(world, demo.person_id, "github", "5501911")
    first = await demo.applied(identities=[GITHUB])
    assert (await demo.read(first["id"], demo.bo.secret)).status_code == 200
    refused = await demo.apply(identities=[GITHUB])
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_apply")
    assert "current" not in refused.json()
    mine = await demo.apply(demo.bo)
    assert mine.json()["current"]["id"] == first["id"]


async def test_a_claimed_identity_blocks_nobody(world: World) -> None:
    demo = await applicants(world, anonymous=True)
    for _ in range(2):
        assert (await demo.apply(identities=[GITHUB])).status_code == 201


async def test_somebody_elses_identity(world: World) -> None:
    demo = await applicants(world)
    await verify(world, await person(world, "Amara Okafor"), "github", "5501911")
    refused = await demo.apply(demo.bo, identities=[GITHUB])
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["pointer"] == "/identities/0"


async def test_an_account_of_nobody_states_nobody_elses_identity(world: World) -> None:
    """It would come to belong to the person, once they are accepted."""
    demo = await applicants(world)
    await verify(world, demo.person_id, "github", "5501911")
    account = await world.token(None)
    refused = await demo.apply(account, identities=[GITHUB])
    assert refused.json()["errors"][0]["pointer"] == "/identities/0"
    made = await demo.applied(account)
    for secret in (account.secret, made["secret"]):
        later = await demo.change("PATCH", made["id"], secret, {"identities": [GITHUB]})
        assert later.json()["errors"][0]["pointer"] == "/identities/0"


@pytest.mark.parametrize("status", ["suspended", "removed"])
async def test_who_was_sent_away_is_told_no_more_than_that(world: World, status: str) -> None:
    demo = await applicants(world)
    await ambassadors.create(world.call(), "demo", ambassadors.Draft("bo", demo.person_id))
    changed = await world.client.post(
        "/v1/programs/demo/ambassadors/bo/status",
        json={"status": status, "reason": "Sold their badge."},
        headers=demo.manager.headers,
    )
    assert changed.status_code == 200, changed.text
    refused = (await demo.apply(demo.bo)).json()
    assert (refused["code"], refused["detail"]) == (
        "cannot_apply",
        "You cannot apply to this program now.",
    )
    assert refused["errors"] == []


async def test_an_ambassador_is_one_already(world: World) -> None:
    demo = await applicants(world)
    await ambassadors.create(world.call(), "demo", ambassadors.Draft("bo", demo.person_id))
    refused = await demo.apply(demo.bo)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_exists")


async def test_the_wait_after_being_declined(world: World) -> None:
    demo = await applicants(world, reapply_after="P30D")
    first = await demo.applied(demo.bo)
    await decide(world, first["id"], "declined")
    refused = await demo.apply(demo.bo)
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_apply")
    assert "2 April 2026" in refused.json()["detail"]
    world.clock.pass_(days=29)
    assert (await demo.apply(demo.bo)).status_code == 409
    world.clock.pass_(days=1)
    assert (await demo.apply(demo.bo)).status_code == 201


async def test_a_replay_gives_another_secret(world: World) -> None:
    demo = await applicants(world)
    first, second = [(await demo.apply(demo.bo, key=KEY)).json() for _ in range(2)]
    old, new = first.pop("secret"), second.pop("secret")
    assert first == second
    assert old != new
    assert (await demo.read(first["id"], old)).status_code == 401
    assert (await demo.read(first["id"], new)).status_code == 200
    other = await demo.apply(demo.bo, key=KEY, statement="Something else.")
    assert other.status_code == 422


async def test_a_key_without_a_token_cannot_be_guessed(world: World) -> None:
    demo = await applicants(world, anonymous=True)
    short = await demo.apply(key="1")
    assert (short.status_code, short.json()["errors"][0]["parameter"]) == (400, "Idempotency-Key")
    first, second = [(await demo.apply(key=KEY)).json() for _ in range(2)]
    assert first["id"] == second["id"]
    assert len(await world.rows("select from applications")) == 1


async def test_nobody_applies_anonymously_unless_the_policy_allows_it(world: World) -> None:
    demo = await applicants(world)
    assert (await demo.apply()).status_code == 401


async def test_applying_takes_the_right_to_act_for_oneself(world: World) -> None:
    demo = await applicants(world)
    weak = await world.token(None, permissions=[Permission.SELF_READ])
    assert (await demo.apply(weak)).status_code == 403


async def test_the_mode_open_accepts_whoever_is_known(world: World) -> None:
    demo = await applicants(world, mode="open")
    await verify(world, demo.person_id, "github", "5501911")
    made = await demo.applied(demo.bo)
    assert made["status"] == "accepted"
    assert made["ambassador_id"] is not None
    seen = (await demo.read(made["id"], demo.manager.secret)).json()
    assert seen["outcome_by"] == "rule"


async def test_the_mode_open_takes_one_verified_identity(world: World) -> None:
    demo = await applicants(world, mode="open")
    assert (await demo.applied(demo.bo, identities=[GITHUB]))["status"] == "submitted"


async def test_nobody_is_accepted_on_the_word_of_somebody_else(world: World) -> None:
    demo = await applicants(world, mode="open", anonymous=True)
    await verify(world, demo.person_id, "github", "5501911")
    assert (await demo.applied(identities=[GITHUB]))["status"] == "submitted"


async def test_a_vote_that_opens_with_the_submission(world: World) -> None:
    demo = await applicants(world, mode="committee", voting={"opening": "submission"})
    made = await demo.applied(demo.bo)
    assert made["status"] == "in_vote"
    assert made["vote"]["number"] == 1
    assert made["vote"]["result"] is None


async def test_without_voters_it_waits(world: World) -> None:
    demo = await applicants(
        world, mode="committee", voting={"opening": "submission", "minimum_voters": 5}
    )
    made = await demo.applied(demo.bo)
    assert (made["status"], made["vote"]) == ("submitted", None)
