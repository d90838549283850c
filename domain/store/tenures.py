"""Statements on tenures: periods of being an ambassador, and what counted for them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query


class Finished(Struct, frozen=True):
    """A tenure with an outcome; both days are inclusive."""

    contribution_id: UUID
    id: UUID
    ambassador: str
    first_day: date
    last_day: date


FINISHED = Query(
    Finished,
    """
    -- $1 program  $2 contributions
    select c.contribution_id, t.id, a.handle as ambassador, t.first_day, t.last_day
      from tenure_contributions c
      join tenures t on t.program_id = c.program_id and t.id = c.tenure_id
      join ambassadors a on a.program_id = t.program_id and a.id = t.ambassador_id
     where c.program_id = $1 and c.contribution_id = any($2) and t.outcome is not null
     order by c.contribution_id, t.first_day
    """,
)


async def finished(tx: Connection, program_id: UUID, ids: list[UUID]) -> list[Finished]:
    """The finished tenures that these contributions counted for."""
    return await FINISHED.all(tx, program_id, ids)
