"""Benefit codes over HTTP: loaded once, given once, and shown to nobody but whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules.access import Role
from tests.granted import Granting, code, done, granting, pointers
from tests.private import MARKS
from tests.world import World

POOL = "/benefits/pass/codes"


@pytest.fixture
async def them(world: World) -> Granting:
    """The program."""
    return await granting(world)


async def load(them: Granting, *codes: str, pool: str = POOL) -> dict[str, Any]:
    return done(await them.send("POST", pool, them.packer, {"codes": codes}))


async def test_the_same_code_is_loaded_once(world: World, them: Granting) -> None:
    made = await load(them, "A-1", "A-2", "A-1")
    assert made == {
        "benefit": "pass",
        "added": 2,
        "known": 1,
        "loaded": 2,
        "given": 0,
        "free": 2,
    }
    assert (await load(them, "A-2", "A-3"))["added"] == 1
    assert (await load(them, "A-3"))["added"] == 0
    assert await them.told("benefit.") == ["benefit.codes_loaded"] * 2
    rows = await world.rows("select data from events where type = 'benefit.codes_loaded'")
    assert [row["data"] for row in rows] == [
        {"benefit": "pass", "added": 2},
        {"benefit": "pass", "added": 1},
    ]
    # Another benefit has a pool of its own.
    assert (await load(them, "A-1", pool="/benefits/pass_on_approval/codes"))["added"] == 1


@pytest.mark.parametrize("code", ["", " A-1", "A\x071", "x" * 201, "A-1\n", 7])
async def test_a_faulty_code_loads_nothing(world: World, them: Granting, code: object) -> None:
    refused = await them.send("POST", POOL, them.packer, {"codes": ["B-1", code]})
    assert pointers(refused) == [("body", "/codes/1")]
    assert "B-1" not in refused.text
    assert (await them.get(POOL))["loaded"] == 0


async def test_as_many_as_are_allowed_are_loaded(world: World, them: Granting) -> None:
    codes = [f"C-{number:05}" for number in range(10_000)]
    assert (await load(them, *codes))["free"] == 10_000
    many = await them.send("POST", POOL, them.packer, {"codes": [*codes, "more"]})
    assert pointers(many) == [("body", "/codes")]


async def test_only_a_benefit_with_codes_has_a_pool(world: World, them: Granting) -> None:
    body = {"codes": ["A-1"]}
    answer = await them.send("POST", "/benefits/meeting/codes", them.packer, body)
    assert code(answer) == (409, "no_codes")
    assert (await them.get("/benefits/meeting/codes"))["loaded"] == 0
    for method, sent in (("GET", None), ("POST", body)):
        answer = await them.send(method, "/benefits/nothing/codes", them.packer, sent)
        assert code(answer) == (404, "not_found")
    for body in ({"codes": []}, {"codes": [""]}, {"codes": [" A"]}, {"codes": ["A\nB"]}):
        assert (await them.send("POST", POOL, them.packer, body)).status_code == 400


async def test_a_claim_is_fulfilled_by_a_code_at_once(world: World, them: Granting) -> None:
    await load(them, MARKS["code"], "A-2")
    amara, bo = await them.join(), await them.join("Bo")
    grant, other = await them.offer("pass"), await them.offer("pass", "bo")
    assert (await them.send("GET", f"{grant}/code", amara)).status_code == 404
    claimed = await them.claimed(grant, amara)
    assert (claimed["status"], claimed["awaiting"], claimed["has_code"]) == (
        "fulfilled",
        None,
        True,
    )
    assert (claimed["fulfilled_on"], claimed["version"]) == ("2026-03-03", 3)
    assert MARKS["code"] not in str(claimed)
    await them.claimed(other, bo)
    shown = await them.get(f"{grant}/code", amara)
    assert (shown["code"], shown["benefit"]) == (MARKS["code"], "pass")
    assert (await them.get(f"{other}/code", bo))["code"] == "A-2"
    assert (await them.get(f"{other}/code", them.packer))["code"] == "A-2"
    for who, status in ((them.manager, 403), (bo, 404)):
        refused = await them.send("GET", f"{grant}/code", who)
        assert refused.status_code == status
        assert MARKS["code"] not in refused.text
    assert await them.told() == [
        "grant.offered",
        "grant.offered",
        "grant.claimed",
        "grant.fulfilled",
        "grant.claimed",
        "grant.fulfilled",
    ]
    counts = await them.get(POOL)
    assert counts == {"benefit": "pass", "loaded": 2, "given": 2, "free": 0}


async def test_the_last_code_is_given_once(world: World, them: Granting) -> None:
    await load(them, "A-1")
    amara = await them.join()
    first, second = await them.offer("pass"), await them.offer("pass")
    await them.claimed(first, amara)
    refused = await them.claim(second, amara)
    assert code(refused) == (409, "no_codes_left")
    assert refused.json()["current"]["status"] == "offered"
    # A given code is never given again, whatever becomes of its grant.
    reason = {"reason": "She is not coming."}
    done(await them.send("POST", f"{first}/revocation", None, reason))
    assert code(await them.claim(second, amara)) == (409, "no_codes_left")
    assert (await load(them, "A-1"))["added"] == 0
    await load(them, "A-2")
    assert (await them.claimed(second, amara))["status"] == "fulfilled"


async def test_an_approved_claim_gets_its_code(world: World, them: Granting) -> None:
    await load(them, "A-1", pool="/benefits/pass_on_approval/codes")
    amara = await them.join()
    grant = await them.offer("pass_on_approval")
    claimed = await them.claimed(grant, amara, delivery={"email": MARKS["email"]})
    assert (claimed["status"], claimed["awaiting"]) == ("claimed", "approval")
    assert (await them.send("GET", f"{grant}/code", amara)).status_code == 404
    approved = done(await them.post(grant, "approval"))
    assert (approved["status"], approved["has_code"]) == ("fulfilled", True)
    assert (await them.get(f"{grant}/code", amara))["code"] == "A-1"
    assert [row["erase_on"] for row in await world.rows("select erase_on from grant_deliveries")]
    second = await them.offer("pass_on_approval")
    await them.claimed(second, amara, delivery={"email": MARKS["email"]})
    refused = await them.post(second, "approval")
    assert code(refused) == (409, "no_codes_left")
    assert refused.json()["current"]["awaiting"] == "approval"


async def test_what_needs_no_approval_any_more_gets_its_code_when_it_is_fulfilled(
    world: World, them: Granting
) -> None:
    await load(them, "A-1", pool="/benefits/pass_on_approval/codes")
    amara = await them.join()
    grant = await them.offer("pass_on_approval")
    await them.claimed(grant, amara, delivery={"email": MARKS["email"]})
    policy = (await them.get("/policy"))["document"]
    policy["benefits"]["pass_on_approval"]["approval"] = False
    body = {"document": policy, "reason": "It takes too long."}
    done(await them.send("PUT", "/policy", None, body))
    assert (await them.get(grant))["awaiting"] == "fulfilment"
    assert done(await them.send("POST", f"{grant}/fulfilment", them.packer, {}))["has_code"]
    assert (await them.get(f"{grant}/code", amara))["code"] == "A-1"


async def test_who_loads_and_who_counts(world: World, them: Granting) -> None:
    reader, amara = await world.token(Role.READER, "demo"), await them.join()
    for who, load_status, count_status in (
        (them.manager, 200, 200),
        (them.packer, 200, 200),
        (reader, 403, 200),
        (amara, 403, 403),
    ):
        answer = await them.send("POST", POOL, who, {"codes": ["A-1"]})
        assert answer.status_code == load_status
        assert (await them.send("GET", POOL, who)).status_code == count_status


async def test_codes_stand_sealed_in_one_table_alone(world: World, them: Granting) -> None:
    await load(them, MARKS["code"])
    amara = await them.join()
    await them.claimed(await them.offer("pass"), amara)
    for table in ("benefit_codes", "events", "audit_entries", "audit_values", "grants"):
        for row in await world.rows(f"select t::text as line from {table} t"):
            assert MARKS["code"] not in row["line"], table
            assert MARKS["code"].encode().hex() not in row["line"], table
