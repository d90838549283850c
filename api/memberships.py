"""Memberships over HTTP: the groups and roles of an ambassador, with their days."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.ambassadors import ONE, path_of
from api.http.access import public, requires
from api.http.caching import Match
from api.http.endpoint import Moved, Routes
from api.http.fields import Code, Day, Handle, Id, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from domain import memberships
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.ambassadors import same_handle
from domain.rules.memberships import MembershipKind

routes = Routes("Memberships", "Who is in which group and holds which role of a program, and when.")

LIST = ONE + "/memberships"
MEMBERSHIP = LIST + "/{membership}"

Kind = Annotated[
    MembershipKind, Meta(description="A group or a role of the policy.", examples=["group"])
]


class MembershipView(Struct, frozen=True):
    """One membership of an ambassador; its days are inclusive."""

    id: Id
    kind: Kind
    code: Annotated[Code, Meta(description="Its code in the policy.", examples=["tsc"])]
    valid_from: Annotated[Day | None, Meta(description="First day; null when unknown.")]
    valid_until: Annotated[Day | None, Meta(description="Last day; null while it is open.")]
    version: Annotated[Version, Meta(description="The version of the ambassador's record.")]


class NewMembership(Struct, frozen=True, forbid_unknown_fields=True):
    """A membership to add."""

    kind: Kind
    code: Annotated[Code, Meta(description="Its code in the policy.", examples=["tsc"])]
    valid_from: Annotated[
        Day | UnsetType | None, Meta(description="First day, by default today; null: unknown.")
    ] = UNSET
    valid_until: Annotated[
        Day | UnsetType | None, Meta(description="Last day; absent while it is open.")
    ] = UNSET


class MembershipPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """Days to correct."""

    valid_from: Annotated[Day | UnsetType | None, Meta(description="First day; null: unknown.")] = (
        UNSET
    )
    valid_until: Annotated[Day | UnsetType | None, Meta(description="Last day; null: open.")] = (
        UNSET
    )


class _Place(Struct, frozen=True):
    id: Id


def view(membership: memberships.Membership) -> MembershipView:
    """The wire form of a membership."""
    return msgspec.convert(membership, MembershipView, from_attributes=True)


@routes.get(LIST, public(), cached=True, moves=True)
async def list_memberships(
    call: Call, program: Slug, handle: Handle, query: PageQuery
) -> Page[MembershipView]:
    """List an ambassador's groups and roles.

    Past, present and future ones, in the order in which they were recorded.
    """
    after = place(query, _Place)
    current, rows = await memberships.page(
        call, program, handle, after=after.id if after else None, limit=query.limit
    )
    if not same_handle(current, handle):
        raise Moved(path_of(program, current) + "/memberships")
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.post(
    LIST,
    requires(Permission.AMBASSADOR_MANAGE),
    creates=True,
    location="/v1/programs/{program}/ambassadors/{handle}/memberships/{id}",
)
async def create_membership(
    call: Call, program: Slug, handle: Handle, body: NewMembership
) -> MembershipView:
    """Add an ambassador to a group, or give them a role.

    Two memberships of the same group or role do not overlap.
    """
    draft = memberships.Draft(body.kind, body.code, body.valid_from, body.valid_until or None)
    return view(await memberships.add(call, program, handle, draft))


@routes.get(MEMBERSHIP, public(), cached=True, moves=True)
async def get_membership(
    call: Call, program: Slug, handle: Handle, membership: Id
) -> MembershipView:
    """Get a membership."""
    current, found = await memberships.get(call, program, handle, membership)
    if not same_handle(current, handle):
        raise Moved(path_of(program, current) + f"/memberships/{membership}")
    return view(found)


@routes.patch(MEMBERSHIP, requires(Permission.AMBASSADOR_MANAGE))
async def update_membership(
    call: Call,
    program: Slug,
    handle: Handle,
    membership: Id,
    body: MembershipPatch,
    match: Match,
) -> MembershipView:
    """Correct the days of a membership."""
    changes = memberships.Changes(body.valid_from, body.valid_until)
    return view(await memberships.update(call, program, handle, membership, changes, match.check))


@routes.delete(MEMBERSHIP, requires(Permission.AMBASSADOR_MANAGE))
async def end_membership(
    call: Call, program: Slug, handle: Handle, membership: Id, match: Match
) -> None:
    """End a membership.

    Yesterday was its last day; one that began today or later is taken away. One that has ended
    already stays as it is.
    """
    await memberships.end(call, program, handle, membership, match.check)
