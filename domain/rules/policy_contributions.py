"""What a policy says about contributions: their types, review, scoring and audiences."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from domain.rules.policy_types import (
    INT32,
    INT64,
    MAX_INTEGER,
    UNIQUE,
    Code,
    Name,
    Paragraph,
    Stretch,
)

Whole = Annotated[int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER, extra_json_schema=INT64)]


class Area(StrEnum):
    """The part of community work that a contribution belongs to (Magento's six categories)."""

    CODE = "code"
    COMMUNITY = "community"
    CONTENT = "content"
    DOCUMENTATION = "documentation"
    EDUCATION = "education"
    EVENTS = "events"


OnlyTypes = Annotated[
    tuple[Code, ...],
    Meta(
        max_length=200,
        extra_json_schema=UNIQUE,
        description="Only contributions of these types; of any when none is named.",
    ),
]
OnlyAreas = Annotated[
    tuple[Area, ...],
    Meta(
        max_length=len(Area),
        extra_json_schema=UNIQUE,
        description="Only contributions of types in these areas; in any when none is named.",
    ),
]


class RequirableField(StrEnum):
    """A field of every contribution that a type can insist on."""

    AUDIENCE = "audience"
    COUNTRY = "country"
    DESCRIPTION = "description"
    ENDED_ON = "ended_on"
    EVENT_FORMAT = "event_format"
    EVIDENCE = "evidence"
    LANGUAGE = "language"
    ROLE = "role"
    TAGS = "tags"
    URL = "url"


class FieldKind(StrEnum):
    """What a type's own field holds; `choice` is one of its codes."""

    BOOLEAN = "boolean"
    CHOICE = "choice"
    DAY = "day"
    INTEGER = "integer"
    TEXT = "text"
    URL = "url"


class Acceptance(StrEnum):
    """What counts without a review; what a manager records by hand is trusted like a source."""

    AT_ONCE = "at_once"
    BY_REVIEW = "by_review"
    FROM_TRUSTED_SOURCE = "from_trusted_source"


class Counting(StrEnum):
    """How a contribution of several people counts for each of them."""

    FULL = "full"
    SPLIT = "split"


class Metric(Struct, frozen=True, forbid_unknown_fields=True):
    """A number that may be given with a contribution; it is never asked for."""

    name: Annotated[Name, Meta(description="The metric's public name.")]
    description: Annotated[Paragraph | None, Meta(description="What is counted.")] = None


class ExtraField(Struct, frozen=True, forbid_unknown_fields=True):
    """A field that only contributions of one type have."""

    name: Annotated[Name, Meta(description="The field's public name.")]
    kind: Annotated[FieldKind, Meta(description="What it holds.")]
    description: Annotated[Paragraph | None, Meta(description="What to fill in.")] = None
    required: Annotated[bool, Meta(description="Whether it must be given.")] = False
    choices: Annotated[
        tuple[Code, ...],
        Meta(
            max_length=100,
            extra_json_schema=UNIQUE,
            description="The codes to choose from; for `choice`, which needs at least one.",
        ),
    ] = ()
    max_length: Annotated[
        Annotated[int, Meta(ge=1, le=5000, extra_json_schema=INT32)] | None,
        Meta(description="The most characters; for `text`, where 500 is usual."),
    ] = None
    minimum: Annotated[Whole | None, Meta(description="The least; for `integer`.")] = None
    maximum: Annotated[Whole | None, Meta(description="The most; for `integer`.")] = None


class Cap(Struct, frozen=True, forbid_unknown_fields=True):
    """At most so many contributions of a type count within any such stretch, in date order."""

    at_most: Annotated[
        int, Meta(ge=1, le=1_000_000, description="How many count.", extra_json_schema=INT32)
    ]
    within: Annotated[
        Stretch,
        Meta(description="ISO 8601: whole days, weeks, months or years, such as `P1Y`."),
    ]


class ContributionType(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of contribution that the program recognizes."""

    name: Annotated[Name, Meta(description="The type's public name.")]
    area: Annotated[Area, Meta(description="The area of community work that it belongs to.")]
    description: Annotated[
        Paragraph | None, Meta(description="What counts as such a contribution.")
    ] = None
    aliases: Annotated[
        tuple[Name, ...],
        Meta(
            max_length=20,
            extra_json_schema=UNIQUE,
            description="Other spellings in imports; case, spaces and hyphens don't matter.",
        ),
    ] = ()
    required: Annotated[
        tuple[RequirableField, ...],
        Meta(
            max_length=len(RequirableField),
            extra_json_schema=UNIQUE,
            description="What a contribution of this type must say.",
        ),
    ] = ()
    roles: Annotated[
        tuple[Code, ...],
        Meta(
            max_length=50,
            extra_json_schema=UNIQUE,
            description="In which roles it can be done; when none is named, none is taken.",
        ),
    ] = ()
    metrics: Annotated[
        dict[Code, Metric],
        Meta(max_length=50, description="The numbers that may be given, by code."),
    ] = field(default_factory=dict[str, Metric])
    fields: Annotated[
        dict[Code, ExtraField],
        Meta(max_length=50, description="The fields that only this type has, by code."),
    ] = field(default_factory=dict[str, ExtraField])
    acceptance: Annotated[Acceptance, Meta(description="What counts without a review.")] = (
        Acceptance.FROM_TRUSTED_SOURCE
    )
    announceable: Annotated[
        bool,
        Meta(description="Whether it may be recorded before its day; until then it is pending."),
    ] = False
    points: Annotated[
        Annotated[int, Meta(ge=0, le=1_000_000, extra_json_schema=INT32)] | None,
        Meta(description="What one is worth where contributions are compared."),
    ] = None
    caps: Annotated[
        tuple[Cap, ...],
        Meta(max_length=10, description="How many count within a stretch of time."),
    ] = ()
    counting: Annotated[
        Counting,
        Meta(description="Whether it counts in full for each participant, or by their shares."),
    ] = Counting.FULL


class DeclineReason(Struct, frozen=True, forbid_unknown_fields=True):
    """A reason for which reviewers decline contributions."""

    name: Annotated[Name, Meta(description="The reason in a few words.")]
    description: Annotated[
        Paragraph | None, Meta(description="When it applies, as authors are told.")
    ] = None


class Review(Struct, frozen=True, forbid_unknown_fields=True):
    """How contributions are reviewed."""

    decline_reasons: Annotated[
        dict[Code, DeclineReason],
        Meta(max_length=50, description="For which reasons one is declined, by code."),
    ] = field(default_factory=dict[str, DeclineReason])


class Scoring(Struct, frozen=True, forbid_unknown_fields=True):
    """How contributions are scored."""

    internal: Annotated[
        bool,
        Meta(description="Whether points are kept from the public; once so, also for children."),
    ] = False


class Audience(Struct, frozen=True, forbid_unknown_fields=True):
    """People whom contributions can be for."""

    name: Annotated[Name, Meta(description="The audience's public name.")]
