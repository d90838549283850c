"""Tenures: reading them, deciding what becomes of one, and beginning those that are missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct

from domain import ambassadors, policies, programs, tenure_cases, tenure_changes
from domain.call import Call, Transaction, reading, transaction
from domain.errors import NotFound
from domain.rules import clocks
from domain.rules import tenures as rules
from domain.rules.access import Permission
from domain.rules.clocks import Period
from domain.rules.days import day_of
from domain.rules.policy import Policy
from domain.rules.tenures import (
    NoTenureRules,
    TenureClosed,
    TenureOpenEnded,
    TenureOrigin,
    TenureOutcome,
)
from domain.store import ambassadors as ambassador_store
from domain.store import standings as standing_store
from domain.store import tenures as store
from domain.store.programs import Program
from domain.store.query import Connection
from domain.store.tenures import Place, Tenure
from domain.tenure_changes import Beginning, Closing, begin_many, close_many

__all__ = [
    "Backfilled",
    "Beginning",
    "Closing",
    "Decision",
    "Place",
    "Shown",
    "Tenure",
    "backfill",
    "begin_many",
    "close_many",
    "decide",
    "get",
    "page",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""

BATCH = 5_000
"""Tenures that are begun at a time."""


class Shown(Struct, frozen=True):
    """A tenure, whose it is, and the ids of what counted for it once it is finished."""

    handle: str
    tenure: Tenure
    counted: Sequence[UUID]


class Decision(Struct, frozen=True):
    """What becomes of a tenure; `on` is the day from which it holds, by default today."""

    outcome: TenureOutcome
    reason: str
    on: date | None = None


class Backfilled(Struct, frozen=True):
    """How many tenures began, and of how many of these nobody knows the day of joining."""

    started: int
    unknown_joined: int


async def page(
    call: Call, slug: str, handle: str, *, before: Place | None, limit: int
) -> tuple[str, list[Shown]]:
    """The current handle of an ambassador, and their tenures, newest first, one more than a page.

    For themselves and the program's staff; `NotFound` for everybody else.
    """
    async with reading(call) as tx:
        program, entry = await ambassadors.find_inside(tx, call, slug, handle)
        rows = await store.page(tx, program.id, entry.id, before=before, limit=limit + 1)
        return entry.handle, await _shown(tx, program, entry.handle, rows)


async def get(call: Call, slug: str, tenure_id: UUID) -> Shown:
    """One tenure, for the ambassador and the program's staff. Raises `NotFound`."""
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        return await _one(tx, call, program, tenure_id)


async def decide(call: Call, slug: str, tenure_id: UUID, decision: Decision, check: Check) -> Shown:
    """Decide what becomes of an open tenure.

    `renewed` begins the next one on the day after, by the policy's clock; with `lapsed` and `ended`
    the ambassador becomes emeritus, unless they are suspended, which people lift by a status. Of
    two who decide at once one is refused. Raises `NotFound`, `ProgramArchived`, `VersionMismatch`,
    `TenureClosed` with the tenure as it is, `NoTenureRules`, `TenureOpenEnded`, `Invalid` for a day
    to come or before the tenure.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        owner = await store.owner(tx, program.id, tenure_id)
        if owner is None:
            raise NotFound("There is no such tenure.")
        (ambassador,) = await ambassador_store.lock_many(tx, program.id, [owner.ambassador_id])
        (tenure,) = await store.lock_many(tx, program.id, [tenure_id])
        if tenure.outcome is not None:
            raise TenureClosed(
                f"It was {tenure.outcome.value} on {tenure.outcome_on}; that stays."
            ).about(await _of(tx, program, ambassador.handle, tenure))
        check(tenure.version)
        today = day_of(call.at, policy.time_zone)
        on = decision.on or today
        rules.check_day(on, tenure.first_day, today)
        closing = await _closing(tx, program, policy, tenure, decision, on)
        (closed,) = await close_many(tx, program, [closing])
        return await _of(tx, program, ambassador.handle, closed)


async def backfill(call: Call, slug: str) -> Backfilled:
    """Give every active ambassador (also on leave) who has no open tenure the one that runs today.

    For a program that begins to have tenures: each is marked, since what was done before was never
    recorded. It began by the clock from the day of joining, or today when nobody knows that day.
    Again it changes nothing. Raises `NotFound`, `ProgramArchived`, `NoTenureRules`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        if policy.tenure is None:
            raise NoTenureRules("The policy has no `tenure`; put that in force first.")
        today = day_of(call.at, policy.time_zone)
        started = unknown = 0
        after: UUID | None = None
        while locked := await store.lock_free(tx, program.id, after=after, limit=BATCH):
            beginnings: list[Beginning] = []
            for one in await store.free(tx, program.id, locked):
                since = one.joined_on or today
                period, _ = rules.begun(policy.tenure, since, today, free_from=one.free_from)
                beginnings.append(Beginning(one.id, period, TenureOrigin.BACKFILLED))
                unknown += one.joined_on is None
            started += len(await begin_many(tx, program, beginnings))
            after = locked[-1]
        return Backfilled(started, unknown)


async def _closing(
    tx: Transaction, program: Program, policy: Policy, tenure: Tenure, decision: Decision, on: date
) -> Closing:
    """The outcome with what counted by that day, and the days that leave has moved (RULES.md)."""
    period, counted = tenure_changes.period_of(tenure), list[UUID]()
    held = await standing_store.of_day(tx, program.id, tenure.ambassador_id, on)
    if policy.tenure is not None and held is not None and held.id == tenure.id:
        (case,) = await tenure_cases.gather(tx, program, [policy], [held], on)
        standing = case.standing(policy, on)
        period = standing.period or period
        # Not what somebody withdraws in this moment; the rest stays accepted until the end.
        counted = sorted(await standing_store.keep(tx, program.id, list(standing.consumes)))
    following = None
    if decision.outcome is TenureOutcome.RENEWED:
        following = _following(policy, period)
    return Closing(
        tenure,
        decision.outcome,
        on,
        decision.reason,
        period=period,
        counted=counted,
        following=following,
        decided_by=tx.call.actor.account_id,
    )


def _following(policy: Policy, period: Period) -> Period:
    if policy.tenure is None:
        raise NoTenureRules("The policy has no `tenure` to renew it by.")
    following = clocks.next_period(policy.tenure, period)
    if following is None:
        raise TenureOpenEnded("Nobody knows its last day, so that nothing comes after it.")
    return following


async def _one(tx: Connection, call: Call, program: Program, tenure_id: UUID) -> Shown:
    owner = await store.owner(tx, program.id, tenure_id)
    own = owner is not None and call.actor.may(Permission.SELF_READ)
    own = own and owner is not None and owner.person_id == call.actor.person_id
    if owner is None or not (own or call.actor.may(Permission.AMBASSADOR_READ, program.slug)):
        raise NotFound("There is no such tenure.")
    tenure = await store.get(tx, program.id, tenure_id)
    assert tenure is not None
    return await _of(tx, program, owner.handle, tenure)


async def _of(tx: Connection, program: Program, handle: str, tenure: Tenure) -> Shown:
    (shown,) = await _shown(tx, program, handle, [tenure])
    return shown


async def _shown(
    tx: Connection, program: Program, handle: str, tenures: Sequence[Tenure]
) -> list[Shown]:
    counted: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for one in await store.counted(tx, program.id, [tenure.id for tenure in tenures]):
        counted[one.tenure_id].append(one.contribution_id)
    return [Shown(handle, tenure, counted[tenure.id]) for tenure in tenures]
