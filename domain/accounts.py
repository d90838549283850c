"""Accounts: who can call, from the first owner on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from domain import audit, people, programs, roles, sources, tokens
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Fault, Invalid, InvalidReference, NotFound
from domain.roles import LastOwner
from domain.rules import secrets
from domain.rules.access import Permission, Role
from domain.rules.token_limits import Limits
from domain.store import accounts as store
from domain.store import tokens as token_store
from domain.store.accounts import Account, Kind
from domain.store.query import Connection
from domain.store.tokens import Token

__all__ = [
    "Account",
    "Changes",
    "Draft",
    "Kind",
    "Me",
    "add",
    "create",
    "create_integration",
    "ensure_owner",
    "find",
    "get",
    "mine",
    "page",
    "update",
]

Check = Callable[[int], None]
"""Raises `VersionMismatch` when a version is not the one that the caller expects."""


class Draft(Struct, frozen=True):
    """An account to be; only a person's account has a `person_id`, and not each of them."""

    kind: Kind
    name: str
    person_id: UUID | None = None


class Changes(Struct, frozen=True):
    """What to change of an account; UNSET leaves a field as it is."""

    name: str | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class Me(Struct, frozen=True):
    """The caller: their account, the token that was sent, and what they may do with it.

    `permissions` by the program's slug come on top of those under None, which hold everywhere.
    """

    account: Account
    token: Token
    permissions: dict[str | None, list[Permission]]


async def mine(call: Call) -> Me:
    """Who calls. Raises `NotFound` for whoever calls without an account."""
    account_id, token_id = call.actor.account_id, call.actor.token_id
    if account_id is None or token_id is None:
        raise NotFound("Nobody in particular calls.")
    async with reading(call) as tx:
        account = await find(tx, account_id)
        token = await token_store.get(tx, token_id, account_id)
    if token is None:
        raise NotFound("There is no such token.")
    return Me(account, token, call.actor.effective())


async def find(tx: Connection, account_id: UUID) -> Account:
    """The account, inside a transaction. Raises `NotFound`."""
    return _found(await store.get(tx, account_id))


async def get(call: Call, account_id: UUID) -> Account:
    """The account. Raises `NotFound`."""
    async with reading(call) as tx:
        return await find(tx, account_id)


async def page(
    call: Call, *, kind: Kind | None, person_id: UUID | None, after: UUID | None, limit: int
) -> list[Account]:
    """Accounts in the order in which they were made, one more than a page."""
    async with reading(call) as tx:
        return await store.page(tx, kind=kind, person_id=person_id, after=after, limit=limit + 1)


async def create(call: Call, draft: Draft) -> UUID:
    """Create an account without roles; returns its id.

    Raises `Invalid` for an integration that is to be a person, `InvalidReference` for an unknown
    person, `PersonMerged`, `PersonErased`.
    """
    async with transaction(call) as tx:
        if tx.replayed is not None:
            return tx.replayed
        if draft.kind == "integration" and draft.person_id is not None:
            detail = "An integration is no person."
            raise Invalid(detail, Fault("kind", detail, pointer="/person_id"))
        account_id = await add(tx, draft)
        await tx.created(account_id)
        return account_id


async def add(tx: Transaction, draft: Draft) -> UUID:
    """Store and record a new account, whoever calls; returns its id. Raises as `create` does."""
    if draft.person_id is not None:
        try:
            await people.lock(tx, draft.person_id)
        except NotFound as unknown:
            fault = Fault("invalid_reference", unknown.detail, pointer="/person_id")
            raise InvalidReference(unknown.detail, fault) from None
    account_id = tx.call.new_id()
    await store.insert(
        tx,
        id=account_id,
        kind=draft.kind,
        name=draft.name,
        person_id=draft.person_id,
        at=tx.call.at,
    )
    made = await find(tx, account_id)
    await audit.record(tx, "account.created", ("account", account_id), after=made)
    return account_id


