"""One call of a use case: who calls, when, in which request; and its one transaction."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct
from uuid_utils.compat import uuid7

from domain.errors import KeyInFlight, KeyReused
from domain.fetching import PUBLIC_ONLY, Fetcher
from domain.rules.access import Actor
from domain.sealing import NO_SEALS, Seals
from domain.store import idempotency
from domain.store.constraints import translate
from domain.store.database import Database, writing
from domain.store.query import Connection
from domain.vault import NO_VAULT, Vault

KEPT = timedelta(hours=24)


class Key(Struct, frozen=True):
    """An idempotency key: its scope (actor and operation), itself, and the request's digest."""

    scope: str
    key: str
    digest: bytes


class Call(Struct, frozen=True):
    """What every use case gets. `at` is an aware UTC time, the same for the whole call.

    `seals` hold the keys of secret ballots and `vault` those of private data, if the service has
    any; `fetcher` gets what others publish.
    """

    database: Database
    actor: Actor
    at: datetime
    request_id: str
    key: Key | None = None
    seals: Seals = NO_SEALS
    vault: Vault = NO_VAULT
    fetcher: Fetcher = PUBLIC_ONLY

    @property
    def account_id(self) -> UUID | None:
        """The account that calls, as records name it; None for the command line and the worker."""
        return self.actor.account_id if self.actor.token_id else None

    def new_id(self) -> UUID:
        """A fresh UUIDv7."""
        return uuid7()


class Transaction(Connection):
    """The one transaction of a use case.

    `replayed` is the id of what an earlier request with the same idempotency key created: a use
    case that creates returns it instead of creating again.
    """

    __slots__ = ("call", "replayed")

    def __init__(self, connection: Connection, call: Call, replayed: UUID | None) -> None:
        super().__init__(connection.raw)
        self.call, self.replayed = call, replayed

    async def created(self, resource_id: UUID) -> None:
        """Store what this call created under its idempotency key, if it has one."""
        if key := self.call.key:
            await idempotency.forget(self, before=self.call.at - KEPT)
            await idempotency.remember(
                self,
                key.scope,
                key.key,
                digest=key.digest,
                resource_id=resource_id,
                at=self.call.at,
            )


async def _claim(tx: Connection, call: Call) -> UUID | None:
    """The id that the call's key created before, or None when this call is the first."""
    if (key := call.key) is None:
        return None
    if not await idempotency.lock(tx, key.scope, key.key):
        raise KeyInFlight("A request with the same Idempotency-Key is being processed.")
    known = await idempotency.find(tx, key.scope, key.key, since=call.at - KEPT)
    if known is not None and known.digest != key.digest:
        raise KeyReused("This Idempotency-Key was used with another request in the last 24 hours.")
    return known.resource_id if known else None


@asynccontextmanager
async def transaction(call: Call) -> AsyncGenerator[Transaction]:
    """Run the body in one transaction: all of it is committed, or nothing.

    Raises what the body raises; a violated constraint becomes its domain error. A twin of a running
    request is `KeyInFlight`, a key that was used for another request `KeyReused`, a database that
    does not answer `Unavailable`.
    """
    async with call.database.connection() as raw:
        try:
            async with writing(raw):
                connection = Connection(raw)
                yield Transaction(connection, call, await _claim(connection, call))
        except asyncpg.PostgresError as error:
            if (known := translate(error)) is not None:
                raise known from error
            raise
    call.database.changed()


@asynccontextmanager
async def reading(call: Call, *, frozen: bool = False) -> AsyncGenerator[Connection]:
    """A connection for reading; `frozen` gives every statement of the body the same snapshot.

    Raises `Invalid` for a value that the database cannot hold, and `Unavailable`.
    """
    async with call.database.connection() as raw:
        try:
            if not frozen:
                yield Connection(raw)
                return
            async with raw.transaction(isolation="repeatable_read", readonly=True):
                yield Connection(raw)
        except asyncpg.DataError as error:
            raise (translate(error) or error) from error
