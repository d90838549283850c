"""What applicants say: the body of an application and of its amendment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from api.contribution_body import ContributionDetails, details
from api.http.fields import LINE, Code, Country, Handle, Id, Name, Slug, Text, Url
from api.identities import Provider, ProviderHandle, Subject
from api.people import City, Languages, NewLinks, Title, Topics
from domain import identities
from domain.application_drafts import Item, Profile, Words
from domain.errors import Fault, Invalid
from domain.rules import links

ConductVersion = Annotated[
    str,
    Meta(
        pattern=LINE,
        min_length=1,
        max_length=200,
        description="The version of the code of conduct that the applicant accepts.",
        examples=["1.4"],
    ),
]
Company = Annotated[
    str,
    Meta(
        pattern=LINE,
        min_length=1,
        max_length=200,
        description="Where they work now; who works there, too, does not vote.",
        examples=["Invented Ltd"],
    ),
]
Answers = Annotated[
    dict[Code, Any],
    Meta(
        max_length=30,
        description="To the program's questions, by code; see the application form.",
        examples=[{}],
    ),
]
Wanted = Annotated[
    Handle | UnsetType | None,
    Meta(description="The handle that they would like; another one if it is taken."),
]
Statement = Annotated[Text | UnsetType | None, Meta(description="Why they apply.")]


class ApplicantIdentity(Struct, frozen=True, forbid_unknown_fields=True):
    """An account of the applicant's at a provider: its id there, its handle, or both."""

    provider: Provider
    subject: Annotated[Subject | UnsetType, Meta(description="The provider's own id.")] = UNSET
    handle: Annotated[ProviderHandle | UnsetType, Meta(description="For display.")] = UNSET


class NewEvidence(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that they have done: recorded before, or told here."""

    id: Annotated[Id | UnsetType, Meta(description="A contribution that is recorded.")] = UNSET
    program: Annotated[
        Slug | UnsetType, Meta(description="Where it is recorded; absent: in this program.")
    ] = UNSET
    contribution: Annotated[
        ContributionDetails | UnsetType,
        Meta(description="A new one, the applicant's alone; recorded when they are accepted."),
    ] = UNSET


StatedIdentities = Annotated[
    list[ApplicantIdentity],
    Meta(
        max_length=20,
        description="Who they are elsewhere.",
        examples=[[{"provider": "github", "handle": "amara-okafor"}]],
    ),
]
WAYS = ("id", "contribution")
EvidenceList = Annotated[
    list[
        Annotated[
            NewEvidence,
            Meta(
                extra_json_schema={
                    "oneOf": [{"required": [way], "properties": {way: {}}} for way in WAYS]
                }
            ),
        ]
    ],
    Meta(max_length=50, description="What they have done already.", examples=[[]]),
]


class ApplicantDetails(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What can be said about an applicant beside the name."""

    title: Annotated[Title | UnsetType | None, Meta(description="What they do.")] = UNSET
    bio: Annotated[Text | UnsetType | None, Meta(description="A few sentences.")] = UNSET
    country: Annotated[Country | UnsetType | None, Meta(description="Where they live.")] = UNSET
    city: Annotated[City | UnsetType | None, Meta(description="Their town.")] = UNSET
    avatar_url: Annotated[Url | UnsetType | None, Meta(description="A picture.")] = UNSET
    languages: Languages | UnsetType = UNSET
    topics: Topics | UnsetType = UNSET
    links: NewLinks | UnsetType = UNSET
    company: Company | UnsetType | None = UNSET


class ApplicantProfile(ApplicantDetails, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who applies."""

    name: Annotated[Name, Meta(description="What they are called.")]


class ApplicantProfilePatch(
    ApplicantDetails, frozen=True, forbid_unknown_fields=True, kw_only=True
):
    """What to change of a profile; null empties a field."""

    name: Annotated[Name | UnsetType, Meta(description="What they are called.")] = UNSET


class NominationBody(Struct, frozen=True, forbid_unknown_fields=True):
    """That the profile is of somebody else."""

    name: Annotated[
        Name | UnsetType,
        Meta(description="Who nominates; needed where no account of a person says it."),
    ] = UNSET


class NewApplication(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An application, by oneself or as a nomination of somebody else."""

    profile: Annotated[ApplicantProfile, Meta(description="Who it is about.")]
    identities: StatedIdentities | UnsetType = UNSET
    handle: Wanted = UNSET
    statement: Statement = UNSET
    answers: Answers | UnsetType = UNSET
    conduct_version: ConductVersion | UnsetType = UNSET
    evidence: EvidenceList | UnsetType = UNSET
    nomination: Annotated[
        NominationBody | UnsetType, Meta(description="Only when it is about somebody else.")
    ] = UNSET


class ApplicationPatch(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to change of an application; a list replaces the one before."""

    profile: Annotated[ApplicantProfilePatch | UnsetType, Meta(description="Who applies.")] = UNSET
    identities: StatedIdentities | UnsetType = UNSET
    handle: Wanted = UNSET
    statement: Statement = UNSET
    answers: Annotated[
        Answers | UnsetType,
        Meta(description="The answers to change, by code; null takes one back."),
    ] = UNSET
    conduct_version: ConductVersion | UnsetType = UNSET
    evidence: EvidenceList | UnsetType = UNSET


def words(body: NewApplication | ApplicationPatch) -> Words:
    """The domain's form of a body. Raises `Invalid` for evidence that is no or two things."""
    return Words(
        profile=_profile(body.profile) if body.profile else Profile(),
        handle=body.handle,
        statement=body.statement,
        answers=body.answers,
        conduct_version=body.conduct_version,
        identities=UNSET
        if body.identities is UNSET
        else [
            identities.Draft(one.provider, one.subject or None, one.handle or None)
            for one in body.identities
        ],
        evidence=UNSET if body.evidence is UNSET else _items(body.evidence),
    )


def _profile(body: ApplicantProfile | ApplicantProfilePatch) -> Profile:
    given: dict[str, Any] = {name: getattr(body, name) for name in Profile.__struct_fields__}
    if body.links is not UNSET:
        given["links"] = [links.Written(one.url, one.kind or None) for one in body.links]
    return Profile(**given)


def _items(evidence: Sequence[NewEvidence]) -> list[Item]:
    detail = "Name a contribution that is recorded by its `id`, or tell a new one: one of the two."
    faults = [
        Fault("evidence", detail, pointer=f"/evidence/{place}")
        for place, one in enumerate(evidence)
        if (one.id is UNSET) == (one.contribution is UNSET)
        or (one.program is not UNSET and one.id is UNSET)
    ]
    if faults:
        raise Invalid(detail, *faults)
    return [
        Item(
            draft=None if one.contribution is UNSET else details(one.contribution),
            program=one.program or None,
            contribution_id=one.id or None,
        )
        for one in evidence
    ]
