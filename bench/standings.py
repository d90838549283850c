"""How long does it take to judge everybody in a program, and does it grow with it in a line?"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import Struct

from bench.invented import AGE, AMBASSADOR, PERSON, name_of, one_of
from domain import programs, renewal_previews, renewals
from domain.call import Call
from domain.rules.access import COMMAND_LINE
from domain.store import directory
from domain.store.database import Database
from domain.store.query import Connection
from service.postgres import Server

BAR = 60.0
"""Seconds in which 100,000 ambassadors with 1,000,000 contributions are judged."""

LINE_BAR = 1.5
"""How many times as much one of them may cost as in a program of a tenth of the size."""

BENEFITS_BAR = 1.6
"""How many times as much a renewal may cost that offers what the policy promises."""

EACH = 10
"""Contributions of an ambassador, all of them in the tenure that is judged."""

DAY = date(2026, 1, 1)
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)

TYPES = "'{article,talk,code,event,video}'"
POLICY: dict[str, Any] = {
    "texts": {"name": "Bench Tenures"},
    "contribution_types": {
        "article": {"name": "Article", "area": "content", "points": 3},
        "talk": {"name": "Talk", "area": "events", "points": 5},
        "code": {"name": "Code", "area": "code", "points": 2, "counting": "split"},
        "event": {"name": "Event", "area": "events", "points": 8},
        "video": {
            "name": "Video",
            "area": "content",
            "points": 4,
            "caps": [{"at_most": 3, "within": "P1Y"}],
        },
    },
    "tenure": {
        "clock": "anniversary",
        "length": "P1Y",
        "grace": "P30D",
        "when_met": "renew",
        "when_not_met": "lapse",
    },
    "requirement": {
        "groups": {
            "work": {
                "name": "Work",
                "conditions": {
                    "ten": {"measure": "contributions", "at_least": 9},
                    "kinds": {"measure": "distinct_types", "at_least": 3},
                    "talks": {"measure": "contributions", "at_least": 1, "areas": ["events"]},
                },
            }
        }
    },
}

BENEFITS: dict[str, Any] = {
    "pack": {
        "name": "Pack",
        "kind": "swag",
        "offered": ["tenure"],
        "value": {"amount": "150.00", "currency": "USD"},
        "claim_within": "P60D",
    },
    "club": {
        "name": "Club",
        "kind": "membership",
        "offered": ["renewal"],
        "automatic": True,
        "ends_with_tenure": True,
    },
}
"""Two for everybody who is renewed; the second is claimed by itself."""

# Odd ones joined earlier: half of them are in their grace, and the other half has just ended.
TENURES = f"""
    insert into tenures (program_id, id, ambassador_id, first_day, last_day, policy_version, origin,
                         version, created_at, updated_at)
    select $2, {name_of("2")}, {AMBASSADOR}, first, (first + interval '1 year')::date - 1, 1,
           'live', 1, {AGE}, {AGE}
      from (select i, date '2025-01-01' - case when i % 2 = 1 then 40 else 0 end as first
              from generate_series(1, $1::int) i) as begun
"""

AMBASSADORS = f"""
    insert into ambassadors (program_id, id, person_id, handle, status, joined_on, hidden_fields,
                             version, created_at, updated_at)
    select $2, {AMBASSADOR}, {PERSON}, 'invented-' || i, 'active', date '2020-01-01', '{{}}', 1,
           {AGE}, {AGE}
      from generate_series(1, $1::int) i
"""

CONTRIBUTIONS = f"""
    insert into contributions (program_id, id, type, type_text, title, occurred_on, date_precision,
                               evidence, tags, audience, metrics, fields, visibility, matched,
                               status, waiting_for, version, created_at, updated_at)
    select $2, {name_of("9", "c")}, type, type, initcap(type) || ' number ' || c,
           date '2025-01-01' + (random() * 300)::int, 'day', '{{}}', '{{}}', '{{}}', '[]', '{{}}',
           'public', true, status, case when status = 'pending' then 'reviewer' end, 1, {AGE}, {AGE}
      from (select c, {one_of(TYPES, 5)} as type,
                   case when c % 100 < 5 then 'declined' when c % 100 < 10 then 'pending'
                        else 'accepted' end as status
              from generate_series(1, $1::int * {EACH}) c) as drawn
"""

PARTICIPANTS = f"""
    insert into contribution_participants (program_id, contribution_id, position, person_id,
                                           occurred_on)
    select $1, c.id, 0, {name_of("a", "1 + (row_number() over (order by c.id) - 1) / 10")},
           c.occurred_on
      from contributions c where c.program_id = $1
"""


class Took(Struct, frozen=True):
    """What a program of some size took, in seconds."""

    ambassadors: int
    dry: float
    applied: float
    again: float


async def measure(server: Server, ambassadors: int) -> int:
    """Judge a tenth of the ambassadors, then all of them; print; the number of missed bars."""
    print("renewing everybody who is due, in seconds (one process)")
    print(f"{'ambassadors':>13}{'contributions':>15}{'dry run':>10}{'applied':>10}{'again':>10}")
    small = await _took(server, ambassadors // 10)
    large = await _took(server, ambassadors)
    offering = await _took(server, ambassadors // 10, BENEFITS)
    missed = int(large.dry > BAR * ambassadors / 100_000)
    for what in ("dry", "applied"):
        growth = getattr(large, what) / getattr(small, what) / 10
        missed += growth > LINE_BAR
        print(f"  {what}: each costs {growth:.2f} times as much as in a tenth (bar {LINE_BAR})")
    dearer = offering.applied / small.applied
    missed += dearer > BENEFITS_BAR
    print(f"  with {len(BENEFITS)} benefits for each: {dearer:.2f} times (bar {BENEFITS_BAR})")
    print()
    return missed


async def _took(server: Server, ambassadors: int, benefits: dict[str, Any] | None = None) -> Took:
    slug = f"tenures-{ambassadors}" + ("-benefits" if benefits else "")
    database = Database()
    await database.open(server.service_url, size=2)
    try:
        call = Call(database, COMMAND_LINE, NOW, "bench-standings")
        await programs.create(
            call, programs.Draft(slug, None, POLICY | {"benefits": benefits or {}})
        )
        await fill(server.owner_url, (await programs.get(call, slug)).id, ambassadors)
        times: list[float] = []
        for work in (renewal_previews.preview, renewals.run, renewals.run):
            begun = time.perf_counter()
            await work(call, slug, on=DAY)
            times.append(time.perf_counter() - begun)
    finally:
        await database.close(5)
    took = Took(ambassadors, *times)
    print(f"{ambassadors:13,}{ambassadors * EACH:15,}" + "".join(f"{t:10.1f}" for t in times))
    return took


async def fill(owner_url: str, program_id: UUID, ambassadors: int) -> None:
    """So many ambassadors of a program, of people who are there, with what they did."""
    raw = await asyncpg.connect(owner_url)
    try:
        async with raw.transaction():
            await raw.execute("select setseed(0.25)")
            for sql in (AMBASSADORS, TENURES, CONTRIBUTIONS):
                await raw.execute(sql, ambassadors, program_id)
            await raw.execute(PARTICIPANTS, program_id)
            await directory.refresh_program(Connection(raw), program_id)
        await raw.execute("vacuum analyze")
    finally:
        await raw.close()
