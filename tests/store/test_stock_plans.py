"""The stock ledger is read along its indexes, however long it has become."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import pytest

from domain import programs
from domain.call import Call
from domain.rules.access import COMMAND_LINE
from domain.rules.stock import MovementKind
from domain.store import stock_balances
from domain.store import stock_movements as store
from domain.store.database import Database
from domain.store.query import Connection
from domain.store.stock_movements import Filter
from tests.database import OWNER, SERVICE, Databases, address
from tests.store.explain import Explaining, Plan
from tests.world import POLICY

Ask = Callable[[Connection], Awaitable[object]]
PlanOf = Callable[[Ask], Awaitable[Plan]]

ENTRIES, GRANTS = 60_000, 3_000


def named(letter: str, number: int) -> UUID:
    """The id of a row that `FILL` makes; those of the ledger go up."""
    return UUID(f"019a0000-0000-7000-800{letter}-{number:012}")


def rows(letter: str, number: str) -> str:
    return f"('019a0000-0000-7000-800{letter}-' || lpad(({number})::text, 12, '0'))::uuid"


FILL = f"""
    alter table stock_movements disable trigger stock_movements_count;
    insert into stock_items (program_id, id, code, name, retired, version, created_at, updated_at)
    select id, {rows("1", "i")}, 'item-' || i, 'Item', false, 1, now(), now()
      from programs, generate_series(0, 39) i;
    insert into stock_variants (program_id, id, item_id, code, retired, version, created_at,
                                updated_at)
    select id, {rows("2", "i")}, {rows("1", "i / 5")}, 'v-' || i % 5, false, 1, now(), now()
      from programs, generate_series(0, 199) i;
    insert into stock_places (program_id, id, code, name, kind, retired, version, created_at,
                              updated_at)
    select id, {rows("3", "i")}, 'place-' || i, 'Place',
           case when i < 5 then 'storage' else 'event' end, false, 1, now(), now()
      from programs, generate_series(0, 199) i;
    insert into people (id, name, languages, topics, links, hidden_fields, version, created_at,
                        updated_at)
    values ({rows("4", "1")}, 'Amara', '{{}}', '{{}}', '[]', '{{}}', 1, now(), now());
    insert into ambassadors (program_id, id, person_id, handle, status, hidden_fields, version,
                             created_at, updated_at)
    select id, {rows("5", "1")}, {rows("4", "1")}, 'amara', 'active', '{{}}', 1, now(), now()
      from programs;
    insert into grants (program_id, id, benefit, ambassador_id, occasion, number, status,
                        policy_version, choices, offered_at, version, updated_at)
    select id, {rows("6", "i")}, 'pack', {rows("5", "1")}, 'manager', i, 'offered', 1, '{{}}',
           now(), 1, now()
      from programs, generate_series(1, {GRANTS}) i;
    insert into stock_movements (program_id, id, kind, variant_id, quantity, from_place_id,
                                 to_place_id, grant_id, occurred_on, import_key, recorded_at)
    select p.id, {rows("7", "i")},
           case i % 4 when 0 then 'received' when 1 then 'moved' else 'reserved' end,
           {rows("2", "i % 200")}, 1, case when i % 4 > 0 then {rows("3", "i % 5")} end,
           case i % 4 when 0 then {rows("3", "i % 5")} when 1 then {rows("3", "5 + i % 195")} end,
           case when i % 4 > 1 then {rows("6", f"i % {GRANTS} + 1")} end,
           date '2024-01-01' + i / 60, case when i % 4 = 0 then 'file:' || i end, now()
      from programs p, generate_series(1, {ENTRIES}) i;
    insert into stock_balances (program_id, variant_id, place_id, on_hand, reserved)
    select p.id, {rows("2", "v")}, {rows("3", "s")}, 5, 1
      from programs p, generate_series(0, 199) v, generate_series(0, 9) s
"""


@pytest.fixture(scope="module")
def filled(databases: Databases) -> Iterator[tuple[str, UUID]]:
    """A database with a long ledger, and the address of the service's role."""
    with databases.fresh(databases.template, "stock") as name:
        owner, service = (address(databases.url, name, role) for role in (OWNER, SERVICE))

        async def fill() -> UUID:
            database = Database()
            await database.open(service, size=1)
            call = Call(database, COMMAND_LINE, datetime(2026, 3, 3, tzinfo=UTC), "test")
            await programs.create(call, programs.Draft("demo", None, POLICY))
            program_id = (await programs.get(call, "demo")).id
            await database.close(5)
            raw = await asyncpg.connect(owner)
            await raw.execute(FILL)
            await raw.execute("vacuum analyze")
            await raw.close()
            return program_id

        yield service, databases.run(fill)


