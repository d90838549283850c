"""Ambassadors who come and go in any order, against a small model of their tenures."""

from __future__ import annotations

import asyncio
from calendar import monthrange
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any, ClassVar, TypeVar

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain import ambassadors, departures, people, tenures
from domain.ambassadors import Changes, Draft, Status
from domain.departures import Departure
from domain.errors import Conflict
from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.tenures import TenureOutcome
from domain.store.database import Database
from domain.tenures import Decision
from tests.world import POLICY, Clock, World

T = TypeVar("T")
DAY = timedelta(days=1)
MONTHLY = POLICY | {"tenure": {"clock": "anniversary", "length": "P1M"}}
STATUSES = [status for status in AmbassadorStatus if status is not AmbassadorStatus.ON_LEAVE]
"""Leave moves the ends of tenures, which the model does not know."""
HERE = {"active"}
LEFT = {"emeritus", "removed"}

NEXT = {
    "active": {"emeritus", "removed", "suspended"},
    "emeritus": {"active", "removed", "suspended"},
    "suspended": {"active", "emeritus", "removed"},
    "removed": {"active", "emeritus"},
}


def month_from(first: date) -> date:
    """The last day of the month that begins on a day, told in another way than the rules do."""
    year, month = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)
    length = monthrange(year, month)[1]
    return date(year, month, length) if first.day > length else date(year, month, first.day) - DAY


class Modelled:
    """One ambassador as the model knows them: tenures are first day, last day, outcome."""

    def __init__(self, handle: str, since: date, today: date) -> None:
        self.handle, self.status = handle, "active"
        self.joined_on = since
        self.tenures: list[tuple[date, date, str | None]] = []
        self.begin(since, today)

    @property
    def open(self) -> bool:
        return bool(self.tenures) and self.tenures[-1][2] is None

    def begin(self, since: date, today: date) -> None:
        if self.tenures:
            since = max(since, self.tenures[-1][1] + DAY)
        while month_from(since) < today:
            since = month_from(since) + DAY
        self.tenures.append((since, month_from(since), None))

    def close(self, outcome: str, on: date) -> None:
        first, last, _ = self.tenures[-1]
        if outcome != "renewed":
            last = max(min(last, on - DAY), first - DAY)
        self.tenures[-1] = (first, last, outcome)

    def turn(self, status: str, today: date) -> None:
        if status in LEFT and self.open:
            self.close("ended", today)
        back = self.status not in HERE and status in HERE
        self.status = status
        if back and not self.open:
            self.begin(today, today)


