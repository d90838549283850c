"""What standings are judged by is read along indexes, for one and for a whole batch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import date
from uuid import UUID

import asyncpg
import pytest

from bench import invented, standings
from domain import programs
from domain.call import Call
from domain.rules.access import COMMAND_LINE
from domain.store import reminders, renewals
from domain.store import standings as store
from domain.store.database import Database
from domain.store.query import Connection
from domain.store.renewals import Due
from domain.store.standings import Window
from tests.database import OWNER, SERVICE, Databases, address
from tests.store.explain import Explaining, Plan

Ask = Callable[[Connection], Awaitable[object]]
PlanOf = Callable[[Ask], Awaitable[Plan]]

MANY = 10_000
ONE = UUID(invented.text_of("b", 4242))
BATCH = [UUID(invented.text_of("b", number)) for number in range(4000, 4500)]
TENURES = [UUID(invented.text_of("2", number)) for number in range(4000, 4500)]
WINDOWS = [
    Window(ambassador, UUID(invented.text_of("a", number)), date(2025, 1, 1), date(2026, 1, 1))
    for number, ambassador in enumerate(BATCH, 4000)
]

BEFORE = """
    insert into tenures (program_id, id, ambassador_id, first_day, last_day, policy_version, origin,
                         outcome, outcome_on, version, created_at, updated_at)
    select program_id, gen_random_uuid(), ambassador_id, '2023-01-01', '2023-12-31', 1, 'live',
           'renewed', '2024-01-01', 1, now(), now()
      from tenures;
    insert into tenure_contributions (program_id, tenure_id, contribution_id, ambassador_id)
    select t.program_id, t.id, p.contribution_id, t.ambassador_id
      from tenures t
      join ambassadors a on a.program_id = t.program_id and a.id = t.ambassador_id
      join contribution_participants p on p.program_id = t.program_id and p.person_id = a.person_id
     where t.outcome is not null;
    insert into leaves (program_id, id, ambassador_id, first_day, last_day, version, created_at,
                        updated_at)
    select program_id, gen_random_uuid(), id, '2025-03-01', '2025-03-09', 1, now(), now()
      from ambassadors;
    insert into eligibilities (program_id, id, ambassador_id, attribute, version, created_at,
                               updated_at)
    select program_id, gen_random_uuid(), id, 'student', 1, now(), now() from ambassadors;
    vacuum analyze
"""


@pytest.fixture(scope="module")
def filled(databases: Databases) -> Iterator[tuple[str, UUID]]:
    """A database with a program of 10,000 ambassadors, and the address of the service's role."""
    with databases.fresh(databases.template, "standings") as name:
        owner, service = (address(databases.url, name, role) for role in (OWNER, SERVICE))

        async def fill() -> UUID:
            database = Database()
            await database.open(service, size=1)
            call = Call(database, COMMAND_LINE, standings.NOW, "test")
            await programs.create(call, programs.Draft("demo", None, standings.POLICY))
            program_id = (await programs.get(call, "demo")).id
            await database.close(5)
            raw = await asyncpg.connect(owner)
            await raw.execute(invented.PEOPLE, MANY)
            await standings.fill(owner, program_id, MANY)
            for statement in BEFORE.split(";"):
                await raw.execute(statement)
            await raw.close()
            return program_id

        yield service, databases.run(fill)


@pytest.fixture
async def plan_of(filled: tuple[str, UUID]) -> AsyncIterator[PlanOf]:
    """Plans a store function's statement as the service's own pool would."""
    database = Database()
    await database.open(filled[0], size=1)

    async def plan(ask: Ask) -> Plan:
        async with database.connection() as raw:
            explaining = Explaining(raw)
            await ask(Connection(explaining))
        (made,) = explaining.plans
        assert made.read_whole == []
        return made

    yield plan
    await database.close(5)


@pytest.fixture(scope="module")
def program(filled: tuple[str, UUID]) -> UUID:
    return filled[1]


async def test_the_tenure_of_a_day_is_looked_up(plan_of: PlanOf, program: UUID) -> None:
    plan = await plan_of(lambda tx: store.of_day(tx, program, ONE, standings.DAY))
    assert plan.indexes == {"tenures_ambassador_idx", "ambassadors_pkey"}
    assert plan.sorts == []


@pytest.mark.parametrize("windows", [WINDOWS, WINDOWS[:1]], ids=["batch", "one"])
async def test_what_people_did_follows_their_index(
    plan_of: PlanOf, program: UUID, windows: list[Window]
) -> None:
    plan = await plan_of(
        lambda tx: store.did(tx, program, windows, time_zone="UTC", split=["code"])
    )
    assert plan.indexes == {
        "contribution_participants_person_idx",
        "contributions_pkey",
        "tenure_contributions_once_key",
    }
    condition = plan.conditions("contribution_participants_person_idx")
    assert "occurred_on >= " in condition
    assert "occurred_on <= " in condition


@pytest.mark.parametrize("ids", [BATCH, BATCH[:1]], ids=["batch", "one"])
async def test_leaves_and_eligibilities_are_looked_up(
    plan_of: PlanOf, program: UUID, ids: list[UUID]
) -> None:
    away = await plan_of(lambda tx: store.away(tx, program, ids))
    assert away.indexes == {"leaves_ambassador_idx"}
    known = await plan_of(lambda tx: store.attributes(tx, program, ids))
    assert known.indexes == {"eligibilities_attribute_key"}


@pytest.mark.parametrize(
    "after", [None, Due(date(2025, 12, 31), TENURES[0])], ids=["first", "later"]
)
async def test_what_is_due_is_read_in_its_order(
    plan_of: PlanOf, program: UUID, after: Due | None
) -> None:
    plan = await plan_of(
        lambda tx: renewals.due(tx, program, standings.DAY, after=after, limit=500, endless=False)
    )
    assert plan.indexes == {"tenures_due_idx", "ambassadors_pkey"}
    assert plan.sorts == []
    running = await plan_of(
        lambda tx: reminders.running(
            tx, program, standings.DAY, date(2026, 3, 1), after=after, limit=500
        )
    )
    assert running.indexes == {"tenures_due_idx", "ambassadors_pkey"}
    assert running.sorts == []


@pytest.mark.parametrize("after", [None, Due(None, TENURES[0])], ids=["first", "later"])
async def test_memberships_without_an_end_are_read_in_their_order(
    plan_of: PlanOf, program: UUID, after: Due | None
) -> None:
    behind = after.id if after else None
    plan = await plan_of(lambda tx: renewals.ENDLESS.all(tx, program, standings.DAY, behind, 500))
    assert plan.indexes == {"tenures_due_idx", "ambassadors_pkey"}


async def test_who_is_decided_on_is_held_by_keys(plan_of: PlanOf, program: UUID) -> None:
    held = await plan_of(lambda tx: renewals.lock(tx, program, BATCH))
    assert held.indexes == {"ambassadors_pkey"}
    again = await plan_of(lambda tx: renewals.again(tx, program, TENURES[:5]))
    assert again.indexes == {"tenures_pkey", "ambassadors_pkey"}
    counted = [UUID(invented.text_of("9", number)) for number in range(1, 4000)]
    kept = await plan_of(lambda tx: store.keep(tx, program, counted))
    assert kept.indexes == {"contributions_pkey"}
