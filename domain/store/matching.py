"""Statements that give what names an identity to the person whose it is, many rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query, Statement
from domain.store.unmatched import Entry


class Touched(Struct, frozen=True):
    """A contribution that names an identity, or that it may turn out to be the same as."""

    id: UUID


class Pair(Struct, frozen=True):
    """Two contributions of one person that may be the same; the first is the later one."""

    contribution_id: UUID
    other_id: UUID


LOCK_TOUCHED = Query(
    Touched,
    """
    -- $1 program  $2 entry  $3 person
    select id from contributions
     where program_id = $1 and id in (
           select contribution_id from contribution_participants
            where program_id = $1 and unmatched_id = $2 and person_id is null
            union
           select theirs.contribution_id
             from contribution_fingerprints mine
             join contribution_fingerprints theirs
               on theirs.program_id = mine.program_id and theirs.who = $3
              and theirs.fingerprint = mine.fingerprint
            where mine.program_id = $1 and mine.who = $2)
     order by id
       for update
    """,
)

BOTH_CLAIMED = Query(
    Pair,
    """
    -- $1 program  $2 entry  $3 person
    select distinct greatest(mine.contribution_id, theirs.contribution_id) as contribution_id,
                    least(mine.contribution_id, theirs.contribution_id) as other_id
      from contribution_fingerprints mine
      join contribution_fingerprints theirs
        on theirs.program_id = mine.program_id and theirs.who = $3
       and theirs.fingerprint = mine.fingerprint
     where mine.program_id = $1 and mine.who = $2
       and mine.contribution_id <> theirs.contribution_id
     order by 1, 2
    """,
)

DROP_FINGERPRINTS = Statement(
    """
    -- $1 program  $2 entry  $3 person
    -- Whoever claimed it holds it.
    delete from contribution_fingerprints mine
     where mine.program_id = $1 and mine.who = $2
       and exists (select from contribution_fingerprints theirs
                    where theirs.program_id = mine.program_id and theirs.who = $3
                      and theirs.fingerprint = mine.fingerprint)
    """
)

MOVE_FINGERPRINTS = Statement(
    """
    -- $1 program  $2 entry  $3 person
    update contribution_fingerprints set who = $3 where program_id = $1 and who = $2
    """
)

JOIN_SHARES = Statement(
    """
    -- $1 program  $2 contributions  $3 entry  $4 person
    update contribution_participants o set share = least(100, o.share + p.share)
      from contribution_participants p
     where p.program_id = $1 and p.contribution_id = any($2) and p.who = $3
       and o.program_id = p.program_id and o.contribution_id = p.contribution_id and o.who = $4
       and o.share + p.share is not null
    """
)

END_PARTS = Statement(
    """
    -- $1 program  $2 contributions  $3 entry
    delete from contribution_participants
     where program_id = $1 and contribution_id = any($2) and who = $3
    """
)

MOVE_PARTS = Statement(
    """
    -- $1 program  $2 contributions  $3 entry  $4 person
    update contribution_participants set person_id = $4
     where program_id = $1 and contribution_id = any($2) and who = $3
    """
)

COUNT_UP = Statement(
    """
    -- $1 program  $2 contributions  $3 those of them that a reviewer has to look at  $4 at
    update contributions
       set matched = true, version = version + 1, updated_at = $4,
           status = case when id = any($3) then 'pending' else status end,
           waiting_for = case when id = any($3) then 'reviewer' else waiting_for end
     where program_id = $1 and id = any($2)
    """
)


async def lock_touched(tx: Connection, entry: Entry, person_id: UUID) -> list[UUID]:
    """What names an identity, and what of the person it may repeat: locked, oldest first."""
    found = await LOCK_TOUCHED.all(tx, entry.program_id, entry.id, person_id)
    return [one.id for one in found]


async def move_fingerprints(tx: Connection, entry: Entry, person_id: UUID) -> list[Pair]:
    """Whatever was claimed for an identity is the person's; returns what both claimed."""
    both = await BOTH_CLAIMED.all(tx, entry.program_id, entry.id, person_id)
    await DROP_FINGERPRINTS.run(tx, entry.program_id, entry.id, person_id)
    await MOVE_FINGERPRINTS.run(tx, entry.program_id, entry.id, person_id)
    return both


async def join_parts(tx: Connection, entry: Entry, person_id: UUID, ids: Sequence[UUID]) -> None:
    """The identity's part joins the one that the person has in these contributions."""
    await JOIN_SHARES.run(tx, entry.program_id, ids, entry.id, person_id)
    await END_PARTS.run(tx, entry.program_id, ids, entry.id)


async def move_parts(tx: Connection, entry: Entry, person_id: UUID, ids: Sequence[UUID]) -> None:
    """Give the identity's parts in these contributions to the person, who has none there."""
    await MOVE_PARTS.run(tx, entry.program_id, ids, entry.id, person_id)


async def count_up(
    tx: Connection, entry: Entry, ids: Sequence[UUID], doubted: Sequence[UUID], at: datetime
) -> None:
    """Store that these contributions changed, and that the doubted ones wait for a reviewer."""
    await COUNT_UP.run(tx, entry.program_id, ids, doubted, at)
