"""The caller over HTTP: who calls, with which token, and what they may do."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.accounts import AccountView
from api.accounts import view as account_view
from api.http.access import requires
from api.http.endpoint import Routes
from api.http.fields import Slug
from api.tokens import TokenView
from api.tokens import view as token_view
from domain import accounts
from domain.call import Call
from domain.rules.access import Permission, Role

routes = Routes("Me", "Whoever calls.")


class RoleHere(Struct, frozen=True):
    """A role that the caller holds now."""

    role: Annotated[Role, Meta(description="What the caller is.")]
    program: Annotated[Slug | None, Meta(description="Where; null for the whole instance.")]


class PermissionsHere(Struct, frozen=True):
    """What the caller may do with the token that is sent."""

    program: Annotated[
        Slug | None, Meta(description="Where; null: everywhere, also beyond any program.")
    ]
    permissions: Annotated[
        list[Permission], Meta(description="In a program: what comes on top of everywhere.")
    ]


class Me(Struct, frozen=True):
    """Whoever calls."""

    account: Annotated[AccountView, Meta(description="The caller's account.")]
    token: Annotated[TokenView, Meta(description="The token that is sent, with its limits.")]
    roles: Annotated[list[RoleHere], Meta(description="The account's roles that hold now.")]
    permissions: Annotated[
        list[PermissionsHere], Meta(description="The roles' permissions within the token's limits.")
    ]


@routes.get("/me", requires(Permission.SELF_READ))
async def get_me(call: Call) -> Me:
    """Get who calls.

    With the roles that hold now, and what the token that is sent permits.
    """
    me = await accounts.mine(call)
    return Me(
        account=account_view(me.account),
        token=token_view(me.token),
        roles=[RoleHere(held.role, held.program) for held in call.actor.assignments],
        permissions=[PermissionsHere(slug, held) for slug, held in me.permissions.items()],
    )
