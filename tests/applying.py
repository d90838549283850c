"""A program that takes applications, for tests that apply over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
from msgspec import Struct
from uuid_utils.compat import uuid7

from domain import programs
from domain.call import reading
from domain.rules.access import Role
from domain.store import applications as store
from domain.store.applications import Application
from tests.people import person
from tests.world import POLICY, Bearer, World

URL = "/v1/programs/demo/applications"

QUESTIONS: dict[str, Any] = {
    "motivation": {"name": "What moves you?", "kind": "text", "required": True, "max_length": 100},
    "hours": {"name": "Hours a week", "kind": "integer", "minimum": 1, "maximum": 40},
}
CONDUCT = {"version": "1.4", "url": "https://example.org/conduct"}
GITHUB = {"provider": "github", "subject": "5501911", "handle": "bo"}
BO: dict[str, Any] = {"profile": {"name": "Bo Ling"}}
TALK: dict[str, Any] = {
    "type": "talk",
    "title": "Consumers that forgive",
    "occurred_on": "2026-01-10",
    "url": "https://example.org/talk",
}


def admission(**rules: Any) -> dict[str, Any]:
    """A policy whose program takes applications by these rules."""
    return POLICY | {"admission": {"applications": True} | rules}


class Applicants(Struct, frozen=True):
    """The program `demo`, somebody with an account who can apply, a manager and a committee."""

    world: World
    person_id: UUID
    bo: Bearer
    manager: Bearer
    committee: Bearer

    async def apply(
        self, who: Bearer | None = None, *, key: str | None = None, **body: Any
    ) -> httpx.Response:
        headers = who.headers if who else {}
        if key:
            headers = headers | {"Idempotency-Key": key}
        return await self.world.client.post(URL, json=BO | body, headers=headers)

    async def applied(self, who: Bearer | None = None, **body: Any) -> dict[str, Any]:
        made = await self.apply(who, **body)
        assert made.status_code == 201, made.text
        return made.json()

    async def read(self, application: str, secret: str) -> httpx.Response:
        return await self.world.client.get(f"{URL}/{application}", headers=bearer(secret))

    async def change(
        self, method: str, path: str, secret: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        return await self.world.client.request(
            method, f"{URL}/{path}", json=body, headers=bearer(secret) | headers
        )


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def applicants(world: World, **rules: Any) -> Applicants:
    await world.program(policy=admission(**rules))
    person_id = await person(world, "Bo Ling")
    return Applicants(
        world,
        person_id,
        await world.token(None, person_id=person_id),
        await world.token(Role.MANAGER, "demo"),
        await world.token(Role.COMMITTEE, "demo"),
    )


async def verify(world: World, person_id: UUID, provider: str, subject: str) -> None:
    """Make an identity somebody's, straight in the database."""
    await world.rows(
        """insert into identities (id, person_id, provider, subject, verified_at, created_at)
           values ($1, $2, $3, $4, now(), now())""",
        uuid7(),
        person_id,
        provider,
        subject,
    )


async def decide(world: World, application: str, status: str) -> None:
    """Say in the database what was decided on an application."""
    await world.rows(
        """update applications set status = $2, decided_at = $3, outcome_by = 'manager'
            where id = $1""",
        UUID(application),
        status,
        world.now,
    )


async def stored(world: World, application: str) -> Application:
    """The record of an application."""
    async with reading(world.call()) as tx:
        program = await programs.find(tx, "demo")
        found = await store.get(tx, program.id, UUID(application))
        assert found is not None
        return found
