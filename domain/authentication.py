"""From a bearer token to the actor who calls."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.errors import Unauthenticated
from domain.rules import secrets
from domain.rules.access import Actor, Assignment, Opens, Permission, Role
from domain.store import applications
from domain.store import authentication as store
from domain.store.database import Database
from domain.store.query import Connection

TOUCHED = timedelta(minutes=1)
"""`last_used_at` is exact to the minute: a busy token costs no write on each request."""


class BadToken(Unauthenticated):
    """A token was sent, and it is not good."""

    token_sent = True


async def authenticate(database: Database, secret: str, at: datetime) -> Actor:
    """The actor behind a token at a UTC time.

    Raises `BadToken` when it is malformed, unknown, expired or revoked, or its account is disabled.
    """
    if not secrets.presentable(secret):
        raise BadToken("The token is malformed.")
    async with database.connection() as raw:
        tx = Connection(raw)
        found = await store.find(tx, secrets.digest(secret), at)
        if found is None:
            raise BadToken("The token is unknown, expired or revoked.")
        if found.last_used_at is None or at - found.last_used_at > TOUCHED:
            await store.touch(tx, found.token_id, at)
    return Actor(
        account_id=found.account_id,
        name=found.name,
        person_id=found.person_id,
        token_id=found.token_id,
        assignments=tuple(
            Assignment(Role(held.role), held.program_id, held.program) for held in found.held
        ),
        permissions=None
        if found.permissions is None
        else frozenset(Permission(name) for name in found.permissions),
        programs=None if found.scopes is None else {scope.id: scope.slug for scope in found.scopes},
    )


def opens(secret: str) -> bool:
    """Whether a text can be the secret of an application rather than a token."""
    return secret.startswith((secrets.APPLICANT + "_", secrets.NOMINEE + "_"))


async def open_application(database: Database, secret: str) -> Actor:
    """Whoever holds the secret of an application: somebody without an account, who opens it alone.

    Raises `BadToken` when the secret is malformed, unknown or replaced by another one.
    """
    kinds = (secrets.APPLICANT, secrets.NOMINEE)
    if not any(secrets.well_formed(secret, kind) for kind in kinds):
        raise BadToken("The secret is malformed.")
    async with database.connection() as raw:
        found = await applications.presented(Connection(raw), secrets.digest(secret))
    if found is None:
        raise BadToken("The secret is unknown, or another one has replaced it.")
    name = "nominee" if found.nominee else "applicant"
    return Actor(None, name, opens=Opens(found.program_id, found.id, found.nominee))
