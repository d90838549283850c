"""A contribution as a reader may see it, in lists and alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct

from domain.rules.contributions import ContributionStatus, EventFormat, Visibility, WaitingFor
from domain.rules.members import Precision
from domain.rules.policy_contributions import Area
from domain.store.contribution_readers import FOR_OTHERS, OWN, Reader, arguments
from domain.store.contributions import Reading
from domain.store.query import Connection, Query


class ShownParticipant(Struct, frozen=True):
    """Somebody's part. Only insiders are told the person, only staff the identity."""

    ambassador: str | None
    role: str | None
    share: int | None
    person_id: UUID | None
    identity: str | None


class ShownSuspect(Struct, frozen=True):
    """An earlier contribution that it may be the same as; `verdict` is what a reviewer said."""

    contribution_id: UUID
    verdict: str | None


class Shown(Struct, frozen=True):
    """A contribution as a reader may see it.

    From `insider` on it is for insiders: its participants, whoever submitted it, and staff;
    `touched_at` and `suspects` are for staff alone. `area` is null where the policy no longer has
    the type.
    """

    id: UUID
    type: str
    area: Area | None
    title: str
    description: str | None
    occurred_on: date
    date_precision: Precision
    ended_on: date | None
    url: str | None
    evidence: list[str]
    role: str | None
    language: str | None
    tags: list[str]
    audience: list[str]
    event_format: EventFormat | None
    country: str | None
    metrics: list[Reading]
    fields: dict[str, Any]
    visibility: Visibility
    participants: list[ShownParticipant]
    source: str | None
    status: ContributionStatus
    version: int
    created_at: datetime
    updated_at: datetime
    insider: bool
    key: str | None
    waiting_for: WaitingFor | None
    decline_reason: str | None
    note: str | None
    dispute: str | None
    same_as: UUID | None
    submitted_by: UUID | None
    touched_at: datetime | None
    suspects: list[ShownSuspect]


PEOPLE: LiteralString = """
    array(select jsonb_build_object(
                 'ambassador', e.handle, 'role', p.role, 'share', p.share,
                 'person_id', case when v.insider then p.person_id end,
                 'identity', case when $3::boolean then u.provider || ':' || u.account end)
            from contribution_participants p
            left join directory_entries e
              on e.program_id = p.program_id and e.person_id = p.person_id
            left join unmatched_identities u
              on u.program_id = p.program_id and u.id = p.unmatched_id
           where p.program_id = c.program_id and p.contribution_id = c.id
             and (v.insider or e.status = any($2::text[]))
           order by p.position, p.who)
"""
"""Everybody to insiders, to others only whom the directory lists."""

SHOWN = Query(
    Shown,
    """
    -- $1 program  $2 statuses shown  $3 reads all  $4 the reader's person  $5 and account
    -- $6 made it  $7 areas by type  $8 contributions
    select c.id, c.type, $7::jsonb ->> c.type as area, c.title, c.description, c.occurred_on,
           c.date_precision, c.ended_on, c.url, c.evidence, c.role, c.language, c.tags, c.audience,
           c.event_format, c.country, c.metrics, c.fields, c.visibility,
    """
    + PEOPLE
    + """ as participants,
           c.source, c.status, c.version, c.created_at, c.updated_at, v.insider,
           case when v.insider then c.key end as key,
           case when v.insider then c.waiting_for end as waiting_for,
           case when v.insider then c.decline_reason end as decline_reason,
           case when v.insider then c.note end as note,
           case when v.insider then c.dispute end as dispute,
           case when v.insider then c.same_as end as same_as,
           case when v.insider then c.submitted_by end as submitted_by,
           case when $3::boolean then c.touched_at end as touched_at,
           array(select jsonb_build_object('contribution_id', s.other_id, 'verdict', s.verdict)
                   from contribution_suspects s
                  where $3::boolean and s.program_id = c.program_id and s.contribution_id = c.id
                  order by s.created_at, s.other_id) as suspects
      from contributions c
     cross join lateral (select $3::boolean or $6::boolean or
    """
    + OWN
    + """ as insider) v
     where c.program_id = $1 and c.id = any($8::uuid[])
       and (v.insider or
    """
    + FOR_OTHERS
    + """)
     order by c.occurred_on desc, c.id desc
    """,
)


async def shown(
    tx: Connection, program_id: UUID, reader: Reader, ids: Sequence[UUID]
) -> list[Shown]:
    """Those of these contributions that the reader may see, newest first."""
    return await SHOWN.all(tx, *arguments(program_id, reader), reader.made, reader.areas, list(ids))
