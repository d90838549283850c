"""Statements on expenses: they are added and read, never changed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.rules import money
from domain.rules.expenses import ExpenseKind
from domain.store.query import Connection, Query, Statement


class Expense(Struct, frozen=True):
    """What was spent: the amount with the decimals of its currency, negative in a reversal.

    `occurred_on` is a day in the program's time zone; `recorded_by` an account, None: a rule or the
    command line; `reversed_by_id` the expense that put this one right, if any.
    """

    id: UUID
    kind: ExpenseKind
    amount: Decimal
    currency: str
    occurred_on: date
    description: str
    grant_id: UUID | None
    movement_id: UUID | None
    reverses_id: UUID | None
    reversed_by_id: UUID | None
    recorded_at: datetime
    recorded_by: UUID | None


class Filter(Struct, frozen=True):
    """Which expenses to read; None filters nothing. Days are inclusive."""

    since: date | None = None
    until: date | None = None
    currency: str | None = None
    kind: ExpenseKind | None = None
    grant_id: UUID | None = None
    movement_id: UUID | None = None


INSERT = Statement(
    """
    -- $1 program  $2 id  $3 kind  $4 amount  $5 currency  $6 day  $7 description  $8 grant
    -- $9 movement  $10 reverses  $11 now  $12 account
    insert into expenses (program_id, id, kind, amount, currency, occurred_on, description,
                          grant_id, movement_id, reverses_id, recorded_at, recorded_by)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict on constraint expenses_reverses_key do nothing
    """
)

GET = Query(
    Expense,
    """
    -- $1 program  $2 id
    select e.id, e.kind, e.amount, e.currency, e.occurred_on, e.description, e.grant_id,
           e.movement_id, e.reverses_id, r.id as reversed_by_id, e.recorded_at, e.recorded_by
      from expenses e
      left join expenses r on r.program_id = e.program_id and r.reverses_id = e.id
     where e.program_id = $1 and e.id = $2
    """,
)

PAGE = Query(
    Expense,
    """
    -- $1 program  $2 since day  $3 until day  $4 currency  $5 kind  $6 grant  $7 movement
    -- $8 before expense (null: from the newest)  $9 limit
    select e.id, e.kind, e.amount, e.currency, e.occurred_on, e.description, e.grant_id,
           e.movement_id, e.reverses_id, r.id as reversed_by_id, e.recorded_at, e.recorded_by
      from expenses e
      left join expenses r on r.program_id = e.program_id and r.reverses_id = e.id
     where e.program_id = $1
       and ($2::date is null or e.occurred_on >= $2)
       and ($3::date is null or e.occurred_on <= $3)
       and ($4::text is null or e.currency = $4)
       and ($5::text is null or e.kind = $5)
       and ($6::uuid is null or e.grant_id = $6)
       and ($7::uuid is null or e.movement_id = $7)
       and ($8::uuid is null or e.id < $8)
     order by e.id desc
     limit $9
    """,
)


async def insert(tx: Connection, program_id: UUID, one: Expense) -> bool:
    """Add an expense; False where it would reverse one that has been reversed already."""
    added = await INSERT.run(
        tx,
        program_id,
        one.id,
        one.kind,
        one.amount,
        one.currency,
        one.occurred_on,
        one.description,
        one.grant_id,
        one.movement_id,
        one.reverses_id,
        one.recorded_at,
        one.recorded_by,
    )
    return added == 1


async def get(tx: Connection, program_id: UUID, expense_id: UUID) -> Expense | None:
    """One expense."""
    found = await GET.first(tx, program_id, expense_id)
    return found and _exact(found)


async def page(
    tx: Connection, program_id: UUID, where: Filter, *, before: UUID | None, limit: int
) -> list[Expense]:
    """Expenses, the one that was recorded last first."""
    rows = await PAGE.all(
        tx,
        program_id,
        where.since,
        where.until,
        where.currency,
        where.kind,
        where.grant_id,
        where.movement_id,
        before,
        limit,
    )
    return [_exact(row) for row in rows]


def _exact(row: Expense) -> Expense:
    return replace(row, amount=money.exact(row.amount, row.currency))
