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
SOURCE = "meetup-bot"
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


class Loaded(Struct, frozen=True):
    """What was loaded.

    `reader` is a token that sees what the public sees, `owner` one that may do everything, `bot`
    that of a tool with a trusted source.
    """

    program_id: UUID
    ambassadors: int
    contributions: int
    reader: str
    owner: str
    bot: str


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
                (invented.drawn(ambassadors, contributions), ()),
                (invented.EVENTS, (ambassadors, program_id)),
                (invented.AUDIT, (ambassadors, program_id)),
                (invented.AUDIT_VALUES, (ambassadors,)),
                (invented.ACCOUNTS, (accounts,)),
                (invented.ROLES, (accounts, program_id)),
                (invented.TOKENS, (accounts,)),
            ):
                await raw.execute(sql, *arguments)
            # Ten million rows: indexes are built and references checked faster in one piece.
            again = [
                statement
                for table in ("contributions", "contribution_participants")
                for statement in await _bare(raw, table)
            ]
            await raw.execute(invented.CONTRIBUTIONS, program_id)
            await raw.execute(invented.PARTICIPANTS, program_id)
            for statement in again:
                await raw.execute(statement)
            reader, _ = await _token(raw, None)
            owner, _ = await _token(raw, "owner")
            bot, token_id = await _token(raw, "integration", program_id)
            await raw.execute(invented.SOURCE, program_id, uuid7(), SOURCE, NOW)
            await raw.execute(invented.SOURCE_TOKEN, program_id, SOURCE, token_id)
            await directory.refresh_program(Connection(raw), program_id)
        await raw.execute("vacuum analyze")
    finally:
        await raw.close()
    return Loaded(program_id, ambassadors, contributions, reader, owner, bot)


async def _bare(raw: asyncpg.Connection[asyncpg.Record], table: str) -> list[str]:
    """Drop a table's references and all indexes but its key; returns what makes them again."""
    references = await raw.fetch(
        """select format('alter table %s drop constraint %I', conrelid::regclass, conname) as away,
                  format('alter table %s add constraint %I %s', conrelid::regclass, conname,
                         pg_get_constraintdef(oid)) as again
             from pg_constraint where conrelid = $1::text::regclass and contype = 'f'""",
        table,
    )
    indexes = await raw.fetch(
        """select format('drop index %s', indexrelid::regclass) as away,
                  pg_get_indexdef(indexrelid) as again
             from pg_index where indrelid = $1::text::regclass and not indisprimary""",
        table,
    )
    for row in (*references, *indexes):
        await raw.execute(row["away"])
    return [row["again"] for row in (*indexes, *references)]


async def _program(service_url: str) -> UUID:
    database = Database()
    await database.open(service_url, size=2)
    try:
        call = Call(database, COMMAND_LINE, NOW, "bench-load")
        await programs.create(call, programs.Draft(SLUG, None, invented.POLICY))
        return (await programs.get(call, SLUG)).id
    finally:
        await database.close(5)


async def _token(
    raw: asyncpg.Connection[asyncpg.Record], role: str | None, program_id: UUID | None = None
) -> tuple[str, UUID]:
    secret = secrets.mint(secrets.TOKEN, os.urandom(secrets.ENTROPY))
    account, token, before = uuid7(), uuid7(), datetime(2026, 1, 1, tzinfo=UTC)
    await raw.execute(
        """insert into accounts (id, kind, name, version, created_at, updated_at)
           values ($1, $2, 'Bench', 1, $3, $3)""",
        *(account, "integration" if role == "integration" else "person", before),
    )
    if role is not None:
        await raw.execute(
            """insert into role_assignments (id, account_id, role, program_id, valid_from, version,
                                             updated_at)
               values ($1, $2, $3, $4, $5, 1, $5)""",
            *(uuid7(), account, role, program_id, before),
        )
    await raw.execute(
        """insert into tokens (id, account_id, name, digest, hint, created_at, version, updated_at)
           values ($1, $2, 'bench', $3, $4, $5, 1, $5)""",
        *(token, account, secrets.digest(secret), secrets.hint(secret), before),
    )
    return secret, token
