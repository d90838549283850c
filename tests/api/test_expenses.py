"""Expenses over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.rules.access import Permission, Role
from tests.spending import EXPENSE, Spending, spending
from tests.world import World

NOBODY = "019a0000-0000-7000-8000-00000000dead"


@pytest.fixture
async def program(world: World) -> Spending:
    return await spending(world)


async def test_recorded_read_and_listed(program: Spending) -> None:
    made = await program.post("/expenses", EXPENSE | {"amount": "8264.3"})
    assert made.status_code == 201, made.text
    told = made.json()
    assert made.headers["location"] == f"/v1/programs/demo/expenses/{told['id']}"
    assert {key: told[key] for key in EXPENSE} == EXPENSE | {"amount": "8264.30"}
    assert told["recorded_by"] == str(program.staff.account_id)
    assert (told["reverses_id"], told["reversed_by_id"], told["grant_id"]) == (None, None, None)
    one = await program.get(f"/expenses/{told['id']}")
    assert one.json() == told
    assert (await program.get("/expenses")).json()["items"] == [told]
    assert (await program.get(f"/expenses/{NOBODY}")).status_code == 404


async def test_the_same_key_records_once(program: Spending) -> None:
    first = await program.post("/expenses", EXPENSE, key="once")
    again = await program.post("/expenses", EXPENSE, key="once")
    assert (again.status_code, again.json()) == (201, first.json())
    body = {"reason": "Entered twice."}
    path = f"/expenses/{first.json()['id']}/reversal"
    back = await program.post(path, body, key="back")
    replayed = await program.post(path, body, key="back")
    assert (replayed.status_code, replayed.json()) == (201, back.json())
    assert len(await program.world.rows("select from expenses")) == 2


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"amount": 12.5}, "/amount", "body"),
        ({"amount": 12}, "/amount", "body"),
        ({"amount": "-1.00"}, "/amount", "body"),
        ({"amount": "1e2"}, "/amount", "body"),
        ({"amount": "12.505"}, "/amount", "decimals"),
        ({"amount": "0.00"}, "/amount", "range"),
        ({"amount": "12.5", "currency": "JPY"}, "/amount", "decimals"),
        ({"currency": "XYZ"}, "/currency", "currency"),
        ({"currency": "XAU"}, "/currency", "currency"),
        ({"currency": "usd"}, "/currency", "body"),
        ({"occurred_on": "2026-03-04"}, "/occurred_on", "date"),
        ({"kind": "bribe"}, "/kind", "body"),
        ({"description": ""}, "/description", "body"),
        ({"grant_id": NOBODY, "movement_id": NOBODY}, "/movement_id", "about"),
    ],
)
async def test_what_is_no_expense_is_refused(
    program: Spending, body: dict[str, Any], pointer: str, code: str
) -> None:
    refused = await program.post("/expenses", EXPENSE | body)
    assert refused.status_code == 400, refused.text
    assert [(one["code"], one["pointer"]) for one in refused.json()["errors"]] == [(code, pointer)]
    assert await program.world.rows("select from expenses") == []


async def test_today_is_the_day_in_the_programs_time_zone(program: Spending) -> None:
    early = await program.post("/expenses", EXPENSE | {"occurred_on": "2026-03-04"})
    assert early.status_code == 400
    program.world.clock.pass_(hours=3)
    assert (await program.expense(occurred_on="2026-03-04"))["occurred_on"] == "2026-03-04"
    tomorrow = await program.post("/expenses", EXPENSE | {"occurred_on": "2026-03-05"})
    assert tomorrow.status_code == 400


async def test_it_points_at_what_the_program_has(program: Spending) -> None:
    grant = await program.grant()
    assert (await program.expense(grant_id=grant))["grant_id"] == grant
    for field in ("grant_id", "movement_id"):
        refused = await program.post("/expenses", EXPENSE | {field: NOBODY})
        assert (refused.status_code, refused.json()["code"]) == (409, "invalid_reference")
        assert refused.json()["errors"][0]["pointer"] == f"/{field}"
    await program.world.program("other")
    owner = await program.world.token()
    elsewhere = await program.world.client.post(
        "/v1/programs/other/expenses", json=EXPENSE | {"grant_id": grant}, headers=owner.headers
    )
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "invalid_reference")


async def test_filters_and_pages(program: Spending) -> None:
    grant = await program.grant()
    made = [
        await program.expense(occurred_on="2026-01-01"),
        await program.expense(kind="goods", occurred_on="2026-01-02"),
        await program.expense(currency="EUR", occurred_on="2026-01-03"),
        await program.expense(grant_id=grant, occurred_on="2026-01-04"),
    ]
    ids = [one["id"] for one in made]

    async def listed(query: str) -> list[int]:
        answer = await program.get(f"/expenses?{query}")
        assert answer.status_code == 200, answer.text
        return [ids.index(one["id"]) for one in answer.json()["items"]]

    assert await listed("") == [3, 2, 1, 0]
    assert await listed("since=2026-01-02&until=2026-01-03") == [2, 1]
    assert await listed("currency=EUR") == [2]
    assert await listed("kind=goods") == [1]
    assert await listed(f"grant={grant}") == [3]
    assert await listed(f"movement={NOBODY}") == []
    first = (await program.get("/expenses?limit=3")).json()
    rest = (await program.get(f"/expenses?limit=3&cursor={first['next']}")).json()
    told = [one["id"] for one in first["items"] + rest["items"]]
    assert (told, rest["next"]) == (ids[::-1], None)


async def test_a_reversal_takes_all_of_it_back(program: Spending) -> None:
    grant = await program.grant()
    wrong = await program.expense(grant_id=grant)
    answer = await program.reverse(wrong)
    assert answer.status_code == 201, answer.text
    back = answer.json()
    assert answer.headers["location"] == f"/v1/programs/demo/expenses/{back['id']}"
    assert (back["amount"], back["description"]) == ("-12.50", "Entered twice.")
    same = ("kind", "currency", "occurred_on", "grant_id")
    assert {key: back[key] for key in same} == {key: wrong[key] for key in same}
    assert (back["reverses_id"], back["reversed_by_id"]) == (wrong["id"], None)
    now = (await program.get(f"/expenses/{wrong['id']}")).json()
    assert now == wrong | {"reversed_by_id": back["id"]}


async def test_on_another_day_it_leaves_the_first_budget_as_it_was(program: Spending) -> None:
    wrong = await program.expense(occurred_on="2026-02-01")
    for day in ("2026-01-31", "2026-03-04"):
        refused = await program.reverse(wrong, occurred_on=day)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == "/occurred_on"
    later = await program.reverse(wrong, occurred_on="2026-03-03")
    assert later.json()["occurred_on"] == "2026-03-03"


async def test_it_is_reversed_once_and_a_reversal_never(program: Spending) -> None:
    wrong = await program.expense()
    answers = await asyncio.gather(*(program.reverse(wrong) for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409, 409]
    back = next(one.json() for one in answers if one.status_code == 201)
    current = wrong | {"reversed_by_id": back["id"]}
    for refused in (one.json() for one in answers if one.status_code == 409):
        assert (refused["code"], refused["current"]) == ("already_reversed", current)
    again = await program.reverse(back)
    assert (again.status_code, again.json()["code"]) == (409, "is_reversal")
    assert len(await program.world.rows("select from expenses")) == 2


async def test_nothing_of_it_can_be_changed_or_deleted(program: Spending) -> None:
    one = await program.expense()
    url, headers = f"/v1/programs/demo/expenses/{one['id']}", program.staff.headers
    for method in ("PATCH", "PUT", "DELETE"):
        answer = await program.world.client.request(method, url, headers=headers)
        assert answer.status_code == 405
    async with program.world.database.pool.acquire() as raw:
        for statement in ("update expenses set amount = 1", "delete from expenses"):
            with pytest.raises(Exception, match="permission denied"):
                await raw.execute(statement)


async def test_only_who_manages_the_budget_spends(program: Spending) -> None:
    one = await program.expense()
    for role, reads in ((Role.READER, 200), (Role.FULFILMENT, 403), (Role.REVIEWER, 403)):
        who = await program.world.token(role, "demo")
        assert (await program.get(f"/expenses/{one['id']}", who)).status_code == reads
        assert (await program.get("/expenses", who)).status_code == reads
        assert (await program.post("/expenses", EXPENSE, who)).status_code == 403
        path = f"/expenses/{one['id']}/reversal"
        assert (await program.post(path, {"reason": "No."}, who)).status_code == 403
    narrow = await program.world.token(
        account_id=program.staff.account_id, permissions=[Permission.BUDGET_READ]
    )
    assert (await program.post("/expenses", EXPENSE, narrow)).status_code == 403
    await program.world.program("other")
    other = await program.world.token()
    unseen = await program.world.client.get(
        f"/v1/programs/other/expenses/{one['id']}", headers=other.headers
    )
    assert unseen.status_code == 404


async def test_nothing_is_spent_in_an_archived_program(program: Spending) -> None:
    one = await program.expense()
    await program.patch("", {"status": "archived"})
    for answer in (await program.post("/expenses", EXPENSE), await program.reverse(one)):
        assert (answer.status_code, answer.json()["code"]) == (409, "program_archived")
    assert (await program.get("/expenses")).status_code == 200


async def test_what_is_spent_is_recorded_and_announced(program: Spending) -> None:
    one = await program.expense()
    back = (await program.reverse(one)).json()
    said = {
        "kind": "logistics",
        "amount": "12.50",
        "currency": "USD",
        "occurred_on": "2026-03-01",
        "grant_id": None,
        "movement_id": None,
        "reverses_id": None,
    }
    expected = [said, said | {"amount": "-12.50", "reverses_id": one["id"]}]
    assert await program.events("expense.recorded") == expected
    owner = await program.world.token()
    for record in (one, back):
        answer = await program.world.client.get(
            f"/v1/audit?subject={record['id']}", headers=owner.headers
        )
        (entry,) = answer.json()["items"]
        assert entry["action"] == "expense.recorded"
        assert entry["after"]["amount"] == record["amount"]
