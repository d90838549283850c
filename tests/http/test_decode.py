"""Strict in: whatever is sent, it is understood exactly, or refused with a pointer."""

from __future__ import annotations

import json
from typing import Annotated, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Meta, Struct, UnsetType

from api.http import parameters
from api.http.decode import decode_body
from api.http.fields import Day, Line, Moment
from domain.errors import Invalid
from service.app import App
from tests.http.asgi import ask
from tests.world import POLICY, World


class Inner(Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[int, Meta(ge=0, le=2147483647)]
    flag: bool = False


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    name: Line
    when: Moment | UnsetType = UNSET
    inner: list[Inner] = []
    numbers: dict[str, int] = {}
    free: dict[str, Any] = {}


class Query(Struct, frozen=True, forbid_unknown_fields=True):
    q: Line | None = None
    number: Annotated[int, Meta(ge=1, le=100)] = 1
    flag: bool = False
    day: Day | None = None
    when: Moment | None = None
    id: UUID | None = None
    code: list[Line] = []


def fault(data: bytes) -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        decode_body(data, Body)
    (found,) = caught.value.faults
    assert found.pointer is not None
    assert found.parameter is None
    assert len(found.detail) <= 200
    return found.code, found.pointer


@pytest.mark.parametrize(
    ("data", "code", "pointer"),
    [
        (b"", "body", ""),
        (b"{", "json", ""),
        (b"[]", "body", ""),
        (b'{"name": "a"} {}', "json", ""),
        (b"\xef\xbb\xbf{}", "json", ""),
        (b'{"name": "\xff"}', "json", ""),
        (b'{"name": "\\ud800"}', "json", ""),
        (b'{"name": "a\x00b"}', "json", ""),
        (b'{"name": "a\\u0000b"}', "body", "/name"),
        (b'{"name": "a\\nb"}', "body", "/name"),
        (b'{"name": "a\\u007fb"}', "body", "/name"),
        (b'{"name": 1}', "body", "/name"),
        (b"{}", "body", "/name"),
        (b'{"name": "a", "other": 1}', "body", "/other"),
        (b'{"name": "a", "o/t~her": 1}', "body", "/o~1t~0her"),
        (b'{"name": "a", "inner": [{"number": 1}, {"number": "1"}]}', "body", "/inner/1/number"),
        (b'{"name": "a", "inner": [{"number": 1.0}]}', "body", "/inner/0/number"),
        (b'{"name": "a", "inner": [{"number": true}]}', "body", "/inner/0/number"),
        (b'{"name": "a", "inner": [{"number": 2147483648}]}', "body", "/inner/0/number"),
        (b'{"name": "a", "inner": [{"number": 1e400}]}', "body", "/inner/0/number"),
        (b'{"name": "a", "inner": [{"number": NaN}]}', "json", ""),
        (b'{"name": "a", "inner": [{"number": 1, "flag": 1}]}', "body", "/inner/0/flag"),
        (b'{"name": "a", "inner": [{"number": 1, "x": 1}]}', "body", "/inner/0/x"),
        (b'{"name": "a", "inner": [{"number": -%s}]}' % (b"9" * 500), "body", "/inner/0/number"),
        (b'{"name": "a", "numbers": {"k": "x"}}', "body", "/numbers"),
        (b'{"name": "a", "when": "2026-03-03T12:00:00"}', "body", "/when"),
        (b'{"name": "a", "when": 1770000000}', "body", "/when"),
        (b'{"name": "a", "when": "2026-02-30T12:00:00Z"}', "body", "/when"),
        (b'{"name": "a", "free": {"k": [1, "\\u0000"]}}', "body", "/free/k/1"),
        (b'{"name": "a", "free": {"k": {"\\u0000": 1}}}', "body", "/free/k"),
        (b'{"name": "a", "free": {"k": 1e999}}', "body", "/free"),
        (b'{"name": "a", "free": {"k": Infinity}}', "json", ""),
        (b'{"name": "%s"}' % (b"a" * 201), "body", "/name"),
    ],
)
def test_a_body_is_refused_where_it_is_wrong(data: bytes, code: str, pointer: str) -> None:
    assert fault(data) == (code, pointer)


def test_what_is_right_is_taken_as_it_is() -> None:
    data = (
        b'{"name": "caf\xc3\xa9 \\ud83d\\ude00 \\\\u0000", "when": "2026-03-03T12:00:00+01:00",'
        b' "free": {"a[]{}": [[[]], 1.5, 1180591620717411303424]}}'
    )
    found = decode_body(data, Body)
    assert found.name == "café 😀 \\u0000"
    assert found.when.utcoffset().seconds == 3600
    assert found.free == {"a[]{}": [[[]], 1.5, 2**70]}


@pytest.mark.parametrize("depth", [65, 500, 1000, 200_000])
@pytest.mark.parametrize(("left", "right"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_refused(depth: int, left: bytes, right: bytes) -> None:
    for tail in (b"1" + right * depth + b"}", b""):  # complete, and cut off
        data = b'{"name": "a", "free": ' + b'{"k":' + left * depth + tail + b"}"
        assert fault(data) == ("json", "")


def test_brackets_in_texts_nest_nothing() -> None:
    deep = b'{"k":' * 60 + b"1" + b"}" * 60
    data = b'{"name": "%s\\"[{", "free": %s}' % (b"[{" * 90, deep)
    assert decode_body(data, Body).name.endswith('"[{')


@pytest.mark.parametrize(
    "query",
    [
        b"nope=1",
        b"number=1&number=2",
        b"number=",
        b"number=01",
        b"number=1.0",
        b"number=%2B1",
        b"number=1_0",
        b"number=0",
        b"number=99999999999999999999",
        b"number=null",
        "number=\N{ARABIC-INDIC DIGIT ONE}".encode(),
        b"flag=1",
        b"flag=TRUE",
        b"day=2026-3-3",
        b"day=2026-03-03T00:00:00Z",
        b"when=2026-03-03T12:00:00",
        b"when=2026-03-03T12:00:00+01:00",  # a plus sign is a space
        b"when=1770000000",
        b"id=019a00000000700080000000000000ff",
        b"id={019a0000-0000-7000-8000-0000000000ff}",
        b"q=%00",
        b"q=a%0Ab",
        b"q=%ff",
        b"q=%zz",
        b"q=%",
        b"q=\xff",
        b"q=%ED%A0%80",  # a surrogate
        b"q=" + b"a" * 201,
        b"%ff=1",
    ],
)
def test_a_query_is_refused_by_name(query: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        parameters.decode_query(query, Query)
    (found,) = caught.value.faults
    assert found.pointer is None
    name = query.partition(b"=")[0].decode()
    assert found.parameter == (
        name if name in Query.__struct_fields__ else name.replace("%ff", "?")
    )


def test_a_query_is_read_as_forms_are() -> None:
    query = (
        b"q=caf%C3%A9+au%2Blait&number=42&flag=true&day=2026-03-03&when=2026-03-03T12:00:00%2B01:00"
        b"&id=019A0000-0000-7000-8000-0000000000ff&code=a&&code=b&c%6Fde=c"
    )
    found = parameters.decode_query(query, Query)
    assert (found.q, found.number, found.flag) == ("café au+lait", 42, True)
    assert found.code == ["a", "b", "c"]
    assert found.when.isoformat() == "2026-03-03T12:00:00+01:00"
    assert parameters.decode_query(b"q=&code=", Query).code == [""]


@pytest.mark.parametrize(
    "name", ["%00", "%0A", "%ff", "%ED%A0%80", "DEMO", "a" * 64, "%20", "..%2e"]
)
async def test_a_path_is_refused_by_name(app: App, world: World, name: str) -> None:
    await world.program("demo")
    answer = await ask(app.front, "GET", b"/v1/programs/" + name.encode())
    assert answer.status == 400
    assert answer.json()["errors"][0]["parameter"] == "program"


async def test_numbers_beyond_the_database_are_refused_in_paths(world: World) -> None:
    await world.program("demo")
    for number in ("2147483648", "9" * 30, "-1", "0", "1.0", "01", "null"):
        answer = await world.client.get(f"/v1/programs/demo/policy/versions/{number}")
        assert answer.status_code == 400, number
        assert answer.json()["errors"][0]["parameter"] == "version"


async def test_a_policy_document_is_any_json_but_never_a_defect(world: World) -> None:
    token = await world.token()
    extremes = [
        b"[" * 200_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"texts":' * 900 + b"1" + b"}" * 900,
        b'{"texts": {"name": 1e400}}',
        b'{"texts": {"name": 1%s}}' % (b"0" * 200_000),
        b'{"texts": {"name": "\\u0000"}}',
        b'{"\\u0000": 1}',
        b'{"texts": {"name": "\\udc00"}}',
        b'{"groups": {%s}}' % b",".join(b'"k%d": {}' % n for n in range(30_000)),
        b'{"time_zone": "../../etc/passwd"}',
        b'{"time_zone": "%s"}' % (b"A" * 5000),
    ]
    for document in extremes:
        body = b'{"slug": "demo", "policy": %s}' % document
        answer = await world.client.post(
            "/v1/programs",
            content=body,
            headers=token.headers | {"Content-Type": "application/json"},
        )
        assert answer.status_code == 400, document[:60]
        assert len(answer.content) < 50_000
        assert "pointer" in answer.json()["errors"][0]


noise = st.binary(max_size=60)
near = st.sampled_from([b"limit=", b"cursor=", b"status=", b"old=1&new=", b"%", b"&", b"=", b"+"])


@given(parts=st.lists(st.one_of(noise, near), max_size=5))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
async def test_no_query_is_a_defect(app: App, parts: list[bytes]) -> None:
    for path in (b"/v1/programs", b"/v1/programs/demo/policy/diff", b"/health/live"):
        answer = await ask(app.front, "GET", path, query=b"".join(parts))
        assert answer.status in (200, 400, 404)


@given(segment=noise)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
async def test_no_path_is_a_defect(app: App, segment: bytes) -> None:
    for path in (b"/v1/programs/%s", b"/v1/programs/demo/policy/versions/%s", b"/%s"):
        answer = await ask(app.front, "GET", path % segment)
        assert answer.status in (200, 400, 404)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


bodies = st.fixed_dictionaries({"slug": st.just("demo") | st.text(), "policy": json_values})


@pytest.fixture
async def headers(world: World) -> list[tuple[bytes, bytes]]:
    token = (await world.token()).headers["Authorization"].encode()
    return [(b"content-type", b"application/json"), (b"authorization", token)]


@given(data=st.one_of(noise, json_values, bodies))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
async def test_no_body_is_a_defect(
    app: App, headers: list[tuple[bytes, bytes]], data: object
) -> None:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    for method, path in (("POST", b"/v1/programs"), ("PATCH", b"/v1/programs/demo")):
        answer = await ask(app.front, method, path, headers=headers, chunks=[body])
        assert answer.status in (400, 404, 201, 409)


async def test_a_creation_with_extreme_texts_is_stored_as_sent(world: World) -> None:
    token = await world.token()
    name = "Ünï 😀 \u2028 \ufffd \\u0000"
    document = POLICY | {"texts": {"name": name}}
    made = await world.client.post(
        "/v1/programs", json={"slug": "demo", "policy": document}, headers=token.headers
    )
    assert made.json()["name"] == name
