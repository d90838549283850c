"""Renewals over HTTP: who is due, what would happen, and what did."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from domain.rules.access import Role
from tests.judged import asking, did, judged, yearly
from tests.tenured import Tenured, tenured
from tests.world import World

NOTHING = {"renewed": 0, "lapsed": 0, "asked": 0, "waiting": 0}
FOUR = asking(four={"measure": "contributions", "at_least": 4})


async def run(demo: Tenured, on: str | None = None) -> dict[str, int]:
    """Let it happen; what became of how many."""
    answer = await demo.post("/renewals/run", {"on": on} if on else {})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def due(demo: Tenured, on: str | None = None) -> list[dict[str, Any]]:
    """Whose tenure is due."""
    answer = await demo.get("/renewals" + (f"?on={on}" if on else ""))
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def preview(demo: Tenured, query: str = "") -> dict[str, Any]:
    """What would happen."""
    answer = await demo.get(f"/renewals/preview{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def counted(demo: Tenured, handle: str = "amara") -> list[set[str]]:
    """What counted for each tenure, newest first."""
    return [set(one["counted"]) for one in await demo.tenures(handle)]


async def three(world: World, **policy: Any) -> Tenured:
    """Somebody who meets it, who does not and who waits for a review, until 4 May 2026."""
    demo = await judged(world, **policy)
    for handle in ("amara", "bruno", "chidi"):
        await demo.join(handle, joined_on="2025-05-05")
        await did(demo, "2025-06-01", handle)
    await did(demo, "2025-07-01")
    await did(demo, "2025-07-01", "chidi", status="pending")
    return demo


async def replace_policy(demo: Tenured, **changes: Any) -> None:
    """Put another version of the policy in force."""
    now = (await demo.get("/policy")).json()
    put = await demo.world.client.put(
        demo.base + "/policy",
        json={"document": now["document"] | changes, "reason": "A test."},
        headers=demo.staff.headers,
    )
    assert put.status_code == 200, put.text


async def test_each_goes_the_policys_way(world: World) -> None:
    demo = await three(world)
    assert await run(demo) == NOTHING
    world.clock.pass_(days=62)  # 4 May, the last day
    assert await run(demo) == NOTHING | {"waiting": 3}
    world.clock.pass_(days=1)
    assert await run(demo) == {"renewed": 1, "lapsed": 0, "asked": 1, "waiting": 1}
    assert await demo.days() == [
        ("2026-05-05", "2027-05-04", None),
        ("2025-05-05", "2026-05-04", "renewed"),
    ]
    new, old = await demo.tenures()
    assert (old["outcome_on"], old["outcome_policy_version"]) == ("2026-05-05", 1)
    assert (old["decided_by"], len(old["counted"]), new["counted"]) == (None, 2, [])
    assert await demo.days("bruno") == [("2025-05-05", "2026-05-04", None)]
    (asked,) = await demo.tenures("chidi")
    assert (asked["outcome"], asked["asked_at"]) == (None, "2026-05-05T12:00:00Z")
    # The grace of 30 days ends on 3 June.
    world.clock.pass_(days=29)
    assert await run(demo) == NOTHING | {"waiting": 2}
    world.clock.pass_(days=1)
    assert await run(demo) == NOTHING | {"lapsed": 1, "waiting": 1}
    assert await demo.days("bruno") == [("2025-05-05", "2026-05-04", "lapsed")]
    (lapsed,) = await demo.tenures("bruno")
    assert lapsed["outcome_on"] == "2026-06-04"
    bruno = (await demo.get("/ambassadors/bruno")).json()
    assert bruno["status"] == "emeritus"
    assert bruno["private"]["status_on"] == "2026-06-04"
    assert (await demo.get("/ambassadors/chidi")).json()["status"] == "active"


async def test_twice_changes_nothing(world: World) -> None:
    demo = await three(world)
    world.clock.pass_(days=93)
    assert await run(demo) == {"renewed": 1, "lapsed": 1, "asked": 1, "waiting": 0}
    tables = ("tenures", "tenure_contributions", "events", "audit_entries", "ambassadors")
    before = [await world.rows(f"select * from {table} order by 1, 2") for table in tables]
    assert await run(demo) == NOTHING | {"waiting": 1}
    assert await run(demo, "2026-05-20") == NOTHING | {"waiting": 1}
    after = [await world.rows(f"select * from {table} order by 1, 2") for table in tables]
    assert after == before


async def test_a_manager_is_asked_once(world: World) -> None:
    demo = await three(world)
    world.clock.pass_(days=63)
    for _ in range(3):
        await run(demo)
        world.clock.pass_(days=1)
    (told,) = await world.rows("select data from events where type = 'tenure.review_asked'")
    (tenure,) = await demo.tenures("chidi")
    assert told["data"] == {
        "ambassador_id": tenure["ambassador_id"],
        "last_day": "2026-05-04",
        "on": "2026-05-05",
        "reason": "awaiting",
    }
    (logged,) = await world.rows(
        "select fields from audit_entries where action = 'tenure.review_asked'"
    )
    assert logged["fields"] == ["asked_at"]
    # The review decides it, without the manager.
    await world.rows("update contributions set status = 'accepted', waiting_for = null")
    assert (await run(demo))["renewed"] == 1
    assert (await demo.tenures("chidi"))[1]["outcome_on"] == "2026-05-05"


async def test_what_was_done_in_grace_counts_for_the_old_tenure_while_it_needs_it(
    world: World,
) -> None:
    demo = await three(world)
    late = await did(demo, "2026-05-20", "bruno")
    later = await did(demo, "2026-05-21", "bruno")
    world.clock.pass_(days=93)
    assert (await run(demo))["renewed"] == 2
    new, old = await demo.tenures("bruno")
    assert (old["outcome"], old["outcome_on"]) == ("renewed", "2026-05-20")
    assert late in old["counted"]
    assert later not in old["counted"]
    standing = (await demo.get("/ambassadors/bruno/standing")).json()
    (group,) = standing["details"]["groups"]
    assert group["conditions"][0]["contributions"] == [later]
    assert new["first_day"] == "2026-05-05"


async def test_after_downtime_everything_has_the_days_that_it_should_have(world: World) -> None:
    demo = await judged(world)
    await demo.join(joined_on="2025-05-05")
    for year in ("2025", "2026"):
        await did(demo, f"{year}-06-01")
        await did(demo, f"{year}-07-01")
    await did(demo, "2027-06-01")
    world.clock.pass_(days=2 * 365)
    assert await run(demo) == {"renewed": 2, "lapsed": 0, "asked": 0, "waiting": 0}
    world.clock.pass_(days=365)
    assert await run(demo) == {"renewed": 0, "lapsed": 1, "asked": 0, "waiting": 0}
    assert await demo.days() == [
        ("2027-05-05", "2028-05-04", "lapsed"),
        ("2026-05-05", "2027-05-04", "renewed"),
        ("2025-05-05", "2026-05-04", "renewed"),
    ]
    assert [one["outcome_on"] for one in await demo.tenures()] == [
        "2028-06-04",
        "2027-05-05",
        "2026-05-05",
    ]
    assert [len(ids) for ids in await counted(demo)] == [1, 2, 2]


async def test_several_tenures_in_a_row_end_with_a_lapse_in_one_run(world: World) -> None:
    demo = await judged(world)
    await demo.join(joined_on="2025-05-05")
    await did(demo, "2025-06-01")
    await did(demo, "2025-07-01")
    world.clock.pass_(days=3 * 365)
    assert await run(demo) == {"renewed": 1, "lapsed": 1, "asked": 0, "waiting": 0}
    assert [one["outcome"] for one in await demo.tenures()] == ["lapsed", "renewed"]
    assert await demo.told() == [
        "tenure.started",
        "tenure.renewed",
        "tenure.started",
        "tenure.lapsed",
    ]


@pytest.mark.parametrize("status", ["suspended", "removed"])
async def test_what_people_decided_stays_as_it_is(world: World, status: str) -> None:
    demo = await three(world)
    await demo.status(status)
    await demo.status(status, "bruno")
    before = await demo.days(), await demo.days("bruno")
    world.clock.pass_(days=93)
    assert await run(demo) == NOTHING | {"asked": 1}
    assert (await demo.days(), await demo.days("bruno")) == before
    assert (await demo.get("/ambassadors/bruno")).json()["status"] == status


async def test_a_policy_can_have_a_manager_asked_each_time(world: World) -> None:
    demo = await three(world, tenure=yearly(when_met="review", when_not_met="review"))
    world.clock.pass_(days=93)
    assert await run(demo) == NOTHING | {"asked": 3}
    assert {one["ambassador"]: one["reason"] for one in await due(demo)} == {
        "amara": "met",
        "bruno": "not_met",
        "chidi": "awaiting",
    }
    (tenure,) = await demo.tenures()
    assert (await demo.decide(tenure, "renewed")).status_code == 200
    assert await run(demo) == NOTHING | {"waiting": 2}


async def test_nobody_is_renewed_by_itself_who_lacks_what_is_required(world: World) -> None:
    demo = await three(world, eligibility={"student": {"name": "Student", "required": True}})
    world.clock.pass_(days=63)
    assert (await run(demo))["renewed"] == 0
    assert (await due(demo))[0]["reason"] == "not_eligible"


async def test_what_was_never_recorded_is_held_against_nobody(world: World) -> None:
    demo = await judged(world)
    await demo.join(joined_on="2022-05-05")
    world.clock.pass_(days=365)
    assert await run(demo) == NOTHING | {"asked": 1}
    assert (await due(demo))[0]["reason"] == "not_recorded"


async def test_who_is_due_is_listed_with_the_standing(world: World) -> None:
    demo = await three(world)
    assert await due(demo) == []
    assert [one["decision"] for one in await due(demo, "2026-05-04")] == ["waiting"] * 3
    found = {one["ambassador"]: one for one in await due(demo, "2026-05-05")}
    told = {
        handle: (one["state"], one["decision"], one["on"], one["until"], one["reason"])
        for handle, one in found.items()
    }
    assert told == {
        "amara": ("met", "renewed", "2026-05-05", None, None),
        "bruno": ("in_grace", "waiting", None, "2026-06-04", None),
        "chidi": ("in_grace", "asked", "2026-05-05", None, "awaiting"),
    }
    assert found["bruno"]["standing"]["missing"] == ["1 more contribution by 3 June 2026"]
    own = (await demo.get("/ambassadors/bruno/standing?on=2026-05-05")).json()
    assert found["bruno"]["standing"] == own["details"]
    assert found["chidi"]["asked_at"] is None


@pytest.mark.parametrize("kind", ["anniversary", "none"])
async def test_the_list_has_pages(world: World, kind: str) -> None:
    rolling = asking(one={"measure": "contributions", "at_least": 1, "within": "P6M"})
    rules = yearly() if kind == "anniversary" else {"clock": "none", "when_not_met": "lapse"}
    demo = await judged(world, tenure=rules, requirement=rolling)
    for number in range(5):
        await demo.join(f"member-{number}", joined_on=f"2025-0{5 + number // 2}-05")
    seen: list[str] = []
    path = "/renewals?limit=2&on=2026-12-01"
    while True:
        answer = (await demo.get(path)).json()
        seen += [one["ambassador"] for one in answer["items"]]
        if answer["next"] is None:
            break
        path = f"/renewals?limit=2&on=2026-12-01&cursor={answer['next']}"
    assert seen == [f"member-{number}" for number in range(5)]


async def test_an_open_ended_membership_lapses_when_the_rolling_requirement_fails(
    world: World,
) -> None:
    rolling = asking(one={"measure": "contributions", "at_least": 1, "within": "P6M"})
    rules = {"clock": "none", "when_not_met": "lapse", "grace": "P30D"}
    demo = await judged(world, tenure=rules, requirement=rolling)
    await demo.join(joined_on="2025-12-01")
    await did(demo, "2025-12-10")
    # It holds until 9 June, can be made up for on the 10th, and the grace ends on 10 July.
    for days in (100, 9, 20):
        world.clock.pass_(days=days)
        assert await run(demo) == NOTHING | {"waiting": 1}
    world.clock.pass_(days=200)
    assert await run(demo) == NOTHING | {"lapsed": 1}
    (tenure,) = await demo.tenures()
    assert (tenure["outcome"], tenure["outcome_on"]) == ("lapsed", "2026-07-11")
    assert (tenure["last_day"], tenure["counted"]) == ("2026-07-10", [])


async def test_a_preview_says_what_a_run_does_and_changes_nothing(world: World) -> None:
    demo = await three(world)
    foreseen = await preview(demo, "?on=2026-06-04")
    assert foreseen == {
        "on": "2026-06-04",
        "policy_version": 1,
        "summary": {"renewed": 1, "lapsed": 1, "asked": 1, "waiting": 0},
        "difference": None,
    }
    assert await demo.told() == ["tenure.started"] * 3
    world.clock.pass_(days=93)
    assert await run(demo) == foreseen["summary"]


async def test_a_preview_compares_two_policies(world: World) -> None:
    demo = await three(world)
    await replace_policy(demo, requirement=FOUR)
    found = await preview(demo, "?on=2026-06-04&against=1")
    amaras = (await demo.tenures())[0]["id"]
    assert found["difference"] == {
        "against": 1,
        "summary": {"renewed": 1, "lapsed": 1, "asked": 1, "waiting": 0},
        "sentence": "Under version 2, one more would lapse and one fewer would be renewed.",
        "count": 1,
        "changed": [
            {"ambassador": "amara", "tenure": amaras, "before": "renewed", "after": "lapsed"}
        ],
    }
    back = (await preview(demo, "?on=2026-06-04&version=1"))["difference"]
    assert (
        back["sentence"] == "Under version 1, one fewer would lapse and one more would be renewed."
    )
    same = (await preview(demo, "?on=2026-04-01&version=1"))["difference"]
    assert (same["count"], same["changed"]) == (0, [])
    assert (await demo.get("/renewals/preview?version=9")).status_code == 404


async def test_nothing_is_due_where_nobody_has_a_tenure(world: World) -> None:
    demo = await tenured(world, tenure=None)
    await demo.join()
    assert await due(demo) == []
    assert await run(demo) == NOTHING
    assert (await preview(demo))["summary"] == NOTHING


async def test_nothing_is_decided_in_advance_or_in_an_archive(world: World) -> None:
    demo = await three(world)
    refused = await demo.post("/renewals/run", {"on": "2026-03-04"})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/on"
    assert (await demo.patch("", {"status": "archived"})).status_code == 200
    assert (await demo.post("/renewals/run", {})).status_code == 409


async def test_only_managers_decide_and_only_staff_looks(world: World) -> None:
    demo = await three(world)
    reader = await world.token(Role.READER, "demo")
    assert (await demo.get("/renewals", reader)).status_code == 200
    assert (await demo.get("/renewals/preview", reader)).status_code == 403
    assert (await demo.post("/renewals/run", {}, reader)).status_code == 403
    own = await demo.oneself()
    assert (await demo.get("/renewals", own)).status_code == 403
    assert (await world.client.get(demo.base + "/renewals")).status_code == 401


async def test_two_runs_at_once_decide_each_tenure_once(world: World) -> None:
    demo = await judged(world)
    for number in range(12):
        await demo.join(f"member-{number}", joined_on="2025-05-05")
        if number % 2:
            await did(demo, "2025-06-01", f"member-{number}")
            await did(demo, "2025-07-01", f"member-{number}")
    world.clock.pass_(days=93)

    async def one() -> httpx.Response:
        return await demo.post("/renewals/run", {})

    answers = await asyncio.gather(*(one() for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    sums = {key: sum(answer.json()[key] for answer in answers) for key in ("renewed", "lapsed")}
    assert sums == {"renewed": 6, "lapsed": 6}
    told = await demo.told()
    assert (told.count("tenure.renewed"), told.count("tenure.lapsed")) == (6, 6)
