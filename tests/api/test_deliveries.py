"""Deliveries over HTTP: who reads where something is sent, and when it is gone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain import claims, deliveries
from domain.rules.access import Role
from domain.vault import NO_VAULT, DataKeyMissing
from tests.granted import ADDRESS, DELIVERY, Granting, code, done, granting, pointers
from tests.private import MARKS
from tests.world import Bearer, World

MOVED = DELIVERY | {"address": ADDRESS | {"city": "Other Town", "postal_code": "4000-123"}}

MINE = deliveries.Address(MARKS["name"], (MARKS["street"],), "Invented Town", "PT")


@pytest.fixture
async def them(world: World) -> Granting:
    """The program with its stock."""
    made = await granting(world)
    await made.stock()
    return made


async def claimed(them: Granting, who: Bearer) -> str:
    grant = await them.offer("swag")
    await them.claimed(grant, who, choices={"shirt": "m"}, delivery=DELIVERY)
    return grant


async def stored(world: World) -> list[Any]:
    return await world.rows("select sealed, erase_on from grant_deliveries")


async def test_it_is_read_by_the_ambassador_and_by_who_sends_it(
    world: World, them: Granting
) -> None:
    amara, bo = await them.join(), await them.join("Bo")
    grant = await claimed(them, amara)
    owner = await world.token()
    for who in (amara, them.packer, owner):
        found = await them.get(f"{grant}/delivery", who)
        assert found["address"] == ADDRESS | {"region": None, "postal_code": None}
        assert (found["phone"], found["email"], found["version"]) == (MARKS["phone"], None, 2)
    reader = await world.token(Role.READER, "demo")
    committee = await world.token(Role.COMMITTEE, "demo")
    for who, status in ((them.manager, 403), (reader, 403), (bo, 404), (committee, 404)):
        refused = await them.send("GET", f"{grant}/delivery", who)
        assert refused.status_code == status
        assert MARKS["street"] not in refused.text


async def test_it_is_changed_until_it_is_sent(world: World, them: Granting) -> None:
    amara = await them.join()
    grant = await claimed(them, amara)
    path = f"{grant}/delivery"
    changed = await them.send("PUT", path, amara, MOVED)
    assert done(changed)["address"]["city"] == "Other Town"
    assert done(changed)["version"] == 3
    assert done(await them.send("PUT", path, amara, MOVED))["version"] == 3
    assert done(await them.send("PUT", path, them.packer, DELIVERY))["version"] == 4
    assert await them.told("grant.delivery") == ["grant.delivery_changed"] * 2
    partly = await them.send("PUT", path, amara, {"phone": MARKS["phone"]})
    assert pointers(partly) == [("required", "/address")]
    more = await them.send("PUT", path, amara, MOVED | {"email": MARKS["email"]})
    assert pointers(more) == [("not_asked", "/email")]
    stale = await them.send("PUT", path, amara, MOVED, **{"If-Match": '"2.x"'})
    assert stale.status_code == 412
    done(await them.send("POST", f"{grant}/fulfilment", them.packer, {}))
    late = await them.send("PUT", path, amara, DELIVERY)
    assert code(late) == (409, "already_fulfilled")
    assert late.json()["current"]["status"] == "fulfilled"


async def test_who_may_not_read_it_may_not_change_it(world: World, them: Granting) -> None:
    amara, bo = await them.join(), await them.join("Bo")
    grant = await claimed(them, amara)
    reader = await world.token(Role.READER, "demo")
    for who, status in ((reader, 403), (them.manager, 403), (bo, 404)):
        assert (await them.send("PUT", f"{grant}/delivery", who, MOVED)).status_code == status
    offered = await them.offer("swag")
    early = await them.send("PUT", f"{offered}/delivery", amara, DELIVERY)
    assert code(early) == (409, "not_claimed")
    assert (await them.send("GET", f"{offered}/delivery", amara)).status_code == 404


async def test_it_is_erased_a_while_after_the_fulfilment(world: World) -> None:
    them = await granting(world, {"deliveries": {"kept": "P10D"}})
    await them.stock()
    amara = await them.join()
    grant = await claimed(them, amara)
    waiting = await claimed(them, amara)
    done(await them.send("POST", f"{grant}/fulfilment", them.packer, {"on": "2026-02-01"}))
    (program,) = await world.rows("select id from programs")
    for days, left in ((9, 2), (1, 1), (100, 1)):
        world.clock.pass_(days=days)
        await deliveries.erase(world.call(), program["id"], world.now.date())
        assert len(await stored(world)) == left
    assert (await them.send("GET", f"{grant}/delivery", amara)).status_code == 404
    assert (await them.get(grant))["has_delivery"] is False
    assert (await them.get(f"{waiting}/delivery", amara))["phone"] == MARKS["phone"]
    told = await world.rows(
        "select fields from audit_entries where action = 'grant.delivery_erased'"
    )
    assert [row["fields"] for row in told] == [["delivery"]]


async def test_it_stands_in_no_log_event_or_table(world: World, them: Granting) -> None:
    amara = await them.join()
    grant = await claimed(them, amara)
    await them.send("PUT", f"{grant}/delivery", amara, MOVED)
    tables = await world.rows(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
    )
    for table in tables:
        for row in await world.rows(f"select t::text as line from {table['relname']} t"):
            for value in (*MARKS.values(), "Other Town", "4000-123"):
                assert value not in row["line"], table["relname"]
                assert value.encode().hex() not in row["line"], table["relname"]
    logged = await world.rows(
        """select e.fields, v.before, v.after from audit_entries e
             join audit_values v on v.entry_id = e.id where e.action = 'grant.delivery_changed'"""
    )
    assert [(row["fields"], row["before"], row["after"]) for row in logged] == [
        (["delivery"], {}, {})
    ]
    assert MARKS["street"] not in f"{MINE} {deliveries.Delivery(MINE)}"


async def test_it_opens_for_its_own_grant_alone(world: World, them: Granting) -> None:
    amara = await them.join()
    first, second = await claimed(them, amara), await claimed(them, amara)
    await world.rows(
        """update grant_deliveries set sealed = (
                select sealed from grant_deliveries where grant_id::text = $1)
            where grant_id::text = $2""",
        first.split("/")[-1],
        second.split("/")[-1],
    )
    assert (await them.get(f"{first}/delivery", amara))["phone"] == MARKS["phone"]
    assert code(await them.send("GET", f"{second}/delivery", amara)) == (409, "seal_broken")


async def test_without_a_key_nothing_private_is_taken(world: World, them: Granting) -> None:
    amara = await them.join()
    grant = await them.offer("swag")
    blind = msgspec.structs.replace(world.call(), vault=NO_VAULT)
    told = claims.Claim({"shirt": "m"}, deliveries.Delivery(MINE, phone=MARKS["phone"]))
    with pytest.raises(DataKeyMissing):
        await claims.claim(blind, "demo", UUID(grant.split("/")[-1]), told, lambda _: None)
    assert (await them.get(grant, amara))["status"] == "offered"
    assert await stored(world) == []
    assert await them.movements("reserved") == 0
    meeting = UUID((await them.offer("meeting")).split("/")[-1])
    nothing = claims.Claim()
    assert (await claims.claim(blind, "demo", meeting, nothing, lambda _: None)).awaiting
