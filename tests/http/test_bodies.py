"""What a body is read as, and how much of it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest

from service.app import App
from tests.http.asgi import Answer, ask
from tests.http.conftest import Serve
from tests.world import POLICY, World

DRAFT = msgspec.json.encode({"slug": "demo", "policy": POLICY})


async def post(
    world: World, app: App, *headers: tuple[bytes, bytes], chunks: Iterable[bytes] = (DRAFT,)
) -> Answer:
    token = (await world.token()).headers["Authorization"].encode()
    sent = [(b"authorization", token), *headers]
    return await ask(app.front, "POST", b"/v1/programs", headers=sent, chunks=chunks)


@pytest.mark.parametrize(
    "value",
    [
        b"application/json",
        b"Application/JSON",
        b"application/json; charset=utf-8",
        b'application/json;charset="UTF-8"',
        b"application/json; charset=utf8; x=y",
    ],
)
async def test_json_in_utf8_is_read(world: World, app: App, value: bytes) -> None:
    assert (await post(world, app, (b"content-type", value))).status == 201


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"content-type", b"")],
        [(b"content-type", b"text/plain")],
        [(b"content-type", b"application/x-www-form-urlencoded")],
        [(b"content-type", b"application/xml")],
        [(b"content-type", b"application/jsonx")],
        [(b"content-type", b"application/merge-patch+json")],
        [(b"content-type", b"application/json; charset=latin-1")],
        [(b"content-type", b"application/json; charset=utf-16")],
        [(b"content-type", b"application/json"), (b"content-type", b"text/plain")],
        [(b"content-type", b"application/json"), (b"content-encoding", b"gzip")],
        [(b"content-type", b"application/json"), (b"content-encoding", b"br")],
    ],
)
async def test_another_media_type_is_415(
    world: World, app: App, headers: list[tuple[bytes, bytes]]
) -> None:
    answer = await post(world, app, *headers)
    assert answer.status == 415
    assert answer.header("accept-post") == "application/json"
    assert await world.rows("select * from programs") == []


async def test_a_patch_is_a_merge_patch(world: World) -> None:
    await world.program("demo")
    token = await world.token()
    for kind, status in (
        ("application/merge-patch+json", 200),
        ("application/json", 200),
        ("application/json-patch+json", 415),
    ):
        answer = await world.client.patch(
            "/v1/programs/demo", content=b"{}", headers=token.headers | {"Content-Type": kind}
        )
        assert answer.status_code == status
    assert answer.headers["accept-patch"] == "application/merge-patch+json, application/json"


JSON = (b"content-type", b"application/json")


async def test_a_body_comes_in_any_pieces(world: World, app: App) -> None:
    pieces = [bytes([byte]) for byte in DRAFT]
    assert (await post(world, app, JSON, chunks=[b"", *pieces, b""])).status == 201


async def test_a_body_is_read_to_its_limit(world: World, serve: Serve) -> None:
    app = (await serve(max_body_bytes="2048")).app
    fits = DRAFT + b" " * (2048 - len(DRAFT))
    assert (await post(world, app, JSON, chunks=[fits])).status == 201
    endless = (b"x" * 1000 for _ in range(10_000))
    for headers, chunks in (
        ([], [fits, b" "]),
        ([], [fits + b" "]),
        ([(b"content-length", b"2049")], [b""]),
        ([(b"content-length", b"9" * 40)], [b""]),
        ([], endless),
    ):
        answer = await post(world, app, JSON, *headers, chunks=chunks)
        assert (answer.status, answer.json()["code"]) == (413, "content_too_large")


async def test_no_body_is_read_from_whoever_may_not(world: World, app: App) -> None:
    answer = await ask(app.front, "POST", b"/v1/programs", headers=[JSON], chunks=[b"{"])
    assert answer.status == 401


async def test_an_empty_body_is_told_so(world: World, app: App) -> None:
    answer = await post(world, app, JSON, chunks=[b""])
    assert answer.status == 400
    assert answer.json()["detail"] == "The body is empty."
