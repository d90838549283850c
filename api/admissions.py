"""Published admissions over HTTP: who applied, when, and the outcome."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.http.access import public
from api.http.endpoint import Routes
from api.http.fields import Count, Id, Moment, Name, Slug
from api.http.paging import Page, PageQuery, page, place
from domain import published_admissions
from domain.call import Call
from domain.rules.candidacies import ApplicationStatus

routes = Routes("Admissions", "Who applied to a program, when, and what became of it, for all.")


class VoteCountView(Struct, frozen=True):
    """How an open ballot ended."""

    voters: Annotated[Count, Meta(description="Who could vote, without those recused.")]
    need: Annotated[Count, Meta(description="How many had to be for it.")]
    votes_for: Annotated[Count, Meta(description="How many were for it.")]
    votes_against: Annotated[Count, Meta(description="How many were against it.")]
    votes_abstain: Annotated[Count, Meta(description="How many abstained.")]


class AdmissionView(Struct, frozen=True):
    """An application, as far as everybody may know of it."""

    name: Annotated[
        Name | None,
        Meta(description="Null for who withdrew, or was nominated and has not agreed."),
    ]
    submitted_at: Annotated[Moment, Meta(description="When they applied.")]
    status: Annotated[
        ApplicationStatus, Meta(description="Where it is, or its outcome.", examples=["accepted"])
    ]
    decided_at: Annotated[Moment | None, Meta(description="Since when it has its outcome.")]
    votes: Annotated[
        VoteCountView | None,
        Meta(description="The counts of the open ballot that settled it; never of a secret one."),
    ]


class _Place(Struct, frozen=True):
    id: Id


def view(admission: published_admissions.Admission) -> AdmissionView:
    """The wire form of a published admission."""
    return AdmissionView(
        name=admission.name,
        submitted_at=admission.submitted_at,
        status=admission.status,
        decided_at=admission.decided_at,
        votes=_votes(admission),
    )


def _votes(one: published_admissions.Admission) -> VoteCountView | None:
    if (
        one.voters is None
        or one.need is None
        or one.votes_for is None
        or one.votes_against is None
        or one.votes_abstain is None
    ):
        return None
    return VoteCountView(one.voters, one.need, one.votes_for, one.votes_against, one.votes_abstain)


@routes.get("/programs/{program}/admissions", public(), cached=True)
async def list_admissions(call: Call, program: Slug, query: PageQuery) -> Page[AdmissionView]:
    """List who applied to a program, and the outcome.

    Newest first; 404 unless the policy publishes it (`admission.published`). Nobody is named who
    withdrew, was erased, or was nominated without having agreed.
    """
    before = place(query, _Place)
    rows = await published_admissions.page(
        call, program, before=before.id if before else None, limit=query.limit
    )
    return page(query, rows, [view(row) for row in rows], _Place)
