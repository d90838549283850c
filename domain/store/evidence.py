"""Statements on evidence marks: what was shown for somebody's admission to a program."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from domain.store.query import Connection, Statement

# Whoever comes back may have shown the same before: the first mark stays.
MARK = Statement(
    """
    -- $1 program  $2 program of the contribution  $3 contribution  $4 person  $5 application
    insert into evidence_marks (program_id, contribution_program_id, contribution_id, person_id,
                                application_id)
    values ($1, $2, $3, $4, $5)
    on conflict do nothing
    """
)


async def mark(
    tx: Connection,
    program_id: UUID,
    application_id: UUID,
    person_id: UUID,
    contributions: Iterable[tuple[UUID, UUID]],
) -> None:
    """Mark contributions, each by its program and id: they count for no tenure of the person.

    In the program of the application only, and for nobody else (RULES.md, "Contributions").
    """
    await MARK.many(
        tx,
        [(program_id, *contribution, person_id, application_id) for contribution in contributions],
    )
