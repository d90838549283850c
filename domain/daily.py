"""A program's day: what is done once for each day, in the program's own time zone, in order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

from domain import budgets, deliveries, eligibilities, jobs, leaves, offers, reminders, renewals
from domain.call import Call, Transaction, reading, transaction
from domain.rules.days import day_of
from domain.rules.jobs import Day, JobName, missing_day
from domain.store import daily as store

Step = Callable[[Call, UUID, date], Awaitable[None]]
"""Does one part of a program's day in transactions of its own; a second time changes nothing."""

STEPS: tuple[Step, ...] = (
    leaves.turn,
    eligibilities.expire,
    renewals.turn,
    reminders.send,
    deliveries.erase,
    offers.expire,
    offers.remind_overdue,
    budgets.warn,
)
"""The parts of a day, in their order: nobody is reminded of a tenure that has just been decided."""


async def run(call: Call, program_id: UUID, on: date) -> None:
    """Do what a day asks for, and then have the next missing day done.

    A day that is done is not done again, and a program that is archived waits until it is
    reopened. Raises whatever a step raises; then the day is not done.
    """
    async with reading(call) as tx:
        if await store.is_done(tx, program_id, on) or not await store.progress(tx, program_id):
            return
    for step in STEPS:
        await step(call, program_id, on)
    async with transaction(call) as tx:
        await store.mark(tx, program_id, on, at=call.at)
        await _enqueue(tx, program_id)


async def ring(call: Call) -> None:
    """Have the first missing day of each active program done, up to its own today."""
    async with transaction(call) as tx:
        await _enqueue(tx, None)


async def _enqueue(tx: Transaction, program_id: UUID | None) -> None:
    for program in await store.progress(tx, program_id):
        if program.held:
            continue
        created = day_of(program.created_at, program.time_zone)
        today = day_of(tx.call.at, program.time_zone)
        if (on := missing_day(program.done, created, today)) is not None:
            day = Day(program.program_id, on)
            await jobs.enqueue(tx, JobName.DAILY, day, dedupe=f"daily:{program.program_id}:{on}")
