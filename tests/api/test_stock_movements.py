"""The stock ledger over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.rules.access import Role
from tests.stocked import URL, Stock, code, fault, stock
from tests.world import World

MOST = 2147483647


@pytest.fixture
async def shirts(world: World) -> Stock:
    """T-shirts in two sizes, mugs, two storages and an event."""
    made = await stock(world)
    await made.item("t-shirt", "m", "xl")
    await made.item("mug")
    for place in ("storeroom", "office"):
        await made.place(place)
    await made.place("paris", "event")
    return made


async def test_what_comes_and_goes_is_the_balance(shirts: Stock) -> None:
    await shirts.received(50, "t-shirt/m", "storeroom")
    await shirts.move("moved", 20, "t-shirt/m", from_place="storeroom", to_place="paris")
    await shirts.move("given", 3, "t-shirt/m", from_place="storeroom", recipient="Committee")
    await shirts.move("returned", 1, "t-shirt/m", to_place="storeroom")
    await shirts.move("adjusted", 2, "t-shirt/m", from_place="storeroom", reason="Lost")
    await shirts.move("adjusted", 5, "t-shirt/m", to_place="storeroom", reason="Found")
    assert await shirts.balance() == {
        "t-shirt/m/paris": (20, 0),
        "t-shirt/m/storeroom": (31, 0),
    }
    assert await shirts.balance() == await shirts.ledger()


async def test_an_entry_is_read_as_it_was_made(shirts: Stock) -> None:
    body = {
        "kind": "received",
        "item": "mug",
        "quantity": 7,
        "to_place": "office",
        "reason": "From the printer.",
        "occurred_on": "2026-01-10",
    }
    made = await shirts.post("movements", body)
    entry = made.json()
    assert made.status_code == 201
    assert made.headers["location"] == f"{URL}/movements/{entry['id']}"
    nothing = dict.fromkeys(
        ("from_place", "grant_id", "recipient", "reverses_id", "reversed_by_id")
    )
    known = {"variant": "standard", "recorded_by": str(shirts.by.account_id)}
    assert entry.items() >= (body | nothing | known).items()
    assert await shirts.get(f"movements/{entry['id']}") == entry


async def test_the_day_is_today_unless_it_is_told_and_never_to_come(shirts: Stock) -> None:
    assert (await shirts.received(1, "mug", "office"))["occurred_on"] == "2026-03-03"
    tomorrow = await shirts.try_move(
        "received", 1, "mug", to_place="office", occurred_on="2026-03-04"
    )
    assert fault(tomorrow) == (400, "invalid", "/occurred_on")
    shirts.world.clock.pass_(hours=13)
    assert (await shirts.received(1, "mug", "office"))["occurred_on"] == "2026-03-04"


@pytest.mark.parametrize(
    ("kind", "places", "pointer"),
    [
        ("received", {}, "/to_place"),
        ("received", {"to_place": "office", "from_place": "storeroom"}, "/from_place"),
        ("received", {"to_place": "paris"}, "/to_place"),
        ("returned", {"to_place": "paris"}, "/to_place"),
        ("given", {"recipient": "Somebody"}, "/from_place"),
        ("given", {"from_place": "office"}, "/recipient"),
        ("given", {"from_place": "office", "to_place": "paris"}, "/to_place"),
        ("moved", {"from_place": "office"}, "/to_place"),
        ("moved", {"to_place": "office"}, "/from_place"),
        ("moved", {"from_place": "office", "to_place": "office"}, "/to_place"),
        ("adjusted", {"reason": "Lost"}, "/to_place"),
        ("adjusted", {"reason": "Lost", "from_place": "office", "to_place": "paris"}, "/to_place"),
        ("adjusted", {"from_place": "office"}, "/reason"),
        ("reserved", {"from_place": "office"}, "/kind"),
        ("released", {"from_place": "office"}, "/kind"),
    ],
)
async def test_each_kind_takes_its_places_and_words(
    shirts: Stock, kind: str, places: dict[str, str], pointer: str
) -> None:
    refused = await shirts.try_move(kind, 1, "mug", **places)
    assert refused.status_code == 400, refused.text
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert await shirts.world.rows("select from stock_movements") == []


@pytest.mark.parametrize("quantity", [0, -1, 1.5, MOST + 1, "1"])
async def test_quantities_are_whole_and_positive(shirts: Stock, quantity: Any) -> None:
    refused = await shirts.try_move("received", quantity, "mug", to_place="office")
    assert fault(refused)[::2] == (400, "/quantity")


async def test_what_is_named_has_to_be_there(shirts: Stock) -> None:
    for item, place, pointer in (
        ("cup", "office", "/item"),
        ("t-shirt/s", "office", "/variant"),
        ("mug", "nowhere", "/to_place"),
    ):
        refused = await shirts.try_move("received", 1, item, to_place=place)
        assert fault(refused) == (409, "invalid_reference", pointer)
    refused = await shirts.try_move("received", 1, "t-shirt", to_place="office")
    assert fault(refused) == (400, "invalid", "/variant")


async def test_no_place_gives_what_it_does_not_have(shirts: Stock) -> None:
    await shirts.received(5, "mug", "office")
    for kind, more in (
        ("given", {"recipient": "Committee"}),
        ("moved", {"to_place": "storeroom"}),
        ("adjusted", {"reason": "Lost"}),
    ):
        refused = await shirts.try_move(kind, 6, "mug", from_place="office", **more)
        assert code(refused) == (409, "out_of_stock")
        assert "mug/standard" in refused.json()["detail"]
        assert "office" in refused.json()["detail"]
    assert await shirts.balance() == {"mug/standard/office": (5, 0)}


async def test_a_place_holds_no_more_than_can_be_counted(shirts: Stock) -> None:
    await shirts.received(MOST, "mug", "office")
    await shirts.received(MOST, "mug", "storeroom")
    assert code(await shirts.try_move("received", 1, "mug", to_place="office")) == (409, "too_many")
    refused = await shirts.try_move("moved", 1, "mug", from_place="storeroom", to_place="office")
    assert code(refused) == (409, "too_many")
    assert await shirts.balance(by="item") == {"mug//": (2 * MOST, 0)}


async def test_an_entry_is_put_right_once(shirts: Stock) -> None:
    wrong = await shirts.received(50, "mug", "office", occurred_on="2026-01-10", reason="Box 1")
    url = f"movements/{wrong['id']}/reversal"
    made = await shirts.post(url, {"reason": "It was box 2."})
    assert made.status_code == 201, made.text
    right = made.json()
    assert (
        right.items()
        >= {
            "kind": "received",
            "quantity": -50,
            "to_place": "office",
            "reverses_id": wrong["id"],
            "occurred_on": "2026-01-10",
            "reason": "It was box 2.",
        }.items()
    )
    assert (await shirts.get(f"movements/{wrong['id']}"))["reversed_by_id"] == right["id"]
    assert await shirts.balance() == {"mug/standard/office": (0, 0)}
    assert code(await shirts.post(url, {"reason": "Again."})) == (409, "already_reversed")
    again = await shirts.post(f"movements/{right['id']}/reversal", {"reason": "No."})
    assert code(again) == (409, "is_reversal")


async def test_many_put_one_entry_right_once(shirts: Stock) -> None:
    await shirts.received(50, "mug", "office")
    wrong = await shirts.received(50, "mug", "office")
    url = f"movements/{wrong['id']}/reversal"
    answers = await asyncio.gather(*(shirts.post(url, {"reason": "Twice."}) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert await shirts.balance() == {"mug/standard/office": (50, 0)}


async def test_a_reversal_is_of_its_day_or_later_and_of_no_day_to_come(shirts: Stock) -> None:
    wrong = await shirts.received(5, "mug", "office", occurred_on="2026-01-10")
    url = f"movements/{wrong['id']}/reversal"
    for day in ("2026-01-09", "2026-03-04"):
        refused = await shirts.post(url, {"reason": "Wrong.", "occurred_on": day})
        assert fault(refused) == (400, "invalid", "/occurred_on")
    made = await shirts.post(url, {"reason": "Wrong.", "occurred_on": "2026-02-01"})
    assert made.json()["occurred_on"] == "2026-02-01"


async def test_what_came_and_went_on_is_not_taken_back(shirts: Stock) -> None:
    wrong = await shirts.received(5, "mug", "office")
    await shirts.move("moved", 1, "mug", from_place="office", to_place="paris")
    refused = await shirts.post(f"movements/{wrong['id']}/reversal", {"reason": "Wrong."})
    assert code(refused) == (409, "out_of_stock")


async def test_a_move_is_taken_back_at_both_ends(shirts: Stock) -> None:
    await shirts.received(5, "mug", "office")
    wrong = await shirts.move("moved", 4, "mug", from_place="office", to_place="paris")
    await shirts.post(f"movements/{wrong['id']}/reversal", {"reason": "It was London."})
    assert await shirts.balance() == await shirts.ledger()
    assert await shirts.balance() == {
        "mug/standard/office": (5, 0),
        "mug/standard/paris": (0, 0),
    }


async def test_the_same_key_moves_once(shirts: Stock) -> None:
    body = {"kind": "received", "item": "mug", "quantity": 5, "to_place": "office"}
    first = await shirts.post("movements", body, **{"Idempotency-Key": "once"})
    again = await shirts.post("movements", body, **{"Idempotency-Key": "once"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert await shirts.balance() == {"mug/standard/office": (5, 0)}
    url, why = f"movements/{first.json()['id']}/reversal", {"reason": "Wrong."}
    first = await shirts.post(url, why, **{"Idempotency-Key": "once"})
    again = await shirts.post(url, why, **{"Idempotency-Key": "once"})
    assert (again.status_code, again.json()) == (201, first.json())


async def test_what_is_retired_takes_part_in_nothing_new(shirts: Stock) -> None:
    client, by = shirts.world.client, shirts.by.headers
    await shirts.received(5, "t-shirt/m", "office")
    mug = await shirts.received(5, "mug", "storeroom")
    retired = {"retired": True}
    await client.put(f"{URL}/items/t-shirt/variants/m", json=retired, headers=by)
    await client.patch(f"{URL}/items/mug", json=retired, headers=by)
    for item, place in (("t-shirt/m", "office"), ("mug", "storeroom")):
        refused = await shirts.try_move("given", 1, item, from_place=place, recipient="Committee")
        assert code(refused) == (409, "retired")
    await client.patch(f"{URL}/places/office", json=retired, headers=by)
    refused = await shirts.try_move("received", 1, "t-shirt/xl", to_place="office")
    assert code(refused) == (409, "retired")
    # What should never have been there is put right all the same.
    taken = await shirts.post(f"movements/{mug['id']}/reversal", {"reason": "Wrong."})
    assert taken.status_code == 201
    await client.patch(f"{URL}/places/office", json={"retired": False}, headers=by)
    # The only variant that is in use needs not be named.
    assert (await shirts.received(1, "t-shirt", "office"))["variant"] == "xl"


async def test_it_is_announced_and_recorded(shirts: Stock) -> None:
    entry = await shirts.received(5, "t-shirt/m", "office", reason="Private words")
    assert await shirts.told("stock.moved") == [
        {
            "kind": "received",
            "item": "t-shirt",
            "variant": "m",
            "quantity": 5,
            "from_place": None,
            "to_place": "office",
            "grant_id": None,
            "reverses_id": None,
            "occurred_on": "2026-03-03",
        }
    ]
    (row,) = await shirts.world.rows(
        "select subject_id, subject_kind from audit_entries where action = 'stock.moved'"
    )
    assert (str(row["subject_id"]), row["subject_kind"]) == (entry["id"], "stock_movement")


async def test_low_stock_is_announced_when_it_falls(shirts: Stock) -> None:
    await shirts.item("pin", low_at=10)
    await shirts.received(8, "pin", "office")
    await shirts.received(8, "pin", "storeroom")
    give = {"from_place": "office", "recipient": "Giveaway"}
    await shirts.move("given", 5, "pin", **give)
    assert await shirts.told("stock.low") == []
    await shirts.move("moved", 1, "pin", from_place="storeroom", to_place="paris")
    low = {"item": "pin", "variant": "standard", "available": 10, "low_at": 10}
    assert await shirts.told("stock.low") == [low]
    await shirts.move("given", 1, "pin", **give)
    await shirts.move("moved", 1, "pin", from_place="storeroom", to_place="office")
    assert len(await shirts.told("stock.low")) == 1
    await shirts.received(5, "pin", "office")
    await shirts.move("given", 4, "pin", **give)
    assert len(await shirts.told("stock.low")) == 2


async def test_listed_newest_first_and_narrowed(shirts: Stock) -> None:
    first = await shirts.received(9, "mug", "office", occurred_on="2026-01-10")
    second = await shirts.received(9, "t-shirt/m", "office", occurred_on="2026-02-10")
    third = await shirts.move("moved", 2, "t-shirt/m", from_place="office", to_place="paris")

    async def listed(**query: str) -> list[str]:
        ids: list[str] = []
        while True:
            page = await shirts.get("movements", limit="2", **query)
            ids += [item["id"] for item in page["items"]]
            if page["next"] is None:
                return ids
            query["cursor"] = page["next"]

    one, two, three = first["id"], second["id"], third["id"]
    assert await listed() == [three, two, one]
    assert await listed(kind="received") == [two, one]
    assert await listed(item="t-shirt") == [three, two]
    assert await listed(item="t-shirt", variant="xl") == []
    assert await listed(variant="standard") == [one]
    assert await listed(place="paris") == [three]
    assert await listed(place="office") == [three, two, one]
    assert await listed(place="nowhere") == []
    assert await listed(item="nothing") == []
    assert await listed(since="2026-02-10", until="2026-02-10") == [two]
    assert await listed(grant="019a0000-0000-7000-8000-00000000dead") == []


async def test_nobody_else_sees_or_changes_it(shirts: Stock) -> None:
    client = shirts.world.client
    entry = await shirts.received(9, "mug", "office")
    reader = await shirts.world.token(Role.READER, "demo")
    ambassador = await shirts.world.token(Role.AMBASSADOR, "demo")
    paths = ("movements", f"movements/{entry['id']}", "balance", "items", "places/office")
    for path in paths:
        for who, status in ((reader.headers, 200), (ambassador.headers, 403), ({}, 401)):
            answer = await client.get(f"{URL}/{path}", headers=who)
            assert answer.status_code == status, path
    body = {"kind": "received", "item": "mug", "quantity": 5, "to_place": "office"}
    refused = await client.post(f"{URL}/movements", json=body, headers=reader.headers)
    assert refused.status_code == 403
    await shirts.world.program("other")
    there = f"/v1/programs/other/stock/movements/{entry['id']}"
    assert (await client.get(there, headers=shirts.by.headers)).status_code == 403
    manager = await shirts.world.token(Role.MANAGER, "other")
    assert (await client.get(there, headers=manager.headers)).status_code == 404


async def test_to_and_fro_at_once_waits_for_nobody_for_ever(shirts: Stock) -> None:
    await shirts.received(50, "mug", "office")
    await shirts.received(50, "mug", "storeroom")
    ways = [("office", "storeroom"), ("storeroom", "office")] * 20
    answers = await asyncio.gather(
        *(shirts.try_move("moved", 2, "mug", from_place=a, to_place=b) for a, b in ways)
    )
    assert {answer.status_code for answer in answers} == {201}
    assert await shirts.balance() == await shirts.ledger()
    assert await shirts.balance(by="item") == {"mug//": (100, 0)}


async def test_the_last_ones_are_given_once(shirts: Stock) -> None:
    await shirts.received(5, "mug", "office")
    give = {"from_place": "office", "recipient": "Giveaway"}
    answers = await asyncio.gather(*(shirts.try_move("given", 1, "mug", **give) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 15
    assert await shirts.balance() == {"mug/standard/office": (0, 0)} == await shirts.ledger()
