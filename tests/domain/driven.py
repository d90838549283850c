"""A state machine whose rules drive the use cases: what every such machine needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, ClassVar, TypeVar

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from domain.call import Call
from domain.errors import Conflict
from domain.store.database import Database
from tests.world import Clock, World

T = TypeVar("T")


class Driven(RuleBasedStateMachine):
    """Rules are no coroutines: `do` awaits for them. All examples share one database."""

    run: ClassVar[Callable[[Callable[[], Awaitable[Any]]], Any]]
    database: ClassVar[Database]
    owner_url: ClassVar[str]
    examples: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        Driven.examples += 1
        self.number = Driven.examples
        self.clock, self.names = Clock(), 0
        self.world = World(self.database, httpx.AsyncClient(), self.owner_url, self.clock)

    @property
    def today(self) -> date:
        return self.clock.now.date()

    @property
    def call(self) -> Call:
        return self.world.call()

    def do(self, work: Callable[[], Awaitable[T]]) -> T:
        return Driven.run(work)

    def tried(self, work: Callable[[], Awaitable[Any]], *, refused: bool) -> bool:
        """Do something, or show that it is refused; whether it was done."""
        try:
            self.do(work)
        except Conflict:
            assert refused
        else:
            assert not refused, "It was not refused."
        return not refused

    def fresh(self, word: str) -> str:
        self.names += 1
        return f"{word}-{self.names}"


def any_version(version: int) -> None:
    del version


def drive(machine: type[Driven], database_url: str, owner_url: str, examples: int) -> None:
    """Tell so many stories, the same ones each time."""
    with asyncio.Runner() as runner:

        async def call(work: Callable[[], Awaitable[T]]) -> T:
            return await work()

        Driven.run = lambda work: runner.run(call(work))
        Driven.database, Driven.owner_url = Database(), owner_url
        runner.run(Driven.database.open(database_url, size=2))
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=30,
                    deadline=None,
                    derandomize=True,
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
                    # To find the shortest story would take minutes; thirty steps can be read.
                    phases=[Phase.generate],
                ),
            )
        finally:
            runner.run(Driven.database.close(5))
