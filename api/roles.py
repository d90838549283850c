"""Roles over HTTP: who is what, where, from when until when."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Moment, Name, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from domain import roles
from domain.call import Call
from domain.rules.access import Permission, Role

routes = Routes("Roles", "What an account is, in a program or in the whole instance, and how long.")


class RoleAssignmentView(Struct, frozen=True):
    """A role of an account."""

    id: Id
    account_id: Annotated[Id, Meta(description="Who holds it.")]
    account_name: Annotated[Name, Meta(description="What the account is called.")]
    role: Annotated[Role, Meta(description="What the account is.")]
    program: Annotated[Slug | None, Meta(description="Where; null for the whole instance.")]
    valid_from: Annotated[Moment, Meta(description="From when it holds.")]
    valid_until: Annotated[
        Moment | None, Meta(description="From when it holds no more; null: no end is set.")
    ]
    assigned_by: Annotated[
        Id | None, Meta(description="The account; null when an invitation was redeemed.")
    ]
    version: Version


class NewRoleAssignment(Struct, frozen=True, forbid_unknown_fields=True):
    """A role to assign."""

    account_id: Annotated[Id, Meta(description="Who is to hold it.")]
    role: Annotated[Role, Meta(description="What the account is to be.", examples=["manager"])]
    program: Annotated[
        Slug | UnsetType,
        Meta(description="Where; every role but the owner's needs one.", examples=["demo"]),
    ] = UNSET
    valid_from: Annotated[
        Moment | UnsetType, Meta(description="From when it holds; absent: from now on.")
    ] = UNSET
    valid_until: Annotated[
        Moment | UnsetType, Meta(description="From when it holds no more; absent: no end.")
    ] = UNSET


class RoleQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of the list of roles."""

    program: Annotated[Slug | None, Meta(description="Only roles in this program.")] = None
    account: Annotated[Id | None, Meta(description="Only this account's roles.")] = None
    role: Annotated[Role | None, Meta(description="Only this role.")] = None
    ended: Annotated[bool, Meta(description="True: those that have ended too.")] = False


class _Place(Struct, frozen=True):
    id: Id


def view(assignment: roles.RoleAssignment) -> RoleAssignmentView:
    """The wire form of a role assignment."""
    return msgspec.convert(assignment, RoleAssignmentView, from_attributes=True)


@routes.get("/roles", requires(Permission.ROLE_READ))
async def list_roles(call: Call, query: RoleQuery) -> Page[RoleAssignmentView]:
    """List who is what.

    In the programs where the caller may read roles, in the order in which they were assigned.
    """
    after = place(query, _Place)
    where = roles.Filter(query.program, query.account, query.role, query.ended)
    rows = await roles.page(call, where, after=after.id if after else None, limit=query.limit)
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.post("/roles", requires(Permission.ROLE_MANAGE), creates=True, location="/v1/roles/{id}")
async def assign_role(call: Call, body: NewRoleAssignment) -> RoleAssignmentView:
    """Assign a role to an account.

    Nobody gives a role that permits more than they may do there themselves.
    """
    draft = roles.Draft(
        account_id=body.account_id,
        role=body.role,
        program=body.program or None,
        valid_from=body.valid_from or None,
        valid_until=body.valid_until or None,
    )
    made = await roles.assign(call, draft)
    return view(await roles.get(call, made, Permission.ROLE_MANAGE))


@routes.get("/roles/{assignment}", requires(Permission.ROLE_READ))
async def get_role(call: Call, assignment: Id) -> RoleAssignmentView:
    """Get a role assignment."""
    return view(await roles.get(call, assignment, Permission.ROLE_READ))


@routes.delete("/roles/{assignment}", requires(Permission.ROLE_MANAGE))
async def end_role(call: Call, assignment: Id, match: Match) -> None:
    """End a role.

    From now on; the assignment stays on record. The last owner's role cannot be ended.
    """
    await roles.end(call, assignment, match.check)
