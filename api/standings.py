"""Standings over HTTP: whether an ambassador still qualifies, and the reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from api.ambassadors import ONE as AMBASSADOR
from api.ambassadors import path_of
from api.http.access import public
from api.http.endpoint import Moved, Routes
from api.http.fields import Code, Day, Handle, Id, Slug, Version
from domain import standings
from domain.call import Call
from domain.rules.ambassadors import same_handle
from domain.rules.candidates import Why
from domain.rules.policy_contributions import Area
from domain.rules.policy_tenure import Condition, Group, Measure, Needs
from domain.rules.requirements import Judged, JudgedGroup
from domain.rules.standings import State
from domain.rules.tenures import TenureOrigin, TenureOutcome
from domain.standings import Explained, Held, Told

routes = Routes("Standings", "Whether somebody still qualifies, and why.")

Standing = Annotated[
    State,
    Meta(
        description=(
            "`met`, `on_track` or `at_risk` while there is time, `in_grace` after the last day,"
            " `not_met`; `not_recorded`: nothing at all was recorded in the tenure; `on_leave`."
        ),
        examples=["on_track"],
    ),
]
Amount = Annotated[
    str,
    Meta(
        pattern="^[0-9]+\\.[0-9]{2}$(?!\\n)",
        max_length=30,
        description="How much, exact to hundredths: a decimal number as text.",
        examples=["3.00"],
    ),
]
InStretch = Annotated[
    str,
    Meta(
        pattern="^P[1-9][0-9]{0,2}[DWMY]$(?!\\n)",
        max_length=5,
        description="ISO 8601: the stretch of time that ends on the day.",
        examples=["P6M"],
    ),
]


class StandingQuery(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The day that is asked about."""

    on: Annotated[
        Day | None,
        Meta(description="Past or to come; by default today, in the program's time zone."),
    ] = None


class StandingTenure(Struct, frozen=True):
    """The tenure that is judged."""

    id: Id
    first_day: Day
    last_day: Annotated[
        Day | None, Meta(description="As leaves have moved it; null: it has no end yet.")
    ]
    origin: Annotated[
        TenureOrigin,
        Meta(
            description="`backfilled`: much of it may never have been recorded.", examples=["live"]
        ),
    ]
    outcome: Annotated[
        TenureOutcome | None, Meta(description="Null: it is not over.", examples=["renewed"])
    ]


class StandingLeave(Struct, frozen=True):
    """The leave that covers the day."""

    first_day: Day
    last_day: Annotated[Day | None, Meta(description="Null: nobody knows yet.")]


class NotCounted(Struct, frozen=True):
    """A contribution that does not count, or not yet."""

    id: Id
    why: Annotated[
        Why,
        Meta(
            description=(
                "`pending` and `disputed` wait for a review; `next_tenure` was made in grace and"
                " is not needed here; `used_before` counted for an earlier tenure; `too_vague`: of"
                " its date too little is known."
            ),
            examples=["pending"],
        ),
    ]


class StandingCondition(Struct, frozen=True):
    """One condition, and what counts for it."""

    code: Code
    measure: Annotated[Measure, Meta(description="What is counted.", examples=["contributions"])]
    types: Annotated[list[Code], Meta(description="Only these types; empty: any.")]
    areas: Annotated[
        list[Area],
        Meta(description="Only types of these areas; empty: any.", examples=[["events"]]),
    ]
    within: Annotated[InStretch | None, Meta(description="Null: counted in the tenure.")]
    met: Annotated[bool, Meta(description="Whether enough counts.", examples=[False])]
    judged: Annotated[
        bool,
        Meta(
            description="False before the first whole stretch of time since joining has passed.",
            examples=[True],
        ),
    ]
    needed: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000, extra_json_schema={"format": "int32"})] | None,
        Meta(
            description="How much is enough; null, like the others, for points that are internal.",
            examples=[4],
        ),
    ]
    counted: Annotated[Amount | None, Meta(description="How much counts.")]
    awaiting: Annotated[
        Amount | None, Meta(description="How much more, if all that waits were accepted.")
    ]
    contributions: Annotated[list[Id], Meta(description="What counts.")]
    not_counted: Annotated[list[NotCounted], Meta(description="What does not, and why.")]
    due_on: Annotated[
        Day | None, Meta(description="The last day to meet it, if nothing else happens.")
    ]
    approximate: Annotated[
        bool,
        Meta(
            description="Whether it rests on a date of which only the month or year is known.",
            examples=[False],
        ),
    ]


