"""A program with benefits, a manager, somebody who sends things out, and ambassadors who claim."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from domain import benefit_codes, stock_items, stock_movements, stock_places
from domain.rules.access import Role
from domain.rules.stock import MovementKind, PlaceKind
from tests.people import person
from tests.private import MARKS
from tests.world import POLICY, Bearer, World

ADDRESS: dict[str, Any] = {
    "name": MARKS["name"],
    "lines": [MARKS["street"]],
    "city": "Invented Town",
    "country": "PT",
}
DELIVERY: dict[str, Any] = {"address": ADDRESS, "phone": MARKS["phone"]}

BENEFITS: dict[str, Any] = {
    "invitation": {"name": "Invitation", "kind": "membership", "approval": True},
    "meeting": {"name": "Meeting", "kind": "meeting", "claim_within": "P30D"},
    "pass": {"name": "Conference pass", "kind": "ticket", "codes": True},
    "pass_on_approval": {
        "name": "Ticket",
        "kind": "ticket",
        "codes": True,
        "approval": True,
        "needs": ["email"],
    },
    "swag": {
        "name": "Swag pack",
        "kind": "swag",
        "needs": ["address", "phone"],
        "items": {"shirt": 1, "sticker": 2},
        "fulfil_within": "P14D",
    },
}


def benefits(**more: Any) -> dict[str, Any]:
    """The benefits above and more, each offered by managers as often as they like."""
    known = BENEFITS | more
    return {code: {"offered": ["manager"], "per_tenure": 99} | one for code, one in known.items()}


class Granting:
    """One program with its benefits; requests about grants go below its path."""

    def __init__(self, world: World, manager: Bearer, packer: Bearer) -> None:
        self.world, self.manager, self.packer = world, manager, packer
        self.base = "/v1/programs/demo"

    async def send(
        self, method: str, path: str, who: Bearer | None = None, body: Any = None, **headers: str
    ) -> httpx.Response:
        """A request by the manager, or by somebody else."""
        sent = (who or self.manager).headers | headers
        return await self.world.client.request(method, self.base + path, json=body, headers=sent)

    async def join(self, name: str = "Amara") -> Bearer:
        """Somebody new is an ambassador; their own token."""
        person_id = await person(self.world, name, "demo")
        return await self.world.token(Role.AMBASSADOR, "demo", person_id=person_id)

    async def offer(self, benefit: str, handle: str = "amara") -> str:
        """Offer a benefit to an ambassador; the grant's path."""
        body = {"benefit": benefit, "ambassador": handle, "occasion": "manager"}
        made = await self.send("POST", "/grants", None, body)
        assert made.status_code == 201, made.text
        return f"/grants/{made.json()['id']}"

    async def claim(self, grant: str, who: Bearer, **body: Any) -> httpx.Response:
        return await self.send("POST", f"{grant}/claim", who, body)

    async def claimed(self, grant: str, who: Bearer, **body: Any) -> dict[str, Any]:
        """Claim it, and it works."""
        return done(await self.claim(grant, who, **body))

    async def post(
        self, grant: str, step: str, who: Bearer | None = None, **body: Any
    ) -> httpx.Response:
        """What else is done with a grant; an approval has nothing to say."""
        return await self.send("POST", f"{grant}/{step}", who, body or None)

    async def get(self, path: str, who: Bearer | None = None) -> Any:
        return done(await self.send("GET", path, who))

    async def stock(self, shirts: int = 5, stickers: int = 50) -> None:
        """Shirts in two sizes and stickers, in one place and nothing in another."""
        call = self.world.call()
        sizes = [stock_items.VariantDraft(size, size=size.upper()) for size in ("m", "l")]
        await stock_items.create(call, "demo", stock_items.Draft("shirt", "Shirt", variants=sizes))
        await stock_items.create(call, "demo", stock_items.Draft("sticker", "Sticker"))
        for place in ("store", "cellar"):
            draft = stock_places.Draft(place, place.title(), PlaceKind.STORAGE)
            await stock_places.create(call, "demo", draft)
        await self.receive("sticker", stickers)
        for size in ("m", "l"):
            await self.receive("shirt", shirts, size)

    async def receive(self, item: str, quantity: int, variant: str | None = None) -> None:
        draft = stock_movements.Draft(
            MovementKind.RECEIVED, item, quantity, variant=variant, to_place="store"
        )
        await stock_movements.record(self.world.call(), "demo", draft)

    async def balance(self, item: str, variant: str, place: str = "store") -> tuple[int, int]:
        """How many there are, and how many of them are reserved."""
        rows = await self.world.rows(
            """select b.on_hand, b.reserved
                 from stock_balances b
                 join stock_variants v on v.id = b.variant_id
                 join stock_items i on i.id = v.item_id
                 join stock_places p on p.id = b.place_id
                where i.code = $1 and v.code = $2 and p.code = $3""",
            item,
            variant,
            place,
        )
        return (rows[0]["on_hand"], rows[0]["reserved"]) if rows else (0, 0)

    async def movements(self, kind: str) -> int:
        """How many things the entries of a kind are about."""
        rows = await self.world.rows(
            "select coalesce(sum(quantity), 0) as n from stock_movements where kind = $1", kind
        )
        return rows[0]["n"]

    async def load(self, benefit: str, *codes: str) -> benefit_codes.Loaded:
        return await benefit_codes.load(self.world.call(), "demo", benefit, codes)

    async def told(self, prefix: str = "grant.") -> list[str]:
        """The types of the events, in their order."""
        rows = await self.world.rows(
            "select type from events where starts_with(type, $1) order by seq", prefix
        )
        return [row["type"] for row in rows]

    async def ambassador(self, handle: str = "amara") -> UUID:
        """The record's id."""
        (row,) = await self.world.rows("select id from ambassadors where handle = $1", handle)
        return UUID(str(row["id"]))


def done(answer: httpx.Response) -> Any:
    """The body of an answer that is good."""
    assert answer.status_code == 200, answer.text
    return answer.json()


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of a problem."""
    return answer.status_code, answer.json()["code"]


def pointers(answer: httpx.Response) -> list[tuple[str, str]]:
    """What is wrong with a request, and where."""
    assert answer.status_code == 400, answer.text
    return [(fault["code"], fault["pointer"]) for fault in answer.json()["errors"]]


async def granting(world: World, policy: dict[str, Any] | None = None, **more: Any) -> Granting:
    """A program with the benefits above and more."""
    await world.program(policy=POLICY | {"benefits": benefits(**more)} | (policy or {}))
    return Granting(
        world, await world.token(Role.MANAGER, "demo"), await world.token(Role.FULFILMENT, "demo")
    )
