"""Rate limits: per token, per address; told in fields that are what the draft says."""

from __future__ import annotations

import re
from uuid import uuid4

import httpx
import pytest

from api.http.addresses import client_address
from api.http.limits import Limits
from api.http.problems import HttpProblem
from api.http.request import RequestState
from service.parsing import NETWORKS
from tests.http.conftest import Serve
from tests.world import NOW, POLICY, World

DRAFT = {"slug": "demo", "policy": POLICY}
POLICY_FIELD = re.compile(r'"(?P<name>\w+)";q=(?P<q>\d+);w=(?P<w>\d+)')
STATE_FIELD = re.compile(r'"(?P<name>\w+)";r=(?P<r>\d+);t=(?P<t>\d+)')


def fields(answer: httpx.Response) -> tuple[str, int, int, int, int]:
    """Name, quota, window, remaining and seconds to the reset (structured fields: RFC 9651)."""
    policy = POLICY_FIELD.fullmatch(answer.headers["ratelimit-policy"])
    state = STATE_FIELD.fullmatch(answer.headers["ratelimit"])
    assert policy
    assert state
    assert policy["name"] == state["name"]
    return policy["name"], int(policy["q"]), int(policy["w"]), int(state["r"]), int(state["t"])


async def test_a_token_has_its_own_limit(world: World, serve: Serve) -> None:
    client = (await serve(rate_limit_per_minute="2")).client
    first, second = await world.token(), await world.token()
    world.clock.pass_(seconds=15)
    for left in (1, 0):
        answer = await client.get("/v1/programs", headers=first.headers)
        assert fields(answer) == ("token", 2, 60, left, 45)
    world.clock.pass_(seconds=10)
    refused = await client.get("/v1/programs", headers=first.headers)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert fields(refused) == ("token", 2, 60, 0, 35)
    assert refused.headers["retry-after"] == "35"
    assert (await client.get("/v1/programs", headers=second.headers)).status_code == 200
    world.clock.pass_(seconds=35)
    assert fields(await client.get("/v1/programs", headers=first.headers))[3:] == (1, 60)


async def test_whoever_has_no_good_token_counts_by_address(world: World, serve: Serve) -> None:
    client = (await serve(rate_limit_anonymous_per_minute="3")).client
    good = await world.token()
    for left, headers in ((2, {}), (1, {"Authorization": "Bearer wrong"}), (0, {})):
        answer = await client.post("/v1/programs", json=DRAFT, headers=headers)
        assert answer.status_code == 401
        assert fields(answer) == ("address", 3, 60, left, 60)
    for path in ("/v1/programs", "/v1/programs/demo"):
        refused = await client.get(path, headers={"Authorization": "Bearer wrong"})
        assert refused.status_code == 429
    assert (await client.get("/v1/programs?limit=9")).status_code == 429
    assert (await client.get("/v1/programs", headers=good.headers)).status_code == 200
    assert (await client.get("/health/live")).status_code == 200


async def test_cacheable_answers_carry_no_fields(world: World, serve: Serve) -> None:
    await world.program("demo")
    client = (await serve(rate_limit_anonymous_per_minute="2")).client
    read = await client.get("/v1/programs/demo")
    assert read.headers["cache-control"].startswith("public")
    for answer in (read, await client.get("/v1/programs/nowhere")):
        assert not {"ratelimit", "ratelimit-policy"} & answer.headers.keys()
    refused = await client.get("/v1/programs?limit=9")  # no shared cache keeps this one
    assert (refused.status_code, refused.headers["cache-control"]) == (429, "no-store")
    assert fields(refused)[0] == "address"