class Tenures(RuleBasedStateMachine):
    """Drives the use cases and the model alike."""

    run: ClassVar[Callable[[Callable[[], Awaitable[Any]]], Any]]
    database: ClassVar[Database]
    owner_url: ClassVar[str]
    examples: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        Tenures.examples += 1
        self.clock = Clock()
        self.world = World(self.database, httpx.AsyncClient(), self.owner_url, self.clock)
        self.slug = f"program-{Tenures.examples}"
        self.do(lambda: self.world.program(self.slug, policy=MONTHLY))
        self.known: list[Modelled] = []

    @property
    def today(self) -> date:
        return self.clock.now.date()

    def do(self, work: Callable[[], Awaitable[T]]) -> T:
        return Tenures.run(work)

    def one(self, data: st.DataObject) -> Modelled:
        return data.draw(st.sampled_from(self.known))

    def stored(self, one: Modelled) -> list[tenures.Shown]:
        call = self.world.call()
        page = self.do(lambda: tenures.page(call, self.slug, one.handle, before=None, limit=100))
        return page[1]

    @precondition(lambda self: len(self.known) < 4)
    @rule(days=st.integers(0, 100))
    def join(self, days: int) -> None:
        handle, since = f"member-{len(self.known)}", self.today - days * DAY
        draft = Draft(handle, people.Changes(name=handle), joined_on=since)
        self.do(lambda: ambassadors.create(self.world.call(), self.slug, draft))
        self.known.append(Modelled(handle, since, self.today))

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        self.clock.pass_(days=days)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), status=st.sampled_from(STATUSES))
    def turn(self, data: st.DataObject, status: AmbassadorStatus) -> None:
        one, change = self.one(data), Status(status, "A test.")
        if status.value != one.status and status.value not in NEXT[one.status]:
            self.refused(
                lambda: ambassadors.change_status(
                    self.world.call(), self.slug, one.handle, change, any_version
                )
            )
            return
        self.do(
            lambda: ambassadors.change_status(
                self.world.call(), self.slug, one.handle, change, any_version
            )
        )
        if status.value != one.status:
            one.turn(status.value, self.today)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def depart(self, data: st.DataObject) -> None:
        one = self.one(data)
        leave = lambda: departures.depart(  # noqa: E731  # twice below
            self.world.call(), self.slug, one.handle, Departure(), any_version
        )
        if one.status in {"suspended", "removed"}:
            self.refused(leave)
            return
        self.do(leave)
        if one.status != "emeritus":
            one.turn("emeritus", self.today)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), outcome=st.sampled_from(list(TenureOutcome)))
    def decide(self, data: st.DataObject, outcome: TenureOutcome) -> None:
        one = self.one(data)
        newest = self.stored(one)[0].tenure
        decision = Decision(outcome, "As decided.")
        work = lambda: tenures.decide(  # noqa: E731  # twice below
            self.world.call(), self.slug, newest.id, decision, any_version
        )
        if not one.open:
            self.refused(work)
            return
        if one.tenures[-1][0] > self.today:
            # It is still to begin.
            return
        self.do(work)
        one.close(outcome.value, self.today)
        if outcome is TenureOutcome.RENEWED:
            first = one.tenures[-1][1] + DAY
            one.tenures.append((first, month_from(first), None))
        elif one.status in HERE:
            one.status = "emeritus"

    @precondition(lambda self: self.known)
    @rule(data=st.data(), name=st.integers(0, 10**6))
    def rename(self, data: st.DataObject, name: int) -> None:
        one = self.one(data)
        handle = f"renamed-{name}-{self.known.index(one)}"
        self.do(
            lambda: ambassadors.update(
                self.world.call(), self.slug, one.handle, Changes(handle=handle), any_version
            )
        )
        one.handle = handle

    @rule()
    def backfill(self) -> None:
        done = self.do(lambda: tenures.backfill(self.world.call(), self.slug))
        assert done.started == 0

    def refused(self, work: Callable[[], Awaitable[Any]]) -> None:
        try:
            self.do(work)
        except Conflict:
            return
        raise AssertionError("It was not refused.")

    @invariant()
    def the_tenures_are_those_of_the_model(self) -> None:
        for one in self.known:
            found = [shown.tenure for shown in reversed(self.stored(one))]
            told = [
                (each.first_day, each.last_day, each.outcome and each.outcome.value)
                for each in found
            ]
            assert told == one.tenures

    @invariant()
    def they_neither_overlap_nor_leave_a_renewal_with_a_gap(self) -> None:
        for one in self.known:
            for (_, last, outcome), (first, _, _) in zip(
                one.tenures, one.tenures[1:], strict=False
            ):
                assert first > last
                assert outcome != "renewed" or first == last + DAY
            assert one.status not in HERE or one.open
            assert one.status not in LEFT or not one.open


def any_version(version: int) -> None:
    del version


def test_ambassadors_come_and_go(database_url: str, owner_url: str) -> None:
    with asyncio.Runner() as runner:

        async def call(work: Callable[[], Awaitable[T]]) -> T:
            return await work()

        Tenures.run = lambda work: runner.run(call(work))
        Tenures.database, Tenures.owner_url = Database(), owner_url
        runner.run(Tenures.database.open(database_url, size=2))
        try:
            run_state_machine_as_test(
                Tenures,
                settings=settings(
                    max_examples=25,
                    stateful_step_count=20,
                    deadline=None,
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
                    # To find the shortest story would take minutes; twenty steps can be read.
                    phases=[Phase.reuse, Phase.generate],
                ),
            )
        finally:
            runner.run(Tenures.database.close(5))
