"""What benefits hold of a person: they read it, it moves with them, and an erasure empties it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest

from domain import erasure
from domain.rules.access import Permission, Role
from domain.vault import NO_VAULT
from tests.api.test_personal_data import dump, traces
from tests.granted import ADDRESS, DELIVERY, Granting, done, granting
from tests.people import person
from tests.private import MARKS
from tests.world import Bearer, World

COST = {"amount": "12.50", "currency": "EUR", "kind": "logistics"}
NAMED = "For Zubenelgenubi."
"""The words that people write may name others."""

MEMBER: dict[str, Any] = {
    "name": "Membership",
    "kind": "membership",
    "offered": ["admission", "manager"],
    "automatic": True,
    "ends_with_tenure": True,
}
GIFT: dict[str, Any] = {"name": "Farewell gift", "kind": "swag", "offered": ["end"]}
YEARLY = {"tenure": {"clock": "anniversary", "length": "P1Y"}}


async def erase(world: World, person_id: UUID) -> httpx.Response:
    headers = (await world.token()).headers
    body = {"reason": "Asked by letter."}
    answer = await world.client.post(f"/v1/people/{person_id}/erasure", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


async def export(world: World, person_id: UUID, who: Bearer | None = None) -> list[dict[str, Any]]:
    """The benefits in what is held about a person, as the owner or somebody else reads it."""
    who = who or await world.token()
    return done(await world.client.get(f"/v1/people/{person_id}/export", headers=who.headers))[
        "grants"
    ]


async def mine(world: World, who: Bearer) -> list[dict[str, Any]]:
    return done(await world.client.get("/v1/me/export", headers=who.headers))["grants"]


async def owner_of(world: World, handle: str = "amara") -> UUID:
    (row,) = await world.rows("select person_id from ambassadors where handle = $1", handle)
    return UUID(str(row["person_id"]))


async def statuses(world: World) -> list[tuple[str, str]]:
    rows = await world.rows("select benefit, status from grants order by benefit, id")
    return [(row["benefit"], row["status"]) for row in rows]


async def swag(them: Granting, who: Bearer, handle: str = "amara") -> str:
    """A claimed pack of swag; its path."""
    body = {"benefit": "swag", "ambassador": handle, "occasion": "manager", "note": NAMED}
    grant = f"/grants/{(await them.send('POST', '/grants', None, body)).json()['id']}"
    await them.claimed(grant, who, choices={"shirt": "m"}, delivery=DELIVERY)
    return grant


@pytest.fixture
async def them(world: World) -> Granting:
    made = await granting(world, leaver=GIFT)
    await made.stock()
    await made.load("pass", MARKS["code"], "CODE-2")
    return made


async def everything(them: Granting, amara: Bearer) -> None:
    """Something in each state, with words wherever people can write some."""
    await them.offer("meeting")
    await swag(them, amara)
    await them.claimed(await them.offer("pass"), amara)
    sent = await swag(them, amara)
    how = {"carrier": "DHL", "tracking": "JD-Zubenelgenubi", "cost": COST | {"description": NAMED}}
    done(await them.post(sent, "fulfilment", them.packer, **how))
    back = await swag(them, amara)
    done(await them.post(back, "fulfilment", them.packer, carrier="By hand"))
    done(await them.post(back, "return", them.packer, reason=NAMED, restock=True))


async def test_nothing_is_left_of_an_erased_person_but_what_they_were_given(
    world: World, them: Granting
) -> None:
    amara = await them.join()
    await everything(them, amara)
    # Otherwise the search below would find nothing whatever the erasure does.
    assert traces(await dump(world)).keys() == {
        "grants",
        "stock_movements",
        "expenses",
        "audit_values",
    }
    assert await them.balance("shirt", "m") == (4, 1)
    moved = await them.movements("given")
    await erase(world, await owner_of(world))
    assert traces(await dump(world)) == {}
    assert await statuses(world) == [
        ("meeting", "revoked"),
        ("pass", "fulfilled"),
        ("swag", "revoked"),
        ("swag", "fulfilled"),
        ("swag", "returned"),
    ]
    assert await world.rows("select from grant_deliveries") == []
    assert {row["choices"] for row in await world.rows("select choices::text from grants")} == {
        "{}"
    }
    # What was reserved can be had by others; what was given stays so, to the item and the cent.
    assert await them.balance("shirt", "m") == (4, 0)
    assert await them.movements("given") == moved
    (spent,) = await world.rows("select amount, description from expenses")
    assert (str(spent["amount"]), spent["description"]) == ("12.5000", "Erased")
    counts = await them.get("/benefits/pass/codes", them.packer)
    assert (counts["loaded"], counts["given"], counts["free"]) == (2, 1, 1)
    assert (await them.told())[-2:] == ["grant.revoked", "grant.revoked"]


async def test_nobody_elses_is_touched(world: World, them: Granting) -> None:
    await them.join()
    bo = await them.join("Bo")
    theirs = await swag(them, bo, "bo")
    before = await them.get(theirs, bo)
    await erase(world, await owner_of(world))
    assert await them.get(theirs, bo) == before
    assert (await them.get(f"{theirs}/delivery", bo))["phone"] == MARKS["phone"]


async def test_an_erasure_again_changes_nothing(world: World, them: Granting) -> None:
    amara = await them.join()
    await everything(them, amara)
    person_id = await owner_of(world)
    await erase(world, person_id)
    before = await dump(world)
    # Each request makes a token of its own.
    own = ("accounts", "tokens", "role_assignments", "idempotency_keys")
    await erase(world, person_id)
    after = await dump(world)
    assert {name: after[name] for name in after if name not in own} == {
        name: before[name] for name in before if name not in own
    }


@pytest.mark.parametrize("policy", [{}, YEARLY], ids=["timeless", "yearly"])
async def test_what_ends_with_the_tenure_ends_and_nothing_is_offered_for_leaving(
    world: World, policy: dict[str, Any]
) -> None:
    them = await granting(world, policy, member=MEMBER, gift=GIFT)
    body = {"handle": "amara", "person": {"name": "Amara"}, "joined_on": "2026-03-03"}
    assert (await them.send("POST", "/ambassadors", None, body)).status_code == 201
    (row,) = await world.rows("select id from grants")
    done(await them.post(f"/grants/{row['id']}", "fulfilment", them.packer, carrier="By hand"))
    assert await statuses(world) == [("member", "fulfilled")]
    await erase(world, await owner_of(world))
    assert await statuses(world) == [("member", "revoked")]
    assert (await them.told())[-1] == "grant.revoked"


async def test_people_read_what_they_were_given_with_addresses_and_codes(
    world: World, them: Granting
) -> None:
    amara = await them.join()
    await everything(them, amara)
    await them.claimed(await them.offer("pass"), amara)
    held = await mine(world, amara)
    assert [(one["benefit"], one["status"]) for one in held] == [
        ("meeting", "offered"),
        ("swag", "claimed"),
        ("pass", "fulfilled"),
        ("swag", "fulfilled"),
        ("swag", "returned"),
        ("pass", "fulfilled"),
    ]
    _, claimed, first, sent, back, second = held
    assert claimed["delivery"] == {
        "address": ADDRESS | {"region": None, "postal_code": None},
        "email": None,
        "phone": MARKS["phone"],
    }
    assert (claimed["choices"], claimed["note"]) == ({"shirt": "m"}, NAMED)
    assert (claimed["program"], claimed["occasion"]) == ("demo", "manager")
    # It is kept for two months after the parcel went, and not at all once it came back.
    assert (sent["delivery_erase_on"], sent["tracking"]) == ("2026-05-02", "JD-Zubenelgenubi")
    assert sent["delivery"] == claimed["delivery"]
    assert (back["delivery"], back["closed_reason"]) == (None, NAMED)
    assert [first["code"], second["code"]] == [MARKS["code"], "CODE-2"]
    assert not any(one["withheld"] for one in held)
    assert await export(world, await owner_of(world)) == held


async def test_an_amount_is_shown_exactly(world: World) -> None:
    value = {"amount": "45.50", "currency": "EUR"}
    them = await granting(world, pack={"name": "Pack", "kind": "swag", "value": value})
    amara = await them.join()
    await them.offer("pack")
    (held,) = await mine(world, amara)
    assert (held["value"], held["delivery"], held["code"]) == (value, None, None)


async def test_who_may_not_read_deliveries_gets_an_export_without_them(
    world: World, them: Granting
) -> None:
    amara = await them.join()
    await swag(them, amara)
    await them.claimed(await them.offer("pass"), amara)
    person_id = await owner_of(world)
    held = await export(world, person_id, await world.token(permissions=[Permission.PERSON_MANAGE]))
    assert [(one["delivery"], one["code"], one["withheld"]) for one in held] == [
        (None, None, True),
        (None, None, True),
    ]


async def test_an_export_works_without_the_key(world: World, them: Granting) -> None:
    amara = await them.join()
    await swag(them, amara)
    blind = msgspec.structs.replace(world.call(), vault=NO_VAULT)
    (held,) = (await erasure.export(blind, await owner_of(world))).grants
    assert (held.benefit, held.delivery, held.withheld) == ("swag", None, True)


async def test_benefits_follow_a_merge_and_its_undo(world: World, them: Granting) -> None:
    amara = await them.join()
    grant = await swag(them, amara)
    owner = (await world.token()).headers
    twin, kept = await owner_of(world), await person(world, "Amara O")
    token = await world.token(Role.AMBASSADOR, "demo", person_id=kept)
    assert (await them.send("GET", grant, token)).status_code == 404
    body = {"kept": str(kept), "merged": str(twin)}
    merged = await world.client.post("/v1/merges", json=body, headers=owner)
    assert merged.status_code == 201, merged.text
    for who in (amara, token):
        assert (await them.get(f"{grant}/delivery", who))["phone"] == MARKS["phone"]
        assert [one["benefit"] for one in await mine(world, who)] == ["swag"]
    offered = await them.offer("meeting")
    await them.claimed(offered, token)
    undone = await world.client.post(f"{merged.headers['location']}/undo", headers=owner)
    assert undone.status_code == 200, undone.text
    assert await mine(world, token) == []
    assert [one["benefit"] for one in await mine(world, amara)] == ["swag", "meeting"]
    done(await them.post(grant, "fulfilment", them.packer, carrier="By hand"))


async def test_the_erasure_of_a_merged_record_reaches_its_benefits(
    world: World, them: Granting
) -> None:
    amara = await them.join()
    await swag(them, amara)
    twin, kept = await owner_of(world), await person(world, "Amara O")
    body = {"kept": str(kept), "merged": str(twin)}
    owner = (await world.token()).headers
    assert (await world.client.post("/v1/merges", json=body, headers=owner)).status_code == 201
    await erase(world, kept)
    assert await statuses(world) == [("swag", "revoked")]
    assert await world.rows("select from grant_deliveries") == []


@pytest.mark.parametrize(
    "statement",
    [
        "update stock_movements set quantity = 1",
        "update stock_movements set recipient = null",
        "update expenses set amount = 1",
        "update expenses set occurred_on = '2026-01-01'",
        "delete from expenses",
    ],
)
async def test_the_service_can_change_no_ledger_but_for_its_words(
    world: World, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await world.rows(statement)
    await world.rows("update expenses set description = 'Erased'")
    await world.rows("update stock_movements set reason = null")
