"""Comments over HTTP: for the committee, by each its own, and never for the applicant."""

from __future__ import annotations

from typing import Any

import httpx

from domain.rules.access import Role
from tests.people import person
from tests.voting import Committee, code, committee, member
from tests.world import Bearer, World


async def say(
    them: Committee, who: Bearer, text: str = "A strong talk.", **headers: str
) -> httpx.Response:
    return await them.send("POST", "/comments", who, {"text": text}, **headers)


async def told(them: Committee, who: Bearer) -> list[str]:
    return [one["text"] for one in (await them.get("/comments", who))["items"]]


async def test_the_committee_talks(world: World) -> None:
    them = await committee(world, 2)
    one, two = them.members
    made = await say(them, one)
    assert made.status_code == 201, made.text
    body: dict[str, Any] = made.json()
    assert made.headers["location"] == f"{them.one}/comments/{body['id']}"
    assert body | {"id": ""} == {
        "id": "",
        "application_id": them.application,
        "account_id": str(one.account_id),
        "name": "Test account",
        "text": "A strong talk.",
        "version": 1,
        "created_at": "2026-03-03T12:00:00Z",
        "updated_at": "2026-03-03T12:00:00Z",
    }
    assert (await say(them, two, "I agree.")).status_code == 201
    assert (await say(them, them.manager, "Thank you.")).status_code == 201
    assert await told(them, two) == ["A strong talk.", "I agree.", "Thank you."]
    assert await them.get(f"/comments/{body['id']}", two) == body
    first = await them.get("/comments?limit=2")
    rest = await them.get(f"/comments?limit=2&cursor={first['next']}")
    assert [one["text"] for one in rest["items"]] == ["Thank you."]


async def test_sent_twice_with_one_key_it_is_there_once(world: World) -> None:
    them = await committee(world, 1)
    (one,) = them.members
    key = {"Idempotency-Key": "the-same-comment"}
    answers = [await say(them, one, **key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert await told(them, one) == ["A strong talk."]


async def test_each_changes_their_own(world: World) -> None:
    them = await committee(world, 2)
    one, two = them.members
    made = await say(them, one)
    path = f"/comments/{made.json()['id']}"
    world.clock.pass_(minutes=5)
    body = {"text": "A very strong talk."}
    for other in (two, them.manager):
        assert code(await them.send("PATCH", path, other, body)) == (403, "forbidden")
        assert code(await them.send("DELETE", path, other)) == (403, "forbidden")
    stale = {"If-Match": '"9.0"'}
    assert code(await them.send("PATCH", path, one, body, **stale)) == (412, "version_mismatch")
    changed = await them.send("PATCH", path, one, body)
    assert (changed.json()["text"], changed.json()["version"]) == ("A very strong talk.", 2)
    again = await them.send("PATCH", path, one, body)
    assert again.json() == changed.json()
    assert code(await them.send("DELETE", path, one, **stale)) == (412, "version_mismatch")
    assert (await them.send("DELETE", path, one)).status_code == 204
    for method in ("GET", "DELETE"):
        assert code(await them.send(method, path, one)) == (404, "not_found")
    assert await them.logged("comment.") == [
        "comment.created",
        "comment.updated",
        "comment.deleted",
    ]
    rows = await world.rows("select before, after from audit_values")
    assert "talk" not in str([tuple(row) for row in rows])


async def test_no_applicant_reads_them(world: World) -> None:
    them = await committee(world, 1, apply=False)
    amara = await person(world, "Amara Okafor")
    applicant = await member(world, person_id=amara)
    await them.apply(amara)
    made = (await say(them, them.members[0])).json()
    for method, path in (
        ("GET", "/comments"),
        ("GET", f"/comments/{made['id']}"),
        ("DELETE", f"/comments/{made['id']}"),
    ):
        assert code(await them.send(method, path, applicant)) == (404, "not_found")
    assert code(await say(them, applicant)) == (404, "not_found")
    # A reader reads.
    reader = await world.token(Role.READER, "demo")
    assert await told(them, reader) == ["A strong talk."]
    assert code(await say(them, reader)) == (403, "forbidden")


async def test_a_comment_belongs_to_its_application(world: World) -> None:
    them = await committee(world, 1)
    (one,) = them.members
    made = (await say(them, one)).json()
    await them.apply()
    path = f"/comments/{made['id']}"
    assert await told(them, one) == []
    for method, body in (("GET", None), ("PATCH", {"text": "Moved."}), ("DELETE", None)):
        assert code(await them.send(method, path, one, body)) == (404, "not_found")


async def test_nothing_is_said_in_an_archived_program(world: World) -> None:
    them = await committee(world, 1)
    made = (await say(them, them.members[0])).json()
    owner = await world.token()
    await world.client.patch(them.base, json={"status": "archived"}, headers=owner.headers)
    path = f"/comments/{made['id']}"
    for answer in (
        await say(them, them.members[0]),
        await them.send("PATCH", path, them.members[0], {"text": "No."}),
        await them.send("DELETE", path, them.members[0]),
    ):
        assert code(answer) == (409, "program_archived")
