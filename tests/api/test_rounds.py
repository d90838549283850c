"""Rounds over HTTP: who votes by which rules, and what ends a vote besides the votes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain import policies, programs, rounds
from domain.call import transaction
from domain.rules.access import Role
from domain.rules.candidacies import ApplicationStatus, Candidate, Consent
from domain.store import applications
from tests.people import person
from tests.voting import ASYNCAPI, Committee, code, committee, member
from tests.world import NOW, World


async def test_a_manager_opens_a_vote_under_the_policy_in_force(world: World) -> None:
    them = await committee(world, 3)
    opened = await them.open()
    assert opened | {"id": "", "opened_by": ""} == {
        "id": "",
        "application_id": them.application,
        "number": 1,
        "policy_version": 1,
        "ballot": "open",
        "percent": 51,
        "minimum_voters": 1,
        "close_on_passing": True,
        "fail_early": False,
        "confirm": False,
        "opened_at": "2026-03-03T12:00:00Z",
        "opened_by": "",
        "earliest_close": "2026-03-10T12:00:00Z",
        "latest_close": "2026-03-31T12:00:00Z",
        "closed_at": None,
        "result": None,
        "cancel_reason": None,
        "voters": None,
        "need": None,
        "votes_for": None,
        "votes_against": None,
        "votes_abstain": None,
        "version": 1,
        "updated_at": "2026-03-03T12:00:00Z",
    }
    assert opened["opened_by"] == str(them.manager.account_id)
    assert await them.status() == ("in_vote", None)
    assert await them.get(f"/rounds/{opened['id']}") == opened
    assert (await them.get("/rounds"))["items"] == [opened]
    assert await them.told("vote.") == ["vote.opened"]
    assert await them.logged("vote.") == ["vote.opened"]
    assert await them.refused() == (409, "not_open_for_vote")
    assert await them.told("vote.") == ["vote.opened"]


async def test_opened_twice_with_one_key_it_is_open_once(world: World) -> None:
    them = await committee(world, 3)
    key = {"Idempotency-Key": "a-key-of-a-manager"}
    first = await them.opening(**key)
    again = await them.opening(**key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.headers["location"] == f"{them.one}/rounds/{first.json()['id']}"


@pytest.mark.parametrize(
    ("status", "wanted"),
    [("expired", 201), ("accepted", 409), ("declined", 409), ("withdrawn", 409)],
)
async def test_what_is_decided_is_not_voted_on_again(
    world: World, status: str, wanted: int
) -> None:
    them = await committee(world, 3, apply=False)
    fields: dict[str, Any] = {"status": ApplicationStatus(status)}
    if status in ("accepted", "declined"):
        fields["decided_at"] = NOW
    if status == "accepted":
        amara = await person(world, "Amara Okafor", "demo")
        (row,) = await world.rows("select id from ambassadors where person_id = $1", amara)
        fields["ambassador_id"] = row["id"]
    await them.apply(**fields)
    assert (await them.opening()).status_code == wanted


async def test_a_nominee_agrees_first(world: World) -> None:
    them = await committee(world, 3, apply=False)
    for consent, wanted in (
        (Consent.ASKED, (409, "consent_missing")),
        (Consent.REFUSED, (409, "consent_missing")),
    ):
        await them.apply(consent=consent)
        assert await them.refused() == wanted
    await them.apply(consent=Consent.GIVEN)
    await them.open()


async def test_who_may_do_what(world: World) -> None:
    them = await committee(world, 3)
    one = them.members[0]
    assert code(await them.send("POST", "/rounds", one)) == (403, "forbidden")
    await them.open()
    body = {"reason": "No."}
    path = "/rounds/current/cancellation"
    assert code(await them.send("POST", path, one, body)) == (403, "forbidden")
    reader = await world.token(Role.READER, "demo")
    outsider = await world.token(Role.AMBASSADOR, "demo")
    for path in ("/rounds", "/tally", "/comments"):
        assert (await them.send("GET", path, reader)).status_code == 200
        assert (await them.send("GET", path, one)).status_code == 200
        assert code(await them.send("GET", path, outsider)) == (403, "forbidden")
    assert code(await them.vote(reader)) == (403, "forbidden")
    # A manager may vote where they are of the committee.
    assert code(await them.vote(them.manager)) == (403, "not_an_elector")
    assert (await them.send("GET", "/votes/mine")).status_code == 404


async def test_the_electorate_is_the_committee_at_the_opening(world: World) -> None:
    them = await committee(world, 3)
    await world.rows(
        "update accounts set disabled_at = $2 where id = $1",
        them.members[0].account_id,
        world.now,
    )
    ended, late = them.members[1], await member(world)
    await world.rows(
        "update role_assignments set valid_until = $2 where account_id = $1",
        ended.account_id,
        world.now,
    )
    await world.rows(
        "update role_assignments set valid_from = $2 where account_id = $1",
        late.account_id,
        world.now.replace(year=2027),
    )
    await them.open()
    assert [one["account_id"] for one in await them.electors()] == [str(them.members[2].account_id)]
    # Who comes later has no vote, and who leaves later is counted.
    joined = await member(world)
    assert code(await them.vote(joined)) == (403, "not_an_elector")
    await world.rows(
        "update role_assignments set valid_until = $1 where account_id = $2",
        world.now,
        them.members[2].account_id,
    )
    assert (await them.tally())["voters"] == 1
    assert code(await them.vote(2)) == (403, "forbidden")


async def test_one_person_has_one_vote_with_two_accounts(world: World) -> None:
    them = await committee(world, 2)
    bo = await person(world, "Bo Ling")
    two = [await member(world, person_id=bo) for _ in range(2)]
    await them.open()
    assert (await them.tally())["voters"] == 3
    for bearer in two:
        assert (await them.vote(bearer)).status_code == 200
    assert (await them.tally())["voted"] == 1
    assert (await them.retract(two[1])).status_code == 204
    assert (await them.tally())["voted"] == 0


async def test_rules_recuse_the_applicant_the_nominator_and_the_company(world: World) -> None:
    them = await committee(world, 2, apply=False)
    amara = await person(world, "Amara Okafor")
    bruno = await person(world, "Bruno Diaz")
    applicant = await member(world, person_id=amara)
    nominator = await member(world, person_id=bruno)
    colleague = await member(world, company="  invented LTD ")
    await member(world, company="Other Ltd")
    await them.apply(
        amara,
        nominator_id=bruno,
        nominator_name="Bruno Diaz",
        consent=Consent.GIVEN,
        profile=Candidate("Amara Okafor", company="Invented Ltd"),
    )
    await them.open()
    recusals = {one["account_id"]: one["recusal"] for one in await them.electors()}
    assert recusals[str(applicant.account_id)] == "applicant"
    assert recusals[str(nominator.account_id)] == "nominator"
    assert recusals[str(colleague.account_id)] == "company"
    assert list(recusals.values()).count(None) == 3
    found = await them.tally()
    assert (found["voters"], found["recused"], found["need"]) == (3, 3, 2)
    assert code(await them.vote(nominator)) == (409, "recused")
    assert code(await them.vote(colleague, "recused")) == (409, "recused")
    assert code(await them.retract(colleague)) == (409, "recused")
    # The applicant does not learn that there is a vote, whatever they are here.
    assert code(await them.vote(applicant)) == (404, "not_found")
    for path in ("/tally", "/rounds", "/comments", "/votes/mine"):
        assert (await them.send("GET", path, applicant)).status_code == 404, path


async def test_a_recorded_company_recuses_whatever_the_applicant_writes(world: World) -> None:
    them = await committee(world, 1, apply=False)
    amara = await person(world, "Amara Okafor")
    await member(world, person_id=amara, company="Invented Ltd")
    await member(world, company="Invented Ltd")
    await them.apply(amara, profile=Candidate("Amara Okafor", company="Elsewhere"))
    await them.open()
    recusals = sorted(str(one["recusal"]) for one in await them.electors())
    assert recusals == ["None", "applicant", "company"]


async def test_who_applies_with_their_account_is_the_applicant(world: World) -> None:
    them = await committee(world, 2, apply=False)
    await them.apply(submitted_by=them.members[0].account_id)
    await them.open()
    by = {one["account_id"]: one["recusal"] for one in await them.electors()}
    assert by[str(them.members[0].account_id)] == "applicant"
    await them.apply(submitted_by=them.members[0].account_id, nominator_name="Bo")
    await them.open()
    by = {one["account_id"]: one["recusal"] for one in await them.electors()}
    assert by[str(them.members[0].account_id)] == "nominator"


async def test_the_company_cap_is_checked_at_the_opening(world: World) -> None:
    them = await committee(world, 2, ASYNCAPI | {"company_cap": 40})
    for _ in range(3):
        await member(world, company="Invented Ltd")
    answer = await them.opening()
    assert code(answer) == (409, "company_cap_exceeded")
    assert "Invented Ltd" in answer.json()["detail"]
    assert await them.status() == ("submitted", None)
    # Seven may have two of one company; eight, three.
    for _ in range(3):
        await member(world)
    await them.open()


async def test_affiliations_of_another_day_say_nothing(world: World) -> None:
    them = await committee(world, 1, ASYNCAPI | {"company_cap": 40})
    for name in ("Bo Ling", "Ana Paz"):
        former = await member(world, name=name, company="Invented Ltd")
        await world.rows(
            """update affiliations set valid_until = '2026-03-02' where person_id =
               (select person_id from accounts where id = $1)""",
            former.account_id,
        )
    await them.open()
    assert [one["company"] for one in await them.electors()] == [None, None, None]


async def test_with_too_few_voters_no_vote_is_opened(world: World) -> None:
    them = await committee(world, 2, ASYNCAPI | {"minimum_voters": 3})
    assert await them.refused() == (409, "too_few_voters")
    await member(world)
    await them.open()
    none = await committee(world, 0, program="other")
    assert await none.refused() == (409, "too_few_voters")


async def test_a_cancelled_vote_can_be_held_again(world: World) -> None:
    them = await committee(world, 3)
    await them.open()
    await them.votes("for", 0)
    answer = await them.cancel("The statement was not whole.")
    assert answer.status_code == 200, answer.text
    cancelled = answer.json()
    assert cancelled["result"] == "cancelled"
    assert cancelled["cancel_reason"] == "The statement was not whole."
    assert (cancelled["votes_for"], cancelled["voters"]) == (1, 3)
    assert await them.status() == ("submitted", None)
    assert code(await them.vote(1)) == (409, "vote_closed")
    assert code(await them.retract(0)) == (409, "vote_closed")
    assert code(await them.cancel()) == (409, "vote_closed")
    assert await them.told("vote.") == ["vote.opened", "vote.cancelled"]
    assert (await them.tally())["words"][0].startswith("It was cancelled")
    again = await them.open()
    assert (again["number"], (await them.tally())["voted"]) == (2, 0)
    history = (await them.get("/rounds"))["items"]
    assert [one["number"] for one in history] == [2, 1]
    first = await them.get("/rounds?limit=1")
    rest = await them.get(f"/rounds?limit=1&cursor={first['next']}")
    assert [one["number"] for one in first["items"] + rest["items"]] == [2, 1]


async def test_a_cancellation_may_name_the_version_that_was_read(world: World) -> None:
    them = await committee(world, 3)
    opened = await them.opening()
    wrong = await them.cancel(**{"If-Match": '"7.0"'})
    assert code(wrong) == (412, "version_mismatch")
    right = await them.cancel(**{"If-Match": opened.headers["etag"]})
    assert right.status_code == 200


async def test_a_vote_can_open_with_the_application(world: World) -> None:
    them = await committee(world, 3, ASYNCAPI | {"opening": "submission", "company_cap": 40})
    assert (await opened_with(world, them)) == 1
    assert await them.status() == ("in_vote", None)
    # Whatever is wrong with the committee is not the applicant's fault.
    for _ in range(3):
        await member(world, company="Invented Ltd")
    await them.apply()
    assert await opened_with(world, them) is None
    assert await them.status() == ("submitted", None)
    by_hand = await committee(world, 3, program="other")
    assert await opened_with(world, by_hand) is None
    assert await by_hand.status() == ("submitted", None)


async def opened_with(world: World, them: Committee) -> int | None:
    """What a submission does in its own transaction; the number of the round."""
    async with transaction(world.call()) as tx:
        program = await programs.find_open(tx, them.program)
        application = await applications.lock(tx, program.id, UUID(them.application))
        assert application is not None
        opened = await rounds.open_in(tx, program, await policies.typed(tx, program), application)
        return opened.number if opened else None


async def test_who_applied_again_is_not_voted_on_twice(world: World) -> None:
    them = await committee(world, 3, apply=False)
    amara = await person(world, "Amara Okafor")
    await them.apply(amara, status=ApplicationStatus.SUBMITTED)
    again = them.application
    await them.apply(amara, status=ApplicationStatus.EXPIRED)
    assert await them.refused() == (409, "already_exists")
    them.application = again
    await them.open()
