"""An application as it is shown, to applicants and to those who decide on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from api.application_body import Answers, Company, ConductVersion
from api.contribution_body import PartialDay
from api.contribution_views import Status as ContributionState
from api.http.fields import (
    Code,
    Count,
    Country,
    Handle,
    Id,
    Moment,
    Name,
    Secret,
    Slug,
    Text,
    Url,
    Version,
)
from api.identities import Provider, ProviderHandle, Subject
from api.people import City, Languages, LinkView, Title, Topics
from domain.applications import Round, Shown, ShownEvidence
from domain.rules.admissions import WhyNot
from domain.rules.candidacies import ApplicationStatus, Consent, OutcomeBy
from domain.rules.decisions import DecisionNeeded
from domain.rules.members import written
from domain.rules.votes import VoteResult

Int32 = {"format": "int32"}
Sentence = Annotated[str, Meta(max_length=1000, examples=["3 of 4 talks within 12 months"])]
State = Annotated[
    ApplicationStatus,
    Meta(
        description="`expired`: the vote ended without a result, and can be held again.",
        examples=["submitted"],
    ),
]
Agreement = Annotated[
    Consent,
    Meta(
        description="Whether whoever was nominated agrees; before, nobody decides.",
        examples=["not_needed"],
    ),
]


class CandidateView(Struct, frozen=True):
    """Who applies, in their own words; the name is empty once they are erased."""

    name: Annotated[str, Meta(max_length=200, description="The name.", examples=["Amara Okafor"])]
    title: Annotated[Title | None, Meta(description="What they do.")]
    bio: Annotated[Text | None, Meta(description="A few sentences about them.")]
    country: Annotated[Country | None, Meta(description="Where they live.")]
    city: Annotated[City | None, Meta(description="Their town.")]
    avatar_url: Annotated[Url | None, Meta(description="A picture of them.")]
    languages: Languages
    topics: Topics
    links: Annotated[list[LinkView], Meta(description="Where else they are.")]
    company: Annotated[Company | None, Meta(description="Where they work.")]


class StatedIdentityView(Struct, frozen=True):
    """An account that the applicant says is theirs; whoever decides may vouch for it."""

    provider: Provider
    subject: Annotated[Subject | None, Meta(description="The provider's own id.")]
    handle: Annotated[ProviderHandle | None, Meta(description="For display.")]


class ApplicationEvidenceView(Struct, frozen=True):
    """Something that speaks for the application."""

    id: Annotated[
        Id | None,
        Meta(description="Of the contribution; null: it was told here, and not recorded."),
    ]
    program: Annotated[Slug | None, Meta(description="Where it is recorded.")]
    type: Code
    title: Annotated[str, Meta(max_length=500, description="What it is called.")]
    occurred_on: PartialDay
    url: Annotated[Url | None, Meta(description="Where it can be seen, if it was told here.")]
    status: Annotated[ContributionState | None, Meta(description="Null: it is not recorded yet.")]
    counts: Annotated[bool, Meta(description="Whether it is what the program asks for.")]
    why_not: Annotated[
        WhyNot | None, Meta(description="Why it does not count, or not yet.", examples=["pending"])
    ]


class ApplicationEligibilityView(Struct, frozen=True):
    """Whether what they have done is enough, by the policy when they applied."""

    enough: Annotated[bool, Meta(description="Whether it is.")]
    needed: Annotated[Count, Meta(description="How many contributions the program asks for.")]
    counted: Annotated[Count, Meta(description="How many of the evidence count.")]
    awaiting: Annotated[Count, Meta(description="How many wait for a review.")]
    words: Annotated[Sentence, Meta(description="The same in words.")]
    missing: Annotated[list[Sentence], Meta(description="What else it takes.")]
    approximate: Annotated[
        bool, Meta(description="Whether it rests on dates that are not known to the day.")
    ]


class ApplicationVoteView(Struct, frozen=True):
    """The vote that was opened last: when it can close, and how it ended."""

    number: Annotated[
        int, Meta(ge=1, le=2147483647, description="Which one it is.", extra_json_schema=Int32)
    ]
    opened_at: Annotated[Moment, Meta(description="When it was opened.")]
    earliest_close: Annotated[Moment, Meta(description="Before then it does not close.")]
    latest_close: Annotated[Moment, Meta(description="Then it closes.")]
    closed_at: Annotated[Moment | None, Meta(description="When it closed.")]
    result: Annotated[VoteResult | None, Meta(description="How it ended.", examples=["passed"])]


class ApplicationView(Struct, frozen=True, kw_only=True):
    """An application. What is for those who decide is null for everybody else."""

    id: Id
    program: Slug
    status: State
    profile: CandidateView
    identities: Annotated[list[StatedIdentityView], Meta(description="Who they are elsewhere.")]
    handle: Annotated[Handle | None, Meta(description="The handle that they would like.")]
    statement: Annotated[Text | None, Meta(description="Why they apply.")]
    answers: Answers
    evidence: Annotated[
        list[ApplicationEvidenceView], Meta(description="What they have done, in their order.")
    ]
    eligibility: Annotated[ApplicationEligibilityView, Meta(description="Whether that is enough.")]
    conduct_version: Annotated[
        ConductVersion | None, Meta(description="Of the code of conduct that was accepted.")
    ]
    conduct_accepted_at: Annotated[Moment | None, Meta(description="When it was accepted.")]
    nomination: Annotated[bool, Meta(description="Whether somebody else proposes them.")]
    nominator_name: Annotated[Name | None, Meta(description="Who does, if no account says it.")]
    consent: Agreement
    consent_at: Annotated[Moment | None, Meta(description="When the nominee answered.")]
    vote: Annotated[ApplicationVoteView | None, Meta(description="The vote that was opened last.")]
    decided_at: Annotated[Moment | None, Meta(description="When it was accepted or declined.")]
    decline_reason: Annotated[
        Code | None, Meta(description="One of the program's reasons, if it was declined.")
    ]
    applicant_note: Annotated[
        Text | None, Meta(description="What whoever decided says to the applicant.")
    ]
    ambassador_id: Annotated[Id | None, Meta(description="Whom it made.")]
    ambassador: Annotated[Handle | None, Meta(description="Their handle now.")]
    person_id: Annotated[
        Id | None,
        Meta(description="Who it is, by a verified identity; for those who decide."),
    ]
    submitted_by: Annotated[
        Id | None, Meta(description="The account that sent it; for those who decide.")
    ]
    nominator_id: Annotated[
        Id | None, Meta(description="The person who nominates; for those who decide.")
    ]
    decision_needed: Annotated[
        DecisionNeeded | None,
        Meta(description="Why a manager has to decide now.", examples=["confirmation"]),
    ]
    outcome_by: Annotated[
        OutcomeBy | None,
        Meta(description="By what it was decided; for those who decide.", examples=["vote"]),
    ]
    decided_by: Annotated[
        Id | None, Meta(description="The account that decided; for those who decide.")
    ]
    committee_note: Annotated[
        Text | None, Meta(description="What whoever decided says to the others.")
    ]
    override_reason: Annotated[
        Text | None, Meta(description="Why a manager decided against or without the vote.")
    ]
    policy_version: Annotated[Version, Meta(description="In force when it was submitted.")]
    version: Version
    submitted_at: Moment
    updated_at: Moment


class ApplicationWithSecret(ApplicationView, frozen=True, kw_only=True):
    """An application with the secret that opens it: to follow, amend and withdraw it."""

    secret: Annotated[
        Secret,
        Meta(
            description="Shown once, never again; send it as the bearer token.",
            examples=["cha_0000000000000000000000000000000000000"],
        ),
    ]


def view(one: Shown) -> ApplicationView:
    """The wire form of an application, as whoever reads it may see it."""
    return ApplicationView(**values(one))


def values(one: Shown) -> dict[str, Any]:
    """The fields of the wire form."""
    application = one.application
    known: dict[str, Any] = {
        name: getattr(application, name)
        for name in ApplicationView.__struct_fields__
        if hasattr(application, name)
    }
    if not one.whole:
        known |= dict.fromkeys(FOR_DECIDING)
    elif application.decision_needed is not None:
        known["decision_needed"] = DecisionNeeded(application.decision_needed)
    reasons = {other.position: other.why for other in one.eligibility.others}
    return known | {
        "profile": msgspec.convert(application.profile, CandidateView, from_attributes=True),
        "identities": msgspec.convert(
            one.identities, list[StatedIdentityView], from_attributes=True
        ),
        "evidence": [_evidence(shown, reasons) for shown in one.evidence],
        "eligibility": msgspec.convert(
            one.eligibility, ApplicationEligibilityView, from_attributes=True
        ),
        "nomination": application.nominated,
        "ambassador": one.ambassador,
        "vote": None if one.round is None else _vote(one.round),
    }


FOR_DECIDING = (
    "committee_note",
    "decided_by",
    "decision_needed",
    "nominator_id",
    "outcome_by",
    "override_reason",
    "person_id",
    "submitted_by",
)
"""What an applicant is never told."""


def _vote(round: Round) -> ApplicationVoteView:
    return msgspec.convert(round, ApplicationVoteView, from_attributes=True)


def _evidence(one: ShownEvidence, reasons: Mapping[int, WhyNot]) -> ApplicationEvidenceView:
    draft = one.draft
    if one.occurred_on is not None and one.date_precision is not None:
        occurred_on = written(one.occurred_on, one.date_precision)
    else:
        assert draft is not None
        occurred_on = draft.occurred_on
    why = reasons.get(one.position)
    return ApplicationEvidenceView(
        id=one.contribution_id,
        program=one.program,
        type=one.type or (draft.type if draft else ""),
        title=one.title or (draft.title if draft else ""),
        occurred_on=occurred_on,
        url=draft.url if draft else None,
        status=one.status,
        counts=why is None,
        why_not=why,
    )
