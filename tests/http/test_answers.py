"""Answers of many lines: out of memory when they are many, and gone when they are sent."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest

from api.http.answers import CHUNK, IN_MEMORY, Answers, Sent
from tests.http import toy


def written(size: int) -> Answers[str]:
    answers = Answers[str]()
    line = "x" * 97  # 100 bytes with its quotes and its end
    for _ in range(size // 1000):
        answers.write([line] * 10)
    assert answers.size == size
    return answers


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def sent(answers: Answers[str], send: Any) -> None:
    response = Sent(answers, 200, {}).to_asgi_response(None, None)

    async def receive() -> Any:
        raise AssertionError("nothing is left to be received")

    scope: Any = {}
    await response(scope, receive, send)


@pytest.mark.parametrize("size", [0, 1000, IN_MEMORY // 1000 * 1000, 3_000_000])
async def test_all_of_it_is_sent_in_pieces(size: int) -> None:
    before = open_files()
    answers = written(size)
    assert open_files() == before + (size > IN_MEMORY)
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    await sent(answers, send)
    assert open_files() == before
    start, *pieces = messages
    assert (b"content-length", str(size).encode()) in start["headers"]
    assert b"".join(piece["body"] for piece in pieces) == (b'"' + b"x" * 97 + b'"\n') * (
        size // 100
    )
    assert [piece["more_body"] for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert max(len(piece["body"]) for piece in pieces) <= CHUNK


@pytest.mark.parametrize("after", [0, 1, 5])
async def test_nothing_stays_open_when_the_caller_goes(after: int) -> None:
    before = open_files()
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)
        if len(messages) > after:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await sent(written(3_000_000), send)
    gc.collect()
    assert open_files() == before


def test_nothing_stays_open_when_the_handler_fails() -> None:
    before = open_files()

    def fail() -> None:
        written(3_000_000)
        raise LookupError

    with pytest.raises(LookupError):
        fail()
    gc.collect()
    assert open_files() == before


def test_lines_are_json() -> None:
    answers = Answers[toy.NoteTaken]()
    answers.write([toy.NoteTaken(0, None), toy.NoteTaken(1, "a\nb")])
    lines = b"".join(answers.chunks()).splitlines()
    assert lines == [b'{"index":0,"error":null}', rb'{"index":1,"error":"a\nb"}']
