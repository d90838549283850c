"""What a policy says about admission: who may apply with what, and how a committee votes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from domain.rules.policy_contributions import DeclineReason, ExtraField, OnlyAreas, OnlyTypes
from domain.rules.policy_types import INT32, UNIQUE, Code, DayOfYear, Line, Stretch, Url

ProgramSlug = Annotated[
    str, Meta(min_length=1, max_length=63, pattern=r"^[a-z0-9][a-z0-9-]{0,62}$(?!\n)")
]
Percent = Annotated[int, Meta(ge=1, le=100, extra_json_schema=INT32)]


class AdmissionMode(StrEnum):
    """Who lets a person in: nobody has to, a manager, or a committee by vote."""

    COMMITTEE = "committee"
    MANAGER = "manager"
    OPEN = "open"


class Nominators(StrEnum):
    """Who may nominate somebody else: nobody, the program's ambassadors, or whoever may apply."""

    AMBASSADORS = "ambassadors"
    ANYBODY = "anybody"
    NOBODY = "nobody"


class Enforcement(StrEnum):
    """Whether a missing requirement stops an application, or is shown to whoever decides."""

    BLOCK = "block"
    WARN = "warn"


class Opening(StrEnum):
    """When a vote is opened: by a manager, or with the application (and its consent)."""

    MANAGER = "manager"
    SUBMISSION = "submission"


class Ballot(StrEnum):
    """Whether it is known who voted how; a secret ballot is counted at its end only."""

    OPEN = "open"
    SECRET = "secret"


class Window(Struct, frozen=True, forbid_unknown_fields=True):
    """Days of every year on which applications are taken; it may run over the new year."""

    first: Annotated[DayOfYear, Meta(description="The first day, as MM-DD.")]
    last: Annotated[DayOfYear, Meta(description="The last day, as MM-DD.")]


class ConductAcceptance(Struct, frozen=True, forbid_unknown_fields=True):
    """The code of conduct that an applicant accepts."""

    version: Annotated[Line, Meta(description="The version that is to be accepted.")]
    url: Annotated[Url | None, Meta(description="Where that version can be read.")] = None


class EvidenceRule(Struct, frozen=True, forbid_unknown_fields=True):
    """What an applicant has done already."""

    at_least: Annotated[
        int,
        Meta(
            ge=1, le=1000, description="How many contributions are enough.", extra_json_schema=INT32
        ),
    ]
    within: Annotated[
        Stretch | None,
        Meta(description="Only those of the stretch that ends on the day of applying."),
    ] = None
    types: OnlyTypes = ()
    areas: OnlyAreas = ()
    programs: Annotated[
        tuple[
            Annotated[
                str, Meta(min_length=1, max_length=63, pattern=r"^[a-z0-9][a-z0-9-]{0,62}$(?!\n)")
            ],
            ...,
        ],
        Meta(
            max_length=20,
            extra_json_schema=UNIQUE,
            description="Other programs whose contributions are evidence here, too, by slug.",
        ),
    ] = ()
    enforcement: Annotated[
        Enforcement, Meta(description="Whether too little stops an application.")
    ] = Enforcement.WARN


class Inactivity(Struct, frozen=True, forbid_unknown_fields=True):
    """From when on a member of the committee counts as inactive."""

    missed: Annotated[
        int,
        Meta(
            ge=1, le=100, description="Votes missed one after the other.", extra_json_schema=INT32
        ),
    ] = 2
    apart: Annotated[
        Stretch, Meta(description="At least this long between the closing of the first and last.")
    ] = "P3M"


class Voting(Struct, frozen=True, forbid_unknown_fields=True):
    """How a committee decides on an application."""

    percent: Annotated[
        Percent, Meta(description="The share of the voters, rounded up, that has to be for it.")
    ] = 51
    minimum: Annotated[
        Stretch | None,
        Meta(description="So long a vote is open at the least."),
    ] = None
    maximum: Annotated[Stretch, Meta(description="After this long it closes.")] = "P28D"
    close_on_passing: Annotated[
        bool, Meta(description="Whether it closes as soon as it has passed.")
    ] = True
    fail_early: Annotated[
        bool, Meta(description="Whether it closes as soon as it cannot pass any more.")
    ] = False
    ballot: Annotated[Ballot, Meta(description="Whether it is known who voted how.")] = Ballot.OPEN
    minimum_voters: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description="With fewer voters there is no result.",
            extra_json_schema=INT32,
        ),
    ] = 1
    company_cap: Annotated[
        Percent | None,
        Meta(description="The share of the committee that may be of one company, in percent."),
    ] = None
    opening: Annotated[Opening, Meta(description="When a vote is opened.")] = Opening.MANAGER
    confirm: Annotated[
        bool, Meta(description="Whether a manager confirms what the committee has decided.")
    ] = False
    reminders: Annotated[
        tuple[Stretch, ...],
        Meta(
            max_length=10,
            extra_json_schema=UNIQUE,
            description="How long before its end those who have not voted are reminded, each once.",
        ),
    ] = ()
    inactivity: Annotated[
        Inactivity | None,
        Meta(description="From when on a member counts as inactive; never without it."),
    ] = None


class Admission(Struct, frozen=True, forbid_unknown_fields=True):
    """How somebody becomes an ambassador."""

    mode: Annotated[AdmissionMode, Meta(description="Who lets a person in.")] = (
        AdmissionMode.MANAGER
    )
    applications: Annotated[bool, Meta(description="Whether applications are taken at all.")] = (
        False
    )
    windows: Annotated[
        tuple[Window, ...],
        Meta(max_length=12, description="When they are taken; always when none is named."),
    ] = ()
    anonymous: Annotated[
        bool, Meta(description="Whether it takes no account to apply or to nominate.")
    ] = False
    nominations: Annotated[Nominators, Meta(description="Who may nominate somebody else.")] = (
        Nominators.NOBODY
    )
    consent: Annotated[
        bool, Meta(description="Whether a nominee has to agree before anybody decides.")
    ] = True
    conduct: Annotated[
        ConductAcceptance | None, Meta(description="The code of conduct that applicants accept.")
    ] = None
    questions: Annotated[
        dict[Code, ExtraField],
        Meta(max_length=30, description="What the program asks its applicants, by code."),
    ] = field(default_factory=dict[str, ExtraField])
    evidence: Annotated[
        EvidenceRule | None, Meta(description="What an applicant has done already.")
    ] = None
    reapply_after: Annotated[
        Stretch | None,
        Meta(
            description="How long after being declined somebody can apply again; at once if null."
        ),
    ] = None
    decline_reasons: Annotated[
        dict[Code, DeclineReason],
        Meta(max_length=50, description="Why an application can be declined, by code."),
    ] = field(default_factory=dict[str, DeclineReason])
    published: Annotated[
        bool, Meta(description="Whether everybody can read who applied, when, and the outcome.")
    ] = False
    voting: Annotated[
        Voting | None, Meta(description="How the committee decides; for the mode `committee`.")
    ] = None