@pytest.fixture
async def plan_of(filled: tuple[str, UUID]) -> AsyncIterator[PlanOf]:
    """Plans a store function's statement as the service's own pool would."""
    database = Database()
    await database.open(filled[0], size=1)

    async def plan(ask: Ask) -> Plan:
        async with database.connection() as raw:
            explaining = Explaining(raw)
            await ask(Connection(explaining))
        (made,) = explaining.plans
        return made

    yield plan
    await database.close(5)


@pytest.fixture(scope="module")
def program(filled: tuple[str, UUID]) -> UUID:
    return filled[1]


@pytest.mark.parametrize("before", [None, named("7", ENTRIES // 2)], ids=["first", "middle"])
@pytest.mark.parametrize(
    ("where", "variants", "index"),
    [
        (Filter(), None, "stock_movements_pkey"),
        (Filter(kind=MovementKind.MOVED), None, "stock_movements_pkey"),
        (Filter(), [named("2", 42)], "stock_movements_variant_idx"),
    ],
    ids=["all", "kind", "variant"],
)
async def test_the_ledger_is_paged_along_an_index(
    plan_of: PlanOf,
    program: UUID,
    where: Filter,
    variants: list[UUID] | None,
    index: str,
    before: UUID | None,
) -> None:
    plan = await plan_of(
        lambda tx: store.page(
            tx, program, where, variants=variants, place_id=None, before=before, limit=21
        )
    )
    assert plan.read_whole == []
    assert plan.sorts == []
    assert index in plan.indexes
    # The entries that put others right are looked up by what they put right.
    assert "stock_movements_reverses_key" in plan.indexes


@pytest.mark.parametrize(
    ("where", "place", "indexes"),
    [
        (Filter(grant_id=named("6", 7)), None, {"stock_movements_grant_idx"}),
        (
            Filter(),
            named("3", 77),
            {"stock_movements_from_idx", "stock_movements_to_idx"},
        ),
        (
            Filter(since=date(2025, 1, 1), until=date(2025, 1, 1)),
            None,
            {"stock_movements_day_idx"},
        ),
    ],
    ids=["grant", "place", "day"],
)
async def test_what_is_rare_is_found_by_its_own_index(
    plan_of: PlanOf, program: UUID, where: Filter, place: UUID | None, indexes: set[str]
) -> None:
    plan = await plan_of(
        lambda tx: store.page(
            tx, program, where, variants=None, place_id=place, before=None, limit=21
        )
    )
    assert plan.read_whole == []
    assert indexes <= plan.indexes


async def test_what_grants_hold_is_found_by_the_grants(plan_of: PlanOf, program: UUID) -> None:
    them = [named("6", number) for number in range(1, 20)]
    for plan in (
        await plan_of(lambda tx: store.reserved(tx, program, them)),
        await plan_of(lambda tx: store.given(tx, program, them[0])),
    ):
        assert plan.read_whole == []
        assert "stock_movements_grant_idx" in plan.indexes


async def test_imported_lines_are_found_by_their_keys(plan_of: PlanOf, program: UUID) -> None:
    plan = await plan_of(lambda tx: store.imported(tx, program, ["file:400"]))
    assert plan.read_whole == []
    assert plan.indexes == {"stock_movements_import_key"}


async def test_one_entry_is_found_by_its_id(plan_of: PlanOf, program: UUID) -> None:
    plan = await plan_of(lambda tx: store.get(tx, program, named("7", 4242)))
    assert plan.read_whole == []
    # Two indexes begin alike; either finds it.
    assert plan.indexes & {"stock_movements_pkey", "stock_movements_recent_idx"}


async def test_the_balances_of_what_is_held_need_not_the_ledger(
    plan_of: PlanOf, program: UUID
) -> None:
    """The sums are kept, so a claim costs the same however long the ledger is."""
    plan = await plan_of(
        lambda tx: stock_balances.of_variants(tx, program, [named("2", 1), named("2", 2)])
    )
    assert plan.indexes == {"stock_balances_pkey"}
