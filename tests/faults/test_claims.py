"""Many claim the last things at once, also while the service is killed: nothing is given twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain import granting, offers, stock_items, stock_movements, stock_places
from domain.granting import Round
from domain.rules.policy_benefits import Occasion
from domain.rules.stock import MovementKind, PlaceKind
from domain.store.database import Database
from tests.granted import DELIVERY, Granting, code, done
from tests.granted import granting as begin
from tests.processes import Service
from tests.world import DATA_KEY, Bearer, Clock, World

MANY, THERE = 200, 50

SCARCE: dict[str, Any] = {
    "mug": {"name": "Mug", "kind": "swag", "items": {"mug": 1}},
    "badge": {"name": "Badge", "kind": "access", "ends_with_tenure": True},
}
"""Of mugs there are fifty, as of the codes for `pass`."""

LEFT = {"pass": "no_codes_left", "mug": "out_of_stock"}

BALANCE = "select sum(on_hand) as there, sum(reserved) as reserved from stock_balances"


class Crowd(Granting):
    """The same with many ambassadors, each with an offer of one scarce benefit."""

    members: list[tuple[str, Bearer]]

    async def gather(self, benefit: str, count: int = MANY) -> None:
        """Let so many join, and offer the benefit to all at once."""
        tokens = [await self.join(f"Member {number:03}") for number in range(count)]
        await self.supply()
        round = Round(benefit, Occasion.MANAGER, None, None, handles=None, dry_run=False)
        told = (await granting.offer_many(self.world.call(), "demo", round)).told
        grants = {one.handle: f"/grants/{one.grant_id}" for one in told}
        self.members = [
            (grants[f"member-{number:03}"], token) for number, token in enumerate(tokens)
        ]

    async def supply(self) -> None:
        call = self.world.call()
        await self.load("pass", *(f"CODE-{number:03}" for number in range(THERE)))
        await stock_items.create(call, "demo", stock_items.Draft("mug", "Mug"))
        await stock_places.create(
            call, "demo", stock_places.Draft("store", "Store", PlaceKind.STORAGE)
        )
        received = stock_movements.Draft(MovementKind.RECEIVED, "mug", THERE, to_place="store")
        await stock_movements.record(call, "demo", received)

    async def given(self, benefit: str) -> list[UUID]:
        """Which grants got one of the fifty: as the codes say, or the ledger."""
        if benefit == "pass":
            rows = await self.world.rows(
                """select c.grant_id as id from benefit_codes c
                     join grants g on g.id = c.grant_id and g.status = 'fulfilled'"""
            )
        else:
            rows = await self.world.rows(
                """select m.grant_id as id from stock_movements m
                     join grants g on g.id = m.grant_id and g.status = 'claimed'
                    where m.kind = 'reserved' and m.quantity = 1"""
            )
        return [UUID(str(row["id"])) for row in rows]

    async def counts(self) -> tuple[int, int]:
        """How many mugs are there, and how many of them are reserved; the ledger says the same."""
        (row,) = await self.world.rows(BALANCE)
        summed = {kind: await self.movements(kind) for kind in MovementKind}
        assert row["there"] == summed[MovementKind.RECEIVED] - summed[MovementKind.GIVEN]
        assert row["reserved"] == summed[MovementKind.RESERVED] - summed[MovementKind.RELEASED]
        return row["there"], row["reserved"]

    async def closes(self, benefit: str, got: Sequence[str]) -> None:
        """Whoever was told that they have one has one, fifty have, and nothing is left."""
        given = await self.given(benefit)
        assert len(given) == len(set(given)) == THERE
        assert {f"/grants/{one}" for one in given} == set(got)
        assert await self.counts() == (THERE, 0 if benefit == "pass" else THERE)
        if benefit == "pass":
            pool = await self.get("/benefits/pass/codes")
            assert (pool["loaded"], pool["given"], pool["free"]) == (THERE, THERE, 0)
        claimed = await self.told("grant.claimed")
        assert len(claimed) == THERE


async def crowd(world: World, benefit: str, count: int = MANY) -> Crowd:
    made = await begin(world, **SCARCE)
    them = Crowd(world, made.manager, made.packer)
    await them.gather(benefit, count)
    return them


@pytest.mark.parametrize("benefit", ["pass", "mug"])
async def test_two_hundred_claim_fifty(world: World, benefit: str) -> None:
    them = await crowd(world, benefit)
    answers = await asyncio.gather(*(them.claim(grant, who) for grant, who in them.members))
    told = Counter(code(one) if one.is_error else one.status_code for one in answers)
    assert told == {200: THERE, (409, LEFT[benefit]): MANY - THERE}
    members = zip(them.members, answers, strict=True)
    got = [member for member, one in members if one.is_success]
    await them.closes(benefit, [grant for grant, _ in got])
    if benefit == "pass":
        shown = [(await them.get(f"{grant}/code", who))["code"] for grant, who in got]
        assert sorted(shown) == [f"CODE-{number:03}" for number in range(THERE)]


@pytest.mark.parametrize("benefit", ["pass", "mug"])
async def test_nobody_is_refused_while_there_is_one_left(world: World, benefit: str) -> None:
    them = await crowd(world, benefit, THERE)
    answers = await asyncio.gather(*(them.claim(grant, who) for grant, who in them.members))
    assert [one.text for one in answers if one.is_error] == []
    await them.closes(benefit, [grant for grant, _ in them.members])


@asynccontextmanager
async def detached(database_url: str, owner_url: str) -> AsyncIterator[World]:
    """Builders on a database that a process serves, with no service of their own."""
    database = Database()
    await database.open(database_url, size=3)
    try:
        async with httpx.AsyncClient() as client:
            yield World(database, client, owner_url, Clock())
    finally:
        await database.close(1)


class Killed:
    """A service that is killed in the middle of its work, and started anew."""

    def __init__(self, database_url: str) -> None:
        self.settings = {
            "database_url": database_url,
            "data_keys": DATA_KEY,
            "rate_limit_per_minute": "1000000",
            "pool_size": "8",
        }
        self.service = Service(**self.settings)
        self.acknowledged = asyncio.Semaphore(0)
        self.hung_up = 0

    async def claim(self, client: httpx.AsyncClient, grant: str, who: Bearer) -> httpx.Response:
        """Ask until there is an answer, as whoever clicks again would."""
        for _ in range(120):
            url = f"{self.service.url}/v1/programs/demo{grant}/claim"
            try:
                answer = await client.post(url, json={}, headers=who.headers, timeout=20)
            except httpx.TransportError:
                self.hung_up += 1
            else:
                if answer.status_code != 503:
                    self.acknowledged.release()
                    return answer
            await asyncio.sleep(0.5)
        raise AssertionError(f"nobody answered: {self.service.said[-2000:]}")

    async def kill(self, after: int) -> None:
        """Kill it when so many have been answered."""
        for _ in range(after):
            await self.acknowledged.acquire()
        self.service.kill()
        self.service = await asyncio.to_thread(lambda: Service(**self.settings).ready())


@pytest.mark.parametrize("benefit", ["pass", "mug"])
async def test_the_same_while_the_service_is_killed(
    database_url: str, owner_url: str, benefit: str
) -> None:
    async with detached(database_url, owner_url) as world:
        killed = Killed(database_url)
        try:
            await asyncio.to_thread(killed.service.ready)
            world.client.base_url = httpx.URL(killed.service.url)
            them = await crowd(world, benefit)
            *answers, _ = await asyncio.gather(
                *(killed.claim(world.client, grant, who) for grant, who in them.members),
                killed.kill(after=20),
            )
            world.client.base_url = httpx.URL(killed.service.url)
            assert killed.hung_up, "nobody noticed that it was killed, so nothing was tried"
            got: list[str] = []
            for (grant, _), one in zip(them.members, answers, strict=True):
                if one.is_success:
                    got.append(grant)
                elif code(one) == (409, "already_claimed"):
                    # It was done, and nobody was left to say so.
                    assert one.json()["current"]["claimed_at"]
                    got.append(grant)
                else:
                    assert code(one) == (409, LEFT[benefit])
            await them.closes(benefit, got)
        finally:
            killed.service.kill()


async def test_a_grant_is_claimed_once(world: World) -> None:
    them = await crowd(world, "mug", 1)
    ((grant, who),) = them.members
    answers = await asyncio.gather(*(them.claim(grant, who) for _ in range(10)))
    told = Counter(code(one) if one.is_error else one.status_code for one in answers)
    assert told == {200: 1, (409, "already_claimed"): 9}
    assert await them.counts() == (THERE, 1)


async def test_a_grant_is_fulfilled_once(world: World) -> None:
    them = await crowd(world, "mug", 1)
    ((grant, who),) = them.members
    await them.claimed(grant, who)
    cost = {"amount": "3.50", "currency": "EUR", "kind": "logistics"}
    answers = await asyncio.gather(
        *(them.post(grant, "fulfilment", them.packer, cost=cost) for _ in range(10))
    )
    told = Counter(code(one) if one.is_error else one.status_code for one in answers)
    assert told == {200: 1, (409, "already_fulfilled"): 9}
    assert await them.movements("given") == 1
    assert await them.counts() == (THERE - 1, 0)
    assert len(await world.rows("select from expenses")) == 1


async def test_revoking_meets_claiming(world: World) -> None:
    them = await crowd(world, "mug", 30)
    reason = {"reason": "It was a mistake."}
    answers = await asyncio.gather(
        *(them.claim(grant, who) for grant, who in them.members),
        *(them.send("POST", f"{grant}/revocation", None, reason) for grant, _ in them.members),
    )
    claims, revocations = answers[:30], answers[30:]
    assert {one.status_code for one in revocations} == {200}
    assert {code(one) for one in claims if one.is_error} <= {(409, "grant_closed")}
    assert await them.counts() == (THERE, 0)
    statuses = await world.rows("select distinct status from grants")
    assert [row["status"] for row in statuses] == ["revoked"]
    assert await them.movements("reserved") == sum(one.is_success for one in claims)


async def test_expiring_meets_claiming(world: World) -> None:
    them = await crowd(world, "mug", 30)
    await world.rows("update grants set claim_by = $1", world.now.date())
    (program,) = await world.rows("select id from programs")
    # The worker's clock is ahead: to the service it is the last day still.
    on = world.now.date() + timedelta(days=1)
    *claims, _ = await asyncio.gather(
        *(them.claim(grant, who) for grant, who in them.members),
        offers.expire(world.call(), program["id"], on),
    )
    assert {code(one) for one in claims if one.is_error} <= {(409, "grant_closed")}
    for (grant, _), one in zip(them.members, claims, strict=True):
        now = (await them.get(grant))["status"]
        assert now == ("claimed" if one.is_success else "expired")
    got = sum(one.is_success for one in claims)
    assert await them.counts() == (THERE, got)


async def test_leaving_meets_claiming(world: World) -> None:
    them = await crowd(world, "badge", 20)
    body = {"status": "emeritus", "reason": "They move on."}
    answers = await asyncio.gather(
        *(them.claim(grant, who) for grant, who in them.members),
        *(
            them.send("POST", f"/ambassadors/member-{number:03}/status", None, body)
            for number in range(20)
        ),
    )
    assert {one.status_code for one in answers[20:]} == {200}
    assert {code(one) for one in answers[:20] if one.is_error} <= {(409, "grant_closed")}
    statuses = await world.rows("select distinct status from grants")
    assert [row["status"] for row in statuses] == ["revoked"]


async def test_changing_an_address_meets_sending_it(world: World) -> None:
    them = await begin(world)
    await them.stock()
    amara = await them.join()
    grant = await them.offer("swag")
    await them.claimed(grant, amara, choices={"shirt": "m"}, delivery=DELIVERY)
    moved = DELIVERY | {"address": DELIVERY["address"] | {"city": "Elsewhere"}}
    changed, sent = await asyncio.gather(
        them.send("PUT", f"{grant}/delivery", amara, moved),
        them.send("POST", f"{grant}/fulfilment", them.packer, {}),
    )
    assert done(sent)["status"] == "fulfilled"
    # Either it was changed before, or it is told that it is too late.
    city = (await them.get(f"{grant}/delivery", amara))["address"]["city"]
    assert (changed.status_code, city) in ((200, "Elsewhere"), (409, "Invented Town"))
    (row,) = await world.rows("select erase_on from grant_deliveries")
    assert row["erase_on"] is not None
