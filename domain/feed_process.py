"""Reads one feed, as a process of its own: `domain.feed_reading` starts it."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from domain import apart
from domain.rules import feed_documents
from domain.rules.failures import LookFailed
from domain.rules.feeds import Document, Entry


class Answered(Struct, frozen=True):
    """The entries, or in words why there are none."""

    entries: list[Entry]
    refused: str | None = None


def work(data: bytes) -> bytes:
    """A document to its entries."""
    document = msgspec.msgpack.decode(data, type=Document)
    try:
        answered = Answered(feed_documents.entries(document))
    except LookFailed as refused:
        answered = Answered([], refused.detail)
    return msgspec.msgpack.encode(answered)


if __name__ == "__main__":
    apart.answer(work)
