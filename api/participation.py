"""Participation over HTTP: who of the committee takes part in its votes."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.http.access import requires
from api.http.endpoint import Routes
from api.http.fields import Count, Day, Id, Moment, Slug
from api.http.paging import Page, PageQuery, page, place
from domain import participation
from domain.call import Call
from domain.participation import Participant
from domain.rules.access import Permission
from domain.rules.participation import Participation

routes = Routes("Committee", "Who decides on applications, and whether they do.")


class CommitteeVote(Struct, frozen=True):
    """What a member did in one closed vote."""

    round_id: Id
    application_id: Id
    closed_at: Moment
    participation: Annotated[
        Participation,
        Meta(
            description="`voted`: in a secret ballot, nobody knows what; `not_a_member`: not (yet) "
            "when it was opened, which is never counted.",
            examples=["for"],
        ),
    ]


class CommitteeMember(Struct, frozen=True):
    """A member of the committee, and their part in its votes."""

    account_id: Id
    name: Annotated[str, Meta(description="Of the account, as it is now.", examples=["Bo Ling"])]
    since: Annotated[Moment, Meta(description="Since when they are in the committee.")]
    missed: Annotated[
        Count, Meta(description="Votes missed one after the other, up to the last one.")
    ]
    first_missed_on: Annotated[Day | None, Meta(description="When the first of these closed.")]
    last_missed_on: Annotated[Day | None, Meta(description="When the last of these closed.")]
    inactive: Annotated[
        bool | None,
        Meta(description="By the policy's rule; null where the policy has none."),
    ]
    votes: Annotated[
        list[CommitteeVote],
        Meta(max_length=100, description="The last votes that were not cancelled, newest first."),
    ]


def view(one: Participant) -> CommitteeMember:
    """The wire form of a member's part in the votes."""
    record = one.record
    return CommitteeMember(
        account_id=one.account_id,
        name=one.name,
        since=one.since,
        missed=record.missed,
        first_missed_on=record.first_missed_on,
        last_missed_on=record.last_missed_on,
        inactive=record.inactive,
        votes=[
            CommitteeVote(
                each.round.id,
                each.round.application_id,
                each.round.closed_at or each.round.latest_close,
                each.participation,
            )
            for each in one.answers
        ],
    )


@routes.get("/programs/{program}/committee/participation", requires(Permission.APPLICATION_READ))
async def list_participation(call: Call, program: Slug, query: PageQuery) -> Page[CommitteeMember]:
    """List the members of the committee with their part in its votes.

    Whoever missed as many votes in a row as the policy says, of which the first and the last closed
    so far apart, is `inactive`; votes from before they joined count for nothing.
    """
    after = place(query, participation.Place)
    rows = await participation.page(call, program, after=after, limit=query.limit)
    return page(query, rows, [view(row) for row in rows], participation.Place)
