"""Everything that a tenure is judged by, gathered for one ambassador or for thousands at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.rules import courses, leaves, standings, stretches
from domain.rules.candidates import Done
from domain.rules.clocks import Period
from domain.rules.courses import Course
from domain.rules.leaves import Leave
from domain.rules.policy import Policy
from domain.rules.policy_contributions import Counting
from domain.rules.policy_tenure import TenureRules
from domain.rules.standings import Standing
from domain.rules.tenures import TenureOrigin
from domain.store import standings as store
from domain.store.programs import Program
from domain.store.query import Connection
from domain.store.standings import Held, Window

__all__ = ["UNHELD", "Case", "Held", "gather"]


UNHELD = UUID(int=0)
"""Stands for the tenure of a membership that has none."""


class Case(Struct, frozen=True):
    """A tenure with what its ambassador did, their leaves, and what they are until which day."""

    held: Held
    done: list[Done]
    away: tuple[Leave, ...]
    known: Mapping[str, date | None]

    def period(self, rules: TenureRules) -> Period:
        """The days of this open tenure, as leaves have moved them."""
        return leaves.extended(rules, Period(self.held.first_day, self.held.last_day), self.away)

    def standing(self, policy: Policy, on: date) -> Standing:
        """How they stand in this tenure on a day that was gathered for."""
        held = self.held
        period: Period | None = Period(held.first_day, held.last_day)
        finished = None
        if held.id == UNHELD:
            period = None
        elif held.outcome is None:
            if policy.tenure is not None:
                period = self.period(policy.tenure)
        else:
            # Its last day is the one that it had in the end.
            finished = held.id
        return standings.standing(
            policy, period, held.joined_on, self.done, self.away, on, tenure=finished
        )

    def course(self, policy: Policy, rules: TenureRules, on: date) -> Course:
        """What becomes of this open tenure up to a day that was gathered for."""
        held = self.held
        return courses.course(
            policy,
            rules,
            Period(held.first_day, held.last_day),
            held.joined_on,
            self.done,
            self.away,
            on,
            tenure=held.id,
            backfilled=held.origin is TenureOrigin.BACKFILLED,
            lacking=lambda day: bool(self.lacks(policy, day)),
        )

    def leave_on(self, on: date) -> Leave | None:
        """The leave that covers a day."""
        return next((leave for leave in self.away if leaves.is_away([leave], on)), None)

    def lacks(self, policy: Policy, on: date) -> list[str]:
        """The codes of the required attributes that they do not have on a day."""
        return [
            code
            for code, attribute in policy.eligibility.items()
            if attribute.required and not _holds(self.known, code, on)
        ]


async def gather(
    tx: Connection,
    program: Program,
    policies: Collection[Policy],
    tenures: Sequence[Held],
    on: date,
    *,
    back: str | None = None,
) -> list[Case]:
    """Cases in the order of the tenures, of different ambassadors, to be judged on days up to `on`.

    What is gathered is enough for each of the policies, and with `back` what lies that long before
    the tenure is told as well. Nothing is asked for no tenure.
    """
    if not tenures:
        return []
    ambassadors = [held.ambassador_id for held in tenures]
    away: defaultdict[UUID, list[Leave]] = defaultdict(list)
    for leave in await store.away(tx, program.id, ambassadors):
        away[leave.ambassador_id].append(Leave(leave.first_day, leave.last_day))
    windows = [
        Window(
            held.ambassador_id,
            held.person_id,
            min(_since(policy, held, away[held.ambassador_id], back) for policy in policies),
            on,
        )
        for held in tenures
    ]
    zone = next(iter(policies)).time_zone
    did = await store.did(tx, program.id, windows, time_zone=zone, split=_split(policies))
    done = {one.ambassador_id: one.done() for one in did}
    known: defaultdict[UUID, dict[str, date | None]] = defaultdict(dict)
    for each in await store.attributes(tx, program.id, ambassadors):
        known[each.ambassador_id][each.attribute] = each.expires_on
    return [
        Case(
            held,
            done.get(held.ambassador_id, []),
            tuple(away[held.ambassador_id]),
            known[held.ambassador_id],
        )
        for held in tenures
    ]


def _since(policy: Policy, held: Held, away: Iterable[Leave], back: str | None) -> date:
    """The first day that matters: of the tenure, or of what a stretch or a cap looks back at."""
    first = held.first_day
    groups = policy.requirement.groups.values() if policy.requirement else ()
    stretches_back = {
        condition.within
        for group in groups
        for condition in group.conditions.values()
        if condition.within is not None
    }
    days = [leaves.reach(within, first, away) for within in stretches_back]
    types = policy.contribution_types.values()
    whole = {cap.within for type in types for cap in type.caps}
    if back is not None:
        whole.add(back)
    days += [stretches.begin(within, first) for within in whole]
    # Of a year, only its first day is in the index.
    return min([first, *days]).replace(month=1, day=1)


def _split(policies: Iterable[Policy]) -> list[str]:
    """The types of which it matters how many took part."""
    return [
        code
        for policy in policies
        for code, type in policy.contribution_types.items()
        if type.counting is Counting.SPLIT
    ]


def _holds(known: Mapping[str, date | None], code: str, on: date) -> bool:
    if code not in known:
        return False
    expires_on = known[code]
    return expires_on is None or expires_on >= on
