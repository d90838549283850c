"""Fulfilments over HTTP: what leaves the stock, what it cost, and what comes back."""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules.access import Role
from tests.granted import DELIVERY, Granting, code, done, granting, pointers
from tests.people import person
from tests.world import Bearer, World

PARCEL = {"carrier": "DHL", "tracking": "JD0140000000001"}
COST = {"amount": "12.50", "currency": "EUR", "kind": "logistics"}


@pytest.fixture
async def them(world: World) -> Granting:
    """The program with its stock."""
    made = await granting(world)
    await made.stock()
    return made


async def swag(them: Granting, who: Bearer, size: str = "m") -> str:
    """A claimed pack of swag; its path."""
    grant = await them.offer("swag")
    await them.claimed(grant, who, choices={"shirt": size}, delivery=DELIVERY)
    return grant


async def test_what_is_reserved_leaves_the_stock(world: World, them: Granting) -> None:
    amara = await them.join()
    grant = await swag(them, amara)
    assert await them.balance("shirt", "m") == (5, 1)
    given = done(await them.post(grant, "fulfilment", them.packer, **PARCEL))
    assert (given["status"], given["awaiting"]) == ("fulfilled", None)
    assert (given["carrier"], given["tracking"]) == ("DHL", "JD0140000000001")
    assert (given["fulfilled_on"], given["version"]) == ("2026-03-03", 3)
    assert given["staff"]["fulfilled_by"] == str(them.packer.account_id)
    assert await them.balance("shirt", "m") == (4, 0)
    assert await them.balance("sticker", "standard") == (48, 0)
    assert await them.movements("given") == 3
    mine = await them.get(grant, amara)
    assert (mine["tracking"], mine["staff"]) == ("JD0140000000001", None)
    assert await them.told() == ["grant.offered", "grant.claimed", "grant.fulfilled"]


async def test_it_is_fulfilled_once(world: World, them: Granting) -> None:
    amara = await them.join()
    grant = await swag(them, amara)
    first = done(await them.post(grant, "fulfilment", them.packer, **PARCEL))
    for body in (PARCEL, PARCEL | {"carrier": "UPS", "cost": COST}):
        again = await them.post(grant, "fulfilment", them.packer, **body)
        assert code(again) == (409, "already_fulfilled")
        assert again.json()["current"] == first
    assert await them.movements("given") == 3
    assert await world.rows("select from expenses") == []
    declined = await them.send("POST", f"{grant}/refusal", amara, {})
    assert code(declined) == (409, "already_fulfilled")


async def test_what_is_not_claimed_is_not_fulfilled(world: World, them: Granting) -> None:
    amara = await them.join()
    grant = await them.offer("swag")
    assert code(await them.post(grant, "fulfilment", them.packer, **PARCEL)) == (409, "not_claimed")
    assert (await them.post(grant, "fulfilment", amara, **PARCEL)).status_code == 403
    back = {"reason": "It came back.", "restock": True}
    assert code(await them.post(grant, "return", them.packer, **back)) == (409, "not_fulfilled")


async def test_it_comes_from_where_it_was_taken(world: World, them: Granting) -> None:
    amara = await them.join()
    grant = await swag(them, amara)
    empty = await them.post(grant, "fulfilment", them.packer, place="cellar")
    assert code(empty) == (409, "out_of_stock")
    assert empty.json()["current"]["status"] == "claimed"
    unknown = await them.post(grant, "fulfilment", them.packer, place="attic")
    assert (code(unknown), unknown.json()["errors"][0]["pointer"]) == (
        (409, "invalid_reference"),
        "/place",
    )
    assert await them.balance("shirt", "m") == (5, 1)
    done(await them.post(grant, "fulfilment", them.packer, place="store"))
    assert await them.balance("shirt", "m") == (4, 0)


async def test_the_day_has_come(world: World, them: Granting) -> None:
    amara = await them.join()
    grant = await swag(them, amara)
    ahead = await them.post(grant, "fulfilment", them.packer, on="2026-03-04")
    assert pointers(ahead) == [("day", "/on")]
    given = done(await them.post(grant, "fulfilment", them.packer, on="2026-03-01"))
    assert given["fulfilled_on"] == "2026-03-01"


