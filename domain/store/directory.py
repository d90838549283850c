"""The directory: what the public may see of each ambassador, made anew by every change of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from domain.rules.ambassadors import AmbassadorStatus, containing
from domain.rules.links import Link
from domain.store.query import Connection, Query, Statement


class Reader(Struct, frozen=True):
    """Who reads: everything (`reads_all`), what is public, and always what is one's own.

    `statuses` are those that are shown to them; `today` is the day in the program's time zone on
    which companies, groups and roles have to be valid.
    """

    reads_all: bool
    person_id: UUID | None
    statuses: frozenset[AmbassadorStatus]
    today: date


class ByName(Struct, frozen=True):
    """A place in the order of names."""

    sort_name: str
    id: UUID


class ByJoined(Struct, frozen=True):
    """A place in the order of joining."""

    sort_joined: date
    id: UUID


class Filters(Struct, frozen=True):
    """What a list is narrowed to; None does not narrow. Compared with what the entries show."""

    country: str | None = None
    group: str | None = None
    role: str | None = None
    language: str | None = None
    topic: str | None = None
    text: str | None = None


class Entry(Struct, frozen=True):
    """What the public may see of an ambassador; from `person_id` on what an insider may see too.

    An insider reads the whole program, or is the ambassador. `recorded_joined_on` is the day of
    joining also where it is hidden, `recorded_farewell` the farewell also where none is shown.
    """

    id: UUID
    handle: str
    status: AmbassadorStatus
    name: str
    sort_name: str
    title: str | None
    bio: str | None
    country: str | None
    city: str | None
    company: str | None
    avatar_url: str | None
    languages: list[str]
    topics: list[str]
    links: list[Link]
    joined_on: date | None
    sort_joined: date
    groups: list[str]
    roles: list[str]
    farewell: str | None
    version: int
    insider: bool
    person_id: UUID
    status_reason: str | None
    status_on: date | None
    recorded_farewell: str | None
    recorded_joined_on: date | None
    hidden_fields: list[str]
    created_at: datetime
    updated_at: datetime


COLUMNS: LiteralString = """
    select e.ambassador_id as id, e.handle, e.status, e.name, e.sort_name, e.title, e.bio,
           e.country, e.city, e.avatar_url, e.languages, e.topics, e.links, e.joined_on,
           e.sort_joined, e.farewell,
           (select f.company from affiliations f
             where f.person_id = e.person_id and 'company' = any(e.shown)
               and coalesce(f.valid_from <= $3, true) and coalesce(f.valid_until >= $3, true)
             order by f.valid_from desc nulls last, f.id desc limit 1) as company,
           array(select m.code from memberships m
                  where m.program_id = e.program_id and m.ambassador_id = e.ambassador_id
                    and m.kind = 'group' and 'groups' = any(e.shown)
                    and coalesce(m.valid_from <= $3, true) and coalesce(m.valid_until >= $3, true)
                  order by m.code) as groups,
           array(select m.code from memberships m
                  where m.program_id = e.program_id and m.ambassador_id = e.ambassador_id
                    and m.kind = 'role' and 'roles' = any(e.shown)
                    and coalesce(m.valid_from <= $3, true) and coalesce(m.valid_until >= $3, true)
                  order by m.code) as roles,
           a.version, ($4 or coalesce(a.person_id = $5, false)) as insider, a.person_id,
           a.status_reason, a.status_on, a.farewell as recorded_farewell,
           a.joined_on as recorded_joined_on, a.hidden_fields,
           a.created_at, a.updated_at
"""
"""For a reader: $3 today  $4 reads all  $5 the reader's person."""

SHOWN: LiteralString = """
      from (
        select e.* from directory_entries e
         where e.program_id = $1 and e.status = any($2::text[])
           and ($6::text is null or e.country = $6)
           and ($7::text is null or e.languages @> array[$7])
           and ($8::text is null or e.topics @> array[$8])
           and ($9::text is null or e.search like lower($9))
"""
"""The entries of a list: $1 program  $2 statuses  $6 to $9 filters (null: any)."""

MEMBERS: LiteralString = """
           and ($4 or $13::text || 's' = any(e.shown))
           and exists (
               select from memberships m
                where m.program_id = e.program_id and m.ambassador_id = e.ambassador_id
                  and m.kind = $13 and m.code = $14
                  and coalesce(m.valid_from <= $3, true) and coalesce(m.valid_until >= $3, true))
           and ($15::text is null or exists (
               select from memberships m
                where m.program_id = e.program_id and m.ambassador_id = e.ambassador_id
                  and m.kind = 'role' and m.code = $15 and ($4 or 'roles' = any(e.shown))
                  and coalesce(m.valid_from <= $3, true) and coalesce(m.valid_until >= $3, true)))
"""
"""Of these the members of a group or holders of a role: a condition by itself, because behind
`is null or` it is no join, and every entry would be looked at to find the few of a small group."""

