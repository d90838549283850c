"""Merges over HTTP: two records of one human being become one, and can become two again."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Moment, Version
from api.http.paging import Page, PageQuery, page, place
from domain import merges
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Merges", "Two records of one human being become one, with an undo.")

Ids = Annotated[list[Id], Meta(description="The ids of the rows that moved.")]


class MovedView(Struct, frozen=True):
    """Exactly what a merge moved, and its undo returns."""

    identities: Ids
    affiliations: Ids
    ambassadors: Ids
    accounts: Ids
    invitations: Ids
    contributions: Annotated[
        list[Id], Meta(description="The ids of the contributions in which a part moved.")
    ]
    applications: Ids
    nominations: Annotated[
        list[Id], Meta(description="The ids of the applications that the person nominated for.")
    ]
    rounds: Annotated[
        list[Id], Meta(description="The ids of the rounds in which the person is an elector.")
    ]


class MergeView(Struct, frozen=True):
    """A merge of two people."""

    id: Id
    kept: Annotated[Id, Meta(description="The person that stays.")]
    merged: Annotated[Id, Meta(description="The record that leads to it now.")]
    moved: Annotated[MovedView, Meta(description="What moved from one to the other.")]
    merged_at: Annotated[Moment, Meta(description="When.")]
    merged_by: Annotated[Id | None, Meta(description="The account; null for the command line.")]
    undone_at: Annotated[Moment | None, Meta(description="When it was undone.")]
    version: Version


class NewMerge(Struct, frozen=True, forbid_unknown_fields=True):
    """Two records of one human being."""

    kept: Annotated[Id, Meta(description="The person that stays, with its profile.")]
    merged: Annotated[Id, Meta(description="The record whose belongings move.")]


class _Place(Struct, frozen=True):
    id: Id


def view(merge: merges.Merge) -> MergeView:
    """The wire form of a merge."""
    return MergeView(
        id=merge.id,
        kept=merge.kept_id,
        merged=merge.merged_id,
        moved=MovedView(
            identities=merge.moved.identities,
            affiliations=merge.moved.affiliations,
            ambassadors=merge.moved.ambassadors,
            accounts=merge.moved.accounts,
            invitations=merge.moved.invitations,
            contributions=[
                *merge.moved.contributions,
                *(part.contribution_id for part in merge.moved.ended),
            ],
            applications=merge.moved.candidacies.applications,
            nominations=merge.moved.candidacies.nominations,
            rounds=[seat.round_id for seat in merge.moved.candidacies.seats],
        ),
        merged_at=merge.merged_at,
        merged_by=merge.merged_by,
        undone_at=merge.undone_at,
        version=merges.version(merge),
    )


@routes.get("/merges", requires(Permission.PERSON_MANAGE))
async def list_merges(call: Call, query: PageQuery) -> Page[MergeView]:
    """List merges, newest first."""
    before = place(query, _Place)
    rows = await merges.page(call, before=before.id if before else None, limit=query.limit)
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.post(
    "/merges", requires(Permission.PERSON_MANAGE), creates=True, location="/v1/merges/{id}"
)
async def create_merge(call: Call, body: NewMerge) -> MergeView:
    """Merge one person into another.

    Identities, affiliations, ambassadors, contributions, accounts, invitations, applications and
    places in votes move; the profile that is kept stays as it is. You need to manage people in
    every program that either is in. Refused while both are ambassadors of one program, have an
    open application in one, or have a part in one open vote.
    """
    return view(await merges.get(call, await merges.create(call, body.kept, body.merged)))


@routes.get("/merges/{merge}", requires(Permission.PERSON_MANAGE))
async def get_merge(call: Call, merge: Id) -> MergeView:
    """Get a merge."""
    return view(await merges.get(call, merge))


@routes.post("/merges/{merge}/undo", requires(Permission.PERSON_MANAGE))
async def undo_merge(call: Call, merge: Id, match: Match) -> MergeView:
    """Undo a merge.

    Exactly the rows that it moved return; what was added later stays. Of a chain of merges the last
    one is undone first.
    """
    await merges.undo(call, merge, match.check)
    return view(await merges.get(call, merge))
