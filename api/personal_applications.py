"""The part of a person's data that applications and votes hold, on the wire."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from api.http.fields import Id, Moment

Said = Annotated[str, Meta(description="As it is recorded.")]
Known = Annotated[str | None, Meta(description="As it is recorded; null when it is not known.")]
KnownMoment = Annotated[Moment | None, Meta(description="When; null when it did not happen.")]
ProgramSlug = Annotated[str, Meta(description="The program's slug.", examples=["demo"])]
ApplicationId = Annotated[Id, Meta(description="The application.")]
Values = Annotated[
    dict[str, Any], Meta(description="As it was sent.", examples=[{"city": "Lagos"}])
]


class HeldClaimView(Struct, frozen=True):
    """An identity that an application names."""

    provider: Said
    subject: Known
    handle: Known


class HeldEvidenceView(Struct, frozen=True):
    """What speaks for an application."""

    program: Annotated[ProgramSlug | None, Meta(description="Where the contribution is recorded.")]
    contribution_id: Annotated[Id | None, Meta(description="Null: it is told here first.")]
    draft: Annotated[
        dict[str, Any] | None,
        Meta(description="A contribution that is told here first.", examples=[{"type": "talk"}]),
    ]


class HeldRoundView(Struct, frozen=True):
    """A vote on an application, as its applicant sees it."""

    opened_at: Moment
    earliest_close: Annotated[Moment, Meta(description="It stays open at least until then.")]
    latest_close: Annotated[Moment, Meta(description="It closes then at the latest.")]
    closed_at: KnownMoment
    result: Known


class HeldApplicationView(Struct, frozen=True):
    """An application of the person, as they see it."""

    program: ProgramSlug
    id: Id
    status: Said
    nominated: Annotated[bool, Meta(description="Whether somebody else made it.")]
    nominator_name: Known
    profile: Values
    handle: Known
    statement: Known
    answers: Values
    identities: Annotated[list[HeldClaimView], Meta(description="Accounts at providers.")]
    evidence: Annotated[list[HeldEvidenceView], Meta(description="In the order given.")]
    conduct_version: Known
    conduct_accepted_at: KnownMoment
    consent: Said
    consent_at: KnownMoment
    policy_version: Annotated[
        int,
        Meta(ge=1, description="In force when it was sent.", extra_json_schema={"format": "int32"}),
    ]
    rounds: Annotated[list[HeldRoundView], Meta(description="Votes on it, oldest first.")]
    decided_at: KnownMoment
    decline_reason: Known
    applicant_note: Known
    submitted_at: Moment
    updated_at: Moment


class HeldNominationView(Struct, frozen=True):
    """What the person said of somebody whom they nominated."""

    program: ProgramSlug
    application_id: ApplicationId
    statement: Known
    status: Said
    submitted_at: Moment


class HeldVoteView(Struct, frozen=True):
    """The person's place in a vote."""

    program: ProgramSlug
    application_id: ApplicationId
    ballot: Said
    company: Known
    recusal: Known
    recusal_reason: Known
    choice: Annotated[
        str | None, Meta(description="Null when there is none, or when the ballot is secret.")
    ]
    voted_at: KnownMoment
    opened_at: Moment
    closed_at: KnownMoment


class HeldCommentView(Struct, frozen=True):
    """What the person said to the rest of a committee."""

    program: ProgramSlug
    application_id: ApplicationId
    text: Said
    created_at: Moment
    updated_at: Moment
