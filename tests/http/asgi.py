"""Speaks ASGI by hand, for what no well-behaved client sends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

import msgspec
from msgspec import Struct


class Answer(Struct, frozen=True):
    """What the application sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: str) -> str | None:
        found = [v.decode("latin-1") for k, v in self.headers if k.decode().lower() == name]
        return ", ".join(found) if found else None

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


async def ask(
    app: Any,
    method: str,
    path: bytes,
    *,
    query: bytes = b"",
    headers: Iterable[tuple[bytes, bytes]] = (),
    chunks: Iterable[bytes] = (b"",),
    ends: bool = True,
    peer: str = "192.0.2.1",
) -> Answer:
    """Send one request; without `ends` the caller hangs up before the body is complete."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"chancery.test"), *headers],
        "client": (peer, 1234),
        "server": ("chancery.test", 80),
        "extensions": {},
    }
    parts = list(chunks)
    messages: list[Any] = [
        {"type": "http.request", "body": part, "more_body": number < len(parts) or not ends}
        for number, part in enumerate(parts, 1)
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(start["status"], list(start["headers"]), body)
