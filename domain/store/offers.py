"""Statements for offering benefits: whom they are for, and what they have had of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.rules.benefits import LIVE, About, GrantStatus
from domain.rules.policy_benefits import Occasion
from domain.store.people import Reference
from domain.store.query import Connection, Query


class Known(About, frozen=True):
    """What is known of an ambassador on a day, with their handle and the tenure that is open."""

    id: UUID
    handle: str
    tenure_id: UUID | None


class Had(Struct, frozen=True):
    """A grant of an ambassador, as far as limits ask for it."""

    ambassador_id: UUID
    benefit: str
    tenure_id: UUID | None
    occasion: Occasion
    occasion_name: str | None
    number: int
    status: GrantStatus

    @property
    def live(self) -> bool:
        """Whether they have it, or can still have it."""
        return self.status in LIVE


# Whoever was erased gets nothing more. A tenure without a day, whose last day is before its first,
# was none.
KNOWN = Query(
    Known,
    """
    -- $1 program  $2 ambassadors  $3 day
    select a.id, a.handle, a.status,
           array(select e.attribute from eligibilities e
                  where e.program_id = $1 and e.ambassador_id = a.id
                    and (e.expires_on is null or e.expires_on >= $3)) as attributes,
           array(select m.code from memberships m
                  where m.program_id = $1 and m.ambassador_id = a.id and m.kind = 'group'
                    and (m.valid_from is null or m.valid_from <= $3)
                    and (m.valid_until is null or m.valid_until >= $3)) as groups,
           array(select m.code from memberships m
                  where m.program_id = $1 and m.ambassador_id = a.id and m.kind = 'role'
                    and (m.valid_from is null or m.valid_from <= $3)
                    and (m.valid_until is null or m.valid_until >= $3)) as roles,
           (select count(*) from tenures t
             where t.program_id = $1 and t.ambassador_id = a.id
               and (t.last_day is null or t.last_day >= t.first_day)) as tenures,
           (select t.id from tenures t
             where t.program_id = $1 and t.ambassador_id = a.id and t.outcome is null) as tenure_id
      from ambassadors a
      join people p on p.id = a.person_id
     where a.program_id = $1 and a.id = any($2) and p.erased_at is null
     order by a.id
    """,
)

HAD = Query(
    Had,
    """
    -- $1 program  $2 ambassadors  $3 benefits
    select ambassador_id, benefit, tenure_id, occasion, occasion_name, number, status
      from grants
     where program_id = $1 and ambassador_id = any($2) and benefit = any($3)
    """,
)

# In the order of the ids, as everywhere.
LOCK_NAMED = Query(
    Reference,
    """
    -- $1 program  $2 handles in lower case
    select id from ambassadors
     where program_id = $1 and lower(handle) = any($2)
     order by id
       for update
    """,
)

LOCK_ACTIVE = Query(
    Reference,
    """
    -- $1 program  $2 after ambassador (null: from the first)  $3 limit
    select id from ambassadors
     where program_id = $1 and status in ('active', 'on_leave') and ($2::uuid is null or id > $2)
     order by id
     limit $3
       for update
    """,
)


async def known(
    tx: Connection, program_id: UUID, ambassadors: Sequence[UUID], on: date
) -> list[Known]:
    """What is known of these ambassadors on a day; nobody who was erased is among them."""
    return await KNOWN.all(tx, program_id, ambassadors, on)


async def had(
    tx: Connection, program_id: UUID, ambassadors: Sequence[UUID], benefits: Sequence[str]
) -> list[Had]:
    """All that these ambassadors were ever offered of these benefits."""
    return await HAD.all(tx, program_id, ambassadors, benefits)


async def lock_named(tx: Connection, program_id: UUID, handles: Sequence[str]) -> list[UUID]:
    """The ambassadors who have these handles now, locked; who has none of them is left out."""
    folded = [handle.lower() for handle in handles]
    return [one.id for one in await LOCK_NAMED.all(tx, program_id, folded)]


async def lock_active(
    tx: Connection, program_id: UUID, *, after: UUID | None, limit: int
) -> list[UUID]:
    """Active ambassadors (also on leave), locked, by their ids."""
    return [one.id for one in await LOCK_ACTIVE.all(tx, program_id, after, limit)]
