"""HEAD wherever GET, a true Allow everywhere, one spelling for each path."""

from __future__ import annotations

import re

import pytest

from api.routes import endpoints
from service.app import App
from tests.http.asgi import ask
from tests.world import World

PATHS = sorted({endpoint.path for endpoint in endpoints()})
ALL = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
CHANGING = frozenset({"/metrics", "/v1/events"})
"""What differs from one read to the next: the place in the events moves with every transaction."""


def allowed(path: str) -> set[str]:
    methods = {endpoint.method for endpoint in endpoints() if endpoint.path == path}
    return methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())


def filled(path: str) -> str:
    """The path with something in place of its parameters."""
    known = {"program": "demo", "version": "1"}
    return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], "x"), path)


async def test_allow_is_true_on_every_path(app: App) -> None:
    for path in PATHS:
        options = await ask(app.front, "OPTIONS", filled(path).encode())
        assert (options.status, options.body) == (204, b"")
        assert options.header("content-length") is None
        assert options.header("allow") == ", ".join(sorted(allowed(path))), path
        for method in [*sorted(ALL - allowed(path)), "QUERY", "TRACE", "CONNECT", "FOO", "get"]:
            answer = await ask(app.front, method, filled(path).encode())
            assert answer.status == 405, (method, path)
            assert answer.header("allow") == ", ".join(sorted(allowed(path))), (method, path)
            if method != "HEAD":
                assert answer.json()["code"] == "method_not_allowed"


async def test_head_is_get_without_the_body(world: World) -> None:
    await world.program("demo")
    token = await world.token()
    for path in PATHS:
        if "GET" not in allowed(path):
            continue
        for headers in ({"Accept-Encoding": "gzip"}, token.headers | {"Accept-Encoding": ""}):
            get = await world.client.get(filled(path), headers=headers)
            head = await world.client.head(filled(path), headers=headers)
            assert head.content == b""
            assert head.status_code == get.status_code, path
            unstable = {"x-request-id", "ratelimit"}
            if path in CHANGING or get.status_code >= 400:
                unstable |= {"content-length", "etag", "link"}
            for name in get.headers.keys() | head.headers.keys() - unstable:
                assert name in unstable or head.headers[name] == get.headers[name], (path, name)
            if get.is_success and path not in CHANGING and "content-encoding" not in get.headers:
                assert head.headers["content-length"] == str(len(get.content))


async def test_a_path_has_one_spelling(app: App, world: World) -> None:
    await world.program("demo")
    assert (await ask(app.front, "GET", b"/v1/programs/demo/policy")).status == 200
    for path in (
        b"/v1/programs/",
        b"/v1/programs/demo/",
        b"//v1/programs",
        b"/v1//programs",
        b"/v1/programs//demo",
        b"/v1/programs/demo%2Fpolicy",
        b"/v1/programs%2fdemo",
        b"/V1/programs",
        b"/v1/Programs",
        b"/v1/programs/demo/../demo",
        b"/v1/programs/demo%20",
        b"/v1/programs;x=1",
        b"/v1",
        b"",
    ):
        for method in ("GET", "HEAD", "PATCH", "OPTIONS"):
            answer = await ask(app.front, method, path)
            assert answer.status in (400, 401, 404) or (path, method) == (
                b"/v1/programs/demo%20",
                "OPTIONS",
            ), (method, path)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "FOO"])
async def test_a_long_url_is_only_wrong(app: App, method: str) -> None:
    for path, query in ((b"/v1/programs/" + b"a" * 60_000, b""), (b"/v1/programs", b"q=" * 30_000)):
        answer = await ask(app.front, method, path, query=query)
        assert answer.status in (400, 401, 405)
        assert len(answer.body) < 2000
