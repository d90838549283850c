"""What acceptance brings about: somebody new, somebody known, somebody who comes back."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain import admissions, identities, policies, programs
from domain.admissions import Hindered
from domain.call import transaction
from domain.errors import AlreadyExists, Invalid, InvalidReference
from domain.newcomers import SeveralPeople
from domain.rules.access import WORKER, Role
from domain.rules.candidacies import ApplicationStatus, Candidate, Consent, OutcomeBy
from domain.rules.decisions import DecisionNeeded
from domain.store import applications as store
from domain.store.applications import Application
from tests.candidates import GITHUB, NOOR, TOLD, accept, candidate
from tests.people import person
from tests.posting import named, people_of, post
from tests.tenured import YEARLY
from tests.world import POLICY, World


@pytest.fixture
async def world(world: World) -> World:
    """With a program that has tenures."""
    await world.program(policy=POLICY | {"tenure": YEARLY})
    return world


async def ambassador(world: World, application: Application) -> dict[str, Any]:
    (row,) = await world.rows("select * from ambassadors where id = $1", application.ambassador_id)
    return dict(row)


async def known(world: World, person_id: object) -> list[tuple[Any, ...]]:
    """A person's identities, and whether each is verified."""
    rows = await world.rows(
        """select provider, subject, handle, verified_at is not null from identities
            where person_id = $1 order by id""",
        person_id,
    )
    return [tuple(row) for row in rows]


async def test_somebody_new_becomes_an_ambassador_with_all_that_follows(world: World) -> None:
    accepted = await accept(
        world, await candidate(world), applicant_note="Welcome!", committee_note="At last."
    )
    came = await ambassador(world, accepted)
    assert (came["handle"], came["status"]) == ("noor-haddad", "active")
    assert came["person_id"] == accepted.person_id
    assert str(came["joined_on"]) == "2026-03-03"
    (who,) = await world.rows("select * from people where id = $1", accepted.person_id)
    assert (who["name"], who["title"], who["country"]) == ("Noor Haddad", "Engineer", "JO")
    (works,) = await world.rows("select * from affiliations")
    assert (works["person_id"], works["company"]) == (accepted.person_id, "Invented Ltd")
    assert await known(world, accepted.person_id) == [("github", "5501911", "noor", False)]
    (tenure,) = await world.rows("select * from tenures")
    assert tenure["ambassador_id"] == accepted.ambassador_id
    assert (str(tenure["first_day"]), str(tenure["last_day"])) == ("2026-03-03", "2027-03-02")
    (entry,) = await world.rows("select * from directory_entries")
    assert entry["ambassador_id"] == accepted.ambassador_id


async def test_the_application_keeps_what_was_decided(world: World) -> None:
    made = await candidate(world, status=ApplicationStatus.IN_VOTE, decision_needed="confirmation")
    accepted = await accept(
        world, made, OutcomeBy.OVERRIDE, override_reason="The vote was too slow.",
        applicant_note="Welcome!", committee_note="At last.",
    )  # fmt: skip
    async with transaction(world.call()) as tx:
        assert await store.get(tx, made.program_id, made.id) == accepted
    assert accepted == replace(
        made,
        status=ApplicationStatus.ACCEPTED,
        person_id=accepted.person_id,
        decision_needed=None,
        outcome_by=OutcomeBy.OVERRIDE,
        decided_at=world.now,
        decided_policy_version=1,
        override_reason="The vote was too slow.",
        applicant_note="Welcome!",
        committee_note="At last.",
        ambassador_id=accepted.ambassador_id,
        version=2,
    )
    (logged,) = await world.rows(
        """select v.reason, e.fields from audit_entries e join audit_values v on v.entry_id = e.id
            where e.action = 'application.accepted'"""
    )
    assert logged["reason"] == "The vote was too slow."
    assert {"status", "ambassador_id", "override_reason"} <= set(logged["fields"])


async def test_events_tell_of_the_admission_without_a_personal_value(world: World) -> None:
    accepted = await accept(world, await candidate(world, told=[TOLD]))
    rows = await world.rows("select type, subject_id, data::text from events order by seq")
    types = [row["type"] for row in rows]
    for type in ("ambassador.joined", "tenure.started", "application.accepted"):
        assert types.count(type) == 1
    (told,) = [row for row in rows if row["type"] == "application.accepted"]
    assert told["subject_id"] == accepted.id
    assert str(accepted.ambassador_id) in told["data"]
    assert not [row["data"] for row in rows if "Noor" in row["data"] or "5501911" in row["data"]]


