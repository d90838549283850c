"""Points over HTTP: what counts, why the rest does not, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain.rules.access import Role
from service.app import App
from tests.http.conftest import until
from tests.senders import Senders, line, senders
from tests.world import POLICY, Bearer, World

TYPES: dict[str, Any] = {
    "talk": {"name": "Talk", "area": "events", "points": 10},
    "article": {"name": "Article", "area": "content", "points": 3, "counting": "split"},
    "booth": {
        "name": "Booth",
        "area": "events",
        "points": 4,
        "caps": [{"at_most": 2, "within": "P1M"}, {"at_most": 3, "within": "P1Y"}],
    },
}
POINTS = "/ambassadors/amara/points"


async def program(world: World, *, types: dict[str, Any] | None = None, **policy: Any) -> Senders:
    return await senders(
        world, policy={"contribution_types": types or TYPES} | policy, trust="trusted"
    )


async def did(demo: Senders, on: str, type: str = "booth", **more: Any) -> str:
    """An accepted contribution of amara's; its id."""
    key = f"{type}-{on}-{len(await demo.world.rows('select from contributions'))}"
    body: dict[str, Any] = {"type": type, "title": f"What I did, {key}", "occurred_on": on} | more
    made = await demo.put(key, **body | {"url": f"https://example.org/{key}"})
    assert made.status_code == 201, made.text
    assert made.json()["contribution"]["status"] == "accepted"
    return made.json()["contribution"]["id"]


async def points(
    demo: Senders, who: Bearer | None = None, query: Mapping[str, str] | None = None
) -> dict[str, Any]:
    answer = await demo.get(POINTS, who=who, **(query or {}))
    assert answer.status_code == 200, answer.text
    return answer.json()


def counted(answer: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """Each contribution's day, points and reason, the oldest first."""
    found = [(one["occurred_on"], one["points"], one["reason"]) for one in answer["contributions"]]
    assert all(one["counted"] is (one["reason"] is None) for one in answer["contributions"])
    return found[::-1]


async def test_by_default_it_is_the_year_that_ends_today(world: World) -> None:
    demo = await program(world)
    for on in ("2025-03-03", "2025-03-04", "2026-03-03"):
        await did(demo, on, "talk")
    answer = await points(demo)
    assert (answer["ambassador"], answer["policy_version"]) == ("amara", 1)
    assert (answer["from"], answer["until"]) == ("2025-03-04", "2026-03-03")
    assert (answer["total"], answer["complete"]) == ("20.00", True)
    assert counted(answer) == [("2025-03-04", "10.00", None), ("2026-03-03", "10.00", None)]
    world.clock.pass_(days=1)
    assert counted(await points(demo)) == [("2026-03-03", "10.00", None)]


async def test_today_is_the_programs_day(world: World) -> None:
    # It is noon in UTC, and already tomorrow on Kiritimati.
    demo = await program(world, time_zone="Pacific/Kiritimati")
    assert (await points(demo))["until"] == "2026-03-04"


async def test_a_stretch_is_chosen_by_both_of_its_days(world: World) -> None:
    demo = await program(world)
    for on in ("2023-12-31", "2024", "2024-06", "2024-06-15", "2024-12-31", "2025-01-01"):
        await did(demo, on, "talk")
    whole = await points(demo, query={"from": "2024-01-01", "until": "2024-12-31"})
    assert [on for on, _, _ in counted(whole)] == ["2024", "2024-06", "2024-06-15", "2024-12-31"]
    # A month or a year lies where its first day lies.
    june = await points(demo, query={"from": "2024-06-02", "until": "2024-06-30"})
    assert [on for on, _, _ in counted(june)] == ["2024-06-15"]
    assert (await points(demo, query={"until": "2024-12-31"}))["from"] == "2024-01-01"
    assert (await points(demo, query={"from": "2024-01-01"}))["until"] == "2026-03-03"
    day = await points(demo, query={"from": "2024-06-15", "until": "2024-06-15"})
    assert day["total"] == "10.00"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"from": "2026-03-04"}, "from"),
        ({"from": "2025-02-01", "until": "2025-01-31"}, "from"),
        ({"from": "2025-02-30"}, "from"),
        ({"until": "2025-13"}, "until"),
        ({"since": "2025-01-01"}, "since"),
    ],
)
async def test_a_stretch_that_is_none_is_refused(
    world: World, query: dict[str, str], parameter: str
) -> None:
    demo = await program(world)
    refused = await demo.get(POINTS, who=None, **query)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["parameter"] == parameter


