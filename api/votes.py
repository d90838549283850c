"""Votes over HTTP: one's own, everybody's where the ballot is open, and the tally."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import TEXT, Count, Id, Moment, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from api.rounds import (
    APPLICATION,
    ROUND,
    BallotKind,
    Earliest,
    Latest,
    Outcome,
    PolicyVersion,
    RoundNumber,
)
from domain import ballots
from domain.ballots import Elector, Said, Tally
from domain.call import Call
from domain.rounds import Round
from domain.rules.access import Permission
from domain.rules.votes import Choice, Recusal

routes = Routes("Votes", "What the members of the committee say, and what that comes to.")

MINE = APPLICATION + "/votes/mine"

RecusalReason = Annotated[
    str,
    Meta(
        pattern=TEXT,
        min_length=1,
        max_length=1000,
        description="Why; read by the committee and the managers.",
        examples=["We share a flat."],
    ),
]


class VoteView(Struct, frozen=True):
    """An elector of a vote, and what they said."""

    round_id: Id
    account_id: Id
    name: Annotated[str, Meta(description="Of the account, as it is now.", examples=["Bo Ling"])]
    company: Annotated[
        str | None,
        Meta(description="Where they worked at the opening.", examples=["Invented Ltd"]),
    ]
    voted: Annotated[bool, Meta(description="Whether they have voted.")]
    voted_at: Annotated[Moment | None, Meta(description="When they said so last.")]
    choice: Annotated[
        Choice | None,
        Meta(description="Null without a vote, and always in a secret ballot.", examples=["for"]),
    ]
    recusal: Annotated[
        Recusal | None,
        Meta(
            description="Why they have no vote: as the applicant, the nominator or of the "
            "applicant's company, or as they declared; null: they have one.",
            examples=["declared"],
        ),
    ]
    recusal_reason: Annotated[RecusalReason | None, Meta(description="Why they declared it.")]
    version: Version


class NewVote(Struct, frozen=True, forbid_unknown_fields=True):
    """What you say."""

    choice: Annotated[
        Said,
        Meta(
            description="`recused`: you leave the electorate, before the earliest close.",
            examples=["for"],
        ),
    ]
    reason: Annotated[
        RecusalReason | UnsetType | None, Meta(description="Why you are recused; else absent.")
    ] = UNSET


class VoteTally(Struct, frozen=True):
    """What a vote needs, what is there, and when it can close."""

    round_id: Id
    number: RoundNumber
    policy_version: PolicyVersion
    ballot: BallotKind
    result: Outcome
    voters: Annotated[Count, Meta(description="The electorate without the recused.")]
    recused: Annotated[Count, Meta(description="Who of the electorate has no vote.")]
    voted: Annotated[Count, Meta(description="Voters who have voted.")]
    need: Annotated[Count, Meta(description="Voters who have to be for it.")]
    votes_for: Annotated[Count | None, Meta(description="Null in a secret ballot until it closes.")]
    votes_against: Annotated[
        Count | None, Meta(description="Null in a secret ballot until it closes.")
    ]
    votes_abstain: Annotated[
        Count | None, Meta(description="Null in a secret ballot until it closes.")
    ]
    opened_at: Moment
    earliest_close: Earliest
    latest_close: Latest
    closes_at: Annotated[
        Moment, Meta(description="When it closes as things stand, or when it closed.")
    ]
    words: Annotated[
        list[str],
        Meta(
            description="The same in English, with times of the program's time zone.",
            examples=[["21 of 40 voters have to be for it."]],
        ),
    ]


def view(poll: Round, elector: Elector) -> VoteView:
    """The wire form of an elector's vote; a secret choice is nobody's to read."""
    return VoteView(
        round_id=poll.id,
        account_id=elector.account_id,
        name=elector.name,
        company=elector.company,
        voted=elector.voted_at is not None,
        voted_at=elector.voted_at,
        choice=elector.choice,
        recusal=elector.recusal,
        recusal_reason=elector.recusal_reason,
        version=elector.version,
    )


def tally_view(tally: Tally) -> VoteTally:
    """The wire form of a tally."""
    poll = tally.round
    return VoteTally(
        round_id=poll.id,
        number=poll.number,
        policy_version=poll.policy_version,
        ballot=poll.ballot,
        result=poll.result,
        voters=tally.voters,
        recused=tally.recused,
        voted=tally.voted,
        need=tally.need,
        votes_for=tally.votes_for,
        votes_against=tally.votes_against,
        votes_abstain=tally.votes_abstain,
        opened_at=poll.opened_at,
        earliest_close=poll.earliest_close,
        latest_close=poll.latest_close,
        closes_at=tally.closes_at,
        words=tally.words,
    )


@routes.get(MINE, requires(Permission.VOTE_CAST))
async def get_own_vote(call: Call, program: Slug, application: Id) -> VoteView:
    """Get your own vote.

    In the vote on the application that was opened last; 404 when you are not of its electorate.
    """
    return view(*await ballots.mine(call, program, application))


@routes.put(MINE, requires(Permission.VOTE_CAST), leads={"get_tally": {}})
async def replace_own_vote(
    call: Call, program: Slug, application: Id, body: NewVote, match: Match
) -> VoteView:
    """Vote, or be recused.

    Until the vote closes you can say something else. An answer of 200 means that it counts; after
    the close it is refused (`vote_closed`).
    """
    reason = body.reason or None
    return view(*await ballots.cast(call, program, application, body.choice, reason, match.check))


@routes.delete(MINE, requires(Permission.VOTE_CAST))
async def delete_own_vote(call: Call, program: Slug, application: Id, match: Match) -> None:
    """Take your vote back, or before the earliest close your recusal.

    As if you had never voted; without a vote nothing changes.
    """
    await ballots.retract(call, program, application, match.check)


@routes.get(ROUND + "/votes", requires(Permission.APPLICATION_READ))
async def list_votes(
    call: Call, program: Slug, application: Id, round: Id, query: PageQuery
) -> Page[VoteView]:
    """List the electorate of a vote, with what each said.

    In a secret ballot only whether they voted.
    """
    after = place(query, ballots.Place)
    poll, rows = await ballots.page(
        call, program, application, round, after=after, limit=query.limit
    )
    return page(query, rows, [view(poll, row) for row in rows], ballots.Place)


@routes.get(
    APPLICATION + "/tally",
    requires(Permission.APPLICATION_READ),
    leads={"decide_application": {}},
)
async def get_tally(call: Call, program: Slug, application: Id) -> VoteTally:
    """Get the tally of the last vote on an application.

    What is needed, what is there, and when it can close. A secret ballot is counted at its close.
    """
    return tally_view(await ballots.tally(call, program, application))
