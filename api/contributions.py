"""Contributions over HTTP: what was done, newest first, and how much of it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from api.ambassadors import ONE as AMBASSADOR
from api.ambassadors import path_of
from api.contribution_body import PartialDay, Tag
from api.contribution_views import ContributionView, InArea, Status, view
from api.http.access import public
from api.http.endpoint import Moved, Routes
from api.http.fields import LINE, Code, Country, Day, Handle, Id, Language, Slug
from api.http.paging import Page, PageQuery, encode_cursor, place
from domain import contributions
from domain.call import Call
from domain.contributions import ContributionStatus, Counts, Listed, Narrowed, Recent
from domain.rules.ambassadors import same_handle

routes = Routes("Contributions", "What ambassadors did for their community.")

LIST = "/programs/{program}/contributions"
ONE = LIST + "/{contribution}"

Search = Annotated[
    str,
    Meta(
        pattern=LINE,
        min_length=1,
        max_length=100,
        description=(
            "Words of the title or the description, or their beginnings: all of them, at most ten."
        ),
        examples=["event driven"],
    ),
]
Quantity = Annotated[
    int,
    Meta(
        ge=0,
        description="How many contributions.",
        examples=[3],
        extra_json_schema={"format": "int64"},
    ),
]


OfType = Annotated[Code | None, Meta(description="Only of this type.")]
OfArea = Annotated[InArea | None, Meta(description="Only of the policy's types of this area.")]
InLanguage = Annotated[
    Language | None, Meta(description="Only in this language, compared without regard to case.")
]
InCountry = Annotated[Country | None, Meta(description="Only of what was there.")]
Tagged = Annotated[
    Tag | None, Meta(description="Only with this keyword, compared without regard to case.")
]
From = Annotated[
    Day | None, Meta(description="From this day; of a month or year its first day counts.")
]
Until = Annotated[
    Day | None, Meta(description="Until this day; of a month or year its first day counts.")
]
OfSource = Annotated[Slug | None, Meta(description="Only from this source.")]
OfStatus = Annotated[
    Status,
    Meta(description="What is not `accepted` is shown to staff, and to whose own it is."),
]
OfAmbassador = Annotated[Handle | None, Meta(description="Only with a part of this ambassador.")]


class AmbassadorContributionQuery(
    PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """Filters of an ambassador's contributions."""

    type: OfType = None
    area: OfArea = None
    language: InLanguage = None
    country: InCountry = None
    tag: Tagged = None
    from_: From = None
    until: Until = None
    source: OfSource = None
    status: OfStatus = ContributionStatus.ACCEPTED
    q: Search | None = None


class ContributionQuery(
    AmbassadorContributionQuery, kw_only=True, frozen=True, forbid_unknown_fields=True
):
    """Filters of a program's contributions."""

    ambassador: OfAmbassador = None


class ContributionCountQuery(
    Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """Filters of what is counted: those of the list."""

    ambassador: OfAmbassador = None
    type: OfType = None
    area: OfArea = None
    language: InLanguage = None
    country: InCountry = None
    tag: Tagged = None
    from_: From = None
    until: Until = None
    source: OfSource = None
    status: OfStatus = ContributionStatus.ACCEPTED
    q: Search | None = None


class TypeCountView(Struct, frozen=True):
    """How many there are of a type."""

    type: Code
    count: Quantity


class MonthCountView(Struct, frozen=True):
    """How many there are in a month."""

    month: Annotated[
        PartialDay,
        Meta(description="`2025-11`; or `2025`, for those of which only the year is known."),
    ]
    count: Quantity


class ContributionCountsView(Struct, frozen=True):
    """How many contributions there are."""

    total: Quantity
    by_type: Annotated[list[TypeCountView], Meta(description="The most frequent type first.")]
    by_month: Annotated[list[MonthCountView], Meta(description="The latest month first.")]


@routes.get(LIST, public(), cached=True)
async def list_contributions(
    call: Call, program: Slug, query: ContributionQuery
) -> Page[ContributionView]:
    """List the contributions of a program.

    Newest first. Everybody sees what was accepted and is public, of ambassadors whom the directory
    lists; the program's ambassadors also what is for members, and everybody what is their own. A
    page may hold less than `limit`, even nothing, where much was passed over: `next` goes on.
    """
    after = place(query, Recent)
    narrowed = _narrowed(query, query.ambassador)
    listed = await contributions.page(call, program, narrowed, after=after, limit=query.limit)
    return _page(query, listed)


@routes.get(LIST + "/counts", public(), cached=True)
async def get_contribution_counts(
    call: Call, program: Slug, query: ContributionCountQuery
) -> ContributionCountsView:
    """Count the contributions of a program.

    All that its list would show to the caller, with the same filters: by type and by month.
    """
    return counted(await contributions.counts(call, program, _narrowed(query, query.ambassador)))


@routes.get(ONE, public(), cached=True)
async def get_contribution(call: Call, program: Slug, contribution: Id) -> ContributionView:
    """Get a contribution."""
    return view(await contributions.get(call, program, contribution))


@routes.get(AMBASSADOR + "/contributions", public(), cached=True, moves=True)
async def list_ambassador_contributions(
    call: Call, program: Slug, handle: Handle, query: AmbassadorContributionQuery
) -> Page[ContributionView]:
    """List the contributions of an ambassador.

    Newest first. A handle that they had before leads to the one that they have now.
    """
    after = place(query, Recent)
    current, listed = await contributions.page_of(
        call, program, handle, _narrowed(query), after=after, limit=query.limit
    )
    if not same_handle(current, handle):
        raise Moved(path_of(program, current) + "/contributions")
    return _page(query, listed)


def counted(counts: Counts) -> ContributionCountsView:
    """The wire form of counts."""
    return msgspec.convert(counts, ContributionCountsView, from_attributes=True)


def _page(query: PageQuery, listed: Listed) -> Page[ContributionView]:
    cursor = None if listed.next is None else encode_cursor(query, listed.next)
    return Page([view(one) for one in listed.items], cursor)


def _narrowed(
    query: AmbassadorContributionQuery | ContributionCountQuery, ambassador: str | None = None
) -> Narrowed:
    return Narrowed(
        status=query.status,
        ambassador=ambassador,
        type=query.type,
        area=query.area,
        language=query.language,
        country=query.country,
        tag=query.tag,
        since=query.from_,
        until=query.until,
        source=query.source,
        q=query.q,
    )
