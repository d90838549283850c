"""Budgets on two connections: nobody reaches a percent unseen, and nobody warns twice."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

from domain import budgets, expenses, programs
from domain.call import transaction
from domain.expenses import ExpenseDraft, ExpenseKind
from domain.rules import money
from tests.spending import Spending, spending
from tests.world import World

HALF = ExpenseDraft(
    ExpenseKind.FEE, money.parsed("50.00", "USD", ""), date(2026, 3, 1), "Half of it."
)


async def warned(program: Spending) -> list[int]:
    return [one["percent"] for one in await program.events("budget.warned")]


async def program_id(world: World) -> UUID:
    return (await programs.get(world.call(), "demo")).id


async def test_who_comes_second_waits_and_sees_what_the_first_has_spent(world: World) -> None:
    program = await spending(world)
    await program.budget(amount="100.00", warn_at=[100])
    async with transaction(world.call()) as tx:
        await expenses.record_in(tx, await programs.find_open(tx, "demo"), HALF)
        second = asyncio.create_task(expenses.record(world.call(), "demo", HALF))
        done, _ = await asyncio.wait([second], timeout=0.5)
        assert not done
    await second
    assert await warned(program) == [100]


async def test_two_that_warn_at_once_warn_once(world: World) -> None:
    program = await spending(world)
    budget = await program.budget(amount="100.00", warn_at=[100])
    grant = await program.grant("meeting")
    await world.rows(
        """update grants set value_amount = 100, value_currency = 'USD'
            where id = $1::text::uuid""",
        grant,
    )
    key = await program_id(world)
    async with transaction(world.call()) as tx:
        await budgets.warn_in(tx, await programs.find_open(tx, "demo"))
        second = asyncio.create_task(budgets.warn(world.call(), key, date(2026, 3, 3)))
        done, _ = await asyncio.wait([second], timeout=0.5)
        assert not done
    await second
    assert await warned(program) == [100]
    told = (await program.get(f"/budgets/{budget['id']}")).json()["warnings"]
    assert [one["percent"] for one in told] == [100]


async def test_a_warning_goes_with_what_it_warns_of(world: World) -> None:
    program = await spending(world)
    await program.budget(amount="50.00", warn_at=[100])
    try:
        async with transaction(world.call()) as tx:
            await expenses.record_in(tx, await programs.find_open(tx, "demo"), HALF)
            raise InterruptedError
    except InterruptedError:
        assert await warned(program) == []
    await expenses.record(world.call(), "demo", HALF)
    assert await warned(program) == [100]
