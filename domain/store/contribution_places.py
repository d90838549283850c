"""Where contributions stand in a list: those that a reader may see, newest first.

Each class of contributions is read along an index that has it in the list's order. Only what that
finds is looked at for who took part, and a page looks at no more than `LOOKED_AT`: it costs the
same however much there is to pass over. What has a rare word or keyword is found by that; what has
a frequent one is met along the list.
"""

from __future__ import annotations

from datetime import date
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from domain.rules.contributions import ContributionStatus
from domain.store.contribution_readers import VISIBLE, Reader, arguments
from domain.store.query import Connection, Count, Query

LOOKED_AT = 2000
"""Contributions that one page looks at, at the most."""

FEW = 5_000
"""So many with the same words can be sorted for each page; more are met soon along the list."""


class Recent(Struct, frozen=True):
    """A place in the list: newest first, and by id within a day."""

    occurred_on: date
    id: UUID


class Place(Recent, frozen=True):
    """A place that was looked at; `last`: there may be more behind it, but it was enough."""

    seen: bool
    last: bool


class Filters(Struct, frozen=True):
    """What a list is narrowed to; None does not narrow. The first day of a period is compared.

    `person_id` is a participant's, `words` a `tsquery`.
    """

    status: ContributionStatus = ContributionStatus.ACCEPTED
    person_id: UUID | None = None
    type: str | None = None
    types: tuple[str, ...] | None = None
    language: str | None = None
    country: str | None = None
    tag: str | None = None
    since: date | None = None
    until: date | None = None
    words: str | None = None
    source: str | None = None


FILTERS: LiteralString = """
    and ($7::text is null or c.type = $7)
    and ($8::text[] is null or c.type = any($8))
    and ($9::text is null or lower(c.language) = lower($9))
    and ($10::text is null or c.country = $10)
    and ($11::text is null or (c.tags <> '{}' and c.tags @> array[$11]))
    and ($12::date is null or c.occurred_on >= $12)
    and ($13::date is null or c.occurred_on <= $13)
"""
"""$7 type  $8 types  $9 language  $10 country  $11 tag  $12 since  $13 until."""

WORDS: LiteralString = """
    to_tsvector('simple', translate(c.title || ' ' || coalesce(c.description, ''),
                                    '/.-_:@<>&', '         '))
    @@ to_tsquery('simple', $14::text)
"""
"""$14 words. As contributions_search_idx has it."""

HEAD: LiteralString = """
    -- $1 program  $2 statuses shown  $3 reads all  $4 the reader's person  $5 and account
    -- $6 status  $7 type  $8 types  $9 language  $10 country  $11 tag  $12 since  $13 until
    -- $14 words  $15 source (null: any)  $16 after day (null: from the newest)  $17 after id
    -- $18 to look at  $19 limit  $20 participant
"""

COLUMNS: LiteralString = """
    c.status, c.visibility, c.matched, c.submitted_by, c.source, c.title, c.description
"""

AFTER: LiteralString = """
    and ($16::date is null or (c.occurred_on, c.id) < ($16, $17::uuid))
    order by c.occurred_on desc, c.id desc limit $18
"""


def _class(condition: LiteralString) -> LiteralString:
    """A class of contributions in the order of the list, from a place on."""
    return (
        "(select c.program_id, c.id, c.occurred_on, "
        + COLUMNS
        + " from contributions c where c.program_id = $1 and "
        + condition
        + FILTERS
        + AFTER
        + ")"
    )


def _of(person: LiteralString, condition: LiteralString) -> LiteralString:
    """The same of what a person took part in.

    The offset has each looked up: below a merge, the planner may read the whole table for them.
    """
    return (
        "(select p.program_id, p.contribution_id as id, p.occurred_on, "
        + COLUMNS
        + """ from contribution_participants p
             cross join lateral (
                   select * from contributions c
                    where c.program_id = p.program_id and c.id = p.contribution_id offset 0) c
             where p.program_id = $1 and p.person_id = """
        + person
        + " and c.status = $6 and "
        + condition
        + FILTERS
        + """ and ($16::date is null or (p.occurred_on, p.contribution_id) < ($16, $17::uuid))
              order by p.occurred_on desc, p.contribution_id desc limit $18)"""
    )


OPEN: LiteralString = "c.status = 'accepted' and c.visibility = 'public' and c.matched"
MEMBERS: LiteralString = "c.status = 'accepted' and c.visibility = 'members' and c.matched"
HIDDEN: LiteralString = "c.status = 'accepted' and (c.visibility = 'private' or not c.matched)"
OTHER: LiteralString = "not (c.status = 'accepted' and c.visibility <> 'private' and c.matched)"

