"""Reminders: events at the policy's offsets, each exactly once, and none that is pointless."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from domain import daily, programs, reminders
from domain.rules.access import WORKER
from tests.judged import asking, did, judged, run, yearly
from tests.tenured import Tenured
from tests.world import World

BOTH = {"ending": ["P60D", "P14D"], "at_risk": ["P90D"]}


async def reminding(world: World, offsets: dict[str, Any] = BOTH, **policy: Any) -> Tenured:
    """A program that reminds, and amara, whose tenure ends on 4 May 2026, in 62 days."""
    demo = await judged(world, tenure=yearly(reminders=offsets), **policy)
    await demo.join(joined_on="2025-05-05")
    return demo


async def remind(demo: Tenured, days: int = 0) -> None:
    """Let days pass, and send what is due."""
    world = demo.world
    world.clock.pass_(days=days)
    program = await programs.get(world.call(), demo.program)
    await reminders.send(world.call(WORKER), program.id, world.now.date())


async def sent(demo: Tenured) -> list[tuple[str, str]]:
    """The types of the reminders, and the days on which they were due, in their order."""
    rows = await demo.world.rows(
        "select type, data from events"
        " where type in ('tenure.ending', 'standing.at_risk') order by seq"
    )
    return [(row["type"], row["data"]["due_on"]) for row in rows]


RISK = ("standing.at_risk", "2026-02-03")
FIRST, LAST = ("tenure.ending", "2026-03-05"), ("tenure.ending", "2026-04-20")


async def test_each_is_sent_once_on_its_day(world: World) -> None:
    demo = await reminding(world)
    await remind(demo)
    assert await sent(demo) == [RISK]
    await remind(demo, days=1)
    await remind(demo, days=1)
    assert await sent(demo) == [RISK, FIRST]
    for days in (0, 1, 44, 1, 0):
        await remind(demo, days=days)
    assert await sent(demo) == [RISK, FIRST, LAST]
    (tenure,) = await demo.tenures()
    ending = await world.rows("select subject_id, data from events where type = 'tenure.ending'")
    assert {str(row["subject_id"]) for row in ending} == {tenure["id"]}
    assert ending[0]["data"] == {
        "ambassador_id": tenure["ambassador_id"],
        "due_on": "2026-03-05",
        "last_day": "2026-05-04",
    }


async def test_two_workers_send_it_once(world: World) -> None:
    demo = await reminding(world)
    await asyncio.gather(*(remind(demo) for _ in range(4)))
    assert await sent(demo) == [RISK]


async def test_after_downtime_only_what_is_still_of_use_is_sent(world: World) -> None:
    demo = await reminding(world)
    await remind(demo, days=50)
    assert sorted(await sent(demo)) == [RISK, LAST]
    await remind(demo)
    assert len(await sent(demo)) == 2


async def test_after_the_last_day_nothing_is(world: World) -> None:
    demo = await reminding(world)
    await remind(demo, days=63)
    assert await sent(demo) == []


async def test_the_missed_days_of_a_worker_send_nothing_late(world: World) -> None:
    demo = await reminding(world)
    program = await programs.get(world.call(), "demo")
    today = world.now.date()
    world.clock.pass_(days=50)
    for day in range(51):
        await daily.run(world.call(WORKER), program.id, today + timedelta(days=day))
    assert sorted(await sent(demo)) == [RISK, LAST]


async def test_who_meets_it_is_at_no_risk(world: World) -> None:
    demo = await reminding(world, {"at_risk": ["P90D"]})
    first = await did(demo, "2025-06-01")
    await did(demo, "2025-07-01")
    await remind(demo)
    assert await sent(demo) == []
    # What does not count after all puts them at risk, still in time.
    await world.rows(
        "update contributions set status = 'declined' where id = $1::text::uuid", first
    )
    await remind(demo, days=1)
    assert await sent(demo) == [RISK]


async def test_who_did_nothing_yet_is_at_risk_as_well(world: World) -> None:
    demo = await reminding(world, {"at_risk": ["P90D"]})
    await remind(demo)
    (told,) = await world.rows("select data from events where type = 'standing.at_risk'")
    assert told["data"]["meet_by"] == "2026-05-04"


async def test_a_leave_spares_and_moves_the_reminder(world: World) -> None:
    demo = await reminding(world, {"ending": ["P60D"]})
    body = {"first_day": "2026-03-03", "last_day": "2026-03-12", "reason": "Away."}
    assert (await demo.post("/ambassadors/amara/leaves", body)).status_code == 201
    for _ in range(11):
        await remind(demo)
        assert await sent(demo) == []
        world.clock.pass_(days=1)
    await remind(demo, days=1)
    # The tenure ends ten days later now.
    assert await sent(demo) == [("tenure.ending", "2026-03-15")]


async def test_a_moved_end_is_another_one(world: World) -> None:
    demo = await reminding(world, {"ending": ["P60D"]})
    await remind(demo, days=5)
    body = {"first_day": "2026-03-20", "last_day": "2026-03-21", "reason": "Away."}
    assert (await demo.post("/ambassadors/amara/leaves", body)).status_code == 201
    await remind(demo)
    assert await sent(demo) == [FIRST, ("tenure.ending", "2026-03-07")]


@pytest.mark.parametrize("status", ["suspended", "removed", "emeritus"])
async def test_who_is_out_is_told_nothing(world: World, status: str) -> None:
    demo = await reminding(world)
    await demo.status(status)
    await remind(demo)
    assert await sent(demo) == []


async def test_the_tenure_that_follows_has_reminders_of_its_own(world: World) -> None:
    demo = await reminding(world, {"ending": ["P14D"]})
    await did(demo, "2025-06-01")
    await did(demo, "2025-07-01")
    await remind(demo, days=60)
    world.clock.pass_(days=10)
    await run(demo)
    await remind(demo)
    assert await sent(demo) == [LAST]
    await remind(demo, days=350)
    assert await sent(demo) == [LAST, ("tenure.ending", "2027-04-20")]


async def test_a_rolling_requirement_warns_before_it_runs_out(world: World) -> None:
    rolling = asking(one={"measure": "contributions", "at_least": 1, "within": "P6M"})
    rules = {"clock": "none", "reminders": {"at_risk": ["P30D"]}}
    demo = await judged(world, tenure=rules, requirement=rolling)
    await demo.join(joined_on="2026-01-01")
    await remind(demo, days=80)
    assert await sent(demo) == []
    await remind(demo, days=30)
    assert await sent(demo) == [("standing.at_risk", "2026-05-31")]


async def test_without_offsets_nobody_is_reminded(world: World) -> None:
    demo = await reminding(world, {})
    await remind(demo, days=61)
    assert await sent(demo) == []
