"""Contributions over HTTP: what ambassadors did, newest first."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.ambassadors import ONE as AMBASSADOR
from api.ambassadors import path_of
from api.http.access import public, requires
from api.http.caching import Match
from api.http.endpoint import Moved, Routes
from api.http.fields import LINE, Code, Day, Handle, Id, Line, Moment, Reason, Slug, Url, Version
from api.http.paging import Page, PageQuery, page, place
from domain import contributions
from domain.call import Call
from domain.contributions import ContributionStatus, Shown
from domain.rules.access import Permission
from domain.rules.ambassadors import same_handle
from domain.rules.members import written

routes = Routes("Contributions", "What ambassadors did for their community.")

LIST = "/programs/{program}/contributions"
ONE = LIST + "/{contribution}"

Title = Annotated[
    str,
    Meta(
        pattern=LINE,
        min_length=3,
        max_length=200,
        description="What it is called.",
        examples=["Consumers that forgive"],
    ),
]
PartialDay = Annotated[
    str,
    Meta(
        pattern="^(19|20)[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$(?!\\n)",
        min_length=4,
        max_length=10,
        description="A day, a month or a year, as precisely as it is known (ISO 8601).",
        examples=["2025-11"],
    ),
]
Status = Annotated[
    ContributionStatus,
    Meta(description="`withdrawn` counts no more.", examples=["accepted"]),
]


class ContributionView(Struct, frozen=True):
    """A contribution of an ambassador."""

    id: Id
    ambassador: Handle
    type: Code
    title: Annotated[
        str,
        Meta(description="What it is called.", max_length=500, examples=["Consumers that forgive"]),
    ]
    occurred_on: PartialDay
    url: Annotated[Url | None, Meta(description="Where it can be seen.")]
    source: Annotated[
        Line | None, Meta(description="The file or tool that it came from; null: by hand.")
    ]
    status: Status
    version: Version
    created_at: Moment
    updated_at: Moment


class NewContribution(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that an ambassador did."""

    ambassador: Handle
    type: Code
    title: Title
    occurred_on: PartialDay
    url: Annotated[Url | UnsetType | None, Meta(description="Where it can be seen.")] = UNSET


class ContributionPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to correct of a contribution."""

    type: Code | UnsetType = UNSET
    title: Title | UnsetType = UNSET
    occurred_on: PartialDay | UnsetType = UNSET
    url: Annotated[Url | UnsetType | None, Meta(description="Null: it has no link.")] = UNSET


class Withdrawal(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a contribution is withdrawn."""

    reason: Reason


class AmbassadorContributionQuery(
    PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """Filters of an ambassador's contributions."""

    type: Annotated[Code | None, Meta(description="Only of this type.")] = None
    from_: Annotated[
        Day | None, Meta(description="From this day; of a month or year its first day counts.")
    ] = None
    until: Annotated[
        Day | None, Meta(description="Until this day; of a month or year its first day counts.")
    ] = None
    status: Annotated[
        Status, Meta(description="What is withdrawn is shown to staff and to the ambassador.")
    ] = ContributionStatus.ACCEPTED


class ContributionQuery(
    AmbassadorContributionQuery, kw_only=True, frozen=True, forbid_unknown_fields=True
):
    """Filters of a program's contributions."""

    ambassador: Annotated[Handle | None, Meta(description="Only of this ambassador.")] = None


def view(one: Shown) -> ContributionView:
    """The wire form of a contribution, its date at the precision that it was given with."""
    known = {name: getattr(one, name) for name in ContributionView.__struct_fields__}
    known["occurred_on"] = written(one.occurred_on, one.date_precision)
    return msgspec.convert(known, ContributionView)


@routes.get(LIST, public(), cached=True)
async def list_contributions(
    call: Call, program: Slug, query: ContributionQuery
) -> Page[ContributionView]:
    """List the contributions of a program.

    Newest first. Everybody sees what was accepted of the ambassadors whom the directory lists.
    """
    rows = await contributions.page(
        call,
        program,
        _narrowed(query, query.ambassador),
        after=place(query, contributions.Recent),
        limit=query.limit,
    )
    return page(query, rows, [view(row) for row in rows], contributions.Recent)


@routes.get(AMBASSADOR + "/contributions", public(), cached=True, moves=True)
async def list_ambassador_contributions(
    call: Call, program: Slug, handle: Handle, query: AmbassadorContributionQuery
) -> Page[ContributionView]:
    """List the contributions of an ambassador.

    Newest first. A handle that they had before leads to the one that they have now.
    """
    current, rows = await contributions.page_of(
        call,
        program,
        handle,
        _narrowed(query),
        after=place(query, contributions.Recent),
        limit=query.limit,
    )
    if not same_handle(current, handle):
        raise Moved(path_of(program, current) + "/contributions")
    return page(query, rows, [view(row) for row in rows], contributions.Recent)


@routes.post(
    LIST,
    requires(Permission.CONTRIBUTION_MANAGE),
    creates=True,
    location="/v1/programs/{program}/contributions/{id}",
)
async def create_contribution(call: Call, program: Slug, body: NewContribution) -> ContributionView:
    """Record a contribution.

    Of an ambassador of the program; it is accepted at once. What is still to come is refused.
    """
    draft = contributions.Draft(
        body.ambassador, body.type, body.title, body.occurred_on, body.url or None
    )
    return view(await contributions.record(call, program, draft))


@routes.get(ONE, public(), cached=True)
async def get_contribution(call: Call, program: Slug, contribution: Id) -> ContributionView:
    """Get a contribution."""
    return view(await contributions.get(call, program, contribution))


@routes.patch(ONE, requires(Permission.CONTRIBUTION_MANAGE))
async def update_contribution(
    call: Call, program: Slug, contribution: Id, body: ContributionPatch, match: Match
) -> ContributionView:
    """Correct a contribution.

    One that came from a file is as the file says again after its next import.
    """
    changes = contributions.Changes(body.type, body.title, body.occurred_on, body.url)
    return view(await contributions.update(call, program, contribution, changes, match.check))


@routes.post(ONE + "/withdrawal", requires(Permission.CONTRIBUTION_MANAGE))
async def withdraw_contribution(
    call: Call, program: Slug, contribution: Id, body: Withdrawal, match: Match
) -> ContributionView:
    """Withdraw a contribution.

    It counts no more, and no import brings it back.
    """
    return view(await contributions.withdraw(call, program, contribution, body.reason, match.check))


def _narrowed(
    query: AmbassadorContributionQuery, ambassador: str | None = None
) -> contributions.Narrowed:
    return contributions.Narrowed(ambassador, query.type, query.from_, query.until, query.status)
