"""What grants do to the stock: reserved at the claim, given or released, and taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from domain import programs
from domain import stock_reservations as reservations
from domain.call import Transaction, transaction
from domain.errors import DomainError, Invalid, InvalidReference, OutOfStock
from domain.programs import Program
from domain.rules.stock import Retired
from domain.stock_reservations import Wanted
from domain.store.stock_movements import Movement
from tests.stocked import URL, Stock, code, grants, stock
from tests.world import NOW, World

TODAY = NOW.date()
WAITING = """
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
"""


@pytest.fixture
async def shirts(world: World) -> Stock:
    """T-shirts and stickers in two storages; mugs of one kind at an event only."""
    made = await stock(world)
    await made.item("t-shirt", "m", "xl")
    await made.item("sticker")
    await made.item("mug")
    for place in ("office", "storeroom"):
        await made.place(place)
    await made.place("paris", "event")
    await made.received(3, "t-shirt/m", "office")
    await made.received(5, "t-shirt/m", "storeroom")
    await made.received(5, "sticker", "office")
    await made.received(5, "sticker", "storeroom")
    await made.received(9, "mug", "office")
    await made.move("moved", 9, "mug", from_place="office", to_place="paris")
    return made


@asynccontextmanager
async def changing(world: World) -> AsyncGenerator[tuple[Transaction, Program]]:
    async with transaction(world.call()) as tx:
        yield tx, await programs.find_open(tx, "demo")


async def reserve(world: World, grant: UUID, *wanted: Wanted) -> list[Movement]:
    async with changing(world) as (tx, program):
        return await reservations.reserve(tx, program, grant, wanted, TODAY)


async def give(world: World, grant: UUID, place: str | None = None) -> list[Movement]:
    async with changing(world) as (tx, program):
        return await reservations.give(tx, program, grant, TODAY, place)


async def take_back(world: World, grant: UUID, place: str | None = None) -> list[Movement]:
    async with changing(world) as (tx, program):
        return await reservations.take_back(tx, program, grant, TODAY, place)


async def release(world: World, *them: UUID) -> list[Movement]:
    async with changing(world) as (tx, program):
        return await reservations.release_many(tx, program.id, them, TODAY)


def kinds(made: Sequence[Movement]) -> list[tuple[str, int]]:
    return [(one.kind.value, one.quantity) for one in made]


async def test_each_line_comes_from_the_place_with_the_most(shirts: Stock) -> None:
    (grant,) = await grants(shirts.world, 1)
    made = await reserve(shirts.world, grant, Wanted("t-shirt", "m", 2), Wanted("sticker", None, 4))
    assert kinds(made) == [("reserved", 2), ("reserved", 4)]
    assert {one.grant_id for one in made} == {grant}
    # Of stickers both have as many: the first by its code.
    assert await shirts.balance(place_kind="storage") == {
        "mug/standard/office": (0, 0),
        "sticker/standard/office": (5, 4),
        "sticker/standard/storeroom": (5, 0),
        "t-shirt/m/office": (3, 0),
        "t-shirt/m/storeroom": (5, 2),
    }
    assert await shirts.balance() == await shirts.ledger()


async def test_no_line_is_put_together_from_two_places(shirts: Stock) -> None:
    (grant,) = await grants(shirts.world, 1)
    with pytest.raises(OutOfStock, match="has 5 of t-shirt/m, and 6 are needed"):
        await reserve(shirts.world, grant, Wanted("sticker", None, 1), Wanted("t-shirt", "m", 6))
    # All or nothing.
    assert await shirts.balance(item="sticker", place="office") == {
        "sticker/standard/office": (5, 0)
    }


async def test_what_is_at_an_event_is_reserved_for_nobody(shirts: Stock) -> None:
    (grant,) = await grants(shirts.world, 1)
    with pytest.raises(OutOfStock):
        await reserve(shirts.world, grant, Wanted("mug", None, 1))
    with pytest.raises(OutOfStock, match="no stock item 'cup'"):
        await reserve(shirts.world, grant, Wanted("cup", None, 1))
    with pytest.raises(OutOfStock, match="No place has any of t-shirt/xl"):
        await reserve(shirts.world, grant, Wanted("t-shirt", "xl", 1))


async def test_an_item_with_several_variants_needs_a_choice(shirts: Stock) -> None:
    (grant,) = await grants(shirts.world, 1)
    for variant in (None, "s"):
        with pytest.raises(Invalid) as refused:
            await reserve(shirts.world, grant, Wanted("t-shirt", variant, 1))
        assert [fault.pointer for fault in refused.value.faults] == ["/choices/t-shirt"]


async def test_what_is_retired_gives_nothing(shirts: Stock) -> None:
    client, by = shirts.world.client, shirts.by.headers
    (grant,) = await grants(shirts.world, 1)
    retired = {"retired": True}
    await client.patch(f"{URL}/places/storeroom", json=retired, headers=by)
    (made,) = await reserve(shirts.world, grant, Wanted("t-shirt", "m", 1))
    office = await shirts.get("places/office")
    assert str(made.from_place_id) == office["id"]
    await client.put(f"{URL}/items/t-shirt/variants/m", json=retired, headers=by)
    with pytest.raises(OutOfStock):
        await reserve(shirts.world, grant, Wanted("t-shirt", "m", 1))
    await client.patch(f"{URL}/items/sticker", json=retired, headers=by)
    with pytest.raises(OutOfStock):
        await reserve(shirts.world, grant, Wanted("sticker", None, 1))
    # What was promised before is kept, and what nobody wants is free again.
    assert kinds(await give(shirts.world, grant)) == [("released", 1), ("given", 1)]


async def test_releasing_makes_free_once(shirts: Stock) -> None:
    one, other, third = await grants(shirts.world, 3)
    for grant in (one, other):
        await reserve(shirts.world, grant, Wanted("t-shirt", "m", 2), Wanted("sticker", None, 1))
    assert len(await release(shirts.world, one, other, third)) == 4
    assert await release(shirts.world, one, other, third) == []
    assert await release(shirts.world) == []
    assert {reserved for _, reserved in (await shirts.balance()).values()} == {0}
    assert await shirts.balance() == await shirts.ledger()


async def test_what_is_reserved_is_given_from_there_or_from_elsewhere(shirts: Stock) -> None:
    one, other = await grants(shirts.world, 2)
    for grant in (one, other):
        await reserve(shirts.world, grant, Wanted("t-shirt", "m", 1))
    assert kinds(await give(shirts.world, one)) == [("released", 1), ("given", 1)]
    assert await give(shirts.world, one) == []
    assert kinds(await give(shirts.world, other, "office")) == [("released", 1), ("given", 1)]
    assert await shirts.balance(item="t-shirt") == {
        "t-shirt/m/office": (2, 0),
        "t-shirt/m/storeroom": (4, 0),
    }
    assert await shirts.balance() == await shirts.ledger()


async def test_another_place_has_to_be_a_storage_that_has_it(shirts: Stock) -> None:
    (grant,) = await grants(shirts.world, 1)
    await reserve(shirts.world, grant, Wanted("t-shirt", "m", 4))
    for place, refusal in (
        ("nowhere", InvalidReference),
        ("paris", Invalid),
        ("office", OutOfStock),
    ):
        with pytest.raises(refusal):
            await give(shirts.world, grant, place)
    retired = {"retired": True}
    by = shirts.by.headers
    await shirts.world.client.patch(f"{URL}/places/office", json=retired, headers=by)
    with pytest.raises(Retired):
        await give(shirts.world, grant, "office")
    assert await shirts.balance(item="t-shirt", place="storeroom") == {
        "t-shirt/m/storeroom": (5, 4)
    }


async def test_what_was_given_comes_back_once(shirts: Stock) -> None:
    one, other = await grants(shirts.world, 2)
    for grant in (one, other):
        await reserve(shirts.world, grant, Wanted("t-shirt", "m", 2))
        await give(shirts.world, grant)
    assert kinds(await take_back(shirts.world, one)) == [("returned", 2)]
    assert await take_back(shirts.world, one) == []
    with pytest.raises(Invalid):
        await take_back(shirts.world, other, "paris")
    # Both had as many when the second was reserved, so it came from the office.
    await take_back(shirts.world, other, "storeroom")
    assert await shirts.balance(item="t-shirt") == {
        "t-shirt/m/office": (1, 0),
        "t-shirt/m/storeroom": (7, 0),
    }


async def test_nothing_comes_back_to_a_retired_place(shirts: Stock) -> None:
    (grant,) = await grants(shirts.world, 1)
    await reserve(shirts.world, grant, Wanted("t-shirt", "m", 2))
    await give(shirts.world, grant)
    path, by = f"{URL}/places/storeroom", shirts.by.headers
    await shirts.world.client.patch(path, json={"retired": True}, headers=by)
    with pytest.raises(Retired, match="say to which place"):
        await take_back(shirts.world, grant)
    assert kinds(await take_back(shirts.world, grant, "office")) == [("returned", 2)]


async def test_entries_of_a_grant_are_put_right_at_the_grant(shirts: Stock) -> None:
    (grant,) = await grants(shirts.world, 1)
    (made,) = await reserve(shirts.world, grant, Wanted("t-shirt", "m", 2))
    refused = await shirts.post(f"movements/{made.id}/reversal", {"reason": "Wrong."})
    assert code(refused) == (409, "belongs_to_grant")


async def test_what_is_reserved_goes_nowhere_else(shirts: Stock) -> None:
    (grant,) = await grants(shirts.world, 1)
    await reserve(shirts.world, grant, Wanted("t-shirt", "m", 4))
    more = {"from_place": "storeroom", "recipient": "Giveaway"}
    refused = await shirts.try_move("given", 2, "t-shirt/m", **more)
    assert code(refused) == (409, "out_of_stock")
    assert "4 more are reserved" in refused.json()["detail"]
    await shirts.move("given", 1, "t-shirt/m", **more)


async def test_low_stock_is_announced_by_reservations(shirts: Stock) -> None:
    body, by = {"low_at": 3}, shirts.by.headers
    await shirts.world.client.patch(f"{URL}/items/t-shirt", json=body, headers=by)
    first, second = await grants(shirts.world, 2)
    await reserve(shirts.world, first, Wanted("t-shirt", "m", 4))
    assert await shirts.told("stock.low") == []
    await reserve(shirts.world, second, Wanted("t-shirt", "m", 2))
    low = {"item": "t-shirt", "variant": "m", "available": 2, "low_at": 3}
    assert await shirts.told("stock.low") == [low]
    # What was reserved and is given now was counted already.
    await give(shirts.world, second)
    assert len(await shirts.told("stock.low")) == 1


async def test_two_connections_reserve_the_last_one_once(shirts: Stock) -> None:
    """The second waits for the first, and sees what it left."""
    world = shirts.world
    one, other = await grants(world, 2)
    reserved, waits = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with changing(world) as (tx, program):
            await reservations.reserve(tx, program, one, [Wanted("t-shirt", "m", 5)], TODAY)
            reserved.set()
            await waits.wait()

    async def second() -> str:
        await reserved.wait()
        try:
            await reserve(world, other, Wanted("t-shirt", "m", 4))
        except DomainError as error:
            return error.code
        return "reserved"

    async def until_it_waits() -> None:
        await reserved.wait()
        for _ in range(1000):
            if await world.rows(WAITING):
                break
            await asyncio.sleep(0.01)
        waits.set()

    _, told, _ = await asyncio.gather(first(), second(), until_it_waits())
    assert told == "out_of_stock"
    assert await shirts.balance(item="t-shirt") == {
        "t-shirt/m/office": (3, 0),
        "t-shirt/m/storeroom": (5, 5),
    }


async def test_grants_that_need_the_same_in_another_order_wait_for_nobody_for_ever(
    shirts: Stock,
) -> None:
    world = shirts.world
    await shirts.received(100, "t-shirt/m", "office")
    await shirts.received(100, "sticker", "office")
    them = await grants(world, 30)
    wanted = [Wanted("t-shirt", "m", 1), Wanted("sticker", None, 1)]
    await asyncio.gather(
        *(
            reserve(world, grant, *(wanted if number % 2 else reversed(wanted)))
            for number, grant in enumerate(them)
        )
    )
    await asyncio.gather(*(give(world, grant) for grant in them[:15]), release(world, *them[15:]))
    assert await shirts.balance() == await shirts.ledger()
    assert await shirts.balance(by="variant", place_kind="storage") == {
        "mug/standard/": (0, 0),
        "sticker/standard/": (95, 0),
        "t-shirt/m/": (93, 0),
    }
