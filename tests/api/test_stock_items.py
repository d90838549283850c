"""Stock items, variants, places and balances over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from domain.rules.stock import MOST_VARIANTS
from tests.stocked import URL, Stock, code, fault, stock
from tests.world import World


@pytest.fixture
async def shirts(world: World) -> Stock:
    """A stock with one item in two sizes."""
    made = await stock(world)
    await made.item("t-shirt", "m", "xl", low_at=10, description="Organic cotton.")
    return made


async def patch(shirts: Stock, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    client = shirts.world.client
    return await client.patch(f"{URL}/{path}", json=body, headers=shirts.by.headers | headers)


async def put(shirts: Stock, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    client = shirts.world.client
    return await client.put(f"{URL}/{path}", json=body, headers=shirts.by.headers | headers)


async def codes(shirts: Stock, path: str, **query: str) -> list[str]:
    seen: list[str] = []
    while True:
        page = await shirts.get(path, limit="2", **query)
        seen += [item["code"] for item in page["items"]]
        if page["next"] is None:
            return seen
        query["cursor"] = page["next"]


async def test_an_item_is_created_with_its_variants(shirts: Stock) -> None:
    item = await shirts.get("items/t-shirt")
    expected = {
        "code": "t-shirt",
        "name": "T-Shirt",
        "description": "Organic cotton.",
        "low_at": 10,
        "retired": False,
        "version": 1,
    }
    assert item.items() >= expected.items()
    assert [variant["code"] for variant in item["variants"]] == ["m", "xl"]
    plain = await shirts.item("mug")
    assert [variant["code"] for variant in plain["variants"]] == ["standard"]
    assert (plain["low_at"], plain["description"]) == (None, None)
    assert await shirts.told("stock_item.created") == [
        {"item": "t-shirt", "low_at": 10, "retired": False},
        {"item": "mug", "low_at": None, "retired": False},
    ]


async def test_a_code_is_taken_once(shirts: Stock) -> None:
    body = {"code": "cup", "name": "Cup"}
    answers = await asyncio.gather(*(shirts.post("items", body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 4
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert fault(refused) == (409, "already_exists", "/code")
    body = {"code": "office", "name": "Office", "kind": "storage"}
    answers = await asyncio.gather(*(shirts.post("places", body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 4
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert fault(refused) == (409, "already_exists", "/code")


async def test_a_variant_is_there_once(shirts: Stock) -> None:
    variants = [{"code": "m"}, {"code": "l"}, {"code": "m"}]
    refused = await shirts.post("items", {"code": "cap", "name": "Cap", "variants": variants})
    assert fault(refused) == (400, "invalid", "/variants/2/code")


async def test_the_same_key_creates_once(shirts: Stock) -> None:
    once = {"Idempotency-Key": "once"}
    for path, body in (
        ("items", {"code": "cap", "name": "Cap", "variants": [{"code": "red", "color": "red"}]}),
        ("places", {"code": "office", "name": "Office", "kind": "storage"}),
    ):
        first = await shirts.post(path, body, **once)
        again = await shirts.post(path, body, **once)
        assert (again.status_code, again.json()) == (201, first.json())


async def test_an_item_changes_when_it_is_as_it_was_read(shirts: Stock) -> None:
    read = await shirts.world.client.get(f"{URL}/items/t-shirt", headers=shirts.by.headers)
    tag = {"If-Match": read.headers["etag"]}
    changed = await patch(shirts, "items/t-shirt", {"low_at": None, "name": "Shirt"}, **tag)
    assert changed.status_code == 200
    assert changed.json().items() >= {"low_at": None, "name": "Shirt", "version": 2}.items()
    assert code(await patch(shirts, "items/t-shirt", {"name": "No"}, **tag)) == (
        412,
        "version_mismatch",
    )
    again = await patch(shirts, "items/t-shirt", {"name": "Shirt"})
    assert again.json() == changed.json()
    assert len(await shirts.told("stock_item.updated")) == 1
    missing = await patch(shirts, "items/nothing", {"name": "Shirt"})
    assert missing.status_code == 404


async def test_a_variant_is_put(shirts: Stock) -> None:
    path = "items/t-shirt/variants/l-black"
    body = {"size": "L", "color": "black"}
    made = await put(shirts, path, body)
    assert made.status_code == 201, made.text
    assert made.json().items() >= (body | {"retired": False, "version": 1}).items()
    tag = {"If-Match": made.headers["etag"]}
    assert (await put(shirts, path, body)).status_code == 200
    changed = await put(shirts, path, {"size": "L", "retired": True}, **tag)
    assert changed.status_code == 200
    assert changed.json().items() >= {"color": None, "retired": True, "version": 2}.items()
    assert (await put(shirts, path, body, **tag)).status_code == 412
    item = await shirts.get("items/t-shirt")
    assert [variant["code"] for variant in item["variants"]] == ["l-black", "m", "xl"]
    # It shows its variants, so it is another one: whoever read it before has to read it again.
    assert item["version"] == 3
    assert (await put(shirts, "items/nothing/variants/m", {})).status_code == 404
    rows = await shirts.world.rows(
        "select action from audit_entries where action like 'stock_variant.%' order by id"
    )
    assert [row["action"] for row in rows][-2:] == [
        "stock_variant.created",
        "stock_variant.updated",
    ]


async def test_many_put_one_variant(shirts: Stock) -> None:
    path, body = "items/t-shirt/variants/s", {"size": "S"}
    answers = await asyncio.gather(*(put(shirts, path, body) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert [answer.status_code for answer in answers].count(201) == 1
    assert {code(answer)[1] for answer in answers if answer.status_code == 409} <= {"busy"}


async def test_a_retired_item_gets_no_more_variants(shirts: Stock) -> None:
    assert (await patch(shirts, "items/t-shirt", {"retired": True})).status_code == 200
    refused = await put(shirts, "items/t-shirt/variants/s", {"size": "S"})
    assert code(refused) == (409, "retired")
    assert (await put(shirts, "items/t-shirt/variants/m", {"size": "M"})).status_code == 200


async def test_an_item_comes_in_so_many_variants(shirts: Stock) -> None:
    await shirts.item("pin", *(f"v{number}" for number in range(MOST_VARIANTS)))
    refused = await put(shirts, "items/pin/variants/more", {})
    assert code(refused) == (409, "too_many_variants")
    assert len((await shirts.get("items/pin"))["variants"]) == MOST_VARIANTS


async def test_listed_by_code(shirts: Stock) -> None:
    for item in ("pin", "cap", "mug"):
        await shirts.item(item)
    await patch(shirts, "items/mug", {"retired": True})
    assert await codes(shirts, "items") == ["cap", "mug", "pin", "t-shirt"]
    assert await codes(shirts, "items", retired="false") == ["cap", "pin", "t-shirt"]
    assert await codes(shirts, "items", retired="true") == ["mug"]
    for place, kind in (("paris", "event"), ("office", "storage"), ("attic", "storage")):
        await shirts.place(place, kind)
    await patch(shirts, "places/attic", {"retired": True})
    assert await codes(shirts, "places") == ["attic", "office", "paris"]
    assert await codes(shirts, "places", kind="event") == ["paris"]
    assert await codes(shirts, "places", kind="storage", retired="false") == ["office"]


async def test_a_place_changes_when_it_is_as_it_was_read(shirts: Stock) -> None:
    made = await shirts.place("office")
    tag = {"If-Match": '"1.0000"'}
    changed = await patch(shirts, "places/office", {"name": "The office"}, **tag)
    assert changed.json() == made | {
        "name": "The office",
        "version": 2,
        "updated_at": changed.json()["updated_at"],
    }
    assert (await patch(shirts, "places/office", {"retired": True}, **tag)).status_code == 412
    assert (await patch(shirts, "places/office", {"kind": "event"})).status_code == 400
    assert (await patch(shirts, "places/nowhere", {"retired": True})).status_code == 404
    assert await shirts.told("stock_place.updated") == [
        {"place": "office", "kind": "storage", "retired": False}
    ]


async def test_balances_are_summed_by_what_one_asks_for(shirts: Stock) -> None:
    await shirts.item("mug")
    await shirts.place("office")
    await shirts.place("paris", "event")
    await shirts.received(50, "t-shirt/m", "office")
    await shirts.received(20, "t-shirt/xl", "office")
    await shirts.received(7, "mug", "office")
    await shirts.move("moved", 30, "t-shirt/m", from_place="office", to_place="paris")
    assert await shirts.balance(by="item") == {"mug//": (7, 0), "t-shirt//": (70, 0)}
    assert await shirts.balance(by="item", place_kind="storage") == {
        "mug//": (7, 0),
        "t-shirt//": (40, 0),
    }
    assert await shirts.balance(by="variant", item="t-shirt") == {
        "t-shirt/m/": (50, 0),
        "t-shirt/xl/": (20, 0),
    }
    assert await shirts.balance(by="place") == {"//office": (47, 0), "//paris": (30, 0)}
    assert await shirts.balance(variant="m", place="paris") == {"t-shirt/m/paris": (30, 0)}
    assert await shirts.balance(item="nothing") == {}
    (line,) = (await shirts.get("balance", place="paris"))["items"]
    assert line == {
        "item": "t-shirt",
        "variant": "m",
        "place": "paris",
        "place_kind": "event",
        "on_hand": 30,
        "reserved": 0,
        "available": 30,
    }
    (line, _) = (await shirts.get("balance", by="item"))["items"]
    assert (line["variant"], line["place"], line["place_kind"]) == (None, None, None)


@pytest.mark.parametrize("by", ["line", "item", "variant", "place"])
async def test_balances_are_paged(shirts: Stock, by: str) -> None:
    await shirts.item("mug")
    for place in ("office", "attic"):
        await shirts.place(place)
        for item in ("mug", "t-shirt/m", "t-shirt/xl"):
            await shirts.received(5, item, place)
    whole = (await shirts.get("balance", by=by, limit="100"))["items"]
    query, paged = {"limit": "1", "by": by}, list[Any]()
    while True:
        page = await shirts.get("balance", **query)
        paged += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert paged == whole
    assert len(whole) == {"line": 6, "item": 2, "variant": 3, "place": 2}[by]


async def test_an_archived_program_keeps_its_stock(shirts: Stock) -> None:
    await shirts.place("office")
    owner = await shirts.world.token()
    archived = await shirts.world.client.patch(
        "/v1/programs/demo", json={"status": "archived"}, headers=owner.headers
    )
    assert archived.status_code == 200
    for answer in (
        await shirts.post("items", {"code": "cap", "name": "Cap"}),
        await shirts.try_move("received", 1, "t-shirt/m", to_place="office"),
        await patch(shirts, "places/office", {"retired": True}),
        await put(shirts, "items/t-shirt/variants/m", {}),
    ):
        assert code(answer) == (409, "program_archived")
    assert await codes(shirts, "items") == ["t-shirt"]
