"""Applicants amend their applications, and withdraw them."""

from __future__ import annotations

from tests.applied import cast, vote_on
from tests.applying import (
    CONDUCT,
    GITHUB,
    QUESTIONS,
    applicants,
    decide,
    stored,
    verify,
)
from tests.world import World


async def test_amending(world: World) -> None:
    demo = await applicants(world, questions=QUESTIONS, conduct=CONDUCT)
    made = await demo.applied(
        demo.bo, answers={"motivation": "People.", "hours": 3}, conduct_version="1.4"
    )
    change = {
        "profile": {"title": "Engineer", "topics": ["events"]},
        "answers": {"hours": None, "motivation": "Friends."},
        "identities": [GITHUB],
        "statement": "Now with a statement.",
    }
    amended = await demo.change("PATCH", made["id"], made["secret"], change)
    assert amended.status_code == 200, amended.text
    body = amended.json()
    assert (body["profile"]["name"], body["profile"]["title"]) == ("Bo Ling", "Engineer")
    assert body["answers"] == {"motivation": "Friends."}
    assert (body["version"], body["identities"]) == (2, [GITHUB])
    same = await demo.change("PATCH", made["id"], demo.bo.secret, change)
    assert same.json()["version"] == 2
    told = await world.rows("select data from events where type = 'application.amended'")
    assert [row["data"]["fields"] for row in told] == [
        ["answers", "identities", "profile", "statement"]
    ]
    late = await demo.change("PATCH", made["id"], demo.bo.secret, change, **{"If-Match": '"1-x"'})
    assert late.status_code == 412
    short = await demo.change(
        "PATCH", made["id"], made["secret"], {"answers": {"motivation": None}}
    )
    assert short.json()["errors"][0]["pointer"] == "/answers/motivation"


async def test_amending_while_nobody_has_voted(world: World) -> None:
    demo = await applicants(world, mode="committee", voting={})
    made = await demo.applied(demo.bo, profile={"name": "Bo", "company": "Invented Ltd"})
    application = await stored(world, made["id"])
    round_id = await vote_on(world, application, demo.committee)
    ok = await demo.change("PATCH", made["id"], made["secret"], {"statement": "Please."})
    assert ok.status_code == 200
    for change in ({"profile": {"company": None}}, {"identities": [GITHUB]}):
        refused = await demo.change("PATCH", made["id"], made["secret"], change)
        assert (refused.status_code, refused.json()["code"]) == (409, "vote_began")
    await cast(world, round_id, demo.committee, choice="for")
    late = await demo.change("PATCH", made["id"], made["secret"], {"statement": "Thanks."})
    assert (late.status_code, late.json()["code"]) == (409, "application_closed")


async def test_who_becomes_known_by_amending(world: World) -> None:
    demo = await applicants(world, anonymous=True)
    await verify(world, demo.person_id, "github", "5501911")
    made = await demo.applied()
    assert (await demo.read(made["id"], demo.bo.secret)).status_code == 404
    ok = await demo.change("PATCH", made["id"], made["secret"], {"identities": [GITHUB]})
    assert ok.status_code == 200
    assert (await demo.read(made["id"], demo.bo.secret)).status_code == 200
    other = await demo.applied()
    refused = await demo.change("PATCH", other["id"], other["secret"], {"identities": [GITHUB]})
    assert refused.json()["code"] == "cannot_apply"


# Withdrawing


async def test_withdrawing(world: World) -> None:
    demo = await applicants(world)
    made = await demo.applied(demo.bo)
    for _ in range(2):
        done = await demo.change("POST", f"{made['id']}/withdrawal", made["secret"])
        assert (done.status_code, done.json()["status"], done.json()["version"]) == (
            200,
            "withdrawn",
            2,
        )
    told = await world.rows("select type from events where type = 'application.withdrawn'")
    assert len(told) == 1
    late = await demo.change("PATCH", made["id"], made["secret"], {"statement": "Wait!"})
    assert late.json()["code"] == "application_closed"


async def test_withdrawing_cancels_the_vote(world: World) -> None:
    demo = await applicants(world, mode="committee", voting={})
    made = await demo.applied(demo.bo)
    await vote_on(world, await stored(world, made["id"]), demo.committee)
    done = await demo.change("POST", f"{made['id']}/withdrawal", demo.bo.secret)
    assert done.json()["vote"]["result"] == "cancelled"
    assert done.json()["status"] == "withdrawn"


async def test_what_is_decided_is_not_withdrawn(world: World) -> None:
    demo = await applicants(world)
    made = await demo.applied(demo.bo)
    await decide(world, made["id"], "declined")
    late = await demo.change("POST", f"{made['id']}/withdrawal", made["secret"])
    assert (late.status_code, late.json()["code"]) == (409, "application_closed")
