"""Statements that gather everything that is held about a person, for the person to read."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query


class FormerHandle(Struct, frozen=True):
    """A handle of before, and until when it was in use."""

    handle: str
    until_at: datetime


class HeldIdentity(Struct, frozen=True):
    """An identity with its history."""

    provider: str
    subject: str | None
    handle: str | None
    verified_at: datetime | None
    created_at: datetime
    former_handles: list[FormerHandle]


class HeldAffiliation(Struct, frozen=True):
    """Where the person worked."""

    company: str
    valid_from: date | None
    valid_until: date | None


class HeldReading(Struct, frozen=True):
    """Numbers that were read on a day."""

    read_on: date
    values: dict[str, int]


class HeldPart(Struct, frozen=True):
    """The person's part in a contribution; `identity` is how it named them, if by an identity."""

    role: str | None
    share: int | None
    identity: str | None


class HeldContribution(Struct, frozen=True):
    """Something the person did, or submitted for others (then `part` is null), in one program."""

    program: str
    id: UUID
    type: str
    type_text: str
    title: str
    description: str | None
    occurred_on: date
    date_precision: str
    ended_on: date | None
    url: str | None
    evidence: list[str]
    role: str | None
    language: str | None
    tags: list[str]
    audience: list[str]
    event_format: str | None
    country: str | None
    metrics: list[HeldReading]
    fields: dict[str, Any]
    visibility: str
    part: HeldPart | None
    submitted: bool
    source: str | None
    key: str | None
    status: str
    waiting_for: str | None
    decline_reason: str | None
    note: str | None
    decided_at: datetime | None
    dispute: str | None
    disputed_at: datetime | None
    same_as: UUID | None
    created_at: datetime
    updated_at: datetime


class HeldRole(Struct, frozen=True):
    """A role of an account; no program is the whole instance."""

    role: str
    program: str | None
    valid_from: datetime
    valid_until: datetime | None


class HeldToken(Struct, frozen=True):
    """A token without its secret."""

    name: str
    hint: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime


class HeldAccount(Struct, frozen=True):
    """An account of the person."""

    kind: str
    name: str
    disabled_at: datetime | None
    created_at: datetime
    roles: list[HeldRole]
    tokens: list[HeldToken]


class HeldInvitation(Struct, frozen=True):
    """An invitation that the person was sent, without its secret."""

    name: str
    program: str | None
    role: str | None
    expires_at: datetime
    redeemed_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime


class HeldEntry(Struct, frozen=True):
    """An audit entry about the person or what is theirs."""

    at: datetime
    action: str
    subject_kind: str
    subject_id: UUID
    program: str | None
    fields: list[str]
    reason: str | None
    before: dict[str, Any]
    after: dict[str, Any]


IDENTITIES = Query(
    HeldIdentity,
    """
    -- $1 people
    select i.provider, i.subject, i.handle, i.verified_at, i.created_at,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'handle', h.handle, 'until_at', h.until_at) order by h.until_at), '[]')
              from identity_handles h where h.identity_id = i.id) as former_handles
      from identities i where i.person_id = any($1) order by i.id
    """,
)

AFFILIATIONS = Query(
    HeldAffiliation,
    """
    -- $1 people
    select company, valid_from, valid_until
      from affiliations where person_id = any($1) order by id
    """,
)

CONTRIBUTIONS = Query(
    HeldContribution,
    """
    -- $1 people
    with named as (
        select program_id, contribution_id from contribution_participants
         where person_id = any($1)
         union
        -- What came from a source, its tool submitted.
        select program_id, id from contributions
         where source is null
           and submitted_by = any(array(select id from accounts where person_id = any($1)))
    )
    select g.slug as program, c.id, c.type, c.type_text, c.title, c.description, c.occurred_on,
           c.date_precision, c.ended_on, c.url, c.evidence, c.role, c.language, c.tags, c.audience,
           c.event_format, c.country, c.metrics, c.fields, c.visibility,
           (select jsonb_build_object(
                       'role', p.role, 'share', p.share,
                       'identity', (select u.provider || ':' || u.account
                                      from unmatched_identities u
                                     where u.program_id = p.program_id and u.id = p.unmatched_id))
              from contribution_participants p
             where p.program_id = c.program_id and p.contribution_id = c.id
               and p.person_id = any($1)
             limit 1) as part,
           exists (select from accounts a
                    where a.id = c.submitted_by and a.person_id = any($1)) as submitted,
           c.source, c.key, c.status, c.waiting_for, c.decline_reason, c.note, c.decided_at,
           c.dispute, c.disputed_at, c.same_as, c.created_at, c.updated_at
      from named n
      join contributions c on c.program_id = n.program_id and c.id = n.contribution_id
      join programs g on g.id = c.program_id
     order by g.slug, c.occurred_on, c.id
    """,
)

ACCOUNTS = Query(
    HeldAccount,
    """
    -- $1 people
    select a.kind, a.name, a.disabled_at, a.created_at,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'role', r.role, 'program', g.slug, 'valid_from', r.valid_from,
                       'valid_until', r.valid_until) order by r.id), '[]')
              from role_assignments r left join programs g on g.id = r.program_id
             where r.account_id = a.id) as roles,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'name', t.name, 'hint', t.hint, 'expires_at', t.expires_at,
                       'revoked_at', t.revoked_at, 'last_used_at', t.last_used_at,
                       'created_at', t.created_at) order by t.id), '[]')
              from tokens t where t.account_id = a.id) as tokens
      from accounts a where a.person_id = any($1) order by a.id
    """,
)

INVITATIONS = Query(
    HeldInvitation,
    """
    -- $1 people
    select i.name, g.slug as program, i.role, i.expires_at, i.redeemed_at, i.revoked_at,
           i.created_at
      from invitations i left join programs g on g.id = i.program_id
     where i.person_id = any($1) order by i.id
    """,
)

AUDIT = Query(
    HeldEntry,
    """
    -- $1 subjects
    select e.at, e.action, e.subject_kind, e.subject_id, g.slug as program, e.fields, v.reason,
           coalesce(v.before, '{}') as before, coalesce(v.after, '{}') as after
      from audit_entries e
      left join audit_values v on v.entry_id = e.id
      left join programs g on g.id = e.program_id
     where e.subject_id = any($1)
     order by e.id
    """,
)


async def identities(tx: Connection, people: list[UUID]) -> list[HeldIdentity]:
    """Identities with their former handles."""
    return await IDENTITIES.all(tx, people)


async def affiliations(tx: Connection, people: list[UUID]) -> list[HeldAffiliation]:
    """Companies."""
    return await AFFILIATIONS.all(tx, people)


async def contributions(tx: Connection, people: list[UUID]) -> list[HeldContribution]:
    """Contributions in every program: their own, and what they submitted by hand."""
    return await CONTRIBUTIONS.all(tx, people)


async def accounts(tx: Connection, people: list[UUID]) -> list[HeldAccount]:
    """Accounts with roles and tokens."""
    return await ACCOUNTS.all(tx, people)


async def invitations(tx: Connection, people: list[UUID]) -> list[HeldInvitation]:
    """Invitations."""
    return await INVITATIONS.all(tx, people)


async def audit(tx: Connection, subjects: list[UUID]) -> list[HeldEntry]:
    """Audit entries about these records, with the values that changed."""
    return await AUDIT.all(tx, subjects)
