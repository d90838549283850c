"""Grants over HTTP: who was offered which benefit, and what became of it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from api.ambassadors import ONE as AMBASSADOR
from api.ambassadors import path_of
from api.grant_views import GrantView, Status, Turn, view
from api.http.access import requires
from api.http.endpoint import Moved, Routes
from api.http.fields import Code, Handle, Id, Slug
from api.http.paging import Page, PageQuery, page, place
from domain import grants
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.ambassadors import same_handle

routes = Routes("Grants", "Benefits that were given to ambassadors, from the offer to the end.")

LIST = "/programs/{program}/grants"
ONE = LIST + "/{grant}"


class GrantsQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The filters of the list; several all have to fit."""

    status: Annotated[Status | None, Meta(description="Only grants of this status.")] = None
    benefit: Annotated[
        Code | None, Meta(description="Only grants of this benefit.", examples=["swag_pack"])
    ] = None
    ambassador: Annotated[Handle | None, Meta(description="Only those of this ambassador.")] = None
    awaiting: Annotated[Turn | None, Meta(description="Only those that wait for this.")] = None
    overdue: Annotated[
        bool, Meta(description="Only what was promised by a day that is over, and is not there.")
    ] = False


@routes.get(LIST, requires(Permission.GRANT_READ))
async def list_grants(call: Call, program: Slug, query: GrantsQuery) -> Page[GrantView]:
    """List the grants of a program.

    The newest first. What is to be sent is `awaiting=fulfilment`, what is late `overdue=true`.
    """
    before = place(query, grants.Place)
    where = grants.Filters(
        query.status, query.benefit, query.ambassador, query.awaiting, query.overdue
    )
    rows = await grants.page(
        call, program, where, before=before.id if before else None, limit=query.limit
    )
    return page(query, rows, [view(row) for row in rows], grants.Place)


@routes.get(ONE, requires(Permission.SELF_READ))
async def get_grant(call: Call, program: Slug, grant: Id) -> GrantView:
    """Get a grant.

    For the ambassador, and for those who work on grants; 404 for everybody else.
    """
    return view(await grants.get(call, program, grant))


@routes.get(AMBASSADOR + "/grants", requires(Permission.SELF_READ), moves=True)
async def list_ambassador_grants(
    call: Call, program: Slug, handle: Handle, query: PageQuery
) -> Page[GrantView]:
    """List an ambassador's grants.

    The newest first. For the ambassador, and for those who work on grants; 404 for everybody else.
    """
    before = place(query, grants.Place)
    current, rows = await grants.page_of(
        call, program, handle, before=before.id if before else None, limit=query.limit
    )
    if not same_handle(current, handle):
        raise Moved(path_of(program, current) + "/grants")
    return page(query, rows, [view(row) for row in rows], grants.Place)
