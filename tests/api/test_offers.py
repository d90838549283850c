"""Benefits that the rules offer and take back, once in a tenure, with what brings it about."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.judged import judged, run, yearly
from tests.members import AMARA, BRUNO, Members
from tests.offered import ALL, BADGE, MEMBER, PRIZE, SWAG, WELCOME, granted, offer, put_policy
from tests.tenured import Tenured, crowd, tenured
from tests.world import World

FIRST = [
    ("welcome", "admission", "offered"),
    ("swag", "tenure", "offered"),
    ("member", "tenure", "offered"),
]
TIMELESS = {"welcome": WELCOME, "member": MEMBER | {"offered": ["admission"]}, "badge": BADGE}


async def opened(world: World, **policy: Any) -> Tenured:
    """A program with every sort of benefit, whose tenures are renewed by themselves."""
    return await tenured(world, tenure=yearly(), **{"benefits": ALL} | policy)


async def by_benefit(demo: Tenured, handle: str = "amara") -> dict[str, list[str]]:
    """The statuses of what they were offered, oldest first."""
    found: dict[str, list[str]] = {}
    for benefit, _, status in await granted(demo, handle):
        found.setdefault(benefit, []).append(status)
    return found


async def test_who_joins_is_offered_what_admission_and_tenure_bring(world: World) -> None:
    demo = await opened(world)
    amara = await demo.join()
    assert await granted(demo) == FIRST
    (tenure,) = await demo.tenures()
    rows = await world.rows("select * from grants order by id")
    assert {(row["tenure_id"], row["number"], row["offered_by"]) for row in rows} == {
        (rows[0]["tenure_id"], 1, None)
    }
    assert str(rows[0]["tenure_id"]) == tenure["id"]
    told = await world.rows("select data from events where type = 'grant.offered' order by seq")
    assert told[0]["data"] == {
        "ambassador_id": amara,
        "benefit": "welcome",
        "occasion": "admission",
        "tenure_id": tenure["id"],
    }
    logged = await world.rows("select action from audit_entries where subject_kind = 'grant'")
    assert [row["action"] for row in logged] == ["grant.offered"] * 3


async def test_what_an_offer_says_is_the_policys(world: World) -> None:
    pack = SWAG | {
        "value": {"amount": "150.50", "currency": "USD"},
        "claim_within": "P30D",
        "fulfil_within": "P10D",
    }
    pin = SWAG | {"automatic": True, "fulfil_within": "P10D"}
    asked = pin | {"approval": True}
    demo = await opened(world, benefits={"pack": pack, "pin": pin, "asked": asked})
    await demo.join()
    rows = {row["benefit"]: row for row in await world.rows("select * from grants")}
    names = ("status", "claim_by", "fulfil_by", "value_currency")
    told = {code: tuple(str(row[name]) for name in names) for code, row in rows.items()}
    assert told == {
        "pack": ("offered", "2026-04-01", "None", "USD"),
        "pin": ("claimed", "None", "2026-03-12", "None"),
        "asked": ("claimed", "None", "None", "None"),
    }
    assert str(rows["pack"]["value_amount"]) == "150.5000"
    assert rows["pin"]["claimed_at"] == rows["pin"]["offered_at"]
    types = await demo.told("grant.")
    assert sorted(types) == ["grant.claimed"] * 2 + ["grant.offered"] * 3


async def test_a_renewal_replaces_what_ends_and_carries_on_the_rest(world: World) -> None:
    kept = MEMBER | {"offered": ["admission"]}
    demo = await opened(world, benefits=ALL | {"kept": kept})
    await demo.join(joined_on="2026-01-11")
    world.clock.pass_(days=365)
    assert (await run(demo)).renewed == 1
    assert await by_benefit(demo) == {
        "welcome": ["offered"],
        "kept": ["offered"],
        "swag": ["offered", "offered"],
        "member": ["revoked", "offered"],
        "gift": ["offered"],
    }
    assert ("gift", "renewal", "offered") in await granted(demo)
    (gone,) = await world.rows("select * from grants where status = 'revoked'")
    assert gone["closed_reason"] == "It was replaced at the renewal of the tenure."
    assert (gone["closed_by"], gone["version"]) == (None, 2)
    assert (await demo.told("grant.")).count("grant.revoked") == 1
    (told,) = await world.rows("select data from events where type = 'grant.revoked'")
    assert told["data"]["replaced"] is True, "so that nobody is shown out"
    before = await granted(demo)
    assert (await run(demo)).renewed == 0
    assert await granted(demo) == before


async def test_what_is_not_offered_anew_is_carried_on(world: World) -> None:
    """Nobody loses an invitation because they are a student no more."""
    student = MEMBER | {"eligibility": {"attributes": ["student"]}}
    once = MEMBER | {"ever": 1}
    demo = await opened(
        world,
        benefits={"student": student, "once": once},
        eligibility={"student": {"name": "Student"}},
    )
    await demo.join(joined_on="2026-01-11")
    assert await by_benefit(demo) == {"once": ["offered"]}
    await world.client.put(
        f"{demo.base}/ambassadors/amara/eligibilities/student",
        json={"expires_on": "2026-06-30"},
        headers=demo.staff.headers,
    )
    made = await demo.post("/benefits/student/offers", {"occasion": "tenure"})
    assert made.json()["counts"]["offered"] == 1, made.text
    world.clock.pass_(days=365)
    assert (await run(demo)).renewed == 1
    assert await by_benefit(demo) == {"once": ["offered"], "student": ["offered"]}


@pytest.mark.parametrize(
    ("eligibility", "at_first"),
    [
        ({"tenures": 2}, False),
        ({"attributes": ["student"]}, False),
        ({"groups": ["tsc"]}, False),
        ({"roles": ["team_lead"]}, False),
        ({"tenures": 1}, True),
    ],
)
async def test_only_whom_it_is_for_is_offered_it_on_that_day(
    world: World, eligibility: dict[str, Any], at_first: bool
) -> None:
    demo = await opened(
        world,
        benefits={"pack": SWAG | {"eligibility": eligibility}},
        eligibility={"student": {"name": "Student"}},
    )
    await demo.join(joined_on="2026-01-11")
    await demo.join("bruno", joined_on="2026-01-11")
    assert bool(await granted(demo)) is at_first
    base = f"{demo.base}/ambassadors/amara"
    headers = demo.staff.headers
    answer = await world.client.put(f"{base}/eligibilities/student", json={}, headers=headers)
    assert answer.status_code == 201, answer.text
    for kind, code in (("group", "tsc"), ("role", "team_lead")):
        body = {"kind": kind, "code": code}
        seat = await world.client.post(f"{base}/memberships", json=body, headers=headers)
        assert seat.status_code == 201, seat.text
    world.clock.pass_(days=365)
    assert (await run(demo)).renewed == 2
    assert len(await granted(demo)) == 1 + at_first
    for_all = "tenures" in eligibility
    assert len(await granted(demo, "bruno")) == for_all + at_first


async def test_what_held_before_or_will_hold_does_not_count(world: World) -> None:
    demo = await opened(
        world,
        benefits={
            "one": SWAG | {"eligibility": {"groups": ["tsc"]}},
            "two": SWAG | {"eligibility": {"attributes": ["student"]}},
        },
        eligibility={"student": {"name": "Student"}},
    )
    await demo.join(joined_on="2026-01-11")
    base, headers = f"{demo.base}/ambassadors/amara", demo.staff.headers
    for days in ({"valid_until": "2027-01-10"}, {"valid_from": "2027-01-12"}):
        body = {"kind": "group", "code": "tsc"} | days
        seat = await world.client.post(f"{base}/memberships", json=body, headers=headers)
        assert seat.status_code == 201, seat.text
    body = {"expires_on": "2027-01-10"}
    await world.client.put(f"{base}/eligibilities/student", json=body, headers=headers)
    world.clock.pass_(days=314)  # 11 January 2027
    assert (await run(demo)).renewed == 1
    assert await granted(demo) == []


async def test_a_lapse_takes_back_what_ends_and_brings_what_an_end_does(world: World) -> None:
    demo = await judged(world, benefits=ALL)
    await demo.join(joined_on="2026-01-11")
    (tenure,) = await demo.tenures()
    await world.rows(
        "update grants set status = 'fulfilled', claimed_at = now(), fulfilled_at = now(),"
        " fulfilled_on = now() where benefit in ('member', 'swag')"
    )
    world.clock.pass_(days=400)
    assert (await run(demo)).lapsed == 1
    assert await by_benefit(demo) == {
        "welcome": ["offered"],
        "swag": ["fulfilled"],
        "member": ["revoked"],
        "badge": ["offered"],
    }
    (badge,) = await world.rows("select tenure_id, occasion from grants where benefit = 'badge'")
    assert (str(badge["tenure_id"]), badge["occasion"]) == (tenure["id"], "end")


@pytest.mark.parametrize(
    ("status", "badges"), [("emeritus", ["offered"]), ("removed", None), ("suspended", None)]
)
async def test_who_leaves_loses_what_ends_and_a_sanction_brings_nothing(
    world: World, status: str, badges: list[str] | None
) -> None:
    demo = await opened(world)
    await demo.join()
    assert (await demo.status(status)).status_code == 200
    found = await by_benefit(demo)
    # A suspension leaves the tenure open.
    assert found["member"] == ["offered" if status == "suspended" else "revoked"]
    assert found.get("badge") == badges
    assert found["swag"] == ["offered"]


async def test_who_is_suspended_gets_nothing_until_it_is_lifted(world: World) -> None:
    demo = await opened(world)
    await demo.join()
    await demo.status("suspended")
    (tenure,) = await demo.tenures()
    assert (await demo.decide(tenure, "renewed")).status_code == 200
    assert await granted(demo) == FIRST
    await demo.status("active")
    assert await granted(demo) == FIRST
    world.clock.pass_(days=366)
    (tenure, _) = await demo.tenures()
    await demo.status("suspended")
    assert (await demo.decide(tenure, "ended")).status_code == 200
    assert await by_benefit(demo) == {
        "welcome": ["offered"],
        "swag": ["offered"],
        "member": ["revoked"],
    }


async def test_who_comes_back_is_admitted_again(world: World) -> None:
    demo = await opened(world)
    await demo.join()
    await demo.status("emeritus")
    world.clock.pass_(days=10)
    await demo.status("active")
    assert await by_benefit(demo) == {
        "welcome": ["offered", "offered"],
        "swag": ["offered", "offered"],
        "member": ["revoked", "offered"],
        "badge": ["offered"],
    }


async def test_a_manager_who_decides_offers_and_takes_back(world: World) -> None:
    demo = await opened(world)
    await demo.join()
    (tenure,) = await demo.tenures()
    await demo.decide(tenure, "renewed")
    assert (await by_benefit(demo))["gift"] == ["offered"]
    assert (await by_benefit(demo))["member"] == ["revoked", "offered"]
    world.clock.pass_(days=366)
    (tenure, _) = await demo.tenures()
    assert (await demo.decide(tenure, "lapsed")).status_code == 200
    assert (await by_benefit(demo))["member"] == ["revoked", "revoked"]
    assert (await by_benefit(demo))["badge"] == ["offered"]


async def test_what_an_import_or_a_backfill_brings_promises_nothing(world: World) -> None:
    demo = await opened(world)
    file = Members(world, demo.staff, "demo")
    await file.load(AMARA + BRUNO, as_of="2024-02-01", joined_known="true")
    await demo.join("old", joined_on="2019-01-01")  # the tenure that runs is backfilled
    await demo.join("unknown", joined_on=None)
    await demo.post("/tenures/backfill")
    assert len(await world.rows("select from tenures where outcome is null")) == 4
    await demo.join("other", joined_on="2019-01-01")
    await demo.status("emeritus", "other")
    assert await world.rows("select * from grants") == []
    # Their next ones are live.
    world.clock.pass_(days=365)
    assert (await run(demo)).renewed == 4
    assert await by_benefit(demo, "old") == {
        "gift": ["offered"],
        "member": ["offered"],
        "swag": ["offered"],
    }


async def test_a_day_of_joining_that_is_known_later_begins_it(world: World) -> None:
    demo = await opened(world)
    await demo.join(joined_on=None)
    assert await granted(demo) == []
    await demo.patch("/ambassadors/amara", {"joined_on": "2026-02-01"})
    assert await granted(demo) == FIRST
    await demo.patch("/ambassadors/amara", {"joined_on": "2026-02-02"})
    assert await granted(demo) == FIRST


async def test_without_a_clock_the_admission_alone_brings_benefits(world: World) -> None:
    demo = await tenured(world, tenure=None, benefits=TIMELESS)
    await demo.join()
    assert await by_benefit(demo) == {"welcome": ["offered"], "member": ["offered"]}
    # Neither a corrected day nor a suspension that is lifted admits anybody.
    await put_policy(demo, benefits=TIMELESS | {"hello": WELCOME})
    await demo.patch("/ambassadors/amara", {"joined_on": "2026-02-01"})
    await demo.status("suspended")
    await demo.status("active")
    assert await by_benefit(demo) == {"welcome": ["offered"], "member": ["offered"]}
    await demo.status("emeritus")
    assert await by_benefit(demo) == {
        "welcome": ["offered"],
        "member": ["revoked"],
        "badge": ["offered"],
    }
    await demo.status("active")
    assert await by_benefit(demo) == {
        "welcome": ["offered"],
        "member": ["revoked", "offered"],
        "badge": ["offered"],
        "hello": ["offered"],
    }
    await demo.status("removed")
    assert (await by_benefit(demo))["member"] == ["revoked", "revoked"]
    assert (await by_benefit(demo))["badge"] == ["offered"]
    assert {row["tenure_id"] for row in await world.rows("select tenure_id from grants")} == {None}


async def test_without_a_clock_an_import_takes_back_and_offers_nothing(world: World) -> None:
    demo = await tenured(world, tenure=None, benefits=TIMELESS)
    file = Members(world, demo.staff, "demo")
    await file.load(AMARA + BRUNO, as_of="2026-02-01", joined_known="true")
    assert await world.rows("select * from grants") == []
    await put_policy(demo, benefits=TIMELESS | {"prize": PRIZE | {"ends_with_tenure": True}})
    made = await offer(demo, "prize", "bruno-t")
    assert made.status_code == 201, made.text
    await file.load(AMARA, as_of="2026-03-01")
    rows = await world.rows("select benefit, status from grants")
    assert [tuple(row) for row in rows] == [("prize", "revoked")]
    await file.load(AMARA + BRUNO, as_of="2026-03-02")
    assert len(await world.rows("select from grants")) == 1


async def test_a_promotion_begins_there_and_ends_here(world: World) -> None:
    here = await opened(world)
    there = await tenured(world, "full", benefits={"welcome": WELCOME, "swag": SWAG})
    await here.join()
    owner = await world.token()
    body = {"to": "full", "reason": "She graduated."}
    promoted = await here.post("/ambassadors/amara/promotion", body, owner)
    assert promoted.status_code == 201, promoted.text
    assert await granted(there) == FIRST[:2]
    assert await by_benefit(here) == {
        "welcome": ["offered"],
        "swag": ["offered"],
        "member": ["revoked"],
        "badge": ["offered"],
    }


async def test_a_person_who_is_erased_is_offered_nothing(world: World) -> None:
    demo = await opened(world)
    await demo.join()
    (row,) = await world.rows("select person_id from ambassadors")
    owner = await world.token()
    erased = await world.client.post(
        f"/v1/people/{row['person_id']}/erasure",
        json={"reason": "Asked for it."},
        headers=owner.headers,
    )
    assert erased.status_code == 200, erased.text
    rows = await world.rows("select benefit, status from grants")
    statuses = {row["benefit"]: row["status"] for row in rows}
    assert statuses["member"] == "revoked"
    assert "badge" not in statuses


async def test_several_tenures_in_a_row_bring_each_its_own(world: World) -> None:
    demo = await opened(world)
    await demo.join()
    world.clock.pass_(days=800)
    assert (await run(demo)).renewed == 2
    assert await by_benefit(demo) == {
        "welcome": ["offered"],
        "swag": ["offered"] * 3,
        "member": ["revoked", "revoked", "offered"],
        "gift": ["offered"] * 2,
    }
    rows = await world.rows("select tenure_id, count(*) from grants group by 1")
    assert sorted(row["count"] for row in rows) == [3, 3, 3]


async def test_a_preview_offers_nothing(world: World) -> None:
    demo = await opened(world)
    await demo.join(joined_on="2026-01-11")
    before = await granted(demo)
    world.clock.pass_(days=365)
    assert (await demo.get("/renewals/preview")).status_code == 200
    assert await granted(demo) == before


async def test_whatever_runs_at_the_same_time_offers_once(world: World) -> None:
    demo = await opened(world)
    await crowd(world, "demo", 12, joined_on=world.now.date())
    world.clock.pass_(days=366)
    done = await asyncio.gather(*(run(demo) for _ in range(4)))
    assert sum(one.renewed for one in done) == 12
    rows = await world.rows(
        "select benefit, status, count(*) from grants group by 1, 2 order by 1, 2"
    )
    assert [tuple(row) for row in rows] == [
        ("gift", "offered", 12),
        ("member", "offered", 12),
        ("member", "revoked", 12),
        ("swag", "offered", 24),
        ("welcome", "offered", 12),
    ]


async def test_two_who_bring_somebody_back_offer_once(world: World) -> None:
    demo = await opened(world)
    await demo.join()
    await demo.status("emeritus")
    answers = await asyncio.gather(*(demo.status("active") for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert (await by_benefit(demo))["welcome"] == ["offered", "offered"]
