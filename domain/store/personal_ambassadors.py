"""The statement that gathers what is held about a person in each program, for them to read."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from domain.store.personal_data import FormerHandle
from domain.store.query import Connection, Query


class HeldMembership(Struct, frozen=True):
    """A group or a role inside a program."""

    kind: str
    code: str
    valid_from: date | None
    valid_until: date | None


class HeldTenure(Struct, frozen=True):
    """A period of being an ambassador."""

    first_day: date
    last_day: date | None
    origin: str
    outcome: str | None
    outcome_on: date | None
    outcome_reason: str | None


class HeldLeave(Struct, frozen=True):
    """A leave of absence."""

    first_day: date
    last_day: date | None
    reason: str | None


class HeldEligibility(Struct, frozen=True):
    """Something that is true of the person until a day."""

    attribute: str
    expires_on: date | None
    note: str | None


class HeldPromotion(Struct, frozen=True):
    """Where the person went on to from this program."""

    to_program: str
    reason: str | None
    promoted_at: datetime


class HeldAmbassador(Struct, frozen=True):
    """The person in one program."""

    program: str
    handle: str
    status: str
    status_reason: str | None
    status_on: date | None
    farewell: str | None
    joined_on: date | None
    hidden_fields: list[str]
    former_handles: list[FormerHandle]
    memberships: list[HeldMembership]
    tenures: list[HeldTenure]
    leaves: list[HeldLeave]
    eligibilities: list[HeldEligibility]
    promotions: list[HeldPromotion]
    created_at: datetime
    updated_at: datetime


ALL_OF = Query(
    HeldAmbassador,
    """
    -- $1 people
    select g.slug as program, a.handle, a.status, a.status_reason, a.status_on, a.farewell,
           a.joined_on, a.hidden_fields,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'handle', h.handle, 'until_at', h.until_at) order by h.until_at), '[]')
              from ambassador_handles h
             where h.program_id = a.program_id and h.ambassador_id = a.id) as former_handles,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'kind', m.kind, 'code', m.code, 'valid_from', m.valid_from,
                       'valid_until', m.valid_until) order by m.id), '[]')
              from memberships m
             where m.program_id = a.program_id and m.ambassador_id = a.id) as memberships,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'first_day', t.first_day, 'last_day', t.last_day, 'origin', t.origin,
                       'outcome', t.outcome, 'outcome_on', t.outcome_on,
                       'outcome_reason', t.outcome_reason) order by t.first_day, t.id), '[]')
              from tenures t
             where t.program_id = a.program_id and t.ambassador_id = a.id) as tenures,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'first_day', l.first_day, 'last_day', l.last_day, 'reason', l.reason)
                       order by l.first_day, l.id), '[]')
              from leaves l
             where l.program_id = a.program_id and l.ambassador_id = a.id) as leaves,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'attribute', e.attribute, 'expires_on', e.expires_on, 'note', e.note)
                       order by e.attribute), '[]')
              from eligibilities e
             where e.program_id = a.program_id and e.ambassador_id = a.id) as eligibilities,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'to_program', o.slug, 'reason', p.reason, 'promoted_at', p.promoted_at)
                       order by p.id), '[]')
              from promotions p join programs o on o.id = p.to_program_id
             where p.from_program_id = a.program_id and p.from_ambassador_id = a.id) as promotions,
           a.created_at, a.updated_at
      from ambassadors a join programs g on g.id = a.program_id
     where a.person_id = any($1) order by g.slug
    """,
)


async def all_of(tx: Connection, people: list[UUID]) -> list[HeldAmbassador]:
    """The people in every program, with all that hangs on it."""
    return await ALL_OF.all(tx, people)
