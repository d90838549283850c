"""Statements on people."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from domain.rules.links import Link
from domain.store.query import Connection, Query, Statement


class Person(Struct, frozen=True):
    """A human being, with one profile."""

    id: UUID
    name: str
    title: str | None
    bio: str | None
    country: str | None
    city: str | None
    avatar_url: str | None
    languages: list[str]
    topics: list[str]
    links: list[Link]
    hidden_fields: list[str]
    merged_into: UUID | None
    erased_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class Listed(Person, frozen=True):
    """A person in a list, with its place in it."""

    sort_name: str


class Reference(Struct, frozen=True):
    """Only the id of a record."""

    id: UUID


BY_ID = Query(
    Person,
    """
    -- $1 person
    select id, name, title, bio, country, city, avatar_url, languages, topics, links,
           hidden_fields, merged_into, erased_at, version, created_at, updated_at
      from people where id = $1
    """,
)

LOCK = Query(
    Person,
    """
    -- $1 person
    select id, name, title, bio, country, city, avatar_url, languages, topics, links,
           hidden_fields, merged_into, erased_at, version, created_at, updated_at
      from people where id = $1 for update
    """,
)

INSERT = Statement(
    """
    -- $1 id  $2 name  $3 title  $4 bio  $5 country  $6 city  $7 avatar  $8 languages  $9 topics
    -- $10 links  $11 hidden fields  $12 merged into  $13 erased at  $14 version  $15 created
    -- $16 updated
    insert into people (id, name, title, bio, country, city, avatar_url, languages, topics, links,
                        hidden_fields, merged_into, erased_at, version, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    """
)

UPDATE = Statement(
    """
    -- $1 id  $2 name  $3 title  $4 bio  $5 country  $6 city  $7 avatar  $8 languages  $9 topics
    -- $10 links  $11 hidden fields  $12 merged into  $13 erased at  $14 version  $15 updated
    update people
       set name = $2, title = $3, bio = $4, country = $5, city = $6, avatar_url = $7,
           languages = $8, topics = $9, links = $10, hidden_fields = $11, merged_into = $12,
           erased_at = $13, version = $14, updated_at = $15
     where id = $1
    """
)


VISIBLE = Query(
    Person,
    """
    -- $1 person  $2 programs (null: all)
    with recursive chain as (
        select id, merged_into from people where id = $1
        union all
        select p.id, p.merged_into from people p join chain c on p.id = c.merged_into
    )
    select p.id, p.name, p.title, p.bio, p.country, p.city, p.avatar_url, p.languages, p.topics,
           p.links, p.hidden_fields, p.merged_into, p.erased_at, p.version, p.created_at,
           p.updated_at
      from chain c join people p on p.id = c.id
     where c.merged_into is null
       and ($2::uuid[] is null
            or exists (select from ambassadors a
                        where a.person_id = p.id and a.program_id = any($2))
            or not exists (select from ambassadors a where a.person_id = p.id))
    """,
)

PAGE = Query(
    Listed,
    """
    -- $1 programs (null: all)  $2 text (null: any)  $3 program (null: any)
    -- $4 after sort name (null: from the first)  $5 after id  $6 limit
    select p.id, p.name, p.title, p.bio, p.country, p.city, p.avatar_url, p.languages, p.topics,
           p.links, p.hidden_fields, p.merged_into, p.erased_at, p.version, p.created_at,
           p.updated_at, lower(p.name) as sort_name
      from people p
     where p.merged_into is null and p.erased_at is null
       and ($1::uuid[] is null
            or exists (select from ambassadors a
                        where a.person_id = p.id and a.program_id = any($1))
            or not exists (select from ambassadors a where a.person_id = p.id))
       and ($2::text is null
            or lower(p.name) like
                '%' || regexp_replace(lower($2), '([\\\\%_])', '\\\\\\1', 'g') || '%')
       and ($3::text is null or exists (
            select from ambassadors a join programs g on g.id = a.program_id
             where a.person_id = p.id and g.slug = $3
               and ($1::uuid[] is null or g.id = any($1))))
       and ($4::text is null or (lower(p.name), p.id) > ($4, $5::uuid))
     order by lower(p.name), p.id
     limit $6
    """,
)

PROGRAMS = Query(
    Reference,
    """
    -- $1 people
    select distinct program_id as id from ambassadors where person_id = any($1) order by 1
    """,
)

SHARED = Query(
    Reference,
    """
    -- $1 one person  $2 another
    select a.program_id as id from ambassadors a
      join ambassadors b on b.program_id = a.program_id and b.person_id = $2
     where a.person_id = $1
    """,
)


async def by_id(tx: Connection, person_id: UUID) -> Person | None:
    """The person with this id, also when merged away or erased."""
    return await BY_ID.first(tx, person_id)


async def lock(tx: Connection, person_id: UUID) -> Person | None:
    """The person with this id, locked until the transaction ends."""
    return await LOCK.first(tx, person_id)


async def visible(
    tx: Connection, person_id: UUID, programs: frozenset[UUID] | None
) -> Person | None:
    """The person that this id stands for now (a merge leads on), if the programs let one see it.

    Whoever is an ambassador of one of the programs is visible, and whoever is of none at all.
    """
    return await VISIBLE.first(tx, person_id, None if programs is None else list(programs))


async def page(
    tx: Connection,
    *,
    programs: frozenset[UUID] | None,
    text: str | None,
    program: str | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[Listed]:
    """People by name, without those who were merged away or erased."""
    name, person_id = after or (None, None)
    visible_in = None if programs is None else list(programs)
    return await PAGE.all(tx, visible_in, text, program, name, person_id, limit)


async def programs_of(tx: Connection, *people: UUID) -> list[UUID]:
    """The programs that any of the people is an ambassador of."""
    return [row.id for row in await PROGRAMS.all(tx, list(people))]


async def shared_programs(tx: Connection, one: UUID, other: UUID) -> list[UUID]:
    """The programs that both people are ambassadors of."""
    return [row.id for row in await SHARED.all(tx, one, other)]


async def insert(tx: Connection, person: Person) -> None:
    """Store a new person."""
    await INSERT.run(
        tx,
        person.id,
        person.name,
        *_profile(person),
        person.merged_into,
        person.erased_at,
        person.version,
        person.created_at,
        person.updated_at,
    )


async def update(tx: Connection, person: Person) -> None:
    """Store a person as it is now; the caller has locked the record and counted its version up."""
    await UPDATE.run(
        tx,
        person.id,
        person.name,
        *_profile(person),
        person.merged_into,
        person.erased_at,
        person.version,
        person.updated_at,
    )


def _profile(person: Person) -> tuple[object, ...]:
    return (
        person.title,
        person.bio,
        person.country,
        person.city,
        person.avatar_url,
        person.languages,
        person.topics,
        msgspec.to_builtins(person.links),
        person.hidden_fields,
    )
