"""Sources over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from domain.rules.access import Permission, Role
from tests.world import Bearer, World

NOBODY = "019a0000-0000-7000-8000-00000000dead"
URL = "/v1/programs/demo/sources"
BODY: dict[str, Any] = {"slug": "meetup-bot", "name": "Meetup bot"}


async def create(world: World, by: Bearer, **body: Any) -> Any:
    return await world.client.post(URL, json=BODY | body, headers=by.headers)


@pytest.fixture
async def manager(world: World) -> Bearer:
    await world.program("demo")
    return await world.token(Role.MANAGER, "demo")


async def test_created_read_and_listed(world: World, manager: Bearer) -> None:
    bot = await world.token(Role.INTEGRATION, "demo")
    made = await create(world, manager, tokens=[str(bot.token_id)])
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{URL}/meetup-bot"
    told = {key: made.json()[key] for key in ("slug", "name", "trust", "tokens", "version")}
    expected = BODY | {"trust": "untrusted", "tokens": [str(bot.token_id)], "version": 1}
    assert told == expected
    for reader in (manager, bot, await world.token(Role.READER, "demo")):
        read = await world.client.get(made.headers["location"], headers=reader.headers)
        assert read.json() == made.json()
    missing = await world.client.get(f"{URL}/nothing", headers=manager.headers)
    assert missing.status_code == 404


async def test_listed_by_slug_in_pages(world: World, manager: Bearer) -> None:
    for slug in ("c", "a", "b"):
        assert (await create(world, manager, slug=slug, trust="trusted")).status_code == 201
    seen: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = await world.client.get(URL, params=query, headers=manager.headers)
        seen += [item["slug"] for item in page.json()["items"]]
        if page.json()["next"] is None:
            break
        query["cursor"] = page.json()["next"]
    assert seen == ["a", "b", "c"]


async def test_a_slug_is_taken_once_in_a_program(world: World, manager: Bearer) -> None:
    answers = await asyncio.gather(*(create(world, manager) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("already_exists", "/slug")
    await world.program("other")
    owner = await world.token()
    there = await world.client.post("/v1/programs/other/sources", json=BODY, headers=owner.headers)
    assert there.status_code == 201


async def test_the_same_key_creates_once(world: World, manager: Bearer) -> None:
    headers = manager.headers | {"Idempotency-Key": "once"}
    first = await world.client.post(URL, json=BODY, headers=headers)
    again = await world.client.post(URL, json=BODY, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(await world.rows("select from events where type = 'source.created'")) == 1


async def test_tokens_must_be_there_and_be_good(world: World, manager: Bearer) -> None:
    good = str((await world.token(Role.INTEGRATION, "demo")).token_id)
    revoked = str((await world.token(revoked_at=world.now)).token_id)
    expired = str((await world.token(expires_at=world.now)).token_id)
    refused = (await create(world, manager, tokens=[good, NOBODY, revoked])).json()
    assert refused["code"] == "invalid_reference"
    told = [(fault["code"], fault["pointer"]) for fault in refused["errors"]]
    assert told == [("invalid_reference", "/tokens/1"), ("token_ended", "/tokens/2")]
    for ended in (revoked, expired):
        answer = await create(world, manager, tokens=[good, ended])
        assert (answer.status_code, answer.json()["code"]) == (409, "token_ended")
        assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/tokens/1"]
    assert await world.rows("select from sources") == []
    many = await create(world, manager, tokens=[str(UUID(int=number)) for number in range(101)])
    assert many.status_code == 400
    twice = await create(world, manager, tokens=[good, good])
    assert twice.json()["tokens"] == [good]


async def test_a_patch_replaces_the_tokens_and_only_what_it_names(
    world: World, manager: Bearer
) -> None:
    first, second = [str((await world.token(None)).token_id) for _ in range(2)]
    made = await create(world, manager, tokens=[first])
    url, headers = made.headers["location"], manager.headers

    trusted = await world.client.patch(url, json={"trust": "trusted"}, headers=headers)
    assert trusted.json()["tokens"] == [first]
    assert (trusted.json()["trust"], trusted.json()["version"]) == ("trusted", 2)
    other = await world.client.patch(url, json={"tokens": [second]}, headers=headers)
    assert other.json()["tokens"] == [second]
    assert (other.json()["name"], other.json()["version"]) == ("Meetup bot", 3)
    same = await world.client.patch(
        url, json={"tokens": [second, second], "trust": "trusted"}, headers=headers
    )
    assert same.json() == other.json(), "nothing has changed"
    nobody = await world.client.patch(url, json={"tokens": []}, headers=headers)
    assert nobody.json()["tokens"] == []
    for body in ({"slug": "renamed"}, {"trust": "certain"}, {"name": ""}, {"name": None}):
        assert (await world.client.patch(url, json=body, headers=headers)).status_code == 400


async def test_a_listed_token_that_has_ended_may_stay_and_no_new_one(
    world: World, manager: Bearer
) -> None:
    old, new = await world.token(None), await world.token(None)
    url = (await create(world, manager, tokens=[str(old.token_id)])).headers["location"]
    await world.rows(
        "update tokens set revoked_at = $2 where id = any($1)",
        [old.token_id, new.token_id],
        world.now,
    )
    ids = [str(old.token_id), str(new.token_id)]
    refused = await world.client.patch(url, json={"tokens": ids}, headers=manager.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "token_ended")
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/tokens/1"]
    kept = await world.client.patch(
        url, json={"tokens": ids[:1], "name": "Bot"}, headers=manager.headers
    )
    assert (kept.status_code, kept.json()["tokens"]) == (200, ids[:1])


async def test_changes_ask_for_the_version_that_was_read(world: World, manager: Bearer) -> None:
    made = await create(world, manager)
    url, old = made.headers["location"], manager.headers | {"If-Match": made.headers["etag"]}
    raced = await asyncio.gather(
        *(world.client.patch(url, json={"name": name}, headers=old) for name in ("A", "B"))
    )
    assert sorted(answer.status_code for answer in raced) == [200, 412]
    assert (await world.client.delete(url, headers=old)).status_code == 412
    current = next(answer.headers["etag"] for answer in raced if answer.status_code == 200)
    gone = await world.client.delete(url, headers=manager.headers | {"If-Match": current})
    assert gone.status_code == 204
    assert (await world.client.delete(url, headers=manager.headers)).status_code == 404


async def test_what_contributions_came_from_stays(world: World, manager: Bearer) -> None:
    url = (await create(world, manager)).headers["location"]
    await world.rows(
        """insert into contributions (
               program_id, id, type, type_text, title, occurred_on, date_precision, evidence, tags,
               audience, metrics, fields, visibility, matched, source, status, version, created_at,
               updated_at)
           select program_id, gen_random_uuid(), 'talk', 'talk', 'A talk', '2026-01-01', 'day',
                  '{}', '{}', '{}', '[]', '{}', 'public', false, slug, 'pending', 1, $1, $1
             from sources""",
        world.now,
    )
    refused = await world.client.delete(url, headers=manager.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    assert (await world.client.get(url, headers=manager.headers)).status_code == 200


async def test_only_who_manages_the_program_changes_its_sources(
    world: World, manager: Bearer
) -> None:
    url = (await create(world, manager)).headers["location"]
    await world.program("other")
    elsewhere = await world.token(Role.MANAGER, "other")
    narrow = await world.token(account_id=manager.account_id, permissions=[Permission.SOURCE_READ])
    for who, reads in (
        (elsewhere, 403),
        (narrow, 200),
        (await world.token(Role.INTEGRATION, "demo"), 200),
        (await world.token(Role.REVIEWER, "demo"), 403),
        (await world.token(Role.AMBASSADOR, "demo"), 403),
    ):
        assert (await world.client.get(url, headers=who.headers)).status_code == reads
        assert (await create(world, who, slug="mine")).status_code == 403
        for answer in (
            await world.client.patch(url, json={"trust": "trusted"}, headers=who.headers),
            await world.client.delete(url, headers=who.headers),
        ):
            assert answer.status_code == 403
    under_theirs = url.replace("demo", "other")
    unseen = await world.client.get(under_theirs, headers=elsewhere.headers)
    assert unseen.status_code == 404
    stolen = await world.client.patch(
        under_theirs, json={"trust": "trusted"}, headers=elsewhere.headers
    )
    assert stolen.status_code == 404


async def test_nothing_changes_in_an_archived_program(world: World, manager: Bearer) -> None:
    url = (await create(world, manager)).headers["location"]
    await world.client.patch(
        "/v1/programs/demo", json={"status": "archived"}, headers=manager.headers
    )
    for answer in (
        await create(world, manager, slug="late"),
        await world.client.patch(url, json={"name": "Late"}, headers=manager.headers),
        await world.client.delete(url, headers=manager.headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "program_archived")
    assert (await world.client.get(url, headers=manager.headers)).status_code == 200


async def test_changes_are_recorded_and_announced(world: World, manager: Bearer) -> None:
    made = await create(world, manager)
    url, headers = made.headers["location"], manager.headers
    for body in ({"trust": "trusted"}, {"trust": "trusted"}):
        await world.client.patch(url, json=body, headers=headers)
    await world.client.delete(url, headers=headers)
    audit = await world.client.get(
        f"/v1/audit?program=demo&subject={made.json()['id']}", headers=headers
    )
    told = [(entry["action"], entry["fields"]) for entry in audit.json()["items"]][::-1]
    whole = ["id", "name", "program_id", "slug", "tokens", "trust"]
    assert told == [
        ("source.created", whole),
        ("source.updated", ["trust"]),
        ("source.deleted", whole),
    ]
    rows = await world.rows(
        "select type, data from events where subject_id = $1 order by xid, seq",
        UUID(made.json()["id"]),
    )
    assert [(row["type"], row["data"]) for row in rows] == [
        ("source.created", {"source": "meetup-bot", "trust": "untrusted"}),
        ("source.updated", {"source": "meetup-bot", "trust": "trusted"}),
        ("source.deleted", {"source": "meetup-bot", "trust": "trusted"}),
    ]


async def test_tokens_are_taken_away_while_they_post(world: World, manager: Bearer) -> None:
    bot = await world.token(Role.INTEGRATION, "demo")
    url = (await create(world, manager, tokens=[str(bot.token_id)])).headers["location"]

    async def post(key: int) -> int:
        body = {
            "type": "talk",
            "title": f"Talk {key}",
            "occurred_on": "2026-01-10",
            "participants": [{"identity": f"github:{900000000 + key}"}],
        }
        answer = await world.client.put(
            f"{url}/contributions/k{key}", json=body, headers=bot.headers
        )
        return answer.status_code

    assert await post(0) == 201
    posts = asyncio.gather(*(post(key) for key in range(1, 20)))
    taken = await world.client.patch(url, json={"tokens": []}, headers=manager.headers)
    assert taken.status_code == 200
    statuses = await posts
    assert set(statuses) <= {201, 403}
    recorded = await world.rows("select from contributions")
    assert len(recorded) == 1 + statuses.count(201)
    assert await post(20) == 403
