"""How tenures follow from what happens to an ambassador: joining, leaving, coming back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from msgspec.structs import replace

from domain import offers, tenure_changes
from domain.call import Transaction
from domain.rules import clocks, leaves
from domain.rules import tenures as rules
from domain.rules.clocks import Period
from domain.rules.leaves import Leave
from domain.rules.policy import Policy
from domain.rules.tenures import TenureOrigin, TenureOutcome
from domain.store import standings
from domain.store import tenures as store
from domain.store.ambassadors import Ambassador
from domain.store.programs import Program
from domain.store.tenures import Tenure
from domain.tenure_changes import Beginning, Closing

__all__ = ["followed", "joined", "redated", "rejoined"]


async def joined(
    tx: Transaction,
    program: Program,
    policy: Policy,
    joined: Iterable[tuple[UUID, date | None]],
    today: date,
    *,
    recorded: bool = True,
) -> None:
    """Begin the tenures of new ambassadors, who joined on these days of the program's time zone.

    Whose day nobody knows has none until a backfill; without tenure rules nobody has any, and the
    admission alone brings benefits. What an import brings was not `recorded` as it happened, and is
    backfilled.
    """
    if policy.tenure is None:
        if recorded:
            await offers.admitted(tx, program, policy, [one for one, _ in joined])
        return
    beginnings: list[Beginning] = []
    for ambassador_id, since in joined:
        if since is not None:
            period, origin = rules.begun(policy.tenure, since, today)
            origin = origin if recorded else TenureOrigin.BACKFILLED
            beginnings.append(Beginning(ambassador_id, period, origin))
    await tenure_changes.begin_many(tx, program, beginnings)


async def followed(
    tx: Transaction,
    program: Program,
    policy: Policy,
    changes: Sequence[tuple[Ambassador, Ambassador]],
    today: date,
    *,
    by_person: bool = True,
) -> None:
    """Follow changes of status of locked ambassadors, which are stored already.

    Whoever leaves has a tenure that `ended`, whoever comes back a new one; the history stays.
    Without tenure rules, benefits follow alone.
    """
    left = {was.id: now for was, now in changes if rules.ends(was.status, now.status)}
    if left:
        tenures = await store.lock_open(tx, program.id, list(left))
        untimed = left.keys() - {one.ambassador_id for one in tenures}
        recorded = by_person and policy.tenure is None
        await offers.left(tx, program, sorted(untimed), recorded=recorded)
        periods = await _moved(tx, program, policy, tenures)
        closings = [
            Closing(
                tenure,
                TenureOutcome.ENDED,
                left[tenure.ambassador_id].status_on or today,
                left[tenure.ambassador_id].status_reason,
                period=period,
                decided_by=tx.call.actor.account_id if by_person else None,
            )
            for tenure, period in zip(tenures, periods, strict=True)
        ]
        await tenure_changes.close_many(tx, program, closings)
    back = {was.id: now for was, now in changes if rules.begins(was.status, now.status)}
    if policy.tenure is None:
        # A suspension that is lifted admits nobody: they never left.
        again = [was.id for was, _ in changes if was.id in back and was.status in rules.LEFT]
        await offers.admitted(tx, program, policy, again if by_person else [])
        return
    if not back:
        return
    beginnings: list[Beginning] = []
    for one in await store.free(tx, program.id, list(back)):
        since = back[one.id].status_on or today
        period, origin = rules.begun(policy.tenure, since, today, free_from=one.free_from)
        origin = origin if by_person else TenureOrigin.BACKFILLED
        beginnings.append(Beginning(one.id, period, origin))
    await tenure_changes.begin_many(tx, program, beginnings)


async def rejoined(
    tx: Transaction,
    program: Program,
    policy: Policy,
    before: Ambassador,
    after: Ambassador,
    today: date,
) -> None:
    """Follow a corrected day of joining: the tenure that began with it begins on the other day.

    One that has an outcome, or that began in another way, stays as it is.
    """
    last = await store.lock_last(tx, program.id, after.id)
    if last is None:
        if after.status not in rules.LEFT and policy.tenure is not None:
            await joined(tx, program, policy, [(after.id, after.joined_on)], today)
    elif last.first_day == before.joined_on and after.joined_on is not None:
        await _begin_on(tx, policy, last, after.joined_on, today, None)


async def redated(
    tx: Transaction,
    program: Program,
    policy: Policy,
    before: Ambassador,
    after: Ambassador,
    today: date,
) -> None:
    """Follow a corrected day of a status: the tenure that it ended or began did so on the other."""
    on, was_on = after.status_on, before.status_on
    last = await store.lock_last(tx, program.id, after.id)
    if last is None or on is None or was_on is None or on == was_on:
        return
    if after.status in rules.LEFT:
        if last.outcome is TenureOutcome.ENDED and last.outcome_on == was_on:
            planned = last.last_day
            if policy.tenure is not None and planned == rules.shortened(_open(last), was_on):
                planned = clocks.first_period(policy.tenure, last.first_day).last
            last_day = rules.shortened(Period(last.first_day, planned), on)
            corrected = replace(last, last_day=last_day, outcome_on=on)
            await tenure_changes.correct(tx, last, corrected, after.status_reason)
    elif last.first_day == was_on:
        earlier = await store.page(tx, program.id, after.id, before=None, limit=2)
        free_from = earlier[1].last_day if len(earlier) == 2 else None
        await _begin_on(tx, policy, last, on, today, free_from)


async def _moved(
    tx: Transaction, program: Program, policy: Policy, tenures: Sequence[Tenure]
) -> list[Period]:
    """The days of open tenures, as leaves of absence have moved them."""
    periods = [tenure_changes.period_of(one) for one in tenures]
    if policy.tenure is None:
        return periods
    away: defaultdict[UUID, list[Leave]] = defaultdict(list)
    for one in await standings.away(tx, program.id, [tenure.ambassador_id for tenure in tenures]):
        away[one.ambassador_id].append(Leave(one.first_day, one.last_day))
    return [
        leaves.extended(policy.tenure, period, away[tenure.ambassador_id])
        for tenure, period in zip(tenures, periods, strict=True)
    ]


def _open(tenure: Tenure) -> Period:
    return Period(tenure.first_day, None)


async def _begin_on(
    tx: Transaction, policy: Policy, tenure: Tenure, since: date, today: date, after: date | None
) -> None:
    if tenure.outcome is not None or policy.tenure is None:
        return
    free_from = None if after is None else date.fromordinal(after.toordinal() + 1)
    period, origin = rules.begun(policy.tenure, since, today, free_from=free_from)
    if tenure.origin is TenureOrigin.BACKFILLED:
        origin = tenure.origin
    moved = replace(tenure, first_day=period.first, last_day=period.last, origin=origin)
    await tenure_changes.correct(tx, tenure, moved, None)
