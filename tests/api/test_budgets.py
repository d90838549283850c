"""Budgets over HTTP, and the warnings of what is used up."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from domain import budgets
from domain.rules.access import Role
from tests.spending import BUDGET, EXPENSE, Spending, spending
from tests.world import World

NOBODY = "019a0000-0000-7000-8000-00000000dead"


@pytest.fixture
async def program(world: World) -> Spending:
    return await spending(world)


async def used(program: Spending, budget: dict[str, Any]) -> tuple[str, str, str]:
    one = (await program.get(f"/budgets/{budget['id']}")).json()
    return one["spent"], one["committed"], one["left"]


async def warned(program: Spending) -> list[int]:
    """The percents that were announced, in their order."""
    return [one["percent"] for one in await program.events("budget.warned")]


async def daily(program: Spending) -> None:
    rows = await program.world.rows("select id from programs where slug = 'demo'")
    await budgets.warn(program.world.call(), rows[0]["id"], date(2026, 3, 3))


async def test_created_read_and_listed(program: Spending) -> None:
    made = await program.post("/budgets", BUDGET | {"amount": "1000"})
    assert made.status_code == 201, made.text
    told = made.json()
    assert made.headers["location"] == f"/v1/programs/demo/budgets/{told['id']}"
    nothing: dict[str, Any] = {
        "spent": "0.00",
        "committed": "0.00",
        "left": "1000.00",
        "warnings": [],
    }
    expected = BUDGET | nothing | {"warn_at": [80, 100], "version": 1}
    assert {key: told[key] for key in expected} == expected
    assert (await program.get(f"/budgets/{told['id']}")).json() == told
    assert (await program.get("/budgets")).json()["items"] == [told]
    assert (await program.get(f"/budgets/{NOBODY}")).status_code == 404


async def test_the_same_key_creates_once(program: Spending) -> None:
    first = await program.post("/budgets", BUDGET, key="once")
    again = await program.post("/budgets", BUDGET, key="once")
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(await program.events("budget.created")) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"amount": 1000}, "/amount"),
        ({"amount": 1000.5}, "/amount"),
        ({"amount": "1000.001"}, "/amount"),
        ({"amount": "-5"}, "/amount"),
        ({"currency": "XXX"}, "/currency"),
        ({"last_day": "2025-12-31"}, "/last_day"),
        ({"warn_at": [0]}, "/warn_at/0"),
        ({"warn_at": [50.5]}, "/warn_at/0"),
        ({"name": ""}, "/name"),
    ],
)
async def test_what_is_no_budget_is_refused(
    program: Spending, body: dict[str, Any], pointer: str
) -> None:
    refused = await program.post("/budgets", BUDGET | body)
    assert refused.status_code == 400, refused.text
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]


async def test_a_day_belongs_to_one_budget_of_a_currency(program: Spending) -> None:
    first = await program.budget(last_day="2026-06-30")
    overlapping = BUDGET | {"first_day": "2026-06-30"}
    answers = await asyncio.gather(*(program.post("/budgets", overlapping) for _ in range(3)))
    for refused in answers:
        assert (refused.status_code, refused.json()["code"]) == (409, "budget_overlap")
    await program.budget(first_day="2026-06-30", currency="EUR")
    second = await program.budget(first_day="2026-07-01")
    stretched = await program.patch(f"/budgets/{first['id']}", {"last_day": "2026-07-01"})
    assert (stretched.status_code, stretched.json()["code"]) == (409, "budget_overlap")
    assert stretched.json()["errors"][0]["pointer"] == "/first_day"
    await program.world.program("other")
    owner = await program.world.token()
    there = await program.world.client.post(
        "/v1/programs/other/budgets", json=BUDGET, headers=owner.headers
    )
    assert there.status_code == 201
    listed = (await program.get("/budgets?on=2026-07-01&currency=USD")).json()["items"]
    assert [one["id"] for one in listed] == [second["id"]]


async def test_of_two_at_once_that_overlap_one_is_created(program: Spending) -> None:
    answers = await asyncio.gather(*(program.post("/budgets", BUDGET) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    assert len(await program.world.rows("select from budgets")) == 1


async def test_the_one_that_begins_last_is_first_in_pages(program: Spending) -> None:
    made = [
        await program.budget(first_day=f"202{year}-01-01", last_day=f"202{year}-12-31")
        for year in (4, 6, 5)
    ]
    first = (await program.get("/budgets?limit=2")).json()
    rest = (await program.get(f"/budgets?limit=2&cursor={first['next']}")).json()
    told = [one["id"] for one in first["items"] + rest["items"]]
    assert (told, rest["next"]) == ([made[n]["id"] for n in (1, 2, 0)], None)


async def test_what_is_spent_is_what_its_days_and_its_currency_say(program: Spending) -> None:
    await program.expense(occurred_on="2026-01-01", amount="0.10")
    budget = await program.budget(last_day="2026-03-01")
    assert await used(program, budget) == ("0.10", "0.00", "999.90")
    await program.expense(occurred_on="2026-03-01", amount="0.20")
    await program.expense(occurred_on="2025-12-31", amount="7.00")
    await program.expense(occurred_on="2026-03-02", amount="7.00")
    await program.expense(currency="EUR", amount="7.00")
    # Binary fractions would make it 0.30000000000000004.
    assert await used(program, budget) == ("0.30", "0.00", "999.70")
    wrong = await program.expense(amount="1100.00")
    assert await used(program, budget) == ("1100.30", "0.00", "-100.30")
    await program.reverse(wrong)
    assert await used(program, budget) == ("0.30", "0.00", "999.70")
    yen = await program.budget(currency="JPY", amount="50000")
    await program.expense(currency="JPY", amount="300")
    assert await used(program, yen) == ("300", "0", "49700")


async def test_what_is_offered_commits_until_it_is_spent_or_over(program: Spending) -> None:
    budget = await program.budget()
    grant = await program.grant("ticket")
    await program.grant("meeting")
    await program.grant("yen_ticket")
    assert await used(program, budget) == ("0.00", "300.00", "700.00")
    claimed = await program.post(f"/grants/{grant}/claim", {})
    assert claimed.status_code == 200, claimed.text
    assert await used(program, budget) == ("0.00", "300.00", "700.00")
    cost = {"amount": "280.00", "currency": "USD", "kind": "fee"}
    given = await program.post(f"/grants/{grant}/fulfilment", {"cost": cost})
    assert given.status_code == 200, given.text
    assert await used(program, budget) == ("280.00", "0.00", "720.00")
    (expense,) = (await program.get(f"/expenses?grant={grant}")).json()["items"]
    assert (expense["amount"], expense["kind"]) == ("280.00", "fee")
    declined = await program.grant("ticket", "bo")
    refused = await program.post(f"/grants/{declined}/refusal", {"reason": "They cannot come."})
    assert refused.status_code == 200, refused.text
    assert await used(program, budget) == ("280.00", "0.00", "720.00")


async def test_the_day_of_an_offer_is_that_of_the_program(program: Spending) -> None:
    march = await program.budget(first_day="2026-03-01", last_day="2026-03-03")
    later = await program.budget(first_day="2026-03-04", last_day="2026-03-31")
    program.world.clock.pass_(hours=3)  # one in the night of 4 March there, and 3 March in UTC
    await program.grant("ticket")
    assert await used(program, march) == ("0.00", "0.00", "1000.00")
    assert await used(program, later) == ("0.00", "300.00", "700.00")


async def test_a_change_is_one_of_what_it_names(program: Spending) -> None:
    made = await program.budget()
    path = f"/budgets/{made['id']}"
    changed = await program.patch(path, {"name": "Another", "amount": "1500", "warn_at": [90, 50]})
    expected = {"name": "Another", "amount": "1500.00", "warn_at": [50, 90], "version": 2}
    assert {key: changed.json()[key] for key in expected} == expected
    assert changed.json()["first_day"] == BUDGET["first_day"]
    same = await program.patch(path, {"amount": "1500.00", "warn_at": [50, 90, 90]})
    assert same.json() == changed.json(), "nothing has changed"
    for body in ({"currency": "EUR"}, {"amount": None}, {"amount": 5}, {"amount": "1.234"}):
        assert (await program.patch(path, body)).status_code == 400
    assert (await program.patch(path, {"first_day": "2027-01-01"})).status_code == 400
    assert len(await program.events("budget.updated")) == 1


async def test_its_version_is_not_that_of_what_is_spent(program: Spending) -> None:
    made = await program.budget()
    path = f"/budgets/{made['id']}"
    before = (await program.get(path)).headers["etag"]
    await program.expense()
    spent = (await program.get(path)).headers["etag"]
    assert spent != before, "the answer is another one"
    changed = await program.patch(path, {"name": "Another"}, match=before)
    assert (changed.status_code, changed.json()["version"]) == (200, 2), "the budget was the same"
    assert (await program.patch(path, {"name": "Third"}, match=spent)).status_code == 412


async def test_each_percent_is_warned_of_once(program: Spending) -> None:
    budget = await program.budget()
    await program.expense(amount="799.99")
    assert await warned(program) == []
    wrong = await program.expense(amount="0.01")
    assert await warned(program) == [80]
    said = {"currency": "USD", "amount": "1000.00", "spent": "800.00", "committed": "0.00"}
    assert await program.events("budget.warned") == [said | {"percent": 80}]
    await program.reverse(wrong)
    await program.expense(amount="0.01")
    assert await warned(program) == [80]
    await program.expense(amount="500.00")
    assert await warned(program) == [80, 100]
    told = (await program.get(f"/budgets/{budget['id']}")).json()
    assert [one["percent"] for one in told["warnings"]] == [80, 100]
    assert told["version"] == 1
    await daily(program)
    assert await warned(program) == [80, 100]


async def test_one_expense_can_reach_several_percents_of_its_own_budget(program: Spending) -> None:
    await program.budget(first_day="2025-01-01", last_day="2025-12-31")
    await program.budget(warn_at=[120, 25, 50])
    await program.budget(currency="EUR", amount="1.00")
    await program.expense(amount="500.00")
    assert await warned(program) == [25, 50]


async def test_what_was_spent_before_there_was_a_budget_is_warned_of(program: Spending) -> None:
    await program.expense(amount="900.00")
    await program.budget()
    assert await warned(program) == [80]


async def test_another_amount_or_percent_warns_of_what_was_not_warned_of(
    program: Spending,
) -> None:
    path = f"/budgets/{(await program.budget())['id']}"
    await program.expense(amount="800.00")
    await program.patch(path, {"amount": "900.00"})
    assert await warned(program) == [80]
    await program.patch(path, {"amount": "800.00"})
    assert await warned(program) == [80, 100]
    await program.patch(path, {"warn_at": [50, 80, 100, 200]})
    assert await warned(program) == [80, 100, 50]
    await program.patch(path, {"amount": "2000.00"})
    await program.patch(path, {"amount": "500.00"})
    assert await warned(program) == [80, 100, 50]


async def test_offers_by_hand_warn_too_and_the_day_warns_of_the_others(program: Spending) -> None:
    await program.budget(amount="600.00", warn_at=[50, 100])
    first = await program.grant("ticket")
    assert await warned(program) == [50]
    # As a rule offers: in a transaction that asks no budget.
    await program.world.rows(
        "update grants set value_amount = 600 where id = $1::text::uuid", first
    )
    assert await warned(program) == [50]
    await daily(program)
    await daily(program)
    assert await warned(program) == [50, 100]


async def test_an_empty_budget_warns_of_the_first_expense_and_one_that_is_silent_never(
    program: Spending,
) -> None:
    await program.budget(amount="0.00", warn_at=[100])
    await program.budget(currency="EUR", warn_at=[])
    await daily(program)
    assert await warned(program) == []
    await program.expense(currency="EUR", amount="5000.00")
    await program.expense(amount="0.01")
    assert await warned(program) == [100]


async def test_of_expenses_at_once_the_last_one_sees_the_others(program: Spending) -> None:
    """None reaches the percent alone, so that without a lock nobody might say so."""
    await program.budget(amount="100.00", warn_at=[100])
    answers = await asyncio.gather(
        *(program.post("/expenses", EXPENSE | {"amount": "10.00"}) for _ in range(10)),
        *(daily(program) for _ in range(3)),
    )
    assert {one.status_code for one in answers if one is not None} == {201}
    assert await warned(program) == [100]


async def test_no_budget_of_an_archived_program_changes(program: Spending) -> None:
    budget = await program.budget()
    await program.patch("", {"status": "archived"})
    for answer in (
        await program.post("/budgets", BUDGET),
        await program.patch(f"/budgets/{budget['id']}", {"name": "Late"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "program_archived")
    assert (await program.get(f"/budgets/{budget['id']}")).status_code == 200


async def test_only_who_manages_the_money_sees_or_changes_it(program: Spending) -> None:
    budget = await program.budget()
    path = f"/budgets/{budget['id']}"
    for role, reads in ((Role.READER, 200), (Role.FULFILMENT, 403), (Role.COMMITTEE, 403)):
        who = await program.world.token(role, "demo")
        assert (await program.get(path, who)).status_code == reads
        assert (await program.get("/budgets", who)).status_code == reads
        assert (await program.post("/budgets", BUDGET, who)).status_code == 403
        refused = await program.world.client.patch(
            f"/v1/programs/demo{path}", json={"name": "Mine"}, headers=who.headers
        )
        assert refused.status_code == 403
    anonymous = await program.world.client.get(f"/v1/programs/demo{path}")
    assert anonymous.status_code == 401


async def test_changes_are_recorded_and_announced(program: Spending) -> None:
    made = await program.budget()
    await program.patch(f"/budgets/{made['id']}", {"amount": "900.00"})
    owner = await program.world.token()
    audit = await program.world.client.get(f"/v1/audit?subject={made['id']}", headers=owner.headers)
    changed, created = audit.json()["items"]
    assert (created["action"], changed["action"]) == ("budget.created", "budget.updated")
    assert (changed["before"], changed["after"]) == ({"amount": "1000.00"}, {"amount": "900.00"})
    said = {"currency": "USD", "first_day": "2026-01-01", "last_day": "2026-12-31"}
    assert await program.events("budget.created") == [said | {"amount": "1000.00"}]
    assert await program.events("budget.updated") == [said | {"amount": "900.00"}]
