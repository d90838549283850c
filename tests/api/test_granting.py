"""Benefits that people offer: limits, names, catching up with a policy, and many at a time."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.rules.access import Role
from tests.offered import MEMBER, PRIZE, SWAG, granted, offer, put_policy
from tests.tenured import Tenured, crowd, tenured
from tests.world import World

OFFERS = "/benefits/prize/offers"


async def prized(world: World, **more: Any) -> Tenured:
    """A program whose managers give prizes, with one ambassador."""
    demo = await tenured(world, benefits={"prize": PRIZE | more})
    await demo.join()
    return demo


async def offered(demo: Tenured, benefit: str = "prize", **body: Any) -> dict[str, Any]:
    """What became of an offer to many."""
    answer = await demo.post(f"/benefits/{benefit}/offers", {"occasion": "manager"} | body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def results(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["handle"], one["result"]) for one in found["items"]]


async def statuses(world: World) -> list[tuple[Any, ...]]:
    rows = await world.rows("select number, occasion, occasion_name, status from grants order by 1")
    return [tuple(row) for row in rows]


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_manager_offers_in_the_tenure_that_runs(world: World) -> None:
    demo = await prized(world, value={"amount": "20.00", "currency": "EUR"}, claim_within="P1M")
    answer = await offer(demo, "prize", "Amara", note="Thank you!")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    (tenure,) = await demo.tenures()
    assert answer.headers["Location"] == f"/v1/programs/demo/grants/{made['id']}"
    assert (made["benefit"], made["ambassador"], made["occasion"]) == ("prize", "amara", "manager")
    assert (made["tenure_id"], made["number"], made["status"]) == (tenure["id"], 1, "offered")
    assert made["value"] == {"amount": "20.00", "currency": "EUR"}
    assert (made["note"], made["claim_by"]) == ("Thank you!", "2026-04-02")
    (row,) = await world.rows("select offered_by, policy_version from grants")
    assert (row["offered_by"], row["policy_version"]) == (demo.staff.account_id, 1)
    assert (await demo.get(f"/grants/{made['id']}")).json() == made
    assert await demo.told("grant.") == ["grant.offered"]


async def test_the_same_key_offers_once(world: World) -> None:
    demo = await prized(world)
    headers = {"Idempotency-Key": uuid4().hex}
    first = await offer(demo, "prize", headers=headers)
    again = await offer(demo, "prize", headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(await granted(demo)) == 1


async def test_there_is_a_limit_per_tenure_and_one_for_ever(world: World) -> None:
    demo = await prized(world, ever=3)
    for _ in range(2):
        assert (await offer(demo, "prize")).status_code == 201
    assert told(await offer(demo, "prize")) == (409, "at_limit")
    (tenure,) = await demo.tenures()
    await demo.decide(tenure, "renewed")
    assert (await offer(demo, "prize")).status_code == 201
    assert told(await offer(demo, "prize")) == (409, "at_limit")
    assert [one[0] for one in await statuses(world)] == [1, 1, 2]


@pytest.mark.parametrize("status", ["declined", "expired", "returned", "revoked"])
async def test_what_is_over_makes_room_for_people(world: World, status: str) -> None:
    demo = await prized(world, per_tenure=1, ever=1)
    assert (await offer(demo, "prize")).status_code == 201
    assert told(await offer(demo, "prize")) == (409, "at_limit")
    await world.rows(
        "update grants set status = $1, claimed_at = now(), fulfilled_at = now(),"
        " fulfilled_on = now(), closed_at = now()",
        status,
    )
    assert (await offer(demo, "prize")).json()["number"] == 2


async def test_an_award_is_given_once_by_its_name(world: World) -> None:
    demo = await prized(world, per_tenure=5)
    award = {"occasion": "award", "name": "Community Award 2026"}
    assert (await offer(demo, "prize", **award)).status_code == 201
    assert told(await offer(demo, "prize", **award)) == (409, "already_granted")
    event = award | {"occasion": "event"}
    assert (await offer(demo, "prize", **event)).status_code == 201
    other = award | {"name": "Community Award 2027"}
    assert (await offer(demo, "prize", **other)).status_code == 201
    await world.rows("update grants set status = 'declined', closed_at = now() where number = 1")
    assert (await offer(demo, "prize", **award)).json()["occasion_name"] == award["name"]


async def test_whoever_offers_at_the_same_time_waits_for_the_other(world: World) -> None:
    demo = await prized(world)
    answers = await asyncio.gather(*(offer(demo, "prize") for _ in range(5)))
    refused = [told(answer) for answer in answers if answer.status_code != 201]
    assert refused == [(409, "at_limit")] * 3
    assert [one[0] for one in await statuses(world)] == [1, 2]


async def test_offers_of_many_kinds_at_the_same_time_keep_to_the_limits(world: World) -> None:
    demo = await prized(world)
    award = {"occasion": "award", "name": "Community Award 2026"}
    answers = await asyncio.gather(
        *(offer(demo, "prize") for _ in range(4)),
        *(offer(demo, "prize", **award) for _ in range(4)),
        *(demo.post(OFFERS, award) for _ in range(4)),
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    found = await statuses(world)
    assert [one[0] for one in found] == [1, 2]
    assert sum(one[1] == "award" for one in found) <= 1


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"benefit": "nothing"}, 409, "invalid_reference", "/benefit"),
        ({"ambassador": "nobody"}, 409, "invalid_reference", "/ambassador"),
        ({"occasion": "award"}, 400, "invalid", "/name"),
        ({"name": "A name"}, 400, "invalid", "/name"),
        ({"occasion": "tenure"}, 409, "not_offered", None),
        ({"occasion": "end"}, 409, "not_offered", None),
    ],
)
async def test_what_cannot_be_offered(
    world: World, body: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    demo = await prized(world)
    refused = await demo.post(
        "/grants", {"ambassador": "amara", "benefit": "prize", "occasion": "manager"} | body
    )
    assert told(refused) == (status, code)
    if pointer:
        assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]
    assert await granted(demo) == []


async def test_an_end_is_offered_by_nobody(world: World) -> None:
    demo = await prized(world, offered=["end"])
    assert told(await offer(demo, "prize", occasion="end")) == (409, "not_offered")


@pytest.mark.parametrize("status", ["emeritus", "removed", "suspended"])
async def test_only_the_active_are_offered_something(world: World, status: str) -> None:
    demo = await prized(world)
    await demo.status(status)
    assert told(await offer(demo, "prize")) == (409, "not_active")
    found = await offered(demo, handles=["amara"])
    assert results(found) == [("amara", "not_active")]
    assert (await offered(demo))["items"] == []


async def test_whom_it_is_not_for_is_told_why(world: World) -> None:
    demo = await prized(world, eligibility={"roles": ["team_lead"], "tenures": 2})
    refused = await offer(demo, "prize")
    assert told(refused) == (409, "not_eligible")
    assert refused.json()["detail"] == (
        "They are not Team lead. It takes two tenures, and they have one."
    )
    (one,) = (await offered(demo, handles=["amara"]))["items"]
    assert (one["result"], one["grant_id"]) == ("not_eligible", None)
    assert len(one["reasons"]) == 2
    # Of an offer to all, they are only counted.
    found = await offered(demo)
    assert (found["items"], found["counts"]["not_eligible"]) == ([], 1)


@pytest.mark.parametrize("role", [Role.AMBASSADOR, Role.COMMITTEE, Role.FULFILMENT, Role.READER])
async def test_managers_alone_offer(world: World, role: Role) -> None:
    demo = await prized(world)
    other = await world.token(role, "demo")
    body = {"ambassador": "amara", "benefit": "prize", "occasion": "manager"}
    assert (await demo.post("/grants", body, other)).status_code == 403
    assert (await demo.post(OFFERS, {"occasion": "manager"}, other)).status_code == 403
    assert await granted(demo) == []


async def test_each_of_many_has_a_result(world: World) -> None:
    demo = await prized(world, per_tenure=1, eligibility={"groups": ["tsc"]})
    for handle in ("bruno", "chidi", "dede", "esi"):
        await demo.join(handle)
    for handle in ("amara", "bruno", "chidi", "esi"):
        seat = await demo.post(
            f"/ambassadors/{handle}/memberships", {"kind": "group", "code": "tsc"}
        )
        assert seat.status_code == 201, seat.text
    award = {"occasion": "award", "name": "Award"}
    await offer(demo, "prize", "bruno", **award)
    await offer(demo, "prize", "chidi")
    await demo.status("suspended", "esi")
    handles = ["Amara", "bruno", "chidi", "dede", "esi", "nobody", "amara"]
    dry = await offered(demo, **award, handles=handles, dry_run=True)
    assert dry["dry_run"]
    assert [one["grant_id"] for one in dry["items"]] == [None] * 6
    assert len(await world.rows("select from grants")) == 2
    found = await offered(demo, **award, handles=handles)
    assert results(found) == results(dry)
    assert results(found) == [
        ("amara", "offered"),
        ("bruno", "had"),
        ("chidi", "at_limit"),
        ("dede", "not_eligible"),
        ("esi", "not_active"),
        ("nobody", "unknown"),
    ]
    assert found["counts"] == dict.fromkeys(found["counts"], 1)
    (made,) = await world.rows("select id::text from grants order by id desc limit 1")
    assert found["items"][0]["grant_id"] == made["id"]
    again = await offered(demo, **award, handles=handles)
    assert results(again)[0] == ("amara", "had")


async def test_all_active_ambassadors_are_offered_it_at_once(world: World) -> None:
    demo = await prized(world)
    await crowd(world, "demo", 20, joined_on=world.now.date())
    await demo.status("emeritus", "member-3")
    await demo.status("on_leave", "member-4")
    body = {"occasion": "event", "name": "Conference"}
    dry = await offered(demo, **body, dry_run=True)
    assert (dry["counts"]["offered"], await world.rows("select from grants")) == (20, [])
    found = await offered(demo, **body)
    assert found["counts"] | {"offered": 20, "had": 0} == found["counts"]
    assert len({one["grant_id"] for one in found["items"]}) == 20
    assert (await offered(demo, **body))["counts"]["had"] == 20
    assert len(await world.rows("select from grants")) == 20


async def test_a_policy_that_changed_reaches_those_whose_tenure_began_before(
    world: World,
) -> None:
    demo = await prized(world)
    await demo.join("old", joined_on="2019-01-01")
    await demo.join("unknown", joined_on=None)
    await put_policy(demo, benefits={"swag": SWAG, "member": MEMBER, "prize": PRIZE})
    await demo.join("new")
    found = await offered(demo, "swag", occasion="tenure")
    # Who has no tenure has none in which it was missed.
    assert sorted(results(found)) == [("amara", "offered"), ("new", "had"), ("old", "offered")]
    assert found["counts"]["not_eligible"] == 1
    assert (await granted(demo))[0] == ("swag", "tenure", "offered")
    again = await offered(demo, "swag", occasion="tenure")
    assert (again["counts"]["offered"], again["counts"]["had"]) == (0, 3)
    # What was declined was offered: the rule does not ask twice.
    await world.rows("update grants set status = 'declined', closed_at = now()")
    assert (await offered(demo, "swag", occasion="tenure"))["counts"]["had"] == 3


async def test_a_renewals_gift_is_not_caught_up_in_a_first_tenure(world: World) -> None:
    demo = await prized(world, offered=["renewal"])
    found = await offered(demo, occasion="renewal", handles=["amara"])
    assert results(found) == [("amara", "not_eligible")]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/benefits/nothing/offers", {}, 404, "not_found"),
        (OFFERS, {"occasion": "award"}, 400, "invalid"),
        (OFFERS, {"occasion": "tenure"}, 409, "not_offered"),
        (OFFERS, {"handles": []}, 400, "invalid"),
        (OFFERS, {"handles": ["amara"] * 1001}, 400, "invalid"),
    ],
)
async def test_offers_to_many_are_refused_whole(
    world: World, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    demo = await prized(world)
    refused = await demo.post(path, {"occasion": "manager"} | body)
    assert told(refused) == (status, code)


async def test_without_a_clock_people_offer_too(world: World) -> None:
    demo = await tenured(world, tenure=None, benefits={"prize": PRIZE | {"offered": ["manager"]}})
    await demo.join()
    assert (await offer(demo, "prize")).json()["tenure_id"] is None
    assert (await offer(demo, "prize")).json()["number"] == 2
    assert told(await offer(demo, "prize")) == (409, "at_limit")


async def test_an_archived_program_offers_nothing(world: World) -> None:
    demo = await prized(world)
    await world.rows("update programs set status = 'archived'")
    assert told(await offer(demo, "prize")) == (409, "program_archived")
    assert told(await demo.post(OFFERS, {"occasion": "manager"})) == (409, "program_archived")