async def test_the_first_and_the_last_day_of_the_calendar_are_days(world: World) -> None:
    demo = await program(world)
    await did(demo, "2025-06-01", "talk")
    ever = await points(demo, query={"from": "0001-01-01", "until": "9999-12-31"})
    assert ever["total"] == "10.00"
    assert (await points(demo, query={"until": "0001-01-01"}))["from"] == "0001-01-01"


async def test_a_cap_says_what_it_keeps_out_and_why(world: World) -> None:
    demo = await program(world)
    for on in ("2026-01-05", "2026-01-06", "2026-01-07", "2026-02-06", "2026-03-01"):
        await did(demo, on)
    await did(demo, "2026-01-06", "talk")
    answer = await points(demo)
    caps = {one["occurred_on"]: one["cap"] for one in answer["contributions"]}
    assert counted(answer) == [
        ("2026-01-05", "4.00", None),
        ("2026-01-06", "4.00", None),
        ("2026-01-06", "10.00", None),
        ("2026-01-07", "0.00", "capped"),
        ("2026-02-06", "4.00", None),
        ("2026-03-01", "0.00", "capped"),
    ]
    assert caps["2026-01-07"] == {"at_most": 2, "within": "P1M"}
    assert caps["2026-03-01"] == {"at_most": 3, "within": "P1Y"}
    assert caps["2026-02-06"] is None
    assert answer["by_type"] == [
        {"type": "booth", "points": "12.00", "counted": 3, "not_counted": 2},
        {"type": "talk", "points": "10.00", "counted": 1, "not_counted": 0},
    ]
    assert answer["total"] == "22.00"


async def test_caps_look_back_as_far_as_there_is_anything(world: World) -> None:
    once = TYPES["booth"] | {"caps": [{"at_most": 1, "within": "P1Y"}]}
    demo = await program(world, types=TYPES | {"booth": once})
    # Each is kept out by the one before it, unless that one is kept out itself.
    for on in ("2022-09-01", "2023-06-01", "2024-03-01", "2024-12-01", "2025-09-01"):
        await did(demo, on)
    await did(demo, "2022-09-01", "talk")
    last = await points(demo, query={"from": "2025-09-01", "until": "2026-03-03"})
    assert counted(last) == [("2025-09-01", "4.00", None)]
    assert last["by_type"] == [{"type": "booth", "points": "4.00", "counted": 1, "not_counted": 0}]
    before = await points(demo, query={"from": "2024-12-01", "until": "2025-08-31"})
    assert counted(before) == [("2024-12-01", "0.00", "capped")]
    assert (before["total"], before["by_type"][0]["not_counted"]) == ("0.00", 1)
    # Nor does it matter what comes afterwards.
    await did(demo, "2026-03-01")
    assert counted(await points(demo, query={"until": "2025-09-01"}))[-1] == (
        "2025-09-01",
        "4.00",
        None,
    )


