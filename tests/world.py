"""Builders: what a test is about, with sensible defaults for the rest."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from msgspec import Struct
from uuid_utils.compat import uuid7

from domain import programs
from domain.call import Call
from domain.rules import secrets
from domain.rules.access import Actor, Assignment, Permission, Role
from domain.sealing import Seals
from domain.store.database import Database
from domain.vault import Vault
from tests.outside import fetcher

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
"""When every test begins."""

POLICY: dict[str, Any] = {
    "texts": {"name": "Invented Ambassadors"},
    "groups": {"tsc": {"name": "Steering Committee"}, "board": {"name": "Board"}},
    "roles": {"team_lead": {"name": "Team lead"}},
    "contribution_types": {
        "talk": {"name": "Talk", "area": "events", "aliases": ["presentation"]},
        "article": {"name": "Article", "area": "content"},
    },
}


class Bearer(Struct, frozen=True):
    """A token of a test's own account."""

    secret: str
    account_id: UUID
    token_id: UUID

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


BALLOT_KEY = base64.urlsafe_b64encode(b"only for tests".ljust(32)).decode()
DATA_KEY = base64.urlsafe_b64encode(b"only for tests, too".ljust(32)).decode()


class Clock:
    """The service's time, which only the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def read(self) -> datetime:
        return self.now

    def pass_(self, **period: float) -> None:
        """Let time pass, as `timedelta` counts it."""
        self.now += timedelta(**period)


class World:
    """One test's instance of the service: its database, its time, its callers."""

    def __init__(
        self, database: Database, client: httpx.AsyncClient, owner_url: str, clock: Clock
    ) -> None:
        self.database, self.client, self.owner_url = database, client, owner_url
        self.clock = clock

    @property
    def now(self) -> datetime:
        """What the service's clock shows."""
        return self.clock.now

    def call(self, actor: Actor | None = None) -> Call:
        """A call by the owner (or another actor), for building through the use cases."""
        owner = Actor(
            account_id=UUID(int=1), name="world", assignments=(Assignment(Role.OWNER, None, None),)
        )
        request_id = f"test-{uuid7().hex}"
        return Call(
            self.database,
            actor or owner,
            self.now,
            request_id,
            seals=Seals([BALLOT_KEY]),
            vault=Vault([DATA_KEY]),
            fetcher=fetcher(),
        )

    async def program(
        self, slug: str = "demo", *, parent: str | None = None, policy: dict[str, Any] | None = None
    ) -> programs.Program:
        """A program with a small policy."""
        document = POLICY if policy is None else policy
        await programs.create(self.call(), programs.Draft(slug, parent, document))
        return await programs.get(self.call(), slug)

    async def token(
        self,
        role: Role | None = Role.OWNER,
        program: str | None = None,
        *,
        permissions: list[Permission] | None = None,
        programs: list[str] | None = None,
        person_id: UUID | None = None,
        expires_at: datetime | None = None,
        revoked_at: datetime | None = None,
        account_id: UUID | None = None,
    ) -> Bearer:
        """A token of a new account (or a given one) that holds one role."""
        secret = secrets.mint(secrets.TOKEN, uuid7().bytes + uuid7().bytes[8:])
        account, token = account_id or uuid7(), uuid7()
        async with self.database.pool.acquire() as raw:
            if account_id is None:
                await raw.execute(
                    """insert into accounts (id, kind, name, person_id, version,
                                             created_at, updated_at)
                       values ($1, 'person', 'Test account', $2, 1, $3, $3)""",
                    account,
                    person_id,
                    self.now,
                )
            if role is not None and account_id is None:
                await raw.execute(
                    """insert into role_assignments (id, account_id, role, program_id, valid_from,
                                                     version, updated_at)
                       values ($1, $2, $3, (select id from programs where slug = $4), $5, 1, $5)""",
                    uuid7(),
                    account,
                    role.value,
                    program,
                    self.now,
                )
            await raw.execute(
                """insert into tokens (id, account_id, name, digest, hint, permissions, program_ids,
                                       expires_at, revoked_at, created_at, version, updated_at)
                   values ($1, $2, 'test', $3, $4, $5,
                           case when $6::text[] is not null then
                               array(select id from programs where slug = any($6)) end,
                           $7, $8, $9, 1, $9)""",
                token,
                account,
                secrets.digest(secret),
                secrets.hint(secret),
                None if permissions is None else [p.value for p in permissions],
                programs,
                expires_at,
                revoked_at,
                self.now - timedelta(days=1) if expires_at else self.now,
            )
        return Bearer(secret, account, token)

    async def rows(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Look straight into the database."""
        async with self.database.pool.acquire() as raw:
            return await raw.fetch(sql, *arguments)