AFTER_NAME: LiteralString = """
           and ($10::text is null or (e.sort_name, e.ambassador_id) > ($10, $11::uuid))
         order by e.sort_name, e.ambassador_id
         limit $12) e
      join ambassadors a on a.program_id = e.program_id and a.id = e.ambassador_id
     order by e.sort_name, e.ambassador_id
"""

AFTER_JOINED: LiteralString = """
           and ($10::date is null or (e.sort_joined, e.ambassador_id) > ($10, $11::uuid))
         order by e.sort_joined, e.ambassador_id
         limit $12) e
      join ambassadors a on a.program_id = e.program_id and a.id = e.ambassador_id
     order by e.sort_joined, e.ambassador_id
"""

LIST: LiteralString = """
    -- $1 program  $2 statuses  $3 today  $4 reads all  $5 the reader's person  $6 country
    -- $7 language  $8 topic  $9 like  $10 after name or day (null: from the start)
    -- $11 after ambassador  $12 limit  $13 kind of membership  $14 its code  $15 role (null: any)
"""

BY_NAME = Query(Entry, LIST + COLUMNS + SHOWN + AFTER_NAME)
MEMBERS_BY_NAME = Query(Entry, LIST + COLUMNS + SHOWN + MEMBERS + AFTER_NAME)
BY_JOINED = Query(Entry, LIST + COLUMNS + SHOWN + AFTER_JOINED)
MEMBERS_BY_JOINED = Query(Entry, LIST + COLUMNS + SHOWN + MEMBERS + AFTER_JOINED)

GET = Query(
    Entry,
    """
    -- $1 program  $2 statuses  $3 today  $4 reads all  $5 the reader's person  $6 ambassador
    """
    + COLUMNS
    + """
      from directory_entries e
      join ambassadors a on a.program_id = e.program_id and a.id = e.ambassador_id
     where e.program_id = $1 and e.ambassador_id = $6
       and ($4 or a.person_id = $5 or e.status = any($2::text[]))
    """,
)

LOCK = Statement(
    """
    -- $1 program (null: any)  $2 person (null: any)  $3 ambassadors (null: any)
    select from directory_entries
     where ($1::uuid is null or program_id = $1)
       and ($2::uuid is null or person_id = $2)
       and ($3::uuid[] is null or ambassador_id = any($3))
     order by program_id, ambassador_id
       for update
    """
)

REFRESH = Statement(
    """
    -- $1 program (null: any)  $2 person (null: any)  $3 ambassadors (null: any)
    insert into directory_entries as e (
        program_id, ambassador_id, person_id, handle, status, name, sort_name, title, bio, country,
        city, avatar_url, languages, topics, links, joined_on, sort_joined, farewell, shown, search)
    select a.program_id, a.id, a.person_id, a.handle, a.status, p.name, lower(p.name),
           case when shows.title then p.title end,
           case when shows.bio then p.bio end,
           case when shows.country then p.country end,
           case when shows.city then p.city end,
           case when shows.avatar_url then p.avatar_url end,
           case when shows.languages then p.languages else '{}' end,
           case when shows.topics then p.topics else '{}' end,
           case when shows.links then p.links else '[]' end,
           case when shows.joined_on then a.joined_on end,
           coalesce(case when shows.joined_on then a.joined_on end, date 'infinity'),
           case when a.status = 'emeritus'
                 and coalesce((o.effective #>> '{departure,list_farewells}')::boolean, false)
                then a.farewell end,
           array(select f from unnest(array['company', 'groups', 'roles']) f
                  where f <> all (h.hidden)),
           lower(concat_ws(' ', p.name, a.handle,
               case when shows.title then p.title end,
               case when shows.bio then p.bio end,
               case when shows.topics then array_to_string(p.topics, ' ') end,
               case when shows.company then (
                   select string_agg(f.company, ' ') from affiliations f
                    where f.person_id = p.id
                      and (f.valid_from is null or f.valid_from <= current_date)
                      and (f.valid_until is null or f.valid_until >= current_date)) end))
      from ambassadors a
      join people p on p.id = a.person_id
      join programs g on g.id = a.program_id
      join policies o on o.program_id = g.id and o.version = g.policy_version
      cross join lateral (
          select p.hidden_fields || a.hidden_fields || array(
              select jsonb_array_elements_text(
                  coalesce(o.effective #> '{directory,hidden_fields}', '[]'))) as hidden) h
      cross join lateral (
          select 'title' <> all (h.hidden) as title, 'bio' <> all (h.hidden) as bio,
                 'country' <> all (h.hidden) as country, 'city' <> all (h.hidden) as city,
                 'avatar_url' <> all (h.hidden) as avatar_url,
                 'languages' <> all (h.hidden) as languages,
                 'topics' <> all (h.hidden) as topics, 'links' <> all (h.hidden) as links,
                 'joined_on' <> all (h.hidden) as joined_on,
                 'company' <> all (h.hidden) as company) shows
     where p.erased_at is null
       and ($1::uuid is null or a.program_id = $1)
       and ($2::uuid is null or a.person_id = $2)
       and ($3::uuid[] is null or a.id = any($3))
    on conflict (program_id, ambassador_id) do update
       set person_id = excluded.person_id, handle = excluded.handle, status = excluded.status,
           name = excluded.name, sort_name = excluded.sort_name, title = excluded.title,
           bio = excluded.bio, country = excluded.country, city = excluded.city,
           avatar_url = excluded.avatar_url, languages = excluded.languages,
           topics = excluded.topics, links = excluded.links, joined_on = excluded.joined_on,
           sort_joined = excluded.sort_joined, farewell = excluded.farewell,
           shown = excluded.shown, search = excluded.search
    """
)


