"""Programs over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import public, requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Moment, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from api.policies import Document
from domain import programs
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Programs", "Ambassador programs: each a slug, public texts and a policy.")

Status = Annotated[
    Literal["active", "archived"],
    Meta(description="Nothing changes in an archived program; it can be reopened."),
]


class ProgramView(Struct, frozen=True):
    """A program as everybody sees it."""

    id: Id
    slug: Slug
    parent: Annotated[Slug | None, Meta(description="The program whose policy it inherits.")]
    status: Status
    name: Annotated[str, Meta(description="Public name.", examples=["Demo Ambassadors"])]
    tagline: Annotated[str | None, Meta(description="One sentence.")]
    description: Annotated[str | None, Meta(description="What the program is for.")]
    website_url: Annotated[str | None, Meta(description="The program's website.")]
    code_of_conduct_url: Annotated[str | None, Meta(description="Its code of conduct.")]
    application_url: Annotated[str | None, Meta(description="Where to apply.")]
    policy_version: Annotated[Version, Meta(description="The policy version in force.")]
    version: Version
    created_at: Moment
    updated_at: Moment


class NewProgram(Struct, frozen=True, forbid_unknown_fields=True):
    """A program to create."""

    slug: Slug
    policy: Document
    parent: Annotated[
        Slug | UnsetType | None, Meta(description="A program whose policy it inherits.")
    ] = UNSET


class ProgramPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of a program; its texts and rules change with its policy."""

    status: Status | UnsetType = UNSET
    parent: Annotated[
        Slug | UnsetType | None, Meta(description="Null: it inherits from no program any more.")
    ] = UNSET


class ProgramQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of the list of programs."""

    status: Status = "active"


class _Place(Struct, frozen=True):
    slug: str


def view(program: programs.Program) -> ProgramView:
    """The wire form of a program."""
    return msgspec.convert(program, ProgramView, from_attributes=True)


@routes.get("/programs", public(), cached=True)
async def list_programs(call: Call, query: ProgramQuery) -> Page[ProgramView]:
    """List the programs.

    In the order of their slugs; archived ones on request.
    """
    after = place(query, _Place)
    rows = await programs.page(
        call, status=query.status, after=after.slug if after else None, limit=query.limit
    )
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.post(
    "/programs",
    requires(Permission.PROGRAM_CREATE),
    creates=True,
    location="/v1/programs/{slug}",
)
async def create_program(call: Call, body: NewProgram) -> ProgramView:
    """Create a program.

    With version 1 of its policy. A program with a parent inherits the parent's policy and writes
    only what differs.
    """
    draft = programs.Draft(body.slug, body.parent or None, body.policy)
    return view(await programs.get(call, await programs.create(call, draft)))


@routes.get("/programs/{program}", public(), cached=True)
async def get_program(call: Call, program: Slug) -> ProgramView:
    """Get a program."""
    return view(await programs.get(call, program))


@routes.patch("/programs/{program}", requires(Permission.PROGRAM_MANAGE))
async def update_program(
    call: Call, program: Slug, body: ProgramPatch, match: Match
) -> ProgramView:
    """Archive, reopen or move a program."""
    changes = programs.Changes(status=body.status, parent=body.parent)
    await programs.update(call, program, changes, match.check)
    return view(await programs.get(call, program))
