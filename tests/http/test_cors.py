"""What pages of other origins may do: read what is public; call the rest as the setting says."""

from __future__ import annotations

import pytest

from service.app import App
from tests.http.conftest import Serve, until
from tests.world import World

PAGE = {"Origin": "https://page.example"}
KNOWN = {"Origin": "https://known.example"}


def preflight(method: str, origin: dict[str, str] = PAGE) -> dict[str, str]:
    asked = "authorization, content-type, if-match, idempotency-key"
    return origin | {
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": asked,
    }


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_preflight_allows_what_there_is(world: World, method: str) -> None:
    headers = preflight(method)
    answer = await world.client.options("/v1/programs/demo", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert method in answer.headers["access-control-allow-methods"].split(", ")
    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert set(headers["Access-Control-Request-Headers"].split(", ")) <= set(allowed)
    assert int(answer.headers["access-control-max-age"]) > 0
    assert "access-control-allow-credentials" not in answer.headers


async def test_every_answer_can_be_read(world: World, app: App) -> None:
    await world.program("demo")
    await until(lambda: app.database.listening)
    for path in ("/v1/programs/demo", "/v1/programs/demo", "/v1/programs/nowhere", "/nothing"):
        answer = await world.client.get(path, headers=PAGE)
        assert answer.headers["access-control-allow-origin"] == "*"
        exposed = answer.headers["access-control-expose-headers"].split(", ")
        assert {"ETag", "Link", "Location", "X-Request-ID", "Retry-After", "RateLimit"} <= {
            *exposed
        }
    etag = (await world.client.get("/v1/programs/demo")).headers["etag"]
    same = await world.client.get("/v1/programs/demo", headers=PAGE | {"If-None-Match": etag})
    assert (same.status_code, same.headers["access-control-allow-origin"]) == (304, "*")
    refused = await world.client.post("/v1/programs", json={}, headers=PAGE)
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "*")


async def test_origins_can_be_restricted_but_not_for_public_reads(
    world: World, serve: Serve
) -> None:
    await world.program("demo")
    token = await world.token()
    served = await serve(cors_origins="https://known.example")
    await until(lambda: served.app.database.listening)
    client, url = served.client, "/v1/programs/demo"
    for path in (url, url, "/v1/programs/nowhere"):  # computed, from the snapshot, a problem
        assert (await client.get(path, headers=PAGE)).headers["access-control-allow-origin"] == "*"
    shown = {
        origin["Origin"]: (
            await client.get(url, headers=origin | token.headers),
            await client.patch(url, json={}, headers=origin | token.headers),
            await client.post("/v1/programs", json={}, headers=origin),
            await client.options(url, headers=preflight("PATCH", origin)),
        )
        for origin in (PAGE, KNOWN)
    }
    for answer in shown["https://page.example"]:
        assert "access-control-allow-origin" not in answer.headers
        assert "Origin" in answer.headers["vary"]
    for answer in shown["https://known.example"]:
        assert answer.headers["access-control-allow-origin"] == "https://known.example"
        assert "Origin" in answer.headers["vary"]
    public = await client.options(url, headers=preflight("GET"))
    assert public.headers["access-control-allow-origin"] == "*"


async def test_no_origin_at_all_may_be_allowed(world: World, serve: Serve) -> None:
    await world.program("demo")
    token = await world.token()
    client = (await serve(cors_origins="")).client
    answer = await client.patch("/v1/programs/demo", json={}, headers=KNOWN | token.headers)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
