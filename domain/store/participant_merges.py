"""Statements that move the parts that somebody has in contributions to another person, and back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.store.people import Reference
from domain.store.query import Connection, Query, Statement


class Part(Struct, frozen=True):
    """A part in a contribution that ended, because the person who was kept had one in it too.

    `kept_share` is the share that they had before it grew by this one.
    """

    program_id: UUID
    contribution_id: UUID
    position: int
    unmatched_id: UUID | None
    role: str | None
    share: int | None
    kept_share: int | None


# Whoever did something first stays the first: what both claim is left where it is.
MOVE_FINGERPRINTS = Statement(
    """
    -- $1 from person  $2 to person  $3 only of these contributions (null: all)
    update contribution_fingerprints f set who = $2
      from contribution_participants p
     where p.person_id = $1 and ($3::uuid[] is null or p.contribution_id = any($3))
       and f.program_id = p.program_id and f.contribution_id = p.contribution_id and f.who = $1
       and not exists (select from contribution_fingerprints o
                        where o.program_id = f.program_id and o.who = $2
                          and o.fingerprint = f.fingerprint)
    """
)

END_PARTS = Query(
    Part,
    """
    -- $1 from person  $2 to person
    with doubled as (
        select p.*, k.share as kept_share
          from contribution_participants p
          join contribution_participants k
            on k.program_id = p.program_id and k.contribution_id = p.contribution_id
           and k.person_id = $2
         where p.person_id = $1
    ), ended as (
        delete from contribution_participants p using doubled b
         where p.program_id = b.program_id and p.contribution_id = b.contribution_id
           and p.person_id = $1
    ), grown as (
        update contribution_participants k set share = least(100, b.kept_share + b.share)
          from doubled b
         where k.program_id = b.program_id and k.contribution_id = b.contribution_id
           and k.person_id = $2 and b.kept_share + b.share is not null
    )
    select program_id, contribution_id, position, unmatched_id, role, share, kept_share from doubled
    """,
)

RETURN_PARTS = Statement(
    """
    -- $1 from person  $2 to person  $3 parts
    -- Not where people have taken the one who was kept away since.
    with doubled as (
        select r.*, k.occurred_on
          from jsonb_to_recordset($3) as r (
                   program_id uuid, contribution_id uuid, position smallint, unmatched_id uuid,
                   role text, share smallint, kept_share smallint)
          join contribution_participants k
            on k.program_id = r.program_id and k.contribution_id = r.contribution_id
           and k.person_id = $1
    ), shrunk as (
        update contribution_participants k set share = b.kept_share
          from doubled b
         where k.program_id = b.program_id and k.contribution_id = b.contribution_id
           and k.person_id = $1 and k.share = least(100, b.kept_share + b.share)
    )
    insert into contribution_participants (program_id, contribution_id, position, person_id,
                                           unmatched_id, role, share, occurred_on)
    select program_id, contribution_id, position, $2, unmatched_id, role, share, occurred_on
      from doubled
        on conflict do nothing
    """
)

MOVE_PARTS = Query(
    Reference,
    """
    -- $1 from person  $2 to person  $3 only of these contributions (null: all)
    update contribution_participants p set person_id = $2
     where person_id = $1 and ($3::uuid[] is null or contribution_id = any($3))
       and not exists (select from contribution_participants o
                        where o.program_id = p.program_id
                          and o.contribution_id = p.contribution_id and o.person_id = $2)
    returning contribution_id as id
    """,
)

COUNT_CONTRIBUTIONS = Statement(
    """
    -- $1 person  $2 contributions  $3 now
    update contributions c set version = c.version + 1, updated_at = $3
      from contribution_participants p
     where p.person_id = $1 and p.contribution_id = any($2)
       and c.program_id = p.program_id and c.id = p.contribution_id
    """
)


async def move(
    tx: Connection,
    source: UUID,
    target: UUID,
    at: datetime,
    only: tuple[list[UUID], list[Part]] | None,
) -> tuple[list[UUID], list[Part]]:
    """Move parts in contributions: nobody has two in one, so the second ends until an undo.

    `only`: the contributions whose parts moved and the parts that ended, to be returned. Returns
    the same of what is done now.
    """
    ids, ended = (None, await END_PARTS.all(tx, source, target)) if only is None else only
    await MOVE_FINGERPRINTS.run(tx, source, target, ids)
    moved = sorted(row.id for row in await MOVE_PARTS.all(tx, source, target, ids))
    if only is not None:
        await RETURN_PARTS.run(tx, source, target, ended)
    touched = [*moved, *(part.contribution_id for part in ended)]
    await COUNT_CONTRIBUTIONS.run(tx, target, touched, at)
    return moved, ended
