"""The distribution report over HTTP: AsyncAPI's of December 2024, to the item and the cent."""

from __future__ import annotations

import csv
import io
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from domain.rules.access import Role
from tests.store_of_2024 import DECEMBER, JUNE, Store, opened, told
from tests.world import World


@pytest.fixture
async def store(world: World) -> Store:
    return await told(world)


def gone(report: dict[str, Any]) -> dict[str, int]:
    """How many items went where."""
    sums: Counter[str] = Counter()
    for line in report["lines"]:
        sums[line["which"]] += line["quantity"]
    return dict(sums)


def cents(costs: list[dict[str, str]]) -> dict[str, Decimal]:
    return {one["currency"]: Decimal(one["amount"]) for one in costs}


async def test_the_report_of_december_2024(store: Store) -> None:
    report = await store.report()
    assert gone(report) == {
        "paris": 1518,
        "london": 335,
        "Steering committee": 40,
        "Mentors and mentees": 30,
        "welcome_pack": 22,
        "Events and giveaways": 25,
    }
    assert report["totals"] == {
        "before": 0,
        "received": 2383,
        "returned": 0,
        "adjusted": 0,
        "distributed": 1970,
        "on_hand": 413,
        "costs": [{"amount": "1942.70", "currency": "USD"}],
        "expenses": [{"amount": "8264.37", "currency": "USD"}],
    }
    assert report["other_expenses"] == [
        {"kind": "fee", "amount": "306.07", "currency": "USD"},
        {"kind": "goods", "amount": "4815.60", "currency": "USD"},
        {"kind": "other", "amount": "1200.00", "currency": "USD"},
    ]


async def test_every_line_says_who_got_what_and_at_what_cost(store: Store) -> None:
    lines = (await store.report())["lines"]
    columns = ("to", "which", "name", "item", "variant", "quantity", "grants")
    rows = [tuple(line[column] for column in columns) for line in lines]
    assert rows[0] == ("event", "london", "London conference", "cap", "standard", 50, 0)
    assert rows[10:15] == [
        ("grant", "welcome_pack", "Welcome package", None, None, 0, 2),
        ("grant", "welcome_pack", "Welcome package", "cap", "standard", 2, 2),
        ("grant", "welcome_pack", "Welcome package", "socks", "standard", 2, 2),
        ("grant", "welcome_pack", "Welcome package", "stickers", "standard", 16, 2),
        ("grant", "welcome_pack", "Welcome package", "t-shirt", "m", 2, 2),
    ]
    assert rows[15] == ("recipient", "Events and giveaways", None, "stickers", "standard", 25, 0)
    assert len(rows) == 21
    costs = {line["which"]: line["costs"] for line in lines if line["costs"]}
    assert costs == {
        "london": [{"amount": "412.90", "currency": "USD"}],
        "paris": [{"amount": "1450.25", "currency": "USD"}],
        "welcome_pack": [{"amount": "79.55", "currency": "USD"}],
    }


async def test_the_sums_of_the_report_are_the_sums_of_its_lines(store: Store) -> None:
    report = await store.report()
    totals, items = report["totals"], report["items"]
    for name in ("before", "received", "returned", "adjusted", "distributed", "on_hand"):
        assert totals[name] == sum(one[name] for one in items)
    assert totals["distributed"] == sum(line["quantity"] for line in report["lines"])
    costs = [cost for line in report["lines"] for cost in line["costs"]]
    spent = sum(Decimal(one["amount"]) for one in costs)
    assert cents(totals["costs"]) == {"USD": spent}
    others = sum(Decimal(one["amount"]) for one in report["other_expenses"])
    assert cents(totals["expenses"]) == {"USD": spent + others}
    rows = await store.world.rows(
        """select i.code || '/' || v.code as variant, b.on_hand
             from stock_balances b
             join stock_variants v on v.id = b.variant_id
             join stock_items i on i.id = v.item_id
             join stock_places p on p.id = b.place_id
            where p.kind = 'storage'"""
    )
    balances = {row["variant"]: row["on_hand"] for row in rows}
    assert {f"{one['item']}/{one['variant']}": one["on_hand"] for one in items} == balances


async def test_of_a_part_of_the_year_only_that_is_told(store: Store) -> None:
    autumn = await store.report("2024-09-01", "2024-11-30")
    assert gone(autumn) == {"london": 335, "welcome_pack": 22}
    sums = autumn["totals"]
    assert (sums["before"], sums["received"], sums["on_hand"]) == (2313, 0, 1956)
    assert cents(sums["expenses"]) == {"USD": Decimal("492.45")}
    before = await store.report("2024-01-01", "2024-06-02")
    assert (before["lines"], before["items"], before["totals"]["expenses"]) == ([], [], [])
    first = await store.report("2024-01-01", JUNE)
    assert (first["lines"], first["totals"]["on_hand"]) == ([], 2383)
    assert cents(first["totals"]["expenses"]) == {"USD": Decimal("6015.60")}


async def test_what_came_back_from_the_conference_was_not_distributed(store: Store) -> None:
    await store.move(
        [("t-shirt", "xl", 100), ("socks", None, 18)],
        "2024-12-12",
        kind="moved",
        from_place="paris",
        to_place="store",
    )
    report = await store.report()
    assert gone(report)["paris"] == 1400
    assert (report["totals"]["distributed"], report["totals"]["on_hand"]) == (1852, 531)
    until_then = await store.report(until="2024-12-11")
    assert gone(until_then)["paris"] == 1518
    afterwards = await store.report("2024-12-11", DECEMBER)
    assert gone(afterwards) == {"paris": -118}


