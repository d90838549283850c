"""The ledger of the stock in the database itself: what it forbids, and what it adds up."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from domain.errors import Busy, Conflict, Invalid, OutOfStock
from domain.rules.stock import MOST, MovementKind
from domain.store.constraints import translate
from tests.stocked import Stock, grants, stock
from tests.world import NOW, World

INSERT = """
    insert into stock_movements (program_id, id, kind, variant_id, quantity, from_place_id,
                                 to_place_id, grant_id, occurred_on, reverses_id, import_key,
                                 recorded_at)
    values ((select id from programs where slug = 'demo'), $1, $2, $3, $4, $5, $6, $7, '2026-01-10',
            $8, $9, now())
"""


class Ledger:
    """Adds entries as the service's role does, past all of its rules."""

    def __init__(self, shirts: Stock, variant: UUID, places: list[UUID], grant: UUID) -> None:
        self.shirts, self.variant, self.places, self.grant = shirts, variant, places, grant

    async def add(
        self,
        kind: str,
        quantity: int,
        origin: UUID | None = None,
        target: UUID | None = None,
        *,
        grant: UUID | None = None,
        reverses: UUID | None = None,
        import_key: str | None = None,
    ) -> UUID:
        made = uuid4()
        await self.shirts.world.rows(
            INSERT,
            made,
            kind,
            self.variant,
            quantity,
            origin,
            target,
            grant,
            reverses,
            import_key,
        )
        return made


@pytest.fixture
async def ledger(world: World) -> Ledger:
    shirts = await stock(world)
    item = await shirts.item("shirt")
    made = [(await shirts.place(code))["id"] for code in ("office", "storeroom")]
    made.append((await shirts.place("paris", "event"))["id"])
    (grant,) = await grants(world, 1)
    variant = UUID(item["variants"][0]["id"])
    return Ledger(shirts, variant, [UUID(place) for place in made], grant)


@pytest.mark.parametrize(
    "sql",
    [
        "update stock_movements set quantity = 1",
        "delete from stock_movements",
        "truncate stock_movements",
        "update stock_balances set on_hand = 9",
        "delete from stock_balances",
        "truncate stock_balances",
        """insert into stock_balances (program_id, variant_id, place_id, on_hand, reserved)
           values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 0)""",
        "alter table stock_movements disable trigger stock_movements_count",
        "drop trigger stock_movements_count on stock_movements",
        """create or replace function count_stock_movement() returns trigger language plpgsql
           as 'begin return null; end'""",
    ],
)
async def test_the_service_changes_neither_what_was_entered_nor_the_sums(
    ledger: Ledger, sql: str
) -> None:
    await ledger.add("received", 5, None, ledger.places[0])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ledger.shirts.world.rows(sql)
    assert await ledger.shirts.balance() == {"shirt/standard/office": (5, 0)}


async def test_the_balances_are_the_sums_whatever_is_entered(ledger: Ledger) -> None:
    """Two hundred entries by chance, of every kind and with reversals; some are refused."""
    chance = random.Random(20260103)
    office, storeroom, paris = ledger.places
    ends: dict[str, Callable[[], tuple[UUID | None, UUID | None]]] = {
        "received": lambda: (None, chance.choice(ledger.places)),
        "returned": lambda: (None, chance.choice(ledger.places)),
        "given": lambda: (chance.choice(ledger.places), None),
        "reserved": lambda: (chance.choice(ledger.places), None),
        "released": lambda: (chance.choice(ledger.places), None),
        "moved": lambda: chance.choice(list(itertools.permutations((office, storeroom, paris), 2))),
        "adjusted": lambda: chance.choice([(office, None), (None, storeroom)]),
    }
    assert ends.keys() == {kind.value for kind in MovementKind}
    entered: list[tuple[UUID, str, int, UUID | None, UUID | None]] = []
    refused = 0
    for _ in range(200):
        if entered and chance.random() < 0.2:
            wrong, kind, quantity, origin, target = chance.choice(entered)
            quantity = -quantity
        else:
            wrong, kind = None, chance.choice(list(ends))
            quantity, (origin, target) = chance.randint(1, 9), ends[kind]()
        try:
            made = await ledger.add(
                kind, quantity, origin, target, grant=ledger.grant, reverses=wrong
            )
        except (asyncpg.CheckViolationError, asyncpg.UniqueViolationError):
            refused += 1
        else:
            if wrong is None:
                entered.append((made, kind, quantity, origin, target))
        assert (
            await ledger.shirts.world.rows(
                "select from stock_balances where reserved < 0 or on_hand < reserved"
            )
            == []
        )
    assert refused > 10
    assert len(entered) > 50
    assert await ledger.shirts.balance() == await ledger.shirts.ledger()


@pytest.mark.parametrize(
    ("kind", "quantity", "sides"),
    [
        ("received", 1, "from"),
        ("received", 1, "both"),
        ("given", 1, "to"),
        ("moved", 1, "to"),
        ("moved", 1, "same"),
        ("adjusted", 1, "both"),
        ("adjusted", 1, "none"),
        ("reserved", 1, "to"),
        ("reserved", 1, "from"),
        ("stolen", 1, "from"),
        ("received", 0, "to"),
        ("received", -1, "to"),
    ],
)
async def test_entries_that_say_nothing_are_refused(
    ledger: Ledger, kind: str, quantity: int, sides: str
) -> None:
    office, storeroom, _ = ledger.places
    ends = {
        "none": (None, None),
        "from": (office, None),
        "to": (None, office),
        "both": (office, storeroom),
        "same": (office, office),
    }
    await ledger.add("received", 5, None, office)
    with pytest.raises(asyncpg.CheckViolationError):
        await ledger.add(kind, quantity, *ends[sides])


async def violation(ledger: Ledger, *entry: Any, **more: Any) -> Conflict | Invalid:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await ledger.add(*entry, **more)
    error = translate(refused.value)
    assert isinstance(error, Conflict | Invalid)
    return error


async def test_each_violation_is_told_as_what_it_is(ledger: Ledger) -> None:
    office = ledger.places[0]
    first = await ledger.add("received", 5, None, office, import_key="a")
    assert isinstance(await violation(ledger, "given", 6, office), OutOfStock)
    held = await violation(ledger, "reserved", 6, office, grant=ledger.grant)
    assert isinstance(held, OutOfStock)
    await ledger.add("reserved", 5, office, grant=ledger.grant)
    assert isinstance(await violation(ledger, "given", 1, office), OutOfStock)
    assert isinstance(await violation(ledger, "received", MOST, None, office), Invalid)
    again = await violation(ledger, "received", 5, None, office, import_key="a")
    assert isinstance(again, Busy)
    await ledger.add("released", 5, office, grant=ledger.grant)
    await ledger.add("received", -5, None, office, reverses=first)
    await ledger.add("received", 5, None, office)
    twice = await violation(ledger, "received", -5, None, office, reverses=first)
    assert twice.code == "already_exists"


async def test_an_entry_is_of_its_own_program(ledger: Ledger) -> None:
    """Keys hold the program, so that nothing of another program can be named."""
    other = await ledger.shirts.world.program("other")
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await ledger.shirts.world.rows(
            """insert into stock_movements (program_id, id, kind, variant_id, quantity, to_place_id,
                                            occurred_on, recorded_at)
               values ($1, gen_random_uuid(), 'received', $2, 1, $3, '2026-01-10', $4)""",
            other.id,
            ledger.variant,
            ledger.places[0],
            NOW,
        )
