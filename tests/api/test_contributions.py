"""Contributions over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules.access import Role
from tests.members import AMARA, BRUNO, Members, members
from tests.world import POLICY, World

TALK = {
    "ambassador": "bruno-t",
    "type": "talk",
    "title": "Consumers that forgive",
    "occurred_on": "2025-11",
    "url": "https://example.org/talk",
}


async def program(world: World, **more: Any) -> Members:
    demo = await members(world, **more)
    await demo.load(AMARA.partition("  contributions")[0] + BRUNO.partition("  contributions")[0])
    return demo


@pytest.mark.parametrize("on", ["2025", "2025-11", "2025-11-30", "2026", "2026-03", "2026-03-03"])
async def test_a_date_comes_back_as_precise_as_it_was_given(world: World, on: str) -> None:
    demo = await program(world)
    made = await demo.change("/contributions", **TALK | {"occurred_on": on})
    assert made.status_code == 201
    assert made.headers["location"] == f"{demo.base}/contributions/{made.json()['id']}"
    read = await world.client.get(made.headers["location"])
    assert read.json() == made.json()
    assert (read.json()["occurred_on"], read.json()["source"]) == (on, None)


@pytest.mark.parametrize("on", ["2026-04", "2027", "2026-03-04", "2025-02-29"])
async def test_what_is_still_to_come_or_no_day_is_refused(world: World, on: str) -> None:
    demo = await program(world)
    refused = await demo.change("/contributions", **TALK | {"occurred_on": on})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/occurred_on"


async def test_today_is_the_programs_day(world: World) -> None:
    # It is noon in UTC, and already tomorrow on Kiritimati.
    demo = await program(world, policy=POLICY | {"time_zone": "Pacific/Kiritimati"})
    tomorrow = await demo.change("/contributions", **TALK | {"occurred_on": "2026-03-04"})
    assert tomorrow.status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [("type", "dancing"), ("ambassador", "nobody"), ("type", "presentation")],
)
async def test_type_and_ambassador_have_to_be_known(world: World, field: str, value: str) -> None:
    demo = await program(world)
    refused = await demo.change("/contributions", **TALK | {field: value})
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_reference")
    assert refused.json()["errors"][0]["pointer"] == f"/{field}"


async def test_the_policy_may_want_a_link(world: World) -> None:
    types = {"talk": {"name": "Talk", "area": "events", "link_required": True}}
    demo = await program(world, policy=POLICY | {"contribution_types": types})
    body = {key: value for key, value in TALK.items() if key != "url"}
    refused = await demo.change("/contributions", **body)
    assert (refused.status_code, refused.json()["code"]) == (409, "link_required")
    made = (await demo.change("/contributions", **TALK)).json()
    url = f"{demo.base}/contributions/{made['id']}"
    unlinked = await world.client.patch(url, json={"url": None}, headers=demo.headers)
    assert unlinked.status_code == 409


async def test_the_same_key_records_once(world: World) -> None:
    demo = await program(world)
    headers = demo.headers | {"Idempotency-Key": "k1"}
    url = f"{demo.base}/contributions"
    first = await world.client.post(url, json=TALK, headers=headers)
    again = await world.client.post(url, json=TALK, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(await demo.contributions("bruno-t")) == 1


async def test_correct_and_withdraw(world: World) -> None:
    demo = await program(world)
    made = (await demo.change("/contributions", **TALK)).json()
    url = f"{demo.base}/contributions/{made['id']}"
    stale = demo.headers | {"If-Match": '"7.abc"'}
    for method, path, body in (
        ("PATCH", url, {"title": "Another"}),
        ("POST", url + "/withdrawal", {"reason": "A mistake."}),
    ):
        lost = await world.client.request(method, path, json=body, headers=stale)
        assert lost.status_code == 412
    same = await world.client.patch(url, json={"title": TALK["title"]}, headers=demo.headers)
    assert same.json() == made
    change = {"title": "Another", "occurred_on": "2025-12-01", "type": "article", "url": None}
    changed = (await world.client.patch(url, json=change, headers=demo.headers)).json()
    assert {key: changed[key] for key in change} == change
    assert changed["version"] == 2
    gone = await demo.change(f"/contributions/{made['id']}/withdrawal", reason="A mistake.")
    assert (gone.json()["status"], gone.json()["version"]) == ("withdrawn", 3)
    again = await demo.change(f"/contributions/{made['id']}/withdrawal", reason="A mistake.")
    assert again.json() == gone.json()
    late = await world.client.patch(url, json={"title": "Third"}, headers=demo.headers)
    assert (late.status_code, late.json()["code"]) == (409, "contribution_withdrawn")
    rows = await world.rows(
        """select e.action, v.reason from audit_entries e join audit_values v on v.entry_id = e.id
            where e.subject_kind = 'contribution' order by e.id"""
    )
    assert [tuple(row.values()) for row in rows] == [
        ("contribution.recorded", None),
        ("contribution.updated", None),
        ("contribution.withdrawn", "A mistake."),
    ]
    events = await world.rows(
        "select type, data from events where type like 'contribution.%' order by seq"
    )
    assert [row["type"] for row in events] == [
        "contribution.recorded",
        "contribution.updated",
        "contribution.withdrawn",
    ]
    assert "Another" not in str([row["data"] for row in events])


async def test_what_the_public_does_not_see(world: World) -> None:
    demo = await program(world)
    made = (await demo.change("/contributions", **TALK)).json()
    other = (await demo.change("/contributions", **TALK | {"ambassador": "amara-okafor"})).json()
    public = f"{demo.base}/contributions"

    async def seen() -> tuple[list[str], list[int]]:
        listed = (await world.client.get(public)).json()["items"]
        single = [
            (await world.client.get(f"{public}/{one['id']}")).status_code for one in (made, other)
        ]
        return [one["ambassador"] for one in listed], single

    assert await seen() == (["amara-okafor", "bruno-t"], [200, 200])
    await demo.change("/ambassadors/bruno-t/status", status="suspended", reason="A case.")
    assert await seen() == (["amara-okafor"], [404, 200])
    assert (await world.client.get(f"{demo.base}/ambassadors/bruno-t/contributions")).is_error
    assert len(await demo.contributions("bruno-t")) == 1
    await demo.change(f"/contributions/{other['id']}/withdrawal", reason="A mistake.")
    assert await seen() == ([], [404, 404])
    withdrawn = await world.client.get(public, params={"status": "withdrawn"})
    assert withdrawn.json()["items"] == []
    staff = await demo.get("/contributions?status=withdrawn")
    assert [one["id"] for one in staff.json()["items"]] == [other["id"]]


async def test_a_private_directory_lists_no_contributions(world: World) -> None:
    demo = await program(world, policy=POLICY | {"directory": {"public": False}})
    made = (await demo.change("/contributions", **TALK)).json()
    for path in ("", f"/{made['id']}"):
        answer = await world.client.get(f"{demo.base}/contributions{path}")
        assert answer.status_code == 404
    assert len((await demo.get("/contributions")).json()["items"]) == 1


async def test_an_ambassador_sees_their_own(world: World) -> None:
    demo = await program(world)
    made = (await demo.change("/contributions", **TALK)).json()
    await demo.change(f"/contributions/{made['id']}/withdrawal", reason="A mistake.")
    person = (await demo.ambassador("bruno-t"))["private"]["person_id"]
    own = await world.token(None, person_id=person)
    url = f"{demo.base}/contributions/{made['id']}"
    assert (await world.client.get(url, headers=own.headers)).status_code == 200
    assert (await world.client.get(url)).status_code == 404


async def test_newest_first_page_by_page_and_filtered(world: World) -> None:
    demo = await program(world)
    dates = ["2024-05-01", "2025", "2025-01-01", "2025-06", "2023-12-31", "2025-06-01"]
    for number, on in enumerate(dates):
        body = TALK | {"occurred_on": on, "title": f"Talk {number}"}
        if number % 2:
            body |= {"ambassador": "amara-okafor", "type": "article"}
        assert (await demo.change("/contributions", **body)).status_code == 201
    url: str | None = f"{demo.base}/contributions?limit=2"
    found: list[str] = []
    while url:
        answer = await world.client.get(url)
        found += [one["title"] for one in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url")
    assert found == ["Talk 5", "Talk 3", "Talk 2", "Talk 1", "Talk 0", "Talk 4"]

    async def titles(**params: str) -> list[str]:
        answer = await world.client.get(f"{demo.base}/contributions", params=params)
        return [one["title"] for one in answer.json()["items"]]

    assert await titles(type="article") == ["Talk 5", "Talk 3", "Talk 1"]
    assert await titles(ambassador="Bruno-T") == ["Talk 2", "Talk 0", "Talk 4"]
    assert await titles(ambassador="nobody") == []
    assert await titles(**{"from": "2024-05-01", "until": "2025-01-01"}) == [
        "Talk 2",
        "Talk 1",
        "Talk 0",
    ]


async def test_the_public_list_is_cached_until_it_changes(world: World) -> None:
    demo = await program(world)
    url = f"{demo.base}/contributions"
    first = await world.client.get(url)
    assert first.headers["cache-control"].startswith("public, max-age=60")
    known = {"If-None-Match": first.headers["etag"]}
    assert (await world.client.get(url, headers=known)).status_code == 304
    await demo.change("/contributions", **TALK)
    assert (await world.client.get(url, headers=known)).status_code == 200


async def test_who_may_record(world: World) -> None:
    demo = await program(world)
    await world.program("other")
    url = f"{demo.base}/contributions"
    for role, where in ((Role.READER, "demo"), (Role.INTEGRATION, "demo"), (Role.MANAGER, "other")):
        bearer = await world.token(role, where)
        answer = await world.client.post(url, json=TALK, headers=bearer.headers)
        assert answer.status_code == 403
    assert (await world.client.post(url, json=TALK)).status_code == 401
