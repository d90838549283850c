"""Requests that are signed: how large they may be, and how many; from several processes at once."""

from __future__ import annotations

import asyncio

from domain.rules.webhooks import LARGEST
from tests import github
from tests.github import encoded, merged, ping
from tests.hooked import URL, hooked
from tests.http.asgi import ask
from tests.http.conftest import Serve
from tests.world import DATA_KEY, World

DELIVERY = "72d3162e-cc78-11e3-81ab-4c9367dc0958"


async def test_as_much_is_read_as_github_sends(world: World, serve: Serve) -> None:
    """However little others may send: GitHub's limit is not ours to set."""
    hook = await hooked(world)
    front = (await serve(max_body_bytes="1024", data_keys=DATA_KEY)).app.front
    payload = merged() | {"x": ""}
    payload["x"] = "y" * (LARGEST - len(encoded(payload)))
    body = encoded(payload)
    assert len(body) == LARGEST

    async def send(*chunks: bytes) -> int:
        headers = github.headers("pull_request", b"".join(chunks))
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        return (await ask(front, "POST", URL.encode(), headers=raw, chunks=chunks)).status

    assert await send(body + b" ") == 413
    assert await send(body[:1000], body[1000:], b" ") == 413
    assert await send(body[:1000], body[1000:]) == 202
    assert await hook.work() == 1
    assert len(await hook.contributions()) == 1


async def test_the_same_delivery_at_the_same_time_is_recorded_once(
    world: World, serve: Serve
) -> None:
    hook = await hooked(world)
    clients = [(await serve(data_keys=DATA_KEY)).client for _ in range(2)]
    answers = await asyncio.gather(
        *(
            hook.send("pull_request", merged(), DELIVERY, client=client)
            for client in clients
            for _ in range(3)
        )
    )
    assert {one.status_code for one in answers} == {202}
    results = sorted(one.json()["result"] for one in answers)
    assert results == ["accepted", *["repeated"] * 5]
    assert await hook.work() == 1
    assert len(await hook.contributions()) == 1


async def test_a_busy_organization_is_under_no_limit(world: World, serve: Serve) -> None:
    hook = await hooked(world)
    client = (await serve(rate_limit_anonymous_per_minute="2", data_keys=DATA_KEY)).client
    for _ in range(20):
        good = await hook.send("ping", ping(), client=client)
        assert good.status_code == 202
        assert "ratelimit" not in good.headers
    bad = {"X_Hub_Signature_256": "sha256=0"}
    answers = [await hook.send("ping", ping(), client=client, **bad) for _ in range(3)]
    assert [one.status_code for one in answers] == [401, 401, 429]
    assert answers[0].headers["ratelimit"].startswith('"address";r=1')
    # From the same address: others' guesses take nothing from what is signed.
    assert (await hook.send("ping", ping(), client=client)).status_code == 202
