"""An opening stock as CSV over HTTP: all of it, once, or every fault with its place."""

from __future__ import annotations

import asyncio
import hashlib

import httpx
import pytest

from domain.rules import stock_file
from tests.stocked import URL, Stock, code, stock
from tests.world import World

FILE = """\
item,variant,place,quantity,name,size,color,place_name,reason
t-shirt,m-black,store,120,T-shirt,M,black,Web store,Opening stock
t-shirt,xl-black,store,80,,XL,black,,
mug,,store,40,"Mug, ""large"" one",,,,
mug,,office,5,,,,,
"""

FAULTY = """\
item,variant,place,quantity,name,reason
T-Shirt,m,store,1,,
t-shirt,m,store,0,,
t-shirt,m,,1.5,,
t-shirt,m,store,9999999999,,
t-shirt,m,store

mug,,store,4,Mug,
mug,,office,4,Cup,"two
lines"
mug,,store,5,,
mug,,store,-5,,
"""


async def send(
    shirts: Stock, data: bytes | str = FILE, media_type: str = "text/csv", **query: str
) -> httpx.Response:
    return await shirts.world.client.post(
        f"{URL}/imports",
        content=data.encode() if isinstance(data, str) else data,
        params=query,
        headers=shirts.by.headers | {"Content-Type": media_type},
    )


async def done(shirts: Stock) -> int:
    """How much there is of anything that an import could make."""
    (row,) = await shirts.world.rows(
        """select (select count(*) from stock_items) + (select count(*) from stock_places)
                  + (select count(*) from stock_movements)
                  + (select count(*) from events where type like 'stock%') as n"""
    )
    return row["n"]


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    assert code(answer) == (400, "file_refused"), answer.text
    return [(one["code"], one["pointer"]) for one in answer.json()["errors"]]


@pytest.fixture
async def shirts(world: World) -> Stock:
    return await stock(world)


async def test_all_of_it_is_imported_once(shirts: Stock) -> None:
    made = await send(shirts, as_of="2026-01-10")
    assert made.status_code == 200, made.text
    assert made.json() == {
        "applied": True,
        "known": False,
        "as_of": "2026-01-10",
        "digest": hashlib.sha256(FILE.encode()).hexdigest(),
        "lines": 4,
        "quantity": 245,
        "items": ["t-shirt", "mug"],
        "variants": ["t-shirt/m-black", "t-shirt/xl-black", "mug/standard"],
        "places": ["store", "office"],
    }
    assert await shirts.balance() == {
        "mug/standard/office": (5, 0),
        "mug/standard/store": (40, 0),
        "t-shirt/m-black/store": (120, 0),
        "t-shirt/xl-black/store": (80, 0),
    }
    mug = await shirts.get("items/mug")
    assert mug["name"] == 'Mug, "large" one'
    (medium, large) = (await shirts.get("items/t-shirt"))["variants"]
    assert (medium["size"], large["size"], large["color"]) == ("M", "XL", "black")
    assert (await shirts.get("places/store"))["name"] == "Web store"
    assert (await shirts.get("places/office"))["name"] == "office"
    entries = (await shirts.get("movements"))["items"]
    assert {(one["kind"], one["occurred_on"]) for one in entries} == {("received", "2026-01-10")}
    assert entries[-1]["reason"] == "Opening stock"
    assert len(await shirts.told("stock.moved")) == 4
    assert (await shirts.told("stock.imported"))[0]["quantity"] == 245


async def test_the_same_file_again_changes_nothing(shirts: Stock) -> None:
    await send(shirts)
    before = await done(shirts)
    again = await send(shirts, as_of="2026-01-10")
    assert again.status_code == 200
    told = again.json()
    assert (told["applied"], told["known"], told["items"]) == (False, True, [])
    assert (await send(shirts, dry_run="true")).json()["known"] is True
    assert await done(shirts) == before
    # Another file is another delivery, of what is there already.
    more = await send(shirts, "item,variant,place,quantity\nmug,,store,2\n")
    assert (more.json()["applied"], more.json()["items"]) == (True, [])
    assert (await shirts.balance(item="mug", place="store"))["mug/standard/store"] == (42, 0)


