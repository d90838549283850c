"""What a standing is judged by: tenures with what their ambassadors did, for one or for thousands.

Each statement reads for a whole batch of ambassadors along an index; none reads a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import repeat
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.candidates import Done
from domain.rules.contributions import ContributionStatus
from domain.rules.members import Precision
from domain.rules.tenures import TenureOrigin, TenureOutcome
from domain.store.query import Connection, Query


class Held(Struct, frozen=True):
    """A tenure, and who holds it. Both days are inclusive; without a last one it is open-ended."""

    id: UUID
    ambassador_id: UUID
    person_id: UUID
    handle: str
    status: AmbassadorStatus
    joined_on: date | None
    first_day: date
    last_day: date | None
    origin: TenureOrigin
    policy_version: int
    outcome: TenureOutcome | None
    outcome_on: date | None
    asked_at: datetime | None
    version: int


class Window(Struct, frozen=True):
    """Whose contributions are read, by the first days of their periods, both inclusive."""

    ambassador_id: UUID
    person_id: UUID
    since: date
    until: date


class Did(Struct, frozen=True):
    """What an ambassador did: the parts of each contribution at the same place of each list.

    Of a million rows, most of the time would go by in making them one by one. `participants` is 1
    where it does not matter; `recorded_on` is a day of the given time zone.
    """

    ambassador_id: UUID
    id: list[UUID]
    type: list[str]
    first: list[date]
    last: list[date]
    precision: list[Precision]
    recorded_on: list[date]
    status: list[ContributionStatus]
    participants: list[int]
    share: list[int | None]
    same_as: list[UUID | None]
    evidence: list[bool]
    used_by: list[UUID | None]

    def done(self) -> list[Done]:
        """The contributions themselves."""
        return list(
            map(
                Done,
                self.id,
                self.type,
                self.first,
                self.last,
                self.precision,
                self.recorded_on,
                self.status,
                repeat(None),  # whose turn it is changes nothing
                self.participants,
                self.share,
                self.same_as,
                self.evidence,
                self.used_by,
            )
        )


class Away(Struct, frozen=True):
    """A leave of absence; without a last day nobody knows its end."""

    ambassador_id: UUID
    first_day: date
    last_day: date | None


class Known(Struct, frozen=True):
    """What an ambassador is, up to a day; None: nobody knows until when."""

    ambassador_id: UUID
    attribute: str
    expires_on: date | None


class Still(Struct, frozen=True):
    """A contribution that is accepted, and stays so until the transaction ends."""

    id: UUID


HELD: LiteralString = """
    select t.id, t.ambassador_id, a.person_id, a.handle, a.status, a.joined_on, t.first_day,
           t.last_day, t.origin, t.policy_version, t.outcome, t.outcome_on, t.asked_at, t.version
      from tenures t
      join ambassadors a on a.program_id = t.program_id and a.id = t.ambassador_id
"""

OF_DAY = Query(
    Held,
    "-- $1 program  $2 ambassador  $3 day"
    + HELD
    + """
     where t.program_id = $1 and t.ambassador_id = $2 and t.first_day <= $3
     order by t.first_day desc, t.id desc
     limit 1
    """,
)

# `offset 0` has each person's be looked up by themselves, however little the planner knows.
DID = Query(
    Did,
    """
    -- $1 program  $2 ambassadors  $3 their people  $4 since  $5 until  $6 time zone  $7 split types
    select m.ambassador_id, array_agg(c.id) as id, array_agg(c.type) as type,
           array_agg(p.occurred_on) as first,
           array_agg(coalesce(c.ended_on,
               case c.date_precision when 'day' then p.occurred_on
               when 'month' then (p.occurred_on + interval '1 month')::date - 1
               else (p.occurred_on + interval '1 year')::date - 1 end)) as last,
           array_agg(c.date_precision) as precision,
           array_agg((c.created_at at time zone $6)::date) as recorded_on,
           array_agg(c.status) as status,
           array_agg(case when c.type = any($7::text[]) and p.share is null then
               (select count(*) from contribution_participants o
                 where o.program_id = $1 and o.contribution_id = c.id)
           else 1 end) as participants,
           array_agg(p.share) as share, array_agg(c.same_as) as same_as,
           array_agg(e.person_id is not null) as evidence, array_agg(u.tenure_id) as used_by
      from unnest($2::uuid[], $3::uuid[], $4::date[], $5::date[])
           as m (ambassador_id, person_id, since, until)
     cross join lateral (
           select d.contribution_id, d.occurred_on, d.share
             from contribution_participants d
            where d.program_id = $1 and d.person_id = m.person_id
              and d.occurred_on between m.since and m.until
           offset 0) p
      join contributions c on c.program_id = $1 and c.id = p.contribution_id
      left join tenure_contributions u
        on u.program_id = $1 and u.contribution_id = c.id and u.ambassador_id = m.ambassador_id
      left join evidence_marks e
        on e.program_id = $1 and e.contribution_program_id = $1 and e.contribution_id = c.id
       and e.person_id = m.person_id
     group by m.ambassador_id
    """,
)

AWAY = Query(
    Away,
    """
    -- $1 program  $2 ambassadors
    select ambassador_id, first_day, last_day
      from leaves where program_id = $1 and ambassador_id = any($2) order by first_day
    """,
)

ATTRIBUTES = Query(
    Known,
    """
    -- $1 program  $2 ambassadors
    select ambassador_id, attribute, expires_on
      from eligibilities where program_id = $1 and ambassador_id = any($2)
    """,
)

KEEP = Query(
    Still,
    """
    -- $1 program  $2 contributions
    select id from contributions
     where program_id = $1 and id = any($2) and status = 'accepted'
     order by id
       for share
    """,
)


async def of_day(tx: Connection, program_id: UUID, ambassador_id: UUID, on: date) -> Held | None:
    """The last tenure of an ambassador that had begun by a day, be it over or not."""
    return await OF_DAY.first(tx, program_id, ambassador_id, on)


async def did(
    tx: Connection,
    program_id: UUID,
    windows: Sequence[Window],
    *,
    time_zone: str,
    split: Sequence[str],
) -> list[Did]:
    """What these people did, whatever became of it; who did nothing is not among them.

    `split` are the types of which the number of people matters.
    """
    return await DID.all(
        tx,
        program_id,
        [one.ambassador_id for one in windows],
        [one.person_id for one in windows],
        [one.since for one in windows],
        [one.until for one in windows],
        time_zone,
        split,
    )


async def away(tx: Connection, program_id: UUID, ambassadors: Sequence[UUID]) -> list[Away]:
    """The leaves of these ambassadors, each one's by their first days."""
    return await AWAY.all(tx, program_id, ambassadors)


async def attributes(tx: Connection, program_id: UUID, ambassadors: Sequence[UUID]) -> list[Known]:
    """What these ambassadors are."""
    return await ATTRIBUTES.all(tx, program_id, ambassadors)


async def keep(tx: Connection, program_id: UUID, contributions: Sequence[UUID]) -> set[UUID]:
    """Those of the contributions that are accepted, which nobody changes from now on."""
    return {one.id for one in await KEEP.all(tx, program_id, contributions)}
