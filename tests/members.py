"""Members files of invented people, and how a test imports and exports them."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import httpx

from domain.rules.access import Role
from tests.world import Bearer, World

YAML = {"Content-Type": "application/yaml"}

AMARA = """\
- name: Amara Okafor
  img: https://example.org/amara.png
  bio: Writes about queues.
  title: Engineer
  github: amara-okafor
  githubID: 900001
  slack: U0AMARA01
  twitter: amara_o
  linkedin: amara-okafor
  company: Saltmarsh
  country: 🇳🇬
  isTscMember: true
  tscMemberSince: "2025-04-14"
  contributions:
    - type: talk
      title: Consumers that forgive
      date:
        year: 2025
        month: June
      link: https://example.org/consumers
    - type: presentation
      title: Adeo case study
      date:
        year: 2023
      link: ""
"""
BRUNO = """\
- name: Bruno Teixeira
  github: bruno-t
  githubID: 900002
  contributions:
    - type: article
      title: Queues for the impatient
      date:
        year: 2024
        month: March
      link: https://example.org/queues
"""
CHIDI = """\
- name: Chidi Eze
  github: chidi-eze
  githubID: 900003
"""


class Members:
    """One program's members file, as a manager handles it."""

    def __init__(self, world: World, bearer: Bearer, program: str) -> None:
        self.world, self.headers, self.program = world, bearer.headers, program
        self.base = f"/v1/programs/{program}"

    async def send(
        self, text: str | bytes, mode: str = "mirror", as_of: str | None = "2026-03-03", **more: Any
    ) -> httpx.Response:
        params = {"mode": mode, **({"as_of": as_of} if as_of else {}), **more}
        content = text if isinstance(text, bytes) else text.encode()
        headers = self.headers | YAML
        return await self.world.client.post(
            f"{self.base}/imports", content=content, params=params, headers=headers
        )

    async def load(self, text: str | bytes, mode: str = "mirror", **more: Any) -> dict[str, Any]:
        """Import it, and show that the same again does nothing."""
        done = await self.send(text, mode, **more)
        assert done.status_code == 200, done.text
        before = await self.state()
        again = await self.send(text, mode, **more)
        assert again.status_code == 200, again.text
        assert (again.json()["actions"], again.json()["id"]) == ([], None)
        assert await self.state() == before
        return done.json()

    async def export(self, format: str = "asyncapi-yaml") -> str:
        answer = await self.world.client.get(f"{self.base}/exports/{format}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def get(self, path: str) -> httpx.Response:
        return await self.world.client.get(self.base + path, headers=self.headers)

    async def ambassador(self, handle: str) -> dict[str, Any]:
        answer = await self.get(f"/ambassadors/{handle}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def change(self, path: str, **body: Any) -> httpx.Response:
        return await self.world.client.post(self.base + path, json=body, headers=self.headers)

    async def contributions(self, handle: str, **params: str) -> list[dict[str, Any]]:
        answer = await self.world.client.get(
            f"{self.base}/ambassadors/{handle}/contributions", params=params, headers=self.headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row that an import may write."""
        tables = (
            "people",
            "identities",
            "identity_handles",
            "affiliations",
            "ambassadors",
            "ambassador_handles",
            "memberships",
            "sources",
            "contributions",
            "contribution_participants",
            "contribution_fingerprints",
            "contribution_suspects",
            "unmatched_identities",
            "imports",
            "directory_entries",
            "audit_entries",
            "events",
        )
        found: dict[str, list[tuple[Any, ...]]] = {}
        for table in tables:
            rows = await self.world.rows(f"select * from {table} t order by t::text")
            found[table] = [tuple(row.values()) for row in rows]
        return found


async def members(world: World, program: str = "demo", **more: Any) -> Members:
    """A program with a manager of it."""
    await world.program(program, **more)
    return Members(world, await world.token(Role.MANAGER, program), program)


async def blocked(owner: asyncpg.Connection[asyncpg.Record]) -> int:
    """Wait until some request waits for this connection; its process id."""
    for _ in range(500):
        pid: int | None = await owner.fetchval(
            """select pid from pg_stat_activity
                where datname = current_database()
                  and pg_backend_pid() = any(pg_blocking_pids(pid))"""
        )
        if pid is not None:
            return pid
        await asyncio.sleep(0.01)
    raise AssertionError("nobody ever waited")