async def test_one_file_sent_many_times_at_once_counts_once(shirts: Stock) -> None:
    answers = await asyncio.gather(*(send(shirts) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json()["applied"] for answer in answers].count(True) == 1
    assert await shirts.balance(by="place") == {"//office": (5, 0), "//store": (240, 0)}


async def test_a_dry_run_only_tells(shirts: Stock) -> None:
    before = await done(shirts)
    planned = await send(shirts, dry_run="true")
    assert await done(shirts) == before
    made = await send(shirts)
    assert planned.json() == made.json() | {"applied": False}


async def test_every_fault_is_told_with_its_place_and_nothing_is_imported(shirts: Stock) -> None:
    await shirts.place("paris", "event")
    before = await done(shirts)
    refused = await send(shirts, FAULTY)
    assert faults(refused) == [
        ("code", "/2/item"),
        ("quantity", "/3/quantity"),
        ("missing", "/4/place"),
        ("quantity", "/4/quantity"),
        ("quantity", "/5/quantity"),
        ("cells", "/6"),
        ("control", "/9/reason"),
        ("repeated", "/11"),
        ("quantity", "/12/quantity"),
    ]
    assert refused.json()["errors"][0]["detail"].startswith("line 2, item: 'T-Shirt' is no code")
    assert refused.json()["detail"] == "Nothing was imported: the file has 9 faults."
    assert await done(shirts) == before


async def test_what_stands_in_the_way_is_told_line_by_line(shirts: Stock) -> None:
    await shirts.item("t-shirt", "m", "xl")
    await shirts.item("mug")
    for place, kind in (("office", "storage"), ("attic", "storage"), ("paris", "event")):
        await shirts.place(place, kind)
    await shirts.received(2147483000, "t-shirt/m", "office")
    client, by, retired = shirts.world.client, shirts.by.headers, {"retired": True}
    await client.patch(f"{URL}/items/mug", json=retired, headers=by)
    await client.patch(f"{URL}/places/attic", json=retired, headers=by)
    await client.put(f"{URL}/items/t-shirt/variants/xl", json=retired, headers=by)
    before = await done(shirts)
    lines = [
        "item,variant,place,quantity,reason",
        "mug,,office,1,",
        "t-shirt,xl,office,1,",
        "t-shirt,m,attic,1,",
        "t-shirt,m,paris,1,",
        "t-shirt,m,office,600,",
        "t-shirt,m,office,100,more",
    ]
    assert faults(await send(shirts, "\n".join(lines))) == [
        ("retired", "/2/item"),
        ("retired", "/3/variant"),
        ("retired", "/4/place"),
        ("places", "/5/place"),
        ("too_many", "/7/quantity"),
    ]
    assert await done(shirts) == before


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", [("column_missing", "/1/" + name) for name in stock_file.NEEDED]),
        (b"item,variant,place,quantity\n", [("empty", "/1")]),
        (b"item;variant;place;quantity\n", None),
        (b"item,variant,place,quantity,quantity\n", [("column_repeated", "/1/quantity")]),
        (b"item,variant,place,quantity,price\n", [("column_unknown", "/1")]),
        (b'item,variant,place,quantity\nmug,,office,"1', [("syntax", "/2")]),
        (b'item,variant,place,quantity\nmug,,office,"1"2\n', [("syntax", "/2")]),
        (b"item,variant,place,quantity\nmug\x00,,office,1\n", [("code", "/2/item")]),
        (b"item,variant,place,quantity,name\nmug,,office,1,a\x00b\n", [("control", "/2/name")]),
        (b"item,variant,place,quantity\nmug,,b\xfcro,1\n", [("encoding", "/2")]),
        ("item,variant,place,quantity\nmug,,a,1\n".encode("utf-16"), [("encoding", "/1")]),
        (b"\xef\xbb\xbf\xef\xbb\xbfitem,variant,place,quantity\n", None),
        ("item,variant,place,quantity\nmug,,a,\u0661\n".encode(), [("quantity", "/2/quantity")]),
        (b"item,variant,place,quantity\nmug,,a," + b"9" * 200_000, [("syntax", "/2")]),
        (b"\n" * 9, [("column_missing", "/1/" + name) for name in stock_file.NEEDED]),
        (b"x" * (stock_file.MAX_BYTES + 1), [("too_large", "/1")]),
        (
            b"item,variant,place,quantity\n" + b"mug,,office,x\n" * 3,
            [("quantity", f"/{line}/quantity") for line in (2, 3, 4)],
        ),
    ],
)
async def test_files_that_are_none_are_refused(
    shirts: Stock, data: bytes, expected: list[tuple[str, str]] | None
) -> None:
    refused = await send(shirts, data)
    told = faults(refused)
    assert expected is None or told == expected
    assert await shirts.world.rows("select from stock_movements") == []


