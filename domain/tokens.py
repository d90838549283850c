"""Tokens: made with limits that they cannot outgrow, shown once, rotated and revoked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from secrets import token_bytes
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from domain import audit
from domain.authentication import BadToken
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, Fault, Forbidden, Invalid, InvalidReference, NotFound
from domain.rules import secrets
from domain.rules.access import Permission
from domain.rules.token_limits import Limits, excess
from domain.store import accounts as account_store
from domain.store import programs as program_store
from domain.store import tokens as store
from domain.store.tokens import Token

__all__ = [
    "Draft",
    "Limits",
    "Minted",
    "Token",
    "create",
    "get",
    "make",
    "mint",
    "page",
    "replace",
    "revoke",
    "rotate",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class ExceedsToken(Forbidden):
    """A token can't be stronger, or last longer, than the token that makes or rotates it."""

    code = "exceeds_token"
    title = "The token would exceed the one that was sent"


class TokenEnded(Conflict):
    """A token that was revoked or has expired gets no new secret."""

    code = "token_ended"
    title = "The token was revoked or has expired"


class Draft(Struct, frozen=True):
    """A token to make. UNSET takes over the limit of the token that was sent, None is no limit.

    `programs` are slugs, `expires_at` is an aware UTC time; `account_id` None is the caller's own.
    """

    name: str
    permissions: Sequence[Permission] | UnsetType | None = UNSET
    programs: Sequence[str] | UnsetType | None = UNSET
    expires_at: datetime | UnsetType | None = UNSET
    account_id: UUID | None = None


class Minted(Struct, frozen=True):
    """A token and its secret, which exists nowhere else."""

    token: Token
    secret: str


def mint(prefix: str) -> str:
    """A new secret; randomness enters the project here."""
    return secrets.mint(prefix, token_bytes(secrets.ENTROPY))


async def get(call: Call, token_id: UUID) -> Token:
    """The token, of the caller's own account unless they manage accounts. Raises `NotFound`."""
    async with reading(call) as tx:
        return _found(await store.get(tx, token_id, _whose(call)))


async def page(
    call: Call, *, account_id: UUID | None, after: UUID | None, limit: int
) -> list[Token]:
    """The tokens of the caller's account or of another one, one more than a page.

    Raises `Forbidden` for another account without `account:manage`.
    """
    async with reading(call) as tx:
        return await store.page(tx, _account(call, account_id), after=after, limit=limit + 1)


async def create(call: Call, draft: Draft) -> Minted:
    """Make a token; a replay rotates its secret.

    Raises `Forbidden` for another account without `account:manage`, `ExceedsToken`, `Invalid` for
    an end in the past, `InvalidReference` for an unknown program or account.
    """
    account_id = _account(call, draft.account_id)
    async with transaction(call) as tx:
        if tx.replayed is not None:
            return await _rotate(tx, _found(await store.lock(tx, tx.replayed, account_id)))
        own = await _own_limits(tx)
        limits = await _wanted(tx, draft, own)
        _refuse_excess(limits, own)
        if await account_store.get(tx, account_id) is None:
            detail = "There is no such account."
            raise InvalidReference(
                detail, Fault("invalid_reference", detail, pointer="/account_id")
            )
        made = await make(tx, account_id, draft.name, limits)
        await tx.created(made.token.id)
        return made


async def make(
    tx: Transaction,
    account_id: UUID,
    name: str,
    limits: Limits | None = None,
    *,
    secret: str | None = None,
) -> Minted:
    """Store and record a new token of an account, whoever calls; `secret` was chosen outside."""
    secret = secret or mint(secrets.TOKEN)
    limits = limits or Limits()
    token_id = tx.call.new_id()
    await store.insert(
        tx,
        id=token_id,
        account_id=account_id,
        name=name,
        digest=secrets.digest(secret),
        hint=secrets.hint(secret),
        permissions=limits.permissions,
        program_ids=limits.programs,
        expires_at=limits.expires_at,
        at=tx.call.at,
        by=tx.call.actor.account_id,
    )
    token = _found(await store.get(tx, token_id, None))
    await audit.record(tx, "token.created", ("token", token_id), after=token)
    return Minted(token, secret)


async def rotate(call: Call, token_id: UUID, check: Check) -> Minted:
    """Give a token another secret; the one before is good for nothing from now on.

    Raises `NotFound`, `VersionMismatch`, `ExceedsToken`, `TokenEnded`.
    """
    async with transaction(call) as tx:
        token = _found(await store.lock(tx, token_id, _whose(call)))
        check(token.version)
        return await _rotate(tx, token)


