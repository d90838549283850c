"""Sources over HTTP."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api import source_connectors
from api.connector_settings import ConnectorBody, draft
from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Moment, Name, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from api.source_connectors import ConnectorView
from domain import sources
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.sources import Trust

routes = Routes("Sources", "Where tools' contributions come from, and which tokens write there.")

LIST = "/programs/{program}/sources"
ONE = LIST + "/{source}"

SourceSlug = Annotated[
    Slug, Meta(description="Names the source; it never changes.", examples=["meetup-bot"])
]
SourceName = Annotated[Name, Meta(description="What people call it.", examples=["Meetup bot"])]
SourceTrust = Annotated[
    Trust,
    Meta(
        description="Whether the policy may accept what it sends without a review.",
        examples=["untrusted"],
    ),
]
Tokens = Annotated[
    list[Id],
    Meta(max_length=100, description="Ids of the tokens that may write to it, of any account."),
]


class SourceView(Struct, frozen=True):
    """A source."""

    id: Id
    slug: SourceSlug
    name: SourceName
    trust: SourceTrust
    tokens: Annotated[list[Id], Meta(description="Ids of the tokens that may write to it.")]
    connector: Annotated[
        ConnectorView | None,
        Meta(description="How it gets contributions by itself; null: only tools post to it."),
    ]
    version: Version
    created_at: Moment
    updated_at: Moment


class NewSource(Struct, frozen=True, forbid_unknown_fields=True):
    """A source to create."""

    slug: SourceSlug
    name: SourceName
    trust: SourceTrust | UnsetType = UNSET
    tokens: Tokens | UnsetType = UNSET
    connector: ConnectorBody | UnsetType = UNSET
    paused: Annotated[
        bool | UnsetType,
        Meta(description="Whether the connector begins paused, to be looked at in a preview."),
    ] = UNSET


class SourcePatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of a source."""

    name: SourceName | UnsetType = UNSET
    trust: SourceTrust | UnsetType = UNSET
    tokens: Annotated[Tokens | UnsetType, Meta(description="All of them, not those to add.")] = (
        UNSET
    )
    connector: Annotated[
        ConnectorBody | UnsetType,
        Meta(description="All its settings; its kind stays, and its secret unless one is given."),
    ] = UNSET


class _Place(Struct, frozen=True):
    slug: str


def view(source: sources.Shown, *, whole: bool = True) -> SourceView:
    """The wire form of a source, for who may manage it; otherwise not `whole`."""
    return SourceView(
        source.id,
        source.slug,
        source.name,
        source.trust,
        source.tokens,
        source.connector and source_connectors.view(source.connector, whole=whole),
        source.version,
        source.created_at,
        source.updated_at,
    )


@routes.get(LIST, requires(Permission.SOURCE_READ))
async def list_sources(call: Call, program: Slug, query: PageQuery) -> Page[SourceView]:
    """List the sources of a program.

    In the order of their slugs.
    """
    after = place(query, _Place)
    rows = await sources.page(call, program, after=after.slug if after else None, limit=query.limit)
    whole = call.actor.may(Permission.SOURCE_MANAGE, program)
    return page(query, rows, [view(row, whole=whole) for row in rows], _Place)


@routes.post(
    LIST,
    requires(Permission.SOURCE_MANAGE),
    creates=True,
    location="/v1/programs/{program}/sources/{slug}",
)
async def create_source(call: Call, program: Slug, body: NewSource) -> SourceView:
    """Create a source.

    Its tokens may be of any account; each writes only to the sources that list it, and one may be
    in several. Without a trust it is untrusted. A connector looks at once, unless it is paused.
    """
    paused, connector = body.paused or False, body.connector
    made = sources.Draft(
        body.slug,
        body.name,
        body.trust or Trust.UNTRUSTED,
        body.tokens or (),
        None if connector is UNSET else draft(connector, paused=paused),
    )
    return view(await sources.create(call, program, made))


@routes.get(ONE, requires(Permission.SOURCE_READ))
async def get_source(call: Call, program: Slug, source: SourceSlug) -> SourceView:
    """Get a source.

    Whom the settings of its connector name is shown to who may manage sources.
    """
    whole = call.actor.may(Permission.SOURCE_MANAGE, program)
    return view(await sources.get(call, program, source), whole=whole)


@routes.patch(ONE, requires(Permission.SOURCE_MANAGE))
async def update_source(
    call: Call, program: Slug, source: SourceSlug, body: SourcePatch, match: Match
) -> SourceView:
    """Change a source's name, its trust, its tokens or its connector.

    The tokens are replaced whole, and so are the settings of the connector. What it has sent stays
    as it is.
    """
    connector = UNSET if body.connector is UNSET else draft(body.connector)
    changes = sources.Changes(body.name, body.trust, body.tokens, connector)
    return view(await sources.update(call, program, source, changes, match.check))


@routes.delete(ONE, requires(Permission.SOURCE_MANAGE))
async def delete_source(call: Call, program: Slug, source: SourceSlug, match: Match) -> None:
    """Delete a source.

    Refused once contributions came from it; take its tokens away instead.
    """
    await sources.delete(call, program, source, match.check)
