"""Statements on rounds: votes on applications as they were opened, and how they ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from domain.rules.policy_admission import Ballot, Voting
from domain.rules.votes import Rules, Times, VoteResult
from domain.store.query import Connection, Query, Statement


class Round(Struct, frozen=True):
    """One vote on an application, with the rules that it was opened with.

    `voters` and what follows it are written at the closing; the votes of a secret ballot that was
    cancelled are never counted.
    """

    program_id: UUID
    id: UUID
    application_id: UUID
    number: int
    policy_version: int
    percent: int
    minimum_voters: int
    close_on_passing: bool
    fail_early: bool
    confirm: bool
    ballot: Ballot
    opened_at: datetime
    opened_by: UUID | None
    earliest_close: datetime
    latest_close: datetime
    closed_at: datetime | None
    result: VoteResult | None
    cancel_reason: str | None
    voters: int | None
    need: int | None
    votes_for: int | None
    votes_against: int | None
    votes_abstain: int | None
    version: int
    updated_at: datetime

    @property
    def secret(self) -> bool:
        """Whether nobody learns who voted how."""
        return self.ballot is Ballot.SECRET

    @property
    def rules(self) -> Rules:
        """What decides it."""
        return Rules(self.percent, self.minimum_voters, self.close_on_passing, self.fail_early)

    @property
    def times(self) -> Times:
        """Between when it closes."""
        return Times(self.opened_at, self.earliest_close, self.latest_close)


class Watched(Struct, frozen=True):
    """An open round, the rules for reminders when it was opened, and the last that went out."""

    program_id: UUID
    id: UUID
    voting: Voting | None
    reminded: datetime | None


COLUMNS: LiteralString = """
    program_id, id, application_id, number, policy_version, percent, minimum_voters,
    close_on_passing, fail_early, confirm, ballot, opened_at, opened_by, earliest_close,
    latest_close, closed_at, result, cancel_reason, voters, need, votes_for, votes_against,
    votes_abstain, version, updated_at
