"""Renewals under fire: killed in between, two at once, and what changes meanwhile."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from bench import invented, standings
from domain import programs, renewals
from domain.call import transaction
from domain.renewals import Summary
from domain.store import standings as store
from tests.http.conftest import becomes
from tests.judged import did, judged, run
from tests.members import AMARA, Members
from tests.processes import CHANCERY, ROOT, environment
from tests.tenured import Tenured, crowd
from tests.world import World

MANY = 7


async def due(world: World) -> Tenured:
    """A program in which several have met it, and are due."""
    demo = await judged(world)
    for number in range(MANY):
        await demo.join(f"member-{number}", joined_on="2025-05-05")
        await did(demo, "2025-06-01", f"member-{number}")
        await did(demo, "2025-07-01", f"member-{number}")
    world.clock.pass_(days=70)
    return demo


async def outcomes(world: World) -> list[tuple[str, int]]:
    """How many tenures have which outcome."""
    rows = await world.rows("select outcome, count(*) as n from tenures group by 1 order by 1")
    return [(row["outcome"], row["n"]) for row in rows]


DUE = """select count(*) as n from tenures where outcome is null and last_day <= '2026-01-01'"""
DONE = [("renewed", MANY), (None, MANY)]


async def test_a_tenure_that_a_run_begins_and_finds_due_is_counted_once(world: World) -> None:
    demo = await judged(world)
    await demo.join()
    for day in ("2026-04-01", "2026-05-01"):
        await did(demo, day)
    world.clock.pass_(days=2 * 365 + 10)
    # The first year was met, and the second one ended a few days ago.
    assert await run(demo) == Summary(renewed=1, waiting=1)
    assert await run(demo) == Summary(waiting=1)


async def test_a_run_that_was_killed_is_completed_by_the_next_one(
    world: World, database_url: str, owner_url: str
) -> None:
    slug, many = "tenures-2000", 2000
    await programs.create(world.call(), programs.Draft(slug, None, standings.POLICY))
    program = await programs.get(world.call(), slug)
    await world.rows(invented.PEOPLE, many)
    await standings.fill(owner_url, program.id, many)
    process = await asyncio.create_subprocess_exec(
        *(*CHANCERY, "renewals", slug, "--on", "2026-01-01"),
        env=environment(database_url=database_url),
        cwd=ROOT,
    )

    async def begun() -> bool:
        return dict(await outcomes(world)).get("renewed", 0) > 0

    await becomes(begun, True, seconds=60)
    process.kill()
    await process.wait()
    killed_at = dict(await outcomes(world))
    await renewals.run(world.call(), slug, on=date(2026, 1, 1))
    done = dict(await outcomes(world))
    assert 0 < killed_at["renewed"] < done["renewed"]
    assert done["renewed"] > many // 2
    (twice,) = await world.rows(
        "select count(*) as n, count(distinct subject_id) as tenures"
        "  from events where type = 'tenure.renewed'"
    )
    assert twice["n"] == twice["tenures"] == done["renewed"]
    (open_ones,) = await world.rows("select count(*) as n from tenures where outcome is null")
    (active,) = await world.rows("select count(*) as n from ambassadors where status = 'active'")
    assert open_ones["n"] == active["n"]
    assert await renewals.run(world.call(), slug, on=date(2026, 1, 1)) == Summary(
        waiting=(await world.rows(DUE))[0]["n"]
    )


async def test_two_at_once_share_the_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = await due(world)
    monkeypatch.setattr(renewals, "BATCH", 2)
    done = await asyncio.gather(*(run(demo) for _ in range(3)))
    assert sum(one.renewed for one in done) == MANY
    assert await outcomes(world) == DONE
    (counted,) = await world.rows(
        "select count(*) as n, count(distinct contribution_id) as different"
        " from tenure_contributions"
    )
    assert counted["n"] == counted["different"] == 2 * MANY


async def test_what_is_withdrawn_at_the_last_moment_counts_for_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = await judged(world)
    await demo.join(joined_on="2025-05-05")
    gone = await did(demo, "2025-06-01")
    await did(demo, "2025-07-01")
    world.clock.pass_(days=100)
    keep, times = store.keep, list[int]()

    async def late(*arguments: Any) -> set[Any]:
        if not times:
            await world.rows(
                "update contributions set status = 'withdrawn' where id = $1::text::uuid", gone
            )
        times.append(1)
        return await keep(*arguments)

    monkeypatch.setattr(store, "keep", late)
    assert await run(demo) == Summary(lapsed=1)
    assert [one["outcome"] for one in await demo.tenures()] == ["lapsed"]


async def test_what_counts_cannot_be_changed_while_it_is_decided(world: World) -> None:
    demo = await judged(world)
    await demo.join()
    (one, other) = [await did(demo, "2026-03-03"), await did(demo, "2026-03-03", status="declined")]
    program = (await world.rows("select id from programs"))[0]["id"]
    ids = [row["id"] for row in await world.rows("select id from contributions")]
    async with transaction(world.call()) as tx:
        assert {str(id) for id in await store.keep(tx, program, ids)} == {one}
        async with asyncio.timeout(5):
            await world.rows(
                "update contributions set title = 'x' where id = $1::text::uuid", other
            )
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await world.rows(
                    "update contributions set title = 'x' where id = $1::text::uuid", one
                )


async def test_who_leaves_meanwhile_is_left_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = await due(world)
    gather, times = renewals.tenure_cases.gather, list[int]()

    async def slow(*arguments: Any, **named: Any) -> Any:
        cases = await gather(*arguments, **named)
        if not times:
            times.append(1)
            left = await demo.status("emeritus", "member-0")
            assert left.status_code == 200
            hidden = await demo.status("suspended", "member-1")
            assert hidden.status_code == 200
        return cases

    monkeypatch.setattr(renewals.tenure_cases, "gather", slow)
    assert await run(demo) == Summary(renewed=MANY - 2)
    assert await demo.days("member-0") == [("2025-05-05", "2026-05-04", "ended")]
    assert await demo.days("member-1") == [("2025-05-05", "2026-05-04", None)]


async def test_a_rename_and_a_merge_change_no_outcome(world: World) -> None:
    demo = await judged(world)
    await demo.join(joined_on="2025-05-05")
    await did(demo, "2025-06-01")
    await demo.join("twin", joined_on="2025-05-05")
    (people,) = await world.rows(
        """select (select person_id from ambassadors where handle = 'amara') as kept,
                  (select person_id from ambassadors where handle = 'twin') as merged"""
    )
    # The twin is no ambassador of the program any more: only the contribution was theirs.
    await did(demo, "2025-07-01", "twin")
    for table in ("tenures", "directory_entries"):
        await world.rows(
            f"delete from {table} where ambassador_id ="
            " (select id from ambassadors where handle = 'twin')"
        )
    await world.rows("delete from ambassadors where handle = 'twin'")
    assert (await demo.patch("/ambassadors/amara", {"handle": "zara"})).status_code == 200
    owner = await world.token()
    body = {"kept": str(people["kept"]), "merged": str(people["merged"])}
    made = await world.client.post("/v1/merges", json=body, headers=owner.headers)
    assert made.status_code == 201, made.text
    world.clock.pass_(days=70)
    assert await run(demo) == Summary(renewed=1)
    assert len((await demo.tenures("zara"))[1]["counted"]) == 2
    # Undone, the outcome and what counted for it stay.
    undone = await world.client.post(
        f"/v1/merges/{made.json()['id']}/undo", json={}, headers=owner.headers
    )
    assert undone.status_code < 300, undone.text
    assert await run(demo) == Summary()
    assert [one["outcome"] for one in await demo.tenures("zara")] == [None, "renewed"]


async def test_importing_again_changes_no_outcome(world: World) -> None:
    demo = await judged(world)
    file = Members(world, demo.staff, "demo")
    first = await file.send(AMARA, as_of="2025-05-05", joined_known="true")
    assert first.status_code == 200, first.text
    await world.rows("update tenures set origin = 'live'")
    later = AMARA.replace("June", "October")
    await file.load(later, as_of="2026-01-01")
    one = await did(demo, "2025-07-01", "amara-okafor")
    world.clock.pass_(days=70)
    assert await run(demo) == Summary(renewed=1)
    before = await demo.tenures("amara-okafor")
    assert one in before[1]["counted"]
    assert len(before[1]["counted"]) == 2
    again = await file.send(later, as_of="2026-05-12")
    assert again.status_code == 200, again.text
    # What counted is corrected no more, whatever the file says now.
    await file.send(AMARA, as_of="2026-05-12")
    assert await run(demo) == Summary()
    assert await demo.tenures("amara-okafor") == before


async def test_many_are_judged_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = await judged(world)
    await crowd(world, "demo", 5)
    world.clock.pass_(days=500)
    monkeypatch.setattr(renewals, "BATCH", 2)
    await world.rows("update tenures set first_day = '2025-03-03', last_day = '2026-03-02'")
    done = await run(demo)
    assert done.lapsed + done.asked + done.waiting == len(await world.rows("select from tenures"))
