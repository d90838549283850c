"""Leaves of absence over HTTP: announced by oneself, put right by a manager."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.ambassadors import ONE, path_of
from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Moved, Routes
from api.http.fields import TEXT, Day, Handle, Id, Moment, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from domain import leaves
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.ambassadors import same_handle

routes = Routes("Leaves", "When an ambassador is away; these days stop the clock of a tenure.")

LIST = ONE + "/leaves"
LEAVE = LIST + "/{leave}"

LeaveReason = Annotated[
    str,
    Meta(
        pattern=TEXT,
        min_length=1,
        max_length=1000,
        description="Why; read by nobody but the ambassador and the program's managers.",
        examples=["Parental leave."],
    ),
]


class LeaveView(Struct, frozen=True):
    """One leave of an ambassador; its days are inclusive."""

    id: Id
    first_day: Day
    last_day: Annotated[Day | None, Meta(description="Null: nobody knows yet.")]
    reason: Annotated[
        LeaveReason | None, Meta(description="Null when none is given, or not for you to read.")
    ]
    version: Version
    created_at: Moment
    updated_at: Moment


class NewLeave(Struct, frozen=True, forbid_unknown_fields=True):
    """A leave to announce."""

    first_day: Day
    last_day: Annotated[
        Day | UnsetType | None, Meta(description="Absent while nobody knows it.")
    ] = UNSET
    reason: Annotated[
        LeaveReason | UnsetType | None,
        Meta(description="Why; needed when the leave began before today."),
    ] = UNSET


class LeavePatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of a leave."""

    first_day: Day | UnsetType = UNSET
    last_day: Annotated[
        Day | UnsetType | None,
        Meta(description="Yesterday ends it; null: nobody knows any more."),
    ] = UNSET
    reason: Annotated[LeaveReason | UnsetType | None, Meta(description="Null: none.")] = UNSET


def view(leave: leaves.Leave) -> LeaveView:
    """The wire form of a leave."""
    return msgspec.convert(leave, LeaveView, from_attributes=True)


@routes.get(LIST, requires(Permission.SELF_READ), moves=True)
async def list_leaves(
    call: Call, program: Slug, handle: Handle, query: PageQuery
) -> Page[LeaveView]:
    """List an ambassador's leaves.

    The last one first. For the ambassador and for the program's staff, 404 for everybody else; the
    reasons are for the ambassador and for those with ambassador:manage.
    """
    after = place(query, leaves.Place)
    current, rows = await leaves.page(call, program, handle, after=after, limit=query.limit)
    if not same_handle(current, handle):
        raise Moved(path_of(program, current) + "/leaves")
    return page(query, rows, [view(row) for row in rows], leaves.Place)


@routes.post(
    LIST,
    requires(Permission.SELF_MANAGE),
    creates=True,
    location="/v1/programs/{program}/ambassadors/{handle}/leaves/{id}",
)
async def create_leave(call: Call, program: Slug, handle: Handle, body: NewLeave) -> LeaveView:
    """Announce a leave.

    Your own, ahead or from today; with ambassador:manage anybody's, and with a reason also for days
    that are over. While it lasts an active ambassador is `on_leave`.
    """
    draft = leaves.Draft(body.first_day, body.last_day or None, body.reason or None)
    return view(await leaves.announce(call, program, handle, draft))


@routes.get(LEAVE, requires(Permission.SELF_READ), moves=True)
async def get_leave(call: Call, program: Slug, handle: Handle, leave: Id) -> LeaveView:
    """Get a leave.

    For whom `listLeaves` is.
    """
    current, found = await leaves.get(call, program, handle, leave)
    if not same_handle(current, handle):
        raise Moved(path_of(program, current) + f"/leaves/{leave}")
    return view(found)


@routes.patch(LEAVE, requires(Permission.SELF_MANAGE))
async def update_leave(
    call: Call, program: Slug, handle: Handle, leave: Id, body: LeavePatch, match: Match
) -> LeaveView:
    """Change a leave, or end it.

    Whose last day was yesterday is back today. Days that are over stay as they are for the
    ambassador; with ambassador:manage they can be put right, with a reason.
    """
    changes = leaves.Changes(body.first_day, body.last_day, body.reason)
    return view(await leaves.update(call, program, handle, leave, changes, match.check))


@routes.delete(LEAVE, requires(Permission.SELF_MANAGE))
async def delete_leave(call: Call, program: Slug, handle: Handle, leave: Id, match: Match) -> None:
    """Take a leave away, as if it had never been announced.

    Your own before its first day is over, later only with ambassador:manage; to come back earlier,
    change its last day.
    """
    await leaves.remove(call, program, handle, leave, match.check)
