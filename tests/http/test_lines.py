"""Bodies of many lines: cut anywhere, counted from 0, and never held whole."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import AsyncIterator, Iterable
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from api.http import lines
from api.http.lines import BATCH_BYTES, BATCH_LINES, LONGEST, Batch
from tests.http import toy
from tests.http.asgi import Answer, ask

NDJSON = (b"content-type", b"application/x-ndjson")
JSON = (b"content-type", b"application/json")


async def stream(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def split(*chunks: bytes) -> Batch:
    return [line async for batch in lines.of_chunks(stream(chunks)) for line in batch]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", []),
        (b"\n", []),
        (b"a", [(0, b"a")]),
        (b"a\n", [(0, b"a")]),
        (b"a\nb", [(0, b"a"), (1, b"b")]),
        (b"a\r\nb\r\n", [(0, b"a"), (1, b"b")]),
        (b"\n \t\r\n\na\n\nb\n\n", [(3, b"a"), (5, b"b")]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb", [(0, b"a"), (1, b"\xef\xbb\xbfb")]),
        (b"\xef\xbb\xbf\na", [(1, b"a")]),
        (b"a\rb\x0bc\n", [(0, b"a\rb\x0bc")]),
        (b"\x0c\n", [(0, b"\x0c")]),
    ],
)
async def test_lines_are_what_newlines_end(body: bytes, expected: Batch) -> None:
    assert await split(body) == expected
    assert await split(*(bytes([byte]) for byte in body)) == expected


@pytest.mark.parametrize("step", [1000, LONGEST - 1, LONGEST, LONGEST + 1, 5 * LONGEST])
async def test_a_line_is_read_to_its_limit(step: int) -> None:
    longest = b"x" * LONGEST
    body = b"\n".join([b"a", longest, longest + b"x", b"b", b" " * (LONGEST + 1), longest * 4])
    found = await split(*(body[at : at + step] for at in range(0, len(body), step)))
    assert found == [(0, b"a"), (1, longest), (2, None), (3, b"b"), (4, None), (5, None)]


@given(
    body=st.lists(st.sampled_from([b"a", b"{}", b"\n", b"\r\n", b" ", b"\xef\xbb\xbf"])).map(
        b"".join
    ),
    cuts=st.lists(st.integers(0, 40), max_size=6).map(sorted),
)
@settings(max_examples=200)
async def test_it_does_not_matter_how_a_body_is_cut(body: bytes, cuts: list[int]) -> None:
    edges = [0, *(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[a:b] for a, b in pairwise(edges)]
    plain = body.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    expected = [(i, line.strip(b" \r")) for i, line in enumerate(plain) if line.strip(b" \r")]
    assert await split(*pieces) == expected


async def test_what_is_held_does_not_grow() -> None:
    endless = b"x" * LONGEST
    short = b'{"text":"something that was said"}\n' * 1800

    async def body() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield endless
        yield b"\n"
        for _ in range(200):
            yield short

    tracemalloc.start()
    try:
        count = 0
        async for batch in lines.of_chunks(body()):
            count += len(batch)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 1 + 200 * 1800
    assert peak < 4 << 20


@pytest.mark.parametrize("line", [b"{}\n", b"x" * 60_000 + b"\n"])
async def test_a_batch_is_worth_a_transaction_and_no_more(line: bytes) -> None:
    chunks = [line * 5] * 2000
    sizes = [
        (len(batch), sum(len(text or b"") for _, text in batch))
        async for batch in lines.of_chunks(stream(chunks))
    ]
    assert len(sizes) > 1
    assert all(count <= BATCH_LINES + 5 and size <= BATCH_BYTES + LONGEST for count, size in sizes)
    assert all(count >= BATCH_LINES or size > BATCH_BYTES / 2 for count, size in sizes[:-1])
    assert sum(count for count, _ in sizes) == 10_000


async def test_a_line_costs_next_to_nothing() -> None:
    chunk = b'{"source":"meetup-bot","key":"k1","type":"talk","occurred_on":"2026-05"}\n' * 1000
    best = 1.0
    for _ in range(5):
        started = time.perf_counter()
        async for batch in lines.of_chunks(stream([chunk] * 20)):
            assert batch
        best = min(best, time.perf_counter() - started)
    assert best / 20_000 < 2e-6


async def post(*chunks: bytes, kind: tuple[bytes, bytes] = NDJSON, **options: int) -> Answer:
    front = toy.build_front(**options)
    return await ask(front, "POST", b"/notes/bulk", headers=[kind], chunks=chunks)


def told(answer: Answer) -> list[tuple[int, bool]]:
    """The line numbers of an answer, and whether each was taken."""
    *each, last = toy.decode(answer.body)
    found = [(line["index"], line["error"] is None) for line in each]
    assert last == {"taken": sum(taken for _, taken in found)}
    return found


async def test_every_line_has_an_answer() -> None:
    body = b'{"text":"one"}\r\n\nnothing\n{"text":1}\n{"te', b'xt":"two"}'
    answer = await post(*body)
    assert answer.status == 200
    assert told(answer) == [(0, True), (2, False), (3, False), (4, True)]
    assert answer.header("content-type") == "application/x-ndjson"
    assert answer.header("content-length") == str(len(answer.body))
    assert answer.header("cache-control") == "private, no-cache"
    assert answer.header("x-request-id")


async def test_a_line_is_refused_by_itself() -> None:
    long = b'{"text":"' + b"x" * LONGEST + b'"}'
    deep = b'{"text":' + b"[" * 5000 + b"]" * 5000 + b"}"
    bad = [long, deep, b'{"text":"\xff"}', b'{"text":"\\u0000"}', b"[]", b"{", b"{}"]
    answer = await post(b"\n".join([*bad, b'{"text":"good"}']))
    assert told(answer) == [(index, False) for index in range(7)] + [(7, True)]
    assert "65536" in toy.decode(answer.body)[0]["error"]


async def test_an_empty_body_is_no_lines() -> None:
    assert told(await post(b"")) == []


async def test_a_short_array_will_do() -> None:
    long = b'{"text":"' + b"x" * LONGEST + b'"}'
    body = b' [{"text":"one"}, {"text":2}, null, ' + long + b', {"text":"two"}]\n'
    answer = await post(body, kind=JSON)
    assert told(answer) == [(0, True), (1, False), (2, False), (3, False), (4, True)]
    assert told(await post(b"[]", kind=JSON)) == []
    thousand = b"[" + b",".join([b'{"text":"one"}'] * 1000) + b"]"
    assert len(told(await post(thousand, kind=JSON))) == 1000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b'[{"text":"one"}',
        b'{"text":"one"}\n{"text":"two"}\n',
        b'[{"text":"one"},]',
        b"[" * 100_000,
        b'[{"text":"one"},' + b"[" * 5000 + b"]" * 5000 + b"]",
        b"[" + b",".join([b'{"text":"one"}'] * 1001) + b"]",
    ],
    ids=range(9),
)
async def test_no_element_of_a_bad_array_is_taken(body: bytes) -> None:
    before = toy.taken[0]
    answer = await post(body, kind=JSON)
    assert (answer.status, answer.json()["code"]) == (400, "invalid")
    assert answer.header("content-type") == "application/problem+json"
    assert toy.taken[0] == before


async def test_another_media_type_is_415() -> None:
    for kind in (b"text/plain", b"application/ndjson", b"application/x-ndjson; charset=latin-1"):
        answer = await post(b"", kind=(b"content-type", kind))
        assert answer.status == 415
        assert answer.header("accept-post") == "application/x-ndjson, application/json"
    front = toy.build_front()
    headers = [NDJSON, (b"content-encoding", b"gzip")]
    assert (await ask(front, "POST", b"/notes/bulk", headers=headers)).status == 415


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (b"application/x-ndjson", 200),
        (b"*/*", 200),
        (b"application/*", 200),
        (b"application/json", 406),
    ],
)
async def test_whoever_takes_no_lines_gets_none(accept: bytes, status: int) -> None:
    headers = [NDJSON, (b"accept", accept)]
    answer = await ask(toy.build_front(), "POST", b"/notes/bulk", headers=headers)
    assert answer.status == status


async def test_lines_have_a_limit_of_their_own() -> None:
    line = b'{"text":"one"}\n'
    answer = await post(line * 100, max_body=100, max_bulk=2000)
    assert len(told(answer)) == 100
    before = toy.taken[0]
    answer = await post(*[line] * 200, max_body=100, max_bulk=1500)
    assert (answer.status, answer.json()["code"]) == (413, "content_too_large")
    # What came before is done: the caller sends it again, and nothing is done twice.
    assert toy.taken[0] == before + 100
    front = toy.build_front(max_bulk=1500)
    headers = [NDJSON, (b"content-length", b"1501")]
    answer = await ask(front, "POST", b"/notes/bulk", headers=headers, chunks=[line])
    assert answer.status == 413
    assert toy.taken[0] == before + 100
    assert (await post(b"[" + b" " * 100 + b"]", kind=JSON, max_body=100)).status == 413


async def test_what_came_before_a_hang_up_is_done() -> None:
    before = toy.taken[0]
    chunks = [b'{"text":"one"}\n{"text":"two"}\n{"text":"three"}']
    answer = await ask(
        toy.build_front(), "POST", b"/notes/bulk", headers=[NDJSON], chunks=chunks, ends=False
    )
    assert (answer.status, answer.json()["code"]) == (400, "incomplete")
    assert toy.taken[0] == before + 2


async def test_a_failure_in_the_middle_is_a_problem() -> None:
    body = b'{"text":"one"}\n' * 10 + b'{"text":"conflict"}\n'
    answer = await post(body)
    assert (answer.status, answer.json()["code"]) == (409, "conflict")
