"""Decisions over HTTP: a manager accepts or declines an application."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.application_views import ApplicationView, view
from api.applications import ONE
from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Code, Handle, Id, Reason, Slug, Text
from api.http.refusals import telling
from domain import decisions
from domain.applications import Shown
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.decisions import DecisionOutcome
from domain.rules.references import PATTERN

routes = Routes("Decisions", "What becomes of an application, by a vote or by a manager.")

Reference = Annotated[
    str, Meta(pattern=PATTERN, min_length=3, max_length=320, examples=["github:5501911"])
]

Vouched = Annotated[
    list[Reference],
    Meta(
        max_length=20,
        description="Identities of the application that you know to be the applicant's. They "
        "become verified, and what waits for them in the inbox comes to the person.",
        examples=[["github:5501911"]],
    ),
]


class ApplicationDecision(Struct, frozen=True, forbid_unknown_fields=True):
    """What is decided on an application."""

    outcome: Annotated[
        DecisionOutcome, Meta(description="What becomes of it.", examples=["accepted"])
    ]
    reason: Annotated[
        Code | UnsetType,
        Meta(
            description="Of what is declined: one of the policy's `admission.decline_reasons`, "
            "which has to be given if there are any. The applicant is told.",
            examples=["not_enough_yet"],
        ),
    ] = UNSET
    applicant_note: Annotated[
        Text | UnsetType, Meta(description="What the applicant is told with it.")
    ] = UNSET
    committee_note: Annotated[
        Text | UnsetType, Meta(description="For those who decide, and never for the applicant.")
    ] = UNSET
    override_reason: Annotated[
        Reason | UnsetType,
        Meta(description="Why it is decided against the vote or without one, where it is."),
    ] = UNSET
    vouched: Vouched | UnsetType = UNSET
    person_id: Annotated[
        Id | UnsetType,
        Meta(description="Who the applicant is, if they are recorded and nobody has said so."),
    ] = UNSET
    handle: Annotated[
        Handle | UnsetType,
        Meta(description="Their handle; by default the one that they want, or one like it."),
    ] = UNSET


@routes.post(
    ONE + "/decision",
    requires(Permission.APPLICATION_DECIDE),
    leads={"get_ambassador": {"handle": "handle"}},
)
async def decide_application(
    call: Call, program: Slug, application: Id, body: ApplicationDecision, match: Match
) -> ApplicationView:
    """Accept or decline an application.

    Whoever is accepted is an ambassador at once, with a handle, a tenure and the role; what they
    have shown counts for no tenure. Where a committee votes, this confirms what it has decided;
    anything else is an override and takes a reason (409 `override_needed` without). There is one
    decision: whoever comes later gets 409 `already_decided` with the application.
    """
    decision = decisions.Decision(
        body.outcome,
        body.reason or None,
        body.applicant_note or None,
        body.committee_note or None,
        body.override_reason or None,
        body.vouched or (),
        body.person_id or None,
        body.handle or None,
    )
    with telling(Shown, view):
        return view(await decisions.decide(call, program, application, decision, match.check))