class StandingGroup(Struct, frozen=True):
    """Conditions of which all or any have to be met."""

    code: Code
    name: Annotated[
        str, Meta(description="What is asked for.", max_length=100, examples=["Four contributions"])
    ]
    needs: Annotated[Needs, Meta(description="All of the conditions, or any.", examples=["all"])]
    met: Annotated[bool, Meta(description="Whether it is met.", examples=[False])]
    conditions: Annotated[list[StandingCondition], Meta(description="In the policy's order.")]


class StandingDetails(Struct, frozen=True):
    """Why somebody stands as they do."""

    tenure: Annotated[StandingTenure | None, Meta(description="Null: they have none.")]
    met: Annotated[
        bool, Meta(description="Whether the whole requirement is met.", examples=[False])
    ]
    groups: Annotated[list[StandingGroup], Meta(description="Each of them has to be met.")]
    missing: Annotated[
        list[
            Annotated[
                str,
                Meta(
                    max_length=5000,
                    examples=["1 more contribution by 10 January 2026, 1 awaits review"],
                ),
            ]
        ],
        Meta(description="What is missing, in English: a sentence for each group."),
    ]
    awaiting: Annotated[list[Id], Meta(description="Contributions that wait for a review.")]
    due_on: Annotated[Day | None, Meta(description="The last day to do something.")]
    grace_until: Annotated[Day | None, Meta(description="The last day of grace.")]
    leave: Annotated[StandingLeave | None, Meta(description="Null: not away on that day.")]
    missing_eligibility: Annotated[
        list[Code], Meta(description="Required attributes that they lack on that day.")
    ]
    approximate: Annotated[
        bool, Meta(description="Whether a condition is approximate.", examples=[False])
    ]
    policy_version: Annotated[Version, Meta(description="The policy version that says so.")]


class StandingView(Struct, frozen=True):
    """How an ambassador stands on a day."""

    ambassador: Handle
    on: Day
    state: Standing
    details: Annotated[StandingDetails | None, Meta(description="Null in the public view.")]


@routes.get(AMBASSADOR + "/standing", public(), moves=True)
async def get_ambassador_standing(
    call: Call, program: Slug, handle: Handle, query: StandingQuery
) -> StandingView:
    """Get the standing of an ambassador on a day.

    Computed under the policy in force, from what is known today of the days up to then. On a day
    to come, nothing else has happened. The ambassador and the program's staff see everything, and
    everybody the state, where the program's directory shows it; else it is a 404.
    """
    told = await standings.get(call, program, handle, on=query.on)
    if not same_handle(told.ambassador, handle):
        raise Moved(path_of(program, told.ambassador) + "/standing")
    return view(told)


def view(told: Told) -> StandingView:
    """The wire form of a standing."""
    explained = None if told.explained is None else details(told.explained)
    return StandingView(told.ambassador, told.on, told.state, explained)


def details(one: Explained) -> StandingDetails:
    """The wire form of why."""
    standing = one.standing
    asked = one.policy.requirement.groups if one.policy.requirement else {}
    return StandingDetails(
        tenure=one.held and _tenure(one.held, one),
        met=standing.met,
        groups=[_group(group, asked[group.code], points=one.points) for group in standing.groups],
        missing=list(one.missing),
        awaiting=list(standing.awaiting),
        due_on=standing.due_on,
        grace_until=standing.grace_until,
        leave=one.leave and StandingLeave(one.leave.first, one.leave.last),
        missing_eligibility=one.lacks,
        approximate=standing.approximate,
        policy_version=one.policy_version,
    )


def _tenure(held: Held, one: Explained) -> StandingTenure:
    period = one.standing.period
    last = held.last_day if period is None else period.last
    return StandingTenure(held.id, held.first_day, last, held.origin, held.outcome)


def _group(judged: JudgedGroup, group: Group, *, points: bool) -> StandingGroup:
    conditions = [
        _condition(one, group.conditions[one.code], points=points) for one in judged.conditions
    ]
    return StandingGroup(judged.code, group.name, judged.needs, judged.met, conditions)


def _condition(judged: Judged, condition: Condition, *, points: bool) -> StandingCondition:
    told = points or condition.measure is not Measure.POINTS
    return StandingCondition(
        code=judged.code,
        measure=condition.measure,
        types=list(condition.types),
        areas=list(condition.areas),
        within=condition.within,
        met=judged.met,
        judged=judged.judged,
        needed=judged.needed if told else None,
        counted=_amount(judged.counted) if told else None,
        awaiting=_amount(judged.awaiting) if told else None,
        # What is worth nothing, or is capped, would tell the weights.
        contributions=list(judged.counted_ids) if told else [],
        not_counted=[NotCounted(one.id, one.why) for one in judged.others] if told else [],
        due_on=judged.due_on,
        approximate=judged.approximate,
    )


def _amount(number: Decimal) -> str:
    return f"{number:.2f}"
