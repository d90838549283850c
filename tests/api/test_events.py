"""The event log: one stable order in which nothing is missed and nothing comes twice."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import pytest
from uuid_utils.compat import uuid7

from domain.rules.access import Role
from domain.store.events import INSERT
from tests.world import NOW, POLICY, World

if TYPE_CHECKING:
    CONNECTION = asyncpg.Connection[asyncpg.Record]


class Reader:
    """Follows the log over HTTP, and never forgets what it has seen."""

    def __init__(self, world: World, headers: dict[str, str], **query: Any) -> None:
        self.world, self.headers, self.query = world, headers, query
        self.seen: list[dict[str, Any]] = []

    async def look(self) -> list[dict[str, Any]]:
        answer = await self.world.client.get("/v1/events", params=self.query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        self.query["after"] = answer.json()["next"]
        self.seen += answer.json()["items"]
        return answer.json()["items"]

    async def until(self, enough: Callable[[list[str]], bool]) -> None:
        """Other tests on the same server have transactions too, which hold the log back."""
        async with asyncio.timeout(60):
            while not enough(self.slugs):
                if not await self.look():
                    await asyncio.sleep(0.02)

    @property
    def slugs(self) -> list[str]:
        return [event["data"].get("slug", "") for event in self.seen]


async def announce(writer: CONNECTION, slug: str) -> None:
    """Write an event on a connection of one's own, in whatever transaction that has."""
    await writer.execute(
        INSERT.sql, uuid7(), "program.created", None, uuid7(), f'{{"slug": "{slug}"}}', NOW
    )


@asynccontextmanager
async def connections(world: World, count: int) -> AsyncIterator[list[CONNECTION]]:
    opened = [await asyncpg.connect(world.owner_url) for _ in range(count)]
    try:
        yield opened
    finally:
        for connection in opened:
            connection.terminate()


@pytest.fixture
async def reader(world: World) -> Reader:
    """An owner who follows the log, two events at a time."""
    return Reader(world, (await world.token()).headers, limit=2)


async def test_who_commits_out_of_order_is_neither_missed_nor_repeated(
    world: World, reader: Reader
) -> None:
    async with connections(world, 2) as (slow, fast):
        began = slow.transaction()
        await began.start()
        await announce(slow, "first")
        await announce(fast, "second")
        for _ in range(5):
            assert await reader.look() == []
        await announce(slow, "third")
        await began.commit()
        await announce(fast, "fourth")
        await reader.until(lambda slugs: len(slugs) >= 4)
    assert reader.slugs == ["first", "third", "second", "fourth"]
    again = Reader(world, reader.headers, limit=100)
    await again.until(lambda slugs: len(slugs) >= 4)
    assert again.seen == reader.seen


async def test_a_writer_that_dies_holds_nothing_back(world: World, reader: Reader) -> None:
    async with connections(world, 3) as (dying, other, killer):
        await dying.transaction().start()
        await announce(dying, "lost")
        await announce(other, "kept")
        assert await reader.look() == []
        await killer.execute("select pg_terminate_backend($1)", dying.get_server_pid())
        await reader.until(lambda slugs: "kept" in slugs)
    assert reader.slugs == ["kept"]


async def test_a_change_that_is_rolled_back_is_not_announced(world: World, reader: Reader) -> None:
    async with connections(world, 1) as (writer,):
        began = writer.transaction()
        await began.start()
        await announce(writer, "never")
        await began.rollback()
        await announce(writer, "kept")
        await reader.until(lambda slugs: "kept" in slugs)
    assert reader.slugs == ["kept"]


