"""Reading contributions over HTTP: lists, filters, pages, counts, and who sees what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

from domain.rules.access import Permission, Role
from tests.senders import TALK, Senders, line, senders
from tests.world import POLICY, Bearer, World

TYPES = POLICY["contribution_types"]
BOTH = [{"ambassador": "amara"}, {"ambassador": "bruno"}]


async def made(demo: Senders, **body: Any) -> str:
    """The id of a contribution that the owner recorded; accepted at once, like no other."""
    url = f"https://example.org/{uuid7()}"
    answer = await demo.post("/contributions", TALK | {"url": url} | body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "accepted"
    return answer.json()["id"]


async def turned(world: World, contribution: str, **columns: Any) -> None:
    """Make a contribution something that reviewers and authors would, straight in the database."""
    for name, value in columns.items():
        await world.rows(
            f"update contributions set {name} = $2 where id = $1", UUID(contribution), value
        )


async def listed(demo: Senders, *, who: Bearer | None = None, **query: Any) -> list[str]:
    answer = await demo.get("/contributions", who=who, **query)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def seen_by(demo: Senders, contribution: str, who: Bearer | None = None) -> dict[str, Any]:
    answer = await demo.get(f"/contributions/{contribution}", who=who)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def status(demo: Senders, handle: str, to: str) -> None:
    body = {"status": to, "reason": "A case."}
    changed = await demo.post(f"/ambassadors/{handle}/status", body)
    assert changed.status_code == 200, changed.text


@pytest.mark.parametrize("on", ["2025", "2025-11", "2025-11-30", "2026", "2026-03", "2026-03-03"])
async def test_a_date_comes_back_as_precise_as_it_was_given(world: World, on: str) -> None:
    demo = await senders(world)
    one = await made(demo, occurred_on=on)
    assert (await seen_by(demo, one))["occurred_on"] == on


async def test_everything_that_was_told_is_shown(world: World) -> None:
    talk = TYPES["talk"] | {
        "roles": ["speaker"],
        "metrics": {"attendees": {"name": "Attendees"}},
        "fields": {"room": {"name": "Room", "kind": "text"}},
    }
    demo = await senders(world, policy={"contribution_types": TYPES | {"talk": talk}})
    told = {
        "type": "talk",
        "title": "Consumers that forgive",
        "occurred_on": "2025-11-07",
        "ended_on": "2025-11-08",
        "description": "What to do\nwith what you did not expect.",
        "url": "https://example.org/talk",
        "evidence": ["https://example.org/slides"],
        "role": "speaker",
        "language": "pt-BR",
        "tags": ["messaging", "design"],
        "audience": ["developers"],
        "event_format": "in_person",
        "country": "NG",
        "fields": {"room": "A 1"},
        "visibility": "public",
    }
    people = [{"ambassador": "bruno", "role": "speaker"}, {"ambassador": "amara"}]
    numbers = {"metrics": {"attendees": 40}}
    made = await demo.post("/contributions", told | {"participants": people} | numbers)
    assert made.status_code == 201, made.text
    shown = await seen_by(demo, made.json()["id"])
    assert {name: shown[name] for name in told} == told
    assert shown["area"] == "events"
    assert shown["metrics"] == [{"read_on": "2026-03-03", "values": {"attendees": 40}}]
    nothing = {"share": None, "person_id": None, "identity": None}
    assert shown["participants"] == [
        {"ambassador": "bruno", "role": "speaker"} | nothing,
        {"ambassador": "amara", "role": None} | nothing,
    ]
    for name in ("key", "waiting_for", "decline_reason", "note", "dispute", "same_as"):
        assert shown[name] is None
    assert (shown["submitted_by"], shown["touched_at"], shown["suspects"]) == (None, None, [])
    (item,) = (await demo.get("/contributions")).json()["items"]
    assert item == shown


async def test_a_type_that_the_policy_has_no_more_is_of_no_area(world: World) -> None:
    demo = await senders(world)
    one = await made(demo)
    await turned(world, one, type="juggling")
    assert (await seen_by(demo, one))["area"] is None


async def test_insiders_and_staff_are_told_more(world: World) -> None:
    demo = await senders(world)
    people = [{"ambassador": "amara"}, {"identity": "email:Someone@example.org"}]
    first = await demo.bulk([line("k0", title="Another talk", url="https://example.org/0")])
    other, (sent,) = first[0]["id"], (await demo.bulk([line("k1", participants=people)]))[:1]
    one = sent["id"]
    now = world.now
    await turned(
        world, one, status="declined", decline_reason="off_topic", note="Sorry.", touched_at=now
    )
    await turned(world, one, dispute="Please look again.", same_as=UUID(other))
    await world.rows(
        """insert into contribution_suspects (program_id, contribution_id, other_id, created_at)
           select program_id, id, $2, now() from contributions where id = $1""",
        *(UUID(one), UUID(other)),
    )
    assert (await demo.get(f"/contributions/{one}")).status_code == 404
    amara, bruno = await demo.ambassador("amara"), await demo.ambassador("bruno")
    assert (await demo.get(f"/contributions/{one}", who=bruno)).status_code == 404
    own = await seen_by(demo, one, amara)
    expected = {
        "key": "k1",
        "decline_reason": "off_topic",
        "note": "Sorry.",
        "dispute": "Please look again.",
        "same_as": other,
        "submitted_by": str(demo.bot.account_id),
        "source": "bot",
    }
    assert {name: own[name] for name in expected} == expected
    assert own["participants"][0]["person_id"] == str(demo.people["amara"])
    assert [who["identity"] for who in own["participants"]] == [None, None]
    assert (own["touched_at"], own["suspects"]) == (None, [])
    staff = await seen_by(demo, one, await world.token(Role.READER, "demo"))
    assert [who["identity"] for who in staff["participants"]] == [
        None,
        "email:someone@example.org",
    ]
    assert staff["touched_at"] is not None
    assert staff["suspects"] == [{"contribution_id": other, "verdict": None}]


async def test_who_records_sees_no_more_than_they_may(world: World) -> None:
    """A token that may only post is told what became of it, and of no identity or suspect."""
    demo = await senders(world)
    only = [Permission.CONTRIBUTION_SUBMIT]
    poster = await world.token(Role.INTEGRATION, "demo", permissions=only)
    people = [{"ambassador": "amara"}, {"identity": "email:someone@example.org"}]
    answer = await demo.post("/contributions", TALK | {"participants": people}, who=poster)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert shown["status"] == "pending"
    assert shown["submitted_by"] == str(poster.account_id)
    assert [one["identity"] for one in shown["participants"]] == [None, None]
    read = await demo.get(f"/contributions/{shown['id']}", who=poster)
    assert read.status_code == 404


async def test_the_public_sees_what_somebody_listed_did(world: World) -> None:
    demo = await senders(world)
    both, hers = await made(demo, participants=BOTH), await made(demo, title="Hers alone")

    async def public() -> tuple[set[str], list[int]]:
        answers = [await demo.get(f"/contributions/{one}") for one in (both, hers)]
        return set(await listed(demo)), [answer.status_code for answer in answers]

    assert await public() == ({both, hers}, [200, 200])
    await status(demo, "amara", "suspended")
    assert await public() == ({both}, [200, 404])
    assert [who["ambassador"] for who in (await seen_by(demo, both))["participants"]] == ["bruno"]
    assert (await demo.get("/ambassadors/amara/contributions")).status_code == 404
    assert await listed(demo, ambassador="amara") == []
    assert await listed(demo, ambassador="bruno") == [both]
    await status(demo, "bruno", "suspended")
    assert await public() == (set(), [404, 404])
    own = await demo.ambassador("amara")
    assert set(await listed(demo, who=own)) == {both, hers}
    shown = await seen_by(demo, both, own)
    assert [who["ambassador"] for who in shown["participants"]] == ["amara", "bruno"]
    assert set(await listed(demo, who=demo.owner)) == {both, hers}


STATES: dict[str, dict[str, Any]] = {
    "open": {},
    "members": {"visibility": "members"},
    "private": {"visibility": "private"},
    "pending": {"status": "pending"},
    "declined": {"status": "declined"},
    "disputed": {"status": "disputed"},
    "withdrawn": {"status": "withdrawn"},
    "unmatched": {"matched": False},
}


async def test_who_sees_what(world: World) -> None:
    demo = await senders(world)
    ids: dict[str, str] = {}
    for state, columns in STATES.items():
        ids[state] = await made(demo, title=f"It is {state}", url=f"https://example.org/{state}")
        await turned(world, ids[state], **columns)
    names = {id: name for name, id in ids.items()}
    amara, bruno = await demo.ambassador("amara"), await demo.ambassador("bruno")
    outsider = await world.token(None)
    elsewhere = await world.token(Role.MANAGER, (await world.program("other")).slug)
    open_, members = {"open"}, {"open", "members"}
    everything = set(STATES)
    for who, expected in (
        (None, open_),
        (outsider, open_),
        (elsewhere, open_),
        (bruno, members),
        (amara, everything),
        (await world.token(Role.REVIEWER, "demo"), everything),
        (await world.token(Role.READER, "demo"), everything),
        (demo.owner, everything),
    ):
        alone = {
            name
            for name, id in ids.items()
            if (await demo.get(f"/contributions/{id}", who=who)).status_code == 200
        }
        assert alone == expected
        statuses = ("accepted", "pending", "declined", "disputed", "withdrawn")
        for path in ("/contributions", "/ambassadors/amara/contributions"):
            found: list[str] = []
            for one in statuses:
                answer = await demo.get(path, who=who, status=one)
                found += [names[item["id"]] for item in answer.json()["items"]]
                if path == "/contributions":
                    counted = (await demo.get(path + "/counts", who=who, status=one)).json()
                    assert counted["total"] == len(answer.json()["items"])
            assert sorted(found) == sorted(expected)
    await status(demo, "bruno", "suspended")
    assert (await demo.get(f"/contributions/{ids['members']}", who=bruno)).status_code == 404
    assert {names[id] for id in await listed(demo, who=bruno)} == open_


async def test_whoever_submitted_it_sees_it(world: World) -> None:
    demo = await senders(world)
    bruno = await demo.ambassador("bruno")
    answer = await demo.post("/contributions", TALK, who=bruno)
    one = answer.json()["id"]
    assert answer.json()["status"] == "pending"
    assert await listed(demo, who=bruno, status="pending") == [one]
    assert (await seen_by(demo, one, bruno))["waiting_for"] == "reviewer"
    counted = await demo.get("/contributions/counts", who=bruno, status="pending")
    assert counted.json()["total"] == 1
    assert await listed(demo, status="pending") == []
    # Both submitted and with their own part: it is there once.
    own = await demo.post("/contributions", TALK | {"participants": BOTH}, who=bruno)
    assert sorted(await listed(demo, who=bruno, status="pending")) == sorted(
        [one, own.json()["id"]]
    )
    await turned(world, own.json()["id"], status="accepted", visibility="private")
    assert await listed(demo, who=bruno) == [own.json()["id"]]
    narrow = await world.token(account_id=bruno.account_id, permissions=[Permission.SELF_MANAGE])
    assert (await demo.get(f"/contributions/{one}", who=narrow)).status_code == 404


async def test_a_private_directory_lists_no_contributions(world: World) -> None:
    demo = await senders(world, policy={"directory": {"public": False}})
    one = await made(demo)
    for path in ("", f"/{one}", "/counts"):
        assert (await demo.get("/contributions" + path)).status_code == 404
    amara = await demo.ambassador("amara")
    assert (await demo.get("/contributions", who=amara)).status_code == 404
    assert (await demo.get("/ambassadors/amara/contributions", who=amara)).json()["items"]
    assert await listed(demo, who=demo.owner) == [one]


async def test_another_programs_contributions_are_not_here(world: World) -> None:
    demo = await senders(world)
    one = await made(demo)
    await world.program("other")
    base = "/v1/programs/other/contributions"
    for who in (None, demo.owner):
        headers = who.headers if who else {}
        assert (await world.client.get(f"{base}/{one}", headers=headers)).status_code == 404
        assert (await world.client.get(base, headers=headers)).json()["items"] == []


FILTERED: list[dict[str, Any]] = [
    {"title": "Kafka/MQTT for everybody", "language": "pt-BR", "country": "BR"},
    {"title": "Élan and schemas", "description": "An event-driven story.", "tags": ["Messaging"]},
    {"title": "An article on queues", "type": "article", "language": "en", "tags": ["queues"]},
    {"title": "Old talk", "occurred_on": "2023", "country": "NG", "participants": BOTH},
]


@pytest.mark.parametrize("signed_in", ["nobody", "outsider", "ambassador", "staff"])
async def test_filters(world: World, signed_in: str) -> None:
    """The same for everybody: each reads by statements of their own."""
    demo = await senders(world)
    ids = [await made(demo, **{"url": f"https://example.org/{n}"} | more)
           for n, more in enumerate(FILTERED)]  # fmt: skip
    who = {
        "nobody": None,
        "outsider": await world.token(None),
        "ambassador": await demo.ambassador("bruno"),
        "staff": demo.owner,
    }[signed_in]
    expected: list[tuple[Mapping[str, str], set[int]]] = [
        ({}, {0, 1, 2, 3}),
        ({"type": "article"}, {2}),
        ({"type": "dancing"}, set()),
        ({"area": "events"}, {0, 1, 3}),
        ({"area": "content"}, {2}),
        ({"area": "code"}, set()),
        ({"area": "content", "type": "talk"}, set()),
        ({"language": "PT-br"}, {0}),
        ({"language": "pt"}, set()),
        ({"country": "BR"}, {0}),
        ({"tag": "MESSAGING"}, {1}),
        ({"tag": "mess"}, set()),
        ({"from": "2025-11-01"}, {0, 1, 2}),
        ({"from": "2025-11-02"}, set()),
        ({"until": "2023-01-01"}, {3}),
        ({"ambassador": "Bruno"}, {3}),
        ({"ambassador": "amara", "country": "NG"}, {3}),
        ({"ambassador": "nobody"}, set()),
        ({"source": "bot"}, set()),
        ({"q": "kafka"}, {0}),
        ({"q": "mqt"}, {0}),
        ({"q": "ÉLAN sch"}, {1}),
        ({"q": "driven"}, {1}),
        ({"q": "event-driven"}, {1}),
        ({"q": "kafka schemas"}, set()),
        ({"q": "an"}, {1, 2}),
        ({"q": "an", "type": "article"}, {2}),
        ({"q": "an", "tag": "queues"}, {2}),
        ({"q": "an", "ambassador": "amara"}, {1, 2}),
        ({"q": "ka' | 'old"}, set()),
        ({"q": "!kafka"}, {0}),
    ]
    for query, wanted in expected:
        found = {ids.index(one) for one in await listed(demo, who=who, **query)}
        assert found == wanted, query
        counted = (await demo.get("/contributions/counts", who=who, **query)).json()
        assert counted["total"] == len(wanted), query
        if "ambassador" not in query:
            answer = await demo.get("/ambassadors/amara/contributions", who=who, **query)
            assert {ids.index(one["id"]) for one in answer.json()["items"]} == wanted, query


async def test_what_a_tool_sent_is_found_by_its_source(world: World) -> None:
    demo = await senders(world, trust="trusted")
    await made(demo)
    (sent, _) = await demo.bulk([line("k1", title="From the bot")])
    assert await listed(demo, source="bot") == [sent["id"]]
    assert (await demo.get("/contributions/counts", source="bot")).json()["total"] == 1


@pytest.mark.parametrize("q", ["...", "' & '", "😀", "%20", "a b c d e f g h i j k"])
async def test_a_search_needs_words_and_not_too_many(world: World, q: str) -> None:
    demo = await senders(world)
    for path in ("/contributions", "/contributions/counts", "/ambassadors/amara/contributions"):
        refused = await demo.get(path, q=q)
        if q == "%20":
            assert refused.status_code == 200
            continue
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["parameter"] == "q"


HOSTILE = [
    "%00",
    "%ED%A0%80",
    "%F4%90%80%80",
    "a" * 101,
    "%C0%80",
    "\\",
    "'",
    "a%27%3A*%26",
    "x" * 9000,
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_parameter_breaks_anything(world: World, value: str) -> None:
    demo = await senders(world)
    await made(demo)
    names = ("q", "tag", "type", "area", "language", "country", "ambassador", "source", "status")
    for name in (*names, "from", "until", "cursor", "limit"):
        for path in ("", "/counts"):
            url = f"{demo.base}/contributions{path}?{name}={value}"
            assert (await world.client.get(url)).status_code in {200, 400}
    answer = await world.client.get(f"{demo.base}/contributions/{value}")
    assert answer.status_code in {400, 404}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_the_ends_of_time_are_days(world: World, day: str) -> None:
    demo = await senders(world)
    for name in ("from", "until"):
        answer = await demo.get("/contributions", **{name: day})
        assert answer.status_code == 200


async def pages(world: World, url: str, headers: Mapping[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    following: str | None = url
    while following:
        answer: httpx.Response = await world.client.get(following, headers=headers)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        following = answer.links.get("next", {}).get("url")
    return found


@pytest.mark.parametrize("who", ["nobody", "ambassador", "staff"])
async def test_newest_first_page_by_page(world: World, who: str) -> None:
    demo = await senders(world)
    dates = ["2024-05-01", "2025", "2025-01-01", "2025-06", "2023-12-31", "2025-06-01"]
    for number, on in enumerate(dates):
        one = await made(demo, occurred_on=on, title=f"Talk {number}")
        if number % 2 and who != "nobody":
            await turned(world, one, visibility="members")
    bearer = {"nobody": None, "ambassador": await demo.ambassador("bruno"), "staff": demo.owner}[
        who
    ]
    headers = bearer.headers if bearer else {}
    wanted = ["Talk 5", "Talk 3", "Talk 2", "Talk 1", "Talk 0", "Talk 4"]
    for path in ("/contributions?limit=2", "/ambassadors/amara/contributions?limit=1"):
        found = await pages(world, demo.base + path, headers)
        assert [one["title"] for one in found] == wanted


async def test_a_page_ends_where_it_has_looked_at_enough(world: World) -> None:
    """However much there is that the directory does not list, a page costs the same."""
    demo = await senders(world)
    old = await made(demo, occurred_on="2020-01-01")
    hidden = await made(demo, participants=[{"ambassador": "bruno"}])
    await world.rows(
        """with more as (
               insert into contributions
               select (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid()))).*
                 from contributions c, generate_series(1, 2500) where c.id = $1
               returning program_id, id, occurred_on)
           insert into contribution_participants
                  (program_id, contribution_id, position, person_id, occurred_on)
           select program_id, id, 0, $2, occurred_on from more""",
        *(UUID(hidden), demo.people["bruno"]),
    )
    await status(demo, "bruno", "removed")
    first = await demo.get("/contributions")
    assert first.json()["items"] == []
    assert first.json()["next"] is not None
    found = await pages(world, demo.base + "/contributions", {})
    assert [one["id"] for one in found] == [old]
    staff = await demo.get("/contributions", who=demo.owner)
    assert len(staff.json()["items"]) == 20


async def test_counts_by_type_and_by_month(world: World) -> None:
    demo = await senders(world)
    for number, (on, kind) in enumerate(
        [
            ("2025-11-07", "talk"),
            ("2025-11", "talk"),
            ("2025", "talk"),
            ("2024-02-29", "article"),
            ("2025-01-01", "article"),
        ]
    ):
        await made(demo, occurred_on=on, type=kind, title=f"Number {number}", participants=BOTH)
    hidden = await made(demo, title="It waits")
    await turned(world, hidden, status="pending")
    expected = {
        "total": 5,
        "by_type": [{"type": "talk", "count": 3}, {"type": "article", "count": 2}],
        "by_month": [
            {"month": "2025-11", "count": 2},
            {"month": "2025-01", "count": 1},
            {"month": "2025", "count": 1},
            {"month": "2024-02", "count": 1},
        ],
    }
    for who in (None, await demo.ambassador("bruno"), demo.owner):
        answer = await demo.get("/contributions/counts", who=who)
        assert answer.json() == expected
    cached = await demo.get("/contributions/counts")
    assert cached.headers["cache-control"].startswith("public, max-age=60")
    of_none = await demo.get("/contributions/counts", ambassador="nobody")
    assert of_none.json() == {"total": 0, "by_type": [], "by_month": []}


async def test_an_old_handle_leads_to_the_list(world: World) -> None:
    demo = await senders(world)
    one = await made(demo)
    renamed = await world.client.patch(
        f"{demo.base}/ambassadors/amara", json={"handle": "amara-o"}, headers=demo.owner.headers
    )
    assert renamed.status_code == 200
    moved = await demo.get("/ambassadors/amara/contributions")
    assert moved.status_code == 308
    assert moved.headers["location"] == f"{demo.base}/ambassadors/amara-o/contributions"
    assert await listed(demo, ambassador="amara") == [one]


async def test_the_public_answers_are_kept_until_something_changes_them(world: World) -> None:
    demo = await senders(world)
    one = await made(demo)
    paths = ["/contributions", f"/contributions/{one}", "/contributions/counts"]

    async def tags() -> list[str | None]:
        return [(await demo.get(path)).headers.get("etag") for path in paths]

    before = await tags()
    known = {"If-None-Match": str(before[0])}
    again = await world.client.get(demo.base + "/contributions", headers=known)
    assert again.status_code == 304
    rename = {"handle": "amara-o"}
    await world.client.patch(
        f"{demo.base}/ambassadors/amara", json=rename, headers=demo.owner.headers
    )
    renamed = await tags()
    assert [old == new for old, new in zip(before, renamed, strict=True)] == [False, False, True]
    await status(demo, "amara-o", "suspended")
    hidden = await tags()
    assert [old == new for old, new in zip(renamed, hidden, strict=True)] == [False, False, False]
    assert (await demo.get(paths[1])).status_code == 404


async def test_what_is_not_there_is_404(world: World) -> None:
    demo = await senders(world)
    for path in (f"/contributions/{uuid7()}", "/ambassadors/nobody/contributions"):
        assert (await demo.get(path)).status_code == 404
    assert (await world.client.get("/v1/programs/none/contributions/counts")).status_code == 404
