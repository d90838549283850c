"""What applications and votes hold of a person: they read it, and it goes when they are erased."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

from domain import audit
from domain.call import transaction
from domain.rules.access import Role
from domain.rules.candidacies import ApplicationStatus, Candidate, Consent
from domain.rules.contributions import Named
from domain.store.applications import Application
from tests.api.test_personal_data import dump, traces
from tests.applied import apply, cast, comment, vote_on
from tests.people import person
from tests.posting import post
from tests.world import Bearer, World

TOLD: dict[str, Any] = {
    "profile": Candidate(
        "Zubenelgenubi Okonjo", bio="Zubenelgenubi writes.", city="Marsabit", company="Invented"
    ),
    "handle": "zubenel",
    "statement": "Zubenelgenubi wants to help.",
    "answers": {"why": "Okonjo likes it."},
    "nominator_name": "Okonjo's friend",
    "conduct_version": "1.4",
}
KEPT = {
    "applicant_note": "Okonjo, try again.",
    "committee_note": "Zubenelgenubi was rude.",
    "override_reason": "Okonjo's case is special.",
}


async def erase(world: World, person_id: UUID) -> httpx.Response:
    owner = (await world.token()).headers
    body = {"reason": "Asked by letter."}
    answer = await world.client.post(f"/v1/people/{person_id}/erasure", json=body, headers=owner)
    assert answer.status_code == 200, answer.text
    return answer


async def everything(world: World, person_id: UUID, **fields: Any) -> Application:
    """An application of a person with something in every text, and a vote on it."""
    made = await apply(world, person_id, **(TOLD | KEPT | fields))
    recorded = await post(world, Named(identity="slack:U1"), title="Kept")
    await world.rows(
        """insert into application_identities (program_id, id, application_id, provider, subject,
                                               handle)
           values ($1, $2, $3, 'github', '78901234', 'zubenel')""",
        made.program_id,
        uuid7(),
        made.id,
    )
    for position, contribution in enumerate((None, recorded)):
        await world.rows(
            """insert into application_evidence (program_id, id, application_id, position,
                                                 contribution_program_id, contribution_id, draft)
               values ($1, $2, $3, $4, case when $5::uuid is not null then $1::uuid end, $5, $6)""",
            made.program_id,
            uuid7(),
            made.id,
            position,
            contribution,
            {"type": "talk", "title": "Zubenelgenubi speaks"},
        )
    member = await world.token(Role.COMMITTEE, "demo")
    closed = {"closed_at": world.now, "result": "cancelled", "cancel_reason": "Okonjo asked."}
    round_id = await vote_on(world, made, member, **closed)
    status = fields.get("status", ApplicationStatus.IN_VOTE)
    await world.rows("update applications set status = $1 where id = $2", status, made.id)
    await cast(world, round_id, member, choice="for")
    await comment(world, made, member, "I know Zubenelgenubi well.")
    async with transaction(world.call()) as tx:
        for kind, subject in (("application", made.id), ("round", round_id)):
            await audit.record(
                tx,
                "application.amended",
                (kind, subject),
                program_id=made.program_id,
                reason="Okonjo asked",
            )
    return made


async def sit(world: World, person_id: UUID) -> tuple[Bearer, Application]:
    """A member of the committee who voted, and said something, on somebody else."""
    token = await world.token(Role.COMMITTEE, "demo", person_id=person_id)
    other = await apply(world, await person(world, "Bo"), nominator_id=person_id)
    round_id = await vote_on(world, other, token)
    await cast(world, round_id, token, company="Invented Systems", choice="against")
    await comment(world, other, token, "Bo could wait a year.")
    return token, other


async def test_nothing_is_left_of_an_applicant(world: World) -> None:
    await world.program()
    amara = await person(world, "Amara")
    made = await everything(world, amara, status=ApplicationStatus.WITHDRAWN)
    found = traces(await dump(world))
    # Otherwise the search below would find nothing whatever the erasure does.
    assert found.keys() == {
        "applications",
        "application_identities",
        "application_evidence",
        "application_comments",
        "vote_rounds",
        "audit_values",
    }
    await erase(world, amara)
    assert traces(await dump(world)) == {}
    (row,) = await world.rows("select * from applications")
    assert (row["id"], row["person_id"], row["version"]) == (made.id, amara, 2)
    assert (row["capability"], row["status"]) == (None, "withdrawn")
    (vote,) = await world.rows("select choice from electors")
    assert vote["choice"] == "for"
    (evidence,) = await world.rows("select contribution_id, draft from application_evidence")
    assert evidence["contribution_id"] is not None
    assert evidence["draft"] is None


async def test_an_open_application_ends_with_its_applicant(world: World) -> None:
    await world.program()
    amara = await person(world, "Amara")
    made = await apply(world, amara)
    member = await world.token(Role.COMMITTEE, "demo")
    await vote_on(world, made, member)
    await erase(world, amara)
    (row,) = await world.rows("select status from applications")
    assert row["status"] == "withdrawn"
    (vote,) = await world.rows("select result, votes_for from vote_rounds")
    assert vote["result"] == "cancelled"
    events = await world.rows(
        "select type, subject_id from events where type like any('{application.%,vote.%}')"
    )
    assert {row["type"] for row in events} == {"application.withdrawn", "vote.cancelled"}
    await erase(world, amara)
    assert len(await world.rows("select from events where type = 'application.withdrawn'")) == 1


async def test_what_somebody_decided_outlasts_them(world: World) -> None:
    await world.program()
    amara = await person(world, "Zubenelgenubi")
    _, other = await sit(world, amara)
    await world.rows("update applications set nominator_name = 'Zubenelgenubi'")
    await world.rows("update electors set company = 'Invented Systems'")
    await erase(world, amara)
    assert traces(await dump(world)) == {}
    (vote,) = await world.rows("select choice, company, recusal_reason, voted_at from electors")
    assert tuple(vote) == ("against", None, None, world.now)
    (said,) = await world.rows("select text from application_comments")
    assert said["text"] == "Bo could wait a year."
    (row,) = await world.rows("select status, nominator_id from applications")
    assert tuple(row) == ("in_vote", amara)
    assert row["nominator_id"] == other.nominator_id


@pytest.mark.parametrize("leaves", ["voter", "applicant"])
async def test_why_somebody_stood_aside_goes_with_either(world: World, leaves: str) -> None:
    await world.program()
    amara, bo = await person(world, "Amara"), await person(world, "Bo")
    token = await world.token(Role.COMMITTEE, "demo", person_id=bo)
    made = await apply(world, amara)
    later = world.now + timedelta(days=7)
    await vote_on(world, made, token, earliest_close=later, latest_close=later)
    aside = {"choice": "recused", "reason": "Okonjo is my cousin."}
    url = f"/v1/programs/demo/applications/{made.id}/votes/mine"
    said = await world.client.put(url, json=aside, headers=token.headers)
    assert said.status_code == 200, said.text
    assert traces(await dump(world)).keys() == {"electors", "audit_values"}
    await erase(world, bo if leaves == "voter" else amara)
    assert traces(await dump(world)) == {}
    (row,) = await world.rows("select recusal from electors")
    assert row["recusal"] == "declared"


async def test_an_applicants_own_export_is_what_they_may_see(world: World) -> None:
    await world.program()
    amara = await person(world, "Amara")
    token = await world.token(Role.AMBASSADOR, "demo", person_id=amara)
    status = {"status": ApplicationStatus.WITHDRAWN, "consent": Consent.GIVEN}
    made = await everything(world, amara, **status)
    export = await world.client.get("/v1/me/export", headers=token.headers)
    assert export.status_code == 200, export.text
    (held,) = export.json()["applications"]
    assert (held["id"], held["program"], held["status"]) == (str(made.id), "demo", "withdrawn")
    assert held["nominated"] is True
    assert held["nominator_name"] == "Okonjo's friend"
    assert held["profile"]["city"] == "Marsabit"
    assert held["answers"] == {"why": "Okonjo likes it."}
    assert held["identities"] == [
        {"provider": "github", "subject": "78901234", "handle": "zubenel"}
    ]
    assert [one["draft"]["title"] for one in held["evidence"]] == ["Zubenelgenubi speaks"] * 2
    assert [one["program"] for one in held["evidence"]] == [None, "demo"]
    assert [one["result"] for one in held["rounds"]] == ["cancelled"]
    assert held["applicant_note"] == KEPT["applicant_note"]
    for kept in ("rude", "special", "I know", "Okonjo asked"):
        assert kept not in export.text
    assert [export.json()[name] for name in ("nominations", "votes", "comments")] == [[], [], []]


async def test_a_member_exports_their_own_votes_and_words(world: World) -> None:
    await world.program()
    amara = await person(world, "Amara")
    token, other = await sit(world, amara)
    secret = await apply(world, await person(world, "Ines"))
    member = await world.token(Role.COMMITTEE, "demo")
    sealed = await vote_on(world, secret, token, member, ballot="secret")
    await cast(world, sealed, token, sealed=b"what nobody reads")
    await comment(world, secret, member, "Somebody else's words.")
    export = await world.client.get("/v1/me/export", headers=token.headers)
    assert export.status_code == 200, export.text
    held = export.json()
    assert held["applications"] == []
    assert [one["application_id"] for one in held["nominations"]] == [str(other.id)]
    assert [(one["ballot"], one["choice"]) for one in held["votes"]] == [
        ("open", "against"),
        ("secret", None),
    ]
    assert all(one["voted_at"] is not None for one in held["votes"])
    assert [one["text"] for one in held["comments"]] == ["Bo could wait a year."]
    assert "what nobody reads" not in export.text


async def test_what_an_account_applied_for_before_it_was_somebodys_is_theirs(world: World) -> None:
    await world.program()
    token = await world.token(None)
    await apply(world, None, submitted_by=token.account_id, status=ApplicationStatus.WITHDRAWN)
    named = {"submitted_by": token.account_id, "nominator_name": "Amara"}
    await apply(world, None, **named, profile=Candidate("Somebody"))
    amara = await person(world, "Amara")
    await world.rows("update accounts set person_id = $1 where id = $2", amara, token.account_id)
    owner = (await world.token()).headers
    export = await world.client.get(f"/v1/people/{amara}/export", headers=owner)
    assert [one["nominated"] for one in export.json()["applications"]] == [False]
    await erase(world, amara)
    rows = await world.rows("select profile ->> 'name' as name from applications order by id")
    assert [row["name"] for row in rows] == [None, "Somebody"]
