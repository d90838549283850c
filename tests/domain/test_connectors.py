"""What connectors have found is recorded by the rules of a post."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from msgspec.structs import replace

from domain import connectors, programs, sources
from domain.call import transaction
from domain.connectors import Recorded
from domain.contribution_posts import Line, bulk
from domain.programs import ProgramArchived
from domain.rules.access import source_actor
from domain.rules.connectors import EntryResult, Found
from domain.rules.contributions import Draft, Named
from domain.sources import NotYourSource, Shown
from tests.connected import FEED, connect
from tests.senders import Senders, senders
from tests.world import World

CREATED, REJECTED = EntryResult.CREATED, EntryResult.REJECTED
SKIPPED, UNCHANGED, UPDATED = EntryResult.SKIPPED, EntryResult.UNCHANGED, EntryResult.UPDATED


@pytest.fixture
async def demo(world: World) -> Senders:
    made = await senders(world)
    await connect(made, FEED)
    return made


def found(key: str, title: str | None = None, **more: object) -> Found:
    draft = Draft("article", title or f"About {key}", "2026-01-10", (Named(ambassador="amara"),))
    return Found(key, draft.title, replace(draft, **more))


async def source(demo: Senders, slug: str = "blog") -> Shown:
    return await sources.get(demo.world.call(), "demo", slug)


async def record(demo: Senders, given: Sequence[Found], *, dry_run: bool = False) -> list[Recorded]:
    one = await source(demo)
    return await connectors.record(demo.world.call(), "demo", one, given, dry_run=dry_run)


async def counts(demo: Senders) -> tuple[int, int, int, int]:
    (row,) = await demo.world.rows("select * from connectors")
    return row["created"], row["updated"], row["unchanged"], row["rejected"]


def results(recorded: Sequence[Recorded]) -> list[tuple[str, EntryResult]]:
    return [(one.key, one.result) for one in recorded]


async def test_each_is_told_in_order_and_counted(demo: Senders) -> None:
    given = [
        found("a"),
        Found("b", "A day off", skipped="It has no day."),
        found("c", type="unheard_of"),
        found("d", title="No"),
        found("e", participants=(Named(ambassador="nobody"),)),
    ]
    told = await record(demo, given)
    assert results(told) == [
        ("a", CREATED),
        ("b", SKIPPED),
        ("c", REJECTED),
        ("d", REJECTED),
        ("e", REJECTED),
    ]
    assert [one.why for one in told] == [
        None,
        "It has no day.",
        "The policy has no contribution type 'unheard_of'.",
        "Its title must be one line of 3 to 200 characters.",
        "There is no such ambassador in the program.",
    ]
    pointers = [one.error.faults[0].pointer for one in told if one.error]
    assert pointers == ["/type", "/title", "/participants/0/ambassador"]
    assert await counts(demo) == (1, 0, 0, 3)
    (row,) = await demo.world.rows("select id, submitted_by, source, key from contributions")
    assert (row["id"], row["submitted_by"]) == (told[0].contribution_id, None)
    assert (row["source"], row["key"]) == ("blog", "a")


async def test_the_same_again_changes_nothing_and_news_update(demo: Senders) -> None:
    await record(demo, [found("a"), found("b")])
    told = await record(demo, [found("a"), found("b", "Something else")])
    assert results(told) == [("a", UNCHANGED), ("b", UPDATED)]
    assert await counts(demo) == (2, 1, 1, 0)


async def test_what_people_have_settled_is_unchanged_with_a_word(demo: Senders) -> None:
    await record(demo, [found("a"), found("b"), found("c")])
    for key, column in (
        ("a", "touched_at = now()"),
        ("b", "status = 'withdrawn', waiting_for = null"),
    ):
        await demo.world.rows(f"update contributions set {column} where key = $1", key)
    told = await record(demo, [found(key, f"News of {key}") for key in "abc"])
    assert results(told) == [("a", UNCHANGED), ("b", UNCHANGED), ("c", UPDATED)]
    assert [one.why for one in told] == [
        "People have decided on it, or corrected it.",
        "It was withdrawn, and stays so.",
        None,
    ]
    assert await counts(demo) == (3, 1, 2, 0)


async def test_a_key_that_comes_twice_counts_once(demo: Senders) -> None:
    given = [
        found("a"),
        found("a"),
        found("a", "Something else"),
        found("b", type="unheard_of"),
        found("b", type="unheard_of"),
        Found("a", "", skipped="It has no day."),
    ]
    for first in (CREATED, UNCHANGED):
        told = await record(demo, given)
        assert results(told) == [
            ("a", first),
            ("a", UNCHANGED),
            ("a", REJECTED),
            ("b", REJECTED),
            ("b", REJECTED),
            ("a", SKIPPED),
        ]
    assert told[2].why == "Another entry before it has the same key."
    rows = await demo.world.rows("select title from contributions")
    assert [row["title"] for row in rows] == ["About a"]
    assert await counts(demo) == (1, 0, 3, 6)


async def test_a_dry_run_tells_the_same_and_writes_nothing(demo: Senders) -> None:
    await record(demo, [found("a"), found("b")])
    before = await everything(demo)
    given = [found("a"), found("b", "News"), found("c"), found("c"), found("d", title="No")]
    planned = await record(demo, given, dry_run=True)
    assert await everything(demo) == before
    done = await record(demo, given)
    assert results(planned) == results(done)
    assert [one.why for one in planned] == [one.why for one in done]
    assert await record(demo, [], dry_run=True) == []


async def everything(demo: Senders) -> list[list[str]]:
    tables = ("contributions", "contribution_participants", "events", "audit_entries", "connectors")
    found = [await demo.world.rows(f"select t::text from {table} t order by 1") for table in tables]
    return [[row["t"] for row in rows] for rows in found]


async def test_thousands_are_recorded_in_batches_by_several_at_once(demo: Senders) -> None:
    given = [found(f"k{number}") for number in range(2500)]
    told = await asyncio.gather(*(record(demo, given) for _ in range(3)))
    every = [one.result for some in told for one in some]
    assert (every.count(CREATED), every.count(UNCHANGED)) == (2500, 5000)
    (row,) = await demo.world.rows("select count(*) as n from contributions")
    assert row["n"] == 2500
    assert await counts(demo) == (2500, 0, 5000, 0)


async def test_a_connector_writes_to_its_own_source_alone(demo: Senders) -> None:
    one = await source(demo)
    actor = source_actor(one.slug, one.id)
    assert not actor.anonymous
    call = demo.world.call(actor)
    async with transaction(call) as tx:
        program = await programs.find(tx, "demo")
        assert (await sources.writable(tx, program, "blog")).id == one.id
        with pytest.raises(NotYourSource):
            await sources.writable(tx, program, "bot")
    told = [line async for batch in bulk(call, "demo", lines("bot")) for line in batch]
    assert [type(line.outcome.error) for line in told] == [NotYourSource]


async def lines(slug: str) -> AsyncIterator[list[Line]]:
    yield [Line(0, slug, "a", found("a").draft)]


async def test_nothing_is_recorded_in_an_archived_program(demo: Senders) -> None:
    one = await source(demo)
    await demo.world.rows("update programs set status = 'archived'")
    for dry_run in (False, True):
        with pytest.raises(ProgramArchived):
            await connectors.record(demo.world.call(), "demo", one, [found("a")], dry_run=dry_run)