async def test_what_a_conference_gives_away_was_distributed_already(store: Store) -> None:
    speakers = {"kind": "given", "from_place": "paris", "recipient": "Speakers"}
    (given,) = await store.move([("cap", None, 20)], "2024-12-04", **speakers)
    report = await store.report()
    assert (gone(report)["paris"], report["totals"]["distributed"]) == (1518, 1970)
    assert "Speakers" not in gone(report)
    await store.spend("event", "5.63", "2024-12-04", movement_id=given["id"])
    costs = [line["costs"] for line in (await store.report())["lines"] if line["costs"]]
    assert [{"amount": "5.63", "currency": "USD"}] in costs


async def test_what_was_entered_wrongly_is_taken_back(store: Store) -> None:
    (wrong,) = await store.move(
        [("stickers", None, 4)],
        "2024-12-11",
        kind="given",
        from_place="store",
        recipient="Events and giveaways",
    )
    paid = await store.spend("logistics", "99.99", "2024-12-11", movement_id=wrong["id"])
    assert gone(await store.report())["Events and giveaways"] == 29
    await store.post(f"/stock/movements/{wrong['id']}/reversal", {"reason": "It never was."})
    await store.post(f"/expenses/{paid['id']}/reversal", {"reason": "It never was."})
    report = await store.report()
    assert gone(report)["Events and giveaways"] == 25
    assert (report["totals"]["distributed"], report["totals"]["on_hand"]) == (1970, 413)
    assert cents(report["totals"]["expenses"]) == {"USD": Decimal("8264.37")}


async def test_what_is_reserved_and_what_is_lost_is_not_distributed(world: World) -> None:
    store = await opened(world)
    await store.post("/ambassadors", {"handle": "amara", "person": {"name": "Amara"}})
    (grant,) = (await store.get("/ambassadors/amara/grants")).json()["items"]
    await store.post(f"/grants/{grant['id']}/claim", {"choices": {"t-shirt": "s"}})
    await store.move([("cap", None, 3)], JUNE, kind="adjusted", from_place="store", reason="Moths.")
    report = await store.report()
    assert report["lines"] == []
    sums = report["totals"]
    assert (sums["adjusted"], sums["distributed"], sums["on_hand"]) == (-3, 0, 2380)
    given = await store.post(f"/grants/{grant['id']}/fulfilment", {})
    assert gone(await store.report()) == {"welcome_pack": 11}
    back = {"reason": "Nobody was at home.", "restock": True}
    await store.post(f"/grants/{given['id']}/return", back)
    returned = (await store.report())["totals"]
    assert (returned["distributed"], returned["returned"], returned["on_hand"]) == (11, 11, 2380)


async def test_the_table_has_the_lines_of_the_report(store: Store) -> None:
    await store.move(
        [("stickers", None, 1)], DECEMBER, kind="given", from_place="store", recipient="=1+1"
    )
    report = await store.report()
    answer = await store.get(f"/stock/distribution.csv?since={JUNE}&until={DECEMBER}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    name = f"demo-distribution-{JUNE}-{DECEMBER}.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    rows = list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))
    assert list(rows[0]) == [
        *("to", "which", "name", "item", "variant", "quantity", "grants", "cost_USD")
    ]
    for row, line in zip(rows, report["lines"], strict=True):
        cost = line["costs"][0]["amount"] if line["costs"] else ""
        which = "'=1+1" if line["which"] == "=1+1" else line["which"]
        assert row == {
            "to": line["to"],
            "which": which,
            "name": line["name"] or "",
            "item": line["item"] or "",
            "variant": line["variant"] or "",
            "quantity": str(line["quantity"]),
            "grants": str(line["grants"]),
            "cost_USD": cost,
        }
    assert "'=1+1" in {row["which"] for row in rows}
    assert sum(int(row["quantity"]) for row in rows) == 1971


async def test_who_may_not_read_the_budget_is_told_no_costs(store: Store) -> None:
    packer = await store.world.token(Role.FULFILMENT, "demo")
    report = await store.report(who=packer)
    assert gone(report) == gone(await store.report())
    assert {line["costs"] and "costs" for line in report["lines"]} == {None}
    assert report["other_expenses"] is None
    assert (report["totals"]["costs"], report["totals"]["expenses"]) == (None, None)
    path = f"/stock/distribution.csv?since={JUNE}&until={DECEMBER}"
    assert "cost_" not in (await store.get(path, packer)).text
    reviewer = await store.world.token(Role.REVIEWER, "demo")
    assert (await store.get(path, reviewer)).status_code == 403


async def test_a_report_is_of_a_period_that_ends_after_it_begins(world: World) -> None:
    store = await opened(world)
    for ending in ("", ".csv"):
        refused = await store.get(f"/stock/distribution{ending}?since={DECEMBER}&until={JUNE}")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["parameter"] == "since"
        assert (await store.get(f"/stock/distribution{ending}?since={JUNE}")).status_code == 400
    one_day = await store.report(JUNE, JUNE)
    assert one_day["totals"]["received"] == 2383
    nowhere = await world.client.get(
        f"/v1/programs/nowhere/stock/distribution?since={JUNE}&until={JUNE}",
        headers=(await world.token()).headers,
    )
    assert nowhere.status_code == 404
