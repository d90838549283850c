"""A program's days: in its own time zone, in order, each done once."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from domain import daily, jobs, programs
from domain.call import Call
from domain.jobs import Day
from domain.rules.access import WORKER
from tests.world import POLICY, World

TODAY = date(2026, 3, 3)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[tuple[UUID, date]]:
    """The days for which a step of the test's own was taken, in their order."""
    taken: list[tuple[UUID, date]] = []

    async def step(call: Call, program_id: UUID, on: date) -> None:
        taken.append((program_id, on))

    monkeypatch.setattr(daily, "STEPS", (*daily.STEPS, step))
    return taken


async def work(world: World, most: int = 1000) -> None:
    """Do what is in the queue, as a worker would."""
    for _ in range(most):
        rows = await world.rows("select id, payload from jobs where status = 'queued' order by id")
        if not rows:
            return
        for row in rows:
            day = msgspec.json.decode(row["payload"], type=Day)
            await daily.run(world.call(WORKER), day.program_id, day.on)
            await world.rows("delete from jobs where id = $1", row["id"])


async def test_a_program_begins_with_the_day_of_its_creation(
    world: World, done: list[tuple[UUID, date]]
) -> None:
    program = await world.program()
    for _ in range(2):
        await daily.ring(world.call())
        await work(world)
    assert done == [(program.id, TODAY)]
    world.clock.pass_(days=1)
    await daily.ring(world.call())
    await work(world)
    assert done == [(program.id, TODAY), (program.id, TODAY + timedelta(days=1))]


async def test_missed_days_are_made_up_for_in_order(
    world: World, done: list[tuple[UUID, date]]
) -> None:
    program = await world.program()
    await daily.ring(world.call())
    await work(world)
    world.clock.pass_(days=3)
    await asyncio.gather(*(daily.ring(world.call()) for _ in range(4)))
    # Only one day of a program is in the queue at a time.
    assert len(await world.rows("select from jobs")) == 1
    await work(world)
    assert done == [(program.id, TODAY + timedelta(days=n)) for n in range(4)]
    rows = await world.rows("select on_day from daily_runs order by on_day")
    assert [row["on_day"] for row in rows] == [on for _, on in done]


async def test_no_more_than_four_hundred_days_are_made_up_for(
    world: World, done: list[tuple[UUID, date]]
) -> None:
    program = await world.program()
    await world.rows(
        "insert into daily_runs (program_id, on_day, done_at) values ($1, '2020-01-01', now())",
        program.id,
    )
    await daily.ring(world.call())
    await work(world, most=2)
    first = TODAY - timedelta(days=399)
    assert [on for _, on in done] == [first, first + timedelta(days=1)]


async def test_a_day_begins_in_the_programs_own_time_zone(
    world: World, done: list[tuple[UUID, date]]
) -> None:
    world.clock.now = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)
    names = {"east": "Pacific/Auckland", "west": "America/Los_Angeles"}
    made = {
        slug: await world.program(slug, policy=POLICY | {"time_zone": zone})
        for slug, zone in names.items()
    }
    await daily.ring(world.call())
    await work(world)
    assert dict(done) == {
        made["east"].id: date(2026, 3, 4),
        made["west"].id: date(2026, 3, 3),
    }


async def test_a_day_that_is_done_is_not_done_again(
    world: World, done: list[tuple[UUID, date]]
) -> None:
    program = await world.program()
    for _ in range(3):
        await daily.run(world.call(WORKER), program.id, TODAY)
    assert done == [(program.id, TODAY)]


async def test_a_day_whose_step_fails_is_not_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = await world.program()

    async def step(call: Call, program_id: UUID, on: date) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(daily, "STEPS", (step,))
    with pytest.raises(ZeroDivisionError):
        await daily.run(world.call(WORKER), program.id, TODAY)
    assert await world.rows("select from daily_runs") == []


async def test_a_held_day_keeps_the_next_ones_back_until_it_is_dropped(
    world: World, done: list[tuple[UUID, date]]
) -> None:
    program = await world.program()
    other = await world.program("other")
    await daily.ring(world.call())
    await world.rows(
        "update jobs set status = 'failed' where starts_with(dedupe_key, 'daily:' || $1::uuid)",
        program.id,
    )
    await work(world)
    world.clock.pass_(days=1)
    await daily.ring(world.call())
    await work(world)
    assert done == [(other.id, TODAY), (other.id, TODAY + timedelta(days=1))]
    (row,) = await world.rows("select public_id from jobs")
    await jobs.drop(world.call(), row["public_id"], lambda version: None)
    await daily.ring(world.call())
    await work(world)
    assert done[2:] == [(program.id, TODAY + timedelta(days=1))]


async def test_an_archived_program_waits_until_it_is_reopened(
    world: World, done: list[tuple[UUID, date]]
) -> None:
    program = await world.program()
    await daily.ring(world.call())

    async def become(status: str) -> None:
        changes = programs.Changes(status=status)
        await programs.update(world.call(), "demo", changes, lambda version: None)

    await become("archived")
    await work(world)
    await daily.ring(world.call())
    await work(world)
    assert done == []
    await become("active")
    await daily.ring(world.call())
    await work(world)
    assert done == [(program.id, TODAY)]
