"""The inbox over HTTP: identities that contributions name and nobody owns yet."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Handle, Id, Moment, Name, Reason, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from api.identities import Provider
from domain import unmatched
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.references import PATTERN
from domain.rules.unmatched import UnmatchedStatus

routes = Routes("Unmatched identities", "Whose is it? What contributions name and nobody owns.")

LIST = "/programs/{program}/unmatched"
ONE = LIST + "/{entry}"

Reference = Annotated[
    str,
    Meta(
        pattern=PATTERN,
        max_length=320,
        description="As a contribution names it: `provider:id`, `provider:@handle`, `email:…`.",
        examples=["github:5501911"],
    ),
]
Status = Annotated[
    UnmatchedStatus,
    Meta(
        description="`dismissed`: a human said that it is nobody's.",
        examples=["open"],
    ),
]
Quantity = Annotated[
    int,
    Meta(
        ge=0,
        description="How many contributions name it, or named it before it was matched.",
        examples=[3],
        extra_json_schema={"format": "int64"},
    ),
]


class UnmatchedView(Struct, frozen=True):
    """An identity in the inbox."""

    id: Id
    identity: Reference
    provider: Provider
    status: Status
    person_id: Annotated[Id | None, Meta(description="To whom it was matched.")]
    reason: Annotated[Reason | None, Meta(description="Why it was dismissed.")]
    version: Version
    created_at: Annotated[Moment, Meta(description="When a contribution first named it.")]
    updated_at: Moment


class ClaimantView(Struct, frozen=True):
    """Somebody who says that the identity is theirs."""

    person_id: Id
    name: Name


class ListedUnmatchedView(UnmatchedView, frozen=True):
    """An identity in the inbox, with what helps to decide whose it is."""

    contributions: Quantity
    claimants: Annotated[
        list[ClaimantView],
        Meta(description="People who claim it; nobody gets it without a human's yes."),
    ]


class UnmatchedQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of the inbox."""

    status: Annotated[UnmatchedStatus, Meta(description="Only those; by default what is open.")] = (
        UnmatchedStatus.OPEN
    )
    provider: Annotated[
        Provider | UnsetType, Meta(description="Only identities at this provider.")
    ] = UNSET


class AssignmentBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose it is: exactly one of the two."""

    person_id: Annotated[Id | UnsetType, Meta(description="The person.")] = UNSET
    ambassador: Annotated[
        Handle | UnsetType, Meta(description="The handle of an ambassador of the program.")
    ] = UNSET


class DismissalBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is nobody's."""

    reason: Reason


class _Place(Struct, frozen=True):
    id: Id


def view(one: unmatched.Entry) -> UnmatchedView:
    """The wire form of an entry."""
    return UnmatchedView(
        id=one.id,
        identity=one.named.written,
        provider=one.provider,
        status=one.status,
        person_id=one.person_id,
        reason=one.reason,
        version=one.version,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


@routes.get(LIST, requires(Permission.CONTRIBUTION_MANAGE))
async def list_unmatched_identities(
    call: Call, program: Slug, query: UnmatchedQuery
) -> Page[ListedUnmatchedView]:
    """List the inbox, oldest first.

    A contribution that names an identity which nobody has verified is kept; the identity waits
    here. It leaves when somebody vouches for it as a person's, here or among the person's
    identities; then its contributions are the person's.
    """
    after = place(query, _Place)
    rows = await unmatched.page(
        call,
        program,
        status=query.status,
        provider=query.provider or None,
        after=after.id if after else None,
        limit=query.limit,
    )
    return page(query, [row.entry for row in rows], [_listed(row) for row in rows], _Place)


@routes.get(ONE, requires(Permission.CONTRIBUTION_MANAGE))
async def get_unmatched_identity(call: Call, program: Slug, entry: Id) -> UnmatchedView:
    """Get an identity in the inbox."""
    return view(await unmatched.get(call, program, entry))


@routes.post(ONE + "/assignment", requires(Permission.PERSON_MANAGE))
async def assign_unmatched_identity(
    call: Call, program: Slug, entry: Id, body: AssignmentBody, match: Match
) -> UnmatchedView:
    """Say whose an identity is.

    You vouch for it: the identity is the person's and verified, with your name and the date, and
    every contribution that names it is theirs, in all programs. Refused when another person has it
    verified. Needs `contribution:manage` too.
    """
    to = unmatched.Assignee(body.person_id or None, body.ambassador or None)
    await unmatched.assign(call, program, entry, to, match.check)
    return view(await unmatched.get(call, program, entry))


@routes.post(ONE + "/dismissal", requires(Permission.CONTRIBUTION_MANAGE))
async def dismiss_unmatched_identity(
    call: Call, program: Slug, entry: Id, body: DismissalBody, match: Match
) -> UnmatchedView:
    """Say that an identity is nobody's.

    Contributions that name it, also later ones, are kept and are nobody's. When somebody vouches
    for it as a person's all the same, they come to the person.
    """
    await unmatched.dismiss(call, program, entry, body.reason, match.check)
    return view(await unmatched.get(call, program, entry))


@routes.post(ONE + "/reopening", requires(Permission.CONTRIBUTION_MANAGE))
async def reopen_unmatched_identity(
    call: Call, program: Slug, entry: Id, match: Match
) -> UnmatchedView:
    """Take a dismissal back."""
    await unmatched.reopen(call, program, entry, match.check)
    return view(await unmatched.get(call, program, entry))


def _listed(row: unmatched.Suggested) -> ListedUnmatchedView:
    shown = view(row.entry)
    return ListedUnmatchedView(
        **{name: getattr(shown, name) for name in UnmatchedView.__struct_fields__},
        contributions=row.entry.contributions,
        claimants=[ClaimantView(one.id, one.name) for one in row.claimants],
    )
