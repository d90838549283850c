"""Statements on who did what first, and on which later contributions may be the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.store.contributions import COLUMNS, Contribution
from domain.store.query import Connection, Query, Statement


class Claim(Struct, frozen=True):
    """That a contribution is the first of somebody with a fingerprint."""

    who: UUID
    fingerprint: bytes
    contribution_id: UUID


class Suspect(Struct, frozen=True):
    """A contribution that may be the same as another one; `verdict` is what a reviewer said."""

    contribution_id: UUID
    other_id: UUID
    verdict: str | None


CLAIM = Query(
    Claim,
    """
    -- $1 program  $2 who  $3 fingerprints  $4 contributions
    -- In one order, so that two that claim the same wait for each other and never deadlock; what
    -- somebody else holds is touched, so that its holder is known also if they commit just now.
    with wanted as (
        select * from unnest($2::uuid[], $3::bytea[], $4::uuid[])
            as w (who, fingerprint, contribution_id)
    ), held as (
        insert into contribution_fingerprints as f (program_id, who, fingerprint, contribution_id)
        select $1, who, fingerprint, contribution_id from wanted order by who, fingerprint
            on conflict (program_id, who, fingerprint) do update
           set contribution_id = f.contribution_id
        returning who, fingerprint, contribution_id
    )
    select h.who, h.fingerprint, h.contribution_id
      from held h join wanted w using (who, fingerprint)
     where h.contribution_id <> w.contribution_id
    """,
)

NOTE = Statement(
    """
    -- $1 program  $2 who  $3 fingerprints  $4 contributions
    insert into contribution_fingerprints (program_id, who, fingerprint, contribution_id)
    select $1, who, fingerprint, contribution_id
      from unnest($2::uuid[], $3::bytea[], $4::uuid[]) as w (who, fingerprint, contribution_id)
     order by who, fingerprint
        on conflict do nothing
    """
)

LINK = Query(
    Suspect,
    """
    -- $1 program  $2 contributions  $3 others  $4 at
    insert into contribution_suspects as s (program_id, contribution_id, other_id, created_at)
    select $1, contribution_id, other_id, $4
      from unnest($2::uuid[], $3::uuid[]) as p (contribution_id, other_id)
     order by contribution_id, other_id
        on conflict (program_id, contribution_id, other_id) do update set verdict = s.verdict
    returning contribution_id, other_id, verdict
    """,
)

RELEASE = Statement(
    """
    -- $1 program  $2 contributions
    delete from contribution_fingerprints where program_id = $1 and contribution_id = any($2)
    """
)


# One that another transaction is changing just now claims for itself, or needs no claim any more.
HEIRS = Query(
    Contribution,
    "-- $1 program  $2 contributions\nselect "
    + COLUMNS
    + """ from contributions
         where program_id = $1 and status in ('pending', 'accepted', 'disputed')
           and id in (select contribution_id from contribution_suspects
                       where program_id = $1 and other_id = any($2))
         order by id for no key update skip locked""",
)


async def claim(tx: Connection, program_id: UUID, claims: Sequence[Claim]) -> list[Claim]:
    """Claim, each of (who, fingerprint) once; returned are the claims that others hold."""
    return await CLAIM.all(tx, program_id, *_columns(claims))


async def note(tx: Connection, program_id: UUID, claims: Sequence[Claim]) -> None:
    """Claim what nobody holds."""
    await NOTE.run(tx, program_id, *_columns(claims))


async def link(
    tx: Connection, program_id: UUID, pairs: Sequence[tuple[UUID, UUID]], at: datetime
) -> list[Suspect]:
    """Link contributions with what they may be the same as; a verdict that was said stays."""
    ours, others = [one for one, _ in pairs], [other for _, other in pairs]
    return await LINK.all(tx, program_id, ours, others, at)


async def release(tx: Connection, program_id: UUID, ids: Iterable[UUID]) -> None:
    """Give up the claims of these contributions."""
    await RELEASE.run(tx, program_id, list(ids))


async def heirs(tx: Connection, program_id: UUID, ids: Iterable[UUID]) -> list[Contribution]:
    """What was suspected to be the same as these and can still count, locked, oldest first."""
    return await HEIRS.all(tx, program_id, list(ids))


def _columns(claims: Sequence[Claim]) -> tuple[list[UUID], list[bytes], list[UUID]]:
    return (
        [one.who for one in claims],
        [one.fingerprint for one in claims],
        [one.contribution_id for one in claims],
    )
