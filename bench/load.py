"""Fills a migrated, empty database to a given size, and makes a token that may do everything."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct
from uuid_utils.compat import uuid7

from bench import invented
from domain import programs
from domain.call import Call
from domain.rules import secrets
from domain.rules.access import COMMAND_LINE
from domain.store import directory
from domain.store.database import Database
from domain.store.query import Connection

SLUG = "bench"
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


class Loaded(Struct, frozen=True):
    """What was loaded. `reader` sees what the public sees; `owner` may do everything."""

    program_id: UUID
    ambassadors: int
    contributions: int
    reader: str
    owner: str


async def load(owner_url: str, service_url: str, *, ambassadors: int, contributions: int) -> Loaded:
    """Load, then vacuum and analyze as a server that has had a minute for it."""
    program_id = await _program(service_url)
    # Not below 1000: a smaller table is rightly read from end to end.
    accounts = max(ambassadors // 20, 1000)
    raw = await asyncpg.connect(owner_url)
    try:
        async with raw.transaction():
            await raw.execute("select setseed(0.25)")
            for sql, arguments in (
                (invented.PEOPLE, (ambassadors,)),
                (invented.IDENTITIES, (ambassadors,)),
                (invented.AFFILIATIONS, (ambassadors,)),
                (invented.AMBASSADORS, (ambassadors, program_id)),
                (invented.MEMBERSHIPS, (ambassadors, program_id)),
                # What follows looks every row's ambassador up: the planner has to know them.
                ("analyze people, affiliations, ambassadors, memberships", ()),
                (invented.CONTRIBUTIONS, (ambassadors, program_id, contributions)),
                (invented.EVENTS, (ambassadors, program_id)),
                (invented.AUDIT, (ambassadors, program_id)),
                (invented.AUDIT_VALUES, (ambassadors,)),
                (invented.ACCOUNTS, (accounts,)),
                (invented.ROLES, (accounts, program_id)),
                (invented.TOKENS, (accounts,)),
            ):
                await raw.execute(sql, *arguments)
            reader = await _token(raw, None)
            owner = await _token(raw, "owner")
            await directory.refresh_program(Connection(raw), program_id)
        await raw.execute("vacuum analyze")
    finally:
        await raw.close()
    return Loaded(program_id, ambassadors, contributions, reader, owner)


async def _program(service_url: str) -> UUID:
    database = Database()
    await database.open(service_url, size=2)
    try:
        call = Call(database, COMMAND_LINE, NOW, "bench-load")
        await programs.create(call, programs.Draft(SLUG, None, invented.POLICY))
        return (await programs.get(call, SLUG)).id
    finally:
        await database.close(5)


async def _token(raw: asyncpg.Connection[asyncpg.Record], role: str | None) -> str:
    secret = secrets.mint(secrets.TOKEN, os.urandom(secrets.ENTROPY))
    account, before = uuid7(), datetime(2026, 1, 1, tzinfo=UTC)
    await raw.execute(
        """insert into accounts (id, kind, name, version, created_at, updated_at)
           values ($1, 'person', 'Bench', 1, $2, $2)""",
        *(account, before),
    )
    if role is not None:
        await raw.execute(
            """insert into role_assignments (id, account_id, role, valid_from, version, updated_at)
               values ($1, $2, $3, $4, 1, $4)""",
            *(uuid7(), account, role, before),
        )
    await raw.execute(
        """insert into tokens (id, account_id, name, digest, hint, created_at, version, updated_at)
           values ($1, $2, 'bench', $3, $4, $5, 1, $5)""",
        *(uuid7(), account, secrets.digest(secret), secrets.hint(secret), before),
    )
    return secret
