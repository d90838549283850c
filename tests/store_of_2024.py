"""A year of a store, as AsyncAPI told of its own in December 2024; items and people are invented.

2,383 items were in the store in June 2024. 1,518 went to the conference in Paris, 335 to the one in
London, 40 to the steering committee, 30 to mentors and mentees, two packages of 11 items to two new
ambassadors, and 25 to events and giveaways. The store and its logistics cost $8,264.37.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
from msgspec import Struct

from domain.rules.access import Role
from tests.world import POLICY, Bearer, World

JUNE, DECEMBER = "2024-06-03", "2024-12-20"

OPENING = """\
item,variant,place,quantity,name,size,place_name
t-shirt,s,store,300,T-shirt,S,The store
t-shirt,m,store,600,,M,
t-shirt,l,store,500,,L,
t-shirt,xl,store,183,,XL,
cap,,store,300,Cap,,
socks,,store,250,Socks,,
stickers,,store,250,Sheet of stickers,,
"""

WELCOME: dict[str, Any] = {
    "name": "Welcome package",
    "kind": "swag",
    "offered": ["admission"],
    "items": {"t-shirt": 1, "cap": 1, "socks": 1, "stickers": 8},
}

LONDON = [("t-shirt", "m", 100), ("t-shirt", "l", 100), ("cap", None, 50), ("stickers", None, 85)]
PARIS = [
    *(("t-shirt", "s", 200), ("t-shirt", "m", 450), ("t-shirt", "l", 350), ("t-shirt", "xl", 118)),
    *(("cap", None, 200), ("socks", None, 200)),
]
STEERING = [("t-shirt", size, 10) for size in ("s", "m", "l", "xl")]
MENTORS = [("socks", None, 30)]
GIVEAWAYS = [("stickers", None, 25)]
GIVEN = {"kind": "given", "from_place": "store"}


class Store(Struct):
    """The program, and its manager who runs the store."""

    world: World
    staff: Bearer

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        """Do it, and be told what it became."""
        url = f"/v1/programs/demo{path}"
        answer = await self.world.client.post(url, json=body, headers=self.staff.headers)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def get(self, path: str, who: Bearer | None = None) -> httpx.Response:
        url, headers = f"/v1/programs/demo{path}", (who or self.staff).headers
        return await self.world.client.get(url, headers=headers)

    async def move(
        self, what: Sequence[tuple[str, str | None, int]], on: str, **entry: Any
    ) -> list[dict[str, Any]]:
        """Several entries of one day."""
        made: list[dict[str, Any]] = []
        for item, variant, quantity in what:
            body = {"item": item, "quantity": quantity, "occurred_on": on} | entry
            made.append(
                await self.post(
                    "/stock/movements", body | ({"variant": variant} if variant else {})
                )
            )
        return made

    async def spend(self, kind: str, amount: str, on: str, **about: Any) -> dict[str, Any]:
        body = {"kind": kind, "amount": amount, "currency": "USD", "occurred_on": on}
        return await self.post("/expenses", body | {"description": "Of the store."} | about)

    async def welcome(self, handle: str, size: str, cost: str) -> dict[str, Any]:
        """Somebody joins, claims what they are offered for it, and gets their package."""
        person = {"handle": handle, "person": {"name": handle.title()}}
        await self.post("/ambassadors", person)
        listed = (await self.get(f"/ambassadors/{handle}/grants")).json()["items"]
        path = f"/grants/{listed[0]['id']}"
        await self.post(f"{path}/claim", {"choices": {"t-shirt": size}})
        parcel = {"amount": cost, "currency": "USD", "kind": "logistics"}
        return await self.post(f"{path}/fulfilment", {"cost": parcel})

    async def report(
        self, since: str = JUNE, until: str = DECEMBER, who: Bearer | None = None
    ) -> dict[str, Any]:
        answer = await self.get(f"/stock/distribution?since={since}&until={until}", who)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def opened(world: World) -> Store:
    """The store in June 2024, with its opening stock and two conferences to come."""
    world.clock.now = datetime(2024, 6, 3, 9, tzinfo=UTC)
    await world.program("demo", policy=POLICY | {"benefits": {"welcome_pack": WELCOME}})
    store = Store(world, await world.token(Role.MANAGER, "demo"))
    imported = await world.client.post(
        f"/v1/programs/demo/stock/imports?as_of={JUNE}",
        content=OPENING,
        headers=store.staff.headers | {"Content-Type": "text/csv"},
    )
    assert imported.status_code == 200, imported.text
    for code, name in (("paris", "Paris conference"), ("london", "London conference")):
        await store.post("/stock/places", {"code": code, "name": name, "kind": "event"})
    return store


async def told(world: World) -> Store:
    """The store at the end of the year, when its report is written."""
    store = await opened(world)
    await store.spend("goods", "4815.60", JUNE)
    await store.spend("other", "1200.00", "2024-06-03")
    world.clock.pass_(days=120)
    await store.welcome("amara", "m", "38.40")
    await store.welcome("bo", "m", "41.15")
    await store.move(STEERING, "2024-07-01", recipient="Steering committee", **GIVEN)
    await store.move(MENTORS, "2024-08-01", recipient="Mentors and mentees", **GIVEN)
    london = await store.move(
        LONDON, "2024-09-20", kind="moved", from_place="store", to_place="london"
    )
    await store.spend("logistics", "412.90", "2024-09-21", movement_id=london[0]["id"])
    world.clock.pass_(days=80)
    paris = await store.move(
        PARIS, "2024-12-02", kind="moved", from_place="store", to_place="paris"
    )
    await store.spend("logistics", "1450.25", "2024-12-02", movement_id=paris[0]["id"])
    await store.move(GIVEAWAYS, "2024-12-10", recipient="Events and giveaways", **GIVEN)
    await store.spend("fee", "306.07", "2024-12-20")
    return store