async def revoke(call: Call, token_id: UUID, check: Check) -> None:
    """Revoke a token, also the one that is sent; revoked twice is revoked once.

    Raises `NotFound`, `VersionMismatch`.
    """
    async with transaction(call) as tx:
        before = _found(await store.lock(tx, token_id, _whose(call)))
        check(before.version)
        if before.revoked_at is not None:
            return
        await store.revoke(tx, token_id, call.at)
        after = _found(await store.get(tx, token_id, None))
        await audit.record(tx, "token.revoked", ("token", token_id), before=before, after=after)


async def replace(tx: Transaction, token_id: UUID) -> Minted:
    """Give a token another secret, whoever calls. Raises `NotFound`, `TokenEnded`."""
    before = _found(await store.lock(tx, token_id, None))
    at = tx.call.at
    if before.revoked_at is not None or (before.expires_at is not None and before.expires_at <= at):
        raise TokenEnded("The token was revoked or has expired; make another one.")
    secret = mint(secrets.TOKEN)
    await store.replace(
        tx, token_id, digest=secrets.digest(secret), hint=secrets.hint(secret), at=at
    )
    after = _found(await store.get(tx, token_id, None))
    await audit.record(tx, "token.rotated", ("token", token_id), before=before, after=after)
    return Minted(after, secret)


async def _rotate(tx: Transaction, token: Token) -> Minted:
    """Whoever holds a weak token must not get the secret of a stronger one by rotating that."""
    _refuse_excess(_limits(token), await _own_limits(tx))
    return await replace(tx, token.id)


async def _own_limits(tx: Transaction) -> Limits:
    """The limits of the token that was sent, locked: it may have been revoked a moment ago."""
    if (token_id := tx.call.actor.token_id) is None:
        return Limits()
    own = await store.lock(tx, token_id, None)
    if own is None or own.revoked_at is not None:
        raise BadToken("The token is unknown, expired or revoked.")
    return _limits(own)


async def _wanted(tx: Transaction, draft: Draft, own: Limits) -> Limits:
    permissions, programs = own.permissions, own.programs
    if draft.permissions is not UNSET:
        permissions = None if draft.permissions is None else frozenset(draft.permissions)
    if draft.programs is not UNSET:
        programs = None if draft.programs is None else await _programs(tx, draft.programs)
    expires_at = own.expires_at if draft.expires_at is UNSET else draft.expires_at
    if expires_at is not None and expires_at <= tx.call.at:
        detail = "A token ends in the future."
        raise Invalid(detail, Fault("period", detail, pointer="/expires_at"))
    return Limits(permissions, programs, expires_at)


async def _programs(tx: Transaction, slugs: Sequence[str]) -> frozenset[UUID]:
    found: set[UUID] = set()
    for place, slug in enumerate(slugs):
        program = await program_store.by_slug(tx, slug)
        if program is None:
            detail = f"There is no program '{slug}'."
            fault = Fault("invalid_reference", detail, pointer=f"/programs/{place}")
            raise InvalidReference(detail, fault)
        found.add(program.id)
    return frozenset(found)


def _limits(token: Token) -> Limits:
    return Limits(
        None if token.permissions is None else frozenset(token.permissions),
        None if token.program_ids is None else frozenset(token.program_ids),
        token.expires_at,
    )


def _refuse_excess(wanted: Limits, own: Limits) -> None:
    if faults := excess(wanted, own):
        raise ExceedsToken("A token can do no more, and last no longer, than yours.", *faults)


def _whose(call: Call) -> UUID | None:
    """The account whose tokens the caller may see and change; None means any."""
    manages = call.actor.may(Permission.ACCOUNT_MANAGE)
    return None if manages else _account(call, None)


def _account(call: Call, account_id: UUID | None) -> UUID:
    own = call.actor.account_id
    if own is None:
        raise Forbidden("Only an account has tokens.")
    if account_id is None or account_id == own:
        return own
    if not call.actor.may(Permission.ACCOUNT_MANAGE):
        raise Forbidden(f"This needs the permission {Permission.ACCOUNT_MANAGE.value}.")
    return account_id


def _found(token: Token | None) -> Token:
    if token is None:
        raise NotFound("There is no such token.")
    return token
