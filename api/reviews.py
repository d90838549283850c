"""Reviews over HTTP: the queue, decisions on contributions, disputes, and suspected duplicates."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.contribution_body import PartialDay
from api.contribution_views import ContributionView, Status, view
from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import TEXT, Code, Handle, Id, Slug, Url, Version
from api.http.paging import Page, PageQuery, page, place
from api.http.problems import ProblemFault, faults_of
from domain import review_queue, reviews, verdicts
from domain.call import Call
from domain.review_queue import Compared, InCommon, Waiting
from domain.reviews import Decided, Decision, Item, Judgement, Reviewed
from domain.rules.access import Permission
from domain.rules.contributions import ContributionStatus, WaitingFor
from domain.rules.members import written
from domain.verdicts import Verdict

routes = Routes("Reviews", "How contributions are decided on, and how a decision is disputed.")

LIST = "/programs/{program}/contributions"
ONE = LIST + "/{contribution}"

Chosen = Annotated[Decision, Meta(description="What to do with it.", examples=["accept"])]
Note = Annotated[
    str,
    Meta(
        pattern=TEXT,
        min_length=1,
        max_length=1000,
        description="Words to the author; needed to return it, and to decline without reasons.",
        examples=["Which event was it?"],
    ),
]
Because = Annotated[Code | UnsetType, Meta(description="One of the policy's reasons to decline.")]
Said = Annotated[
    Verdict, Meta(description="`same`: one counts; `distinct`: both.", examples=["distinct"])
]


class ReviewBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision on a contribution."""

    decision: Chosen
    reason: Because = UNSET
    note: Note | UnsetType = UNSET


