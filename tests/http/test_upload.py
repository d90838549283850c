"""A long upload through the real server: memory stays flat, and whoever hangs up leaves nothing."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.http.toy import decode
from tests.processes import Service

# As `service/serving.py` runs it.
GRANIAN = "-m granian --interface asgi --http 1 --no-ws --factory tests.http.toy:build_front"
HEADERS = {"content-type": "application/x-ndjson"}
LINE = b'{"text":"' + b"something that was said, at some length, " * 4 + b'"}\n'
CHUNK = LINE * 350
MIB = 1 << 20


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """The toy under granian."""
    with Service(command=[sys.executable, *GRANIAN.split()]) as service:
        yield service.ready()


def process(service: Service) -> dict[str, int]:
    return httpx.get(f"{service.url}/health/ready").json()


def body(size: int) -> Iterator[bytes]:
    for _ in range(size // len(CHUNK)):
        yield CHUNK


def until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise TimeoutError


def test_memory_does_not_grow_with_what_is_sent(service: Service) -> None:
    with httpx.Client(base_url=service.url, timeout=120) as client:
        client.post("/notes/bulk", content=body(20 * MIB), headers=HEADERS).raise_for_status()
        before = process(service)
        with client.stream(
            "POST", "/notes/bulk", content=body(200 * MIB), headers=HEADERS
        ) as answer:
            assert answer.status_code == 200
            size, last = 0, b""
            for chunk in answer.iter_bytes():
                size, last = size + len(chunk), (last + chunk)[-100:]
    after = process(service)
    sent = 200 * MIB // len(CHUNK) * 350
    assert decode(last[last.rindex(b"{") :]) == [{"taken": sent}]
    assert size == int(answer.headers["content-length"])
    assert after["taken"] - before["taken"] == sent
    assert after["rss_kib"] - before["rss_kib"] < 8 * 1024
    assert after["spools"] == 0


def connect(service: Service, *head: bytes) -> socket.socket:
    peer = socket.create_connection(("127.0.0.1", service.port), timeout=30)
    lines = [b"POST /notes/bulk HTTP/1.1", b"host: toy", b"content-type: application/x-ndjson"]
    peer.sendall(b"\r\n".join([*lines, *head, b"", b""]))
    return peer


@pytest.mark.parametrize("chunked", [False, True])
def test_what_came_before_a_hang_up_is_done(service: Service, *, chunked: bool) -> None:
    before = process(service)["taken"]
    head = b"transfer-encoding: chunked" if chunked else b"content-length: 1000000000"
    sent = LINE * 20_000 + LINE[:10]
    with connect(service, head) as peer:
        peer.sendall(b"%x\r\n" % len(sent) + sent + b"\r\n" if chunked else sent)
    until(lambda: process(service)["taken"] == before + 20_000)
    until(lambda: process(service)["spools"] == 0)


def test_whoever_takes_no_answer_leaves_nothing_behind(service: Service) -> None:
    sent = b'{"text":"x"}\n' * 500_000
    peer = connect(service, b"content-length: %d" % len(sent))
    peer.sendall(sent)
    assert peer.recv(100).startswith(b"HTTP/1.1 200")
    assert process(service)["spools"] == 1
    peer.close()
    until(lambda: process(service)["spools"] == 0)


def test_a_slow_sender_is_waited_for(service: Service) -> None:
    sent = b'{"text":"x"}\n' * 3
    with connect(service, b"content-length: %d" % len(sent)) as peer:
        for at in range(0, len(sent), 13):
            peer.sendall(sent[at : at + 13])
            time.sleep(0.3)
        assert peer.recv(100).startswith(b"HTTP/1.1 200")


def test_whoever_asks_first_is_told_before_sending(service: Service) -> None:
    with connect(service, b"content-length: 999999999999", b"expect: 100-continue") as peer:
        assert peer.recv(100).startswith(b"HTTP/1.1 413")