async def test_only_what_is_vouched_for_is_verified(world: World) -> None:
    made = await candidate(world, identities=[GITHUB, ("mastodon", None, "Noor@example.org")])
    accepted = await accept(world, made, vouched=["github:5501911"])
    assert await known(world, accepted.person_id) == [
        ("github", "5501911", "noor", True),
        ("mastodon", None, "Noor@example.org", False),
    ]


@pytest.mark.parametrize("written", ["github:@NOOR", "github:5501911"])
async def test_an_identity_is_vouched_for_by_its_id_or_its_handle(
    world: World, written: str
) -> None:
    accepted = await accept(world, await candidate(world), vouched=[written])
    assert await known(world, accepted.person_id) == [("github", "5501911", "noor", True)]


async def test_what_waited_in_the_inbox_comes_with_the_vouching(world: World) -> None:
    waiting = await post(world, *named("github:5501911"))
    assert await people_of(world, waiting) == [None]
    first = await candidate(world, shown=[waiting])
    accepted = await accept(world, first, vouched=["github:5501911"])
    assert await people_of(world, waiting) == [accepted.person_id]


async def test_a_claim_alone_brings_nothing_from_the_inbox(world: World) -> None:
    waiting = await post(world, *named("github:5501911"))
    await accept(world, await candidate(world))
    assert await people_of(world, waiting) == [None]


@pytest.mark.parametrize("written", ["github:1", "nonsense", "mastodon:@noor"])
async def test_nobody_vouches_for_what_the_application_does_not_say(
    world: World, written: str
) -> None:
    made = await candidate(world)
    with pytest.raises(Invalid) as refused:
        await accept(world, made, vouched=["github:5501911", written])
    assert [fault.pointer for fault in refused.value.faults] == ["/vouched/1"]


async def test_a_vouched_identity_leads_to_the_person_who_has_it(world: World) -> None:
    amara = await person(world, "Amara Okafor")
    claim = await identities.add(world.call(), amara, identities.Draft(*GITHUB))
    await identities.vouch(world.call(), amara, claim, lambda _: None)
    accepted = await accept(world, await candidate(world), vouched=["github:5501911"])
    assert accepted.person_id == amara
    (who,) = await world.rows("select name, count(*) over () from people")
    assert tuple(who) == ("Amara Okafor", 1), "an application changes nobody's profile"
    assert (await ambassador(world, accepted))["handle"] == "noor-haddad"


async def test_nobody_is_admitted_on_the_word_of_somebody_without_an_account(world: World) -> None:
    amara = await person(world, "Amara Okafor")
    claim = await identities.add(world.call(), amara, identities.Draft(*GITHUB))
    await identities.vouch(world.call(), amara, claim, lambda _: None)
    made = await candidate(world, person_id=amara, submitted_by=None)
    with pytest.raises(Hindered) as refused:
        await accept(world, made, OutcomeBy.VOTE)
    assert refused.value.why is DecisionNeeded.IDENTITY
    accepted = await accept(world, made, vouched=["github:5501911"])
    assert accepted.person_id == amara


async def test_whoever_decides_can_name_the_person_whom_an_application_claims(
    world: World,
) -> None:
    amara = await person(world, "Amara Okafor")
    made = await candidate(world, person_id=amara, submitted_by=None)
    accepted = await accept(world, made, person_id=amara)
    assert accepted.person_id == amara


async def test_without_vouching_a_taken_identity_is_a_claim_of_somebody_new(world: World) -> None:
    amara = await person(world, "Amara Okafor")
    claim = await identities.add(world.call(), amara, identities.Draft(*GITHUB))
    await identities.vouch(world.call(), amara, claim, lambda _: None)
    accepted = await accept(world, await candidate(world))
    assert accepted.person_id != amara


async def test_identities_of_two_people_admit_neither(world: World) -> None:
    for number, name in enumerate(("Amara Okafor", "Bo Lindqvist")):
        who = await person(world, name)
        claim = await identities.add(
            world.call(), who, identities.Draft("github", f"{number}", None)
        )
        await identities.vouch(world.call(), who, claim, lambda _: None)
    made = await candidate(world, identities=[("github", "0", None), ("github", "1", None)])
    with pytest.raises(SeveralPeople):
        await accept(world, made, vouched=["github:0", "github:1"])


