"""The event log over HTTP, for whoever follows what happens."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from api.http.access import requires
from api.http.endpoint import Routes
from api.http.fields import Id, Moment, Slug
from api.http.paging import Feed, FeedQuery, encode_cursor, place
from domain import events
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.events import EventType

routes = Routes("Events", "Facts that were announced, in one stable order.")


class EventView(Struct, frozen=True):
    """A fact that was announced. It holds ids, codes and days: read the record for the rest."""

    id: Id
    type: Annotated[str, Meta(description="noun.verb_past", examples=["program.created"])]
    at: Moment
    program: Annotated[Slug | None, Meta(description="Null for what belongs to no program.")]
    subject_id: Annotated[Id, Meta(description="The record that it is about.")]
    data: Annotated[
        dict[str, Any], Meta(description="Ids, codes and days.", examples=[{"slug": "demo"}])
    ]


class EventQuery(FeedQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Which events to read."""

    type: Annotated[
        tuple[EventType, ...],
        Meta(max_length=50, description="Only these types; repeat it for several."),
    ] = ()
    program: Annotated[Slug | None, Meta(description="Only events of this program.")] = None


@routes.get("/events", requires(Permission.EVENT_READ))
async def list_events(call: Call, query: EventQuery) -> Feed[EventView]:
    """Read what happened, and go on from there.

    Oldest first; of the programs where the caller may read events. There is always a `next`: send
    it as `after`, now or later, and nothing is missed and nothing comes twice, however many write
    at the same time. An event appears as soon as no older change is still under way.
    """
    found = await events.read(
        call,
        program=query.program,
        types=query.type,
        after=place(query, events.Place),
        limit=query.limit,
    )
    items = [msgspec.convert(event, EventView, from_attributes=True) for event in found.events]
    return Feed(items=items, next=encode_cursor(query, found.next))
