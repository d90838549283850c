"""Looks of connectors over HTTP: now, no more, again, and what the next one would record."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Count, Slug
from api.sources import ONE, SourceSlug, SourceView, view
from domain import connector_runs, connector_turns
from domain.call import Call
from domain.connector_runs import Preview
from domain.connectors import Recorded
from domain.rules.access import Permission
from domain.rules.connectors import EntryResult, Found
from domain.rules.contributions import Named

routes = Routes("Connectors", "How sources get contributions without anybody's effort.")

MOST_SHOWN = 100


class PreviewEntry(Struct, frozen=True):
    """An entry, and what would become of it."""

    key: Annotated[
        str, Meta(description="Its contribution's key.", examples=["e-5f2c80f4f7b3c1d2"])
    ]
    title: Annotated[str, Meta(description="Its title.", examples=["Queues without tears"])]
    type: Annotated[str | None, Meta(description="The contribution's type.", examples=["article"])]
    occurred_on: Annotated[
        str | None, Meta(description="Its day, month or year.", examples=["2026-03-01"])
    ]
    participants: Annotated[
        list[str],
        Meta(description="Who did it, as named.", examples=[["ambassador:amara-okafor"]]),
    ]
    result: Annotated[
        EntryResult,
        Meta(
            description="`skipped`: it would be no contribution; `rejected`: it could be none.",
            examples=["created"],
        ),
    ]
    why: Annotated[
        str | None,
        Meta(description="Why nothing would be done.", examples=["It has none of the keywords."]),
    ]


class PreviewCounts(Struct, frozen=True):
    """How many of all entries would become what."""

    created: Count
    updated: Count
    unchanged: Count
    rejected: Count
    skipped: Count


class SourcePreview(Struct, frozen=True):
    """What a look would record now."""

    items: Annotated[
        list[PreviewEntry], Meta(description=f"The first {MOST_SHOWN} entries, as they come.")
    ]
    counts: PreviewCounts


@routes.post(ONE + "/pause", requires(Permission.SOURCE_MANAGE))
async def pause_source(call: Call, program: Slug, source: SourceSlug, match: Match) -> SourceView:
    """Pause a source's connector.

    It looks at nothing until it is resumed, and what webhooks tell it waits.
    """
    return view(await connector_turns.pause(call, program, source, match.check))


@routes.post(ONE + "/resume", requires(Permission.SOURCE_MANAGE))
async def resume_source(call: Call, program: Slug, source: SourceSlug, match: Match) -> SourceView:
    """Resume a source's connector.

    It looks at once, and what webhooks have told it is recorded.
    """
    return view(await connector_turns.resume(call, program, source, match.check))


@routes.post(ONE + "/runs", requires(Permission.SOURCE_MANAGE), status=202)
async def run_source(call: Call, program: Slug, source: SourceSlug) -> SourceView:
    """Have a source's connector look now.

    A worker does it within moments; `last_run_at` says when it has. Only feeds and calendars are
    looked at.
    """
    return view(await connector_runs.run_now(call, program, source))


@routes.post(ONE + "/preview", requires(Permission.SOURCE_MANAGE))
async def preview_source(call: Call, program: Slug, source: SourceSlug) -> SourcePreview:
    """Show what a source's connector would record now.

    It looks, and tells of each entry what would become of it; nothing is written. Also of a paused
    one. When nothing can be read, the problem says why.
    """
    return preview(await connector_runs.preview(call, program, source))


def preview(made: Preview) -> SourcePreview:
    """The wire form of a preview."""
    pairs = list(zip(made.found, made.recorded, strict=True))
    results = [one.result for one in made.recorded]
    counts = PreviewCounts(
        created=results.count(EntryResult.CREATED),
        updated=results.count(EntryResult.UPDATED),
        unchanged=results.count(EntryResult.UNCHANGED),
        rejected=results.count(EntryResult.REJECTED),
        skipped=results.count(EntryResult.SKIPPED),
    )
    return SourcePreview([entry(found, one) for found, one in pairs[:MOST_SHOWN]], counts)


def entry(found: Found, recorded: Recorded) -> PreviewEntry:
    """The wire form of an entry."""
    draft = found.draft
    people = draft.participants if draft else ()
    return PreviewEntry(
        found.key,
        found.title,
        draft and draft.type,
        draft and draft.occurred_on,
        [who(one) for one in people],
        recorded.result,
        recorded.why,
    )


def who(one: Named) -> str:
    """Somebody as they are named."""
    if one.identity is not None:
        return one.identity
    return f"person:{one.person}" if one.person else f"ambassador:{one.ambassador}"
