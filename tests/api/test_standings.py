"""Standings over HTTP: the answer, its reasons, and who is told."""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules.access import Permission, Role
from tests.judged import TWO, asking, did, judged, run, yearly
from tests.tenured import Tenured
from tests.world import Bearer, World

SHOWN = {"directory": {"standing": True}}


async def standing(
    demo: Tenured, on: str | None = None, who: Bearer | None = None, handle: str = "amara"
) -> dict[str, Any]:
    """What is told of somebody's standing."""
    asked = f"?on={on}" if on else ""
    answer = await demo.get(f"/ambassadors/{handle}/standing{asked}", who)
    assert answer.status_code == 200, answer.text
    return answer.json()


def condition(answer: dict[str, Any], group: str = "work") -> dict[str, Any]:
    """The first condition of a group."""
    found = {one["code"]: one for one in answer["details"]["groups"]}
    return found[group]["conditions"][0]


async def test_the_whole_answer_explains_itself(world: World) -> None:
    demo = await judged(world)
    await demo.join(joined_on="2025-05-05")
    good = await did(demo, "2025-06-01")
    waits = await did(demo, "2025-07-01", status="pending")
    declined = await did(demo, "2025-08-01", status="declined")
    before = await did(demo, "2025-05-04")
    (tenure,) = await demo.tenures()
    answer = await standing(demo)
    details = answer["details"]
    assert (answer["ambassador"], answer["on"], answer["state"]) == (
        "amara",
        "2026-03-03",
        "at_risk",
    )
    assert details["tenure"] == {
        "id": tenure["id"],
        "first_day": "2025-05-05",
        "last_day": "2026-05-04",
        "origin": "live",
        "outcome": None,
    }
    one = condition(answer)
    assert (one["needed"], one["counted"], one["awaiting"]) == (2, "1.00", "1.00")
    assert one["contributions"] == [good]
    assert {each["id"]: each["why"] for each in one["not_counted"]} == {
        waits: "pending",
        declined: "declined",
        before: "before_tenure",
    }
    assert details["missing"] == ["1 more contribution by 4 May 2026, 1 awaits review"]
    assert details["awaiting"] == [waits]
    assert (details["due_on"], details["grace_until"]) == ("2026-05-04", "2026-06-03")
    assert (details["met"], details["leave"], details["missing_eligibility"]) == (False, None, [])
    assert (details["approximate"], details["policy_version"]) == (False, 1)


@pytest.mark.parametrize(
    ("on", "state", "counted"),
    [
        ("2025-05-31", "not_recorded", "0.00"),
        ("2025-06-01", "on_track", "1.00"),
        ("2026-05-04", "at_risk", "1.00"),
        ("2026-05-05", "in_grace", "1.00"),
        ("2026-06-03", "in_grace", "1.00"),
        ("2026-06-04", "not_met", "1.00"),
    ],
)
async def test_any_day_can_be_asked_about(world: World, on: str, state: str, counted: str) -> None:
    demo = await judged(world)
    await demo.join(joined_on="2025-05-05")
    await did(demo, "2025-06-01")
    answer = await standing(demo, on)
    assert (answer["state"], condition(answer)["counted"]) == (state, counted)


async def test_what_counted_for_a_finished_tenure_is_told_and_counts_no_more(world: World) -> None:
    demo = await judged(world)
    await demo.join(joined_on="2025-05-05")
    used = sorted([await did(demo, "2025-06-01"), await did(demo, "2025-07-01")])
    world.clock.pass_(days=80)
    await run(demo)
    old = await standing(demo, "2026-05-04")
    assert (old["state"], old["details"]["tenure"]["outcome"]) == ("met", "renewed")
    assert sorted(condition(old)["contributions"]) == used
    new = await standing(demo)
    assert (new["state"], new["details"]["tenure"]["first_day"]) == ("not_recorded", "2026-05-05")
    assert {one["why"] for one in condition(new)["not_counted"]} == {"used_before"}


async def test_months_are_approximate(world: World) -> None:
    demo = await judged(world)
    await demo.join(joined_on="2025-05-05")
    await did(demo, "2025-05")
    answer = await standing(demo)
    assert answer["details"]["approximate"] is condition(answer)["approximate"] is True
    assert condition(answer)["counted"] == "1.00"


async def test_a_leave_is_told_and_moves_the_last_day(world: World) -> None:
    demo = await judged(world)
    await demo.join(joined_on="2025-05-05")
    body = {"first_day": "2026-03-01", "last_day": "2026-03-10", "reason": "Away."}
    assert (await demo.post("/ambassadors/amara/leaves", body)).status_code == 201
    answer = await standing(demo)
    assert answer["state"] == "on_leave"
    assert answer["details"]["leave"] == {"first_day": "2026-03-01", "last_day": "2026-03-10"}
    assert answer["details"]["tenure"]["last_day"] == "2026-05-14"
    later = await standing(demo, "2026-03-11")
    assert (later["state"], later["details"]["leave"]) == ("not_recorded", None)


async def test_what_is_required_of_everybody_and_missing_is_told(world: World) -> None:
    student = {"name": "Student", "required": True}
    demo = await judged(world, eligibility={"student": student, "speaker": {"name": "Speaker"}})
    await demo.join()
    assert (await standing(demo))["details"]["missing_eligibility"] == ["student"]
    path = demo.base + "/ambassadors/amara/eligibilities/student"
    held = {"expires_on": "2026-07-31"}
    put = await world.client.put(path, json=held, headers=demo.staff.headers)
    assert put.status_code in (200, 201), put.text
    assert (await standing(demo, "2026-07-31"))["details"]["missing_eligibility"] == []
    assert (await standing(demo, "2026-08-01"))["details"]["missing_eligibility"] == ["student"]


