"""Tenures over HTTP: they begin with joining, end with leaving, and have one outcome each."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.rules.access import Role
from domain.rules.contributions import Named
from tests.counted import counted
from tests.members import AMARA, BRUNO, CHIDI, Members
from tests.posting import named, post
from tests.tenured import YEARLY, crowd, tenured
from tests.world import POLICY, World

DAY: dict[str, Any] = {"days": 1}
BACKFILL = "/tenures/backfill"


async def test_a_tenure_begins_with_the_day_of_joining(world: World) -> None:
    demo = await tenured(world)
    amara = await demo.join(joined_on="2026-01-11")
    (one,) = await demo.tenures()
    assert (one["first_day"], one["last_day"]) == ("2026-01-11", "2027-01-10")
    assert (one["origin"], one["outcome"], one["counted"]) == ("live", None, [])
    assert (one["ambassador_id"], one["ambassador"], one["policy_version"]) == (amara, "amara", 1)
    assert (await demo.get(f"/tenures/{one['id']}")).json() == one
    assert await demo.told() == ["tenure.started"]
    (row,) = await world.rows("select data from events where type = 'tenure.started'")
    assert row["data"] == {
        "ambassador_id": amara,
        "first_day": "2026-01-11",
        "last_day": "2027-01-10",
        "origin": "live",
    }
    logged = await world.rows("select action from audit_entries where subject_kind = 'tenure'")
    assert [entry["action"] for entry in logged] == ["tenure.started"]


async def test_without_rules_or_without_a_day_there_is_none(world: World) -> None:
    plain = await tenured(world, "plain", tenure=None)
    await plain.join(joined_on="2026-01-11")
    assert await plain.tenures() == []
    demo = await tenured(world)
    await demo.join(joined_on=None)
    assert await demo.tenures() == []
    known = await demo.patch("/ambassadors/amara", {"joined_on": "2026-01-11"})
    assert known.status_code == 200
    assert await demo.days() == [("2026-01-11", "2027-01-10", None)]


async def test_of_a_joining_long_ago_the_tenure_that_runs_is_marked(world: World) -> None:
    demo = await tenured(world)
    await demo.join(joined_on="2022-05-05")
    (one,) = await demo.tenures()
    assert (one["first_day"], one["last_day"], one["origin"]) == (
        "2025-05-05",
        "2026-05-04",
        "backfilled",
    )


async def test_a_tenure_without_a_clock_has_no_end(world: World) -> None:
    demo = await tenured(world, tenure={"clock": "none"})
    await demo.join()
    assert await demo.days() == [("2026-03-03", None, None)]
    refused = await demo.decide((await demo.tenures())[0], "renewed")
    assert (refused.status_code, refused.json()["code"]) == (409, "tenure_not_renewable")
    world.clock.pass_(days=2)
    await demo.status("emeritus")
    assert await demo.days() == [("2026-03-03", "2026-03-04", "ended")]


@pytest.mark.parametrize("status", ["emeritus", "removed"])
async def test_leaving_ends_it_and_coming_back_begins_another(world: World, status: str) -> None:
    demo = await tenured(world)
    await demo.join()
    world.clock.pass_(days=30)
    assert (await demo.status(status)).status_code == 200
    (ended,) = await demo.tenures()
    assert (ended["last_day"], ended["outcome"]) == ("2026-04-01", "ended")
    assert (ended["outcome_on"], ended["outcome_reason"]) == ("2026-04-02", "A test.")
    assert (ended["decided_by"], ended["version"]) == (str(demo.staff.account_id), 2)
    world.clock.pass_(days=60)
    await demo.status("active")
    assert await demo.days() == [
        ("2026-06-01", "2027-05-31", None),
        ("2026-03-03", "2026-04-01", "ended"),
    ]
    assert await demo.told() == ["tenure.started", "tenure.ended", "tenure.started"]


async def test_a_suspension_and_a_leave_leave_it_open(world: World) -> None:
    demo = await tenured(world)
    await demo.join()
    for status in ("suspended", "active", "on_leave", "active"):
        world.clock.pass_(**DAY)
        assert (await demo.status(status)).status_code == 200
    assert await demo.days() == [("2026-03-03", "2027-03-02", None)]
    await demo.status("suspended")
    await demo.status("removed")
    assert [outcome for _, _, outcome in await demo.days()] == ["ended"]


async def test_a_leave_moves_the_end_of_what_is_closed_later(world: World) -> None:
    demo = await tenured(world)
    await demo.join(joined_on="2025-04-01")
    await demo.status("on_leave", on="2026-03-03")
    (one,) = await demo.tenures()
    refused = await demo.decide(one, "renewed")
    assert (refused.status_code, refused.json()["code"]) == (409, "tenure_not_renewable")
    world.clock.pass_(days=10)
    await demo.status("active")
    renewed = await demo.decide(one, "renewed")
    # Ten days of leave, so that it ended on 10 April and not on 31 March.
    assert renewed.json()["last_day"] == "2026-04-10"
    assert (await demo.days())[0] == ("2026-04-11", "2027-04-10", None)
    await demo.join("bruno", joined_on="2025-04-01")
    await demo.status("on_leave", "bruno")
    world.clock.pass_(days=50)
    await demo.status("emeritus", "bruno")
    assert await demo.days("bruno") == [("2025-04-01", "2026-05-01", "ended")]


async def test_who_leaves_on_the_day_of_coming_can_come_back_on_it(world: World) -> None:
    demo = await tenured(world)
    await demo.join()
    await demo.status("emeritus")
    await demo.status("active")
    await demo.status("removed")
    await demo.status("active")
    empty = ("2026-03-03", "2026-03-02", "ended")
    assert await demo.days() == [("2026-03-03", "2027-03-02", None), empty, empty]


async def test_a_day_put_right_moves_what_it_began_or_ended(world: World) -> None:
    demo = await tenured(world)
    await demo.join(joined_on="2026-01-11")
    await demo.patch("/ambassadors/amara", {"joined_on": "2026-02-01"})
    assert await demo.days() == [("2026-02-01", "2027-01-31", None)]
    await demo.patch("/ambassadors/amara", {"handle": "amara-o"})
    await demo.patch("/ambassadors/amara-o", {"handle": "amara"})
    world.clock.pass_(days=20)
    await demo.status("emeritus")
    await demo.status("emeritus", on="2026-03-10")
    assert await demo.days() == [("2026-02-01", "2026-03-09", "ended")]
    await demo.status("emeritus", on="2026-03-20")
    assert await demo.days() == [("2026-02-01", "2026-03-19", "ended")]
    await demo.status("active")
    await demo.status("active", on="2026-03-21")
    assert (await demo.days())[0] == ("2026-03-21", "2027-03-20", None)
    await demo.status("active", on="2026-03-01")
    # It cannot begin before the last one was over.
    assert (await demo.days())[0] == ("2026-03-20", "2027-03-19", None)
    assert (await demo.told()).count("tenure.corrected") == 5


async def test_renewing_begins_the_next_one_on_the_day_after(world: World) -> None:
    demo = await tenured(world)
    await demo.join(joined_on="2024-02-29")
    world.clock.pass_(days=0)
    (one,) = await demo.tenures()
    assert (one["first_day"], one["last_day"]) == ("2026-03-01", "2027-02-28")
    done = await demo.decide(one, "renewed")
    assert done.status_code == 200, done.text
    assert (done.json()["outcome"], done.json()["last_day"]) == ("renewed", "2027-02-28")
    following, before = await demo.tenures()
    assert before == done.json()
    assert (following["first_day"], following["last_day"]) == ("2027-03-01", "2028-02-29")
    assert following["origin"] == "live"
    assert await demo.told() == ["tenure.started", "tenure.renewed", "tenure.started"]
    early = await demo.decide(following, "renewed")
    assert (early.status_code, early.json()["errors"][0]["pointer"]) == (400, "/on")
    again = await demo.decide(before, "lapsed")
    assert (again.status_code, again.json()["code"]) == (409, "tenure_closed")


@pytest.mark.parametrize("outcome", ["lapsed", "ended"])
async def test_lapsing_and_ending_make_an_emeritus(world: World, outcome: str) -> None:
    demo = await tenured(world)
    await demo.join(joined_on="2025-04-01")
    world.clock.pass_(days=50)
    (one,) = await demo.tenures()
    done = await demo.decide(one, outcome, on="2026-04-10")
    assert (done.json()["last_day"], done.json()["outcome_on"]) == ("2026-03-31", "2026-04-10")
    entry = (await demo.get("/ambassadors/amara")).json()
    assert (entry["status"], entry["version"]) == ("emeritus", 2)
    assert (entry["private"]["status_on"], entry["private"]["status_reason"]) == (
        "2026-04-10",
        "As decided.",
    )
    assert await demo.told("ambassador.") == ["ambassador.joined", "ambassador.status_changed"]
    listed = await world.client.get("/v1/programs/demo/ambassadors")
    assert listed.json()["items"] == []


async def test_a_sanction_outlives_the_tenure(world: World) -> None:
    demo = await tenured(world)
    await demo.join()
    await demo.status("suspended")
    (one,) = await demo.tenures()
    assert (await demo.decide(one, "lapsed")).status_code == 200
    assert (await demo.get("/ambassadors/amara")).json()["status"] == "suspended"
    await demo.status("active")
    assert [outcome for _, _, outcome in await demo.days()] == [None, "lapsed"]


async def test_days_that_cannot_be(world: World) -> None:
    demo = await tenured(world)
    await demo.join()
    (one,) = await demo.tenures()
    for on in ("2026-03-04", "2026-03-02"):
        refused = await demo.decide(one, "ended", on=on)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/on")
    assert await demo.tenures() == [one]


async def test_an_outcome_needs_the_version_that_was_read(world: World) -> None:
    demo = await tenured(world)
    await demo.join(joined_on="2026-01-11")
    (one,) = await demo.tenures()
    read = await demo.get(f"/tenures/{one['id']}")
    await demo.patch("/ambassadors/amara", {"joined_on": "2026-01-12"})
    match = {"If-Match": read.headers["etag"]}
    stale = await demo.decide(one, "ended", headers=match)
    assert stale.status_code == 412
    fresh = await demo.get(f"/tenures/{one['id']}")
    done = await demo.decide(one, "ended", headers={"If-Match": fresh.headers["etag"]})
    assert done.status_code == 200


async def test_of_two_outcomes_at_once_one_wins(world: World) -> None:
    demo = await tenured(world)
    await demo.join()
    (one,) = await demo.tenures()
    answers = await asyncio.gather(
        *(demo.decide(one, outcome) for outcome in ("renewed", "lapsed", "ended", "renewed"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "tenure_closed"
            assert answer.json()["current"] == won
    assert len(await demo.tenures()) == (2 if won["outcome"] == "renewed" else 1)


async def test_leaving_and_coming_back_at_once_leave_a_chain(world: World) -> None:
    demo = await tenured(world)
    await demo.join()
    for _ in range(5):
        await asyncio.gather(
            demo.status("emeritus"),
            demo.status("active"),
            demo.status("removed"),
            demo.post("/ambassadors/amara/departure", {}),
            demo.post(BACKFILL),
        )
        status = (await demo.get("/ambassadors/amara")).json()["status"]
        opened = [one for one in await demo.tenures() if one["outcome"] is None]
        assert len(opened) == (status == "active")


async def test_what_counted_is_told_by_id(world: World) -> None:
    demo = await tenured(world, requirement=ONE_TALK)
    await demo.join(joined_on="2026-01-11")
    (person,) = await world.rows("select person_id from ambassadors")
    talk = await post(world, Named(person=str(person["person_id"])))
    (one,) = await demo.tenures()
    done = await demo.decide(one, "renewed")
    assert done.json()["counted"] == [str(talk)]
    assert (await demo.tenures())[1]["counted"] == [str(talk)]
    withdrawn = await demo.post(f"/contributions/{talk}/withdrawal", {"reason": "A mistake."})
    assert (withdrawn.status_code, withdrawn.json()["code"]) == (409, "counted_for_tenure")


async def test_who_may_read_and_decide(world: World) -> None:
    demo = await tenured(world)
    await demo.join()
    await demo.join("bruno")
    (one,) = await demo.tenures()
    amara, bruno = await demo.oneself(), await demo.oneself("bruno")
    reader = await world.token(Role.READER, "demo")
    path = f"/tenures/{one['id']}"
    for who, status in ((amara, 200), (bruno, 404), (reader, 200)):
        assert (await demo.get(path, who)).status_code == status
        assert (await demo.get("/ambassadors/amara/tenures", who)).status_code == status
        assert (await demo.decide(one, "ended", who)).status_code == 403
        assert (await demo.post(BACKFILL, who=who)).status_code == 403
    assert (await world.client.get(demo.base + path)).status_code == 401
    elsewhere = await tenured(world, "other")
    assert (await elsewhere.get(path)).status_code == 404
    assert (await elsewhere.decide(one, "ended")).status_code == 404
    await demo.patch("/ambassadors/amara", {"handle": "amara-o"})
    moved = await demo.get("/ambassadors/amara/tenures", amara)
    assert (moved.status_code, moved.headers["location"]) == (
        308,
        "/v1/programs/demo/ambassadors/amara-o/tenures",
    )


async def test_the_newest_come_first_in_pages(world: World) -> None:
    demo = await tenured(world)
    await demo.join()
    for _ in range(3):
        world.clock.pass_(days=10)
        await demo.status("emeritus")
        world.clock.pass_(days=10)
        await demo.status("active")
    whole = await demo.tenures()
    seen: list[dict[str, Any]] = []
    path: str | None = "/ambassadors/amara/tenures?limit=2"
    while path:
        body = (await demo.get(path)).json()
        seen += body["items"]
        path = body["next"] and f"/ambassadors/amara/tenures?limit=2&cursor={body['next']}"
    assert seen == whole
    assert [one["first_day"] for one in whole] == sorted(
        (one["first_day"] for one in whole), reverse=True
    )


async def test_a_backfill_begins_what_is_missing_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.tenures.BATCH", 2)
    demo = await tenured(world, tenure=None)
    for handle, joined_on in (("amara", "2022-05-05"), ("bruno", None), ("chidi", "2026-01-01")):
        await demo.join(handle, joined_on)
    for handle, status in (("dayo", "emeritus"), ("esi", "suspended"), ("femi", "on_leave")):
        await demo.join(handle)
        await demo.status(status, handle)
    refused = await demo.post(BACKFILL)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_tenure_rules")
    await adopt(world)
    done = await demo.post(BACKFILL)
    assert (done.status_code, done.json()) == (200, {"started": 4, "unknown_joined": 1})
    assert await demo.days() == [("2025-05-05", "2026-05-04", None)]
    assert await demo.days("bruno") == [("2026-03-03", "2027-03-02", None)]
    assert await demo.days("chidi") == [("2026-01-01", "2026-12-31", None)]
    assert await demo.days("femi") == [("2026-03-03", "2027-03-02", None)]
    assert await demo.days("dayo") + await demo.days("esi") == []
    origins = await world.rows("select distinct origin, policy_version from tenures")
    assert [tuple(row) for row in origins] == [("backfilled", 2)]
    before = await world.rows("select count(*) from audit_entries")
    assert (await demo.post(BACKFILL)).json() == {"started": 0, "unknown_joined": 0}
    assert await world.rows("select count(*) from audit_entries") == before


async def test_two_backfills_at_once_begin_each_tenure_once(world: World) -> None:
    demo = await tenured(world, tenure=None)
    await crowd(world, "demo", 20)
    await adopt(world)
    answers = await asyncio.gather(*(demo.post(BACKFILL) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200] * 3
    assert sorted(answer.json()["started"] for answer in answers) == [0, 0, 20]
    (row,) = await world.rows("select count(*) as n from tenures")
    assert row["n"] == 20


async def test_an_import_begins_and_ends_tenures(world: World) -> None:
    demo = await tenured(world)
    file = Members(world, demo.staff, "demo")
    await file.load(AMARA + BRUNO, as_of="2024-02-01", joined_known="true")
    (one,) = await demo.tenures("amara-okafor")
    assert (one["first_day"], one["last_day"]) == ("2026-02-01", "2027-01-31")
    assert one["origin"] == "backfilled"
    await file.load(AMARA + CHIDI, as_of="2026-03-01")
    assert await demo.days("bruno-t") == [("2026-02-01", "2026-02-28", "ended")]
    assert await demo.tenures("chidi-eze") == []
    await file.load(AMARA + BRUNO + CHIDI, as_of="2026-03-02")
    back, ended = await demo.tenures("bruno-t")
    assert (back["first_day"], back["last_day"]) == ("2026-03-02", "2027-03-01")
    assert (back["origin"], ended["outcome"]) == ("backfilled", "ended")
    assert ended["decided_by"] is None
    done = await demo.post(BACKFILL)
    assert done.json() == {"started": 1, "unknown_joined": 1}


@pytest.mark.parametrize("status", ["suspended", "removed"])
async def test_no_import_lifts_a_sanction_or_its_tenure(world: World, status: str) -> None:
    demo = await tenured(world)
    file = Members(world, demo.staff, "demo")
    await file.load(AMARA + BRUNO, as_of="2026-02-01", joined_known="true")
    await demo.status(status, "bruno-t")
    before = await demo.tenures("bruno-t")
    # It began before anything was recorded of it, though it is the first.
    assert (before[0]["first_day"], before[0]["origin"]) == ("2026-02-01", "backfilled")
    for text, as_of in ((AMARA, "2026-02-02"), (AMARA + BRUNO, "2026-02-03")):
        await file.load(text, as_of=as_of)
        assert await demo.tenures("bruno-t") == before
        assert (await demo.get("/ambassadors/bruno-t")).json()["status"] == status


async def test_erasing_somebody_ends_the_tenure_and_its_words(world: World) -> None:
    demo = await tenured(world)
    await demo.join()
    await demo.join("bruno")
    (one,) = await demo.tenures()
    (row,) = await world.rows("select person_id from ambassadors where handle = 'amara'")
    await demo.status("emeritus")
    await demo.status("active")
    owner = await world.token()
    erased = await world.client.post(
        f"/v1/people/{row['person_id']}/erasure",
        json={"reason": "They asked."},
        headers=owner.headers,
    )
    assert erased.status_code == 200, erased.text
    found = await world.rows(
        "select outcome, outcome_reason, outcome_on::text as on from tenures"
        " where ambassador_id = $1 order by id",
        one["ambassador_id"],
    )
    assert [tuple(each) for each in found] == [("ended", None, "2026-03-03")] * 2
    assert (await demo.told())[-1] == "tenure.ended"
    said = await world.rows(
        """select v.reason, v.after ->> 'outcome_reason' as after
             from audit_values v join audit_entries e on e.id = v.entry_id
            where e.subject_kind = 'tenure' and e.action = 'tenure.ended'"""
    )
    assert {tuple(each) for each in said} == {(None, None)}
    assert await demo.days("bruno") == [("2026-03-03", "2027-03-02", None)]


async def test_merging_two_people_keeps_the_tenures(world: World) -> None:
    demo = await tenured(world)
    other = await tenured(world, "other")
    await demo.join()
    await other.join("amara-2", "2026-02-01")
    rows = await world.rows("select person_id from ambassadors order by created_at, id")
    kept, merged = (str(row["person_id"]) for row in rows)
    before = (await demo.tenures(), await other.tenures("amara-2"))
    owner = await world.token()
    made = await world.client.post(
        "/v1/merges", json={"kept": kept, "merged": merged}, headers=owner.headers
    )
    assert made.status_code == 201, made.text
    amara = await demo.oneself()
    assert (await other.get("/ambassadors/amara-2/tenures", amara)).status_code == 200
    await other.status("emeritus", "amara-2")
    assert (await demo.tenures()) == before[0]
    undone = await world.client.post(made.headers["location"] + "/undo", headers=owner.headers)
    assert undone.status_code == 200, undone.text
    assert (await other.get("/ambassadors/amara-2/tenures", amara)).status_code == 404
    assert (await other.days("amara-2"))[0][2] == "ended"
    assert (await demo.tenures()) == before[0]


async def test_a_contribution_counts_once_for_an_ambassador(world: World) -> None:
    demo = await tenured(world)
    await demo.join()
    talk = await post(world, *named("github:7"))
    await counted(world, talk)
    with pytest.raises(Exception, match="tenure_contributions_once_key"):
        await world.rows(
            """insert into tenure_contributions
               select program_id, id, $1, ambassador_id from tenures
                where outcome is null""",
            talk,
        )


ONE_TALK: dict[str, Any] = {
    "groups": {
        "talks": {
            "name": "A talk",
            "conditions": {"one": {"measure": "contributions", "at_least": 1}},
        }
    }
}


async def adopt(world: World) -> None:
    """The program begins to have tenures."""
    owner = await world.token()
    put = await world.client.put(
        "/v1/programs/demo/policy",
        json={"document": POLICY | {"tenure": YEARLY}, "reason": "We have tenures now."},
        headers=owner.headers,
    )
    assert put.status_code == 200, put.text
