"""Tokens over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Moment, Name, Secret, Slug, Version
from api.http.paging import Page, PageQuery, page, place
from domain import tokens
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Tokens", "What callers show: random, limited, ending, revocable, shown once.")

Permissions = Annotated[
    list[Permission],
    Meta(min_length=1, max_length=100, examples=[["event:read"]]),
]
Programs = Annotated[list[Slug], Meta(min_length=1, max_length=100, examples=[["demo"]])]
TokenName = Annotated[Name, Meta(description="What it is for.", examples=["Website build"])]


class TokenView(Struct, frozen=True):
    """A token without its secret."""

    id: Id
    account_id: Annotated[Id, Meta(description="The account that calls with it.")]
    name: TokenName
    hint: Annotated[
        str,
        Meta(description="How the secret begins; `chosen` for one that was not made here."),
    ]
    permissions: Annotated[
        list[Permission] | None, Meta(description="Null: everything that the account may do.")
    ]
    programs: Annotated[
        list[Slug] | None, Meta(description="Null: every program in which the account has a role.")
    ]
    expires_at: Annotated[Moment | None, Meta(description="When it ends by itself.")]
    revoked_at: Annotated[Moment | None, Meta(description="When it was revoked.")]
    last_used_at: Annotated[Moment | None, Meta(description="To the minute.")]
    created_at: Moment
    created_by: Annotated[
        Id | None, Meta(description="The account; null when an invitation was redeemed.")
    ]
    version: Version


class TokenWithSecret(TokenView, frozen=True):
    """A token with its secret."""

    secret: Secret


class NewToken(Struct, frozen=True, forbid_unknown_fields=True):
    """A token to make; what is absent is taken over from the token that is sent."""

    name: TokenName
    permissions: Annotated[
        Permissions | UnsetType | None,
        Meta(description="Null: everything that the account may do."),
    ] = UNSET
    programs: Annotated[
        Programs | UnsetType | None,
        Meta(description="Slugs. Null: every program in which the account has a role."),
    ] = UNSET
    expires_at: Annotated[
        Moment | UnsetType | None, Meta(description="When it ends by itself. Null: never.")
    ] = UNSET
    account_id: Annotated[
        Id | UnsetType, Meta(description="For another account: this needs `account:manage`.")
    ] = UNSET


class TokenQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of the list of tokens."""

    account: Annotated[
        Id | None, Meta(description="Another account's tokens: this needs `account:manage`.")
    ] = None


class _Place(Struct, frozen=True):
    id: Id


def view(token: tokens.Token) -> TokenView:
    """The wire form of a token."""
    return msgspec.convert(token, TokenView, from_attributes=True)


def with_secret(minted: tokens.Minted) -> TokenWithSecret:
    """The wire form of a token that was made this moment."""
    return TokenWithSecret(**msgspec.structs.asdict(view(minted.token)), secret=minted.secret)


@routes.get("/tokens", requires(Permission.TOKEN_MANAGE))
async def list_tokens(call: Call, query: TokenQuery) -> Page[TokenView]:
    """List one's tokens.

    In the order in which they were made, the revoked ones too.
    """
    after = place(query, _Place)
    rows = await tokens.page(
        call, account_id=query.account, after=after.id if after else None, limit=query.limit
    )
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.post("/tokens", requires(Permission.TOKEN_MANAGE), creates=True, location="/v1/tokens/{id}")
async def create_token(call: Call, body: NewToken) -> TokenWithSecret:
    """Make a token.

    It can do no more, and lasts no longer, than the token that is sent. The secret is in this
    answer alone; the same request again with its Idempotency-Key answers with another secret.
    """
    draft = tokens.Draft(
        name=body.name,
        permissions=body.permissions,
        programs=body.programs,
        expires_at=body.expires_at,
        account_id=body.account_id or None,
    )
    return with_secret(await tokens.create(call, draft))


@routes.get("/tokens/{token}", requires(Permission.TOKEN_MANAGE))
async def get_token(call: Call, token: Id) -> TokenView:
    """Get a token without its secret."""
    return view(await tokens.get(call, token))


@routes.delete("/tokens/{token}", requires(Permission.TOKEN_MANAGE))
async def revoke_token(call: Call, token: Id, match: Match) -> None:
    """Revoke a token.

    From now on it is good for nothing; it stays in the list.
    """
    await tokens.revoke(call, token, match.check)


@routes.post("/tokens/{token}/rotate", requires(Permission.TOKEN_MANAGE))
async def rotate_token(call: Call, token: Id, match: Match) -> TokenWithSecret:
    """Give a token another secret.

    The secret before is good for nothing from now on; the new one is in this answer alone.
    """
    return with_secret(await tokens.rotate(call, token, match.check))
