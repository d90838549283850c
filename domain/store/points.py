"""What one person did, as far as a reader may see it, with what decides on its points."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from domain.rules.points import Counted
from domain.store.contribution_readers import VISIBLE, Reader, arguments
from domain.store.query import Connection, Query


class Done(Counted, frozen=True):
    """A contribution of the person, with what it is called."""

    title: str


# `offset 0`, and the status compared outside, have each contribution looked up by its key, however
# little the planner knows of the tables. What comes before VISIBLE is implied by it, and cheaper.
DONE = Query(
    Done,
    """
    -- $1 program  $2 statuses shown  $3 reads all  $4 the reader's person  $5 and account
    -- $6 whose  $7 from  $8 until  $9 types of which also what was before counts
    select one.id, one.type, one.title, one.occurred_on, one.precision, p.share, one.participants
      from contribution_participants p
     cross join lateral (
           select c.id, c.status, c.type, c.title, c.occurred_on, c.date_precision as precision,
                  (select count(*) from contribution_participants o
                    where o.program_id = c.program_id and o.contribution_id = c.id) as participants
             from contributions c
            where c.program_id = p.program_id and c.id = p.contribution_id
              and (p.occurred_on >= $7 or c.type = any($9::text[]))
              and (coalesce(p.person_id = $4::uuid, false)
                   or (c.status = 'accepted' and c.visibility = 'public' and exists (
                       select from directory_entries e
                        where e.program_id = $1 and e.person_id = $6 and e.status = any($2)))
                   or """
    + VISIBLE
    + """)
           offset 0) one
     where p.program_id = $1 and p.person_id = $6 and p.occurred_on <= $8
       and one.status = 'accepted'
    """,
)


async def done(
    tx: Connection,
    program_id: UUID,
    reader: Reader,
    person_id: UUID,
    *,
    since: date,
    until: date,
    before: Sequence[str],
) -> list[Done]:
    """The accepted contributions of a person from `since` to `until`, in no order.

    Of the types in `before` also all that began before `since`.
    """
    known = arguments(program_id, reader)
    return await DONE.all(tx, *known, person_id, since, until, list(before))
