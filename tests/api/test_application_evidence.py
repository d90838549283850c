"""Evidence over HTTP: what applicants have done already, and whether it is enough."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.rules.contributions import ContributionStatus, Named, Visibility
from tests.applying import TALK, Applicants, applicants, decide, verify
from tests.people import person
from tests.posting import named, post
from tests.world import POLICY, World

RULE = {"at_least": 2, "within": "P1Y", "types": ["talk"]}
STATED = [{"provider": "github", "handle": "bo"}]


def told(**more: Any) -> dict[str, Any]:
    return {"contribution": TALK | more}


def recorded(contribution: UUID, **more: Any) -> dict[str, Any]:
    return {"id": str(contribution)} | more


def mine(demo: Applicants) -> Named:
    return Named(person=str(demo.person_id))


async def test_what_is_told_and_what_is_recorded(world: World) -> None:
    demo = await applicants(world, evidence=RULE)
    talk = await post(world, mine(demo))
    article = await post(world, mine(demo), type="article")
    made = await demo.applied(
        demo.bo, evidence=[recorded(article), told(occurred_on="2026-01"), recorded(talk)]
    )
    first, second, third = made["evidence"]
    assert (first["id"], first["counts"], first["why_not"]) == (
        str(article),
        False,
        "type_not_wanted",
    )
    assert (second["id"], second["occurred_on"], second["counts"]) == (None, "2026-01", True)
    assert (second["title"], second["url"], second["status"]) == (TALK["title"], TALK["url"], None)
    assert (third["program"], third["status"], third["counts"]) == ("demo", "accepted", True)
    assert made["eligibility"]["enough"] is True
    assert made["eligibility"]["counted"] == 2


async def test_too_little_is_shown_or_stops_it(world: World) -> None:
    demo = await applicants(world, evidence=RULE)
    warned = await demo.applied(demo.bo, evidence=[told()])
    assert warned["eligibility"]["enough"] is False
    assert warned["eligibility"]["words"].startswith("1 of 2")
    assert warned["eligibility"]["missing"]


async def test_too_little_where_it_stops_an_application(world: World) -> None:
    demo = await applicants(world, evidence=RULE | {"enforcement": "block"})
    refused = await demo.apply(demo.bo, evidence=[told()])
    assert (refused.status_code, refused.json()["code"]) == (409, "not_eligible")
    assert refused.json()["errors"][0]["pointer"] == "/evidence"
    assert "1 of 2" in refused.json()["detail"]
    assert await world.rows("select from applications") == []
    enough = await demo.applied(demo.bo, evidence=[told(), told(title="Another talk")])
    less = await demo.change("PATCH", enough["id"], enough["secret"], {"evidence": [told()]})
    assert less.json()["code"] == "not_eligible"


@pytest.mark.parametrize(
    ("contribution", "status", "pointer"),
    [
        ({"type": "podcast"}, 409, "/evidence/1/contribution/type"),
        ({"fields": {"height": 1}}, 409, "/evidence/1/contribution/fields/height"),
        ({"occurred_on": "2026-02-30"}, 400, "/evidence/1/contribution/occurred_on"),
        ({"occurred_on": "2026-03-04"}, 400, "/evidence/1/contribution/occurred_on"),
        ({"event_format": "in_person"}, 409, "/evidence/1/contribution/country"),
    ],
)
async def test_a_new_contribution_is_held_to_the_policy(
    world: World, contribution: dict[str, Any], status: int, pointer: str
) -> None:
    demo = await applicants(world)
    refused = await demo.apply(demo.bo, evidence=[told(), told(**contribution)])
    assert refused.status_code == status, refused.text
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]


async def test_evidence_is_one_of_two_things(world: World) -> None:
    demo = await applicants(world)
    talk = await post(world, mine(demo))
    for faulty in ({}, recorded(talk) | told(), told() | {"program": "demo"}):
        refused = await demo.apply(demo.bo, evidence=[faulty])
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == "/evidence/0"


async def test_only_what_is_theirs(world: World) -> None:
    demo = await applicants(world, anonymous=True)
    amara = await person(world, "Amara Okafor")
    others = await post(world, Named(person=str(amara)))
    declined = await post(world, mine(demo), status=ContributionStatus.DECLINED)
    nowhere = UUID(int=7)
    refused = await demo.apply(
        demo.bo, evidence=[recorded(others), recorded(declined), recorded(nowhere)]
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_reference")
    assert [one["pointer"] for one in refused.json()["errors"]] == [
        "/evidence/0/id",
        "/evidence/1/id",
        "/evidence/2/id",
    ]


async def test_what_waits_in_the_inbox_under_a_stated_identity(world: World) -> None:
    demo = await applicants(world, anonymous=True)
    talk = await post(world, *named("github:@bo"))
    refused = await demo.apply(evidence=[recorded(talk)])
    assert refused.json()["code"] == "invalid_reference"
    made = await demo.applied(identities=STATED, evidence=[recorded(talk)])
    assert made["evidence"][0]["title"] == "A talk"


async def test_nobody_shows_what_is_private_of_somebody_else(world: World) -> None:
    """Whoever sends no token says to be somebody, and proves nothing."""
    demo = await applicants(world, anonymous=True)
    await verify(world, demo.person_id, "github", "7")
    stated = [{"provider": "github", "subject": "7"}]
    private = await post(world, mine(demo), visibility=Visibility.PRIVATE)
    refused = await demo.apply(identities=stated, evidence=[recorded(private)])
    assert refused.json()["code"] == "invalid_reference"
    assert (await demo.apply(demo.bo, evidence=[recorded(private)])).status_code == 201


async def test_from_another_program_that_the_policy_names(world: World) -> None:
    await world.program("junior", policy=POLICY)
    await world.program("other", policy=POLICY)
    demo = await applicants(world, evidence=RULE | {"programs": ["junior"]})
    there = await post(world, mine(demo), slug="junior")
    elsewhere = await post(world, mine(demo), slug="other")
    made = await demo.applied(demo.bo, evidence=[recorded(there, program="junior")])
    assert (made["evidence"][0]["program"], made["evidence"][0]["counts"]) == ("junior", True)
    body = {"evidence": [recorded(elsewhere, program="other")]}
    refused = await demo.change("PATCH", made["id"], made["secret"], body)
    assert refused.json()["errors"][0]["pointer"] == "/evidence/0/program"


async def test_the_same_twice(world: World) -> None:
    demo = await applicants(world)
    talk = await post(world, mine(demo))
    refused = await demo.apply(demo.bo, evidence=[recorded(talk), recorded(talk, program="demo")])
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "duplicate")


@pytest.mark.parametrize(
    ("before", "free"), [("accepted", False), ("declined", True), ("withdrawn", True)]
)
async def test_evidence_of_another_application(world: World, before: str, free: bool) -> None:
    demo = await applicants(world)
    talk = await post(world, mine(demo))
    first = await demo.applied(demo.bo, evidence=[recorded(talk)])
    if before == "withdrawn":
        await demo.change("POST", f"{first['id']}/withdrawal", demo.bo.secret)
    elif before == "declined":
        await decide(world, first["id"], "declined")
    else:
        await left_after(world, demo, first["id"])
    again = await demo.apply(demo.bo, evidence=[recorded(talk)])
    if free:
        assert again.status_code == 201
    else:
        assert (again.status_code, again.json()["code"]) == (409, "evidence_used")
        assert again.json()["errors"][0]["pointer"] == "/evidence/0/id"


async def left_after(world: World, demo: Applicants, application: str) -> None:
    """An ambassador by this application, who has left since."""
    await person_as_emeritus(world, demo)
    await world.rows(
        """update applications set status = 'accepted', decided_at = $2, outcome_by = 'manager',
                  ambassador_id = (select id from ambassadors where person_id = $3)
            where id = $1""",
        UUID(application),
        world.now,
        demo.person_id,
    )


async def person_as_emeritus(world: World, demo: Applicants) -> None:
    made = await world.client.post(
        "/v1/programs/demo/ambassadors",
        json={"handle": "bo", "person_id": str(demo.person_id)},
        headers=demo.manager.headers,
    )
    assert made.status_code == 201, made.text
    left = await world.client.post(
        "/v1/programs/demo/ambassadors/bo/departure", json={}, headers=demo.manager.headers
    )
    assert left.status_code == 200, left.text


async def test_amending_evidence(world: World) -> None:
    demo = await applicants(world)
    talk = await post(world, mine(demo))
    made = await demo.applied(demo.bo, evidence=[told(), recorded(talk)])
    same = {"evidence": [told(), recorded(talk)]}
    unchanged = await demo.change("PATCH", made["id"], demo.bo.secret, same)
    assert (unchanged.status_code, unchanged.json()["version"]) == (200, 1)
    other = await demo.change("PATCH", made["id"], demo.bo.secret, {"evidence": [recorded(talk)]})
    assert [one["id"] for one in other.json()["evidence"]] == [str(talk)]
    assert other.json()["version"] == 2
