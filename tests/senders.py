"""A program with people and a source, for tests that send contributions over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
from msgspec import Struct
from uuid_utils.compat import uuid7

from domain.rules.access import Role
from tests.world import POLICY, Bearer, World

TALK: dict[str, Any] = {
    "type": "talk",
    "title": "Consumers that forgive",
    "occurred_on": "2025-11",
    "url": "https://example.org/talk",
    "participants": [{"ambassador": "amara"}],
}


class Senders(Struct, frozen=True):
    """The `demo` program with the ambassadors amara and bruno, an owner, and a source's token."""

    world: World
    owner: Bearer
    bot: Bearer
    people: dict[str, UUID]

    @property
    def base(self) -> str:
        return "/v1/programs/demo"

    async def put(self, key: str, source: str = "bot", **body: Any) -> httpx.Response:
        return await self.world.client.put(
            f"{self.base}/sources/{source}/contributions/{key}",
            json=TALK | body,
            headers=self.bot.headers,
        )

    async def bulk(self, lines: list[Mapping[str, Any]] | bytes) -> list[dict[str, Any]]:
        answer = await self.world.client.post(
            f"{self.base}/contributions/bulk",
            content=lines if isinstance(lines, bytes) else ndjson(lines),
            headers=self.bot.headers | {"Content-Type": "application/x-ndjson"},
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        return [json.loads(line) for line in answer.content.splitlines()]

    async def post(
        self, path: str, body: Any = None, *, who: Bearer | None = None, **headers: str
    ) -> httpx.Response:
        return await self.world.client.post(
            self.base + path, json=body or {}, headers=(who or self.owner).headers | headers
        )

    async def get(self, path: str, *, who: Bearer | None = None, **query: Any) -> httpx.Response:
        headers = who.headers if who else {}
        return await self.world.client.get(self.base + path, params=query, headers=headers)

    async def source(self, slug: str, *, trust: str = "untrusted") -> None:
        body = {"slug": slug, "name": slug, "trust": trust, "tokens": [str(self.bot.token_id)]}
        made = await self.post("/sources", body)
        assert made.status_code == 201, made.text

    async def ambassador(self, handle: str) -> Bearer:
        """A token of an account of this ambassador."""
        return await self.world.token(Role.AMBASSADOR, "demo", person_id=self.people[handle])


def ndjson(lines: list[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def line(key: str, source: str = "bot", **more: Any) -> dict[str, Any]:
    return TALK | {"source": source, "key": key} | more


async def senders(
    world: World, *, policy: dict[str, Any] | None = None, trust: str = "untrusted"
) -> Senders:
    program = await world.program(policy=POLICY | (policy or {}))
    owner, bot = await world.token(), await world.token(Role.INTEGRATION, "demo")
    people: dict[str, UUID] = {}
    for handle in ("amara", "bruno"):
        made = await world.client.post(
            "/v1/programs/demo/ambassadors",
            json={"handle": handle, "person": {"name": handle.title()}},
            headers=owner.headers,
        )
        assert made.status_code == 201, made.text
        rows = await world.rows(
            "select person_id from ambassadors where program_id = $1 and handle = $2",
            program.id,
            handle,
        )
        people[handle] = rows[0]["person_id"]
    demo = Senders(world, owner, bot, people)
    await demo.source("bot", trust=trust)
    return demo


async def verified(demo: Senders, handle: str, provider: str, subject: str) -> None:
    """Vouch for an identity of an ambassador, straight in the database."""
    await demo.world.rows(
        """insert into identities (id, person_id, provider, subject, verified_at, created_at)
           values ($1, $2, $3, $4, now(), now())""",
        uuid7(),
        demo.people[handle],
        provider,
        subject,
    )
