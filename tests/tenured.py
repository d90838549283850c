"""A program with tenures, its manager, and how a test makes ambassadors come and go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from domain import ambassadors, people
from domain.ambassadors import Draft
from domain.rules.access import Role
from tests.world import POLICY, Bearer, World

YEARLY: dict[str, Any] = {"clock": "anniversary", "length": "P1Y"}
"""A year from the day of joining, as in AsyncAPI's program."""


class Tenured:
    """One program, as a manager handles it."""

    def __init__(self, world: World, staff: Bearer, program: str) -> None:
        self.world, self.staff, self.program = world, staff, program
        self.base = f"/v1/programs/{program}"

    async def join(
        self, handle: str = "amara", joined_on: str | None = "2026-03-03", **more: Any
    ) -> str:
        """Somebody new, who is an ambassador from that day; their record's id."""
        body = {"handle": handle, "person": {"name": handle.title()}, "joined_on": joined_on} | more
        made = await self.post("/ambassadors", body)
        assert made.status_code == 201, made.text
        return made.json()["id"]

    async def post(
        self, path: str, body: Any = None, who: Bearer | None = None, **headers: str
    ) -> httpx.Response:
        sent = (who or self.staff).headers | headers
        return await self.world.client.post(self.base + path, json=body, headers=sent)

    async def get(self, path: str, who: Bearer | None = None) -> httpx.Response:
        headers = (who or self.staff).headers
        return await self.world.client.get(self.base + path, headers=headers)

    async def patch(self, path: str, body: Any) -> httpx.Response:
        return await self.world.client.patch(
            self.base + path, json=body, headers=self.staff.headers
        )

    async def status(self, status: str, handle: str = "amara", **more: Any) -> httpx.Response:
        body = {"status": status, "reason": "A test."} | more
        return await self.post(f"/ambassadors/{handle}/status", body)

    async def tenures(self, handle: str = "amara") -> list[dict[str, Any]]:
        """Newest first."""
        answer = await self.get(f"/ambassadors/{handle}/tenures")
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def days(self, handle: str = "amara") -> list[tuple[str, str | None, str | None]]:
        """First day, last day and outcome of each tenure, newest first."""
        found = await self.tenures(handle)
        return [(one["first_day"], one["last_day"], one["outcome"]) for one in found]

    async def decide(
        self, tenure: dict[str, Any], outcome: str, who: Bearer | None = None, **more: Any
    ) -> httpx.Response:
        headers = more.pop("headers", {})
        body = {"outcome": outcome, "reason": "As decided."} | more
        return await self.post(f"/tenures/{tenure['id']}/outcome", body, who, **headers)

    async def oneself(self, handle: str = "amara") -> Bearer:
        """An ambassador's own token."""
        (row,) = await self.world.rows(
            "select person_id from ambassadors where handle = $1"
            " and program_id = (select id from programs where slug = $2)",
            handle,
            self.program,
        )
        return await self.world.token(
            Role.AMBASSADOR, self.program, person_id=UUID(str(row["person_id"]))
        )

    async def told(self, prefix: str = "tenure.") -> list[str]:
        """The types of the events, in their order."""
        rows = await self.world.rows(
            "select type from events where starts_with(type, $1) order by seq", prefix
        )
        return [row["type"] for row in rows]


async def tenured(
    world: World, program: str = "demo", *, tenure: dict[str, Any] | None = YEARLY, **policy: Any
) -> Tenured:
    """A program with tenures (None: without) and a manager of it."""
    document = POLICY | ({"tenure": tenure} if tenure else {}) | policy
    await world.program(program, policy=document)
    return Tenured(world, await world.token(Role.MANAGER, program), program)


async def crowd(world: World, program: str, count: int, **more: Any) -> None:
    """So many ambassadors, made by the use case."""
    for number in range(count):
        draft = Draft(f"member-{number}", people.Changes(name=f"Member {number}"), **more)
        await ambassadors.create(world.call(), program, draft)
