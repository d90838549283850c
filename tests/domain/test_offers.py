"""Offers of benefits below HTTP: how many statements they cost, and what a day does to them."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain import ambassadors, daily, offers, programs, stock_reservations, tenure_changes
from domain.ambassadors import Draft
from domain.call import transaction
from domain.people import Changes
from domain.rules.access import WORKER
from domain.rules.benefits import GrantStatus
from domain.rules.clocks import Period
from domain.rules.tenures import TenureOutcome
from domain.stock_reservations import Wanted
from domain.store import ambassadors as ambassador_store
from domain.store import deliveries
from domain.store import grants as store
from domain.store import tenures as tenure_store
from domain.store.grants import Filters
from domain.tenure_changes import Closing
from tests.offered import ALL, MEMBER, SWAG
from tests.stocked import Stock
from tests.tenured import YEARLY, crowd, tenured
from tests.world import NOW, World

TODAY = NOW.date()
NEXT = Period(date(2027, 3, 3), date(2028, 3, 2))


async def close(world: World, slug: str, outcome: TenureOutcome) -> list[str]:
    """Close everybody's tenure; the statements that it took."""
    sent: list[str] = []
    async with transaction(world.call()) as tx:
        program = await programs.find_open(tx, slug)
        rows = await tx.raw.fetch("select id from ambassadors where program_id = $1", program.id)
        everybody = await ambassador_store.lock_many(tx, program.id, [row["id"] for row in rows])
        held = await tenure_store.lock_open(tx, program.id, [one.id for one in everybody])
        following = NEXT if outcome is TenureOutcome.RENEWED else None
        tx.raw.add_query_logger(lambda record: sent.append(record.query))
        await tenure_changes.close_many(
            tx, program, [Closing(one, outcome, TODAY, following=following) for one in held]
        )
    return [query for query in sent if query.strip().startswith("--")]


@pytest.mark.parametrize("outcome", [TenureOutcome.RENEWED, TenureOutcome.LAPSED])
async def test_it_takes_as_many_statements_for_one_as_for_many(
    world: World, outcome: TenureOutcome
) -> None:
    more = {**ALL, "pin": SWAG | {"ever": 3, "automatic": True}}
    for slug, count, benefits in (("few", 1, more), ("many", 60, more), ("none", 60, {})):
        await tenured(world, slug, tenure=YEARLY, benefits=benefits)
        await crowd(world, slug, count, joined_on=TODAY)
    few, many, none = [await close(world, slug, outcome) for slug in ("few", "many", "none")]
    assert Counter(few) == Counter(many)
    assert len(few) - len(none) <= 15
    assert [query for query in none if "grants" in query or "eligibilities" in query] == []


async def test_without_benefits_nothing_is_asked(world: World) -> None:
    await tenured(world, tenure=YEARLY)
    await crowd(world, "demo", 3, joined_on=TODAY)
    sent: list[str] = []
    async with transaction(world.call()) as tx:
        program = await programs.find_open(tx, "demo")
        rows = await tx.raw.fetch("select id from ambassadors")
        ids: list[UUID] = [row["id"] for row in rows]
        held = await tenure_store.lock_open(tx, program.id, ids)
        tx.raw.add_query_logger(lambda record: sent.append(record.query))
        await offers.began(tx, program, held, renewed=False)
        await offers.began(tx, program, held, renewed=True)
        await offers.ended(tx, program, held)
        await offers.left(tx, program, ids, recorded=True)
    assert [query for query in sent if query.strip().startswith("--")] == []


async def test_a_rule_that_is_called_twice_offers_once(world: World) -> None:
    await tenured(world, tenure=YEARLY, benefits=ALL)
    await crowd(world, "demo", 3, joined_on=TODAY)
    before = await world.rows("select * from grants order by id")
    events = await world.rows("select count(*) as n from events")
    async with transaction(world.call()) as tx:
        program = await programs.find_open(tx, "demo")
        rows = await tx.raw.fetch("select id from ambassadors")
        held = await tenure_store.lock_open(tx, program.id, [row["id"] for row in rows])
        await offers.began(tx, program, held, renewed=False)
    assert await world.rows("select * from grants order by id") == before
    assert await world.rows("select count(*) as n from events") == events


async def late(world: World, **benefit: Any) -> UUID:
    """A program with one benefit, which somebody was offered today; the program's id."""
    await tenured(world, tenure=YEARLY, benefits={"pack": SWAG | benefit})
    draft = Draft("amara", Changes(name="Amara Okafor"), TODAY)
    await ambassadors.create(world.call(), "demo", draft)
    return (await programs.get(world.call(), "demo")).id


async def statuses(world: World) -> list[str]:
    return [row["status"] for row in await world.rows("select status from grants")]


async def test_an_offer_expires_after_its_last_day_and_once(world: World) -> None:
    program_id = await late(world, claim_within="P10D")
    last = date(2026, 3, 12)
    await offers.expire(world.call(WORKER), program_id, last)
    assert await statuses(world) == ["offered"]
    for _ in range(2):
        await offers.expire(world.call(WORKER), program_id, last + timedelta(days=1))
    (row,) = await world.rows("select * from grants")
    assert (row["status"], row["version"], row["closed_by"]) == ("expired", 2, None)
    assert row["closed_reason"] == "It was not claimed in time."
    told = await world.rows("select type from events where starts_with(type, 'grant.')")
    assert [one["type"] for one in told] == ["grant.offered", "grant.expired"]


