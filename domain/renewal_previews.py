"""Previews: what renewals would make of a whole program, and of another policy."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from domain import policies, programs, tenure_cases
from domain.call import Call, reading
from domain.renewals import BATCH, Summary, foreseen, is_endless
from domain.rules.courses import Fate
from domain.rules.days import day_of
from domain.rules.policy import Policy
from domain.rules.renewal_words import sentence
from domain.store import renewals as store
from domain.store.renewals import Due
from domain.store.standings import Held
from domain.tenure_cases import Case

__all__ = ["MOST", "Changed", "Difference", "Preview", "preview"]

MOST = 100
"""Changes that are told one by one; the count is of all."""


class Changed(Struct, frozen=True):
    """A tenure of which another policy makes something else."""

    held: Held
    before: Fate
    after: Fate


class Difference(Struct, frozen=True):
    """What would be otherwise than under the version `against`.

    `changed` are the first of `count`, in the order in which the tenures end.
    """

    against: int
    summary: Summary
    count: int
    changed: list[Changed]
    sentence: str


class Preview(Struct, frozen=True):
    """What a run on a day would do under a policy version, and what otherwise than another one."""

    on: date
    policy_version: int
    summary: Summary
    difference: Difference | None


async def preview(
    call: Call,
    slug: str,
    *,
    on: date | None = None,
    version: int | None = None,
    against: int | None = None,
) -> Preview:
    """What a run would do with every tenure that has ended by a day, by default today.

    Nothing is changed, and a day to come is judged as if nothing else happened until then. Under
    the policy `version`, by default the one in force; it is compared with `against`, by default the
    one in force where that is another. Raises `NotFound`, also for an unknown version.
    """
    async with reading(call, frozen=True) as tx:
        program = await programs.find(tx, slug)
        numbers = (
            program.policy_version if version is None else version,
            program.policy_version if against is None else against,
        )
        under, other = [
            await policies.typed(tx, replace(program, policy_version=one)) for one in numbers
        ]
        day = on or day_of(call.at, under.time_zone)
        seen = _Seen(day, under, other)
        after: Due | None = None
        endless = is_endless(under) or is_endless(other)
        # In a thread, while the next ones are read: and this process answers other requests.
        async with asyncio.TaskGroup() as group:
            judging: asyncio.Task[None] | None = None
            while held := await store.due(
                tx, program.id, day, after=after, limit=BATCH, endless=endless
            ):
                after = Due(held[-1].last_day, held[-1].id)
                cases = await tenure_cases.gather(tx, program, [under, other], held, day)
                if judging is not None:
                    await judging
                judging = group.create_task(asyncio.to_thread(seen.judge, cases))
    difference = None if numbers[0] == numbers[1] else seen.difference(*numbers)
    return Preview(day, numbers[0], seen.under, difference)


class _Seen:
    """What two policies make of the tenures seen so far."""

    def __init__(self, on: date, policy: Policy, other: Policy) -> None:
        self.on, self.policies = on, (policy, other)
        self.under = self.against = Summary()
        self.fates: tuple[Counter[Fate], Counter[Fate]] = (Counter(), Counter())
        self.count = 0
        self.changed: list[Changed] = []

    def judge(self, cases: Sequence[Case]) -> None:
        policy, other = self.policies
        for case in cases:
            summary, fate = self._foresee(case, policy)
            self.under = self.under.plus(summary)
            self.fates[0][fate] += 1
            if policy is other:
                continue
            summary, before = self._foresee(case, other)
            self.against = self.against.plus(summary)
            self.fates[1][before] += 1
            if fate is not before:
                self.count += 1
                if len(self.changed) < MOST:
                    self.changed.append(Changed(case.held, before, fate))

    def _foresee(self, case: Case, policy: Policy) -> tuple[Summary, Fate]:
        if policy.tenure is None:
            return Summary(waiting=1), Fate.WAITING
        course = case.course(policy, policy.tenure, self.on)
        return foreseen(case, course, self.on), course.fate

    def difference(self, version: int, against: int) -> Difference:
        said = sentence(version, self.fates[1], self.fates[0])
        return Difference(against, self.against, self.count, self.changed, said)