# A class that the status in $6 excludes is no part of the plan: it is made for the values at hand.
FOR_PUBLIC: LiteralString = _class("$6 = 'accepted' and " + OPEN)
FOR_MEMBERS: LiteralString = FOR_PUBLIC + " union all " + _class("$6 = 'accepted' and " + MEMBERS)
FOR_SIGNED_IN: LiteralString = (
    FOR_MEMBERS
    + " union all "
    + _of("$4::uuid", OTHER)
    + " union all "
    + _class(
        """c.submitted_by = $5::uuid and c.status = $6
           and not exists (select from contribution_participants p
                            where p.program_id = c.program_id and p.contribution_id = c.id
                              and p.person_id = $4::uuid) and """
        + OTHER
    )
)
FOR_STAFF: LiteralString = (
    FOR_MEMBERS
    + " union all "
    + _class("$6 = 'accepted' and " + HIDDEN)
    + " union all "
    + _class("$6 <> 'accepted' and c.status = $6")
)


def _places(classes: LiteralString) -> LiteralString:
    return (
        HEAD
        + """
        select c.occurred_on, c.id, v.seen, c.n = $18 as last
          from (select *, row_number() over (order by occurred_on desc, id desc) as n
                  from ("""
        + classes
        + """) every order by occurred_on desc, id desc limit $18) c
         cross join lateral (select
            ($15::text is null or coalesce(c.source = $15, false))
            and ($14::text is null or """
        + WORDS
        + ") and "
        + VISIBLE
        + """ as seen) v
         where v.seen or c.n = $18
         order by c.occurred_on desc, c.id desc limit $19
        """
    )


PUBLIC = Query(Place, _places(FOR_PUBLIC))
SIGNED_IN = Query(Place, _places(FOR_SIGNED_IN))
STAFF = Query(Place, _places(FOR_STAFF))
PERSON = Query(Place, _places(_of("$20::uuid", "true")))

# Materialized, because the planner takes any beginning of a word for frequent.
FOUND = Query(
    Place,
    _places(
        """(with found as materialized (
                select c.* from contributions c
                 where c.program_id = $1 and ($14::text is null or """
        + WORDS
        + """)
                   and ($11::text is null or (c.tags <> '{}' and c.tags @> array[$11])))
            select c.program_id, c.id, c.occurred_on, """
        + COLUMNS
        + " from found c where c.status = $6 "
        + FILTERS
        + AFTER
        + ")"
    ),
)

MATCHES = Query(
    Count,
    """
    -- $1 program  $2 words  $3 tag (null: any)  $4 at the most
    select count(*) as n
      from (select from contributions c
             where c.program_id = $1 and ($2::text is null or """
    + WORDS.replace("$14", "$2")
    + """) and ($3::text is null or (c.tags <> '{}' and c.tags @> array[$3]))
             limit $4) found
    """,
)


async def page(
    tx: Connection,
    program_id: UUID,
    reader: Reader,
    filters: Filters,
    *,
    after: Recent | None,
    limit: int,
) -> list[Place]:
    """At most `limit` places that the reader may see and the filters leave, newest first.

    The last one may be one that is not seen, where there was too much to look at.
    """
    known = arguments_of(program_id, reader, filters)
    place = (after.occurred_on, after.id) if after else (None, None)
    bounds = (LOOKED_AT, limit)
    if filters.person_id is not None:
        return await PERSON.all(tx, *known, *place, *bounds, filters.person_id)
    if await _few(tx, program_id, filters):
        return await FOUND.all(tx, *known, *place, *bounds)
    if reader.reads_all:
        return await STAFF.all(tx, *known, *place, *bounds)
    signed_in = reader.person_id is not None or reader.account_id is not None
    return await (SIGNED_IN if signed_in else PUBLIC).all(tx, *known, *place, *bounds)


async def _few(tx: Connection, program_id: UUID, filters: Filters) -> bool:
    if filters.words is None and filters.tag is None:
        return False
    found = await MATCHES.one(tx, program_id, filters.words, filters.tag, FEW + 1)
    return found.n <= FEW


def arguments_of(program_id: UUID, reader: Reader, filters: Filters) -> tuple[object, ...]:
    """The arguments $1 to $15 of a list."""
    return (
        *arguments(program_id, reader),
        filters.status,
        filters.type,
        filters.types,
        filters.language,
        filters.country,
        filters.tag,
        filters.since,
        filters.until,
        filters.words,
        filters.source,
    )
