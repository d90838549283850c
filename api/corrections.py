"""Corrections over HTTP: what a contribution says, its withdrawal, later numbers."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.contribution_body import (
    Audience,
    Description,
    Evidence,
    Fields,
    Format,
    Metrics,
    PartialDay,
    Participants,
    Seen,
    Tags,
    Title,
    lowered,
    named,
)
from api.contribution_views import ContributionView, view
from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Code, Country, Day, Id, Language, Reason, Slug, Url
from domain import corrections
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Corrections", "How what is recorded of a contribution is put right.")

ONE = "/programs/{program}/contributions/{contribution}"


class ContributionPatch(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to correct of a contribution."""

    type: Code | UnsetType = UNSET
    title: Title | UnsetType = UNSET
    occurred_on: PartialDay | UnsetType = UNSET
    ended_on: Annotated[Day | UnsetType | None, Meta(description="Its last day.")] = UNSET
    description: Description | UnsetType | None = UNSET
    url: Annotated[Url | UnsetType | None, Meta(description="Null: it has no link.")] = UNSET
    evidence: Evidence | UnsetType = UNSET
    role: Annotated[
        Code | UnsetType | None, Meta(description="In which of the type's roles it was done.")
    ] = UNSET
    language: Language | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET
    audience: Audience | UnsetType = UNSET
    event_format: Annotated[
        Format | UnsetType | None, Meta(description="Where the people were.")
    ] = UNSET
    country: Annotated[Country | UnsetType | None, Meta(description="Where it was.")] = UNSET
    fields: Annotated[
        Fields | UnsetType, Meta(description="Merged with what is recorded; null takes one away.")
    ] = UNSET
    visibility: Seen | UnsetType = UNSET
    participants: Annotated[
        Participants | UnsetType, Meta(description="All of them: who is not named had no part.")
    ] = UNSET


class Withdrawal(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a contribution is withdrawn."""

    reason: Reason


class NewReading(Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers as they were on a day."""

    read_on: Annotated[Day, Meta(description="The day on which they were read; not in the future.")]
    values: Annotated[
        Metrics,
        Meta(min_length=1, description="Numbers that the type knows, by code."),
    ]


@routes.patch(ONE, requires(Permission.CONTRIBUTION_SUBMIT))
async def update_contribution(
    call: Call, program: Slug, contribution: Id, body: ContributionPatch, match: Match
) -> ContributionView:
    """Correct a contribution.

    With contribution:manage any; without it your own, while it waits for a decision: what was
    returned to you waits for a reviewer again. What you change is checked as the policy has it now.
    What counted for a finished tenure keeps its type, dates, link and people. A source's next post
    under its key does not undo a correction, unless the source is trusted.
    """
    changes = _changes(body)
    return view(await corrections.update(call, program, contribution, changes, match.check))


@routes.post(ONE + "/withdrawal", requires(Permission.CONTRIBUTION_SUBMIT))
async def withdraw_contribution(
    call: Call, program: Slug, contribution: Id, body: Withdrawal, match: Match
) -> ContributionView:
    """Withdraw a contribution.

    It counts no more, and no source brings it back. With contribution:manage any; without it your
    own, if you submitted it or nobody else had a part in it.
    """
    return view(await corrections.withdraw(call, program, contribution, body.reason, match.check))


@routes.post(ONE + "/metrics", requires(Permission.CONTRIBUTION_SUBMIT))
async def add_contribution_metrics(
    call: Call, program: Slug, contribution: Id, body: NewReading, match: Match
) -> ContributionView:
    """Add a reading of a contribution's numbers.

    Of your own, or of any with contribution:manage. Earlier readings stay, up to 200; the same
    reading again changes nothing.
    """
    return view(
        await corrections.measure(
            call, program, contribution, body.read_on, body.values, match.check
        )
    )


def _changes(body: ContributionPatch) -> corrections.Changes:
    return corrections.Changes(
        type=body.type,
        title=body.title,
        occurred_on=body.occurred_on,
        ended_on=body.ended_on,
        description=body.description if body.description is UNSET else body.description or None,
        url=body.url,
        evidence=UNSET if body.evidence is UNSET else tuple(body.evidence),
        role=body.role,
        language=body.language,
        tags=UNSET if body.tags is UNSET else lowered(body.tags),
        audience=UNSET if body.audience is UNSET else tuple(body.audience),
        event_format=body.event_format,
        country=body.country,
        fields=body.fields,
        visibility=body.visibility,
        participants=UNSET if body.participants is UNSET else named(body.participants),
    )
