"""Tenures over HTTP: the periods of being an ambassador, and what becomes of them."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.ambassadors import ONE as AMBASSADOR
from api.ambassadors import path_of
from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Moved, Routes
from api.http.fields import Count, Day, Handle, Id, Moment, Reason, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from domain import tenures
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.ambassadors import same_handle
from domain.rules.tenures import TenureClosed, TenureOrigin, TenureOutcome

routes = Routes("Tenures", "Since when and until when somebody is an ambassador, and what follows.")

LIST = AMBASSADOR + "/tenures"
TENURES = "/programs/{program}/tenures"
ONE = TENURES + "/{tenure}"

Origin = Annotated[
    TenureOrigin,
    Meta(
        description="`backfilled`: begun by an import, a backfill or a joining long ago; what was "
        "done in it may never have been recorded.",
        examples=["live"],
    ),
]
Outcome = Annotated[
    TenureOutcome,
    Meta(
        description="`renewed`: another one follows; `lapsed`: emeritus by the program's rules; "
        "`ended`: they left.",
        examples=["renewed"],
    ),
]


class TenureView(Struct, frozen=True):
    """A tenure of an ambassador; its days are inclusive."""

    id: Id
    ambassador_id: Id
    ambassador: Annotated[Handle, Meta(description="The handle that they have now.")]
    first_day: Annotated[Day, Meta(description="The first day.")]
    last_day: Annotated[
        Day | None,
        Meta(
            description="The last day; null: open-ended. Of an open one as it was when it began: "
            "the standing tells how leave has moved it. Who leaves on the first day has a tenure "
            "without a day, which ends on the day before."
        ),
    ]
    policy_version: Annotated[Version, Meta(description="The policy when it began.")]
    origin: Origin
    outcome: Annotated[Outcome | None, Meta(description="Null while it is open.")]
    outcome_on: Annotated[Day | None, Meta(description="The day from which the outcome holds.")]
    outcome_reason: Annotated[Reason | None, Meta(description="Why, where somebody said it.")]
    outcome_policy_version: Annotated[
        Version | None, Meta(description="The policy when it was decided.")
    ]
    decided_by: Annotated[Id | None, Meta(description="The account; null: by rule, or nobody yet.")]
    asked_at: Annotated[
        Moment | None, Meta(description="Since when a manager is asked for the outcome.")
    ]
    counted: Annotated[
        list[Id], Meta(description="The contributions that counted, once it is finished.")
    ]
    version: Version
    created_at: Moment
    updated_at: Moment


class TenureDecision(Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of a tenure."""

    outcome: Outcome
    reason: Reason
    on: Annotated[
        Day | UnsetType, Meta(description="The day from which it holds; by default today.")
    ] = UNSET


class BackfillView(Struct, frozen=True):
    """The tenures that a backfill began."""

    started: Annotated[Count, Meta(description="How many.")]
    unknown_joined: Annotated[
        Count, Meta(description="Of these, how many began today: nobody knows the day of joining.")
    ]


def view(shown: tenures.Shown) -> TenureView:
    """The wire form of a tenure."""
    one = shown.tenure
    return TenureView(
        id=one.id,
        ambassador_id=one.ambassador_id,
        ambassador=shown.handle,
        first_day=one.first_day,
        last_day=one.last_day,
        policy_version=one.policy_version,
        origin=one.origin,
        outcome=one.outcome,
        outcome_on=one.outcome_on,
        outcome_reason=one.outcome_reason,
        outcome_policy_version=one.outcome_policy_version,
        decided_by=one.decided_by,
        asked_at=one.asked_at,
        counted=list(shown.counted),
        version=one.version,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


@routes.get(LIST, requires(Permission.SELF_READ), moves=True)
async def list_tenures(
    call: Call, program: Slug, handle: Handle, query: PageQuery
) -> Page[TenureView]:
    """List an ambassador's tenures.

    The newest first, with their outcomes and what counted. For the ambassador and for the program's
    staff, 404 for everybody else.
    """
    before = place(query, tenures.Place)
    current, rows = await tenures.page(call, program, handle, before=before, limit=query.limit)
    if not same_handle(current, handle):
        raise Moved(path_of(program, current) + "/tenures")
    places = [tenures.Place(row.tenure.first_day, row.tenure.id) for row in rows]
    return page(query, places, [view(row) for row in rows], tenures.Place)


@routes.get(ONE, requires(Permission.SELF_READ))
async def get_tenure(call: Call, program: Slug, tenure: Id) -> TenureView:
    """Get a tenure.

    For whom `listTenures` is.
    """
    return view(await tenures.get(call, program, tenure))


@routes.post(ONE + "/outcome", requires(Permission.AMBASSADOR_MANAGE))
async def decide_tenure(
    call: Call, program: Slug, tenure: Id, body: TenureDecision, match: Match
) -> TenureView:
    """Decide what becomes of a tenure, with a reason.

    `renewed` begins the next one on the day after its last; `lapsed` and `ended` make the
    ambassador emeritus. Who is suspended stays so. An outcome is final: 409 with the tenure.
    """
    decision = tenures.Decision(body.outcome, body.reason, body.on or None)
    try:
        return view(await tenures.decide(call, program, tenure, decision, match.check))
    except TenureClosed as closed:
        if isinstance(closed.current, tenures.Shown):
            closed.about(view(closed.current))
        raise


@routes.post(TENURES + "/backfill", requires(Permission.AMBASSADOR_MANAGE))
async def backfill_tenures(call: Call, program: Slug) -> BackfillView:
    """Begin the tenures that are missing.

    For a program that begins to have tenures late: every active ambassador without an open tenure
    gets the one that runs today by their day of joining, or that begins today when nobody knows it.
    Each is marked `backfilled`. Again it changes nothing.
    """
    done = await tenures.backfill(call, program)
    return BackfillView(done.started, done.unknown_joined)
