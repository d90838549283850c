"""Conditional requests: nothing is sent twice, and no change overwrites another unseen."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import Struct

from api.http.caching import entity_tag, not_modified, parse_match
from api.http.render import location
from domain.errors import VersionMismatch
from service.app import App
from tests.http.conftest import until
from tests.world import POLICY, World


async def test_a_reader_who_has_it_is_not_sent_it_again(world: World, app: App) -> None:
    await world.program("demo")
    token = await world.token()
    await until(lambda: app.database.listening)
    for url in ("/v1/programs/demo", "/v1/programs", "/v1/programs/demo/policy"):
        for headers in (
            {},
            {},
            token.headers,
        ):  # from the database, from the snapshot, with a token
            full = await world.client.get(url, headers=headers)
            etag = full.headers["etag"]
            assert not etag.startswith("W/")
            for condition in (etag, f"W/{etag}", f'"a", {etag} ,"b"', "*"):
                answer = await world.client.get(url, headers=headers | {"If-None-Match": condition})
                assert answer.status_code == 304
                assert answer.content == b""
                assert answer.headers["etag"] == etag
                assert answer.headers["cache-control"] == full.headers["cache-control"]
                assert answer.headers["vary"] == full.headers["vary"]
                assert "content-length" not in answer.headers
                assert "content-type" not in answer.headers
            for condition in ('"other"', etag.strip('"'), ""):
                answer = await world.client.get(url, headers=headers | {"If-None-Match": condition})
                assert answer.status_code == 200
                assert answer.content == full.content


async def test_another_representation_has_another_tag(world: World) -> None:
    await world.program("demo")
    token = await world.token()
    url = "/v1/programs/demo/policy"
    tags: set[str] = set()
    for zone in ("Europe/Lisbon", "Europe/Warsaw"):
        for encoding in ("identity", "gzip"):
            answer = await world.client.get(url, headers={"Accept-Encoding": encoding})
            tags.add(answer.headers["etag"])
        body = {"document": POLICY | {"time_zone": zone}, "reason": "We moved."}
        await world.client.put(url, json=body, headers=token.headers)
    assert len(tags) == 4


async def test_a_change_answers_with_the_tag_to_change_again_with(world: World) -> None:
    await world.program("demo")
    token = await world.token()
    url = "/v1/programs/demo"
    tag = (await world.client.get(url, headers={"Accept-Encoding": "gzip"})).headers["etag"]
    for status in ("archived", "active"):
        changed = await world.client.patch(
            url, json={"status": status}, headers=token.headers | {"If-Match": tag}
        )
        assert changed.status_code == 200
        tag = changed.headers["etag"]
    assert tag == (await world.client.get(url)).headers["etag"]


async def test_of_two_changes_of_one_version_one_is_refused(world: World) -> None:
    await world.program("demo")
    token = await world.token()
    url = "/v1/programs/demo"
    for status in ("archived", "active", "archived", "active"):
        tag = (await world.client.get(url)).headers["etag"]
        answers = await asyncio.gather(
            *(
                world.client.patch(
                    url, json={"status": status}, headers=token.headers | {"If-Match": tag}
                )
                for _ in range(4)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert len(await world.rows("select * from audit_entries where action like '%.updated'")) == 4


@pytest.mark.parametrize("header", ['"2.x"', 'W/"1.x"', '"x"', '""', "1", "", '"9999999999999"'])
async def test_a_tag_that_is_not_the_versions_changes_nothing(world: World, header: str) -> None:
    await world.program("demo")
    token = await world.token()
    answer = await world.client.patch(
        "/v1/programs/demo",
        json={"status": "archived"},
        headers=token.headers | {"If-Match": header},
    )
    assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch")
    assert (await world.client.get("/v1/programs/demo")).json()["version"] == 1


@pytest.mark.parametrize(
    ("header", "fits"),
    [
        (None, True),
        ("*", True),
        ('"3.abc"', True),
        ('"3"', True),
        ('"3.abc.gzip"', True),
        ('"1.x", "3.y"', True),
        ('W/"3.abc"', False),
        ('"33.abc"', False),
        ('"3a"', False),
        ('"٣.x"', False),
        ("3", False),
        ('"0123456789012345"', False),
    ],
)
def test_if_match_compares_the_version(header: str | None, fits: bool) -> None:
    with ExitStack() as stack:
        if not fits:
            stack.enter_context(pytest.raises(VersionMismatch))
        parse_match(header).check(3)


def test_a_tag_tells_version_content_and_encoding_apart() -> None:
    tags = {
        entity_tag(body, version, gzipped=gzipped)
        for body in (b"a", b"b")
        for version in (None, 1, 2)
        for gzipped in (False, True)
    }
    assert len(tags) == 12
    assert not not_modified('"1"', '"1.x"')
    assert not_modified('W/"1.x"', '"1.x"')


class Named(Struct, frozen=True):
    name: str


def test_a_location_is_a_path_whatever_the_names_hold() -> None:
    request: Any = SimpleNamespace(path_params={"program": "a/b"})
    found = location("/v1/{program}/{name}", request, Named("x y\r\n?é"))
    assert found == "/v1/a%2Fb/x%20y%0D%0A%3F%C3%A9"
