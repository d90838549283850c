"""A stock to test with, over HTTP: items, places, entries, balances."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
from msgspec import Struct

from domain.rules.access import Role
from tests.world import Bearer, World

URL = "/v1/programs/demo/stock"


class Stock(Struct, frozen=True):
    """The stock of the program `demo`, and who manages it."""

    world: World
    by: Bearer

    async def post(self, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        return await self.world.client.post(
            f"{URL}/{path}", json=body, headers=self.by.headers | headers
        )

    async def get(self, path: str, **query: str) -> Any:
        answer = await self.world.client.get(f"{URL}/{path}", params=query, headers=self.by.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def item(self, code: str, *variants: str, **more: Any) -> Any:
        body = {"code": code, "name": code.title()} | more
        if variants:
            body["variants"] = [{"code": variant} for variant in variants]
        made = await self.post("items", body)
        assert made.status_code == 201, made.text
        return made.json()

    async def place(self, code: str, kind: str = "storage") -> Any:
        made = await self.post("places", {"code": code, "name": code.title(), "kind": kind})
        assert made.status_code == 201, made.text
        return made.json()

    async def try_move(self, kind: str, quantity: int, item: str, **more: Any) -> httpx.Response:
        code, _, variant = item.partition("/")
        body = {"kind": kind, "item": code, "quantity": quantity} | more
        if variant:
            body["variant"] = variant
        return await self.post("movements", body)

    async def move(self, kind: str, quantity: int, item: str, **more: Any) -> Any:
        made = await self.try_move(kind, quantity, item, **more)
        assert made.status_code == 201, made.text
        return made.json()

    async def received(self, quantity: int, item: str, place: str, **more: Any) -> Any:
        return await self.move("received", quantity, item, to_place=place, **more)

    async def balance(self, **query: str) -> dict[str, tuple[int, int]]:
        """On hand and reserved, by item/variant/place."""
        lines = (await self.get("balance", limit="100", **query))["items"]
        return {
            "/".join(line[part] or "" for part in ("item", "variant", "place")): (
                line["on_hand"],
                line["reserved"],
            )
            for line in lines
        }

    async def told(self, type: str) -> list[dict[str, Any]]:
        """What events of a type say, in their order."""
        rows = await self.world.rows("select data from events where type = $1 order by seq", type)
        return [row["data"] for row in rows]

    async def ledger(self) -> dict[str, tuple[int, int]]:
        """What the ledger itself adds up to, by item/variant/place, counted without the trigger."""
        rows = await self.world.rows(
            """select i.code || '/' || v.code || '/' || p.code as line,
                      sum(case when m.kind in ('reserved', 'released') then 0
                               when m.to_place_id = p.id then m.quantity
                               else -m.quantity end)::int as on_hand,
                      sum(case m.kind when 'reserved' then m.quantity
                               when 'released' then -m.quantity else 0 end)::int as reserved
                 from stock_movements m
                 join stock_variants v on v.id = m.variant_id
                 join stock_items i on i.id = v.item_id
                 join stock_places p on p.id in (m.from_place_id, m.to_place_id)
                group by 1"""
        )
        return {row["line"]: (row["on_hand"], row["reserved"]) for row in rows}


async def stock(world: World, *, policy: dict[str, Any] | None = None) -> Stock:
    """An empty stock of a new program, and somebody of fulfilment who manages it."""
    await world.program("demo", policy=policy)
    return Stock(world, await world.token(Role.FULFILMENT, "demo"))


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def fault(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and pointer of the first thing that is wrong."""
    body = answer.json()
    return answer.status_code, body["code"], body["errors"][0]["pointer"]


async def grants(world: World, count: int, **columns: str) -> list[UUID]:
    """Grants of as many new ambassadors of `demo`, straight into the database, oldest first."""
    status, benefit = columns.get("status", "claimed"), columns.get("benefit", "swag")
    rows = await world.rows(
        """
        with born as (
            insert into people (id, name, languages, topics, links, hidden_fields, version,
                                created_at, updated_at)
            select gen_random_uuid(), 'Invented ' || i, '{}', '{}', '[]', '{}', 1, $2, $2
              from generate_series(1, $1::int) i
            returning id
        ), joined as (
            insert into ambassadors (program_id, id, person_id, handle, status, joined_on,
                                     hidden_fields, version, created_at, updated_at)
            select p.id, gen_random_uuid(), b.id, 'invented-' || row_number() over (), 'active',
                   $2::timestamptz::date, '{}', 1, $2, $2
              from born b, programs p where p.slug = 'demo'
            returning program_id, id
        )
        insert into grants (program_id, id, benefit, ambassador_id, occasion, number, status,
                            policy_version, choices, offered_at, claimed_at, version, updated_at)
        select program_id, gen_random_uuid(), $4, id, 'manager', 1, $3, 1, '{}', $2,
               case $3 when 'offered' then null else $2::timestamptz end, 1, $2
          from joined
        returning id
        """,
        count,
        world.now,
        status,
        benefit,
    )
    return [UUID(str(row["id"])) for row in rows]
