"""The statement that gathers the benefits of a person; what is sealed stays so."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query


class Row(Struct, frozen=True):
    """A grant of a person, with its delivery and its code as they are stored."""

    program_id: UUID
    program: str
    id: UUID
    benefit: str
    occasion: str
    occasion_name: str | None
    status: str
    value_amount: Decimal | None
    value_currency: str | None
    choices: dict[str, str]
    note: str | None
    claim_by: date | None
    fulfil_by: date | None
    offered_at: datetime
    claimed_at: datetime | None
    approved_at: datetime | None
    fulfilled_on: date | None
    carrier: str | None
    tracking: str | None
    closed_at: datetime | None
    closed_reason: str | None
    delivery: bytes | None
    delivery_erase_on: date | None
    code_id: UUID | None
    code: bytes | None


ALL_OF = Query(
    Row,
    """
    -- $1 people
    select g.program_id, p.slug as program, g.id, g.benefit, g.occasion, g.occasion_name, g.status,
           g.value_amount, g.value_currency, g.choices, g.note, g.claim_by, g.fulfil_by,
           g.offered_at, g.claimed_at, g.approved_at, g.fulfilled_on, g.carrier, g.tracking,
           g.closed_at, g.closed_reason, d.sealed as delivery, d.erase_on as delivery_erase_on,
           c.id as code_id, c.sealed as code
      from ambassadors a
      join grants g on g.program_id = a.program_id and g.ambassador_id = a.id
      join programs p on p.id = g.program_id
      left join grant_deliveries d on d.program_id = g.program_id and d.grant_id = g.id
      left join benefit_codes c on c.program_id = g.program_id and c.grant_id = g.id
     where a.person_id = any($1)
     order by p.slug, g.id
    """,
)


async def all_of(tx: Connection, people: list[UUID]) -> list[Row]:
    """What they were offered in every program, the oldest first."""
    return await ALL_OF.all(tx, people)
