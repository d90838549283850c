"""Statements on merges of people: what moved, and moving it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from domain.store import application_merges, participant_merges
from domain.store.application_merges import Candidacies
from domain.store.participant_merges import Part
from domain.store.people import Reference
from domain.store.query import Connection, Query, Statement


class Moved(Struct, frozen=True):
    """The ids of exactly the rows that a merge moved, by table; of parts, their contributions'.

    What has a default is in no merge that was made before it could move.
    """

    identities: list[UUID]
    affiliations: list[UUID]
    ambassadors: list[UUID]
    accounts: list[UUID]
    invitations: list[UUID]
    contributions: list[UUID] = []
    unmatched: list[UUID] = []
    ended: list[Part] = []
    candidacies: Candidacies = Candidacies()


class Merge(Struct, frozen=True):
    """One merge of two people, and when it was undone."""

    id: UUID
    kept_id: UUID
    merged_id: UUID
    moved: Moved
    merged_at: datetime
    merged_by: UUID | None
    undone_at: datetime | None


VISIBLE = Query(
    Merge,
    """
    -- $1 merge  $2 programs (null: all)
    select m.id, m.kept_id, m.merged_id, m.moved, m.merged_at, m.merged_by, m.undone_at
      from person_merges m
     where m.id = $1
       and ($2::uuid[] is null
            or exists (select from ambassadors a
                        where a.person_id = m.kept_id and a.program_id = any($2))
            or not exists (select from ambassadors a where a.person_id = m.kept_id))
    """,
)

LOCK = Query(
    Merge,
    """
    -- $1 merge
    select id, kept_id, merged_id, moved, merged_at, merged_by, undone_at
      from person_merges where id = $1 for update
    """,
)

PAGE = Query(
    Merge,
    """
    -- $1 programs (null: all)  $2 before id (null: from the newest)  $3 limit
    select m.id, m.kept_id, m.merged_id, m.moved, m.merged_at, m.merged_by, m.undone_at
      from person_merges m
     where ($2::uuid is null or m.id < $2)
       and ($1::uuid[] is null
            or exists (select from ambassadors a
                        where a.person_id = m.kept_id and a.program_id = any($1))
            or not exists (select from ambassadors a where a.person_id = m.kept_id))
     order by m.id desc
     limit $3
    """,
)

INSERT = Statement(
    """
    -- $1 id  $2 kept  $3 merged  $4 moved  $5 at  $6 by
    insert into person_merges (id, kept_id, merged_id, moved, merged_at, merged_by)
    values ($1, $2, $3, $4, $5, $6)
    """
)

UNDO = Statement(
    """
    -- $1 id  $2 at
    update person_merges set undone_at = $2 where id = $1
    """
)

MOVE_IDENTITIES = Query(
    Reference,
    """
    -- $1 from person  $2 to person  $3 only these (null: all)
    update identities set person_id = $2
     where person_id = $1 and ($3::uuid[] is null or id = any($3)) returning id
    """,
)

MOVE_AFFILIATIONS = Query(
    Reference,
    """
    -- $1 from person  $2 to person  $3 only these (null: all)
    update affiliations set person_id = $2
     where person_id = $1 and ($3::uuid[] is null or id = any($3)) returning id
    """,
)

MOVE_AMBASSADORS = Query(
    Reference,
    """
    -- $1 from person  $2 to person  $3 only these (null: all)  $4 now
    update ambassadors set person_id = $2, version = version + 1, updated_at = $4
     where person_id = $1 and ($3::uuid[] is null or id = any($3)) returning id
    """,
)

MOVE_ACCOUNTS = Query(
    Reference,
    """
    -- $1 from person  $2 to person  $3 only these (null: all)  $4 now
    update accounts set person_id = $2, version = version + 1, updated_at = $4
     where person_id = $1 and ($3::uuid[] is null or id = any($3)) returning id
    """,
)

MOVE_INVITATIONS = Query(
    Reference,
    """
    -- $1 from person  $2 to person  $3 only these (null: all)  $4 now
    update invitations set person_id = $2, version = version + 1, updated_at = $4
     where person_id = $1 and ($3::uuid[] is null or id = any($3)) returning id
    """,
)


MOVE_UNMATCHED = Query(
    Reference,
    """
    -- $1 from person  $2 to person  $3 only these (null: all)  $4 now
    update unmatched_identities set person_id = $2, version = version + 1, updated_at = $4
     where person_id = $1 and ($3::uuid[] is null or id = any($3)) returning id
    """,
)

ACTIVE_IN = Query(
    Reference,
    """
    -- $1 people
    select program_id as id from contribution_participants where person_id = any($1)
     union select program_id from applications
            where person_id = any($1) or nominator_id = any($1)
     union select program_id from electors where person_id = any($1)
    """,
)


async def active_in(tx: Connection, *people: UUID) -> list[UUID]:
    """The programs that know of contributions, applications or votes by any of the people."""
    return [row.id for row in await ACTIVE_IN.all(tx, people)]


async def visible(tx: Connection, merge_id: UUID, programs: frozenset[UUID] | None) -> Merge | None:
    """The merge, if the programs let one see the person that was kept."""
    return await VISIBLE.first(tx, merge_id, None if programs is None else list(programs))


async def lock(tx: Connection, merge_id: UUID) -> Merge | None:
    """The merge, locked until the transaction ends."""
    return await LOCK.first(tx, merge_id)


async def page(
    tx: Connection, *, programs: frozenset[UUID] | None, before: UUID | None, limit: int
) -> list[Merge]:
    """Merges, newest first."""
    return await PAGE.all(tx, None if programs is None else list(programs), before, limit)


async def insert(tx: Connection, merge: Merge) -> None:
    """Store a merge with what it moved."""
    await INSERT.run(
        tx,
        merge.id,
        merge.kept_id,
        merge.merged_id,
        msgspec.to_builtins(merge.moved),
        merge.merged_at,
        merge.merged_by,
    )


async def undo(tx: Connection, merge_id: UUID, at: datetime) -> None:
    """Note that a merge was undone."""
    await UNDO.run(tx, merge_id, at)


async def move(
    tx: Connection, source: UUID, target: UUID, at: datetime, only: Moved | None = None
) -> Moved:
    """Move what belongs to one person (of that: only these rows) to another; returns what moved."""

    def ids(table: str) -> list[UUID] | None:
        return None if only is None else getattr(only, table)

    contributions, ended = await participant_merges.move(
        tx, source, target, at, None if only is None else (only.contributions, only.ended)
    )
    return Moved(
        identities=_ids(await MOVE_IDENTITIES.all(tx, source, target, ids("identities"))),
        affiliations=_ids(await MOVE_AFFILIATIONS.all(tx, source, target, ids("affiliations"))),
        ambassadors=_ids(await MOVE_AMBASSADORS.all(tx, source, target, ids("ambassadors"), at)),
        accounts=_ids(await MOVE_ACCOUNTS.all(tx, source, target, ids("accounts"), at)),
        invitations=_ids(await MOVE_INVITATIONS.all(tx, source, target, ids("invitations"), at)),
        contributions=contributions,
        unmatched=_ids(await MOVE_UNMATCHED.all(tx, source, target, ids("unmatched"), at)),
        ended=ended,
        candidacies=await application_merges.move(
            tx, source, target, at, only and only.candidacies
        ),
    )


def _ids(rows: list[Reference]) -> list[UUID]:
    return sorted(row.id for row in rows)