async def test_what_is_split_counts_by_share_or_in_equal_parts(world: World) -> None:
    demo = await program(world)
    both = [{"ambassador": "amara"}, {"ambassador": "bruno"}]
    nobody_yet = {"identity": "github:5501911"}
    await did(demo, "2026-01-01", "article")
    await did(demo, "2026-01-02", "article", participants=both)
    await did(demo, "2026-01-03", "article", participants=[*both, nobody_yet])
    shares = [{"ambassador": "amara", "share": 35}, {"ambassador": "bruno", "share": 65}]
    await did(demo, "2026-01-04", "article", participants=shares)
    await did(demo, "2026-01-05", "talk", participants=both)
    assert [worth for _, worth, _ in counted(await points(demo))] == [
        "3.00",
        "1.50",
        "1.00",
        "1.05",
        "10.00",
    ]
    brunos = (await demo.get("/ambassadors/bruno/points")).json()
    assert [worth for _, worth, _ in counted(brunos)] == ["1.50", "1.00", "1.95", "10.00"]
    assert brunos["total"] == "14.45"


async def test_only_what_is_accepted_is_worth_anything(world: World) -> None:
    demo = await program(world)
    gone = await did(demo, "2026-01-01", "talk")
    await did(demo, "2026-01-02", "talk")
    await demo.source("rumours")
    waiting = await demo.put("a", "rumours", title="A rumour", occurred_on="2026-01-03")
    assert waiting.json()["contribution"]["status"] == "pending"
    withdrawn = await demo.post(f"/contributions/{gone}/withdrawal", {"reason": "Not ours."})
    assert withdrawn.status_code == 200
    assert [on for on, _, _ in counted(await points(demo, demo.owner))] == ["2026-01-02"]


async def test_without_points_everything_counts_for_nothing(world: World) -> None:
    demo = await program(world, types=POLICY["contribution_types"])
    assert (await points(demo))["contributions"] == []
    await did(demo, "2026-01-01", "talk")
    answer = await points(demo)
    assert (answer["total"], counted(answer)) == ("0.00", [("2026-01-01", "0.00", None)])
    assert answer["by_type"] == [{"type": "talk", "points": "0.00", "counted": 1, "not_counted": 0}]


async def test_a_type_that_the_policy_gave_up_is_worth_nothing(world: World) -> None:
    demo = await program(world)
    await did(demo, "2026-01-01", "booth")
    changed = await world.client.put(
        f"{demo.base}/policy",
        json={
            "document": POLICY | {"contribution_types": {"talk": TYPES["talk"]}},
            "reason": "No booths any more.",
        },
        headers=demo.owner.headers,
    )
    assert changed.status_code == 200, changed.text
    answer = await points(demo)
    assert counted(answer) == [("2026-01-01", "0.00", "type_unknown")]
    assert (answer["policy_version"], answer["contributions"][0]["cap"]) == (2, None)
    assert answer["by_type"][0]["not_counted"] == 1


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("anonymous", 404),
        ("amara", 404),
        ("bruno", 404),
        ("reader", 200),
        ("reviewer", 200),
        ("manager", 200),
        ("bot", 200),
        ("elsewhere", 404),
        ("limited", 404),
    ],
)
async def test_internal_points_are_for_the_staff_alone(world: World, who: str, status: int) -> None:
    demo = await program(world, scoring={"internal": True})
    await world.program("other")
    await did(demo, "2026-01-01", "talk")
    caller = await _caller(demo, who)
    answer = await demo.get(POINTS, who=caller)
    assert answer.status_code == status
    assert ("10.00" in answer.text) is (status == 200)
    if status == 404:
        unknown = await demo.get("/ambassadors/nobody/points", who=caller)
        assert (unknown.status_code, unknown.json()["code"]) == (404, answer.json()["code"])


async def _caller(demo: Senders, who: str) -> Bearer | None:
    match who:
        case "anonymous":
            return None
        case "amara" | "bruno":
            return await demo.ambassador(who)
        case "bot":
            return demo.bot
        case "elsewhere":
            return await demo.world.token(Role.MANAGER, "other")
        case "limited":
            return await demo.world.token(Role.OWNER, permissions=[])
        case _:
            return await demo.world.token(Role(who), "demo")


