"""Two hundred claim what there are fifty of: fifty get it, and the ledger knows where it went."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.processes import Service
from tests.stocked import Stock, grants, stock
from tests.world import POLICY, Bearer, World

PATIENT = {"rate_limit_per_minute": "1000000", "rate_limit_anonymous_per_minute": "1000000"}
PACK = {"name": "Pack", "kind": "swag", "offered": ["manager"], "items": {"shirt": 1}}
THERE, WANTED = 50, 200


async def promised(world: World) -> tuple[Stock, Bearer, list[UUID]]:
    """Fifty shirts at two places, and two hundred grants of one that are not claimed."""
    shirts = await stock(world, policy=POLICY | {"benefits": {"pack": PACK}})
    await shirts.item("shirt")
    for place in ("office", "storeroom"):
        await shirts.place(place)
        await shirts.received(THERE // 2, "shirt", place)
    offered = await grants(world, WANTED, status="offered", benefit="pack")
    return shirts, await world.token(), offered


def outcome(answer: httpx.Response) -> tuple[int, str | None]:
    body: dict[str, Any] = answer.json()
    return answer.status_code, body.get("code")


async def claimed(world: World) -> set[UUID]:
    """The grants that are claimed; each has reserved one shirt, and no other grant has any."""
    rows = await world.rows(
        """select g.id, g.status, coalesce(sum(m.quantity), 0) as reserved
             from grants g
             left join stock_movements m on m.grant_id = g.id and m.kind = 'reserved'
            group by g.id, g.status"""
    )
    assert {(row["status"], row["reserved"]) for row in rows} == {("claimed", 1), ("offered", 0)}
    return {UUID(str(row["id"])) for row in rows if row["status"] == "claimed"}


async def nothing_is_left(shirts: Stock) -> None:
    assert (
        await shirts.balance()
        == await shirts.ledger()
        == {
            "shirt/standard/office": (THERE // 2, THERE // 2),
            "shirt/standard/storeroom": (THERE // 2, THERE // 2),
        }
    )


async def test_of_two_hundred_claims_at_once_fifty_get_one(world: World) -> None:
    shirts, owner, offered = await promised(world)
    urls = [f"/v1/programs/demo/grants/{grant}/claim" for grant in offered]
    answers = await asyncio.gather(
        *(world.client.post(url, json={}, headers=owner.headers) for url in urls)
    )
    assert Counter(map(outcome, answers)) == {
        (200, None): THERE,
        (409, "out_of_stock"): WANTED - THERE,
    }
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert "0 of shirt/standard" in refused["detail"]
    assert len(await claimed(world)) == THERE
    await nothing_is_left(shirts)


async def claims(
    service: Service, owner: Bearer, wanted: Sequence[UUID], kill_after: int | None = None
) -> dict[UUID, tuple[int, str | None] | None]:
    """What each claim was told, None: nobody answered. The service is killed in between."""
    told: dict[UUID, tuple[int, str | None] | None] = {}
    lines = asyncio.Semaphore(20)

    async def one(client: httpx.AsyncClient, grant: UUID) -> None:
        async with lines:
            try:
                answer = await client.post(f"/v1/programs/demo/grants/{grant}/claim", json={})
            except httpx.TransportError:
                told[grant] = None
                return
            told[grant] = outcome(answer)
            got = sum(one is not None and one[0] == 200 for one in told.values())
            if got == kill_after:
                service.kill()

    async with httpx.AsyncClient(base_url=service.url, headers=owner.headers, timeout=60) as client:
        await asyncio.gather(*(one(client, grant) for grant in wanted))
    return told


@pytest.mark.parametrize("after", [3, 30])
async def test_a_service_that_is_killed_gives_nothing_twice(
    world: World, database_url: str, after: int
) -> None:
    shirts, owner, offered = await promised(world)
    with Service(database_url=database_url, **PATIENT) as service:
        first = await claims(service.ready(), owner, offered, kill_after=after)
    unanswered = [grant for grant, told in first.items() if told is None]
    got = {grant for grant, told in first.items() if told == (200, None)}
    assert unanswered, "it was killed too late, so nothing was tried"
    assert len(got) >= after
    with Service(database_url=database_url, **PATIENT) as service:
        again = await claims(service.ready(), owner, unanswered)
    # What was claimed and not answered any more is theirs.
    known = {(200, None), (409, "already_claimed"), (409, "out_of_stock")}
    assert set(again.values()) <= known
    got |= {grant for grant, told in again.items() if told != (409, "out_of_stock")}
    assert got == await claimed(world)
    assert len(got) == THERE
    await nothing_is_left(shirts)


async def test_claims_refusals_and_moves_at_once_leave_the_sums_right(world: World) -> None:
    """Who waits for whom goes in one order: nobody waits for ever, and nothing is lost."""
    shirts, owner, offered = await promised(world)
    base = "/v1/programs/demo"

    async def post(path: str, body: dict[str, Any]) -> httpx.Response:
        return await world.client.post(f"{base}/{path}", json=body, headers=owner.headers)

    async def claim_and_decline(grant: UUID) -> list[int]:
        first = await post(f"grants/{grant}/claim", {})
        second = await post(f"grants/{grant}/refusal", {"reason": "It does not fit."})
        return [first.status_code, second.status_code]

    async def carry(origin: str, target: str) -> int:
        body = {"kind": "moved", "item": "shirt", "quantity": 1}
        body |= {"from_place": origin, "to_place": target}
        return (await post("stock/movements", body)).status_code

    ways = [("office", "storeroom"), ("storeroom", "office")] * 10
    answers, moved = await asyncio.gather(
        asyncio.gather(*(claim_and_decline(grant) for grant in offered[:60])),
        asyncio.gather(*(carry(*way) for way in ways)),
    )
    assert {status for pair in answers for status in pair} <= {200, 409}
    assert set(moved) <= {201, 409}
    balance = await shirts.balance()
    assert balance == await shirts.ledger()
    assert {reserved for _, reserved in balance.values()} == {0}
    assert await shirts.balance(by="item") == {"shirt//": (THERE, 0)}
