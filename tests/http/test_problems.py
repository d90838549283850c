"""Every failure is a problem document, and tells no more than it should."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import asyncpg
import httpx
import pytest
from litestar.exceptions import LitestarException

from api.http.problems import STATUSES, status_of
from domain import errors
from domain.rules.access import Role
from service.app import App
from tests.database import Databases
from tests.http.asgi import ask
from tests.http.conftest import blocked, until
from tests.world import POLICY, World

KEYS = {"type", "title", "status", "detail", "instance", "code", "errors", "request_id"}
DRAFT = {"slug": "other", "policy": POLICY}


def check(answer: httpx.Response, status: int, code: str) -> None:
    problem = answer.json()
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert problem.keys() == KEYS
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"urn:chancery:problem:{code}"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["instance"] == f"urn:chancery:request:{problem['request_id']}"


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/v1/programs?nope=1", {}, 400, "invalid"),
        ("POST", "/v1/programs", {"json": {}}, 400, "invalid"),
        ("GET", "/v1/programs/nowhere", {}, 404, "not_found"),
        ("GET", "/nothing/here", {}, 404, "not_found"),
        ("GET", "/", {}, 404, "not_found"),
        ("DELETE", "/v1/programs", {}, 405, "method_not_allowed"),
        ("GET", "/v1/programs", {"headers": {"Accept": "text/csv"}}, 406, "not_acceptable"),
        ("POST", "/v1/programs", {"json": DRAFT | {"slug": "demo"}}, 409, "already_exists"),
        (
            "PATCH",
            "/v1/programs/demo",
            {"json": {}, "headers": {"If-Match": '"9.x"'}},
            412,
            "version_mismatch",
        ),
        (
            "POST",
            "/v1/programs",
            {"content": b"x" * 11_000_000, "headers": {"Content-Type": "application/json"}},
            413,
            "content_too_large",
        ),
        ("POST", "/v1/programs", {"content": b"{}"}, 415, "unsupported_media_type"),
    ],
)
async def test_a_failure_is_a_problem_document(
    world: World, method: str, path: str, options: dict[str, dict[str, str]], status: int, code: str
) -> None:
    await world.program("demo")
    token = await world.token()
    headers = token.headers | options.get("headers", {})
    answer = await world.client.request(method, path, **(options | {"headers": headers}))
    check(answer, status, code)


async def test_who_may_not_is_told_how_to(world: World) -> None:
    await world.program("demo")
    anonymous = await world.client.post("/v1/programs", json=DRAFT)
    check(anonymous, 401, "unauthenticated")
    assert anonymous.headers["www-authenticate"] == 'Bearer realm="chancery"'
    bad = {"Authorization": "Bearer wrong"}
    for path in ("/v1/programs", "/v1/programs/demo"):  # public reads too: a bad token is a mistake
        refused = await world.client.get(path, headers=bad)
        check(refused, 401, "unauthenticated")
        assert refused.headers["www-authenticate"].endswith('error="invalid_token"')
    reader = await world.token(Role.READER, "demo")
    denied = await world.client.patch("/v1/programs/demo", json={}, headers=reader.headers)
    check(denied, 403, "forbidden")


async def test_a_title_is_the_codes_and_not_the_occurrences(world: World) -> None:
    first = (await world.client.get("/v1/programs/nowhere")).json()
    second = (await world.client.get("/v1/programs/somewhere")).json()
    assert first["title"] == second["title"]
    assert first["detail"] != second["detail"]


async def test_a_defect_tells_nothing_but_the_request_id(
    world: World,
    unchecked: httpx.AsyncClient,
    owner: asyncpg.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    token = await world.token()
    await owner.execute("alter table programs rename to hidden_elsewhere")
    for method, path in (("GET", "/v1/programs"), ("POST", "/v1/programs")):
        answer = await unchecked.request(method, path, json=DRAFT, headers=token.headers)
        check(answer, 500, "internal_error")
        for word in ("programs", "relation", "select", "asyncpg", token.secret):
            assert word not in answer.text.lower()
        told = [r for r in caplog.records if r.levelno >= logging.ERROR]
        assert told[-1].__dict__["request_id"] == answer.headers["x-request-id"]
        assert told[-1].exc_info


async def test_a_database_that_is_gone_is_503_until_it_is_back(
    world: World, app: App, databases: Databases, clone: str
) -> None:
    await world.program("demo")
    token = await world.token()
    await until(lambda: app.database.listening)
    databases.execute(f"alter database {clone} with allow_connections false")
    databases.execute(
        f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{clone}'"
    )
    try:
        await until(lambda: not app.database.listening)
        for headers in ({}, token.headers):
            answer = await world.client.get("/v1/programs/demo", headers=headers)
            check(answer, 503, "unavailable")
            assert int(answer.headers["retry-after"]) > 0
        check(await world.client.get("/health/ready"), 503, "unavailable")
        assert (await world.client.get("/health/live")).status_code == 200
    finally:
        databases.execute(f"alter database {clone} with allow_connections true")
    assert (await world.client.get("/v1/programs/demo")).status_code == 200


async def test_a_connection_lost_in_a_transaction_is_503(
    world: World, databases: Databases, clone: str, owner: asyncpg.Connection
) -> None:
    token = await world.token()
    async with owner.transaction():
        await owner.execute("lock table audit_entries in access exclusive mode")
        waiting = asyncio.create_task(
            world.client.post("/v1/programs", json=DRAFT, headers=token.headers)
        )
        await until(lambda: bool(blocked(databases, clone)))
        databases.execute(f"select pg_terminate_backend({blocked(databases, clone)[0]})")
        check(await waiting, 503, "unavailable")
    assert await world.rows("select * from programs") == []


async def test_a_pool_without_a_free_connection_is_503_in_time(world: World, app: App) -> None:
    app.database.patience = 0.1
    held = [await app.database.pool.acquire() for _ in range(5)]
    try:
        check(await world.client.get("/v1/programs"), 503, "unavailable")
    finally:
        for raw in held:
            await app.database.pool.release(raw)
    assert (await world.client.get("/v1/programs")).status_code == 200


async def test_a_caller_who_hangs_up_is_no_defect(
    app: App, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    token = await world.token()
    headers = [
        (b"content-type", b"application/json"),
        (b"authorization", token.headers["Authorization"].encode()),
    ]
    answer = await ask(
        app.front, "POST", b"/v1/programs", headers=headers, chunks=[b'{"slug":'], ends=False
    )
    assert (answer.status, answer.json()["code"]) == (400, "incomplete")
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
    assert await world.rows("select * from programs") == []


async def test_an_answer_that_fails_under_way_is_cut_off(app: App) -> None:
    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            raise OSError("the caller is gone")

    scope: Any = {
        "type": "http",
        "method": "GET",
        "path": "/health/live",
        "raw_path": b"/health/live",
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": None,
    }
    receive: Any = None
    with pytest.raises(LitestarException, match="after response started"):
        await app.front(scope, receive, send)


async def test_a_websocket_is_refused(app: App) -> None:
    sent: list[dict[str, object]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {"type": "websocket", "path": "/v1/programs", "headers": [], "query_string": b""}
    receive: Any = None
    await app.front(scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_every_domain_error_has_a_status() -> None:
    def below(kind: type[errors.DomainError]) -> list[type[errors.DomainError]]:
        return [kind, *(one for child in kind.__subclasses__() for one in below(child))]

    known = below(errors.DomainError)[1:]
    assert len(known) > len(STATUSES)
    assert {status_of(kind) for kind in known} <= {400, 401, 403, 404, 409, 412, 422, 503}
