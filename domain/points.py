"""Points: what an ambassador's contributions are worth, which of them count, and why not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from domain import ambassadors, contributions, policies
from domain.call import Call, reading
from domain.errors import Fault, Invalid, NotFound
from domain.rules import points as rules
from domain.rules import stretches
from domain.rules.days import day_of
from domain.rules.points import Reason, Scored
from domain.rules.policy import Policy
from domain.store import points as store

__all__ = ["MOST", "YEAR", "Points", "Reason", "Told", "TypePoints", "get"]

MOST = 1_000
"""Contributions that are told one by one; the sums are of all."""

YEAR = "P1Y"
"""The stretch that is told when nobody asks for another one."""


class TypePoints(Struct, frozen=True):
    """What the contributions of one type are worth together, and how many count."""

    type: str
    points: Decimal
    counted: int
    not_counted: int


class Told(Struct, frozen=True):
    """A contribution, and what it is worth."""

    title: str
    scored: Scored


class Points(Struct, frozen=True):
    """An ambassador's points from `since` to `until`, both days inclusive.

    `contributions` are the newest, `complete` says that they are all.
    """

    ambassador: str
    since: date
    until: date
    policy_version: int
    total: Decimal
    by_type: list[TypePoints]
    contributions: list[Told]
    complete: bool


async def get(
    call: Call, slug: str, handle: str, *, since: date | None, until: date | None
) -> Points:
    """The points of the ambassador whom a handle leads to, under the policy in force.

    Only what the caller may see is counted, as if there were nothing else: what is private neither
    adds to a public sum nor fills a cap there. It lies within `since` and `until` by the first day
    of its period. By default that is the year that ends on `until`, and `until` is today in the
    program's time zone.

    Caps look back: one that lies before `since` can keep out one that lies after, and depends
    itself on what was before. So of the types with caps everything up to `until` is scored, and
    what lies within is told: the points of a contribution are the same in whichever stretch.

    Raises `NotFound` as `ambassadors.find` does, and for points that are internal; `Invalid`.
    """
    async with reading(call) as tx:
        program, entry = await ambassadors.find(tx, call, slug, handle)
        policy = await policies.typed(tx, program)
        if policy.scoring.internal and not policies.reads_points(call, program.slug):
            raise NotFound("The program keeps its points internal.")
        first, last = _stretch(since, until, day_of(call.at, policy.time_zone))
        reader = contributions.reader_of(call, program, policy)
        done = await store.done(
            tx,
            program.id,
            reader,
            entry.person_id,
            since=first,
            until=last,
            before=_capped(policy),
        )
    titles = {one.id: one.title for one in done}
    every = rules.score(policy.contribution_types, done).contributions
    within = [one for one in every if one.contribution.occurred_on >= first]
    newest = within[: -MOST - 1 : -1]
    return Points(
        ambassador=entry.handle,
        since=first,
        until=last,
        policy_version=program.policy_version,
        total=_sum(within),
        by_type=_by_type(within),
        contributions=[Told(titles[one.contribution.id], one) for one in newest],
        complete=len(newest) == len(within),
    )


def _stretch(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    last = today if until is None else until
    first = stretches.begin(YEAR, last) if since is None else since
    if first > last:
        detail = "It begins after it ends."
        raise Invalid(detail, Fault("date", detail, parameter="from"))
    return first, last


def _capped(policy: Policy) -> list[str]:
    return [code for code, kind in policy.contribution_types.items() if kind.caps]


def _by_type(scored: Iterable[Scored]) -> list[TypePoints]:
    """The sums of each type, the most points first."""
    of_type: defaultdict[str, list[Scored]] = defaultdict(list)
    for one in scored:
        of_type[one.contribution.type].append(one)
    sums = [_type_points(type, ones) for type, ones in of_type.items()]
    return sorted(sums, key=lambda one: (-one.points, one.type))


def _type_points(type: str, scored: Sequence[Scored]) -> TypePoints:
    counted = sum(one.counted for one in scored)
    return TypePoints(type, _sum(scored), counted, len(scored) - counted)


def _sum(scored: Iterable[Scored]) -> Decimal:
    return sum((one.points for one in scored), rules.NONE)
