"""Points over HTTP: what an ambassador's contributions are worth, and what counts."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.ambassadors import ONE as AMBASSADOR
from api.ambassadors import path_of
from api.contribution_body import PartialDay
from api.contribution_types import CapView
from api.http.access import public
from api.http.endpoint import Moved, Routes
from api.http.fields import Code, Day, Handle, Id, Slug, Version
from domain import points
from domain.call import Call
from domain.points import Points, Reason, Told
from domain.rules.ambassadors import same_handle
from domain.rules.members import written

routes = Routes("Points", "What counts, and why.")

Worth = Annotated[
    str,
    Meta(
        pattern="^[0-9]+\\.[0-9]{2}$(?!\\n)",
        max_length=30,
        description="Points, exact to hundredths: a decimal number as text.",
        examples=["12.50"],
    ),
]
Quantity = Annotated[
    int,
    Meta(
        ge=0,
        description="How many contributions.",
        examples=[3],
        extra_json_schema={"format": "int64"},
    ),
]
Why = Annotated[
    Reason,
    Meta(
        description=(
            "Why it does not count. `capped`: as many as the policy counts of this type within"
            " such a stretch of time (`cap`) had counted before it; `type_unknown`: the policy no"
            " longer has its type."
        ),
        examples=["capped"],
    ),
]


class PointsQuery(
    Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """The stretch of time whose points are asked for."""

    from_: Annotated[
        Day | None,
        Meta(description="Its first day; by default that of the year that ends on the last."),
    ] = None
    until: Annotated[
        Day | None, Meta(description="Its last day; by default today, in the program's time zone.")
    ] = None


class TypePointsView(Struct, frozen=True):
    """What the contributions of a type are worth together."""

    type: Code
    points: Worth
    counted: Quantity
    not_counted: Annotated[
        Quantity, Meta(description="How many don't count; `contributions` says why.")
    ]


class ScoredView(Struct, frozen=True):
    """What one contribution is worth."""

    id: Id
    type: Code
    title: Annotated[
        str,
        Meta(description="What it is called.", max_length=500, examples=["Consumers that forgive"]),
    ]
    occurred_on: PartialDay
    points: Annotated[
        Worth,
        Meta(
            description=(
                "What it is worth for this ambassador; of a type that is split the part that is"
                " theirs. `0.00` where it does not count, and where its type has no points."
            ),
            examples=["0.00"],
        ),
    ]
    counted: Annotated[bool, Meta(description="Whether it counts.", examples=[False])]
    reason: Annotated[Why | None, Meta(description="Null: it counts.")]
    cap: Annotated[CapView | None, Meta(description="The cap that is full, where that is why.")]


class PointsView(Struct, frozen=True, rename={"from_": "from"}):
    """An ambassador's points in a stretch of time."""

    ambassador: Handle
    from_: Annotated[Day, Meta(description="The first day.")]
    until: Annotated[Day, Meta(description="The last day.")]
    policy_version: Annotated[Version, Meta(description="The policy version that says so.")]
    total: Annotated[Worth, Meta(description="The points of everything that counts.")]
    by_type: Annotated[list[TypePointsView], Meta(description="The most points first.")]
    contributions: Annotated[
        list[ScoredView], Meta(max_length=points.MOST, description="The newest first.")
    ]
    complete: Annotated[
        bool,
        Meta(description="Whether all of them are listed; the sums are of all in any case."),
    ]


@routes.get(AMBASSADOR + "/points", public(), cached=True, moves=True)
async def get_ambassador_points(
    call: Call, program: Slug, handle: Handle, query: PointsQuery
) -> PointsView:
    """Get the points of an ambassador, and what counts.

    Computed from accepted contributions that the caller may see, under the policy in force: what is
    private neither adds to what the public is told nor fills a cap there. Of a month or a year its
    first day is compared. Caps take what was before `from` into account. Where the program keeps
    its points internal, only its staff gets an answer.
    """
    found = await points.get(call, program, handle, since=query.from_, until=query.until)
    if not same_handle(found.ambassador, handle):
        raise Moved(path_of(program, found.ambassador) + "/points")
    return view(found)


def view(found: Points) -> PointsView:
    """The wire form of points."""
    return PointsView(
        ambassador=found.ambassador,
        from_=found.since,
        until=found.until,
        policy_version=found.policy_version,
        total=str(found.total),
        by_type=[
            TypePointsView(one.type, str(one.points), one.counted, one.not_counted)
            for one in found.by_type
        ],
        contributions=[_scored(one) for one in found.contributions],
        complete=found.complete,
    )


def _scored(told: Told) -> ScoredView:
    scored, one = told.scored, told.scored.contribution
    return ScoredView(
        id=one.id,
        type=one.type,
        title=told.title,
        occurred_on=written(one.occurred_on, one.precision),
        points=str(scored.points),
        counted=scored.counted,
        reason=scored.reason,
        cap=scored.cap and CapView(scored.cap.at_most, scored.cap.within),
    )
