"""People's rights: what is held about a person can be read by them, and erased."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

from uuid_utils.compat import uuid7

from domain import audit
from domain.call import transaction
from domain.rules.access import Role
from domain.rules.contributions import ContributionStatus, Named, Visibility
from domain.store.contributions import Reading
from tests.people import person
from tests.posting import claim, people_of, post
from tests.world import POLICY, Bearer, World

SECRETS = ("Zubenelgenubi", "zubenel", "okonjo", "Marsabit", "Invented Systems", "78901234")
"""Parts of everything personal that `biography` records, as nothing else spells them."""


async def biography(world: World) -> tuple[UUID, Bearer]:
    """A person with something in every table, in two programs, merged and renamed, with a token."""
    await world.program("one", policy=POLICY | {"eligibility": {"student": {"name": "Student"}}})
    await world.program("two")
    owner = (await world.token()).headers
    profile = {
        "title": "Zubenelgenubi lead",
        "bio": "Zubenelgenubi writes.",
        "city": "Marsabit",
        "country": "KE",
        "avatar_url": "https://zubenel.example/me.png",
        "topics": ["Zubenelgenubi"],
        "languages": ["sw"],
    }
    amara = await person(world, "Zubenelgenubi Okonjo", "one", **profile)
    twin = await person(world, "Zubenelgenubi O", "two")
    url = f"/v1/people/{amara}"
    for whose, body in (
        (amara, {"provider": "email", "handle": "okonjo@zubenel.example"}),
        (amara, {"provider": "github", "subject": "78901234", "handle": "zubenel"}),
        (twin, {"provider": "github", "handle": "okonjo-two"}),
    ):
        added = await world.client.post(f"/v1/people/{whose}/identities", json=body, headers=owner)
        assert added.status_code == 201, added.text
    identity = added.headers["location"]
    renamed = await world.client.patch(identity, json={"handle": "okonjo-3"}, headers=owner)
    assert renamed.status_code == 200
    gone = {"provider": "slack", "handle": "zubenel-deleted"}
    gone_url = (await world.client.post(f"{url}/identities", json=gone, headers=owner)).headers
    deleted = await world.client.delete(gone_url["location"], headers=owner)
    assert deleted.status_code == 204
    job = {"company": "Invented Systems", "valid_from": "2024-01-01"}
    assert (
        await world.client.post(f"{url}/affiliations", json=job, headers=owner)
    ).status_code == 201
    changed = await world.client.patch(
        "/v1/programs/one/ambassadors/zubenelgenubi-okonjo",
        json={"handle": "zubenel-new"},
        headers=owner,
    )
    assert changed.status_code == 200, changed.text
    merged = await world.client.post(
        "/v1/merges", json={"kept": str(amara), "merged": str(twin)}, headers=owner
    )
    assert merged.status_code == 201
    token = await world.token(Role.AMBASSADOR, "one", person_id=amara)
    await world.rows("update accounts set name = 'Zubenelgenubi' where id = $1", token.account_id)
    await world.rows("update tokens set name = 'okonjo laptop' where id = $1", token.token_id)
    await world.rows(
        """insert into invitations (id, person_id, name, digest, expires_at, created_at,
                                    version, updated_at)
           values ($1, $2, 'Zubenelgenubi', decode('00', 'hex'), $3, $3, 1, $3)""",
        uuid7(),
        amara,
        world.now,
    )
    await contribute(world, amara, token)
    await serve(world, owner)
    own = await world.client.patch(
        "/v1/me/profile", json={"title": "Zubenelgenubi again"}, headers=token.headers
    )
    assert own.status_code == 200, own.text
    return amara, token


async def serve(world: World, owner: dict[str, str]) -> None:
    """Something in every text that being an ambassador brings along."""
    await world.program("three")
    url = "/v1/programs/one/ambassadors/zubenel-new"
    away = {"first_day": "2026-02-01", "reason": "Okonjo was ill."}
    made = await world.client.post(url + "/leaves", json=away, headers=owner)
    assert made.status_code == 201, made.text
    student = {"expires_on": "2027-07-31", "note": "Okonjo's card."}
    put = await world.client.put(url + "/eligibilities/student", json=student, headers=owner)
    assert put.status_code == 201, put.text
    on = {"to": "three", "reason": "Okonjo graduated.", "handle": "zubenel-three"}
    promoted = await world.client.post(
        "/v1/programs/two/ambassadors/zubenelgenubi-o/promotion", json=on, headers=owner
    )
    assert promoted.status_code == 201, promoted.text
    await world.rows(
        """insert into tenures (program_id, id, ambassador_id, first_day, last_day, policy_version,
                                origin, outcome, outcome_on, outcome_reason, version, created_at,
                                updated_at)
           select program_id, gen_random_uuid(), id, day, last, 1, 'live', outcome, last,
                  case when outcome is not null then 'Okonjo did enough.' end, 1, $1, $1
             from ambassadors,
                  (values (date '2025-01-11', date '2026-01-10', 'renewed'),
                          (date '2026-01-11', null, null)) t (day, last, outcome)
            where handle = 'zubenel-new'""",
        world.now,
    )
    await world.rows("update ambassadors set farewell = 'Zubenelgenubi thanks you.'")
    await world.rows("update directory_entries set farewell = 'Zubenelgenubi thanks you.'")


async def contribute(world: World, amara: UUID, token: Bearer) -> None:
    """Something in every text of a contribution, of hers alone, with a trace in the inbox."""
    await post(
        world,
        Named(identity="email:okonjo@zubenel.example", role="host", share=40),
        slug="one",
        type_text="okonjo talk",
        title="Zubenelgenubi speaks",
        description="Zubenelgenubi tells how it was.",
        occurred_on=date(2026, 1, 2),
        url="https://zubenel.example/talk",
        evidence=("https://zubenel.example/photo.jpg",),
        fields={"venue": "Marsabit"},
        metrics=(Reading(date(2026, 1, 3), {"attendees": 40}),),
        submitted_by=token.account_id,
        status=ContributionStatus.DECLINED,
        note="Okonjo was not there.",
        dispute="Zubenelgenubi was.",
    )
    await world.rows("update contributions set matched = true")
    for table in ("unmatched_identities", "contribution_participants"):
        await world.rows(f"update {table} set person_id = $1", amara)
    await world.rows("update unmatched_identities set status = 'matched', reason = 'Okonjo said'")
    (talk,) = await world.rows("select id, program_id from contributions")
    await claim(world, amara, talk["id"], b"zubenelgenubi")
    async with transaction(world.call()) as tx:
        what = ("contribution", talk["id"])
        await audit.record(
            tx, "contribution.reviewed", what, program_id=talk["program_id"], reason="Okonjo asked"
        )


async def dump(world: World) -> dict[str, str]:
    """Every row of the database as text, by table."""
    tables = await world.rows("select tablename from pg_tables where schemaname = 'public'")
    found: dict[str, str] = {}
    for table in (row["tablename"] for row in tables):
        rows = await world.rows(f"select t::text as line from {table} t")
        found[table] = "\n".join(row["line"] for row in rows)
    return found


def traces(tables: dict[str, str]) -> dict[str, list[str]]:
    """Where something personal of the person stands."""
    return {
        table: found
        for table, text in tables.items()
        if (found := [secret for secret in SECRETS if secret.lower() in text.lower()])
    }


async def test_nothing_is_left_of_an_erased_person(world: World) -> None:
    amara, token = await biography(world)
    # Otherwise the search below would find nothing whatever the erasure does.
    assert {
        "people",
        "identities",
        "identity_handles",
        "affiliations",
        "ambassadors",
        "ambassador_handles",
        "tenures",
        "leaves",
        "eligibilities",
        "promotions",
        "contributions",
        "directory_entries",
        "unmatched_identities",
        "accounts",
        "tokens",
        "invitations",
        "audit_values",
    } <= traces(await dump(world)).keys()
    owner = (await world.token()).headers
    erased = await world.client.post(
        f"/v1/people/{amara}/erasure", json={"reason": "Asked by letter."}, headers=owner
    )
    assert erased.status_code == 200, erased.text
    assert erased.json()["name"] == "Erased person"
    assert erased.json()["erased_at"] is not None
    assert traces(await dump(world)) == {}
    assert (await world.client.get("/v1/me/profile", headers=token.headers)).status_code == 401


async def test_the_aggregates_stay_and_the_person_is_nowhere(world: World) -> None:
    amara, _ = await biography(world)
    owner = (await world.token()).headers
    url = f"/v1/people/{amara}"
    body = {"reason": "Asked by letter."}
    assert (await world.client.post(f"{url}/erasure", json=body, headers=owner)).status_code == 200
    ambassadors = await world.rows("select handle, status, status_on from ambassadors")
    assert len(ambassadors) == 3
    assert {row["status"] for row in ambassadors} == {"emeritus"}
    assert {row["status_on"] for row in ambassadors} == {date(2026, 3, 3)}
    assert all(row["handle"].startswith("erased-") for row in ambassadors)
    leaves = await world.rows("select first_day, last_day, reason from leaves")
    assert [tuple(row) for row in leaves] == [(date(2026, 2, 1), date(2026, 3, 2), None)]
    tenures = await world.rows("select last_day, outcome from tenures order by first_day")
    assert [tuple(row) for row in tenures] == [
        (date(2026, 1, 10), "renewed"),
        (date(2026, 3, 2), "ended"),
    ]
    assert await world.rows("select from eligibilities") == []
    (talk,) = await world.rows("select * from contributions")
    assert (talk["type"], talk["occurred_on"]) == ("talk", date(2026, 1, 2))
    assert (talk["status"], talk["metrics"]) == (
        "declined",
        [{"read_on": "2026-01-03", "values": {"attendees": 40}}],
    )
    assert await people_of(world, talk["id"]) == [amara]
    (entry,) = await world.rows("select status, person_id from unmatched_identities")
    assert tuple(entry) == ("matched", amara)
    assert await world.rows("select from contribution_fingerprints") == []
    # A later change of the whole program brings nobody back.
    policy = await world.client.get("/v1/programs/one/policy")
    document = policy.json()["document"] | {"directory": {"hidden_fields": ["city"]}}
    put = {"document": document, "reason": "Hide towns."}
    assert (
        await world.client.put("/v1/programs/one/policy", json=put, headers=owner)
    ).status_code == 200
    assert await world.rows("select 1 from directory_entries") == []
    listed = await world.client.get("/v1/programs/one/ambassadors?status=emeritus")
    assert listed.json()["items"] == []
    for handle in ("zubenel-new", "zubenelgenubi-okonjo"):
        found = await world.client.get(f"/v1/programs/one/ambassadors/{handle}")
        assert found.status_code == 404
    assert (await world.client.get("/v1/people", headers=owner)).json()["items"] == []
    events = await world.rows("select program_id, data from events where type = 'person.erased'")
    assert len(events) == 3
    assert all(row["program_id"] is not None and row["data"] == {} for row in events)
    for answer in (
        await world.client.patch(url, json={"city": "X"}, headers=owner),
        await world.client.post(
            f"{url}/identities", json={"provider": "github", "handle": "x"}, headers=owner
        ),
        await world.client.post(
            "/v1/merges",
            json={"kept": str(amara), "merged": str(await person(world, "Bo Li"))},
            headers=owner,
        ),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "person_erased")
    (merge,) = await world.rows("select id from person_merges")
    undone = await world.client.post(f"/v1/merges/{merge['id']}/undo", headers=owner)
    assert (undone.status_code, undone.json()["code"]) == (409, "person_erased")


async def test_an_erasure_happens_once_however_many_ask(world: World) -> None:
    await world.program()
    amara = await person(world, "Amara Okafor", "demo")
    owner = (await world.token()).headers
    url, body = f"/v1/people/{amara}/erasure", {"reason": "Asked by letter."}
    answers = await asyncio.gather(
        *(world.client.post(url, json=body, headers=owner) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["version"] for answer in answers} == {2}
    entries = await world.rows(
        """select v.reason from audit_entries e join audit_values v on v.entry_id = e.id
            where e.action = 'person.erased'"""
    )
    assert [row["reason"] for row in entries] == ["Asked by letter."]
    assert len(await world.rows("select 1 from events where type = 'person.erased'")) == 1


async def test_removed_and_suspended_people_stay_so(world: World) -> None:
    await world.program()
    amara = await person(world, "Amara Okafor", "demo")
    await world.rows("update ambassadors set status = 'removed', status_reason = 'Amara did it'")
    owner = (await world.token()).headers
    body = {"reason": "Asked by letter."}
    await world.client.post(f"/v1/people/{amara}/erasure", json=body, headers=owner)
    (left,) = await world.rows("select status, status_reason from ambassadors")
    assert dict(left) == {"status": "removed", "status_reason": None}


async def test_only_the_owner_erases_and_exports_others(world: World) -> None:
    await world.program()
    amara = await person(world, "Amara Okafor", "demo")
    manager = (await world.token(Role.MANAGER, "demo")).headers
    body = {"reason": "Asked by letter."}
    url = f"/v1/people/{amara}"
    assert (
        await world.client.post(f"{url}/erasure", json=body, headers=manager)
    ).status_code == 403
    assert (await world.client.get(f"{url}/export", headers=manager)).status_code == 403
    assert (await world.client.get("/v1/people", headers=manager)).json()["items"]
    owner = (await world.token()).headers
    stale = owner | {"If-Match": '"7.abc"'}
    assert (await world.client.post(f"{url}/erasure", json=body, headers=stale)).status_code == 412
    unknown = f"/v1/people/{uuid7()}"
    assert (await world.client.get(f"{unknown}/export", headers=owner)).status_code == 404
    answer = await world.client.post(f"{unknown}/erasure", json=body, headers=owner)
    assert answer.status_code == 404


async def test_one_exports_everything_that_is_held_about_oneself(world: World) -> None:
    _, token = await biography(world)
    export = await world.client.get("/v1/me/export", headers=token.headers)
    assert export.status_code == 200, export.text
    held = export.json()
    assert held["person"]["name"] == "Zubenelgenubi Okonjo"
    assert [one["name"] for one in held["merged_people"]] == ["Zubenelgenubi O"]
    assert {one["handle"] for one in held["identities"]} == {
        "okonjo@zubenel.example",
        "zubenel",
        "okonjo-3",
    }
    former = [handle for one in held["identities"] for handle in one["former_handles"]]
    assert [handle["handle"] for handle in former] == ["okonjo-two"]
    assert [one["company"] for one in held["affiliations"]] == ["Invented Systems"]
    one, _, two = held["ambassadors"]
    assert [each["program"] for each in held["ambassadors"]] == ["one", "three", "two"]
    assert one["leaves"] == [
        {"first_day": "2026-02-01", "last_day": None, "reason": "Okonjo was ill."}
    ]
    assert [each["note"] for each in one["eligibilities"]] == ["Okonjo's card."]
    assert [each["outcome"] for each in one["tenures"]] == ["renewed", None]
    assert [each["to_program"] for each in two["promotions"]] == ["three"]
    assert one["farewell"] == "Zubenelgenubi thanks you."
    (talk,) = held["contributions"]
    assert {name for name, value in talk.items() if value is None} == {
        *("ended_on", "role", "language", "event_format", "country", "source", "key"),
        *("waiting_for", "decline_reason", "decided_at", "disputed_at", "same_as"),
    }
    assert (talk["title"], talk["status"]) == ("Zubenelgenubi speaks", "declined")
    assert talk["dispute"] == "Zubenelgenubi was."
    assert talk["part"] == {
        "role": "host",
        "share": 40,
        "identity": "email:okonjo@zubenel.example",
    }
    assert talk["submitted"] is True
    assert [one["name"] for one in held["invitations"]] == ["Zubenelgenubi"]
    (account,) = held["accounts"]
    assert [one["name"] for one in account["tokens"]] == ["okonjo laptop"]
    assert [one["role"] for one in account["roles"]] == ["ambassador"]
    assert token.secret not in export.text
    actions = {entry["action"] for entry in held["audit"]}
    assert {"person.created", "identity.deleted", "ambassador.joined", "person.merged"} <= actions
    # Everything personal that the database holds is in the export.
    assert [secret for secret in SECRETS if secret.lower() not in export.text.lower()] == []


async def test_one_erases_oneself(world: World) -> None:
    _, token = await biography(world)
    url = "/v1/me/erasure"
    unsure = await world.client.post(url, json={"confirm": "perhaps"}, headers=token.headers)
    assert unsure.status_code == 400
    sure = await world.client.post(url, json={"confirm": "erase"}, headers=token.headers)
    assert sure.status_code == 204, sure.text
    assert traces(await dump(world)) == {}
    assert (
        await world.client.post(url, json={"confirm": "erase"}, headers=token.headers)
    ).status_code == 401


async def erase(world: World, person_id: UUID) -> None:
    owner = (await world.token()).headers
    body = {"reason": "Asked by letter."}
    answer = await world.client.post(f"/v1/people/{person_id}/erasure", json=body, headers=owner)
    assert answer.status_code == 200, answer.text


async def test_what_was_done_together_is_erased_with_the_last_of_them(world: World) -> None:
    await world.program()
    amara, bo = await person(world, "Amara", "demo"), await person(world, "Bo", "demo")
    owner = (await world.token()).headers
    told = {
        "type": "talk",
        "title": "Two voices",
        "occurred_on": "2026-01",
        "description": "How we did it.",
        "visibility": Visibility.PRIVATE,
        "participants": [{"ambassador": "amara"}, {"ambassador": "bo"}],
    }
    made = await world.client.post("/v1/programs/demo/contributions", json=told, headers=owner)
    assert made.status_code == 201, made.text
    one = UUID(made.json()["id"])
    unknown = await post(world, Named(person=str(amara)), Named(identity="slack:U1"), title="Kept")

    async def texts(of: UUID) -> list[object]:
        rows = await world.rows("select title, description from contributions where id = $1", of)
        values = await world.rows(
            """select v.after -> 'title' as title from audit_entries e
                 join audit_values v on v.entry_id = e.id where e.subject_id = $1""",
            of,
        )
        return [*rows[0].values(), *(row["title"] for row in values)]

    await erase(world, amara)
    assert await texts(one) == ["Two voices", "How we did it.", "Two voices"]
    assert await texts(unknown) == ["Kept", None]
    assert await people_of(world, one) == [amara, bo]
    shown = await world.client.get(f"/v1/programs/demo/contributions/{one}", headers=owner)
    assert [who["ambassador"] for who in shown.json()["participants"]] == [None, "bo"]
    await erase(world, bo)
    assert await texts(one) == ["Erased", None, None]
    assert await texts(unknown) == ["Kept", None]


async def test_a_tool_does_not_bring_back_what_was_erased(world: World) -> None:
    await world.program()
    amara = await person(world, "Amara", "demo")
    owner = await world.token()
    tool = await world.token(Role.INTEGRATION, "demo")
    source = {"slug": "bot", "name": "Bot", "trust": "untrusted", "tokens": [str(tool.token_id)]}
    made = await world.client.post("/v1/programs/demo/sources", json=source, headers=owner.headers)
    assert made.status_code == 201, made.text
    url = "/v1/programs/demo/sources/bot/contributions/k1"
    told = {
        "type": "talk",
        "title": "Amara speaks",
        "occurred_on": "2026-01",
        "participants": [{"ambassador": "amara"}],
    }
    assert (await world.client.put(url, json=told, headers=tool.headers)).status_code == 201
    await erase(world, amara)
    same = await world.client.put(url, json=told, headers=tool.headers)
    assert same.json()["result"] == "unchanged"
    other = told | {"participants": [{"identity": "github:@amara"}], "title": "Amara spoke"}
    changed = await world.client.put(url, json=other, headers=tool.headers)
    assert (changed.status_code, changed.json()["code"]) == (409, "changed_by_people")
    rows = await world.rows("select title from contributions")
    assert [row["title"] for row in rows] == ["Erased"]


async def test_what_one_submitted_for_others_is_in_ones_export(world: World) -> None:
    await world.program()
    amara = await person(world, "Amara", "demo")
    bo = await person(world, "Bo", "demo")
    token = await world.token(Role.AMBASSADOR, "demo", person_id=amara)
    for name, value in (("By hand", None), ("By a tool", "bot")):
        if value:
            await world.rows(
                """insert into sources (program_id, id, slug, name, trust, version, created_at,
                                        updated_at)
                   select id, gen_random_uuid(), 'bot', 'Bot', 'trusted', 1, now(), now()
                     from programs"""
            )
        who = Named(person=str(bo))
        await post(world, who, title=name, submitted_by=token.account_id, source=value)
    export = await world.client.get("/v1/me/export", headers=token.headers)
    (held,) = export.json()["contributions"]
    assert (held["title"], held["part"], held["submitted"]) == ("By hand", None, True)
