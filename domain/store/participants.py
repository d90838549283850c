"""Statements on the names of participants: many at a time, whatever they are."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query


class Held(Struct, frozen=True):
    """A handle in lower case, and the person of the ambassador whom it leads to."""

    handle: str
    person_id: UUID


class Standing(Struct, frozen=True):
    """A person, who may stand behind another record now, or be erased."""

    id: UUID
    merged_into: UUID | None
    erased: bool


HANDLES = Query(
    Held,
    """
    -- $1 program  $2 handles in lower case
    select distinct on (handle) handle, person_id from (
        select lower(handle) as handle, id, person_id, 'infinity'::timestamptz as until_at
          from ambassadors where program_id = $1 and lower(handle) = any($2)
        union all
        select lower(h.handle), a.id, a.person_id, h.until_at
          from ambassador_handles h
          join ambassadors a on a.program_id = h.program_id and a.id = h.ambassador_id
         where h.program_id = $1 and lower(h.handle) = any($2)) as held
     order by handle, until_at desc, id desc
    """,
)

STANDING = Query(
    Standing,
    """
    -- $1 people
    select id, merged_into, erased_at is not null as erased
      from people where id = any($1) order by id for key share
    """,
)


async def handles(tx: Connection, program_id: UUID, written: Iterable[str]) -> list[Held]:
    """Whom these handles of ambassadors lead to: who has it now, or else the last who had it."""
    return await HANDLES.all(tx, program_id, sorted(written))


async def standing(tx: Connection, people: Iterable[UUID]) -> list[Standing]:
    """These people, who are neither merged nor erased until the transaction ends."""
    return await STANDING.all(tx, sorted(people))
