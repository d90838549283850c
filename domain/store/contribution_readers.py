"""Who reads contributions, and the conditions on what of them may be seen."""

from __future__ import annotations

from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.policy_contributions import Area


class Reader(Struct, frozen=True):
    """Who reads.

    `reads_all`: the program's staff. `made`: whoever has just made a change and is told what became
    of it. `statuses` are those of ambassadors whom everybody sees; `areas` are the policy's, by
    type.
    """

    reads_all: bool
    person_id: UUID | None
    account_id: UUID | None
    statuses: frozenset[AmbassadorStatus]
    areas: dict[str, Area]
    made: bool = False


OWN: LiteralString = """(
    coalesce(c.submitted_by = $5::uuid, false)
    or exists (select from contribution_participants p
                where p.program_id = c.program_id and p.contribution_id = c.id
                  and p.person_id = $4::uuid))
"""
"""Submitted by the reader, or with their part in it."""

MEMBER: LiteralString = """
    exists (select from directory_entries m
             where m.program_id = $1 and m.person_id = $4::uuid
               and m.status in ('active', 'on_leave', 'emeritus'))
"""
"""Whether the reader is an ambassador of the program."""

_LISTED: LiteralString = """
    select from contribution_participants p
      join directory_entries e on e.program_id = p.program_id and e.person_id = p.person_id
     where p.program_id = c.program_id and p.contribution_id = c.id
       and e.status = any($2::text[])
"""

LISTED: LiteralString = "exists (" + _LISTED + ")"
"""Whether the directory lists somebody who took part: asked of a whole program, as one join."""

# Without the offset, the planner reads everybody's part in everything for a page of twenty.
_LISTED_HERE: LiteralString = "exists (" + _LISTED + " offset 0)"

FOR_OTHERS: LiteralString = (
    """
    c.status = 'accepted' and c.matched
    and (c.visibility = 'public' or (c.visibility = 'members' and """
    + MEMBER
    + ")) and "
    + _LISTED_HERE
)
"""What of other people's contributions a reader sees who is no staff."""

VISIBLE: LiteralString = "($3::boolean or " + OWN + " or (" + FOR_OTHERS + "))"
"""For a reader: $1 program  $2 statuses shown  $3 reads all  $4 person  $5 account."""


def arguments(program_id: UUID, reader: Reader) -> tuple[object, ...]:
    """The arguments $1 to $5 of these conditions."""
    return (
        program_id,
        list(reader.statuses),
        reader.reads_all,
        reader.person_id,
        reader.account_id,
    )
