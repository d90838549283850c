"""Answers of many lines (NDJSON): collected while the body is read, sent when it is read."""

from __future__ import annotations

import os
import weakref
from collections.abc import Generator, Iterable
from contextlib import closing
from tempfile import SpooledTemporaryFile
from typing import Any, Generic, TypeVar

import msgspec
from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Send

from api.http.lines import NDJSON

T = TypeVar("T")

IN_MEMORY = 1 << 20
"""Bytes that are kept in memory; more goes to a file without a name."""

CHUNK = 1 << 16
ENCODER = msgspec.json.Encoder()


class Answers(Generic[T]):
    """What a handler returns that answers line by line; it is complete before any of it is sent.

    So a failure while it is written is a problem document, as everywhere.
    """

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile[bytes](IN_MEMORY)
        # A handler that fails leaves it behind, and then nobody is there to close it.
        self._close = weakref.finalize(self, self._file.close)

    def write(self, lines: Iterable[T]) -> None:
        """Add lines."""
        self._file.write(ENCODER.encode_lines(lines))

    @property
    def size(self) -> int:
        """Bytes, so far."""
        return self._file.seek(0, os.SEEK_END)

    def chunks(self) -> Generator[bytes]:
        """Everything from the beginning, a little at a time; closes it at last."""
        try:
            self._file.seek(0)
            while chunk := self._file.read(CHUNK):
                yield chunk
        finally:
            self._close()


class Sent(Response[Any]):
    """Sends answers through Litestar."""

    def __init__(self, answers: Answers[Any], status: int, headers: dict[str, str]) -> None:
        super().__init__(b"", status_code=status, media_type=NDJSON, headers=headers)
        self.answers = answers

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIResponse:
        """The half of it that speaks ASGI."""
        return _Sent(self.answers, self.status_code or 200, dict(self.headers))


class _Sent(ASGIResponse):
    def __init__(self, answers: Answers[Any], status: int, headers: dict[str, str]) -> None:
        super().__init__(
            content_length=answers.size, media_type=NDJSON, status_code=status, headers=headers
        )
        self.answers = answers

    async def send_body(self, send: Send, receive: Receive) -> None:  # noqa: ARG002 -- Litestar's
        """A piece at a time, each when the caller has taken those before."""
        with closing(self.answers.chunks()) as chunks:
            for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
