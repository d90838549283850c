"""Statements on what the committee says about applications."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.store.query import Connection, Query, Statement


class Comment(Struct, frozen=True):
    """A comment; `account_id` is null, and with it `name`, when nobody knows any more whose."""

    program_id: UUID
    id: UUID
    application_id: UUID
    account_id: UUID | None
    name: str | None
    text: str
    version: int
    created_at: datetime
    updated_at: datetime


PAGE = Query(
    Comment,
    """
    -- $1 program  $2 application  $3 comment (null: any)  $4 after id (null: from the first)
    -- $5 limit
    select c.program_id, c.id, c.application_id, c.account_id, a.name, c.text, c.version,
           c.created_at, c.updated_at
      from application_comments c left join accounts a on a.id = c.account_id
     where c.program_id = $1 and c.application_id = $2
       and ($3::uuid is null or c.id = $3) and ($4::uuid is null or c.id > $4)
     order by c.id
     limit $5
    """,
)

LOCK = Query(
    Comment,
    """
    -- $1 program  $2 application  $3 id
    select c.program_id, c.id, c.application_id, c.account_id, a.name, c.text, c.version,
           c.created_at, c.updated_at
      from application_comments c left join accounts a on a.id = c.account_id
     where c.program_id = $1 and c.application_id = $2 and c.id = $3
       for update of c
    """,
)

INSERT = Statement(
    """
    -- $1 program  $2 id  $3 application  $4 account  $5 text  $6 now
    insert into application_comments (program_id, id, application_id, account_id, text, version,
                                      created_at, updated_at)
    values ($1, $2, $3, $4, $5, 1, $6, $6)
    """
)

UPDATE = Statement(
    """
    -- $1 program  $2 id  $3 text  $4 version  $5 now
    update application_comments set text = $3, version = $4, updated_at = $5
     where program_id = $1 and id = $2
    """
)

DELETE = Statement(
    """
    -- $1 program  $2 id
    delete from application_comments where program_id = $1 and id = $2
    """
)


async def page(
    tx: Connection,
    program_id: UUID,
    application_id: UUID,
    *,
    after: UUID | None,
    limit: int,
) -> list[Comment]:
    """The comments on an application, in the order in which they were made."""
    return await PAGE.all(tx, program_id, application_id, None, after, limit)


async def get(
    tx: Connection, program_id: UUID, application_id: UUID, comment_id: UUID
) -> Comment | None:
    """One comment on an application."""
    return await PAGE.first(tx, program_id, application_id, comment_id, None, 1)


async def lock(
    tx: Connection, program_id: UUID, application_id: UUID, comment_id: UUID
) -> Comment | None:
    """One comment on an application, locked."""
    return await LOCK.first(tx, program_id, application_id, comment_id)


async def insert(
    tx: Connection,
    program_id: UUID,
    application_id: UUID,
    *,
    id: UUID,
    account_id: UUID | None,
    text: str,
    at: datetime,
) -> None:
    """Store a new comment."""
    await INSERT.run(tx, program_id, id, application_id, account_id, text, at)


async def update(tx: Connection, comment: Comment) -> None:
    """Store the text of a locked comment as it is now."""
    await UPDATE.run(
        tx, comment.program_id, comment.id, comment.text, comment.version, comment.updated_at
    )


async def delete(tx: Connection, comment: Comment) -> None:
    """Delete a comment."""
    await DELETE.run(tx, comment.program_id, comment.id)