async def test_the_decider_says_who_it_is(world: World) -> None:
    amara = await person(world, "Amara Okafor")
    await identities.add(world.call(), amara, identities.Draft("github", None, "NOOR"))
    accepted = await accept(
        world, await candidate(world), person_id=amara, vouched=["github:5501911"]
    )
    assert accepted.person_id == amara
    assert await known(world, amara) == [("github", "5501911", "NOOR", True)]
    (who,) = await world.rows("select version from people")
    assert who["version"] == 3  # recorded, claimed, vouched for


async def test_nobody_can_say_that_a_known_applicant_is_somebody_else(world: World) -> None:
    amara, bo = await person(world, "Amara Okafor"), await person(world, "Bo Lindqvist")
    made = await candidate(world, person_id=amara)
    with pytest.raises(Invalid) as refused:
        await accept(world, made, person_id=bo)
    assert refused.value.faults[0].pointer == "/person_id"
    assert (await accept(world, made, person_id=amara)).person_id == amara


async def test_an_unknown_person_is_no_reference(world: World) -> None:
    with pytest.raises(InvalidReference) as refused:
        await accept(world, await candidate(world), person_id=UUID(int=7))
    assert refused.value.faults[0].pointer == "/person_id"


async def test_an_identity_of_somebody_else_cannot_be_vouched_for(world: World) -> None:
    amara, bo = await person(world, "Amara Okafor"), await person(world, "Bo Lindqvist")
    claim = await identities.add(world.call(), bo, identities.Draft(*GITHUB))
    await identities.vouch(world.call(), bo, claim, lambda _: None)
    with pytest.raises(AlreadyExists):
        await accept(world, await candidate(world), person_id=amara, vouched=["github:5501911"])
    assert await world.rows("select from ambassadors") == []


@pytest.mark.parametrize(
    ("wanted", "name", "got"),
    [
        ("Noor", "Noor Haddad", "Noor"),
        ("taken", "Noor Haddad", "taken-3"),
        (None, "Taken", "taken-3"),
        ("FORMER", "Noor Haddad", "FORMER-2"),
        (None, "नूर", "ambassador"),
        (None, "  Zoë O'Neill ", "zoe-o-neill"),
        ("x" * 63, "Noor Haddad", "x" * 61 + "-2"),
    ],
)
async def test_the_handle_is_the_wanted_one_or_the_next_that_is_free(
    world: World, wanted: str | None, name: str, got: str
) -> None:
    holder = await person(world, "Taken", "demo")
    await person(world, "Taken-2", "demo")
    await person(world, "x" * 63, "demo")
    await world.rows(
        """insert into ambassador_handles (program_id, id, ambassador_id, handle, until_at)
           select program_id, gen_random_uuid(), id, 'Former', now() from ambassadors
            where person_id = $1""",
        holder,
    )
    made = await candidate(world, handle=wanted, profile=replace(NOOR, name=name))
    assert (await ambassador(world, await accept(world, made)))["handle"] == got


async def test_the_deciders_handle_is_taken_as_it_is_or_refused(world: World) -> None:
    await person(world, "Taken", "demo")
    made = await candidate(world, handle="noor")
    with pytest.raises(AlreadyExists) as refused:
        await accept(world, made, handle="TAKEN")
    assert refused.value.faults[0].pointer == "/handle"
    assert (await ambassador(world, await accept(world, made, handle="nh")))["handle"] == "nh"


async def test_two_of_one_name_who_are_accepted_at_once_get_two_handles(world: World) -> None:
    made = [await candidate(world, identities=[("github", str(n), None)]) for n in range(5)]
    accepted = await asyncio.gather(*(accept(world, one) for one in made))
    handles = {(await ambassador(world, one))["handle"] for one in accepted}
    assert handles == {"noor-haddad"} | {f"noor-haddad-{n}" for n in range(2, 6)}


async def test_what_was_told_first_is_recorded_as_accepted(world: World) -> None:
    made = await candidate(world, told=[TOLD, replace(TOLD, type="article", title="Second")])
    accepted = await accept(world, made)
    rows = await world.rows("select id, title, type, status from contributions order by id")
    assert [(row["title"], row["type"], row["status"]) for row in rows] == [
        ("Told first", "talk", "accepted"),
        ("Second", "article", "accepted"),
    ]
    for row in rows:
        assert await people_of(world, row["id"]) == [accepted.person_id]
    shown = await world.rows(
        "select contribution_id, draft is not null as kept from application_evidence"
        " order by position"
    )
    assert [tuple(row) for row in shown] == [(row["id"], True) for row in rows]


