"""However somebody leaves a program, their leave of absence ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID

import pytest

from domain import (
    ambassadors,
    departures,
    erasure,
    imports,
    leaves,
    merges,
    people,
    programs,
    promotions,
)
from domain.departures import Departure
from domain.rules.ambassadors import AmbassadorStatus
from tests.members import AMARA, BRUNO
from tests.world import World

HANDLE = "amara-okafor"
GONE = timedelta(days=5)

WayOut = Callable[[World, UUID], Awaitable[object]]


def _any_version(version: int) -> None:
    del version


async def load(world: World, text: str) -> None:
    file = imports.File(text.encode(), "mirror", as_of=world.now.date())
    await imports.run(world.call(), "demo", file)


async def by_status(world: World, person_id: UUID) -> None:
    change = ambassadors.Status(AmbassadorStatus.REMOVED, "The code of conduct.")
    await ambassadors.change_status(world.call(), "demo", HANDLE, change, _any_version)


async def by_departure(world: World, person_id: UUID) -> None:
    await departures.depart(world.call(), "demo", HANDLE, Departure(), _any_version)


async def by_import(world: World, person_id: UUID) -> None:
    await load(world, BRUNO)


async def by_erasure(world: World, person_id: UUID) -> None:
    await erasure.erase(world.call(), person_id, "Asked by letter.", _any_version)


async def by_promotion(world: World, person_id: UUID) -> None:
    draft = promotions.Draft("other", None, "Went on.")
    await promotions.promote(world.call(), "demo", HANDLE, draft, _any_version)


async def unseen(world: World, person_id: UUID) -> None:
    """In a way that no code of today knows: the next day finds it."""
    await world.rows("update ambassadors set status = 'emeritus', status_on = $1", world.now.date())
    program = await programs.get(world.call(), "demo")
    await leaves.turn(world.call(), program.id, world.now.date())


async def away(world: World) -> UUID:
    """Amara on leave since today, without an end, and once more in autumn; Bruno is not."""
    await world.program()
    await world.program("other")
    await load(world, AMARA + BRUNO)
    for first, last in ((date(2026, 3, 3), None), (date(2026, 9, 1), date(2026, 9, 30))):
        await leaves.announce(world.call(), "demo", HANDLE, leaves.Draft(first, last, "A reason."))
    entry = await ambassadors.get(world.call(), "demo", HANDLE)
    assert entry.status is AmbassadorStatus.ON_LEAVE
    return entry.person_id


@pytest.mark.parametrize(
    "way_out", [by_status, by_departure, by_import, by_erasure, by_promotion, unseen]
)
async def test_leaving_ends_a_leave(way_out: WayOut, world: World) -> None:
    person_id = await away(world)
    world.clock.now += GONE
    await way_out(world, person_id)
    rows = await world.rows("select first_day, last_day from leaves")
    assert [tuple(row) for row in rows] == [(date(2026, 3, 3), date(2026, 3, 7))]
    told = await world.rows("select type from events where type like 'leave.%' order by seq")
    assert sorted(row["type"] for row in told[2:]) == ["leave.changed", "leave.removed"]


async def test_a_leave_and_a_status_at_once_agree(world: World) -> None:
    """Whoever comes first: who is on leave has one today, and who is active has none."""
    await world.program()
    await load(world, AMARA)
    back = ambassadors.Status(AmbassadorStatus.ACTIVE, "Back again.")
    draft = leaves.Draft(world.now.date(), None, None)
    for _ in range(5):
        await asyncio.gather(
            leaves.announce(world.call(), "demo", HANDLE, draft),
            ambassadors.change_status(world.call(), "demo", HANDLE, back, _any_version),
        )
        entry = await ambassadors.get(world.call(), "demo", HANDLE)
        running = await world.rows("select from leaves where last_day is null")
        assert (entry.status is AmbassadorStatus.ON_LEAVE) == bool(running)


async def test_merging_people_takes_their_leaves_along(world: World) -> None:
    person_id = await away(world)
    kept = await people.create(world.call(), people.Changes(name="Amara O"))
    await merges.create(world.call(), kept, person_id)
    _, rows = await leaves.page(world.call(), "demo", HANDLE, after=None, limit=10)
    assert len(rows) == 2
    assert (await ambassadors.get(world.call(), "demo", HANDLE)).person_id == kept
