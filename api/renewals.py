"""Renewals over HTTP: who is due, what would happen, and letting it happen."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.endpoint import Routes
from api.http.fields import Day, Handle, Id, Moment, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from api.standings import Standing, StandingDetails, details
from domain import renewal_previews, renewals
from domain.call import Call
from domain.renewal_previews import Changed, Difference, Preview
from domain.renewals import Due, Fate, Renewal, Summary
from domain.rules.access import Permission
from domain.rules.renewals import Asked

routes = Routes("Renewals", "What becomes of tenures at their end.")

LIST = "/programs/{program}/renewals"

Tenures = Annotated[
    int,
    Meta(
        ge=0, description="How many tenures.", examples=[3], extra_json_schema={"format": "int64"}
    ),
]
Becomes = Annotated[
    Fate,
    Meta(
        description=(
            "`renewed`; `lapsed`: emeritus; `asked`: a manager decides; `waiting`: nothing yet."
        ),
        examples=["renewed"],
    ),
]


class RenewalQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The day that is asked about."""

    on: Annotated[Day | None, Meta(description="By default today, in the program's time zone.")] = (
        None
    )


class PreviewQuery(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The day that is asked about, and the policies."""

    on: Annotated[Day | None, Meta(description="By default today, in the program's time zone.")] = (
        None
    )
    version: Annotated[
        Version | None, Meta(description="The policy version to judge by; the one in force.")
    ] = None
    against: Annotated[
        Version | None,
        Meta(description="The policy version to compare with; by default the one in force."),
    ] = None


class RunBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Up to which day tenures are decided on."""

    on: Annotated[Day | UnsetType, Meta(description="By default today; never a day to come.")] = (
        UNSET
    )


class RenewalView(Struct, frozen=True):
    """A tenure that is due, how its holder stands, and what a run would make of it."""

    ambassador: Handle
    state: Standing
    standing: StandingDetails
    decision: Becomes
    on: Annotated[Day | None, Meta(description="The day from which it holds.")]
    until: Annotated[
        Day | None, Meta(description="While it waits: nothing is due before that day.")
    ]
    reason: Annotated[
        Asked | None, Meta(description="Why a manager is asked.", examples=["awaiting"])
    ]
    asked_at: Annotated[Moment | None, Meta(description="Since when a manager is asked.")]


class RunSummary(Struct, frozen=True):
    """What became, or would become, of how many tenures."""

    renewed: Annotated[Tenures, Meta(description="Renewed, each of several in a row.")]
    lapsed: Annotated[Tenures, Meta(description="Lapsed: their holders are emeriti.")]
    asked: Annotated[Tenures, Meta(description="A manager is asked, as of now.")]
    waiting: Annotated[
        Tenures, Meta(description="Due, and left as they are: in grace, or a manager was asked.")
    ]


class ChangedRenewal(Struct, frozen=True):
    """A tenure of which the other policy makes something else."""

    ambassador: Handle
    tenure: Id
    before: Annotated[Becomes, Meta(description="Under the version `against`.")]
    after: Annotated[Becomes, Meta(description="Under the version that is asked about.")]


class RenewalDifference(Struct, frozen=True):
    """What would be otherwise than under another policy version."""

    against: Version
    summary: Annotated[RunSummary, Meta(description="What a run would do under that version.")]
    sentence: Annotated[
        str,
        Meta(
            max_length=500,
            description="The difference in English.",
            examples=["Under version 4, three more would lapse and three fewer would be renewed."],
        ),
    ]
    count: Annotated[Tenures, Meta(description="How many tenures would go another way.")]
    changed: Annotated[
        list[ChangedRenewal],
        Meta(max_length=renewal_previews.MOST, description="The first of them."),
    ]


class PreviewView(Struct, frozen=True):
    """What a run would do, and what otherwise than under another policy version."""

    on: Day
    policy_version: Annotated[Version, Meta(description="The policy version that is judged by.")]
    summary: Annotated[RunSummary, Meta(description="What a run would do.")]
    difference: Annotated[
        RenewalDifference | None, Meta(description="Null: it is compared with itself.")
    ]


@routes.get(LIST, requires(Permission.AMBASSADOR_READ))
async def list_renewals(call: Call, program: Slug, query: RenewalQuery) -> Page[RenewalView]:
    """List whose tenure is due.

    Those whose last day has come by `on`, the first to end first, with the standing on that day and
    what a run would make of it. Nobody who is suspended is among them. Memberships without an end
    are due every day.
    """
    rows = await renewals.page(
        call, program, on=query.on, after=place(query, Due), limit=query.limit
    )
    return page(query, rows, [view(row) for row in rows], Due)


@routes.get(LIST + "/preview", requires(Permission.AMBASSADOR_MANAGE))
async def preview_renewals(call: Call, program: Slug, query: PreviewQuery) -> PreviewView:
    """Preview what a run would do.

    A dry run over the whole program: nothing is changed. On a day to come it is judged as if
    nothing else happened until then. With `version` or `against`, what would be otherwise under
    another version of the policy.
    """
    found = await renewal_previews.preview(
        call, program, on=query.on, version=query.version, against=query.against
    )
    return _preview(found)


@routes.post(LIST + "/run", requires(Permission.AMBASSADOR_MANAGE))
async def run_renewals(call: Call, program: Slug, body: RunBody) -> RunSummary:
    """Decide on every tenure that is due.

    What the worker does every day. Again it changes nothing, two at the same time share the work,
    and what was not done for some days is done as it should have been, with these days.
    """
    return _summary(await renewals.run(call, program, on=body.on or None))


def view(one: Renewal) -> RenewalView:
    """The wire form of a tenure that is due."""
    return RenewalView(
        ambassador=one.held.handle,
        state=one.explained.standing.state,
        standing=details(one.explained),
        decision=one.fate,
        on=one.on,
        until=one.until,
        reason=one.reason,
        asked_at=one.held.asked_at,
    )


def _preview(found: Preview) -> PreviewView:
    return PreviewView(
        on=found.on,
        policy_version=found.policy_version,
        summary=_summary(found.summary),
        difference=found.difference and _difference(found.difference),
    )


def _difference(found: Difference) -> RenewalDifference:
    return RenewalDifference(
        against=found.against,
        summary=_summary(found.summary),
        sentence=found.sentence,
        count=found.count,
        changed=[_changed(one) for one in found.changed],
    )


def _changed(one: Changed) -> ChangedRenewal:
    return ChangedRenewal(one.held.handle, one.held.id, one.before, one.after)


def _summary(one: Summary) -> RunSummary:
    return RunSummary(one.renewed, one.lapsed, one.asked, one.waiting)
