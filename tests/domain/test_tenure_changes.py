"""Many tenures at a time: what is written, and that the database holds what the rules promise."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

import asyncpg
import pytest

from domain import programs, tenures
from domain.call import transaction
from domain.rules.clocks import Period
from domain.rules.tenures import TenureOutcome
from domain.store import ambassadors as ambassador_store
from domain.store import tenures as store
from domain.tenures import Closing
from tests.posting import named, post
from tests.tenured import crowd, tenured
from tests.world import NOW, World

TODAY = NOW.date()
NEXT = Period(date(2027, 3, 3), date(2028, 3, 2))


async def ids(world: World) -> list[UUID]:
    rows = await world.rows("select id from ambassadors order by id")
    return [row["id"] for row in rows]


async def close(
    world: World, outcome: TenureOutcome, following: Period | None, *counted: UUID
) -> None:
    """Close the tenures of everybody, as the renewals do."""
    async with transaction(world.call()) as tx:
        program = await programs.find_open(tx, "demo")
        everybody = [
            one.id for one in await ambassador_store.lock_many(tx, program.id, await ids(world))
        ]
        held = await store.lock_open(tx, program.id, everybody)
        await tenures.close_many(
            tx,
            program,
            [
                Closing(one, outcome, TODAY, "By rule.", counted=counted, following=following)
                for one in held
            ],
        )


async def test_many_are_renewed_at_once(world: World) -> None:
    await tenured(world)
    await crowd(world, "demo", 30, joined_on=TODAY)
    talk = await post(world, *named("github:7"))
    await close(world, TenureOutcome.RENEWED, NEXT, talk)
    rows = await world.rows(
        "select outcome, decided_by, version, first_day, last_day, count(*)"
        " from tenures group by 1, 2, 3, 4, 5 order by first_day"
    )
    assert [tuple(row) for row in rows] == [
        ("renewed", None, 2, date(2026, 3, 3), date(2027, 3, 2), 30),
        (None, None, 1, date(2027, 3, 3), date(2028, 3, 2), 30),
    ]
    counted = await world.rows(
        "select count(distinct tenure_id) as n from tenure_contributions where contribution_id=$1",
        talk,
    )
    assert counted[0]["n"] == 30
    for table, column in (("audit_entries", "action"), ("events", "type")):
        told = await world.rows(
            f"select {column} as what, count(*) as n from {table}"
            f" where starts_with({column}, 'tenure.') group by 1 order by 1"
        )
        assert [tuple(row) for row in told] == [("tenure.renewed", 30), ("tenure.started", 60)]
    with pytest.raises(asyncpg.UniqueViolationError, match="tenure_contributions_once_key"):
        await close(world, TenureOutcome.RENEWED, None, talk)


async def test_many_lapse_at_once_and_are_emeriti(world: World) -> None:
    demo = await tenured(world)
    await crowd(world, "demo", 10, joined_on=TODAY)
    await demo.status("suspended", "member-3")
    await demo.status("on_leave", "member-4")
    await close(world, TenureOutcome.LAPSED, None)
    rows = await world.rows(
        "select a.status, e.status as shown, count(*) from ambassadors a"
        " join directory_entries e on e.ambassador_id = a.id group by 1, 2 order by 1"
    )
    assert [tuple(row) for row in rows] == [
        ("emeritus", "emeritus", 9),
        ("suspended", "suspended", 1),
    ]
    (event,) = await world.rows(
        "select e.data from events e join ambassadors a on a.id = e.subject_id"
        " where type = 'ambassador.status_changed' and handle = 'member-5'"
    )
    assert event["data"] == {"before": "active", "after": "emeritus", "on": "2026-03-03"}
    off = await world.rows("select 1 from leaves where last_day is null")
    assert off == []


async def test_an_ambassador_has_one_open_tenure_and_none_overlap(world: World) -> None:
    await tenured(world)
    await crowd(world, "demo", 1, joined_on=TODAY)
    (one,) = await ids(world)
    insert = """insert into tenures
        (program_id, id, ambassador_id, first_day, last_day, policy_version, origin, outcome,
         outcome_on, version, created_at, updated_at)
        select program_id, gen_random_uuid(), id, $2, $3, 1, 'live', $4, $3, 1, now(), now()
          from ambassadors where id = $1"""
    with pytest.raises(asyncpg.ExclusionViolationError, match="tenures_overlap_excl"):
        await world.rows(insert, one, date(2025, 3, 3), date(2026, 3, 3), "ended")
    await world.rows(insert, one, date(2025, 3, 3), date(2026, 3, 2), "ended")
    with pytest.raises(asyncpg.CheckViolationError, match="tenures_period_check"):
        await world.rows(insert, one, date(2024, 3, 3), date(2024, 3, 1), "ended")
    with pytest.raises(asyncpg.UniqueViolationError, match="tenures_open_key"):
        await world.rows(
            """insert into tenures
               (program_id, id, ambassador_id, first_day, last_day, policy_version, origin,
                version, created_at, updated_at)
               select program_id, gen_random_uuid(), id, '2030-01-01', null, 1, 'live', 1, now(),
                      now() from ambassadors where id = $1""",
            one,
        )


async def test_batches_that_meet_wait_for_each_other(world: World) -> None:
    await tenured(world)
    await crowd(world, "demo", 20, joined_on=TODAY)
    await asyncio.gather(*(close(world, TenureOutcome.LAPSED, None) for _ in range(3)))
    (row,) = await world.rows("select count(*) as n, max(version) as version from tenures")
    assert tuple(row) == (20, 2)
