"""Comments over HTTP: what the committee says among itself about an application."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import TEXT, Id, Moment, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from domain import comments
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Comments", "What the committee says about an application; no applicant reads it.")

LIST = "/programs/{program}/applications/{application}/comments"
COMMENT = LIST + "/{comment}"

CommentText = Annotated[
    str,
    Meta(
        pattern=TEXT,
        min_length=1,
        max_length=5000,
        description="For the committee and the program's managers.",
        examples=["The second talk is the stronger one."],
    ),
]


class CommentView(Struct, frozen=True):
    """One comment on an application."""

    id: Id
    application_id: Id
    account_id: Annotated[Id | None, Meta(description="Whose it is; null: nobody knows any more.")]
    name: Annotated[
        str | None, Meta(description="Of that account, as it is now.", examples=["Bo Ling"])
    ]
    text: CommentText
    version: Version
    created_at: Moment
    updated_at: Moment


class NewComment(Struct, frozen=True, forbid_unknown_fields=True):
    """A comment to make."""

    text: CommentText


class CommentPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """Other words for a comment."""

    text: CommentText


def view(comment: comments.Comment) -> CommentView:
    """The wire form of a comment."""
    return msgspec.convert(comment, CommentView, from_attributes=True)


@routes.get(LIST, requires(Permission.APPLICATION_READ))
async def list_comments(
    call: Call, program: Slug, application: Id, query: PageQuery
) -> Page[CommentView]:
    """List the comments on an application.

    In the order in which they were made.
    """
    after = place(query, comments.Place)
    rows = await comments.page(call, program, application, after=after, limit=query.limit)
    return page(query, rows, [view(row) for row in rows], comments.Place)


@routes.post(
    LIST,
    requires(Permission.VOTE_CAST),
    creates=True,
    location="/v1/programs/{program}/applications/{application_id}/comments/{id}",
)
async def create_comment(
    call: Call, program: Slug, application: Id, body: NewComment
) -> CommentView:
    """Comment on an application.

    For the committee and the program's managers; the applicant never reads it, whatever else they
    are in the program.
    """
    return view(await comments.add(call, program, application, body.text))


@routes.get(COMMENT, requires(Permission.APPLICATION_READ))
async def get_comment(call: Call, program: Slug, application: Id, comment: Id) -> CommentView:
    """Get a comment."""
    return view(await comments.get(call, program, application, comment))


@routes.patch(COMMENT, requires(Permission.VOTE_CAST))
async def update_comment(
    call: Call, program: Slug, application: Id, comment: Id, body: CommentPatch, match: Match
) -> CommentView:
    """Put your comment into other words."""
    return view(await comments.update(call, program, application, comment, body.text, match.check))


@routes.delete(COMMENT, requires(Permission.VOTE_CAST))
async def delete_comment(
    call: Call, program: Slug, application: Id, comment: Id, match: Match
) -> None:
    """Delete your comment."""
    await comments.remove(call, program, application, comment, match.check)
