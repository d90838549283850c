"""Any feed to its entries: RSS, Atom or JSON, whatever its sender calls it."""

from __future__ import annotations

from domain.rules import json_feeds, xml_feeds
from domain.rules.feeds import Document, Entry, decoded


def entries(document: Document) -> list[Entry]:
    """The first entries of a feed, in its order, at most `feeds.MOST_ENTRIES`.

    Raises `LookFailed` for what is no feed. Hostile ones can take hours and gigabytes:
    `domain.feed_reading` has this done in a process of its own.
    """
    text = decoded(document)
    read = json_feeds.read if text.lstrip().startswith("{") else xml_feeds.read
    return read(text, document.url)
