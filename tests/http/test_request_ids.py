"""Every answer names its request, and so does what the request did."""

from __future__ import annotations

import logging
import re

import pytest

from service.app import App
from tests.http.asgi import ask
from tests.world import POLICY, World

OURS = re.compile(r"[0-9a-f]{32}")


@pytest.mark.parametrize("given", ["a" * 8, "A1._-" * 12, "019a0000-0000-7000-8000-0000000000ff"])
async def test_a_well_formed_id_is_kept(world: World, given: str) -> None:
    for path in ("/v1/programs", "/v1/programs/nowhere", "/nothing"):
        answer = await world.client.get(path, headers={"X-Request-ID": given})
        assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize(
    "given",
    [b"", b"short", b"a" * 65, b"with space", b"caf\xe9cafe", b"a\nset-cookie:x", b"<script>"],
)
async def test_another_id_is_replaced(app: App, given: bytes) -> None:
    answer = await ask(app.front, "GET", b"/health/live", headers=[(b"x-request-id", given)])
    assert OURS.fullmatch(answer.header("x-request-id") or "")


async def test_two_ids_are_none(app: App) -> None:
    headers = [(b"x-request-id", b"aaaaaaaa"), (b"x-request-id", b"bbbbbbbb")]
    answer = await ask(app.front, "GET", b"/health/live", headers=headers)
    assert OURS.fullmatch(answer.header("x-request-id") or "")


async def test_every_answer_has_its_own(world: World) -> None:
    await world.program("demo")
    etag = (await world.client.get("/v1/programs/demo")).headers["etag"]
    answers = [
        await world.client.get("/v1/programs/demo"),
        await world.client.head("/v1/programs/demo"),
        await world.client.get("/v1/programs/demo", headers={"If-None-Match": etag}),
        await world.client.options("/v1/programs/demo"),
        await world.client.delete("/v1/programs/demo"),
        await world.client.get("/v1/programs/demo/"),
        await world.client.post("/v1/programs"),
        await world.client.options(
            "/v1/programs", headers={"Origin": "x", "Access-Control-Request-Method": "PUT"}
        ),
    ]
    assert [a.status_code for a in answers] == [200, 200, 304, 204, 405, 404, 401, 204]
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


async def test_the_audit_log_and_the_access_log_name_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "chancery.access")
    token = await world.token()
    body = {"slug": "demo", "policy": POLICY}
    headers = token.headers | {"X-Request-ID": "my-request-1"}
    await world.client.post("/v1/programs?", json=body, headers=headers)
    assert [row["request_id"] for row in await world.rows("select * from audit_entries")] == [
        "my-request-1"
    ]
    told = [r.__dict__ for r in caplog.records if r.name == "chancery.access"]
    assert (told[-1]["request_id"], told[-1]["status"]) == ("my-request-1", 201)
    assert token.secret not in caplog.text