class ReviewItem(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision on one of many."""

    id: Id
    decision: Chosen
    reason: Because = UNSET
    note: Note | UnsetType = UNSET
    version: Annotated[
        Version | UnsetType, Meta(description="The version that you read; another is rejected.")
    ] = UNSET


class ReviewItems(Struct, frozen=True, forbid_unknown_fields=True):
    """Decisions on many contributions."""

    items: Annotated[
        list[ReviewItem],
        Meta(min_length=1, max_length=100, description="Each contribution at the most once."),
    ]


class ReviewResult(Struct, frozen=True):
    """What became of one of many decisions."""

    id: Id
    result: Annotated[
        Reviewed, Meta(description="`rejected`: nothing was changed.", examples=["accepted"])
    ]
    errors: Annotated[list[ProblemFault], Meta(description="Why it was rejected.")]


class ReviewResults(Struct, frozen=True):
    """What became of many decisions."""

    items: Annotated[list[ReviewResult], Meta(description="In the order of the request.")]


class NewDispute(Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody wants another look."""

    text: Annotated[
        str,
        Meta(
            pattern=TEXT,
            min_length=1,
            max_length=2000,
            description="Why it should count.",
            examples=["The recording is linked on the second page."],
        ),
    ]


class NewVerdict(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a contribution is the same as an earlier one."""

    of: Annotated[Id, Meta(description="The earlier one that it is suspected to be.")]
    verdict: Said
    note: Annotated[Note | UnsetType, Meta(description="Words to the author.")] = UNSET


class ComparedView(Struct, frozen=True):
    """An earlier contribution, with what it takes to compare."""

    id: Id
    type: Code
    title: Annotated[
        str,
        Meta(description="What it is called.", max_length=500, examples=["Consumers that forgive"]),
    ]
    occurred_on: PartialDay
    url: Annotated[Url | None, Meta(description="Where it can be seen.")]
    source: Annotated[Slug | None, Meta(description="Where it came from; null: by hand.")]
    status: Status


class SuspicionView(Struct, frozen=True):
    """An earlier contribution that this one may be the same as."""

    contribution: ComparedView
    why: Annotated[
        InCommon | None,
        Meta(
            description="What both have: the address, or type, title and date; null: nothing any "
            "more, since one was corrected.",
            examples=["url"],
        ),
    ]
    verdict: Annotated[
        Verdict | None, Meta(description="Null: nobody has said yet.", examples=["distinct"])
    ]


class WaitingView(Struct, frozen=True):
    """A contribution that waits for a decision."""

    contribution: ContributionView
    suspects: Annotated[list[SuspicionView], Meta(description="What it may be the same as.")]


class ReviewQueueQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of the review queue."""

    status: Annotated[
        ContributionStatus | None,
        Meta(
            description="`pending` or `disputed`, by default both; `accepted` lists what came "
            "under suspicion by a correction. Nothing else waits.",
            examples=["pending"],
        ),
    ] = None
    waiting_for: Annotated[
        WaitingFor, Meta(description="Whose turn it is.", examples=["reviewer"])
    ] = WaitingFor.REVIEWER
    type: Annotated[Code | None, Meta(description="Only of this type.")] = None
    source: Annotated[Slug | None, Meta(description="Only from this source.")] = None
    ambassador: Annotated[Handle | None, Meta(description="Only of this ambassador.")] = None
    suspected: Annotated[
        bool | None, Meta(description="Only what may be a duplicate, or only what may not.")
    ] = None
    announced: Annotated[
        bool, Meta(description="Also what is still to come, and cannot be accepted yet.")
    ] = False


class _Place(Struct, frozen=True):
    id: Id


@routes.get(LIST + "/review-queue", requires(Permission.CONTRIBUTION_REVIEW))
async def list_review_queue(
    call: Call, program: Slug, query: ReviewQueueQuery
) -> Page[WaitingView]:
    """List what waits for a decision.

    Oldest first. Your own are left out, because somebody else decides on them.
    """
    after = place(query, _Place)
    rows = await review_queue.page(
        call,
        program,
        review_queue.Narrowed(
            query.status,
            query.waiting_for,
            query.type,
            query.source,
            query.ambassador,
            query.suspected,
            query.announced,
        ),
        after=after.id if after else None,
        limit=query.limit,
    )
    return page(query, rows, [_waiting(row) for row in rows], _Place)


@routes.post(ONE + "/review", requires(Permission.CONTRIBUTION_REVIEW))
async def review_contribution(
    call: Call, program: Slug, contribution: Id, body: ReviewBody, match: Match
) -> ContributionView:
    """Decide on a contribution.

    What is pending or disputed is accepted, declined for one of the policy's reasons (or, where it
    lists none, with a note), or returned to its author for correction. Accepting what may be a
    duplicate says that it is none. A decision is taken once: the same again is a 409, too
    (`already_decided`). Nobody decides on their own, and a dispute is not for who declined.
    """
    judgement = _judgement(body)
    return view(await reviews.review(call, program, contribution, judgement, match.check))


@routes.post(LIST + "/reviews", requires(Permission.CONTRIBUTION_REVIEW))
async def review_contributions(call: Call, program: Slug, body: ReviewItems) -> ReviewResults:
    """Decide on many contributions.

    Each decision stands for itself: what cannot be decided is `rejected` with its `errors`, and the
    rest is done.
    """
    items = [
        Item(one.id, _judgement(one), None if one.version is UNSET else one.version)
        for one in body.items
    ]
    decided = await reviews.review_many(call, program, items)
    return ReviewResults([_result(one) for one in decided])


@routes.post(ONE + "/dispute", requires(Permission.SELF_MANAGE))
async def dispute_contribution(
    call: Call, program: Slug, contribution: Id, body: NewDispute, match: Match
) -> ContributionView:
    """Dispute that a contribution was declined.

    Once, by somebody whose contribution it is; somebody else than who declined it decides then.
    What was declined as a `duplicate` can be disputed as well.
    """
    return view(await reviews.dispute(call, program, contribution, body.text, match.check))


@routes.post(ONE + "/verdict", requires(Permission.CONTRIBUTION_REVIEW))
async def give_contribution_verdict(
    call: Call, program: Slug, contribution: Id, body: NewVerdict, match: Match
) -> ContributionView:
    """Say whether a contribution is the same as an earlier one.

    `distinct`: both count; the contribution is accepted if the suspicion alone kept the policy from
    accepting it at once, and waits for a review otherwise. `same`: it is declined as a `duplicate`
    (`same_as` is the one that counts), and its people are added to the other one.
    """
    note = body.note or None
    return view(
        await verdicts.give(call, program, contribution, body.of, body.verdict, note, match.check)
    )


def _judgement(body: ReviewBody | ReviewItem) -> Judgement:
    return Judgement(body.decision, body.reason or None, body.note or None)


def _result(one: Decided) -> ReviewResult:
    return ReviewResult(one.id, one.result, [] if one.error is None else faults_of(one.error))


def _waiting(one: Waiting) -> WaitingView:
    return WaitingView(view(one.contribution), [_suspicion(each) for each in one.suspects])


def _suspicion(one: Compared) -> SuspicionView:
    other = one.other
    known = {name: getattr(other, name) for name in ComparedView.__struct_fields__ if name != "id"}
    known |= {"id": other.other_id, "occurred_on": written(other.occurred_on, other.date_precision)}
    return SuspicionView(msgspec.convert(known, ComparedView), one.why, other.verdict)