async def test_what_it_cost_is_an_expense(world: World, them: Granting) -> None:
    amara = await them.join()
    grant = await swag(them, amara)
    for wrong, expected in (
        ({"amount": "12.505"}, [("decimals", "/cost/amount")]),
        ({"currency": "XYZ"}, [("currency", "/cost/currency")]),
        ({"amount": "0"}, [("range", "/cost/amount")]),
    ):
        refused = await them.post(grant, "fulfilment", them.packer, cost=COST | wrong)
        assert pointers(refused) == expected
    assert (await them.get(grant))["status"] == "claimed"
    done(await them.post(grant, "fulfilment", them.packer, on="2026-03-02", cost=COST))
    (spent,) = (await them.get("/expenses"))["items"]
    assert (spent["amount"], spent["currency"], spent["kind"]) == ("12.50", "EUR", "logistics")
    assert (spent["grant_id"], spent["occurred_on"]) == (grant.split("/")[-1], "2026-03-02")
    assert spent["description"] == "Swag pack"


async def test_one_may_send_ones_own(world: World, them: Granting) -> None:
    amara = await person(world, "Amara", "demo")
    packer = await world.token(Role.FULFILMENT, "demo", person_id=amara)
    grant = await swag(them, packer)
    assert done(await them.post(grant, "fulfilment", packer, **PARCEL))["status"] == "fulfilled"


@pytest.mark.parametrize(
    ("restock", "place", "left"),
    [
        (True, None, {"store": 5, "cellar": 0}),
        (True, "cellar", {"store": 4, "cellar": 1}),
        (False, None, {"store": 4, "cellar": 0}),
    ],
)
async def test_what_comes_back_goes_into_stock_when_it_is_good(
    world: World, them: Granting, restock: bool, place: str | None, left: dict[str, int]
) -> None:
    amara = await them.join()
    grant = await swag(them, amara)
    done(await them.post(grant, "fulfilment", them.packer, **PARCEL))
    body: dict[str, Any] = {"reason": "Nobody was at home.", "restock": restock}
    body |= {"place": place} if place else {}
    returned = done(await them.post(grant, "return", them.packer, **body))
    assert (returned["status"], returned["closed_reason"]) == ("returned", "Nobody was at home.")
    assert {name: (await them.balance("shirt", "m", name))[0] for name in left} == left
    assert returned["has_delivery"] is False
    again = await them.post(grant, "return", them.packer, **body)
    assert code(again) == (409, "grant_closed")
    assert again.json()["current"] == returned
    assert {name: (await them.balance("shirt", "m", name))[0] for name in left} == left
    assert (await them.told())[-1] == "grant.returned"


async def test_only_what_goes_into_stock_has_a_place(world: World, them: Granting) -> None:
    amara = await them.join()
    grant = await swag(them, amara)
    done(await them.post(grant, "fulfilment", them.packer, **PARCEL))
    body = {"reason": "Broken.", "restock": False, "place": "store"}
    refused = await them.post(grant, "return", them.packer, **body)
    assert pointers(refused) == [("not_asked", "/place")]
    assert (await them.get(grant))["status"] == "fulfilled"


async def test_a_version_that_was_not_read_is_refused(world: World, them: Granting) -> None:
    amara = await them.join()
    grant = await swag(them, amara)
    stale = {"If-Match": '"1.x"'}
    refused = await them.send("POST", f"{grant}/fulfilment", them.packer, {}, **stale)
    assert refused.status_code == 412
    done(await them.send("POST", f"{grant}/fulfilment", them.packer, {}, **{"If-Match": '"2.x"'}))
    body = {"reason": "It came back.", "restock": True}
    refused = await them.send("POST", f"{grant}/return", them.packer, body, **stale)
    assert refused.status_code == 412


async def test_what_was_fulfilled_can_be_revoked_and_stays_given(
    world: World, them: Granting
) -> None:
    amara = await them.join()
    grant = await swag(them, amara)
    done(await them.post(grant, "fulfilment", them.packer, **PARCEL))
    reason = {"reason": "It was the wrong person."}
    assert done(await them.send("POST", f"{grant}/revocation", None, reason))["closed_at"]
    assert await them.balance("shirt", "m") == (4, 0)
