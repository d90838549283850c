"""Statements on budgets, on what is used of them, and on the warnings that went out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.rules import money
from domain.store.query import Connection, Query, Statement


class Budget(Struct, frozen=True):
    """What may be spent in a currency from `first_day` to `last_day`, both inclusive.

    The amount has the decimals of its currency; `warn_at` are percents, ascending.
    """

    id: UUID
    name: str
    currency: str
    amount: Decimal
    first_day: date
    last_day: date
    warn_at: list[int]
    version: int
    created_at: datetime
    updated_at: datetime


class Used(Struct, frozen=True):
    """What expenses and grants come to in a budget."""

    budget_id: UUID
    spent: Decimal
    committed: Decimal


class Warned(Struct, frozen=True):
    """A warning that went out."""

    budget_id: UUID
    percent: int
    warned_at: datetime


class Percent(Struct, frozen=True):
    """A percent that has just been warned of."""

    percent: int


GET = Query(
    Budget,
    """
    -- $1 program  $2 id
    select id, name, currency, amount, first_day, last_day, warn_at, version, created_at, updated_at
      from budgets
     where program_id = $1 and id = $2
    """,
)

PAGE = Query(
    Budget,
    """
    -- $1 program  $2 currency (null: any)  $3 a day in it (null: any)
    -- $4 before first day (null: from the latest)  $5 and id  $6 limit
    select id, name, currency, amount, first_day, last_day, warn_at, version, created_at, updated_at
      from budgets
     where program_id = $1
       and ($2::text is null or currency = $2)
       and ($3::date is null or $3 between first_day and last_day)
       and ($4::date is null or (first_day, id) < ($4, $5::uuid))
     order by first_day desc, id desc
     limit $6
    """,
)

LOCK = Query(
    Budget,
    """
    -- $1 program  $2 id
    select id, name, currency, amount, first_day, last_day, warn_at, version, created_at, updated_at
      from budgets
     where program_id = $1 and id = $2
       for update
    """,
)

# What has warned of everything is not locked: expenses in it don't wait for each other.
LOCK_SILENT = Query(
    Budget,
    """
    -- $1 program  $2 currency (null: any)  $3 a day in it (null: any)
    select id, name, currency, amount, first_day, last_day, warn_at, version, created_at, updated_at
      from budgets b
     where program_id = $1
       and ($2::text is null or currency = $2)
       and ($3::date is null or $3 between first_day and last_day)
       and exists (select from unnest(b.warn_at) as p (percent)
                    where not exists (select from budget_warnings w
                                       where w.program_id = b.program_id and w.budget_id = b.id
                                         and w.percent = p.percent))
     order by id
       for update of b
    """,
)

USED = Query(
    Used,
    """
    -- $1 program  $2 budgets  $3 time zone
    select b.id as budget_id,
           (select coalesce(sum(e.amount), 0) from expenses e
             where e.program_id = b.program_id and e.currency = b.currency
               and e.occurred_on between b.first_day and b.last_day) as spent,
           (select coalesce(sum(g.value_amount), 0) from grants g
             where g.program_id = b.program_id and g.status in ('claimed', 'offered')
               and g.value_currency = b.currency
               and (g.offered_at at time zone $3)::date between b.first_day and b.last_day)
               as committed
      from budgets b
     where b.program_id = $1 and b.id = any($2)
    """,
)

WARNED = Query(
    Warned,
    """
    -- $1 program  $2 budgets
    select budget_id, percent, warned_at
      from budget_warnings
     where program_id = $1 and budget_id = any($2)
     order by budget_id, percent
    """,
)

INSERT = Statement(
    """
    -- $1 program  $2 id  $3 name  $4 currency  $5 amount  $6 first day  $7 last day  $8 warn at
    -- $9 version  $10 created  $11 updated
    insert into budgets (program_id, id, name, currency, amount, first_day, last_day, warn_at,
                         version, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    """
)

UPDATE = Statement(
    """
    -- $1 program  $2 id  $3 name  $4 amount  $5 first day  $6 last day  $7 warn at  $8 version
    -- $9 updated
    update budgets set name = $3, amount = $4, first_day = $5, last_day = $6, warn_at = $7,
                       version = $8, updated_at = $9
     where program_id = $1 and id = $2
    """
)

WARN = Query(
    Percent,
    """
    -- $1 program  $2 budget  $3 percents  $4 now
    insert into budget_warnings (program_id, budget_id, percent, warned_at)
    select $1, $2, percent, $4 from unnest($3::int[]) as due (percent)
        on conflict do nothing
    returning percent
    """,
)


async def get(tx: Connection, program_id: UUID, budget_id: UUID) -> Budget | None:
    """One budget."""
    found = await GET.first(tx, program_id, budget_id)
    return found and _exact(found)


async def page(
    tx: Connection,
    program_id: UUID,
    *,
    currency: str | None,
    on: date | None,
    before: tuple[date, UUID] | None,
    limit: int,
) -> list[Budget]:
    """Budgets, the one that begins last first."""
    place = before or (None, None)
    return [_exact(row) for row in await PAGE.all(tx, program_id, currency, on, *place, limit)]


async def lock(tx: Connection, program_id: UUID, budget_id: UUID) -> Budget | None:
    """One budget, locked for a change of it."""
    found = await LOCK.first(tx, program_id, budget_id)
    return found and _exact(found)


async def lock_silent(
    tx: Connection, program_id: UUID, *, currency: str | None, on: date | None
) -> list[Budget]:
    """The budgets that have not warned of everything yet, locked in the order of their ids."""
    return [_exact(row) for row in await LOCK_SILENT.all(tx, program_id, currency, on)]


async def used(
    tx: Connection, program_id: UUID, budgets: Collection[UUID], time_zone: str
) -> dict[UUID, Used]:
    """What is used of budgets; the day of an offer is that of the time zone."""
    return {one.budget_id: one for one in await USED.all(tx, program_id, budgets, time_zone)}


async def warned(tx: Connection, program_id: UUID, budgets: Collection[UUID]) -> list[Warned]:
    """The warnings that went out of budgets, by percent."""
    return await WARNED.all(tx, program_id, budgets)


async def insert(tx: Connection, program_id: UUID, one: Budget) -> None:
    """Store a new budget."""
    await INSERT.run(
        tx,
        program_id,
        one.id,
        one.name,
        one.currency,
        one.amount,
        one.first_day,
        one.last_day,
        one.warn_at,
        one.version,
        one.created_at,
        one.updated_at,
    )


async def update(tx: Connection, program_id: UUID, one: Budget) -> None:
    """Store a locked budget as it is now."""
    await UPDATE.run(
        tx,
        program_id,
        one.id,
        one.name,
        one.amount,
        one.first_day,
        one.last_day,
        one.warn_at,
        one.version,
        one.updated_at,
    )


async def warn(
    tx: Connection, program_id: UUID, budget_id: UUID, percents: Sequence[int], at: datetime
) -> list[int]:
    """Note that a budget warned of these percents; those of which it had not yet, ascending."""
    return sorted(row.percent for row in await WARN.all(tx, program_id, budget_id, percents, at))


def _exact(row: Budget) -> Budget:
    return replace(row, amount=money.exact(row.amount, row.currency))
