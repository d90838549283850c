"""Compression for those who ask, and media types for those who take them."""

from __future__ import annotations

import gzip

import pytest

from api.http.negotiation import accepts, wants_gzip
from service.app import App
from tests.http.asgi import ask
from tests.http.conftest import until
from tests.world import World


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("gzip ; q=0.001", True),
        ("*;q=0", False),
        ("*, gzip;q=0", False),
        ("identity, *;q=0", False),
        ("gzip;q=x", False),
        ("gzip;q=nan", False),
        ("br", False),
        (";;,,", False),
    ],
)
def test_gzip_is_sent_when_asked_for(header: str | None, wanted: bool) -> None:
    assert wants_gzip(header) is wanted


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (None, True),
        ("", True),
        ("*/*", True),
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/*", True),
        ("text/html, */*;q=0.1", True),
        ("text/html", False),
        ("application/json;q=0, */*", False),
        ("application/*;q=0, application/json", True),
        ("*/*;q=0", False),
        ("application/problem+json", False),
        ("json", False),
    ],
)
def test_the_most_specific_range_decides(header: str | None, taken: bool) -> None:
    assert accepts(header, "application/json") is taken


async def test_an_answer_is_compressed_for_who_asks(world: World, app: App) -> None:
    await world.program("demo")
    await until(lambda: app.database.listening)
    path = b"/v1/programs/demo/policy"
    for _ in range(2):  # from the database, then from the snapshot
        plain = await ask(app.front, "GET", path)
        small = await ask(app.front, "GET", path, headers=[(b"accept-encoding", b"gzip")])
        head = await ask(app.front, "HEAD", path, headers=[(b"accept-encoding", b"gzip")])
        assert plain.header("content-encoding") is None
        assert small.header("content-encoding") == head.header("content-encoding") == "gzip"
        assert gzip.decompress(small.body) == plain.body
        assert small.header("content-length") == head.header("content-length")
        assert int(small.header("content-length") or 0) == len(small.body) < len(plain.body)
        assert small.header("etag") == head.header("etag") != plain.header("etag")
        for answer in (plain, small, head):
            assert "Accept-Encoding" in (answer.header("vary") or "")
            assert answer.header("cache-control") == (
                "public, max-age=60, stale-while-revalidate=600"
            )
        crossed = [(b"accept-encoding", b"gzip"), (b"if-none-match", plain.header("etag").encode())]
        assert (await ask(app.front, "GET", path, headers=crossed)).status == 200


async def test_what_is_small_is_sent_as_it_is(app: App) -> None:
    answer = await ask(app.front, "GET", b"/health/live", headers=[(b"accept-encoding", b"gzip")])
    assert answer.header("content-encoding") is None


async def test_an_answer_with_a_token_is_private(world: World) -> None:
    await world.program("demo")
    token = await world.token()
    answer = await world.client.get("/v1/programs/demo", headers=token.headers)
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in answer.headers["vary"]


async def test_who_takes_nothing_that_is_offered_is_406(world: World, app: App) -> None:
    await world.program("demo")
    await until(lambda: app.database.listening)
    for path, taken, refused in (
        ("/v1/programs/demo", "application/json", "application/schema+json"),
        ("/v1/policy-schema", "application/schema+json", "application/json"),
    ):
        for _ in range(2):  # the snapshot refuses what the database refused
            answer = await world.client.get(path, headers={"Accept": taken})
            assert answer.headers["content-type"] == taken
            assert (await world.client.get(path, headers={"Accept": refused})).status_code == 406
