"""Eligibilities over HTTP: the attributes of the policy that are true of an ambassador."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.ambassadors import ONE, path_of
from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Moved, Routes
from api.http.fields import TEXT, Code, Day, Handle, Moment, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from domain import eligibilities
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.ambassadors import same_handle

routes = Routes("Eligibilities", "What is true of an ambassador until a day: a student, say.")

LIST = ONE + "/eligibilities"
ELIGIBILITY = LIST + "/{attribute}"

AttributeCode = Annotated[
    Code, Meta(description="The attribute's code in the policy.", examples=["student"])
]
Note = Annotated[
    str,
    Meta(
        pattern=TEXT,
        min_length=1,
        max_length=1000,
        description="How it is known; for the ambassador and the program's managers.",
        examples=["Showed the student card."],
    ),
]


class EligibilityView(Struct, frozen=True):
    """One attribute of an ambassador."""

    attribute: AttributeCode
    expires_on: Annotated[
        Day | None, Meta(description="The last day on which it holds; null: nobody knows.")
    ]
    note: Annotated[
        Note | None, Meta(description="Null when there is none, or not for you to read.")
    ]
    version: Version
    created_at: Moment
    updated_at: Moment


class CreatedEligibility(EligibilityView, frozen=True):
    """The same, of one that was not there before."""

    @property
    def created(self) -> bool:
        """It answers with 201."""
        return True


class NewEligibility(Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of an attribute; what is absent is not known."""

    expires_on: Annotated[
        Day | UnsetType | None, Meta(description="The last day on which it holds.")
    ] = UNSET
    note: Annotated[Note | UnsetType | None, Meta(description="How it is known.")] = UNSET


class _Place(Struct, frozen=True):
    attribute: AttributeCode


def view(one: eligibilities.Eligibility) -> EligibilityView:
    """The wire form of an eligibility."""
    return msgspec.convert(one, EligibilityView, from_attributes=True)


@routes.get(LIST, requires(Permission.SELF_READ), moves=True)
async def list_eligibilities(
    call: Call, program: Slug, handle: Handle, query: PageQuery
) -> Page[EligibilityView]:
    """List an ambassador's eligibilities.

    By their codes, expired ones too. For the ambassador and for the program's staff, 404 for
    everybody else; the notes are for the ambassador and for those with ambassador:manage.
    """
    after = place(query, _Place)
    current, rows = await eligibilities.page(
        call, program, handle, after=after.attribute if after else None, limit=query.limit
    )
    if not same_handle(current, handle):
        raise Moved(path_of(program, current) + "/eligibilities")
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.get(ELIGIBILITY, requires(Permission.SELF_READ), moves=True)
async def get_eligibility(
    call: Call, program: Slug, handle: Handle, attribute: AttributeCode
) -> EligibilityView:
    """Get an eligibility.

    For whom `listEligibilities` is.
    """
    current, found = await eligibilities.get(call, program, handle, attribute)
    if not same_handle(current, handle):
        raise Moved(path_of(program, current) + f"/eligibilities/{attribute}")
    return view(found)


@routes.put(ELIGIBILITY, requires(Permission.AMBASSADOR_MANAGE), may_create=True)
async def replace_eligibility(
    call: Call,
    program: Slug,
    handle: Handle,
    attribute: AttributeCode,
    body: NewEligibility,
    match: Match,
) -> EligibilityView:
    """Say that an attribute is true of an ambassador, and until when.

    It has to be in the policy's `eligibility`. After its last day it is announced as expired, once.
    """
    draft = eligibilities.Draft(body.expires_on or None, body.note or None)
    put, created = await eligibilities.put(call, program, handle, attribute, draft, match.check)
    shape = CreatedEligibility if created else EligibilityView
    return msgspec.convert(put, shape, from_attributes=True)


@routes.delete(ELIGIBILITY, requires(Permission.AMBASSADOR_MANAGE))
async def delete_eligibility(
    call: Call, program: Slug, handle: Handle, attribute: AttributeCode, match: Match
) -> None:
    """Take an attribute of an ambassador away.

    Also one that the policy does not have any more.
    """
    await eligibilities.remove(call, program, handle, attribute, match.check)
