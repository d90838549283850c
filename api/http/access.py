"""Every route declares its access; a route without a declaration cannot start."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from domain import authentication
from domain.authentication import BadToken
from domain.errors import Forbidden, Unauthenticated
from domain.rules.access import ANONYMOUS, Actor, Permission
from domain.store.database import Database

SIGNATURE = "X-Hub-Signature-256"
"""The header that a signed request is signed in."""


class Access(Struct, frozen=True):
    """What a route asks of its caller.

    With `permission` None anybody may call; a token that is sent must be good all the same.
    `capability` routes take a one-time secret as the bearer instead of a token; `applicant` routes
    take the secret of an application, or a token; a request to a `signed` route is signed itself.
    """

    permission: Permission | None
    capability: bool = False
    applicant: bool = False
    signed: bool = False


def requires(permission: Permission) -> Access:
    """Only for callers with this permission, in the program of the path if it names one."""
    return Access(permission)


def public() -> Access:
    """For everybody; a token may show more."""
    return Access(None)


def capability() -> Access:
    """For whoever holds a one-time secret."""
    return Access(None, capability=True)


def applicant() -> Access:
    """For whoever holds the secret of an application, or a token; the use case decides."""
    return Access(None, applicant=True)


def signed() -> Access:
    """For whoever signs the body with a secret that both sides know; the use case looks at it."""
    return Access(None, signed=True)


def bearer(sent: dict[str, str]) -> str | None:
    """The bearer secret that was sent. Raises `BadToken` for another scheme or no secret."""
    header = sent.get("authorization")
    if header is None:
        return None
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise BadToken("The Authorization header must be `Bearer` and a token.")
    return secret.strip()


async def identify(sent: dict[str, str], database: Database, access: Access, at: datetime) -> Actor:
    """The actor of a request. Raises `Unauthenticated` when one is needed and there is none."""
    if access.signed:
        return ANONYMOUS
    secret = bearer(sent)
    if access.capability:
        if secret is None:
            raise Unauthenticated("Send the secret that you were given as a bearer token.")
        return ANONYMOUS
    if secret is not None and access.applicant and authentication.opens(secret):
        return await authentication.open_application(database, secret)
    if secret is not None:
        return await authentication.authenticate(database, secret, at)
    if access.applicant:
        raise Unauthenticated("Send a token, or the secret of the application, as a bearer token.")
    if access.permission is not None:
        raise Unauthenticated("Send a token: `Authorization: Bearer chy_…`.")
    return ANONYMOUS


def check(actor: Actor, access: Access, program: str | None) -> None:
    """Raise `Forbidden` unless the actor may call a route, in the program that its path names.

    Without a program in the path the permission must be held somewhere: the use case then narrows
    what the actor reaches to the programs in which it is held.
    """
    if access.permission is None:
        return
    held = (
        actor.may(access.permission, program)
        if program is not None
        else actor.may_somewhere(access.permission)
    )
    if not held:
        raise Forbidden(f"This needs the permission {access.permission.value}.")