async def test_a_suspected_twin_waits_for_a_reviewer_and_is_evidence_all_the_same(
    world: World,
) -> None:
    twin = replace(TOLD, url="https://example.org/talks/1")
    first = await accept(world, await candidate(world, told=[twin]))
    assert first.person_id is not None
    # The same person again, later, with the same evidence under another application.
    await world.rows("update ambassadors set status = 'emeritus', status_on = '2026-03-03'")
    again = await candidate(world, person_id=first.person_id, told=[twin])
    await accept(world, again)
    rows = await world.rows("select status from contributions order by id")
    assert [row["status"] for row in rows] == ["accepted", "pending"]
    assert len(await world.rows("select from evidence_marks")) == 2


async def test_what_the_policy_takes_no_more_hinders_nobody(world: World) -> None:
    gone = replace(TOLD, type="meetup")
    accepted = await accept(world, await candidate(world, told=[gone, TOLD]))
    assert accepted.status is ApplicationStatus.ACCEPTED
    rows = await world.rows("select type from contributions")
    assert [row["type"] for row in rows] == ["talk"]
    (left,) = await world.rows(
        "select draft ->> 'type' as type from application_evidence where contribution_id is null"
    )
    assert left["type"] == "meetup"


async def test_evidence_is_marked_for_the_person_in_the_program(world: World) -> None:
    await world.program("other")
    here = await post(world, *named("github:5501911", "github:7"))
    there = await post(world, *named("github:5501911"), slug="other")
    made = await candidate(world, shown=[here, ("other", there)], told=[TOLD])
    accepted = await accept(world, made)
    (new,) = await world.rows("select id from contributions where title = 'Told first'")
    rows = await world.rows("select * from evidence_marks")
    assert {row["contribution_id"] for row in rows} == {here, there, new["id"]}
    assert {(row["program_id"], row["person_id"], row["application_id"]) for row in rows} == {
        (made.program_id, accepted.person_id, made.id)
    }


async def test_the_account_that_applied_is_the_ambassadors(world: World) -> None:
    account = await world.token(None)
    accepted = await accept(world, await candidate(world, submitted_by=account.account_id))
    me = await world.client.get("/v1/me", headers=account.headers)
    assert me.json()["account"]["person_id"] == str(accepted.person_id), me.text
    roles = await world.rows("select role, valid_until from role_assignments where account_id = $1",
                             account.account_id)  # fmt: skip
    assert [tuple(row) for row in roles] == [("ambassador", None)]


@pytest.mark.parametrize(
    "by_another",
    [
        {"nominator_name": "Bo Lindqvist"},
        {"consent": Consent.GIVEN},
    ],
)
async def test_the_account_of_a_nominator_stays_what_it_was(
    world: World, by_another: dict[str, Any]
) -> None:
    account = await world.token(None)
    made = await candidate(world, submitted_by=account.account_id, **by_another)
    await accept(world, made)
    (row,) = await world.rows("select person_id from accounts where id = $1", account.account_id)
    assert row["person_id"] is None
    assert await world.rows("select from role_assignments") == []


async def test_every_account_of_the_person_gets_the_role_once(world: World) -> None:
    amara = await person(world, "Amara Okafor")
    one = await world.token(None, person_id=amara)
    other = await world.token(Role.AMBASSADOR, "demo", person_id=amara)
    made = await candidate(world, person_id=amara, submitted_by=one.account_id)
    await accept(world, made)
    rows = await world.rows("select account_id from role_assignments where role = 'ambassador'")
    assert sorted(row["account_id"] for row in rows) == sorted([one.account_id, other.account_id])


async def test_an_account_of_somebody_keeps_its_person(world: World) -> None:
    amara, bo = await person(world, "Amara Okafor"), await person(world, "Bo Lindqvist")
    account = await world.token(None, person_id=amara)
    made = await candidate(world, submitted_by=account.account_id)
    await accept(world, made, person_id=bo)
    (row,) = await world.rows("select person_id from accounts where id = $1", account.account_id)
    assert row["person_id"] == amara


async def leave(world: World, person_id: UUID, status: str) -> None:
    demo = await tenured_handle(world, person_id)
    staff = await world.token(Role.MANAGER, "demo")
    answer = await world.client.post(
        f"/v1/programs/demo/ambassadors/{demo}/status",
        json={"status": status, "reason": "A test."},
        headers=staff.headers,
    )
    assert answer.status_code == 200, answer.text


async def tenured_handle(world: World, person_id: UUID) -> str:
    (row,) = await world.rows("select handle from ambassadors where person_id = $1", person_id)
    return row["handle"]


