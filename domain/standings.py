"""Standings: whether an ambassador still qualifies on a day, and why."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from domain import ambassadors, policies, tenure_cases
from domain.ambassadors import Entry
from domain.call import Call, reading
from domain.errors import NotFound
from domain.rules import standing_words
from domain.rules.days import day_of
from domain.rules.leaves import Leave
from domain.rules.policy import Policy
from domain.rules.standings import Standing, State
from domain.rules.tenures import TenureOrigin
from domain.store import standings as store
from domain.store.standings import Held
from domain.tenure_cases import Case

__all__ = ["Explained", "Held", "Standing", "State", "Told", "explain", "get", "reads_points"]


BACK = "P1Y"
"""How long before the tenure what somebody did is told, with why it does not count."""


class Explained(Struct, frozen=True):
    """A standing with what it was judged by; `missing` is in words that the reader may know.

    `held` is None for a membership without a tenure. `lacks` are the required attributes that they
    do not have on that day. `points`: whether the reader may know what is counted in points.
    """

    standing: Standing
    missing: tuple[str, ...]
    held: Held | None
    leave: Leave | None
    lacks: list[str]
    policy: Policy
    policy_version: int
    points: bool


class Told(Struct, frozen=True):
    """Somebody's state on a day; `explained` is None for whoever may know no more."""

    ambassador: str
    on: date
    state: State
    explained: Explained | None


async def get(call: Call, slug: str, handle: str, *, on: date | None) -> Told:
    """The standing of the ambassador whom a handle leads to, under the policy in force.

    `on` is a day of the program's time zone, past or future, by default today. It is judged in the
    tenure that had begun last by then; what is known today of the days up to `on` counts. The
    ambassador and the program's staff are told everything, the public the state where the policy
    shows it. Raises `NotFound`.
    """
    async with reading(call, frozen=True) as tx:
        program, entry = await ambassadors.find(tx, call, slug, handle)
        policy = await policies.typed(tx, program)
        if not entry.insider and not policy.directory.standing:
            raise NotFound("The program tells nobody else how its ambassadors stand.")
        day = day_of(call.at, policy.time_zone) if on is None else on
        held = await store.of_day(tx, program.id, entry.id, day)
        judged = _membership(entry, program.policy_version) if held is None else held
        (case,) = await tenure_cases.gather(tx, program, [policy], [judged], day, back=BACK)
    standing = case.standing(policy, day)
    explained = None
    if entry.insider:
        points = reads_points(call, slug, policy)
        explained = explain(
            case, standing, policy, program.policy_version, points=points, tenure=held is not None
        )
    return Told(entry.handle, day, standing.state, explained)


def explain(
    case: Case,
    standing: Standing,
    policy: Policy,
    policy_version: int,
    *,
    points: bool,
    tenure: bool = True,
) -> Explained:
    """A standing with what it was judged by; `tenure` is False for a membership without one."""
    missing = standing.missing
    if not points:
        late = standing.grace_until if standing.state is State.IN_GRACE else None
        missing = standing_words.missing(policy, standing.groups, standing.on, late, points=False)
    return Explained(
        standing=standing,
        missing=missing,
        held=case.held if tenure else None,
        leave=case.leave_on(standing.on),
        lacks=case.lacks(policy, standing.on),
        policy=policy,
        policy_version=policy_version,
        points=points,
    )


def reads_points(call: Call, slug: str, policy: Policy) -> bool:
    """Whether the caller may know what a condition in points counts."""
    return not policy.scoring.internal or policies.reads_points(call, slug)


def _membership(entry: Entry, policy_version: int) -> Held:
    """Being an ambassador without a tenure, as if it were one without an end."""
    return Held(
        id=tenure_cases.UNHELD,
        ambassador_id=entry.id,
        person_id=entry.person_id,
        handle=entry.handle,
        status=entry.status,
        joined_on=entry.recorded_joined_on,
        first_day=entry.recorded_joined_on or date.min,
        last_day=None,
        origin=TenureOrigin.LIVE,
        policy_version=policy_version,
        outcome=None,
        outcome_on=None,
        asked_at=None,
        version=1,
    )
