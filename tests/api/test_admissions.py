"""The public list of admissions, and what evidence of an admission counts for afterwards."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.rules.access import Role
from domain.rules.candidacies import ApplicationStatus, Candidate, Consent, OutcomeBy
from tests.applied import cast, vote_on
from tests.candidates import NOOR, accept, candidate
from tests.judged import did, judged, run
from tests.people import person
from tests.world import POLICY, World

LIST = "/v1/programs/demo/admissions"


async def publishing(world: World, **admission: Any) -> None:
    """A program that publishes its admissions."""
    await world.program(policy=POLICY | {"admission": {"published": True} | admission})


async def listed(world: World) -> list[dict[str, Any]]:
    answer = await world.client.get(LIST)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def declined(world: World, **more: Any) -> None:
    await candidate(
        world,
        status=ApplicationStatus.DECLINED,
        outcome_by=OutcomeBy.MANAGER,
        decided_at=world.now,
        **more,
    )


async def test_everybody_reads_who_applied_when_and_the_outcome(world: World) -> None:
    await publishing(world)
    await declined(world, applicant_note="Private.", committee_note="Secret.", statement="Mine.")
    world.clock.pass_(days=1)
    await accept(world, await candidate(world, profile=Candidate("Bo Lindqvist", bio="Private.")))
    answer = await world.client.get(LIST)
    assert answer.json() == {
        "items": [
            {
                "name": "Bo Lindqvist",
                "submitted_at": "2026-03-04T12:00:00Z",
                "status": "accepted",
                "decided_at": "2026-03-04T12:00:00Z",
                "votes": None,
            },
            {
                "name": "Noor Haddad",
                "submitted_at": "2026-03-03T12:00:00Z",
                "status": "declined",
                "decided_at": "2026-03-03T12:00:00Z",
                "votes": None,
            },
        ],
        "next": None,
    }


async def test_a_program_that_publishes_nothing_has_no_list(world: World) -> None:
    await world.program(policy=POLICY)
    staff = await world.token(Role.MANAGER, "demo")
    assert (await world.client.get(LIST)).status_code == 404
    assert (await world.client.get(LIST, headers=staff.headers)).status_code == 404


async def test_an_ambassador_goes_by_the_name_that_they_have_now(world: World) -> None:
    await publishing(world)
    accepted = await accept(world, await candidate(world))
    assert [one["name"] for one in await listed(world)] == ["Noor Haddad"]
    staff = await world.token()
    renamed = await world.client.patch(
        f"/v1/people/{accepted.person_id}", json={"name": "Noor Saleh"}, headers=staff.headers
    )
    assert renamed.status_code == 200, renamed.text
    assert [one["name"] for one in await listed(world)] == ["Noor Saleh"]


@pytest.mark.parametrize(
    ("who", "named"),
    [
        ({}, True),
        ({"status": ApplicationStatus.WITHDRAWN}, False),
        ({"consent": Consent.GIVEN, "nominator_name": "Bo Lindqvist"}, True),
        ({"consent": Consent.ASKED, "nominator_name": "Bo Lindqvist"}, False),
        ({"consent": Consent.REFUSED}, False),
        ({"consent": Consent.NOT_NEEDED, "nominator_name": "Bo Lindqvist"}, False),
        ({"profile": Candidate()}, False),
    ],
)
async def test_who_withdrew_or_never_agreed_is_not_named(
    world: World, who: dict[str, Any], named: bool
) -> None:
    await publishing(world)
    await candidate(world, **who)
    (one,) = await listed(world)
    assert one["name"] == ("Noor Haddad" if named else None)


async def test_who_was_erased_is_not_named(world: World) -> None:
    await publishing(world)
    amara = await person(world, "Amara Okafor")
    await declined(world, person_id=amara)
    await world.rows("update people set erased_at = now() where id = $1", amara)
    assert [one["name"] for one in await listed(world)] == [None]


@pytest.mark.parametrize("ballot", ["open", "secret"])
async def test_the_counts_are_those_of_an_open_ballot_that_settled_it(
    world: World, ballot: str
) -> None:
    await publishing(world)
    counts = {"voters": 3, "need": 2, "votes_for": 1, "votes_against": 2, "votes_abstain": 0}
    for number, by in enumerate((OutcomeBy.VOTE, OutcomeBy.OVERRIDE)):
        made = await candidate(world, profile=replace(NOOR, name=f"Noor {number}"))
        await vote_on(world, made, ballot=ballot, closed_at=world.now, result="declined", **counts)
        await world.rows(
            "update applications set status = 'declined', outcome_by = $2, decided_at = $3"
            " where id = $1",
            made.id,
            by,
            world.now,
        )
    overridden, by_vote = await listed(world)
    assert overridden["votes"] is None
    assert by_vote["votes"] == (counts if ballot == "open" else None)


async def test_an_open_vote_shows_no_counts_and_an_expired_one_its_end(world: World) -> None:
    await publishing(world, mode="committee", voting={})
    made = await candidate(world)
    elector, other = await world.token(), await world.token()
    round_id = await vote_on(world, made, elector, other)
    await cast(world, round_id, elector, choice="for")
    (one,) = await listed(world)
    assert (one["status"], one["votes"], one["decided_at"]) == ("in_vote", None, None)
    world.clock.pass_(days=29)
    staff = await world.token(Role.MANAGER, "demo")
    await world.client.get("/v1/programs/demo/applications", headers=staff.headers)
    (one,) = await listed(world)
    assert (one["status"], one["decided_at"]) == ("expired", "2026-03-31T12:00:00Z")
    assert one["votes"] == {
        "voters": 2,
        "need": 2,
        "votes_for": 1,
        "votes_against": 0,
        "votes_abstain": 0,
    }


async def test_the_pages_hold_everybody_once(world: World) -> None:
    await publishing(world)
    for number in range(5):
        await candidate(world, profile=Candidate(f"Noor {number}"))
    names: list[str] = []
    path = f"{LIST}?limit=2"
    while True:
        page = (await world.client.get(path)).json()
        names += [one["name"] for one in page["items"]]
        if page["next"] is None:
            break
        path = f"{LIST}?limit=2&cursor={page['next']}"
    assert names == [f"Noor {number}" for number in (4, 3, 2, 1, 0)]


async def test_a_change_by_another_process_drops_the_snapshot(world: World) -> None:
    await publishing(world)
    made = await candidate(world)
    assert [one["status"] for one in await listed(world)] == ["submitted"]
    await world.rows("update applications set status = 'withdrawn' where id = $1", made.id)
    async with asyncio.timeout(5):
        while (await listed(world))[0]["status"] == "submitted":  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.01)
    assert [one["name"] for one in await listed(world)] == [None]


async def test_what_admitted_somebody_renews_nothing_but_a_co_speaker_keeps_it(
    world: World,
) -> None:
    demo = await judged(world)
    await demo.join("amara", "2026-03-03")
    noor = await person(world, "Noor Haddad")
    both = await did(demo, "2026-03-03")
    await world.rows(
        """insert into contribution_participants (program_id, contribution_id, position, person_id,
                                                  occurred_on)
           select program_id, id, 1, $1, '2026-03-03' from contributions where id = $2""",
        noor,
        UUID(both),
    )
    await accept(world, await candidate(world, person_id=noor, handle="noor", shown=[UUID(both)]))
    for handle in ("amara", "noor"):
        answer = await demo.get(f"/ambassadors/{handle}/standing")
        (condition,) = answer.json()["details"]["groups"][0]["conditions"]
        if handle == "amara":
            assert condition["contributions"] == [both]
        else:
            assert condition["not_counted"] == [{"id": both, "why": "evidence"}]
    world.clock.pass_(days=200)
    await did(demo, "2026-09-01", "amara", "noor")
    world.clock.pass_(days=400)
    await run(demo)
    assert await demo.days("amara") != []
    assert (await demo.days("amara"))[-1][2] == "renewed"
    assert (await demo.days("noor"))[-1][2] == "lapsed"
