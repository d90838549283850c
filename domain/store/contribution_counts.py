"""How many contributions a reader may see, by type and by month."""

from __future__ import annotations

from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from domain.store.contribution_places import FILTERS, MEMBERS, OPEN, WORDS, Filters, arguments_of
from domain.store.contribution_readers import FOR_OTHERS, LISTED, MEMBER, VISIBLE, Reader
from domain.store.query import Connection, Query


class Counted(Struct, frozen=True):
    """How many of one type, or in one month (`2025-11`, or `2025` for what has no month)."""

    type: str | None
    month: str | None
    n: int


class TypeCount(Struct, frozen=True):
    """How many there are of a type."""

    type: str
    count: int


class MonthCount(Struct, frozen=True):
    """How many there are in a month; or in a year, of those of which only the year is known."""

    month: str
    count: int


class Counts(Struct, frozen=True):
    """How many there are, the most frequent type and the latest month first."""

    total: int
    by_type: list[TypeCount]
    by_month: list[MonthCount]


HEAD: LiteralString = """
    -- $1 program  $2 statuses shown  $3 reads all  $4 the reader's person  $5 and account
    -- $6 status  $7 type  $8 types  $9 language  $10 country  $11 tag  $12 since  $13 until
    -- $14 words  $15 source (null: any)  $16 participant
"""

NARROWED: LiteralString = (
    FILTERS
    + " and c.status = $6 and ($15::text is null or c.source = $15) and ($14::text is null or "
    + WORDS
    + ")"
)


def _days(condition: LiteralString) -> LiteralString:
    """By type and day, which are few, before the days are made months."""
    return (
        """
        select c.type, c.occurred_on, c.date_precision = 'year' as vague, count(*) as n
          from contributions c where c.program_id = $1 and """
        + condition
        + NARROWED
        + " group by 1, 2, 3"
    )


def _counts(days: LiteralString) -> LiteralString:
    return (
        HEAD
        + """
        select d.type, d.month, sum(d.n)::bigint as n
          from (select every.type, every.n,
                       to_char(occurred_on, case when vague then 'YYYY' else 'YYYY-MM' end) as month
                  from ("""
        + days
        + """) every) d
         group by grouping sets ((d.type), (d.month))
         order by d.month desc, n desc, d.type
        """
    )


OTHERS = Query(
    Counted,
    _counts(
        _days("$6 = 'accepted' and " + OPEN + " and " + LISTED)
        + " union all "
        + _days("$6 = 'accepted' and " + MEMBERS + " and " + MEMBER + " and " + LISTED)
        + " union all "
        + _days(
            """
            not $3::boolean and c.id in (
                select p.contribution_id from contribution_participants p
                 where p.program_id = $1 and p.person_id = $4::uuid
                 union
                select s.id from contributions s
                 where s.program_id = $1 and s.submitted_by = $5::uuid)
            and not ("""
            + FOR_OTHERS
            + ")"
        )
    ),
)
"""What others did, and what is the reader's own but not among that. Each is a condition by itself:
of a condition behind `or` the planner makes no join, and would look at every row for itself."""

STAFF = Query(Counted, _counts(_days(VISIBLE)))

PERSON = Query(
    Counted,
    _counts(
        _days(
            """
            c.id in (select p.contribution_id from contribution_participants p
                      where p.program_id = $1 and p.person_id = $16::uuid) and """
            + VISIBLE
        )
    ),
)


async def counts(tx: Connection, program_id: UUID, reader: Reader, filters: Filters) -> Counts:
    """How many contributions the reader may see and the filters leave."""
    known = arguments_of(program_id, reader, filters)
    if filters.person_id is not None:
        rows = await PERSON.all(tx, *known, filters.person_id)
    else:
        rows = await (STAFF if reader.reads_all else OTHERS).all(tx, *known)
    by_type = [TypeCount(row.type, row.n) for row in rows if row.type is not None]
    by_month = [MonthCount(row.month, row.n) for row in rows if row.month is not None]
    return Counts(sum(one.count for one in by_type), by_type, by_month)
