"""Statements of reviews: whose turn it is, who decided, and what may be the same as what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.rules.contributions import ContributionStatus, WaitingFor
from domain.rules.members import Precision
from domain.rules.reviews import Verdict
from domain.store.query import Connection, Query, Statement


class Owner(Struct, frozen=True):
    """An account, and the person whose it is."""

    account_id: UUID
    person_id: UUID | None


class Pair(Struct, frozen=True):
    """A contribution, an earlier one that it may be the same as, and what a reviewer said."""

    contribution_id: UUID
    other_id: UUID
    verdict: Verdict | None


class Suspected(Struct, frozen=True):
    """The same, with as much of the other one as it takes to compare."""

    contribution_id: UUID
    other_id: UUID
    verdict: Verdict | None
    type: str
    title: str
    occurred_on: date
    date_precision: Precision
    url: str | None
    source: str | None
    status: ContributionStatus


class Link(Struct, frozen=True):
    """A contribution on the way to the one that counts in its place."""

    id: UUID


class Narrowing(Struct, frozen=True):
    """Which contributions of the queue; None filters nothing.

    `until` keeps out what begins after that day; `reader` is a person whose own are not shown.
    """

    status: ContributionStatus | None
    waiting_for: WaitingFor
    type: str | None
    source: str | None
    person_id: UUID | None
    suspected: bool | None
    until: date | None
    reader: UUID | None


OWNERS = Query(
    Owner,
    """
    -- $1 accounts
    select id as account_id, person_id from accounts where id = any($1)
    """,
)

PAIRS = Query(
    Pair,
    """
    -- $1 program  $2 contribution
    select contribution_id, other_id, verdict
      from contribution_suspects where program_id = $1 and contribution_id = $2
    """,
)

SAY = Statement(
    """
    -- $1 program  $2 contribution  $3 other  $4 verdict
    update contribution_suspects set verdict = $4
     where program_id = $1 and contribution_id = $2 and other_id = $3
    """
)

CLEAR = Statement(
    """
    -- $1 program  $2 contribution
    update contribution_suspects set verdict = 'distinct'
     where program_id = $1 and contribution_id = $2 and verdict is distinct from 'distinct'
    """
)

# `union` and not `union all`: it also ends where two stand for each other.
CHAIN = Query(
    Link,
    """
    -- $1 program  $2 contribution
    with recursive chain as (
        select id, same_as from contributions where program_id = $1 and id = $2
        union
        select c.id, c.same_as
          from chain join contributions c on c.program_id = $1 and c.id = chain.same_as
    )
    select id from chain
    """,
)

QUEUE = Query(
    Link,
    """
    -- $1 program  $2 status (null: any)  $3 waiting for  $4 type  $5 source  $6 person
    -- $7 suspected (null: either)  $8 begins until (null: whenever)  $9 whose own are left out
    -- $10 after (null: from the start)  $11 limit
    select c.id
      from contributions c
     where c.program_id = $1 and c.status in ('pending', 'disputed')
       and ($2::text is null or c.status = $2)
       and c.waiting_for = $3
       and ($4::text is null or c.type = $4)
       and ($5::text is null or c.source = $5)
       and ($6::uuid is null
            or exists (select from contribution_participants p
                        where p.program_id = c.program_id and p.contribution_id = c.id
                          and p.person_id = $6))
       and ($7::boolean is null
            or $7 = exists (select from contribution_suspects s
                             where s.program_id = c.program_id and s.contribution_id = c.id
                               and s.verdict is null))
       and ($8::date is null or c.occurred_on <= $8)
       and ($9::uuid is null
            or not exists (select from contribution_participants p
                            where p.program_id = c.program_id and p.contribution_id = c.id
                              and p.person_id = $9))
       and ($10::uuid is null or c.id > $10)
     order by c.id
     limit $11
    """,
)

# What counts already and came under suspicion by a correction: read along the suspicions.
DOUBTED = Query(
    Link,
    """
    -- $1 program  $2 type  $3 source  $4 person  $5 whose own are left out
    -- $6 after (null: from the start)  $7 limit
    select c.id
      from contributions c
     where c.program_id = $1 and c.status = 'accepted'
       and c.id in (select s.contribution_id from contribution_suspects s
                     where s.program_id = $1 and s.verdict is null)
       and ($2::text is null or c.type = $2)
       and ($3::text is null or c.source = $3)
       and ($4::uuid is null
            or exists (select from contribution_participants p
                        where p.program_id = c.program_id and p.contribution_id = c.id
                          and p.person_id = $4))
       and ($5::uuid is null
            or not exists (select from contribution_participants p
                            where p.program_id = c.program_id and p.contribution_id = c.id
                              and p.person_id = $5))
       and ($6::uuid is null or c.id > $6)
     order by c.id
     limit $7
    """,
)

SUSPECTED = Query(
    Suspected,
    """
    -- $1 program  $2 contributions
    select s.contribution_id, s.other_id, s.verdict, c.type, c.title, c.occurred_on,
           c.date_precision, c.url, c.source, c.status
      from contribution_suspects s
      join contributions c on c.program_id = s.program_id and c.id = s.other_id
     where s.program_id = $1 and s.contribution_id = any($2)
     order by s.contribution_id, s.created_at, s.other_id
    """,
)


async def owners(tx: Connection, accounts: Iterable[UUID]) -> dict[UUID, UUID | None]:
    """Whose these accounts are."""
    return {one.account_id: one.person_id for one in await OWNERS.all(tx, list(accounts))}


async def pairs(tx: Connection, program_id: UUID, contribution_id: UUID) -> dict[UUID, Pair]:
    """What a contribution may be the same as."""
    found = await PAIRS.all(tx, program_id, contribution_id)
    return {one.other_id: one for one in found}


async def say(tx: Connection, pair: Pair, program_id: UUID, verdict: Verdict) -> None:
    """Store what a reviewer says of two."""
    await SAY.run(tx, program_id, pair.contribution_id, pair.other_id, verdict)


async def clear(tx: Connection, program_id: UUID, contribution_id: UUID) -> int:
    """Store that a contribution is the same as no other; returns of how many it was suspected."""
    return await CLEAR.run(tx, program_id, contribution_id)


async def chain(tx: Connection, program_id: UUID, contribution_id: UUID) -> list[UUID]:
    """A contribution and what counts in its place, link by link."""
    return [one.id for one in await CHAIN.all(tx, program_id, contribution_id)]


async def queue(
    tx: Connection, program_id: UUID, narrowing: Narrowing, *, after: UUID | None, limit: int
) -> list[UUID]:
    """What waits, oldest first; of what is accepted, what is suspected since."""
    if narrowing.status is ContributionStatus.ACCEPTED:
        rows = await DOUBTED.all(
            tx,
            program_id,
            narrowing.type,
            narrowing.source,
            narrowing.person_id,
            narrowing.reader,
            after,
            limit,
        )
    else:
        rows = await QUEUE.all(
            tx,
            program_id,
            narrowing.status,
            narrowing.waiting_for,
            narrowing.type,
            narrowing.source,
            narrowing.person_id,
            narrowing.suspected,
            narrowing.until,
            narrowing.reader,
            after,
            limit,
        )
    return [row.id for row in rows]


async def suspected(tx: Connection, program_id: UUID, ids: Sequence[UUID]) -> list[Suspected]:
    """What these contributions may be the same as, each with what it takes to compare."""
    return await SUSPECTED.all(tx, program_id, list(ids))