async def test_what_was_claimed_or_has_no_end_does_not_expire(world: World) -> None:
    program_id = await late(world)
    await offers.expire(world.call(WORKER), program_id, date(2036, 1, 1))
    assert await statuses(world) == ["offered"]
    await world.rows(
        "update grants set claim_by = '2026-03-12', status = 'claimed', claimed_at = now()"
    )
    await offers.expire(world.call(WORKER), program_id, date(2036, 1, 1))
    assert await statuses(world) == ["claimed"]


async def test_what_is_late_is_announced_once(world: World) -> None:
    program_id = await late(world, automatic=True, fulfil_within="P10D")
    (row,) = await world.rows("select fulfil_by from grants")
    assert row["fulfil_by"] == date(2026, 3, 12)
    for days in (0, 1, 1, 2):
        day = row["fulfil_by"] + timedelta(days=days)
        await offers.remind_overdue(world.call(WORKER), program_id, day)
        told = await world.rows("select subject_id from events where type = 'grant.overdue'")
        assert len(told) == min(days, 1)
    (row,) = await world.rows("select * from grants")
    assert (row["status"], row["overdue_at"], row["version"]) == ("claimed", NOW, 2)


async def test_many_expire_and_are_late_in_batches(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "BATCH", 4)
    promised = SWAG | {"automatic": True, "fulfil_within": "P1D"}
    demo = {"pack": SWAG | {"claim_within": "P1D"}, "pin": promised}
    await tenured(world, tenure=YEARLY, benefits=demo)
    await crowd(world, "demo", 9, joined_on=TODAY)
    program = await programs.get(world.call(), "demo")
    tomorrow = TODAY + timedelta(days=1)
    await offers.expire(world.call(WORKER), program.id, tomorrow)
    await offers.remind_overdue(world.call(WORKER), program.id, tomorrow)
    assert Counter(await statuses(world)) == {"expired": 9, "claimed": 9}
    late = await world.rows("select from grants where overdue_at is not null")
    assert len(late) == 9


async def test_a_day_of_the_worker_does_both(world: World) -> None:
    promised = SWAG | {"automatic": True, "fulfil_within": "P1D"}
    await tenured(
        world, tenure=YEARLY, benefits={"pack": SWAG | {"claim_within": "P1D"}, "pin": promised}
    )
    await crowd(world, "demo", 1, joined_on=TODAY)
    program = await programs.get(world.call(), "demo")
    await daily.run(world.call(WORKER), program.id, TODAY)
    assert sorted(await statuses(world)) == ["claimed", "offered"]
    await daily.run(world.call(WORKER), program.id, TODAY + timedelta(days=1))
    rows = await world.rows("select status, overdue_at is not null as told from grants order by 1")
    assert [tuple(row) for row in rows] == [("claimed", True), ("expired", False)]


async def test_what_is_revoked_frees_the_stock_and_forgets_the_address(world: World) -> None:
    demo = await tenured(world, tenure=YEARLY, benefits={"member": MEMBER, "swag": SWAG})
    await crowd(world, "demo", 1, joined_on=TODAY)
    stock = Stock(world, demo.staff)
    await stock.item("shirt")
    await stock.place("store")
    await stock.received(5, "shirt", "store")
    swag: list[UUID] = []
    async with transaction(world.call()) as tx:
        program = await programs.find_open(tx, "demo")
        for one in await store.page(tx, program.id, Filters(), before=None, limit=9):
            await deliveries.put(tx, program.id, one.grant.id, b"sealed")
            wanted = [Wanted("shirt", None, 2)]
            await stock_reservations.reserve(tx, program, one.grant.id, wanted, TODAY)
            swag += [one.grant.id] if one.grant.benefit == "swag" else []
    assert await stock.balance() == {"shirt/standard/store": (5, 4)}
    await close(world, "demo", TenureOutcome.LAPSED)
    assert await stock.balance() == {"shirt/standard/store": (5, 2)}
    kept = await world.rows("select grant_id from grant_deliveries")
    assert [row["grant_id"] for row in kept] == swag


async def test_grants_are_listed_by_what_they_wait_for(world: World) -> None:
    asked = SWAG | {"automatic": True, "approval": True, "fulfil_within": "P1D"}
    sent = SWAG | {"automatic": True, "fulfil_within": "P1D"}
    await tenured(world, tenure=YEARLY, benefits={"asked": asked, "sent": sent, "open": SWAG})
    await crowd(world, "demo", 2, joined_on=TODAY)
    program = await programs.get(world.call(), "demo")
    (first, _) = await world.rows("select id from ambassadors order by id")

    async def listed(**filters: Any) -> list[str]:
        async with transaction(world.call()) as tx:
            where = Filters(approving=["asked"], **filters)
            found = await store.page(tx, program.id, where, before=None, limit=9)
        return sorted(one.grant.benefit for one in found)

    assert await listed(awaiting="claim") == ["open", "open"]
    assert await listed(awaiting="approval") == ["asked", "asked"]
    assert await listed(awaiting="fulfilment") == ["sent", "sent"]
    assert await listed(status=GrantStatus.OFFERED, ambassador_id=first["id"]) == ["open"]
    assert await listed(benefit="asked", ambassador_id=first["id"]) == ["asked"]
    assert await listed(overdue_on=TODAY) == []
    assert await listed(overdue_on=TODAY + timedelta(days=1)) == ["sent", "sent"]
