"""Posting contributions over HTTP: one by hand, one under a source's key, as many as there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.contribution_body import (
    ContributionBody,
    ContributionLine,
    NewContribution,
    SourceKey,
    draft,
)
from api.contribution_views import ContributionView, view
from api.http.access import requires
from api.http.answers import Answers
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Slug
from api.http.lines import Batch, Lines
from api.http.problems import ProblemFault, faults_of
from api.http.refusals import telling
from domain import contribution_posts as posts
from domain import contributions
from domain.call import Call
from domain.contribution_posts import Line, Result, Told, Warned
from domain.contributions import Shown
from domain.errors import DomainError
from domain.rules.access import Permission

routes = Routes("Posting", "How tools and people record contributions.")

LIST = "/programs/{program}/contributions"
KEYED = "/programs/{program}/sources/{source}/contributions/{key}"

Became = Annotated[
    Result,
    Meta(description="`unchanged`: the source has sent just that before.", examples=["created"]),
]
Warnings = Annotated[
    list[Warned],
    Meta(
        description=(
            "`duplicate_suspected`: a reviewer looks whether it is one;"
            " `unmatched`: nobody is known yet under an identity that it names."
        ),
        examples=[["unmatched"]],
    ),
]
Place = Annotated[
    int,
    Meta(
        ge=0,
        description="The number of the line, or of the array's element, from 0.",
        examples=[0],
        extra_json_schema={"format": "int64"},
    ),
]
Quantity = Annotated[
    int,
    Meta(
        ge=0,
        description="How many lines.",
        examples=[1],
        extra_json_schema={"format": "int64"},
    ),
]


class PostedContribution(Struct, frozen=True):
    """What became of a contribution that a source sent, and the record as it is now."""

    result: Became
    warnings: Warnings
    contribution: ContributionView

    @property
    def version(self) -> int:
        """The record's, for the ETag."""
        return self.contribution.version

    @property
    def created(self) -> bool:
        """Whether the request created the record."""
        return self.result is Result.CREATED


class ContributionResult(Struct, frozen=True):
    """What became of one line."""

    index: Place
    result: Became
    id: Annotated[
        Id | UnsetType, Meta(description="The contribution; absent where nothing is recorded.")
    ] = UNSET
    errors: Annotated[list[ProblemFault] | UnsetType, Meta(description="Why it was rejected.")] = (
        UNSET
    )
    warnings: Warnings | UnsetType = UNSET


class Tally(Struct, frozen=True):
    """How many lines became what."""

    created: Quantity
    unchanged: Quantity
    updated: Quantity
    rejected: Quantity


class ContributionSummary(Struct, frozen=True):
    """The last line: everything was read, and this is what became of it."""

    summary: Tally


@routes.post(
    LIST,
    requires(Permission.CONTRIBUTION_SUBMIT),
    creates=True,
    location="/v1/programs/{program}/contributions/{id}",
)
async def create_contribution(call: Call, program: Slug, body: NewContribution) -> ContributionView:
    """Record a contribution.

    Without `participants` it is the caller's own. It is accepted at once where the policy says so,
    or where a reviewer records it who has no part in it; otherwise it waits for a review.
    """
    return view(await posts.submit(call, program, draft(body)))


@routes.get(KEYED, requires(Permission.CONTRIBUTION_SUBMIT))
async def get_keyed_contribution(
    call: Call, program: Slug, source: Slug, key: SourceKey
) -> ContributionView:
    """Get a contribution by the source's own key.

    A tool sees what it has sent itself, whatever became of it.
    """
    return view(await contributions.keyed(call, program, source, key))


@routes.put(
    KEYED,
    requires(Permission.CONTRIBUTION_SUBMIT),
    may_create=True,
)
async def put_contribution(
    call: Call, program: Slug, source: Slug, key: SourceKey, body: ContributionBody, match: Match
) -> PostedContribution:
    """Record a contribution under the source's own key.

    The same body again changes nothing, whatever reviewers have done meanwhile; so send it as
    often as you like. Another body updates what nobody has decided on or corrected, and what a
    trusted source sent; anything else is a 409 with the `current` record.
    """
    check = None if match.versions is None else match.check
    with telling(Shown, view):
        posted = await posts.put(call, program, source, key, draft(body), check)
    return PostedContribution(posted.result, list(posted.warnings), view(posted.contribution))


@routes.post(LIST + "/bulk", requires(Permission.CONTRIBUTION_SUBMIT))
async def post_contributions(
    call: Call, program: Slug, body: Lines[ContributionLine]
) -> Answers[ContributionResult | ContributionSummary]:
    """Record as many contributions as there are.

    Each line stands for itself, as `putContribution` takes it, with its `source` and `key`. The
    answer has a line for each, in their order, and a summary at the end. After a broken
    connection send everything again: what was recorded is `unchanged`.
    """
    answers = Answers[ContributionResult | ContributionSummary]()
    tally: Counter[Result] = Counter()
    async for told in posts.bulk(call, program, read(body)):
        answers.write(map(answer, told))
        tally.update(one.outcome.result for one in told)
    answers.write([ContributionSummary(Tally(*(tally[result] for result in Result)))])
    return answers


async def read(lines: Lines[ContributionLine]) -> AsyncIterator[Sequence[Line]]:
    """The lines of a body, read and decoded a batch at a time."""
    async for batch in lines:
        yield decoded(lines, batch)


def decoded(lines: Lines[ContributionLine], batch: Batch) -> list[Line]:
    """A batch of lines as far as they can be read."""
    found: list[Line] = []
    for index, raw in batch:
        try:
            line = lines.decode(raw)
            found.append(Line(index, line.source, line.key, draft(line)))
        except DomainError as error:
            found.append(Line(index, error=error))
    return found


def answer(told: Told) -> ContributionResult:
    """The answer to a line."""
    outcome = told.outcome
    return ContributionResult(
        told.index,
        outcome.result,
        outcome.id or UNSET,
        UNSET if outcome.error is None else faults_of(outcome.error),
        list(outcome.warnings) or UNSET,
    )
