"""Statements on electors: who could vote when a round was opened, and their votes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from domain.rules.votes import Choice, Count, Recusal
from domain.rules.votes import Elector as Member
from domain.store.query import Connection, Query, Statement


class Elector(Struct, frozen=True):
    """A member of the electorate and their vote; `name` is the account's, as it is now.

    `sealed` is the choice of a secret ballot while that is open; `voted_at` stays when it is
    destroyed.
    """

    round_id: UUID
    account_id: UUID
    name: str
    person_id: UUID | None
    company: str | None
    recusal: Recusal | None
    recusal_reason: str | None
    recused_at: datetime | None
    choice: Choice | None
    sealed: bytes | None
    voted_at: datetime | None
    version: int
    updated_at: datetime


class Counted(Struct, frozen=True):
    """The electorate of a round and its votes; `voted` counts secret ones too."""

    round_id: UUID
    voters: int
    recused: int
    voted: int
    votes_for: int
    against: int
    abstain: int
    last_change_at: datetime

    @property
    def count(self) -> Count:
        """What is known of the choices: nothing in a secret ballot."""
        return Count(self.voters, self.votes_for, self.against, self.abstain)


# One elector for a person, however many accounts; the oldest account is theirs.
COMMITTEE = Query(
    Member,
    """
    -- $1 program  $2 now  $3 today
    select distinct on (coalesce(a.person_id, a.id)) a.id as account_id, a.person_id,
           (select company from affiliations f
             where f.person_id = a.person_id
               and coalesce(f.valid_from <= $3, true) and coalesce(f.valid_until >= $3, true)
             order by f.valid_from desc nulls last, f.id desc limit 1) as company
      from role_assignments r
      join accounts a on a.id = r.account_id
     where r.program_id = $1 and r.role = 'committee' and r.valid_from <= $2
       and coalesce(r.valid_until > $2, true) and a.disabled_at is null
     order by coalesce(a.person_id, a.id), a.id
    """,
)

SELECT: LiteralString = """
    select e.round_id, e.account_id, a.name, e.person_id, e.company, e.recusal, e.recusal_reason,
           e.recused_at, e.choice, e.sealed, e.voted_at, e.version,
           e.updated_at
      from electors e join accounts a on a.id = e.account_id
"""

# By their own account first: two electors can become one person by a merge.
LOCK = Query(
    Elector,
    "-- $1 program  $2 round  $3 account  $4 person"
    + SELECT
    + """
     where e.program_id = $1 and e.round_id = $2 and (e.account_id = $3 or e.person_id = $4)
     order by (e.account_id = $3) desc, e.account_id
     limit 1
       for update of e
    """,
)

PAGE = Query(
    Elector,
    "-- $1 program  $2 round  $3 account (null: any)  $4 person (null: any)"
    "  $5 after account (null: from the first)  $6 limit (null: all)"
    + SELECT
    + """
     where e.program_id = $1 and e.round_id = $2
       and ($3::uuid is null or e.account_id = $3 or e.person_id = $4)
       and ($5::uuid is null or e.account_id > $5)
     order by e.account_id = $3 desc, e.account_id
     limit $6
    """,
)

COUNTED = Query(
    Counted,
    """
    -- $1 rounds
    select r.id as round_id,
           count(*) filter (where e.recusal is null)::int as voters,
           count(e.recusal)::int as recused,
           count(e.voted_at)::int as voted,
           count(*) filter (where e.choice = 'for')::int as votes_for,
           count(*) filter (where e.choice = 'against')::int as against,
           count(*) filter (where e.choice = 'abstain')::int as abstain,
           greatest(r.opened_at, max(e.updated_at)) as last_change_at
      from vote_rounds r
      join electors e on e.program_id = r.program_id and e.round_id = r.id
     where r.id = any($1)
     group by r.program_id, r.id
    """,
)

INSERT = Statement(
    """
    -- $1 program  $2 round  $3 account  $4 person  $5 company  $6 recusal  $7 now
    insert into electors (program_id, round_id, account_id, person_id, company, recusal,
                          recused_at, version, updated_at)
    values ($1, $2, $3, $4, $5, $6, case when $6::text is not null then $7::timestamptz end, 1, $7)
    """
)

UPDATE = Statement(
    """
    -- $1 program  $2 round  $3 account  $4 recusal  $5 recusal reason  $6 recused at  $7 choice
    -- $8 sealed  $9 voted at  $10 version  $11 updated at
    update electors
       set recusal = $4, recusal_reason = $5, recused_at = $6, choice = $7, sealed = $8,
           voted_at = $9, version = $10, updated_at = $11
     where program_id = $1 and round_id = $2 and account_id = $3
    """
)

DESTROY = Statement(
    """
    -- $1 program  $2 round
    update electors set sealed = null
     where program_id = $1 and round_id = $2 and sealed is not null
    """
)


async def committee(tx: Connection, program_id: UUID, at: datetime, today: date) -> list[Member]:
    """Who holds the role `committee` in a program now, with where they work today."""
    return await COMMITTEE.all(tx, program_id, at, today)


async def lock(
    tx: Connection,
    program_id: UUID,
    round_id: UUID,
    account_id: UUID | None,
    person_id: UUID | None,
) -> Elector | None:
    """The elector whose account or person calls, locked."""
    return await LOCK.first(tx, program_id, round_id, account_id, person_id)


async def find(
    tx: Connection,
    program_id: UUID,
    round_id: UUID,
    account_id: UUID | None,
    person_id: UUID | None,
) -> Elector | None:
    """The elector whose account or person calls."""
    return await PAGE.first(tx, program_id, round_id, account_id, person_id, None, 1)


async def page(
    tx: Connection,
    program_id: UUID,
    round_id: UUID,
    *,
    after: UUID | None = None,
    limit: int | None = None,
) -> list[Elector]:
    """The electors of a round, in the order of their accounts."""
    return await PAGE.all(tx, program_id, round_id, None, None, after, limit)


async def counted(tx: Connection, rounds: Sequence[UUID]) -> dict[UUID, Counted]:
    """The votes of these rounds as they are now."""
    return {row.round_id: row for row in await COUNTED.all(tx, rounds)}


async def insert(
    tx: Connection,
    program_id: UUID,
    round_id: UUID,
    members: Sequence[tuple[Member, Recusal | None]],
    at: datetime,
) -> None:
    """Freeze the electorate of a new round, with who of them is recused by a rule."""
    await INSERT.many(
        tx,
        [
            (
                program_id,
                round_id,
                one.account_id,
                one.person_id,
                one.company,
                recusal,
                at,
            )
            for one, recusal in members
        ],
    )


async def update(tx: Connection, program_id: UUID, elector: Elector) -> None:
    """Store the vote of a locked elector as it is now."""
    await UPDATE.run(
        tx,
        program_id,
        elector.round_id,
        elector.account_id,
        elector.recusal,
        elector.recusal_reason,
        elector.recused_at,
        elector.choice,
        elector.sealed,
        elector.voted_at,
        elector.version,
        elector.updated_at,
    )


async def destroy(tx: Connection, program_id: UUID, round_id: UUID) -> None:
    """Destroy the sealed choices of a round; who voted stays known."""
    await DESTROY.run(tx, program_id, round_id)
