"""A program with a requirement, and what its ambassadors did, below the rules of recording."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from domain import renewals
from domain.renewals import Summary
from domain.rules.contributions import ContributionStatus, Named, WaitingFor
from domain.rules.members import span
from tests.posting import post
from tests.tenured import YEARLY, Tenured, tenured
from tests.world import World

TWO: dict[str, Any] = {"measure": "contributions", "at_least": 2}


def asking(**conditions: dict[str, Any]) -> dict[str, Any]:
    """A requirement of one group, by default of two contributions in the tenure."""
    return {"groups": {"work": {"name": "Work", "conditions": conditions or {"two": TWO}}}}


def yearly(**more: Any) -> dict[str, Any]:
    """Tenures of a year that are renewed, or lapse after 30 days of grace."""
    return YEARLY | {"grace": "P30D", "when_met": "renew", "when_not_met": "lapse"} | more


async def judged(world: World, *, tenure: dict[str, Any] | None = None, **policy: Any) -> Tenured:
    """A program whose ambassadors have to contribute twice a year."""
    rules = yearly() if tenure is None else tenure
    return await tenured(world, tenure=rules, **{"requirement": asking()} | policy)


async def did(demo: Tenured, on: str, *handles: str, status: str = "accepted", **more: Any) -> str:
    """Something that these ambassadors (by default amara) did then; its id."""
    first, precision = span(on)
    waits = WaitingFor.REVIEWER if status in ("pending", "disputed") else None
    fields: dict[str, Any] = {
        "occurred_on": first,
        "date_precision": precision,
        "status": ContributionStatus(status),
        "waiting_for": waits,
        "created_at": datetime(first.year, first.month, first.day, 12, tzinfo=UTC),
        **more,
    }
    people = [Named(ambassador=handle) for handle in handles or ("amara",)]
    made = await post(demo.world, *people, slug=demo.program, **fields)
    await demo.world.rows(
        "update contribution_participants set occurred_on = $2 where contribution_id = $1",
        made,
        first,
    )
    return str(made)


async def run(demo: Tenured, on: str | None = None) -> Summary:
    """What the worker does on a day."""
    day = None if on is None else date.fromisoformat(on)
    return await renewals.run(demo.world.call(), demo.program, on=day)