async def test_everybody_is_told_of_what_they_may_see(world: World) -> None:
    demo = await program(world)
    for visibility in ("public", "members", "private"):
        await did(demo, "2026-01-01", "talk", visibility=visibility)
    reader = await world.token(Role.READER, "demo")
    amara, bruno = await demo.ambassador("amara"), await demo.ambassador("bruno")
    seen = {"10.00": None, "20.00": bruno, "30.00": amara}
    for total, who in seen.items():
        assert (await points(demo, who))["total"] == total
    assert (await points(demo, reader))["total"] == "30.00"
    assert (await points(demo, demo.bot))["total"] == "30.00"


async def test_what_is_private_shows_in_no_cap_of_the_public(world: World) -> None:
    demo = await program(world)
    for on in ("2026-01-01", "2026-01-02"):
        await did(demo, on, visibility="private")
    await did(demo, "2026-01-03")
    assert counted(await points(demo)) == [("2026-01-03", "4.00", None)]
    told = counted(await points(demo, await demo.ambassador("amara")))
    assert told[-1] == ("2026-01-03", "0.00", "capped")


async def test_whom_the_public_does_not_see_has_no_public_points(world: World) -> None:
    demo = await program(world)
    await did(demo, "2026-01-01", "talk")
    body = {"status": "suspended", "reason": "A complaint."}
    changed = await demo.post("/ambassadors/amara/status", body)
    assert changed.status_code == 200
    assert (await demo.get(POINTS)).status_code == 404
    assert (await points(demo, demo.owner))["total"] == "10.00"
    assert (await points(demo, await demo.ambassador("amara")))["total"] == "10.00"


async def test_a_handle_from_before_leads_to_the_points(world: World) -> None:
    demo = await program(world)
    renamed = await world.client.patch(
        f"{demo.base}/ambassadors/amara", json={"handle": "amara-o"}, headers=demo.owner.headers
    )
    assert renamed.status_code == 200
    moved = await demo.get(POINTS)
    assert moved.status_code == 308
    assert moved.headers["location"] == f"{demo.base}/ambassadors/amara-o/points"
    assert (await world.client.get(moved.headers["location"])).json()["ambassador"] == "amara-o"
    assert (await demo.get("/ambassadors/AMARA-O/points")).status_code == 200


async def test_the_same_again_is_not_sent_again(world: World) -> None:
    demo = await program(world)
    await did(demo, "2026-01-01", "talk")
    etag = (await demo.get(POINTS)).headers["etag"]

    async def again() -> httpx.Response:
        headers = {"If-None-Match": etag}
        return await world.client.get(demo.base + POINTS, headers=headers)

    assert (await again()).status_code == 304
    await did(demo, "2026-01-02", "talk")
    assert (await again()).status_code == 200


async def test_the_snapshot_knows_of_a_new_contribution(world: World, app: App) -> None:
    demo = await program(world)
    await until(lambda: app.database.listening)
    assert (await points(demo))["total"] == (await points(demo))["total"] == "0.00"
    await did(demo, "2026-01-02", "talk")
    assert (await points(demo))["total"] == "10.00"


async def test_ten_thousand_are_summed_and_the_newest_told(world: World) -> None:
    demo = await program(world)
    days = [f"2025-{month:02}-{day:02}" for month in range(4, 13) for day in range(1, 29)]
    sent: list[Mapping[str, Any]] = [
        line(str(n), title=f"What I did, {n}", occurred_on=days[n % len(days)], url=None)
        | {"type": "booth" if n % 2 else "talk"}
        for n in range(10_000)
    ]
    assert (await demo.bulk(sent))[-1]["summary"]["created"] == 10_000
    answer = await points(demo)
    assert (len(answer["contributions"]), answer["complete"]) == (1_000, False)
    order = [(one["occurred_on"], UUID(one["id"])) for one in answer["contributions"]]
    assert order == sorted(order, reverse=True)
    assert answer["by_type"] == [
        {"type": "talk", "points": "50000.00", "counted": 5_000, "not_counted": 0},
        {"type": "booth", "points": "12.00", "counted": 3, "not_counted": 4_997},
    ]
    assert answer["total"] == "50012.00"