@pytest.mark.parametrize(
    "data",
    [
        "\ufeffitem,variant,place,quantity\nmug,,office,5\n",
        "item,variant,place,quantity\r\nmug,,office,5\r\n",
        "item,variant,place,quantity\rmug,,office,5",
        '"item","variant","place","quantity"\n\n"mug","","office","5"\n\n',
        " Quantity , PLACE,item,variant\n 5 , office, mug ,  \n",
    ],
)
async def test_files_as_programs_write_them_are_read(shirts: Stock, data: str) -> None:
    made = await send(shirts, data)
    assert made.status_code == 200, made.text
    assert await shirts.balance() == {"mug/standard/office": (5, 0)}


async def test_a_file_has_so_many_lines(shirts: Stock) -> None:
    lines = ["item,variant,place,quantity"]
    lines += [f"item-{number},,store,1" for number in range(stock_file.MAX_LINES + 1)]
    assert faults(await send(shirts, "\n".join(lines))) == [("too_many_lines", "/10002")]
    bad = "\n".join(["item,variant,place,quantity", *["mug,,store,x"] * 5_000])
    refused = await send(shirts, bad)
    assert len(faults(refused)) == 1_000
    assert "5,000 faults" in refused.json()["detail"]


async def test_it_is_of_no_day_to_come_and_no_other_type(shirts: Stock) -> None:
    refused = await send(shirts, as_of="2026-03-04")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["parameter"] == "as_of"
    for media_type in ("application/json", "text/csv; charset=latin-1"):
        assert (await send(shirts, media_type=media_type)).status_code == 415
    assert (await send(shirts, media_type="text/csv; charset=utf-8")).status_code == 200


async def test_files_and_moves_at_once_wait_for_nobody_for_ever(shirts: Stock) -> None:
    """A file that adds a variant to an item changes it, while its other variants are moved."""
    await shirts.item("t-shirt", "m")
    for place in ("office", "attic"):
        await shirts.place(place)
        await shirts.received(100, "t-shirt/m", place)
    files = [
        f"item,variant,place,quantity\nt-shirt,v{number},office,1\nt-shirt,m,attic,1\n"
        for number in range(8)
    ]
    ways = [("office", "attic"), ("attic", "office")] * 8
    imported, moved = await asyncio.gather(
        asyncio.gather(*(send(shirts, file) for file in files)),
        asyncio.gather(
            *(shirts.try_move("moved", 1, "t-shirt/m", from_place=a, to_place=b) for a, b in ways)
        ),
    )
    assert {answer.status_code for answer in imported} == {200}
    assert {answer.status_code for answer in moved} == {201}
    assert await shirts.balance() == await shirts.ledger()
    assert await shirts.balance(by="item") == {"t-shirt//": (216, 0)}


async def test_the_longest_file_is_imported(shirts: Stock) -> None:
    lines = [f"item-{number % 100},v{number // 100},store,2" for number in range(10_000)]
    made = await send(shirts, "\n".join(["item,variant,place,quantity", *lines]))
    assert made.status_code == 200, made.text
    assert made.json()["quantity"] == 20_000
    assert await shirts.balance(by="place") == {"//store": (20_000, 0)}
