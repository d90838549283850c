"""The policy document as types: what a program's rules can say, and nothing that no rule reads."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from domain.rules.policy_admission import Admission
from domain.rules.policy_benefits import Benefit, Deliveries
from domain.rules.policy_contributions import Audience, ContributionType, Review, Scoring
from domain.rules.policy_tenure import Attribute, Departure, Requirement, TenureRules
from domain.rules.policy_types import UNIQUE, Code, Line, Name, Paragraph, TimeZone, Url


class DirectoryField(StrEnum):
    """A part of an ambassador's public entry that a program can keep out of every public answer."""

    AVATAR_URL = "avatar_url"
    BIO = "bio"
    CITY = "city"
    COMPANY = "company"
    COUNTRY = "country"
    GROUPS = "groups"
    JOINED_ON = "joined_on"
    LANGUAGES = "languages"
    LINKS = "links"
    ROLES = "roles"
    TITLE = "title"
    TOPICS = "topics"


class ListedStatus(StrEnum):
    """A status that a directory may show; suspended and removed people are never public."""

    ACTIVE = "active"
    EMERITUS = "emeritus"
    ON_LEAVE = "on_leave"


class Texts(Struct, frozen=True, forbid_unknown_fields=True):
    """What the program says about itself in public."""

    name: Annotated[Name, Meta(description="The program's public name.")]
    tagline: Annotated[Line | None, Meta(description="One sentence below the name.")] = None
    description: Annotated[
        Paragraph | None, Meta(description="What the program is for, in one paragraph.")
    ] = None
    website_url: Annotated[Url | None, Meta(description="The program's own page.")] = None
    code_of_conduct_url: Annotated[
        Url | None, Meta(description="The code of conduct that ambassadors accept.")
    ] = None
    application_url: Annotated[
        Url | None, Meta(description="Where somebody reads how to become an ambassador.")
    ] = None


class Directory(Struct, frozen=True, forbid_unknown_fields=True):
    """What the public sees of the program's ambassadors."""

    public: Annotated[
        bool, Meta(description="Whether the directory can be read without a token.")
    ] = True
    hidden_fields: Annotated[
        tuple[DirectoryField, ...],
        Meta(
            max_length=len(DirectoryField),
            extra_json_schema=UNIQUE,
            description="The parts of an entry that no public answer shows, whoever it is about.",
        ),
    ] = ()
    statuses: Annotated[
        tuple[ListedStatus, ...],
        Meta(
            max_length=len(ListedStatus),
            extra_json_schema=UNIQUE,
            description="The statuses whose holders the public directory lists.",
        ),
    ] = (ListedStatus.ACTIVE,)
    standing: Annotated[
        bool,
        Meta(description="Whether the public sees the state of a standing; never what counted."),
    ] = False


class ProgramGroup(Struct, frozen=True, forbid_unknown_fields=True):
    """A group that ambassadors belong to for some time, such as a school or a committee."""

    name: Annotated[Name, Meta(description="The group's public name.")]
    description: Annotated[Paragraph | None, Meta(description="What the group is.")] = None


class ProgramRole(Struct, frozen=True, forbid_unknown_fields=True):
    """A role that ambassadors hold inside the program for some time; it grants no access."""

    name: Annotated[Name, Meta(description="The role's public name.")]
    description: Annotated[Paragraph | None, Meta(description="What its holder does.")] = None


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """The effective policy of one program: its own document on top of its parent's."""

    texts: Annotated[Texts, Meta(description="What the program says about itself.")]
    time_zone: Annotated[
        TimeZone, Meta(description="The IANA time zone in which the program's days begin.")
    ] = "UTC"
    directory: Annotated[Directory, Meta(description="What the public sees.")] = field(
        default_factory=Directory
    )
    groups: Annotated[
        dict[Code, ProgramGroup],
        Meta(max_length=500, description="The groups inside the program, by code."),
    ] = field(default_factory=dict[str, ProgramGroup])
    roles: Annotated[
        dict[Code, ProgramRole],
        Meta(max_length=100, description="The roles inside the program, by code."),
    ] = field(default_factory=dict[str, ProgramRole])
    contribution_types: Annotated[
        dict[Code, ContributionType],
        Meta(max_length=200, description="The contributions that the program knows, by code."),
    ] = field(default_factory=dict[str, ContributionType])
    admission: Annotated[Admission, Meta(description="How somebody becomes an ambassador.")] = (
        field(default_factory=Admission)
    )
    review: Annotated[Review, Meta(description="How contributions are reviewed.")] = field(
        default_factory=Review
    )
    scoring: Annotated[Scoring, Meta(description="How contributions are scored.")] = field(
        default_factory=Scoring
    )
    audiences: Annotated[
        dict[Code, Audience],
        Meta(
            max_length=100,
            description="Whom contributions can be for, by code; when none is named, any code may.",
        ),
    ] = field(default_factory=dict[str, Audience])
    tenure: Annotated[
        TenureRules | None,
        Meta(description="When tenures begin and end; without it nobody has one."),
    ] = None
    requirement: Annotated[
        Requirement | None,
        Meta(description="What an ambassador does to remain one; judged by `tenure`."),
    ] = None
    eligibility: Annotated[
        dict[Code, Attribute],
        Meta(max_length=50, description="What can be true of an ambassador until a day, by code."),
    ] = field(default_factory=dict[str, Attribute])
    departure: Annotated[Departure, Meta(description="What is shown of those who left.")] = field(
        default_factory=Departure
    )
    benefits: Annotated[
        dict[Code, Benefit],
        Meta(max_length=200, description="What ambassadors get, by code."),
    ] = field(default_factory=dict[str, Benefit])
    deliveries: Annotated[
        Deliveries, Meta(description="How long is known where something was sent.")
    ] = field(default_factory=Deliveries)