async def test_an_emeritus_comes_back_under_the_handle_of_before(world: World) -> None:
    amara = await person(world, "Amara Okafor", "demo")
    await leave(world, amara, "emeritus")
    world.clock.pass_(days=10)
    accepted = await accept(world, await candidate(world, person_id=amara, handle="noor"))
    back = await ambassador(world, accepted)
    assert (back["handle"], back["status"], str(back["status_on"])) == (
        "amara-okafor",
        "active",
        "2026-03-13",
    )
    (tenure,) = await world.rows("select * from tenures where outcome is null")
    assert (tenure["ambassador_id"], str(tenure["first_day"])) == (back["id"], "2026-03-13")
    assert len(await world.rows("select from ambassadors")) == 1


async def test_whoever_decides_can_give_the_emeritus_another_handle(world: World) -> None:
    amara = await person(world, "Amara Okafor", "demo")
    await leave(world, amara, "emeritus")
    await accept(world, await candidate(world, person_id=amara), handle="noor")
    old = await world.client.get("/v1/programs/demo/ambassadors/amara-okafor")
    assert (old.status_code, old.headers["location"]) == (308, "/v1/programs/demo/ambassadors/noor")


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("active", DecisionNeeded.ALREADY_AMBASSADOR),
        ("on_leave", DecisionNeeded.ALREADY_AMBASSADOR),
        ("suspended", DecisionNeeded.SUSPENDED),
        ("removed", DecisionNeeded.REMOVED),
    ],
)
async def test_who_cannot_be_admitted_hinders_before_anything_is_written(
    world: World, status: str, why: DecisionNeeded
) -> None:
    amara = await person(world, "Amara Okafor", "demo")
    if status != "active":
        await leave(world, amara, status)
    made = await candidate(world, person_id=amara, told=[TOLD])
    before = await world.rows("select count(*) from audit_entries")
    async with transaction(world.call(WORKER)) as tx:
        program = await programs.find_open(tx, "demo")
        policy = await policies.typed(tx, program)
        with pytest.raises(Hindered) as hindered:
            await admissions.accept(tx, program, policy, made, OutcomeBy.VOTE)
    # It was committed, with nothing in it.
    assert hindered.value.why is why
    assert await world.rows("select count(*) from audit_entries") == before
    assert await world.rows("select from contributions") == []


async def test_nobody_is_admitted_who_was_erased(world: World) -> None:
    amara = await person(world, "Amara Okafor")
    made = await candidate(world, person_id=amara)
    await world.rows("update people set erased_at = now() where id = $1", amara)
    with pytest.raises(Hindered) as hindered:
        await accept(world, made)
    assert hindered.value.why is DecisionNeeded.PERSON_ERASED


async def test_who_was_merged_is_whoever_stands_for_them(world: World) -> None:
    amara, bo = await person(world, "Amara Okafor"), await person(world, "Bo Lindqvist")
    made = await candidate(world, person_id=bo)
    await world.rows("update people set merged_into = $1 where id = $2", amara, bo)
    assert (await accept(world, made)).person_id == amara


async def test_a_vote_is_nobodys_decision_and_a_rule_neither(world: World) -> None:
    worker = replace(world.call(), actor=WORKER)
    by_vote = await accept(world, await candidate(world), OutcomeBy.VOTE, call=worker)
    by_rule = await accept(
        world, await candidate(world, profile=Candidate("Bo Lindqvist")), OutcomeBy.RULE
    )
    assert (by_vote.decided_by, by_rule.decided_by) == (None, None)


async def test_declining_keeps_the_reason_and_both_notes_and_nothing_else(world: World) -> None:
    shown = await post(world, *named("github:5501911"))
    made = await candidate(world, shown=[shown], told=[TOLD])
    async with transaction(world.call()) as tx:
        program = await programs.find_open(tx, "demo")
        declined = await admissions.decline(
            tx,
            program,
            made,
            OutcomeBy.MANAGER,
            reason="not_yet",
            applicant_note="Come back in spring.",
            committee_note="Promising.",
        )
    assert declined.status is ApplicationStatus.DECLINED
    assert (declined.decline_reason, declined.applicant_note, declined.committee_note) == (
        "not_yet",
        "Come back in spring.",
        "Promising.",
    )
    for table in ("evidence_marks", "ambassadors", "people"):
        assert await world.rows(f"select from {table}") == []
    (event,) = await world.rows("select data from events where type = 'application.declined'")
    assert event["data"] == {"outcome_by": "manager", "reason": "not_yet"}
