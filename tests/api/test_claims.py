"""Claims over HTTP: once, in time, by whom they are for, and with what they ask for."""

from __future__ import annotations

from typing import Any

import pytest

from domain import eligibilities, offers
from domain.rules.access import Role
from tests.granted import ADDRESS, DELIVERY, Granting, code, done, granting, pointers
from tests.people import person
from tests.world import World


async def test_an_ambassador_claims_what_they_are_offered(world: World) -> None:
    them = await granting(world)
    await them.stock()
    amara = await them.join()
    grant = await them.offer("swag")
    offered = await them.get(grant, amara)
    assert (offered["status"], offered["awaiting"]) == ("offered", "claim")
    assert (offered["items"], offered["needs"]) == (
        {"shirt": 1, "sticker": 2},
        ["address", "phone"],
    )
    claimed = await them.claimed(grant, amara, choices={"shirt": "m"}, delivery=DELIVERY)
    assert (claimed["status"], claimed["awaiting"]) == ("claimed", "fulfilment")
    assert (claimed["choices"], claimed["has_delivery"]) == ({"shirt": "m"}, True)
    assert (claimed["version"], claimed["fulfil_by"]) == (2, "2026-03-16")
    assert claimed["staff"] is None
    assert await them.balance("shirt", "m") == (5, 1)
    assert await them.balance("sticker", "standard") == (50, 2)
    assert await them.get(grant, amara) == claimed
    assert await them.told() == ["grant.offered", "grant.claimed"]


async def test_a_second_claim_changes_nothing(world: World) -> None:
    them = await granting(world)
    await them.stock()
    amara = await them.join()
    grant = await them.offer("swag")
    told = {"choices": {"shirt": "m"}, "delivery": DELIVERY}
    first = await them.claimed(grant, amara, **told)
    for who in (amara, them.manager):
        again = await them.claim(grant, who, **told)
        assert code(again) == (409, "already_claimed")
        assert again.json()["current"] == await them.get(grant, who)
    assert again.json()["current"]["version"] == first["version"]
    assert await them.movements("reserved") == 3
    assert await them.told() == ["grant.offered", "grant.claimed"]


async def test_a_claim_tells_what_is_asked_for_and_no_more(world: World) -> None:
    them = await granting(world)
    await them.stock()
    amara = await them.join()
    swag, meeting = await them.offer("swag"), await them.offer("meeting")
    shirt = {"shirt": "m"}
    for body, expected in (
        ({}, [("required", "/delivery/address"), ("required", "/delivery/phone")]),
        ({"choices": shirt, "delivery": {"address": ADDRESS}}, [("required", "/delivery/phone")]),
        (
            {"choices": shirt, "delivery": DELIVERY | {"email": "amara@example.org"}},
            [("not_asked", "/delivery/email")],
        ),
        (
            {"choices": shirt | {"mug": "big"}, "delivery": DELIVERY},
            [("not_asked", "/choices/mug")],
        ),
        ({"delivery": DELIVERY}, [("variant", "/choices/shirt")]),
        ({"choices": {"shirt": "xs"}, "delivery": DELIVERY}, [("variant", "/choices/shirt")]),
    ):
        assert pointers(await them.claim(swag, amara, **body)) == expected, body
    given = await them.claim(meeting, amara, delivery={"phone": DELIVERY["phone"]})
    assert pointers(given) == [("not_asked", "/delivery/phone")]
    assert await world.rows("select from grant_deliveries") == []
    assert (await them.get(swag))["status"] == "offered"
    assert (await them.claimed(meeting, amara))["awaiting"] == "fulfilment"


@pytest.mark.parametrize(
    ("part", "pointer"),
    [
        ({"address": ADDRESS | {"lines": []}}, "/delivery/address/lines"),
        ({"address": ADDRESS | {"lines": ["a"] * 6}}, "/delivery/address/lines"),
        ({"address": ADDRESS | {"country": "Portugal"}}, "/delivery/address/country"),
        ({"address": ADDRESS | {"city": "a\nb"}}, "/delivery/address/city"),
        ({"address": ADDRESS | {"name": ""}}, "/delivery/address/name"),
        ({"phone": "0049 123"}, "/delivery/phone"),
        ({"phone": "+123"}, "/delivery/phone"),
        ({"email": "nobody"}, "/delivery/email"),
    ],
)
async def test_what_is_no_address_is_refused_and_not_repeated(
    world: World, part: dict[str, Any], pointer: str
) -> None:
    them = await granting(world)
    amara = await them.join()
    refused = await them.claim(await them.offer("swag"), amara, delivery=DELIVERY | part)
    assert pointers(refused) == [("body", pointer)]


