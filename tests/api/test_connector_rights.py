"""What connectors hold of people: who sees it, what they are told of it, and that it is erased."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain import connector_runs
from domain.rules.access import Role
from tests import github
from tests.api.test_personal_data import dump
from tests.github import merged, reviewed, user
from tests.hooked import Hooked, hooked
from tests.outside import Outside
from tests.people import person
from tests.senders import Senders, senders, verified
from tests.world import World

BASE = "/v1/programs/demo/sources"
MAIL = "amara.okafor@mail.example"
FEED: dict[str, Any] = {
    "kind": "feed",
    "url": "https://blog.example.org/feed.xml",
    "type": "article",
    "authors": {
        MAIL: {"ambassador": "Amara"},
        "A. Okafor": {"identity": f"github:{github.AMARA}"},
        "Bruno": {"ambassador": "bruno"},
    },
    "author": {"identity": "github:@amara-codes"},
}
CALENDAR: dict[str, Any] = {
    "kind": "calendar",
    "url": "https://calendar.example.org/c.ics",
    "type": "talk",
    "people": {"Okafor, Amara": {"ambassador": "amara"}},
    "participant": {"ambassador": "bruno"},
}


async def made(demo: Senders, slug: str, connector: dict[str, Any]) -> None:
    body = {"slug": slug, "name": slug, "connector": connector, "paused": True}
    answer = await demo.post("/sources", body)
    assert answer.status_code == 201, answer.text


async def settings(demo: Senders, slug: str, role: Role = Role.OWNER) -> dict[str, Any]:
    who = demo.owner if role is Role.OWNER else await demo.world.token(role, "demo")
    answer = await demo.get(f"/sources/{slug}", who=who)
    assert answer.status_code == 200, answer.text
    return answer.json()["connector"]["settings"]


async def erased(demo: Senders, person_id: object) -> httpx.Response:
    answer = await demo.world.client.post(
        f"/v1/people/{person_id}/erasure",
        json={"reason": "Asked by letter."},
        headers=demo.owner.headers,
    )
    assert answer.status_code == 200, answer.text
    return answer


async def exported(demo: Senders, person_id: object) -> list[dict[str, Any]]:
    answer = await demo.world.client.get(
        f"/v1/people/{person_id}/export", headers=demo.owner.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["sources"]


@pytest.fixture
async def demo(world: World) -> Senders:
    """Amara is named in a feed and in a calendar."""
    them = await senders(world)
    await verified(them, "amara", "github", str(github.AMARA))
    await world.rows(
        "update identities set handle = 'amara-codes' where subject = $1", str(github.AMARA)
    )
    await made(them, "blog", FEED)
    await made(them, "meetups", CALENDAR)
    return them


@pytest.mark.parametrize("role", [Role.READER, Role.INTEGRATION])
async def test_whom_settings_name_is_for_who_manages_sources(demo: Senders, role: Role) -> None:
    blog, meetups = await settings(demo, "blog"), await settings(demo, "meetups")
    assert blog["authors"].keys() == FEED["authors"].keys()
    assert meetups["participant"]["ambassador"] == "bruno"
    hidden = await settings(demo, "blog", role)
    assert hidden == blog | {"authors": None, "author": None}
    hidden = await settings(demo, "meetups", role)
    assert hidden == meetups | {"people": None, "participant": None}
    listed = await demo.get("/sources", who=await demo.world.token(role, "demo"))
    assert MAIL not in listed.text
    assert "github" not in listed.text
    listed = await demo.get("/sources", who=await demo.world.token(Role.MANAGER, "demo"))
    assert MAIL in listed.text


async def test_the_audit_log_says_that_people_changed_and_not_who(demo: Senders) -> None:
    url = f"{BASE}/blog"
    for connector in (FEED | {"authors": {}, "every": 30}, FEED | {"author": None, "every": 30}):
        tag = (await demo.get("/sources/blog", who=demo.owner)).headers["etag"]
        answer = await demo.world.client.patch(
            url, json={"connector": connector}, headers=demo.owner.headers | {"If-Match": tag}
        )
        assert answer.status_code == 200, answer.text
    rows = await demo.world.rows("select * from audit_entries where action like 'source.%'")
    assert "connector_people" in str([list(row.values()) for row in rows])
    tables = await dump(demo.world)
    told = tables["audit_entries"] + tables["audit_values"]
    for name in (MAIL, "A. Okafor", "amara-codes", "Okafor, Amara", str(github.AMARA)):
        assert name not in told


async def test_people_are_told_which_sources_name_them(demo: Senders) -> None:
    assert await exported(demo, demo.people["amara"]) == [
        {"program": "demo", "source": "blog", "names": ["A. Okafor", MAIL]},
        {"program": "demo", "source": "meetups", "names": ["Okafor, Amara"]},
    ]
    assert await exported(demo, demo.people["bruno"]) == [
        {"program": "demo", "source": "blog", "names": ["Bruno"]},
        {"program": "demo", "source": "meetups", "names": []},
    ]
    own = await demo.world.client.get(
        "/v1/me/export", headers=(await demo.ambassador("amara")).headers
    )
    assert len(own.json()["sources"]) == 2
    stranger = await person(demo.world, "Chidi Eze")
    assert await exported(demo, stranger) == []


async def test_nothing_in_settings_names_who_is_erased(demo: Senders) -> None:
    before = (await demo.get("/sources/blog", who=demo.owner)).json()
    await erased(demo, demo.people["amara"])
    after = (await demo.get("/sources/blog", who=demo.owner)).json()
    assert after["connector"]["settings"] == before["connector"]["settings"] | {
        "authors": {"Bruno": before["connector"]["settings"]["authors"]["Bruno"]},
        "author": None,
    }
    assert after["version"] == before["version"] + 1
    assert (await settings(demo, "meetups"))["people"] == {}
    assert (await settings(demo, "meetups"))["participant"]["ambassador"] == "bruno"
    for table, text in (await dump(demo.world)).items():
        for name in (MAIL, "A. Okafor", "Okafor, Amara", "amara-codes", str(github.AMARA)):
            assert name not in text, table
    again = (await erased(demo, demo.people["amara"])).json()
    assert again["name"] == "Erased person"
    assert (await demo.get("/sources/blog", who=demo.owner)).json() == after


async def test_who_was_called_so_before_is_meant_too_unless_another_is_now(
    demo: Senders,
) -> None:
    patched = await demo.world.client.patch(
        "/v1/programs/demo/ambassadors/amara",
        json={"handle": "amara-new"},
        headers=demo.owner.headers,
    )
    assert patched.status_code == 200, patched.text
    assert len(await exported(demo, demo.people["amara"])) == 2
    taken = await person(demo.world, "Amara", "demo")
    assert [one["names"] for one in await exported(demo, taken)] == [[MAIL], ["Okafor, Amara"]]
    await erased(demo, demo.people["amara"])
    assert (await settings(demo, "blog"))["authors"].keys() == {MAIL, "Bruno"}
    assert (await settings(demo, "meetups"))["people"].keys() == {"Okafor, Amara"}


async def test_a_claim_of_somebody_elses_account_erases_nothing_of_theirs(demo: Senders) -> None:
    chidi = await person(demo.world, "Chidi Eze")
    claimed = await demo.world.client.post(
        f"/v1/people/{chidi}/identities",
        json={"provider": "github", "subject": str(github.AMARA)},
        headers=demo.owner.headers,
    )
    assert claimed.status_code == 201, claimed.text
    await demo.world.rows("update identities set verified_at = null where person_id = $1", chidi)
    assert await exported(demo, chidi) == []
    await erased(demo, chidi)
    assert len((await settings(demo, "blog"))["authors"]) == 3


ICS = (
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:{n}\nSUMMARY:Talk {n}\nDTSTART:20260210T100000Z\n"
    "ORGANIZER;CN=Twin:mailto:twin@mail.example\nEND:VEVENT\nEND:VCALENDAR\n"
)


async def test_people_who_were_merged_are_meant_by_either_record(
    world: World, outside: Outside
) -> None:
    demo = await senders(world)
    twin = await person(world, "Twin")
    url = outside.answer(ICS.format(n=1), path="/c.ics")
    people = {"twin@mail.example": {"person": str(twin)}}
    await made(demo, "own", {"kind": "calendar", "url": url, "type": "talk", "people": people})
    kept = demo.people["bruno"]
    merge = await world.client.post(
        "/v1/merges", json={"kept": str(kept), "merged": str(twin)}, headers=demo.owner.headers
    )
    assert merge.status_code == 201, merge.text
    assert [one["names"] for one in await exported(demo, kept)] == [["twin@mail.example"]]
    assert await recorded(demo) == [kept]
    undone = await world.client.post(
        f"{merge.headers['location']}/undo", headers=demo.owner.headers
    )
    assert undone.status_code == 200, undone.text
    outside.answer(ICS.format(n=2), path="/c.ics")
    assert await recorded(demo) == [kept, twin]
    assert await exported(demo, kept) == []
    merge = await world.client.post(
        "/v1/merges", json={"kept": str(kept), "merged": str(twin)}, headers=demo.owner.headers
    )
    assert merge.status_code == 201, merge.text
    await erased(demo, kept)
    assert (await settings(demo, "own"))["people"] == {}


async def recorded(demo: Senders) -> list[UUID]:
    """Who did what the calendar tells of, after one more look."""
    await connector_runs.look(demo.world.call(), "demo", "own")
    rows = await demo.world.rows(
        "select p.person_id from contributions c join contribution_participants p"
        " on p.contribution_id = c.id order by c.id"
    )
    return [row["person_id"] for row in rows]


async def test_an_erasure_and_a_post_that_names_the_same_person_wait_for_each_other(
    demo: Senders,
) -> None:
    """The post locks its source and then its people; the erasure in the same order."""
    posts = [demo.put(f"k-{n}", title=f"Talk {n}") for n in range(8)]
    answers = await asyncio.gather(*posts, erased(demo, demo.people["amara"]))
    assert {one.status_code for one in answers} <= {200, 201, 404, 409, 400, 422}
    assert (await settings(demo, "meetups"))["people"] == {}


async def hook_of(world: World) -> Hooked:
    hook = await hooked(world, paused=True)
    await world.rows("update identities set handle = 'amara-codes' where subject = '5501911'")
    return hook


async def test_what_github_sent_of_an_erased_person_is_deleted(world: World) -> None:
    hook = await hook_of(world)
    bruno, longer = user(github.BRUNO, "bruno-builds"), user(github.AMARA * 10 + 1, "somebody")
    named = user(1, "Amara-Codes")
    for event, payload in (
        ("pull_request", merged()),
        ("pull_request", merged(user=bruno) | {"sender": named}),
        ("pull_request_review", reviewed()),
        ("pull_request", merged(user=bruno) | {"sender": bruno}),
        ("pull_request", merged(user=longer, number=8) | {"sender": longer}),
    ):
        answer = await hook.send(event, payload)
        assert answer.status_code == 202, answer.text
    failed = reviewed()
    answer = await hook.send("pull_request_review", failed)
    await world.rows(
        "update webhook_deliveries set state = 'failed', result = 'It failed.', done_at = now()"
        " where delivery_id = $1",
        answer.json()["delivery"],
    )
    await erased(hook.demo, hook.demo.people["amara"])
    rows = await world.rows(
        "select state, result, body is not null as kept, done_at from webhook_deliveries"
    )
    left = sorted((row["state"], row["result"] or "", row["kept"]) for row in rows)
    assert left == [
        ("failed", "It failed.", False),
        ("ignored", "It named somebody who was erased.", False),
        ("ignored", "It named somebody who was erased.", False),
        ("ignored", "It named somebody who was erased.", False),
        ("waiting", "", True),
        ("waiting", "", True),
    ]
    bodies = (await dump(world))["webhook_deliveries"]
    assert b'"id":5501911,'.hex() not in bodies
    resumed = await hook.demo.post("/sources/github/resume")
    assert resumed.status_code == 200, resumed.text
    await hook.work()
    assert len(await hook.contributions()) == 2