async def test_shares_split_what_a_type_counts(world: World) -> None:
    types = {"talk": {"name": "Talk", "area": "events", "counting": "split"}}
    demo = await judged(world, contribution_types=types)
    await demo.join(joined_on="2025-05-05")
    await demo.join("bruno", joined_on="2025-05-05")
    await did(demo, "2025-06-01", "amara", "bruno")
    assert condition(await standing(demo))["counted"] == "0.50"
    assert condition(await standing(demo, handle="bruno"))["counted"] == "0.50"


async def test_without_a_tenure_there_is_a_standing_all_the_same(world: World) -> None:
    rolling = asking(one={"measure": "contributions", "at_least": 1, "within": "P6M"})
    demo = await judged(world, tenure={"clock": "none"}, requirement=rolling)
    await demo.join(joined_on=None)
    answer = await standing(demo)
    assert answer["details"]["tenure"] is None
    assert condition(answer)["judged"] is False


async def test_everybody_has_their_own_and_the_staff_all(world: World) -> None:
    demo = await judged(world)
    await demo.join(joined_on="2025-05-05")
    await demo.join("bruno", joined_on="2025-05-05")
    assert (await standing(demo, who=await demo.oneself()))["details"] is not None
    reader = await world.token(Role.READER, "demo")
    assert (await standing(demo, who=reader))["details"] is not None
    path = "/ambassadors/amara/standing"
    for who in (await demo.oneself("bruno"), await world.token(None)):
        assert (await demo.get(path, who)).status_code == 404
    anonymous = await world.client.get(demo.base + path)
    assert (anonymous.status_code, anonymous.json()["code"]) == (404, "not_found")
    assert (await demo.get("/ambassadors/nobody/standing")).status_code == 404


async def test_the_public_sees_the_state_where_the_directory_shows_it(world: World) -> None:
    demo = await judged(world, **SHOWN)
    await demo.join(joined_on="2025-05-05")
    path = demo.base + "/ambassadors/amara/standing"
    answer = await world.client.get(path)
    assert answer.json() == {
        "ambassador": "amara",
        "on": "2026-03-03",
        "state": "not_recorded",
        "details": None,
    }
    await demo.status("suspended")
    assert (await world.client.get(path)).status_code == 404
    assert (await standing(demo, who=await demo.oneself()))["details"] is not None


async def test_an_old_handle_leads_to_the_new_one(world: World) -> None:
    demo = await judged(world, **SHOWN)
    await demo.join()
    assert (await demo.patch("/ambassadors/amara", {"handle": "zara"})).status_code == 200
    moved = await world.client.get(demo.base + "/ambassadors/amara/standing")
    assert moved.status_code == 308
    assert moved.headers["location"] == "/v1/programs/demo/ambassadors/zara/standing"


async def test_internal_points_tell_no_number(world: World) -> None:
    types = {
        "talk": {"name": "Talk", "area": "events", "points": 7},
        "article": {"name": "Article", "area": "content", "points": 0},
    }
    worth = asking(worth={"measure": "points", "at_least": 30})
    demo = await judged(
        world, contribution_types=types, requirement=worth, scoring={"internal": True}
    )
    await demo.join(joined_on="2025-05-05")
    await did(demo, "2025-06-01")
    await did(demo, "2025-06-02", type="article")
    told = await standing(demo)
    assert condition(told)["counted"] == "7.00"
    assert told["details"]["missing"] == ["23 more points by 4 May 2026"]
    limited = await world.token(
        Role.READER, "demo", permissions=[Permission.AMBASSADOR_READ, Permission.SELF_READ]
    )
    for who in (await demo.oneself(), limited):
        answer = await standing(demo, who=who)
        one = condition(answer)
        numbers = {name: one[name] for name in ("needed", "counted", "awaiting")}
        assert numbers == {"needed": None, "counted": None, "awaiting": None}
        assert (one["contributions"], one["not_counted"]) == ([], [])
        assert (one["measure"], one["met"]) == ("points", False)
        assert answer["details"]["missing"] == ["more points by 4 May 2026"]


async def test_a_day_that_is_none_is_refused(world: World) -> None:
    demo = await judged(world)
    await demo.join()
    refused = await demo.get("/ambassadors/amara/standing?on=2026-02-30")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["parameter"] == "on"
    for extreme in ("0001-01-01", "9999-12-31"):
        await standing(demo, extreme)


async def test_today_is_the_programs_day(world: World) -> None:
    demo = await judged(world, time_zone="Pacific/Kiritimati")
    await demo.join()
    assert (await standing(demo))["on"] == "2026-03-04"


async def test_a_rename_and_a_merge_change_nothing(world: World) -> None:
    demo = await judged(world, tenure=yearly(), requirement=asking(two=TWO))
    await demo.join(joined_on="2025-05-05")
    await did(demo, "2025-06-01")
    before = await standing(demo)
    await demo.patch("/ambassadors/amara", {"handle": "zara"})
    renamed = await standing(demo, handle="zara")
    assert renamed | {"ambassador": "amara"} == before
