"""Reminders: events ahead of the end of a tenure, each exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain import policies, programs, tenure_cases
from domain.call import Call, Transaction, reading, transaction
from domain.renewals import BATCH, is_endless
from domain.rules import stretches
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.policy import Policy
from domain.rules.policy_tenure import Reminders, TenureRules
from domain.rules.reminders import due_on
from domain.store import member_changes
from domain.store import reminders as store
from domain.store import renewals as renewal_store
from domain.store.member_changes import Announced
from domain.store.programs import Program
from domain.store.renewals import Due
from domain.store.standings import Held
from domain.tenure_cases import Case

__all__ = ["Kind", "send"]

LONGEST_MONTH = timedelta(days=3)
"""How much later a day can be than a month from another, and still lie a month after it."""


class Kind(StrEnum):
    """What somebody is reminded of: the end of the tenure, or that it is not met."""

    ENDING = "ending"
    AT_RISK = "at_risk"


NEWS = {Kind.ENDING: EventType.TENURE_ENDING, Kind.AT_RISK: EventType.STANDING_AT_RISK}


class Reminder(Struct, frozen=True):
    """One to be sent: of which tenure, on which day it was due, and the day that it warns of."""

    held: Held
    kind: Kind
    due_on: date
    of: date


async def send(call: Call, program_id: UUID, on: date) -> None:
    """Announce what is due on a day of a program: `tenure.ending` and `standing.at_risk`.

    At the offsets of the policy in force, before the last day as leaves have moved it, or before
    the day by which the requirement must be met, while it is not. Of each kind the latest that has
    come is sent, once: after some days without a worker the earlier ones are pointless, and after
    the day that they warn of all are (`domain.rules.reminders`); so for a day that is over nothing
    is sent any more, and today's stands for it. A day that has moved is another one. Who is
    suspended or removed is told nothing, and who is away when they are back, if that is in time.
    Raises `NotFound`, `ProgramArchived`, `Busy`.
    """
    async with reading(call) as tx:
        slug = await renewal_store.slug(tx, program_id)
    after: Due | None = None
    while True:
        async with transaction(call) as tx:
            program = await programs.find_open(tx, slug)
            policy = await policies.typed(tx, program)
            if (rules := policy.tenure) is None or not _offsets(rules.reminders):
                return
            if on < day_of(call.at, policy.time_zone):
                return
            held = await _running(tx, program, policy, rules, on, after)
            if not held:
                return
            after = Due(held[-1].last_day, held[-1].id)
            cases = await tenure_cases.gather(tx, program, [policy], held, on)
            due = await asyncio.to_thread(_due, cases, policy, rules, on)
            for kind in Kind:
                await _announce(tx, program, kind, [one for one in due if one.kind is kind])


async def _running(
    tx: Transaction,
    program: Program,
    policy: Policy,
    rules: TenureRules,
    on: date,
    after: Due | None,
) -> list[Held]:
    """The next of those of whom a reminder may be due."""
    if is_endless(policy):
        return await renewal_store.due(tx, program.id, on, after=after, limit=BATCH, endless=True)
    until = date.max if _rolls(policy) and rules.reminders.at_risk else _horizon(rules, on)
    return await store.running(tx, program.id, on, until, after=after, limit=BATCH)


def _due(cases: Iterable[Case], policy: Policy, rules: TenureRules, on: date) -> list[Reminder]:
    """What is due of these, be it sent already or not."""
    found: list[Reminder] = []
    for case in cases:
        if case.leave_on(on) is not None:
            continue
        last, first = case.period(rules).last, case.held.first_day
        if last is not None and (day := due_on(rules.reminders.ending, first, last, on)):
            found.append(Reminder(case.held, Kind.ENDING, day, last))
        risky = last is None or _rolls(policy)
        if not risky and due_on(rules.reminders.at_risk, first, last or on, on) is None:
            continue
        standing = case.standing(policy, on)
        end = standing.due_on
        if standing.met or standing.failed or end is None:
            continue
        if day := due_on(rules.reminders.at_risk, first, end, on):
            found.append(Reminder(case.held, Kind.AT_RISK, day, end))
    return found


async def _announce(tx: Transaction, program: Program, kind: Kind, due: Sequence[Reminder]) -> None:
    """Send those that are new."""
    if not due:
        return
    type, at = NEWS[kind].value, tx.call.at
    new = await store.send(tx, program.id, kind, [(one.held.id, one.due_on) for one in due], at)
    news: list[Announced] = []
    for one in due:
        if one.held.id in new:
            data: dict[str, Any] = {
                "ambassador_id": one.held.ambassador_id,
                "due_on": one.due_on,
                "last_day" if kind is Kind.ENDING else "meet_by": one.of,
            }
            news.append(Announced(tx.call.new_id(), type, program.id, one.held.id, data, at))
    await member_changes.store_records(tx, [], news)


def _offsets(reminders: Reminders) -> Collection[str]:
    return (*reminders.ending, *reminders.at_risk)


def _rolls(policy: Policy) -> bool:
    """Whether some condition has to be met before the end of the tenure."""
    groups = policy.requirement.groups.values() if policy.requirement else ()
    return any(one.within for group in groups for one in group.conditions.values())


def _horizon(rules: TenureRules, on: date) -> date:
    """The latest last day of which a reminder can be due."""
    latest = max(stretches.after(offset, on) for offset in _offsets(rules.reminders))
    return latest if latest > date.max - LONGEST_MONTH else latest + LONGEST_MONTH
