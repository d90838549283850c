"""Departures over HTTP: stepping down."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.ambassadors import ONE, AmbassadorView, view
from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import TEXT, Day, Handle, Reason, Slug
from domain import departures
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Departures", "Stepping down, with a goodbye.")

Farewell = Annotated[
    str,
    Meta(
        pattern=TEXT,
        min_length=1,
        max_length=5000,
        description="What they say as they leave.",
        examples=["Thank you all for three good years."],
    ),
]


class NewDeparture(Struct, frozen=True, forbid_unknown_fields=True):
    """A departure; all of it can be left out."""

    on: Annotated[
        Day | UnsetType, Meta(description="The first day as an emeritus; by default today.")
    ] = UNSET
    reason: Reason | UnsetType = UNSET
    farewell: Annotated[
        Farewell | UnsetType | None,
        Meta(description="Public when the program lists farewells; null takes it back."),
    ] = UNSET


@routes.post(ONE + "/departure", requires(Permission.SELF_MANAGE))
async def depart_ambassador(
    call: Call, program: Slug, handle: Handle, body: NewDeparture, match: Match
) -> AmbassadorView:
    """Step down as an ambassador.

    Yourself; with ambassador:manage anybody. They become emeritus and their tenure ends. Other
    programs stay as they are, and so do groups, roles and the account. An emeritus can say goodbye
    later too, or again.
    """
    departure = departures.Departure(body.on or None, body.reason or None, body.farewell)
    return view(await departures.depart(call, program, handle, departure, match.check))