async def test_whoever_leaves_something_without_a_token_is_held_to_less(
    world: World, serve: Serve
) -> None:
    await world.program(policy=POLICY | {"admission": {"applications": True, "anonymous": True}})
    client = (await serve(rate_limit_anonymous_per_minute="30")).client
    owner = await world.token()
    url, body = "/v1/programs/demo/applications", {"profile": {"name": "Bo Ling"}}
    for left in (1, 0):
        answer = await client.post(url, json=body)
        assert answer.status_code == 201
        assert fields(answer) == ("submitter", 2, 60, left, 60)
    refused = await client.post(url, json=body)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert (await client.post(url, json=body, headers=owner.headers)).status_code == 201
    assert (await client.get("/v1/programs/demo")).status_code == 200
    world.clock.pass_(minutes=1)
    assert (await client.post(url, json=body)).status_code == 201


async def test_a_forwarded_address_is_believed_from_trusted_proxies_alone(
    world: World, serve: Serve
) -> None:
    limits = {"rate_limit_anonymous_per_minute": "1"}

    async def post(client: httpx.AsyncClient, forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded}
        return (await client.post("/v1/programs", json=DRAFT, headers=headers)).status_code

    plain = (await serve(**limits)).client
    assert [await post(plain, f"198.51.100.{n}") for n in (1, 2)] == [401, 429]
    behind = (await serve("10.0.0.7", trusted_proxies="10.0.0.0/8", **limits)).client
    # What the caller says of itself stands in front, and is not read.
    assert [await post(behind, f"203.0.113.{n}, 198.51.100.1") for n in (1, 2)] == [401, 429]
    assert await post(behind, "198.51.100.2, 10.9.9.9") == 401
    assert await post(behind, "198.51.100.2") == 429


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:443", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::1]:443", "2001:db8::/64"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8::1", "", "2001:db8::/64"),
        ("2001:db8::ffff:2", "", "2001:db8::/64"),
        ("10.0.0.1", "unknown", "unknown"),
        ("10.0.0.1", "x" * 500, "x" * 64),
        (None, "198.51.100.1", "unknown"),
    ],
)
def test_the_address_of_a_caller(peer: str | None, forwarded: str, found: str) -> None:
    scope = {"client": (peer, 1) if peer else None}
    trusted = NETWORKS.parse("10.0.0.0/8")
    assert client_address(scope, {"x-forwarded-for": forwarded}, trusted) == found


async def test_many_callers_take_bounded_memory() -> None:
    limits = Limits(per_token=5, per_address=5, capacity=10)
    refused = 0
    for n in range(100):
        state = RequestState(request_id="r", address=f"a{n}", sent={}, open=True)
        try:
            await limits.admit_address(state, NOW, told=True)
        except HttpProblem:
            refused += 1
    assert len(limits.counts) <= 12
    assert refused == 85  # ten are known, and the rest share one count of five
    nobody = RequestState(request_id="r", address="", sent={}, open=True)
    await limits.admit_token(nobody, uuid4(), NOW)
    later = NOW.replace(minute=1)
    await limits.admit_address(
        RequestState(request_id="r", address="a99", sent={}, open=True), later, told=True
    )
    assert len(limits.counts) == 1


async def test_processes_that_share_their_counts_share_one_limit(
    world: World, serve: Serve
) -> None:
    shared = {"rate_limit_per_minute": "3", "rate_limit_store": "database"}
    one, other = (await serve(**shared)).client, (await serve(**shared)).client
    token = await world.token()
    left = [
        fields(await client.get("/v1/programs", headers=token.headers))[3]
        for client in (one, other, one)
    ]
    assert left == [2, 1, 0]
    assert (await other.get("/v1/programs", headers=token.headers)).status_code == 429
    kept = await world.rows("select caller from rate_counts")
    assert len(kept) == 1
    assert str(token.token_id).encode() not in kept[0]["caller"]

    world.clock.pass_(minutes=1)
    assert fields(await other.get("/v1/programs", headers=token.headers))[3] == 2
    another = await world.token()
    world.clock.pass_(minutes=1)
    await one.get("/v1/programs", headers=another.headers)
    assert len(await world.rows("select 1 from rate_counts")) == 1
