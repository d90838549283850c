"""Accounts over HTTP, for the owners of the instance."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.http.access import requires
from api.http.caching import Match
from api.http.endpoint import Routes
from api.http.fields import Id, Moment, Name, Version
from api.http.paging import Page, PageQuery, page, place
from domain import accounts
from domain.call import Call
from domain.rules.access import Permission

routes = Routes(
    "Accounts", "Who can call: people and integrations. An account has roles and tokens."
)

Kind = Annotated[
    Literal["integration", "person"],
    Meta(description="Whether a tool calls or a human being."),
]


class AccountView(Struct, frozen=True):
    """An account."""

    id: Id
    kind: Kind
    name: Annotated[Name, Meta(description="What the account is called in lists.")]
    person_id: Annotated[
        Id | None, Meta(description="The person whose account it is; null for who has no profile.")
    ]
    disabled_at: Annotated[
        Moment | None, Meta(description="Since when its tokens are good for nothing.")
    ]
    version: Version
    created_at: Moment
    updated_at: Moment


class NewAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """An account to create; it has no roles and no tokens yet."""

    kind: Kind
    name: Annotated[Name, Meta(description="What to call it in lists.")]
    person_id: Annotated[Id | UnsetType, Meta(description="The person whose account it is.")] = (
        UNSET
    )


class AccountPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of an account."""

    name: Annotated[Name | UnsetType, Meta(description="What to call it in lists.")] = UNSET
    disabled: Annotated[
        bool | UnsetType,
        Meta(description="True: its tokens are good for nothing until it is false."),
    ] = UNSET


class AccountQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Filters of the list of accounts."""

    kind: Annotated[Kind | None, Meta(description="Only accounts of this kind.")] = None
    person: Annotated[Id | None, Meta(description="Only this person's accounts.")] = None


class _Place(Struct, frozen=True):
    id: Id


def view(account: accounts.Account) -> AccountView:
    """The wire form of an account."""
    return msgspec.convert(account, AccountView, from_attributes=True)


@routes.get("/accounts", requires(Permission.ACCOUNT_READ))
async def list_accounts(call: Call, query: AccountQuery) -> Page[AccountView]:
    """List the accounts.

    In the order in which they were made.
    """
    after = place(query, _Place)
    rows = await accounts.page(
        call,
        kind=query.kind,
        person_id=query.person,
        after=after.id if after else None,
        limit=query.limit,
    )
    return page(query, rows, [view(row) for row in rows], _Place)


@routes.post(
    "/accounts", requires(Permission.ACCOUNT_MANAGE), creates=True, location="/v1/accounts/{id}"
)
async def create_account(call: Call, body: NewAccount) -> AccountView:
    """Create an account.

    Without roles and tokens; an invitation makes an account with both.
    """
    draft = accounts.Draft(body.kind, body.name, body.person_id or None)
    return view(await accounts.get(call, await accounts.create(call, draft)))


@routes.get("/accounts/{account}", requires(Permission.ACCOUNT_READ))
async def get_account(call: Call, account: Id) -> AccountView:
    """Get an account."""
    return view(await accounts.get(call, account))


@routes.patch("/accounts/{account}", requires(Permission.ACCOUNT_MANAGE))
async def update_account(call: Call, account: Id, body: AccountPatch, match: Match) -> AccountView:
    """Rename, disable or enable an account.

    The account of the last owner cannot be disabled.
    """
    changes = accounts.Changes(name=body.name, disabled=body.disabled)
    await accounts.update(call, account, changes, match.check)
    return view(await accounts.get(call, account))
