"""The statements that gather a person's applications, votes and comments, for them to read."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query


class HeldClaim(Struct, frozen=True):
    """An identity that an application names."""

    provider: str
    subject: str | None
    handle: str | None


class HeldEvidence(Struct, frozen=True):
    """What speaks for an application: a contribution by id, or one that is told here first."""

    program: str | None
    contribution_id: UUID | None
    draft: dict[str, Any] | None


class HeldRound(Struct, frozen=True):
    """A vote on an application, as its applicant sees it."""

    opened_at: datetime
    earliest_close: datetime
    latest_close: datetime
    closed_at: datetime | None
    result: str | None


class HeldApplication(Struct, frozen=True):
    """An application of the person, as they see it: without what the committee keeps to itself."""

    program: str
    id: UUID
    status: str
    nominated: bool
    nominator_name: str | None
    profile: dict[str, Any]
    handle: str | None
    statement: str | None
    answers: dict[str, Any]
    identities: list[HeldClaim]
    evidence: list[HeldEvidence]
    conduct_version: str | None
    conduct_accepted_at: datetime | None
    consent: str
    consent_at: datetime | None
    policy_version: int
    rounds: list[HeldRound]
    decided_at: datetime | None
    decline_reason: str | None
    applicant_note: str | None
    submitted_at: datetime
    updated_at: datetime


class HeldNomination(Struct, frozen=True):
    """What the person said of somebody whom they nominated."""

    program: str
    application_id: UUID
    statement: str | None
    status: str
    submitted_at: datetime


class HeldVote(Struct, frozen=True):
    """The person's place in a vote; of a secret ballot it is known that they voted, not how."""

    program: str
    application_id: UUID
    ballot: str
    company: str | None
    recusal: str | None
    recusal_reason: str | None
    choice: str | None
    voted_at: datetime | None
    opened_at: datetime
    closed_at: datetime | None


class HeldComment(Struct, frozen=True):
    """What the person said to the rest of a committee."""

    program: str
    application_id: UUID
    text: str
    created_at: datetime
    updated_at: datetime


APPLICATIONS = Query(
    HeldApplication,
    """
    -- $1 people
    select g.slug as program, a.id, a.status,
           a.nominator_id is not null or a.nominator_name is not null as nominated,
           a.nominator_name, a.profile, a.handle, a.statement, a.answers,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'provider', i.provider, 'subject', i.subject, 'handle', i.handle)
                       order by i.id), '[]')
              from application_identities i
             where i.program_id = a.program_id and i.application_id = a.id) as identities,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'program', o.slug, 'contribution_id', e.contribution_id, 'draft', e.draft)
                       order by e.position, e.id), '[]')
              from application_evidence e
              left join programs o on o.id = e.contribution_program_id
             where e.program_id = a.program_id and e.application_id = a.id) as evidence,
           a.conduct_version, a.conduct_accepted_at, a.consent, a.consent_at, a.policy_version,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'opened_at', r.opened_at, 'earliest_close', r.earliest_close,
                       'latest_close', r.latest_close, 'closed_at', r.closed_at,
                       'result', r.result) order by r.number), '[]')
              from vote_rounds r
             where r.program_id = a.program_id and r.application_id = a.id) as rounds,
           a.decided_at, a.decline_reason, a.applicant_note, a.submitted_at, a.updated_at
      from applications a join programs g on g.id = a.program_id
     where a.person_id = any($1)
        or (a.submitted_by = any(array(select id from accounts where person_id = any($1)))
            and a.person_id is null and a.nominator_id is null and a.nominator_name is null)
     order by g.slug, a.id
    """,
)

NOMINATIONS = Query(
    HeldNomination,
    """
    -- $1 people
    select g.slug as program, a.id as application_id, a.statement, a.status, a.submitted_at
      from applications a join programs g on g.id = a.program_id
     where a.nominator_id = any($1) order by g.slug, a.id
    """,
)

VOTES = Query(
    HeldVote,
    """
    -- $1 people
    with held as (
        select program_id, round_id, account_id from electors where person_id = any($1)
         union
        select program_id, round_id, account_id from electors
         where account_id = any(array(select id from accounts where person_id = any($1)))
    )
    select g.slug as program, r.application_id, r.ballot, e.company, e.recusal, e.recusal_reason,
           e.choice, e.voted_at, r.opened_at, r.closed_at
      from held h
      join electors e on e.program_id = h.program_id and e.round_id = h.round_id
       and e.account_id = h.account_id
      join vote_rounds r on r.program_id = e.program_id and r.id = e.round_id
      join programs g on g.id = e.program_id
     order by g.slug, r.id
    """,
)

COMMENTS = Query(
    HeldComment,
    """
    -- $1 people
    select g.slug as program, c.application_id, c.text, c.created_at, c.updated_at
      from application_comments c join programs g on g.id = c.program_id
     where c.account_id in (select id from accounts where person_id = any($1))
     order by g.slug, c.id
    """,
)


async def applications(tx: Connection, people: list[UUID]) -> list[HeldApplication]:
    """Applications of the people, also those that somebody made for them."""
    return await APPLICATIONS.all(tx, people)


async def nominations(tx: Connection, people: list[UUID]) -> list[HeldNomination]:
    """Nominations that the people made."""
    return await NOMINATIONS.all(tx, people)


async def votes(tx: Connection, people: list[UUID]) -> list[HeldVote]:
    """Places in votes, with what they chose."""
    return await VOTES.all(tx, people)


async def comments(tx: Connection, people: list[UUID]) -> list[HeldComment]:
    """Comments that the people wrote."""
    return await COMMENTS.all(tx, people)