async def page_by_name(
    tx: Connection,
    program_id: UUID,
    reader: Reader,
    filters: Filters,
    *,
    after: ByName | None,
    limit: int,
) -> list[Entry]:
    """The entries that the reader may see and the filters leave, by name."""
    place = (after.sort_name, after.id) if after else (None, None)
    query = MEMBERS_BY_NAME if filters.group or filters.role else BY_NAME
    return await query.all(tx, *_reader(program_id, reader), *_filters(filters, place, limit))


async def page_by_joined(
    tx: Connection,
    program_id: UUID,
    reader: Reader,
    filters: Filters,
    *,
    after: ByJoined | None,
    limit: int,
) -> list[Entry]:
    """The same by the day of joining; those without a public one come last."""
    place = (after.sort_joined, after.id) if after else (None, None)
    query = MEMBERS_BY_JOINED if filters.group or filters.role else BY_JOINED
    return await query.all(tx, *_reader(program_id, reader), *_filters(filters, place, limit))


async def get(
    tx: Connection, program_id: UUID, reader: Reader, ambassador_id: UUID
) -> Entry | None:
    """One entry, if the reader may see it."""
    return await GET.first(tx, *_reader(program_id, reader), ambassador_id)


async def refresh_program(tx: Connection, program_id: UUID) -> None:
    """Make the entries of a whole program anew: its policy may hide other fields now."""
    await _refresh(tx, program_id, None, None)


async def refresh_person(tx: Connection, person_id: UUID) -> None:
    """Make the entries of one person anew, in every program."""
    await _refresh(tx, None, person_id, None)


async def refresh_ambassador(tx: Connection, program_id: UUID, ambassador_id: UUID) -> None:
    """Make the entry of one ambassador anew."""
    await _refresh(tx, program_id, None, [ambassador_id])


async def refresh_ambassadors(
    tx: Connection, program_id: UUID, ambassadors: Sequence[UUID]
) -> None:
    """Make the entries of some ambassadors of a program anew."""
    await _refresh(tx, program_id, None, ambassadors)


async def _refresh(tx: Connection, *which: UUID | Sequence[UUID] | None) -> None:
    # First wait for whoever else is making these entries: what they changed, a snapshot taken
    # before their commit would undo, and show what has just been hidden.
    await LOCK.run(tx, *which)
    await REFRESH.run(tx, *which)


def _reader(program_id: UUID, reader: Reader) -> tuple[object, ...]:
    return (
        program_id,
        list(reader.statuses),
        reader.today,
        reader.reads_all,
        reader.person_id,
    )


def _filters(filters: Filters, place: tuple[object, object], limit: int) -> tuple[object, ...]:
    like = None if filters.text is None else containing(filters.text)
    every = (filters.country, filters.language, filters.topic, like, *place, limit)
    if filters.group:
        return (*every, "group", filters.group, filters.role)
    return (*every, "role", filters.role, None) if filters.role else every
