"""Statements on the members of a committee and what they did in its votes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.rules.votes import Choice, Recusal
from domain.store.query import Connection, Query


class Member(Struct, frozen=True):
    """Somebody in the committee now, and since when; by their oldest account."""

    account_id: UUID
    name: str
    person_id: UUID | None
    since: datetime


class Vote(Struct, frozen=True):
    """What one account said in one closed round."""

    round_id: UUID
    account_id: UUID
    person_id: UUID | None
    recusal: Recusal | None
    choice: Choice | None
    voted: bool


MEMBERS = Query(
    Member,
    """
    -- $1 program  $2 now  $3 after account (null: from the first)  $4 limit
    select account_id, name, person_id, since
      from (select distinct on (coalesce(a.person_id, a.id)) a.id as account_id, a.name,
                   a.person_id,
                   min(r.valid_from) over (partition by coalesce(a.person_id, a.id)) as since
              from role_assignments r
              join accounts a on a.id = r.account_id
             where r.program_id = $1 and r.role = 'committee' and r.valid_from <= $2
               and coalesce(r.valid_until > $2, true) and a.disabled_at is null
             order by coalesce(a.person_id, a.id), a.id) m
     where $3::uuid is null or account_id > $3
     order by account_id
     limit $4
    """,
)

VOTES = Query(
    Vote,
    """
    -- $1 program  $2 accounts  $3 people
    select e.round_id, e.account_id, e.person_id, e.recusal, e.choice,
           e.voted_at is not null as voted
      from electors e
      join vote_rounds r on r.program_id = e.program_id and r.id = e.round_id
     where e.program_id = $1 and (e.account_id = any($2) or e.person_id = any($3))
       and r.closed_at is not null
     order by e.round_id, e.account_id
    """,
)


async def members(
    tx: Connection, program_id: UUID, at: datetime, *, after: UUID | None, limit: int
) -> list[Member]:
    """Who is in the committee now, each person once, in the order of their accounts."""
    return await MEMBERS.all(tx, program_id, at, after, limit)


async def votes(tx: Connection, program_id: UUID, members: Sequence[Member]) -> list[Vote]:
    """What these members said in the closed rounds of a program, with whichever account."""
    accounts = [one.account_id for one in members]
    people = [one.person_id for one in members if one.person_id is not None]
    return await VOTES.all(tx, program_id, accounts, people)
