"""Promotions over HTTP: from one program to another, with both histories."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.ambassadors import ONE, path_of
from api.http.access import public, requires
from api.http.caching import Match
from api.http.endpoint import Moved, Routes
from api.http.fields import Day, Handle, Id, Reason, Slug
from api.http.paging import Page, PageQuery, page, place
from domain import promotions
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.ambassadors import same_handle

routes = Routes("Promotions", "Who went on from one program to another, such as from students.")


class PromotionView(Struct, frozen=True):
    """A promotion; the handles are those that the ambassador has now."""

    id: Id
    from_program: Annotated[Slug, Meta(description="The program that they left.")]
    from_handle: Annotated[Handle, Meta(description="Their handle there.")]
    to_program: Annotated[Slug, Meta(description="The program that they joined.")]
    to_handle: Annotated[Handle, Meta(description="Their handle there.")]
    promoted_on: Annotated[
        Day | None, Meta(description="The day; null where the day of joining is not public.")
    ]
    reason: Annotated[
        Reason | None, Meta(description="For the ambassador and the program's staff.")
    ]


class NewPromotion(Struct, frozen=True, forbid_unknown_fields=True):
    """Where an ambassador goes."""

    to: Annotated[Slug, Meta(description="The other program.", examples=["community"])]
    reason: Reason
    handle: Annotated[
        Handle | UnsetType, Meta(description="The handle there; by default the one from here.")
    ] = UNSET


class _Place(Struct, frozen=True):
    id: Id


def view(promotion: promotions.Promotion) -> PromotionView:
    """The wire form of a promotion."""
    return msgspec.convert(promotion, PromotionView, from_attributes=True)


@routes.get(ONE + "/promotions", public(), cached=True, moves=True)
async def list_promotions(
    call: Call, program: Slug, handle: Handle, query: PageQuery
) -> Page[PromotionView]:
    """List an ambassador's promotions.

    From this program and to it, newest first. The public sees those whose other end is public too;
    the ambassador and the program's staff see all, with the reasons.
    """
    before = place(query, _Place)
    current, rows = await promotions.page(
        call, program, handle, before=before.id if before else None, limit=query.limit
    )
    if not same_handle(current, handle):
        raise Moved(path_of(program, current) + "/promotions")
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.post(
    ONE + "/promotion",
    requires(Permission.AMBASSADOR_MANAGE),
    creates=True,
    location="/v1/programs/{to_program}/ambassadors/{to_handle}",
)
async def create_promotion(
    call: Call, program: Slug, handle: Handle, body: NewPromotion, match: Match
) -> PromotionView:
    """Promote an ambassador to another program.

    It needs ambassador:manage in both. They are an active ambassador there from today, and emeritus
    here with the reason; other programs are not touched. Refused for who is suspended or removed
    here, and for who is in the other program already.
    """
    draft = promotions.Draft(body.to, body.handle or None, body.reason)
    return view(await promotions.promote(call, program, handle, draft, match.check))