async def test_who_claims_for_whom(world: World) -> None:
    them = await granting(world)
    amara = await them.join()
    grant = await them.offer("meeting")
    stranger = await them.join("Bo")
    for who, status in (
        (stranger, 404),
        (await world.token(Role.COMMITTEE, "demo"), 404),
        (await world.token(Role.READER, "demo"), 403),
        (them.packer, 403),
    ):
        assert (await them.claim(grant, who)).status_code == status
    assert (await them.claimed(grant, them.manager))["status"] == "claimed"
    assert (await them.get(grant, amara))["status"] == "claimed"


async def test_whom_it_is_for_is_judged_again(world: World) -> None:
    student = {"name": "For students", "kind": "other", "eligibility": {"attributes": ["student"]}}
    attributes = {"eligibility": {"student": {"name": "Student"}}}
    them = await granting(world, attributes, books=student)
    amara = await them.join()

    async def note(expires_on: Any) -> None:
        draft = eligibilities.Draft(expires_on, None)
        await eligibilities.put(world.call(), "demo", "amara", "student", draft, lambda _: None)

    await note(None)
    grant = await them.offer("books")
    await note(world.now.date())
    world.clock.pass_(days=1)
    refused = await them.claim(grant, amara)
    assert code(refused) == (409, "not_eligible")
    assert "Student" in refused.json()["detail"]
    await note(None)
    assert (await them.claimed(grant, amara))["status"] == "claimed"


async def test_an_offer_is_claimed_until_its_last_day(world: World) -> None:
    them = await granting(world)
    amara = await them.join()
    late, on_time = await them.offer("meeting"), await them.offer("meeting")
    assert (await them.get(late))["claim_by"] == "2026-04-01"
    world.clock.pass_(days=29)
    assert (await them.claimed(on_time, amara))["status"] == "claimed"
    world.clock.pass_(days=1)
    # Whether or not a worker has noticed it.
    refused = await them.claim(late, amara)
    assert code(refused) == (409, "claim_expired")
    (program,) = await world.rows("select id from programs")
    await offers.expire(world.call(), program["id"], world.now.date())
    refused = await them.claim(late, amara)
    assert code(refused) == (409, "grant_closed")
    assert refused.json()["current"]["status"] == "expired"
    assert (await them.get(on_time))["status"] == "claimed"


async def test_who_is_suspended_claims_nothing_and_an_emeritus_does(world: World) -> None:
    them = await granting(world)
    amara = await them.join()
    first, second = await them.offer("meeting"), await them.offer("meeting")

    async def turn(status: str) -> None:
        body = {"status": status, "reason": "A test."}
        done(await them.send("POST", "/ambassadors/amara/status", None, body))

    for status in ("suspended", "removed"):
        await turn(status)
        assert code(await them.claim(first, amara)) == (409, "cannot_claim")
        assert code(await them.claim(first, them.manager)) == (409, "cannot_claim")
    await turn("active")
    await turn("emeritus")
    assert (await them.claimed(second, amara))["status"] == "claimed"


async def test_a_version_that_was_not_read_is_refused(world: World) -> None:
    them = await granting(world)
    amara = await them.join()
    grant = await them.offer("meeting")
    stale = {"If-Match": '"7.x"'}
    for step, body in (("claim", {}), ("refusal", {}), ("revocation", {"reason": "A mistake."})):
        who = them.manager if step == "revocation" else amara
        assert (await them.send("POST", f"{grant}/{step}", who, body, **stale)).status_code == 412
    read = await them.send("GET", grant, amara)
    match = {"If-Match": read.headers["etag"]}
    assert done(await them.send("POST", f"{grant}/claim", amara, {}, **match))["version"] == 2


async def test_declining_makes_free_what_was_reserved(world: World) -> None:
    them = await granting(world)
    await them.stock()
    amara = await them.join()
    grant = await them.offer("swag")
    await them.claimed(grant, amara, choices={"shirt": "l"}, delivery=DELIVERY)
    assert await them.balance("shirt", "l") == (5, 1)
    declined = done(await them.send("POST", f"{grant}/refusal", amara, {}))
    assert (declined["status"], declined["awaiting"]) == ("declined", None)
    assert (declined["has_delivery"], declined["closed_reason"]) == (False, None)
    assert await them.balance("shirt", "l") == (5, 0)
    assert await world.rows("select from grant_deliveries") == []
    again = await them.send("POST", f"{grant}/refusal", amara, {})
    assert code(again) == (409, "grant_closed")
    assert again.json()["current"] == declined
    assert code(await them.claim(grant, amara)) == (409, "grant_closed")
    assert (await them.told())[-1] == "grant.declined"


async def test_a_manager_declines_for_somebody_with_a_reason(world: World) -> None:
    them = await granting(world)
    amara = await them.join()
    grant = await them.offer("meeting")
    refused = await them.send("POST", f"{grant}/refusal", None, {})
    assert pointers(refused) == [("required", "/reason")]
    told = {"reason": "She wrote that she cannot come."}
    declined = done(await them.send("POST", f"{grant}/refusal", None, told))
    assert declined["closed_reason"] == told["reason"]
    assert (await them.get(grant, amara))["closed_reason"] == told["reason"]


