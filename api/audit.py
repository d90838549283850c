"""The audit log over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from api.http.access import requires
from api.http.endpoint import Routes
from api.http.fields import Id, Moment, Slug
from api.http.paging import Page, PageQuery, page, place
from domain import audit
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Audit", "Who did what to which record, when, in which request.")

Action = Annotated[
    str,
    Meta(
        pattern="^[a-z_]+\\.[a-z_]+$(?!\\n)",
        max_length=100,
        description="noun.verb_past",
        examples=["role.assigned"],
    ),
]


class AuditEntryView(Struct, frozen=True):
    """One change of one record."""

    id: Id
    at: Moment
    actor_id: Annotated[
        Id | None, Meta(description="The account; null for whoever called without one.")
    ]
    actor_name: Annotated[str, Meta(description="What the account is called, or who else it was.")]
    token_id: Annotated[Id | None, Meta(description="The token that was sent.")]
    program: Annotated[Slug | None, Meta(description="Null for what belongs to no program.")]
    action: Action
    subject_kind: Annotated[str, Meta(description="What was changed.", examples=["role"])]
    subject_id: Annotated[Id, Meta(description="Which one.")]
    fields: Annotated[list[str], Meta(description="The fields that changed.")]
    before: Annotated[
        dict[str, Any], Meta(description="What they were; empty once it was erased.", examples=[{}])
    ]
    after: Annotated[
        dict[str, Any],
        Meta(
            description="What they are since; empty once it was erased.",
            examples=[{"role": "manager"}],
        ),
    ]
    reason: Annotated[str | None, Meta(description="Why, where one was asked for.")]
    request_id: Annotated[str, Meta(description="The `X-Request-ID` of the request.")]


class AuditQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of the audit log."""

    program: Annotated[Slug | None, Meta(description="Only changes in this program.")] = None
    actor: Annotated[Id | None, Meta(description="Only changes by this account.")] = None
    subject: Annotated[Id | None, Meta(description="Only changes of this record.")] = None
    action: Annotated[Action | None, Meta(description="Only this kind of change.")] = None
    since: Annotated[Moment | None, Meta(description="Only changes at this moment or later.")] = (
        msgspec.field(default=None, name="from")
    )
    until: Annotated[Moment | None, Meta(description="Only changes before this moment.")] = None


class _Place(Struct, frozen=True):
    id: Id


@routes.get("/audit", requires(Permission.AUDIT_READ))
async def list_audit_entries(call: Call, query: AuditQuery) -> Page[AuditEntryView]:
    """Read the audit log.

    Newest first; of the programs where the caller may read it, and for owners of the instance too.
    """
    before = place(query, _Place)
    where = audit.Filter(
        program=query.program,
        actor_id=query.actor,
        subject_id=query.subject,
        action=query.action,
        since=query.since,
        until=query.until,
    )
    rows = await audit.page(call, where, before=before.id if before else None, limit=query.limit)
    items = [msgspec.convert(row, AuditEntryView, from_attributes=True) for row in rows]
    return page(query, rows, items, _Place)
