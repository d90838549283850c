"""Statements on benefit codes: pools of tickets and vouchers, each for one grant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query, Statement


class Code(Struct, frozen=True):
    """A code, sealed; `digest` tells it from others without opening any."""

    id: UUID
    digest: bytes
    sealed: bytes


class Given(Struct, frozen=True):
    """A sealed code that is a grant's."""

    id: UUID
    sealed: bytes
    given_at: datetime


class Counts(Struct, frozen=True):
    """How many codes a pool has had, and how many of them are given and still free."""

    loaded: int
    given: int
    free: int


class Added(Struct, frozen=True):
    """A code that was not known before."""

    id: UUID


# Otherwise whoever waits for the code that another one takes would be told that there is none left.
LOCK = Statement(
    """
    -- $1 program  $2 benefit
    select pg_advisory_xact_lock(
        hashtextextended('chancery.benefit_codes:' || $1::uuid || ':' || $2::text, 0))
    """
)

ADD = Query(
    Added,
    """
    -- $1 program  $2 benefit  $3 ids  $4 digests  $5 sealed  $6 now  $7 account
    insert into benefit_codes (program_id, benefit, id, digest, sealed, loaded_at, loaded_by)
    select $1, $2, id, digest, sealed, $6, $7
      from unnest($3::uuid[], $4::bytea[], $5::bytea[]) as c (id, digest, sealed)
     order by id
        on conflict (program_id, benefit, digest) do nothing
    returning id
    """,
)

COUNTS = Query(
    Counts,
    """
    -- $1 program  $2 benefit
    select count(*) as loaded, count(grant_id) as given, count(*) - count(grant_id) as free
      from benefit_codes where program_id = $1 and benefit = $2
    """,
)

GIVE = Query(
    Given,
    """
    -- $1 program  $2 benefit  $3 grant  $4 now
    update benefit_codes set grant_id = $3, given_at = $4
     where program_id = $1 and grant_id is null
       and id = (select id from benefit_codes
                  where program_id = $1 and benefit = $2 and grant_id is null
                  order by id limit 1)
    returning id, sealed, given_at
    """,
)

OF_GRANT = Query(
    Given,
    """
    -- $1 program  $2 grant
    select id, sealed, given_at from benefit_codes where program_id = $1 and grant_id = $2
    """,
)


async def lock(tx: Connection, program_id: UUID, benefit: str) -> None:
    """One giving from a pool at a time, until the transaction ends."""
    await LOCK.run(tx, program_id, benefit)


async def add(
    tx: Connection,
    program_id: UUID,
    benefit: str,
    codes: Sequence[Code],
    *,
    at: datetime,
    account_id: UUID | None,
) -> int:
    """Store the codes that the pool has never had; returns how many those were."""
    columns = (
        [one.id for one in codes],
        [one.digest for one in codes],
        [one.sealed for one in codes],
    )
    return len(await ADD.all(tx, program_id, benefit, *columns, at, account_id))


async def counts(tx: Connection, program_id: UUID, benefit: str) -> Counts:
    """How many codes there are of a benefit."""
    return await COUNTS.one(tx, program_id, benefit)


async def give(
    tx: Connection, program_id: UUID, benefit: str, grant_id: UUID, at: datetime
) -> Given | None:
    """Give the first free code of a locked pool to a grant; None: there is none left."""
    return await GIVE.first(tx, program_id, benefit, grant_id, at)


async def of_grant(tx: Connection, program_id: UUID, grant_id: UUID) -> Given | None:
    """The code that a grant has."""
    return await OF_GRANT.first(tx, program_id, grant_id)
