"""Decisions over HTTP: a manager's own, the confirmation of a vote, an override; always one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from domain.rules.access import Role
from domain.rules.candidacies import ApplicationStatus, Consent
from domain.store.applications import Application
from tests.applied import cast, vote_on
from tests.candidates import candidate
from tests.people import person
from tests.posting import post
from tests.tenured import YEARLY
from tests.world import POLICY, Bearer, World

REASONS = {"not_yet": {"name": "Not enough yet"}, "conduct": {"name": "Code of conduct"}}


class Deciding:
    """A program that takes applications, and its manager."""

    def __init__(self, world: World, staff: Bearer) -> None:
        self.world, self.staff = world, staff

    async def decide(
        self,
        application: Application,
        outcome: str = "accepted",
        *,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        return await self.world.client.post(
            f"/v1/programs/demo/applications/{application.id}/decision",
            json={"outcome": outcome} | more,
            headers=self.staff.headers | (headers or {}),
        )

    async def row(self, application: Application) -> dict[str, Any]:
        (row,) = await self.world.rows("select * from applications where id = $1", application.id)
        return dict(row)

    async def told(self) -> list[str]:
        """The events on applications and votes, in their order."""
        rows = await self.world.rows(
            "select type from events where type like 'application.%' or type like 'vote.%'"
            " order by seq"
        )
        return [row["type"] for row in rows]


async def deciding(world: World, **admission: Any) -> Deciding:
    document = POLICY | {"tenure": YEARLY, "admission": {"applications": True} | admission}
    await world.program(policy=document)
    return Deciding(world, await world.token(Role.MANAGER, "demo"))


async def committee(world: World, **voting: Any) -> Deciding:
    return await deciding(world, mode="committee", voting=voting)


def refused(answer: httpx.Response, code: str, status: int = 409) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_manager_accepts(world: World) -> None:
    demo = await deciding(world)
    made = await candidate(world)
    answer = await demo.decide(
        made, handle="noor", vouched=["github:5501911"], applicant_note="Welcome!"
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["status"], told["outcome_by"], told["decided_by"]) == (
        "accepted",
        "manager",
        str(demo.staff.account_id),
    )
    assert told["applicant_note"] == "Welcome!"
    public = await world.client.get("/v1/programs/demo/ambassadors/noor")
    assert (public.status_code, public.json()["id"]) == (200, told["ambassador_id"])


async def test_what_the_declined_applicant_is_told_is_the_reason_and_their_note(
    world: World,
) -> None:
    demo = await deciding(world, decline_reasons=REASONS)
    applicant = await world.token(None)
    made = await candidate(world, submitted_by=applicant.account_id)
    answer = await demo.decide(
        made,
        "declined",
        reason="not_yet",
        applicant_note="Come back in spring.",
        committee_note="They were rude to Bo.",
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["committee_note"] == "They were rude to Bo."
    assert answer.json()["ambassador_id"] is None
    own = await world.client.get(
        f"/v1/programs/demo/applications/{made.id}", headers=applicant.headers
    )
    assert own.status_code == 200, own.text
    assert (own.json()["decline_reason"], own.json()["applicant_note"]) == (
        "not_yet",
        "Come back in spring.",
    )
    assert "rude" not in own.text
    assert str(demo.staff.account_id) not in own.text
    assert await demo.told() == ["application.declined"]


@pytest.mark.parametrize(
    ("known", "outcome", "reason"),
    [
        (REASONS, "declined", None),
        (REASONS, "declined", "too_short"),
        ({}, "declined", "not_yet"),
        (REASONS, "accepted", "not_yet"),
    ],
)
async def test_a_reason_is_one_of_the_programs(
    world: World, known: dict[str, Any], outcome: str, reason: str | None
) -> None:
    demo = await deciding(world, decline_reasons=known)
    more = {} if reason is None else {"reason": reason}
    answer = await demo.decide(await candidate(world), outcome, **more)
    refused(answer, "invalid", 400)
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/reason"]


async def test_without_reasons_in_the_policy_none_is_needed(world: World) -> None:
    demo = await deciding(world)
    assert (await demo.decide(await candidate(world), "declined")).status_code == 200


async def test_nobody_is_vouched_for_who_is_declined(world: World) -> None:
    demo = await deciding(world)
    made = await candidate(world)
    answer = await demo.decide(made, "declined", vouched=["github:5501911"], handle="noor")
    refused(answer, "invalid", 400)
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/vouched", "/handle"]


async def test_an_unknown_application_is_not_found(world: World) -> None:
    demo = await deciding(world)
    await world.program("other")
    refused(await demo.decide(await candidate(world, slug="other")), "not_found", 404)


async def test_a_decision_on_an_older_version_is_refused(world: World) -> None:
    demo = await deciding(world)
    made = await candidate(world, version=3)
    answer = await demo.decide(made, headers={"If-Match": '"2.own"'})
    refused(answer, "version_mismatch", 412)
    assert (await demo.decide(made, headers={"If-Match": '"3.own"'})).status_code == 200


async def test_whoever_comes_later_is_shown_the_decision(world: World) -> None:
    demo = await deciding(world)
    made = await candidate(world)
    first = await demo.decide(made, "declined")
    answer = await demo.decide(made, headers={"If-Match": '"1.own"'})
    refused(answer, "already_decided")
    assert answer.json()["current"] == first.json()
    assert await demo.told() == ["application.declined"]


async def test_of_ten_who_decide_at_once_one_does(world: World) -> None:
    demo = await deciding(world)
    made = await candidate(world)
    others = [Deciding(world, await world.token(Role.MANAGER, "demo")) for _ in range(10)]
    answers = await asyncio.gather(
        *(one.decide(made, ("accepted", "declined")[n % 2]) for n, one in enumerate(others))
    )
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    for answer in answers:
        if answer.status_code != 200:
            refused(answer, "already_decided")
            assert answer.json()["current"] == won
    assert await demo.told() == [f"application.{won['status']}"]
    assert len(await world.rows("select from ambassadors")) == (won["status"] == "accepted")
    logged = await world.rows("select actor_id from audit_entries where subject_id = $1", made.id)
    assert [str(row["actor_id"]) for row in logged] == [won["decided_by"]]


async def test_nobody_decides_on_what_was_withdrawn(world: World) -> None:
    demo = await deciding(world)
    made = await candidate(world, status=ApplicationStatus.WITHDRAWN)
    refused(await demo.decide(made), "application_closed")


@pytest.mark.parametrize("consent", [Consent.ASKED, Consent.REFUSED])
@pytest.mark.parametrize("outcome", ["accepted", "declined"])
async def test_nobody_decides_on_a_nominee_who_has_not_agreed(
    world: World, consent: Consent, outcome: str
) -> None:
    demo = await deciding(world)
    made = await candidate(world, consent=consent, nominator_name="Bo Lindqvist")
    refused(await demo.decide(made, outcome), "consent_needed")


@pytest.mark.parametrize("by", ["account", "person"])
async def test_nobody_decides_on_their_own_application(world: World, by: str) -> None:
    demo = await deciding(world)
    amara = await person(world, "Amara Okafor")
    me = await world.token(Role.MANAGER, "demo", person_id=amara)
    mine = {"account": {"submitted_by": me.account_id}, "person": {"person_id": amara}}[by]
    made = await candidate(world, **mine)
    refused(await Deciding(world, me).decide(made), "own_application")
    assert (await demo.decide(made)).status_code == 200


async def test_whoever_nominates_may_decide(world: World) -> None:
    demo = await deciding(world)
    made = await candidate(
        world,
        submitted_by=demo.staff.account_id,
        nominator_name="Bo Lindqvist",
        consent=Consent.GIVEN,
    )
    assert (await demo.decide(made)).status_code == 200


async def test_who_is_an_ambassador_cannot_be_admitted_again(world: World) -> None:
    demo = await deciding(world)
    made = await candidate(world, person_id=await person(world, "Amara Okafor", "demo"))
    refused(await demo.decide(made), "cannot_be_admitted")
    assert (await demo.row(made))["status"] == "submitted"
    assert (await demo.decide(made, "declined")).status_code == 200


async def test_a_handle_that_is_taken_is_pointed_at(world: World) -> None:
    demo = await deciding(world)
    await person(world, "Noor", "demo")
    answer = await demo.decide(await candidate(world), handle="NOOR")
    refused(answer, "already_exists")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/handle"]


async def test_a_managers_own_decision_overrides_nothing(world: World) -> None:
    demo = await deciding(world)
    answer = await demo.decide(await candidate(world), override_reason="To be sure.")
    assert (answer.json()["outcome_by"], answer.json()["override_reason"]) == ("manager", None)


@pytest.mark.parametrize("outcome", ["accepted", "declined"])
async def test_without_the_committees_vote_it_is_an_override(world: World, outcome: str) -> None:
    demo = await committee(world)
    made = await candidate(world)
    refused(await demo.decide(made, outcome), "override_needed")
    answer = await demo.decide(made, outcome, override_reason="The committee is on holiday.")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["outcome_by"], answer.json()["override_reason"]) == (
        "override",
        "The committee is on holiday.",
    )
    (logged,) = await world.rows(
        """select v.reason from audit_entries e join audit_values v on v.entry_id = e.id
            where e.action = $1""",
        f"application.{outcome}",
    )
    assert logged["reason"] == "The committee is on holiday."


async def test_deciding_while_a_vote_is_open_cancels_it(world: World) -> None:
    demo = await committee(world)
    made = await candidate(world)
    elector = await world.token(Role.COMMITTEE, "demo")
    round_id = await vote_on(world, made, elector)
    refused(await demo.decide(made), "override_needed")
    assert await world.rows("select from vote_rounds where closed_at is not null") == []
    answer = await demo.decide(made, override_reason="They start on Monday.")
    assert (answer.status_code, answer.json()["outcome_by"]) == (200, "override")
    (row,) = await world.rows("select * from vote_rounds where id = $1", round_id)
    assert (row["result"], row["cancel_reason"]) == ("cancelled", "They start on Monday.")
    assert await demo.told() == ["vote.cancelled", "application.accepted"]


async def voted(
    demo: Deciding, choice: str | None, *, confirm: bool = True, ballot: str = "open"
) -> Application:
    """An application whose vote is over: for, against, or nobody voted. It is not settled yet."""
    made = await candidate(demo.world)
    elector = await demo.world.token(Role.COMMITTEE, "demo")
    other = await demo.world.token(Role.COMMITTEE, "demo")
    round_id = await vote_on(demo.world, made, elector, other, confirm=confirm, ballot=ballot)
    if choice is not None:
        for one in (elector, other):
            await cast(demo.world, round_id, one, choice=choice)
    demo.world.clock.pass_(days=29)
    return made


@pytest.mark.parametrize(("choice", "outcome"), [("for", "accepted"), ("against", "declined")])
async def test_a_manager_confirms_what_the_committee_decided(
    world: World, choice: str, outcome: str
) -> None:
    demo = await committee(world, confirm=True)
    made = await voted(demo, choice)
    other = {"accepted": "declined", "declined": "accepted"}[outcome]
    refused(await demo.decide(made, other), "override_needed")
    assert (await demo.row(made))["decision_needed"] == "confirmation"
    answer = await demo.decide(made, outcome)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["outcome_by"], told["decided_by"], told["decision_needed"]) == (
        "vote",
        str(demo.staff.account_id),
        None,
    )


@pytest.mark.parametrize(("choice", "outcome"), [("for", "declined"), ("against", "accepted")])
async def test_a_manager_overrides_the_committee_with_a_reason(
    world: World, choice: str, outcome: str
) -> None:
    demo = await committee(world, confirm=True)
    made = await voted(demo, choice)
    answer = await demo.decide(made, outcome, override_reason="New facts.")
    assert (answer.status_code, answer.json()["outcome_by"]) == (200, "override")


@pytest.mark.parametrize("outcome", ["accepted", "declined"])
async def test_an_expired_vote_says_nothing_so_that_either_is_an_override(
    world: World, outcome: str
) -> None:
    demo = await committee(world)
    made = await voted(demo, None, confirm=False)
    refused(await demo.decide(made, outcome), "override_needed")
    assert (await demo.row(made))["status"] == "expired"
    answer = await demo.decide(made, outcome, override_reason="Nobody voted.")
    assert (answer.status_code, answer.json()["outcome_by"]) == (200, "override")


async def test_what_is_due_is_settled_first(world: World) -> None:
    demo = await committee(world)
    made = await voted(demo, "for", confirm=False)
    answer = await demo.decide(made, "declined", override_reason="Too late.")
    refused(answer, "already_decided")
    current = answer.json()["current"]
    assert (current["status"], current["outcome_by"], current["decided_by"]) == (
        "accepted",
        "vote",
        None,
    )
    assert len(await world.rows("select from ambassadors")) == 1


async def test_who_became_an_ambassador_during_the_vote_is_left_to_a_manager(
    world: World,
) -> None:
    demo = await committee(world)
    amara = await person(world, "Amara Okafor", "demo")
    made = await voted(demo, "for", confirm=False)
    await world.rows("update applications set person_id = $1 where id = $2", amara, made.id)
    refused(await demo.decide(made), "cannot_be_admitted")
    row = await demo.row(made)
    assert (row["status"], row["decision_needed"]) == ("in_vote", "already_ambassador")
    answer = await demo.decide(made, "declined", override_reason="They are one already.")
    assert answer.status_code == 200, answer.text


async def test_a_cancelled_vote_leaves_a_manager_who_decides_free(world: World) -> None:
    demo = await deciding(world)
    made = await candidate(world)
    await vote_on(
        world,
        made,
        closed_at=world.now,
        result="cancelled",
        latest_close=world.now + timedelta(days=1),
    )
    await world.rows("update applications set status = 'submitted'")
    assert (await demo.decide(made)).json()["outcome_by"] == "manager"


@pytest.mark.parametrize("role", [Role.COMMITTEE, Role.REVIEWER, Role.READER, Role.AMBASSADOR])
async def test_only_managers_decide(world: World, role: Role) -> None:
    await deciding(world)
    other = Deciding(world, await world.token(role, "demo"))
    refused(await other.decide(await candidate(world)), "forbidden", 403)


async def test_in_an_archived_program_nobody_decides(world: World) -> None:
    demo = await deciding(world)
    made = await candidate(world)
    await world.rows("update programs set status = 'archived'")
    refused(await demo.decide(made), "program_archived")


async def test_evidence_is_nobodys_until_somebody_is_accepted(world: World) -> None:
    demo = await deciding(world)
    shown = await post(world)
    await demo.decide(await candidate(world, shown=[shown]), "declined")
    assert await world.rows("select from evidence_marks") == []
    again = await demo.decide(await candidate(world, shown=[shown]))
    assert again.status_code == 200, again.text
    (mark,) = await world.rows("select contribution_id from evidence_marks")
    assert mark["contribution_id"] == shown
