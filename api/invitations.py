"""Invitations over HTTP: issued by managers, redeemed with nothing but their secret."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.accounts import AccountView
from api.accounts import view as account_view
from api.http.access import capability, requires
from api.http.caching import Match
from api.http.endpoint import Capability, Routes
from api.http.fields import Id, Moment, Name, Secret, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from api.tokens import TokenWithSecret, with_secret
from domain import invitations
from domain.call import Call
from domain.rules.access import Permission, Role

routes = Routes("Invitations", "One-time secrets that make an account for a person or a role.")

State = Annotated[
    Literal["expired", "open", "redeemed", "revoked"],
    Meta(description="Only an open one can be redeemed."),
]
ForWhom = Annotated[Name, Meta(description="For whom it is, for the list alone.")]


class InvitationView(Struct, frozen=True):
    """An invitation without its secret."""

    id: Id
    program: Annotated[Slug, Meta(description="Where the role is.")]
    name: ForWhom
    role: Annotated[Role | None, Meta(description="What the account will be in the program.")]
    person_id: Annotated[Id | None, Meta(description="Whose account it will be.")]
    state: State
    expires_at: Annotated[Moment, Meta(description="Until when it can be redeemed.")]
    redeemed_at: Annotated[Moment | None, Meta(description="When it was redeemed.")]
    redeemed_by: Annotated[Id | None, Meta(description="The account that it made.")]
    revoked_at: Annotated[Moment | None, Meta(description="When it was revoked.")]
    created_at: Moment
    created_by: Annotated[Id | None, Meta(description="The account that issued it.")]
    version: Version


class InvitationWithSecret(InvitationView, frozen=True):
    """An invitation with its secret, to be handed to whom it is for."""

    secret: Annotated[Secret, Meta(examples=["chi_0000000000000000000000000000000000000"])]


class NewInvitation(Struct, frozen=True, forbid_unknown_fields=True):
    """An invitation to issue: for a role, for a person, or for both."""

    name: ForWhom
    role: Annotated[
        Role | UnsetType,
        Meta(description="What the account will be in the program.", examples=["reader"]),
    ] = UNSET
    person_id: Annotated[
        Id | UnsetType, Meta(description="Whose account it will be: somebody whom you manage.")
    ] = UNSET
    expires_at: Annotated[
        Moment | UnsetType, Meta(description="At most 90 days ahead; absent: in 14 days.")
    ] = UNSET


class Redemption(Struct, frozen=True, forbid_unknown_fields=True):
    """Who redeems."""

    name: Annotated[Name, Meta(description="What to call the account.")]


class Redeemed(Struct, frozen=True):
    """What the invitation has become."""

    account: Annotated[AccountView, Meta(description="The account that it made.")]
    role: Annotated[Role | None, Meta(description="What the account is in the program.")]
    program: Annotated[Slug, Meta(description="The program that invited.")]
    token: Annotated[TokenWithSecret, Meta(description="The account's token.")]


class InvitationQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of the list of invitations."""

    state: Annotated[State | None, Meta(description="Only those in this state.")] = None


class _Place(Struct, frozen=True):
    id: Id


def view(invitation: invitations.Invitation) -> InvitationView:
    """The wire form of an invitation."""
    return msgspec.convert(invitation, InvitationView, from_attributes=True)


@routes.get("/programs/{program}/invitations", requires(Permission.INVITATION_MANAGE))
async def list_invitations(
    call: Call, program: Slug, query: InvitationQuery
) -> Page[InvitationView]:
    """List the program's invitations.

    In the order in which they were issued.
    """
    after = place(query, _Place)
    rows = await invitations.page(
        call, program, state=query.state, after=after.id if after else None, limit=query.limit
    )
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.post(
    "/programs/{program}/invitations",
    requires(Permission.INVITATION_MANAGE),
    creates=True,
    location="/v1/programs/{program}/invitations/{id}",
)
async def create_invitation(call: Call, program: Slug, body: NewInvitation) -> InvitationWithSecret:
    """Invite somebody.

    Hand the secret to whom it is for: it is in this answer alone, and makes one account. The same
    request again with its Idempotency-Key answers with another secret.
    """
    draft = invitations.Draft(
        name=body.name,
        role=None if body.role is UNSET else body.role,
        person_id=body.person_id or None,
        expires_at=body.expires_at or None,
    )
    issued = await invitations.create(call, program, draft)
    fields = msgspec.structs.asdict(view(issued.invitation))
    return InvitationWithSecret(**fields, secret=issued.secret)


@routes.get("/programs/{program}/invitations/{invitation}", requires(Permission.INVITATION_MANAGE))
async def get_invitation(call: Call, program: Slug, invitation: Id) -> InvitationView:
    """Get an invitation without its secret."""
    return view(await invitations.get(call, program, invitation))


@routes.delete(
    "/programs/{program}/invitations/{invitation}", requires(Permission.INVITATION_MANAGE)
)
async def revoke_invitation(call: Call, program: Slug, invitation: Id, match: Match) -> None:
    """Revoke an invitation.

    One that was redeemed has made an account: disable that, or end its role.
    """
    await invitations.revoke(call, program, invitation, match.check)


@routes.post("/invitations/redemption", capability(), creates=True, location="/v1/me")
async def redeem_invitation(call: Call, body: Redemption, secret: Capability) -> Redeemed:
    """Redeem an invitation.

    Send its secret as the bearer token. It makes one account, once, and answers with the account's
    token; the same request again with its Idempotency-Key answers with another secret.
    """
    made = await invitations.redeem(call, secret.secret, body.name)
    return Redeemed(
        account=account_view(made.account),
        role=made.invitation.role,
        program=made.invitation.program,
        token=with_secret(made.minted),
    )