async def test_eight_writers_at_once_and_a_reader_that_pages(world: World, reader: Reader) -> None:
    count = 40

    async def write(number: int, connection: CONNECTION) -> None:
        for turn in range(count):
            async with connection.transaction():
                await announce(connection, f"{number}-{turn}")
                # So that transactions overlap and end in another order than they began in.
                await asyncio.sleep(0.001 * ((number + turn) % 4))

    async with connections(world, 8) as writers:
        reading = asyncio.create_task(reader.until(lambda slugs: len(slugs) >= 8 * count))
        await asyncio.gather(*(write(number, each) for number, each in enumerate(writers)))
        await reading
    assert await reader.look() == []
    assert len(reader.slugs) == len(set(reader.slugs)) == 8 * count
    for number in range(8):
        own = [slug for slug in reader.slugs if slug.startswith(f"{number}-")]
        assert own == [f"{number}-{turn}" for turn in range(count)]


async def test_changes_over_http_are_followed(world: World, reader: Reader) -> None:
    slugs = [f"program-{number}" for number in range(6)]
    await asyncio.gather(
        *(
            world.client.post(
                "/v1/programs", json={"slug": slug, "policy": POLICY}, headers=reader.headers
            )
            for slug in slugs
        )
    )
    await reader.until(lambda seen: set(seen) >= set(slugs))
    assert sorted(reader.slugs) == slugs


async def test_there_is_always_a_place_to_go_on_from(world: World, reader: Reader) -> None:
    nothing = await world.client.get("/v1/events", headers=reader.headers)
    assert nothing.json()["items"] == []
    place = nothing.json()["next"]
    assert f"after={place}" in nothing.headers["link"]
    await world.program()
    reader.query["after"] = place
    await reader.until(lambda slugs: "demo" in slugs)
    still = await world.client.get("/v1/events", params=reader.query, headers=reader.headers)
    assert (still.json()["items"], bool(still.json()["next"])) == ([], True)


async def test_a_place_belongs_to_its_filters(world: World, reader: Reader) -> None:
    place = (await world.client.get("/v1/events", headers=reader.headers)).json()["next"]
    for query in (f"after={place}&type=program.created", f"after={place}x", "after=AAAA"):
        answer = await world.client.get(f"/v1/events?{query}", headers=reader.headers)
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "after")


async def test_by_type_and_by_program(world: World, reader: Reader) -> None:
    await world.program("demo")
    await world.program("other")
    await world.client.patch(
        "/v1/programs/demo", json={"status": "archived"}, headers=reader.headers
    )
    everything = Reader(world, reader.headers)
    await everything.until(lambda _: len(everything.seen) >= 3)

    async def types(**query: Any) -> list[tuple[str, str]]:
        found = await Reader(world, reader.headers, **query).look()
        return [(event["program"], event["type"]) for event in found]

    assert await types(type="program.updated") == [("demo", "program.updated")]
    assert len(await types(type=["program.updated", "program.created"])) == 3
    assert await types(program="other") == [("other", "program.created")]
    assert await types(program="nowhere") == []


async def test_each_reader_sees_their_own_programs(world: World, reader: Reader) -> None:
    await world.program("demo")
    await world.program("other")
    async with connections(world, 1) as (writer,):
        await announce(writer, "of the instance")
    await reader.until(lambda slugs: len(slugs) >= 3)
    tool = Reader(world, (await world.token(Role.INTEGRATION, "demo")).headers)
    await tool.look()
    assert tool.slugs == ["demo"]
    refused = await world.client.get("/v1/events?program=other", headers=tool.headers)
    assert refused.status_code == 403


async def test_what_was_looked_at_without_a_match_is_not_looked_at_again(
    world: World, reader: Reader
) -> None:
    """A reader of a rare type stands behind everything that there was, not at the beginning."""
    await world.program()
    await reader.until(lambda slugs: "demo" in slugs)
    rare = Reader(world, reader.headers, type="import.applied")
    assert await rare.look() == []
    everything = (await world.rows("select max(xid::text::bigint) as xid from events"))[0]["xid"]
    assert place_of(rare.query["after"]) > everything


def place_of(cursor: str) -> int:
    """The transaction in a cursor: 8 bytes of seal, then the place as JSON."""
    data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    return msgspec.json.decode(data[8:])["xid"]