async def update(call: Call, account_id: UUID, changes: Changes, check: Check) -> None:
    """Rename, disable or enable an account; a disabled account's tokens are good for nothing.

    Raises `NotFound`, `VersionMismatch`, `LastOwner`.
    """
    async with transaction(call) as tx:
        before = _found(await store.lock(tx, account_id))
        check(before.version)
        name = before.name if changes.name is UNSET else changes.name
        disabled_at = before.disabled_at
        if changes.disabled is not UNSET:
            disabled_at = (before.disabled_at or call.at) if changes.disabled else None
        if (name, disabled_at) == (before.name, before.disabled_at):
            return
        if disabled_at is not None and before.disabled_at is None:
            await _keep_an_owner(tx, account_id)
        await store.update(tx, account_id, name=name, disabled_at=disabled_at, at=call.at)
        after = await find(tx, account_id)
        await audit.record(
            tx, "account.updated", ("account", account_id), before=before, after=after
        )


async def ensure_owner(call: Call, secret: str | None) -> str | None:
    """Make sure that the instance has an owner who can call; safe in many processes at once.

    Without an owner an account is made, with a token whose secret is `secret`, or a new one: that
    is returned, this once. With an owner, a `secret` that is not known yet becomes one more token
    of the oldest one. Raises `Invalid` when the secret could not be a token.
    """
    if secret is not None and not secrets.presentable(secret):
        raise Invalid(
            f"The owner's token needs {secrets.CHOSEN.start} to {secrets.CHOSEN.stop - 1} "
            "printable characters without spaces; one that begins with `chy_` must be one that "
            "Chancery has made."
        )
    async with transaction(call) as tx:
        await store.lock_owners(tx)
        owner = await store.first_owner(tx, call.at)
        made_now = owner is None
        if owner is None:
            owner = await add(tx, Draft("person", "Owner"))
            await roles.grant(tx, owner, Role.OWNER, None)
        if secret is None:
            return (await tokens.make(tx, owner, "First token")).secret if made_now else None
        if not await token_store.exists(tx, secrets.digest(secret)):
            await tokens.make(tx, owner, "From the settings", secret=secret)
        return None


async def create_integration(
    call: Call,
    *,
    name: str,
    role: Role,
    program: str | None,
    permissions: frozenset[Permission] | None = None,
    expires_at: datetime | None = None,
    writes_to: Sequence[str] = (),
) -> str:
    """Create an integration's account with one role and a token; returns the token's secret.

    `permissions` limit the token (None: all of the role's); `expires_at` is an aware UTC time;
    `writes_to` are slugs of sources of the program. Raises `NotFound` for the program or a source,
    `ProgramArchived`, `Forbidden`, and `Invalid` when the owner's role is given a program or
    another role none, or sources have no program.
    """
    if (program is None) != (role is Role.OWNER):
        raise Invalid("The owner's role has no program; every other role has one.")
    if writes_to and program is None:
        raise Invalid("A source is of a program, and the owner's role has none.")
    roles.require_grant(call, role, program)
    async with transaction(call) as tx:
        place = None if program is None else await programs.find_open(tx, program)
        account_id = await add(tx, Draft("integration", name))
        await roles.grant(tx, account_id, role, place)
        limits = Limits(permissions=permissions, expires_at=expires_at)
        made = await tokens.make(tx, account_id, name, limits)
        if place is not None:
            for slug in writes_to:
                await sources.give(tx, place, slug, made.token.id)
        return made.secret


async def _keep_an_owner(tx: Transaction, leaving: UUID) -> None:
    await store.lock_owners(tx)
    at = tx.call.at
    rest = await store.lasting_owners(tx, at, without_account=leaving)
    if rest == 0 and await store.lasting_owners(tx, at) > 0:
        raise LastOwner("This is the account of the last owner; assign another one first.")


def _found(account: Account | None) -> Account:
    if account is None:
        raise NotFound("There is no such account.")
    return account
