"""A program that has money to spend, and how a test spends it."""

from __future__ import annotations

from typing import Any

import httpx
from msgspec import Struct

from domain.rules.access import Role
from tests.world import POLICY, Bearer, World

BASE = "/v1/programs/demo"

ZONE = "Asia/Tokyo"

BUDGET: dict[str, Any] = {
    "name": "Ambassadors 2026",
    "amount": "1000.00",
    "currency": "USD",
    "first_day": "2026-01-01",
    "last_day": "2026-12-31",
}
EXPENSE: dict[str, Any] = {
    "kind": "logistics",
    "amount": "12.50",
    "currency": "USD",
    "occurred_on": "2026-03-01",
    "description": "Postage.",
}

BENEFITS: dict[str, Any] = {
    "ticket": {
        "name": "Conference pass",
        "kind": "ticket",
        "offered": ["manager"],
        "per_tenure": 10,
        "value": {"amount": "300.00", "currency": "USD"},
    },
    "yen_ticket": {
        "name": "Conference pass in Tokyo",
        "kind": "ticket",
        "offered": ["manager"],
        "value": {"amount": "30000", "currency": "JPY"},
    },
    "meeting": {"name": "Meeting", "kind": "meeting", "offered": ["manager"]},
}


class Spending(Struct, frozen=True):
    """The program and its manager."""

    world: World
    staff: Bearer

    async def post(
        self, path: str, body: Any, who: Bearer | None = None, *, key: str | None = None
    ) -> httpx.Response:
        sent = (who or self.staff).headers | ({"Idempotency-Key": key} if key else {})
        return await self.world.client.post(BASE + path, json=body, headers=sent)

    async def get(self, path: str, who: Bearer | None = None) -> httpx.Response:
        headers = (who or self.staff).headers
        return await self.world.client.get(BASE + path, headers=headers)

    async def patch(self, path: str, body: Any, *, match: str | None = None) -> httpx.Response:
        sent = self.staff.headers | ({"If-Match": match} if match else {})
        return await self.world.client.patch(BASE + path, json=body, headers=sent)

    async def budget(self, **body: Any) -> dict[str, Any]:
        """A budget of the year 2026."""
        made = await self.post("/budgets", BUDGET | body)
        assert made.status_code == 201, made.text
        return made.json()

    async def expense(self, **body: Any) -> dict[str, Any]:
        """An expense of the first of March."""
        made = await self.post("/expenses", EXPENSE | body)
        assert made.status_code == 201, made.text
        return made.json()

    async def reverse(self, expense: dict[str, Any], **body: Any) -> httpx.Response:
        path = f"/expenses/{expense['id']}/reversal"
        return await self.post(path, {"reason": "Entered twice."} | body)

    async def events(self, type: str) -> list[dict[str, Any]]:
        """What was announced, in its order."""
        rows = await self.world.rows(
            "select data from events where type = $1 order by xid, seq", type
        )
        return [row["data"] for row in rows]

    async def grant(self, benefit: str = "ticket", handle: str = "amara") -> str:
        """The id of a grant that has just been offered, worth what its benefit is worth."""
        body = {"handle": handle, "person": {"name": handle.title()}}
        if (await self.get(f"/ambassadors/{handle}")).status_code == 404:
            assert (await self.post("/ambassadors", body)).status_code == 201
        offer = {"ambassador": handle, "benefit": benefit, "occasion": "manager"}
        made = await self.post("/grants", offer)
        assert made.status_code == 201, made.text
        return made.json()["id"]


async def spending(world: World) -> Spending:
    """The program and its manager, as they begin: at nine in the evening of 3 March 2026."""
    await world.program("demo", policy=POLICY | {"benefits": BENEFITS, "time_zone": ZONE})
    return Spending(world, await world.token(Role.MANAGER, "demo"))
