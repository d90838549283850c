"""What a policy says about being an ambassador: its clock, requirement, eligibility and end."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from domain.rules.policy_contributions import OnlyAreas, OnlyTypes
from domain.rules.policy_types import (
    INT32,
    UNIQUE,
    Code,
    DayOfYear,
    Months,
    Name,
    Paragraph,
    Stretch,
)


class Clock(StrEnum):
    """What decides when a tenure begins and ends.

    `anniversary` counts from the day of joining (AsyncAPI), `cohort` from days on which terms
    begin (GraphQL), `calendar` has the same first and last day every year (Magento), and `none`
    has no end.
    """

    ANNIVERSARY = "anniversary"
    CALENDAR = "calendar"
    COHORT = "cohort"
    NONE = "none"


class WhenMet(StrEnum):
    """What happens on the last day when the requirement is met."""

    RENEW = "renew"
    REVIEW = "review"


class WhenNotMet(StrEnum):
    """What happens after the grace when the requirement is not met."""

    LAPSE = "lapse"
    REVIEW = "review"


class Needs(StrEnum):
    """Whether a group is met by all of its conditions, or by any one of them."""

    ALL = "all"
    ANY = "any"


class Measure(StrEnum):
    """What a condition counts: contributions, their points, or their different types."""

    CONTRIBUTIONS = "contributions"
    DISTINCT_TYPES = "distinct_types"
    POINTS = "points"


class Cycle(Struct, frozen=True, forbid_unknown_fields=True):
    """The days that a tenure has every year; one that ends before it begins ends a year later."""

    first: Annotated[DayOfYear, Meta(description="The first day, as MM-DD.")]
    last: Annotated[
        DayOfYear,
        Meta(description="The last day, as MM-DD; 02-28 is the last day of every February."),
    ]


class Reminders(Struct, frozen=True, forbid_unknown_fields=True):
    """How long ahead somebody is reminded, each time once."""

    ending: Annotated[
        tuple[Stretch, ...],
        Meta(
            max_length=10,
            extra_json_schema=UNIQUE,
            description="Before the last day of the tenure, whatever the standing.",
        ),
    ] = ()
    at_risk: Annotated[
        tuple[Stretch, ...],
        Meta(
            max_length=10,
            extra_json_schema=UNIQUE,
            description="Before the day by which the requirement must be met, while it is not.",
        ),
    ] = ()


class TenureRules(Struct, frozen=True, forbid_unknown_fields=True):
    """When tenures begin and end, and what happens then."""

    clock: Annotated[Clock, Meta(description="What decides when a tenure begins and ends.")]
    length: Annotated[
        Months | None,
        Meta(description="For `anniversary` and `cohort`: whole months or years, such as `P1Y`."),
    ] = None
    starts: Annotated[
        tuple[DayOfYear, ...],
        Meta(
            max_length=24,
            extra_json_schema=UNIQUE,
            description="For `cohort`: on which days terms begin, as MM-DD.",
        ),
    ] = ()
    cycle: Annotated[
        Cycle | None, Meta(description="For `calendar`: the days of every year's tenure.")
    ] = None
    grace: Annotated[
        Stretch | None,
        Meta(description="How long after the last day the requirement can still be met."),
    ] = None
    when_met: Annotated[
        WhenMet, Meta(description="At the end: renewed by itself, or a manager is asked.")
    ] = WhenMet.RENEW
    when_not_met: Annotated[
        WhenNotMet,
        Meta(description="After the grace: lapsed to emeritus by itself, or a manager is asked."),
    ] = WhenNotMet.REVIEW
    reminders: Annotated[Reminders, Meta(description="Who is reminded how long ahead.")] = field(
        default_factory=Reminders
    )


class Condition(Struct, frozen=True, forbid_unknown_fields=True):
    """So much of some contributions, in the tenure or in a stretch of time that ends on the day."""

    measure: Annotated[Measure, Meta(description="What is counted.")]
    at_least: Annotated[
        int, Meta(ge=1, le=1_000_000, description="How much is enough.", extra_json_schema=INT32)
    ]
    types: OnlyTypes = ()
    areas: OnlyAreas = ()
    within: Annotated[
        Stretch | None,
        Meta(
            description="Counted in the stretch that ends on the day, such as `P6M`; in the "
            "tenure when it is not given."
        ),
    ] = None


class Group(Struct, frozen=True, forbid_unknown_fields=True):
    """Conditions of which all or any have to be met."""

    name: Annotated[Name, Meta(description="What is asked for, in a few words.")]
    conditions: Annotated[
        dict[Code, Condition], Meta(max_length=20, description="The conditions, by code.")
    ]
    needs: Annotated[Needs, Meta(description="Whether it takes all of them or any one.")] = (
        Needs.ALL
    )


class Requirement(Struct, frozen=True, forbid_unknown_fields=True):
    """What an ambassador does to remain one: every group has to be met."""

    groups: Annotated[
        dict[Code, Group], Meta(max_length=20, description="What has to be met, by code.")
    ]


class Attribute(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that is true of an ambassador until a day, such as being a student."""

    name: Annotated[Name, Meta(description="The attribute's public name.")]
    description: Annotated[Paragraph | None, Meta(description="Whom it is true of.")] = None
    required: Annotated[
        bool, Meta(description="Whether every ambassador of the program has to have it.")
    ] = False


class Departure(Struct, frozen=True, forbid_unknown_fields=True):
    """What is shown of those who left."""

    list_farewells: Annotated[
        bool, Meta(description="Whether the goodbyes of emeriti are public.")
    ] = False
