"""Contribution types over HTTP: what can be recorded, with a JSON Schema for each type."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from operator import itemgetter
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from api.contribution_body import ContributionBody
from api.http.access import public
from api.http.endpoint import Routes
from api.http.fields import Code, Slug, Version
from domain import contribution_types
from domain.call import Call
from domain.rules.contribution_schema import body_schema, whole
from domain.rules.policy_contributions import (
    Acceptance,
    Area,
    ContributionType,
    Counting,
    RequirableField,
)

routes = Routes("Contribution types", "What a program recognizes, and what it asks for.")

Part = TypeVar("Part")

Named = Annotated[str, Meta(description="The public name.", examples=["Talk"])]
Told = Annotated[str | None, Meta(description="What it means.", examples=["A talk at an event."])]
Int32 = {"format": "int32"}


class MetricView(Struct, frozen=True):
    """A number that may be given with a contribution."""

    code: Code
    name: Named
    description: Told


class CapView(Struct, frozen=True):
    """At most so many count within any such stretch of time."""

    at_most: Annotated[
        int, Meta(ge=1, le=1_000_000, description="How many count.", extra_json_schema=Int32)
    ]
    within: Annotated[
        str,
        Meta(description="ISO 8601: whole days, weeks, months or years.", examples=["P1Y"]),
    ]


class ContributionTypeView(Struct, frozen=True):
    """A kind of contribution that the program recognizes."""

    code: Code
    name: Named
    area: Annotated[Area, Meta(description="The area of community work.")]
    description: Told
    aliases: Annotated[
        list[str], Meta(description="Other spellings in imports.", examples=[["presentation"]])
    ]
    required: Annotated[list[RequirableField], Meta(description="What it must say.")]
    roles: Annotated[
        list[Code], Meta(description="In which roles it can be done; empty: none is taken.")
    ]
    metrics: Annotated[list[MetricView], Meta(description="What can be counted.")]
    acceptance: Annotated[Acceptance, Meta(description="What counts without a review.")]
    announceable: Annotated[bool, Meta(description="Whether it may be recorded before its day.")]
    points: Annotated[
        Annotated[int, Meta(ge=0, le=1_000_000, extra_json_schema=Int32)] | None,
        Meta(description="What one is worth; null: it has none, or scoring is internal."),
    ]
    caps: Annotated[list[CapView], Meta(description="How many count.")]
    counting: Annotated[Counting, Meta(description="For each participant in full, or by share.")]
    schema: Annotated[
        dict[str, Any],
        Meta(
            description="JSON Schema (2020-12) of a contribution of this type, as it is posted.",
            examples=[{"type": "object", "properties": {"type": {"const": "talk"}}}],
        ),
    ]


class DeclineReasonView(Struct, frozen=True):
    """A reason for which a contribution is declined."""

    code: Code
    name: Named
    description: Told


class AudienceView(Struct, frozen=True):
    """People whom contributions can be for."""

    code: Code
    name: Named


class ContributionCatalogue(Struct, frozen=True):
    """Everything that a form for contributions needs to know of a program."""

    program: Slug
    policy_version: Annotated[Version, Meta(description="The policy version that says so.")]
    items: Annotated[list[ContributionTypeView], Meta(description="By code.")]
    decline_reasons: Annotated[
        list[DeclineReasonView], Meta(description="For which reasons reviewers decline.")
    ]
    audiences: Annotated[
        list[AudienceView], Meta(description="Whom it can be for; empty: any code may be given.")
    ]


@routes.get("/programs/{program}/contribution-types", public(), cached=True)
async def get_contribution_types(call: Call, program: Slug) -> ContributionCatalogue:
    """Get the contribution types.

    All of them, with their fields and limits as a JSON Schema each. Points that the program keeps
    internal are shown to its staff alone.
    """
    return view(await contribution_types.get(call, program))


def view(found: contribution_types.Catalogue) -> ContributionCatalogue:
    """The wire form of the catalogue."""
    policy = found.policy
    return ContributionCatalogue(
        program=found.program,
        policy_version=found.policy_version,
        items=[
            _type_view(code, kind, list(policy.audiences), points_shown=found.points_shown)
            for code, kind in by_code(policy.contribution_types)
        ],
        decline_reasons=[
            DeclineReasonView(code, reason.name, reason.description)
            for code, reason in by_code(policy.review.decline_reasons)
        ],
        audiences=[
            AudienceView(code, audience.name) for code, audience in by_code(policy.audiences)
        ],
    )


def by_code(parts: Mapping[str, Part]) -> list[tuple[str, Part]]:
    """The entries of a part of the policy in the order that the answer promises."""
    return sorted(parts.items(), key=itemgetter(0))


def _type_view(
    code: str, kind: ContributionType, audiences: list[str], *, points_shown: bool
) -> ContributionTypeView:
    return ContributionTypeView(
        code=code,
        name=kind.name,
        area=kind.area,
        description=kind.description,
        aliases=list(kind.aliases),
        required=list(kind.required),
        roles=list(kind.roles),
        metrics=[MetricView(name, m.name, m.description) for name, m in by_code(kind.metrics)],
        acceptance=kind.acceptance,
        announceable=kind.announceable,
        points=kind.points if points_shown else None,
        caps=[CapView(cap.at_most, cap.within) for cap in kind.caps],
        counting=kind.counting,
        schema=body_schema(code, kind, audiences, _body()),
    )


@cache
def _body() -> dict[str, Any]:
    return whole(msgspec.json.schema(ContributionBody))