"""

GET = Query(
    Round,
    "-- $1 program  $2 application  $3 id\nselect"
    + COLUMNS
    + "from vote_rounds where program_id = $1 and application_id = $2 and id = $3",
)

LAST = Query(
    Round,
    "-- $1 program  $2 application\nselect"
    + COLUMNS
    + """
      from vote_rounds where program_id = $1 and application_id = $2 order by number desc limit 1
    """,
)

LOCK_OPEN = Query(
    Round,
    "-- $1 program  $2 application\nselect"
    + COLUMNS
    + """
      from vote_rounds
     where program_id = $1 and application_id = $2 and closed_at is null
       for update
    """,
)

PAGE = Query(
    Round,
    "-- $1 program  $2 application  $3 before number (null: from the last)  $4 limit\nselect"
    + COLUMNS
    + """
      from vote_rounds
     where program_id = $1 and application_id = $2 and ($3::int is null or number < $3)
     order by number desc
     limit $4
    """,
)

CLOSABLE = Query(
    Round,
    "-- $1 program  $2 application (null: any)  $3 now\nselect"
    + COLUMNS
    + """
      from vote_rounds
     where program_id = $1 and closed_at is null and earliest_close <= $3
       and ($2::uuid is null or application_id = $2)
     order by latest_close, id
    """,
)

# What a worker gave up waits for the owner.
RINGING = Query(
    Round,
    "select"
    + COLUMNS
    + """
      from vote_rounds r
     where closed_at is null
       and exists (select from programs p where p.id = r.program_id and p.status = 'active')
       and not exists (select from jobs j where j.status = 'failed' and j.entrypoint = 'vote'
                          and j.dedupe_key = 'vote:' || r.id)
     order by latest_close, id
    """,
)

WATCHED = Query(
    Watched,
    """
    -- $1 rounds
    select r.program_id, r.id, o.effective #> '{admission,voting}' as voting,
           (select max(due_at) from vote_reminders s
             where s.program_id = r.program_id and s.round_id = r.id) as reminded
      from vote_rounds r
      join policies o on o.program_id = r.program_id and o.version = r.policy_version
     where r.id = any($1)
    """,
)

CLOSED = Query(
    Round,
    "-- $1 program\nselect"
    + COLUMNS
    + """
      from vote_rounds
     where program_id = $1 and result in ('passed', 'declined', 'expired')
     order by closed_at, id
    """,
)

INSERT = Statement(
    "-- in the order of the columns\ninsert into vote_rounds ("
    + COLUMNS
    + """)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22, $23, $24, $25)
    """
)

CLOSE = Statement(
    """
    -- $1 program  $2 id  $3 closed at  $4 result  $5 cancel reason  $6 voters  $7 need  $8 for
    -- $9 against  $10 abstain  $11 version  $12 now
    update vote_rounds
       set closed_at = $3, result = $4, cancel_reason = $5, voters = $6, need = $7,
           votes_for = $8, votes_against = $9, votes_abstain = $10, version = $11,
           updated_at = $12
     where program_id = $1 and id = $2
    """
)

REMIND = Statement(
    """
    -- $1 program  $2 round  $3 due at  $4 now
    insert into vote_reminders (program_id, round_id, due_at, sent_at) values ($1, $2, $3, $4)
    on conflict do nothing
    """
)


async def get(
    tx: Connection, program_id: UUID, application_id: UUID, round_id: UUID
) -> Round | None:
    """One round of an application."""
    return await GET.first(tx, program_id, application_id, round_id)


async def last(tx: Connection, program_id: UUID, application_id: UUID) -> Round | None:
    """The round of an application that was opened last."""
    return await LAST.first(tx, program_id, application_id)


async def lock_open(tx: Connection, program_id: UUID, application_id: UUID) -> Round | None:
    """The open round of an application, locked: nobody votes in it or closes it meanwhile."""
    return await LOCK_OPEN.first(tx, program_id, application_id)


async def page(
    tx: Connection, program_id: UUID, application_id: UUID, *, before: int | None, limit: int
) -> list[Round]:
    """The rounds of an application, the last one first."""
    return await PAGE.all(tx, program_id, application_id, before, limit)


async def closable(
    tx: Connection, program_id: UUID, application_id: UUID | None, at: datetime
) -> list[Round]:
    """The open rounds of a program, or of one application, that may close by now."""
    return await CLOSABLE.all(tx, program_id, application_id, at)


async def ringing(tx: Connection) -> list[Round]:
    """The open rounds of all active programs but those whose closing waits for the owner."""
    return await RINGING.all(tx)


async def watched(tx: Connection, rounds: Sequence[UUID]) -> list[Watched]:
    """What reminders these rounds ask for, and which was sent last."""
    return await WATCHED.all(tx, rounds)


async def closed(tx: Connection, program_id: UUID) -> list[Round]:
    """The rounds of a program that ended by themselves, in the order of their closing."""
    return await CLOSED.all(tx, program_id)


async def insert(tx: Connection, poll: Round) -> None:
    """Store a new round."""
    await INSERT.run(tx, *astuple(poll))


async def close(tx: Connection, poll: Round) -> None:
    """Store how a locked round ended."""
    await CLOSE.run(
        tx,
        poll.program_id,
        poll.id,
        poll.closed_at,
        poll.result,
        poll.cancel_reason,
        poll.voters,
        poll.need,
        poll.votes_for,
        poll.votes_against,
        poll.votes_abstain,
        poll.version,
        poll.updated_at,
    )


async def remind(
    tx: Connection, program_id: UUID, round_id: UUID, due_at: datetime, at: datetime
) -> bool:
    """Mark a reminder as sent; False when it was already."""
    return await REMIND.run(tx, program_id, round_id, due_at, at) > 0
