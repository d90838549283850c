"""Statements on programs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.errors import Conflict, NotFound
from domain.store.query import Connection, Query, Statement


class ProgramArchived(Conflict):
    """Nothing changes in an archived program."""

    code = "program_archived"
    title = "The program is archived"


class Program(Struct, frozen=True):
    """A program with its parent's slug and the public texts of the policy in force."""

    id: UUID
    slug: str
    parent_id: UUID | None
    parent: str | None
    status: str
    name: str
    tagline: str | None
    description: str | None
    website_url: str | None
    code_of_conduct_url: str | None
    application_url: str | None
    directory_public: bool
    policy_version: int
    version: int
    created_at: datetime
    updated_at: datetime


BY_SLUG = Query(
    Program,
    """
    -- $1 slug
    select g.id, g.slug, g.parent_id, parent.slug as parent, g.status,
           o.effective #>> '{texts,name}' as name,
           o.effective #>> '{texts,tagline}' as tagline,
           o.effective #>> '{texts,description}' as description,
           o.effective #>> '{texts,website_url}' as website_url,
           o.effective #>> '{texts,code_of_conduct_url}' as code_of_conduct_url,
           o.effective #>> '{texts,application_url}' as application_url,
           coalesce((o.effective #>> '{directory,public}')::boolean, true) as directory_public,
           g.policy_version, g.version, g.created_at, g.updated_at
      from programs g
      join policies o on o.program_id = g.id and o.version = g.policy_version
      left join programs parent on parent.id = g.parent_id
     where g.slug = $1
    """,
)

PAGE = Query(
    Program,
    """
    -- $1 status (null: any)  $2 after slug  $3 limit
    select g.id, g.slug, g.parent_id, parent.slug as parent, g.status,
           o.effective #>> '{texts,name}' as name,
           o.effective #>> '{texts,tagline}' as tagline,
           o.effective #>> '{texts,description}' as description,
           o.effective #>> '{texts,website_url}' as website_url,
           o.effective #>> '{texts,code_of_conduct_url}' as code_of_conduct_url,
           o.effective #>> '{texts,application_url}' as application_url,
           coalesce((o.effective #>> '{directory,public}')::boolean, true) as directory_public,
           g.policy_version, g.version, g.created_at, g.updated_at
      from programs g
      join policies o on o.program_id = g.id and o.version = g.policy_version
      left join programs parent on parent.id = g.parent_id
     where ($1::text is null or g.status = $1) and ($2::text is null or g.slug > $2)
     order by g.slug
     limit $3
    """,
)


class Reference(Struct, frozen=True):
    """Just enough of a program to lock it and to walk its family."""

    id: UUID
    slug: str
    parent_id: UUID | None
    policy_version: int
    version: int


LOCK = Query(
    Reference,
    """
    -- $1 slug
    select id, slug, parent_id, policy_version, version from programs where slug = $1 for update
    """,
)

SHARE = Statement(
    """
    -- $1 slug
    select from programs where slug = $1 for share
    """
)

CHILDREN = Query(
    Reference,
    """
    -- $1 parent
    select id, slug, parent_id, policy_version, version from programs
     where parent_id = $1 order by id for update
    """,
)

FAMILY_LOCK = Statement("select pg_advisory_xact_lock(hashtext('chancery.policies'))")

INSERT = Statement(
    """
    -- $1 id  $2 slug  $3 parent  $4 now
    insert into programs (id, slug, parent_id, status, policy_version, version,
                          created_at, updated_at)
    values ($1, $2, $3, 'active', 1, 1, $4, $4)
    """
)

UPDATE = Statement(
    """
    -- $1 id  $2 status  $3 parent  $4 now
    update programs set status = $2, parent_id = $3, version = version + 1, updated_at = $4
     where id = $1
    """
)

USE_POLICY = Statement(
    """
    -- $1 id  $2 policy version  $3 now
    update programs set policy_version = $2, version = version + 1, updated_at = $3 where id = $1
    """
)


async def by_slug(tx: Connection, slug: str) -> Program | None:
    """The program with this slug."""
    return await BY_SLUG.first(tx, slug)


async def find(tx: Connection, slug: str) -> Program:
    """The program with this slug. Raises `NotFound`."""
    program = await by_slug(tx, slug)
    if program is None:
        raise NotFound(f"There is no program '{slug}'.")
    return program


async def find_open(tx: Connection, slug: str) -> Program:
    """The program with this slug, for a change in it: it stays open until the transaction ends.

    Raises `NotFound`, `ProgramArchived`.
    """
    await SHARE.run(tx, slug)
    program = await find(tx, slug)
    if program.status == "archived":
        raise ProgramArchived(f"The program '{slug}' is archived; reopen it first.")
    return program


async def page(
    tx: Connection, *, status: str | None, after: str | None, limit: int
) -> list[Program]:
    """Programs by slug."""
    return await PAGE.all(tx, status, after, limit)


async def lock_family(tx: Connection) -> None:
    """One change of policies or parents at a time: they reach down the tree of programs."""
    await FAMILY_LOCK.run(tx)


async def lock(tx: Connection, slug: str) -> Reference:
    """The program with this slug, locked until the transaction ends. Raises `NotFound`."""
    program = await LOCK.first(tx, slug)
    if program is None:
        raise NotFound(f"There is no program '{slug}'.")
    return program


async def children(tx: Connection, program_id: UUID) -> list[Reference]:
    """The programs that derive from this one, locked."""
    return await CHILDREN.all(tx, program_id)


async def insert(
    tx: Connection, *, id: UUID, slug: str, parent_id: UUID | None, at: datetime
) -> None:
    """Store a new program at policy version 1."""
    await INSERT.run(tx, id, slug, parent_id, at)


async def update(
    tx: Connection, *, id: UUID, status: str, parent_id: UUID | None, at: datetime
) -> None:
    """Change a program's status or parent."""
    await UPDATE.run(tx, id, status, parent_id, at)


async def use_policy(tx: Connection, program_id: UUID, version: int, at: datetime) -> None:
    """Put a policy version in force."""
    await USE_POLICY.run(tx, program_id, version, at)