async def test_a_claim_is_approved_by_somebody_else(world: World) -> None:
    them = await granting(world)
    amara = await them.join()
    grant = await them.offer("invitation")
    assert code(await them.post(grant, "approval")) == (409, "not_claimed")
    claimed = await them.claimed(grant, amara)
    assert (claimed["awaiting"], claimed["fulfil_by"]) == ("approval", None)
    refused = await them.post(grant, "fulfilment", them.packer, carrier="By e-mail")
    assert code(refused) == (409, "approval_needed")
    assert (await them.post(grant, "approval", them.packer)).status_code == 403
    approved = done(await them.post(grant, "approval"))
    assert (approved["status"], approved["awaiting"]) == ("claimed", "fulfilment")
    assert approved["staff"]["approved_by"] == str(them.manager.account_id)
    again = await them.post(grant, "approval")
    assert code(again) == (409, "already_approved")
    assert again.json()["current"]["version"] == approved["version"] == 3
    meeting = await them.offer("meeting")
    await them.claimed(meeting, amara)
    assert code(await them.post(meeting, "approval")) == (409, "approval_not_needed")


async def test_nobody_approves_their_own_claim(world: World) -> None:
    them = await granting(world)
    amara = await person(world, "Amara", "demo")
    boss = await world.token(Role.MANAGER, "demo", person_id=amara)
    grant = await them.offer("invitation")
    await them.claimed(grant, boss)
    refused = await them.post(grant, "approval", boss)
    assert code(refused) == (409, "own_grant")
    assert refused.json()["current"]["awaiting"] == "approval"
    assert done(await them.post(grant, "approval"))["awaiting"] == "fulfilment"


async def test_a_manager_revokes_what_is_live(world: World) -> None:
    them = await granting(world)
    await them.stock()
    amara = await them.join()
    grant = await them.offer("swag")
    await them.claimed(grant, amara, choices={"shirt": "l"}, delivery=DELIVERY)
    reason = {"reason": "It was meant for somebody else."}
    assert (await them.send("POST", f"{grant}/revocation", amara, reason)).status_code == 403
    revoked = done(await them.send("POST", f"{grant}/revocation", None, reason))
    assert (revoked["status"], revoked["has_delivery"]) == ("revoked", False)
    assert revoked["staff"]["closed_by"] == str(them.manager.account_id)
    assert await them.balance("shirt", "l") == (5, 0)
    again = await them.send("POST", f"{grant}/revocation", None, reason)
    assert code(again) == (409, "grant_closed")
    assert again.json()["current"] == revoked
    assert (await them.told())[-1] == "grant.revoked"


async def test_nothing_left_is_a_conflict_that_names_it(world: World) -> None:
    them = await granting(world)
    await them.stock(shirts=1)
    amara, bo = await them.join(), await them.join("Bo")
    first, second = await them.offer("swag"), await them.offer("swag", "bo")
    told = {"choices": {"shirt": "m"}, "delivery": DELIVERY}
    await them.claimed(first, amara, **told)
    refused = await them.claim(second, bo, **told)
    assert code(refused) == (409, "out_of_stock")
    assert "shirt" in refused.json()["detail"]
    assert refused.json()["current"]["status"] == "offered"
    assert await them.balance("sticker", "standard") == (50, 2)
    assert len(await world.rows("select from grant_deliveries")) == 1


async def test_a_promise_outlives_its_benefit(world: World) -> None:
    them = await granting(world)
    amara = await them.join()
    grant = await them.offer("meeting")
    policy = (await them.get("/policy"))["document"]
    del policy["benefits"]["meeting"]
    body = {"document": policy, "reason": "We stop it."}
    assert (await them.send("PUT", "/policy", None, body)).status_code == 200
    assert (await them.get(grant, amara))["benefit_name"] == "Meeting"
    assert (await them.claimed(grant, amara))["awaiting"] == "fulfilment"
    assert done(await them.post(grant, "fulfilment", them.packer, carrier="Video call"))


async def test_sizes_are_nobodys_business_in_the_log(world: World, them: Granting) -> None:
    amara = await them.join()
    grant = await them.offer("swag")
    await them.claimed(grant, amara, choices={"shirt": "l"}, delivery=DELIVERY)
    rows = await world.rows(
        """select e.fields, v.after::text as after from audit_entries e
             join audit_values v on v.entry_id = e.id where e.action = 'grant.claimed'"""
    )
    assert "choices" in rows[0]["fields"]
    assert "shirt" not in rows[0]["after"]


@pytest.fixture
async def them(world: World) -> Granting:
    """The program with its stock."""
    made = await granting(world)
    await made.stock()
    return made
