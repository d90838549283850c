"""What is told of a contribution: the body of a post, and a line of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.fields import LINE, Code, Country, Day, Handle, Id, Language, Slug, Url
from domain.errors import Fault, Invalid
from domain.rules.contributions import Draft, EventFormat, Named, Visibility
from domain.rules.references import PATTERN

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
Description = Annotated[
    str,
    Meta(
        pattern="^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$",
        max_length=2000,
        description="What it was about; plain text.",
        examples=["How to read what you did not expect."],
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
Tag = Annotated[
    str,
    Meta(
        pattern="^[^\\u0000-\\u0020\\u007f]([^\\u0000-\\u001f\\u007f]*[^\\u0000-\\u0020\\u007f])?$(?!\\n)",
        min_length=1,
        max_length=50,
        description="A keyword; kept in lower case.",
        examples=["messaging"],
    ),
]
Identity = Annotated[
    str,
    Meta(
        pattern=PATTERN,
        min_length=3,
        max_length=319,
        description=(
            "An account at a provider: `github:5501911` (the provider's stable id),"
            " `github:@octocat` (a handle) or `email:amara@example.org`."
        ),
        examples=["github:5501911"],
    ),
]
Share = Annotated[
    int,
    Meta(
        ge=1,
        le=100,
        description="Percent, where the policy splits what a contribution counts.",
        examples=[50],
        extra_json_schema={"format": "int32"},
    ),
]
Number = Annotated[
    int,
    Meta(
        ge=0,
        le=9007199254740991,
        description="A number, such as of attendees.",
        examples=[40],
        extra_json_schema={"format": "int64"},
    ),
]
Metrics = Annotated[
    dict[Code, Number],
    Meta(
        max_length=50,
        description="Numbers that the type knows, by code; none of them is ever needed.",
        examples=[{"attendees": 40}],
    ),
]
Fields = Annotated[
    dict[Code, Any],
    Meta(
        max_length=50,
        description="What the policy asks of this type besides; see the contribution types.",
        examples=[{}],
    ),
]
Format = Annotated[EventFormat, Meta(description="Where the people were.", examples=["in_person"])]
Seen = Annotated[
    Visibility,
    Meta(
        description="`members`: the program's ambassadors; `private`: its participants and staff.",
        examples=["public"],
    ),
]
Evidence = Annotated[list[Url], Meta(max_length=20, description="Links that prove it.")]
Tags = Annotated[list[Tag], Meta(max_length=20, description="Keywords.")]
Audience = Annotated[
    list[Code], Meta(max_length=20, description="Whom it was for, by the policy's codes.")
]
SourceKey = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9._:-]{1,255}$(?!\\n)",
        min_length=1,
        max_length=255,
        description="The source's own key for it; unique in the program and source.",
        examples=["meetup-2025-11-07"],
    ),
]


class ParticipantBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who did it, named in exactly one of three ways."""

    ambassador: Annotated[Handle | UnsetType, Meta(description="By their handle.")] = UNSET
    identity: Identity | UnsetType = UNSET
    person: Annotated[Id | UnsetType, Meta(description="By the person's id.")] = UNSET
    role: Annotated[Code | UnsetType | None, Meta(description="In which of the type's roles.")] = (
        UNSET
    )
    share: Annotated[Share | UnsetType | None, Meta(description="Their part, in percent.")] = UNSET


WAYS = ("ambassador", "identity", "person")

Participants = Annotated[
    list[
        Annotated[
            ParticipantBody,
            Meta(
                extra_json_schema={
                    "oneOf": [{"required": [way], "properties": {way: {}}} for way in WAYS]
                }
            ),
        ]
    ],
    Meta(
        min_length=1,
        max_length=50,
        description="Who did it; it counts for each of them.",
        examples=[[{"ambassador": "amara-okafor"}]],
    ),
]


class ContributionDetails(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that somebody did for the community."""

    type: Code
    title: Title
    occurred_on: PartialDay
    ended_on: Annotated[Day | UnsetType | None, Meta(description="Its last day.")] = UNSET
    description: Description | UnsetType | None = UNSET
    url: Annotated[Url | UnsetType | None, Meta(description="Where it can be seen.")] = UNSET
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
    country: Annotated[
        Country | UnsetType | None,
        Meta(description="Where it was; needed when somebody was somewhere."),
    ] = UNSET
    metrics: Metrics | UnsetType = UNSET
    fields: Fields | UnsetType = UNSET
    visibility: Seen | UnsetType = UNSET


class NewContribution(ContributionDetails, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that somebody did for the community."""

    participants: Annotated[
        Participants | UnsetType, Meta(description="Who did it; the caller, if nobody is named.")
    ] = UNSET


class ContributionBody(ContributionDetails, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that somebody did for the community, as a tool tells it."""

    participants: Participants


class ContributionLine(ContributionBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A contribution of a source, under the source's own key."""

    source: Slug
    key: SourceKey


def draft(body: NewContribution | ContributionBody) -> Draft:
    """The domain's form of a body: what is absent, null and empty is the same.

    Raises `Invalid` for a participant who is named in two ways, or in none.
    """
    return details(body, named(body.participants or ()))


def details(body: ContributionDetails, people: tuple[Named, ...] = ()) -> Draft:
    """The domain's form of what was done, by these people."""
    return Draft(
        type=body.type,
        title=body.title,
        occurred_on=body.occurred_on,
        participants=people,
        ended_on=body.ended_on or None,
        description=body.description or None,
        url=body.url or None,
        evidence=tuple(body.evidence or ()),
        role=body.role or None,
        language=body.language or None,
        tags=lowered(body.tags or []),
        audience=tuple(body.audience or ()),
        event_format=body.event_format or None,
        country=body.country or None,
        metrics=body.metrics or {},
        fields=body.fields or {},
        visibility=body.visibility or Visibility.PUBLIC,
    )


def named(people: Sequence[ParticipantBody]) -> tuple[Named, ...]:
    """The domain's form of participants. Raises `Invalid`."""
    found = tuple(
        Named(
            one.ambassador or None,
            one.identity or None,
            None if one.person is UNSET else str(one.person),
            one.role or None,
            one.share or None,
        )
        for one in people
    )
    for place, one in enumerate(found):
        if (one.ambassador, one.identity, one.person).count(None) != 2:
            detail = "Name somebody by `ambassador`, `identity` or `person`: by one of them."
            fault = Fault("participant", detail, pointer=f"/participants/{place}")
            raise Invalid(detail, fault)
    return found


def lowered(tags: list[str]) -> tuple[str, ...]:
    """Keywords in lower case, each once, in their order."""
    return tuple(dict.fromkeys(tag.lower() for tag in tags)) if tags else ()
