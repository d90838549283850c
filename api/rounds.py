"""Rounds over HTTP: the votes on an application as they were opened, and how each ended."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Count, Id, Moment, Reason, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from domain import rounds
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.policy_admission import Ballot
from domain.rules.votes import VoteResult

routes = Routes("Rounds", "The votes on applications: opened by rules that stay to the end.")

APPLICATION = "/programs/{program}/applications/{application}"
LIST = APPLICATION + "/rounds"
ROUND = LIST + "/{round}"

RoundNumber = Annotated[
    int,
    Meta(
        ge=1,
        le=2147483647,
        description="Which vote on the application it is, from 1.",
        examples=[1],
        extra_json_schema={"format": "int32"},
    ),
]
PolicyVersion = Annotated[
    Version,
    Meta(description="The policy's version at the opening, which governs it to its end."),
]
BallotKind = Annotated[
    Ballot,
    Meta(description="`secret`: nobody learns who voted how.", examples=["open"]),
]
Outcome = Annotated[
    VoteResult | None,
    Meta(
        description="Null while it is open. `expired`: without a result, to be looked at again.",
        examples=["passed"],
    ),
]
Earliest = Annotated[Moment, Meta(description="It does not close before, whatever is there.")]
Latest = Annotated[Moment, Meta(description="Then it closes, whatever is there.")]
Counted = Annotated[
    Count | None, Meta(description="Null until it closed, and where choices are never counted.")
]


class RoundView(Struct, frozen=True):
    """One vote on an application, with the rules that it was opened with."""

    id: Id
    application_id: Id
    number: RoundNumber
    policy_version: PolicyVersion
    ballot: BallotKind
    percent: Annotated[
        Count, Meta(description="The share of the voters, rounded up, that has to be for it.")
    ]
    minimum_voters: Annotated[Count, Meta(description="With fewer voters there is no result.")]
    close_on_passing: Annotated[
        bool, Meta(description="Whether it closes as soon as it has passed.")
    ]
    fail_early: Annotated[
        bool, Meta(description="Whether it closes as soon as it cannot pass any more.")
    ]
    confirm: Annotated[bool, Meta(description="Whether a manager confirms the result.")]
    opened_at: Moment
    opened_by: Annotated[
        Id | None,
        Meta(
            description="The account that opened it, or that applied; null: nobody in particular."
        ),
    ]
    earliest_close: Earliest
    latest_close: Latest
    closed_at: Annotated[Moment | None, Meta(description="Null while it is open.")]
    result: Outcome
    cancel_reason: Annotated[str | None, Meta(description="Why it was cancelled.")]
    voters: Annotated[
        Count | None,
        Meta(description="The committee at the opening without the recused; null until it closed."),
    ]
    need: Annotated[Count | None, Meta(description="How many had to be for it.")]
    votes_for: Counted
    votes_against: Counted
    votes_abstain: Counted
    version: Version
    updated_at: Moment


class Cancellation(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a vote is cancelled."""

    reason: Reason


def view(found: rounds.Round) -> RoundView:
    """The wire form of a round."""
    return msgspec.convert(found, RoundView, from_attributes=True)


@routes.get(LIST, requires(Permission.APPLICATION_READ))
async def list_rounds(
    call: Call, program: Slug, application: Id, query: PageQuery
) -> Page[RoundView]:
    """List the votes on an application.

    The last one first, each with the policy version that it was opened under.
    """
    after = place(query, rounds.Place)
    rows = await rounds.page(call, program, application, after=after, limit=query.limit)
    return page(query, rows, [view(row) for row in rows], rounds.Place)


@routes.post(
    LIST,
    requires(Permission.VOTE_MANAGE),
    creates=True,
    location="/v1/programs/{program}/applications/{application_id}/rounds/{id}",
    leads={"replace_own_vote": {}, "get_tally": {}},
)
async def create_round(call: Call, program: Slug, application: Id) -> RoundView:
    """Open a vote on an application.

    The committee as it is now is the electorate to the end; whoever applies, nominated them or
    works for the same company is recused. It is refused where too much of the committee is of one
    company (`company_cap_exceeded`) or too few could vote (`too_few_voters`). What the policy in
    force says counts to the end. An application that has expired can be voted on again.
    """
    return view(await rounds.start(call, program, application))


@routes.get(ROUND, requires(Permission.APPLICATION_READ))
async def get_round(call: Call, program: Slug, application: Id, round: Id) -> RoundView:
    """Get one vote on an application."""
    return view(await rounds.get(call, program, application, round))


@routes.post(LIST + "/current/cancellation", requires(Permission.VOTE_MANAGE))
async def cancel_round(
    call: Call, program: Slug, application: Id, body: Cancellation, match: Match
) -> RoundView:
    """Cancel the open vote on an application.

    The application is submitted again. The choices of a secret ballot are destroyed uncounted.
    """
    return view(await rounds.cancel(call, program, application, body.reason, match.check))
