"""A contribution as it is shown: the same alone, in lists, and after a change."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from api.contribution_body import (
    Audience,
    Evidence,
    Fields,
    Format,
    Identity,
    Metrics,
    PartialDay,
    Seen,
    Share,
    SourceKey,
    Tags,
)
from api.http.fields import (
    Code,
    Country,
    Day,
    Handle,
    Id,
    Language,
    Moment,
    Slug,
    Text,
    Url,
    Version,
)
from domain.contributions import Shown
from domain.rules.contributions import ContributionStatus, WaitingFor
from domain.rules.members import written
from domain.rules.policy_contributions import Area
from domain.rules.reviews import Verdict

Status = Annotated[
    ContributionStatus,
    Meta(description="Only what is `accepted` counts.", examples=["accepted"]),
]
InArea = Annotated[Area, Meta(description="The area of community work.", examples=["events"])]
Awaited = Annotated[WaitingFor, Meta(description="Whose turn it is.", examples=["reviewer"])]


class ReadingView(Struct, frozen=True):
    """Numbers as they were on a day."""

    read_on: Annotated[Day, Meta(description="The day on which they were told.")]
    values: Metrics


class ParticipantView(Struct, frozen=True):
    """Somebody who did it. Everybody is told of those whom the directory lists."""

    ambassador: Annotated[Handle | None, Meta(description="Null: no ambassador of the program.")]
    role: Annotated[Code | None, Meta(description="In which of the type's roles.")]
    share: Annotated[Share | None, Meta(description="Their part, in percent.")]
    person_id: Annotated[
        Id | None, Meta(description="For insiders; null while nobody owns the identity.")
    ]
    identity: Annotated[
        Identity | None, Meta(description="For staff: what named them, while or when unknown.")
    ]


class SuspectView(Struct, frozen=True):
    """An earlier contribution that this one may repeat."""

    contribution_id: Id
    verdict: Annotated[
        Verdict | None,
        Meta(description="What a reviewer said; null: nobody yet.", examples=["distinct"]),
    ]


class ContributionView(Struct, frozen=True):
    """Something that somebody did for the community.

    What is for insiders is null for everybody else: insiders are its participants, whoever
    submitted it, and the program's staff.
    """

    id: Id
    type: Code
    area: Annotated[
        InArea | None, Meta(description="Of its type; null when the policy has it no more.")
    ]
    title: Annotated[
        str,
        Meta(description="What it is called.", max_length=500, examples=["Consumers that forgive"]),
    ]
    description: Annotated[Text | None, Meta(description="What it was about; plain text.")]
    occurred_on: PartialDay
    ended_on: Annotated[Day | None, Meta(description="Its last day.")]
    url: Annotated[Url | None, Meta(description="Where it can be seen.")]
    evidence: Evidence
    role: Annotated[Code | None, Meta(description="In which of the type's roles it was done.")]
    language: Language | None
    tags: Tags
    audience: Audience
    event_format: Annotated[Format | None, Meta(description="Where the people were.")]
    country: Annotated[Country | None, Meta(description="Where it was.")]
    metrics: Annotated[
        list[ReadingView], Meta(description="Every reading of its numbers, oldest first.")
    ]
    fields: Fields
    visibility: Seen
    participants: Annotated[
        list[ParticipantView],
        Meta(description="Who did it, in the order in which they were named."),
    ]
    source: Annotated[
        Slug | None, Meta(description="The tool or file that it came from; null: by hand.")
    ]
    status: Status
    key: Annotated[SourceKey | None, Meta(description="The source's own key; for insiders.")]
    waiting_for: Annotated[
        Awaited | None,
        Meta(description="Whose turn it is, while it is pending or disputed; for insiders."),
    ]
    decline_reason: Annotated[
        Code | None, Meta(description="One of the policy's reasons, or `duplicate`; for insiders.")
    ]
    note: Annotated[Text | None, Meta(description="The reviewer's words; for insiders.")]
    dispute: Annotated[
        Text | None, Meta(description="The author's words when they disputed it; for insiders.")
    ]
    same_as: Annotated[
        Id | None, Meta(description="The contribution that counts in its place; for insiders.")
    ]
    submitted_by: Annotated[Id | None, Meta(description="The account; for insiders.")]
    touched_at: Annotated[
        Moment | None, Meta(description="When a person last changed it by hand; for staff.")
    ]
    suspects: Annotated[
        list[SuspectView], Meta(description="Earlier ones that it may repeat; for staff.")
    ]
    version: Version
    created_at: Moment
    updated_at: Moment


def view(one: Shown) -> ContributionView:
    """The wire form of a contribution, its date at the precision that it was given with."""
    known = {name: getattr(one, name) for name in ContributionView.__struct_fields__}
    known["occurred_on"] = written(one.occurred_on, one.date_precision)
    return msgspec.convert(known, ContributionView, from_attributes=True)
