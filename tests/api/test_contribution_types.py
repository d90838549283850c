"""The catalogue of contribution types over HTTP, and points that stay inside the program."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from domain.rules.access import Permission, Role
from tests.world import POLICY, World

TALK: dict[str, Any] = {
    "name": "Talk",
    "area": "events",
    "description": "A talk at an event.",
    "aliases": ["presentation"],
    "required": ["url"],
    "roles": ["speaker"],
    "metrics": {"attendees": {"name": "Attendees"}},
    "fields": {"minutes": {"name": "Minutes", "kind": "integer", "minimum": 1, "required": True}},
    "acceptance": "by_review",
    "announceable": True,
    "points": 873,
    "caps": [{"at_most": 4, "within": "P1Y"}],
    "counting": "split",
}
DOCUMENT: dict[str, Any] = POLICY | {
    "contribution_types": POLICY["contribution_types"] | {"talk": TALK},
    "review": {"decline_reasons": {"spam": {"name": "Spam"}}},
    "audiences": {"students": {"name": "Students"}},
}
INTERNAL = DOCUMENT | {"scoring": {"internal": True}}
BODY = {
    "type": "talk",
    "title": "Consumers that forgive",
    "occurred_on": "2026-02",
    "url": "https://example.org/talk",
    "role": "speaker",
    "audience": ["students"],
    "metrics": {"attendees": 40},
    "fields": {"minutes": 30},
    "participants": [{"ambassador": "amara-okafor"}],
}


def types_of(slug: str) -> str:
    return f"/v1/programs/{slug}/contribution-types"


def policy_of(slug: str) -> str:
    return f"/v1/programs/{slug}/policy"


async def put(world: World, slug: str, document: dict[str, Any]) -> int:
    owner = await world.token()
    body = {"document": document, "reason": "A test."}
    answer = await world.client.put(policy_of(slug), json=body, headers=owner.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["version"]


async def test_everybody_reads_what_a_contribution_of_each_type_is(world: World) -> None:
    await world.program(policy=DOCUMENT)
    answer = await world.client.get(types_of("demo"))
    assert answer.headers["cache-control"].startswith("public")
    told = answer.json()
    assert (told["program"], told["policy_version"]) == ("demo", 1)
    assert told["decline_reasons"] == [{"code": "spam", "name": "Spam", "description": None}]
    assert told["audiences"] == [{"code": "students", "name": "Students"}]
    assert [item["code"] for item in told["items"]] == ["article", "talk"]
    article, talk = told["items"]
    schema = talk.pop("schema")
    assert talk == {
        "code": "talk",
        "name": "Talk",
        "area": "events",
        "description": "A talk at an event.",
        "aliases": ["presentation"],
        "required": ["url"],
        "roles": ["speaker"],
        "metrics": [{"code": "attendees", "name": "Attendees", "description": None}],
        "acceptance": "by_review",
        "announceable": True,
        "points": 873,
        "caps": [{"at_most": 4, "within": "P1Y"}],
        "counting": "split",
    }
    assert (article["points"], article["caps"], article["acceptance"]) == (
        None,
        [],
        "from_trusted_source",
    )
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(BODY)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "article"},
        {"title": "ab"},
        {"url": None},
        {"role": "guest"},
        {"audience": ["sailors"]},
        {"metrics": {"likes": 1}},
        {"metrics": {"attendees": -1}},
        {"fields": {}},
        {"fields": {"minutes": 0}},
        {"fields": {"minutes": 1, "hours": 1}},
        {"event_format": "in_person"},
        {"participants": []},
        {"participants": [{"ambassador": "amara-okafor", "role": "guest"}]},
        {"points": 5},
    ],
)
async def test_the_schema_of_a_type_refuses_what_does_not_fit(
    world: World, changes: dict[str, Any]
) -> None:
    await world.program(policy=DOCUMENT)
    told = (await world.client.get(types_of("demo"))).json()
    schema = next(item["schema"] for item in told["items"] if item["code"] == "talk")
    assert not Draft202012Validator(schema).is_valid(BODY | changes)


async def test_there_is_none_of_a_program_that_is_not_there(world: World) -> None:
    assert (await world.client.get(types_of("nowhere"))).status_code == 404


async def test_a_new_policy_is_seen_at_once_and_has_another_etag(world: World) -> None:
    await world.program(policy=DOCUMENT)
    first = await world.client.get(types_of("demo"))
    etag = first.headers["etag"]
    same = await world.client.get(types_of("demo"), headers={"If-None-Match": etag})
    assert same.status_code == 304
    await put(world, "demo", POLICY)
    second = await world.client.get(types_of("demo"), headers={"If-None-Match": etag})
    assert (second.status_code, second.json()["policy_version"]) == (200, 2)


async def tells_points(world: World, path: str, headers: dict[str, str] | None = None) -> bool:
    answer = await world.client.get(path, headers=headers)
    assert answer.status_code == 200
    return "873" in answer.text


async def test_internal_points_are_in_no_public_answer(world: World) -> None:
    await world.program(policy=INTERNAL)
    paths = [types_of("demo"), policy_of("demo"), policy_of("demo") + "/versions/1"]
    for path in paths:
        assert not await tells_points(world, path), path
    told = (await world.client.get(policy_of("demo"))).json()
    for part in ("document", "effective"):
        talk = told[part]["contribution_types"]["talk"]
        assert talk == {name: value for name, value in TALK.items() if name != "points"}
    told = (await world.client.get(types_of("demo"))).json()
    talk = next(item for item in told["items"] if item["code"] == "talk")
    assert (talk["points"], talk["caps"]) == (None, [{"at_most": 4, "within": "P1Y"}])


async def test_internal_points_are_shown_to_the_programs_own_staff(world: World) -> None:
    await world.program(policy=INTERNAL)
    await world.program("other")
    paths = [types_of("demo"), policy_of("demo"), policy_of("demo") + "/versions/1"]
    staff = [
        await world.token(Role.READER, "demo"),
        await world.token(Role.MANAGER, "demo", permissions=[Permission.CONTRIBUTION_READ]),
        # Whoever reads a policy to change it would lose what is not shown.
        await world.token(Role.MANAGER, "demo", permissions=[Permission.POLICY_MANAGE]),
    ]
    others = [
        await world.token(Role.AMBASSADOR, "demo"),
        await world.token(Role.MANAGER, "other"),
        await world.token(Role.MANAGER, "demo", permissions=[Permission.AMBASSADOR_READ]),
    ]
    for path in paths:
        for token in staff:
            assert await tells_points(world, path, token.headers), path
        for token in others:
            assert not await tells_points(world, path, token.headers), path


async def test_what_becomes_internal_is_so_in_every_version_and_difference(world: World) -> None:
    await world.program(policy=DOCUMENT)
    assert await tells_points(world, policy_of("demo") + "/versions/1")
    await put(world, "demo", POLICY)
    await put(world, "demo", INTERNAL)
    await put(world, "demo", INTERNAL | {"contribution_types": {"talk": TALK | {"points": 1}}})
    reader = await world.token(Role.READER, "demo")
    for version in (1, 3, 4):
        path = policy_of("demo") + f"/versions/{version}"
        assert not await tells_points(world, path), path
        assert await tells_points(world, path, reader.headers) == (version != 4), path
    for old, new in ((1, 2), (2, 3), (1, 3), (3, 4), (4, 3), (1, 4)):
        path = policy_of("demo") + f"/diff?old={old}&new={new}"
        assert not await tells_points(world, path), path
        told = (await world.client.get(path)).text
        assert '"points"' not in told
        assert "/points" not in told
        assert await tells_points(world, path, reader.headers) == ((old, new) != (1, 3)), path


async def test_what_was_internal_stays_so_when_later_points_are_public(world: World) -> None:
    await world.program(policy=INTERNAL)
    public = DOCUMENT | {"contribution_types": {"talk": TALK | {"points": 5}}}
    await put(world, "demo", public)
    assert not await tells_points(world, policy_of("demo") + "/versions/1")
    assert not await tells_points(world, policy_of("demo") + "/diff?old=1&new=2")
    told = (await world.client.get(policy_of("demo"))).json()
    assert told["effective"]["contribution_types"]["talk"]["points"] == 5


async def test_a_child_keeps_what_its_parent_keeps(world: World) -> None:
    await world.program("main", policy=DOCUMENT)
    await world.program("students", parent="main", policy={"texts": {"name": "Students"}})
    paths = [types_of("students"), policy_of("students"), policy_of("students") + "/versions/1"]
    for path in paths:
        assert await tells_points(world, path), path
    await put(world, "main", INTERNAL)
    reader = await world.token(Role.READER, "students")
    for path in paths:
        assert not await tells_points(world, path), path
        assert await tells_points(world, path, reader.headers), path
    # Staff of the parent are not staff of the child.
    above = await world.token(Role.READER, "main")
    assert not await tells_points(world, types_of("students"), above.headers)

    own = {"texts": {"name": "Students"}, "contribution_types": {"talk": {"points": 8731}}}
    await put(world, "students", own)
    assert not await tells_points(world, policy_of("students"))
    told = (await world.client.get(policy_of("students"))).json()
    assert told["document"]["contribution_types"] == {"talk": {}}


async def test_a_child_cannot_publish_what_its_parent_keeps(world: World) -> None:
    await world.program("main", policy=INTERNAL)
    await world.program("students", parent="main", policy={"texts": {"name": "Students"}})
    owner = await world.token()
    own = {"texts": {"name": "Students"}, "scoring": {"internal": False}}
    body = {"document": own, "reason": "A test."}
    refused = await world.client.put(policy_of("students"), json=body, headers=owner.headers)
    assert refused.status_code == 400
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [
        ("/scoring/internal", "internal")
    ]
    new = {"slug": "open", "parent": "main", "policy": own}
    refused = await world.client.post("/v1/programs", json=new, headers=owner.headers)
    assert refused.status_code == 400


async def test_a_parent_cannot_hide_what_a_child_says_is_public(world: World) -> None:
    await world.program("main", policy=DOCUMENT)
    own = {"texts": {"name": "Students"}, "scoring": {"internal": False}}
    await world.program("students", parent="main", policy=own)
    owner = await world.token()
    body = {"document": INTERNAL, "reason": "A test."}
    refused = await world.client.put(policy_of("main"), json=body, headers=owner.headers)
    assert (refused.status_code, "students" in refused.json()["detail"]) == (409, True)
    assert json.loads((await world.client.get(policy_of("main"))).content)["version"] == 1
