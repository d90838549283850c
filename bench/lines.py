"""What tools send: lines as realistic as numbers can make them, the same for the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from bench.load import SOURCE

ENCODER = msgspec.json.Encoder()

TYPES = ("article", "book", "code", "event", "mentoring", "podcast", "talk", "video")
ABOUT = ("Schemas", "Consumers", "Retries", "Brokers", "Contracts", "Streams", "Sagas")
HOW = ("that forgive", "in anger", "for beginners", "at scale", "without tears", "by example")
TOPICS = ("brokers", "design", "java", "messaging", "python", "testing")
LANGUAGES = ("de", "en", "es", "fr", "hi", "pt")
CYCLE = 840
"""Contributions with so much between their numbers differ in nothing else."""

FIRST_SUBJECT = 900_000_000


def identity(person: int) -> str:
    """A verified identity of the n-th invented person."""
    return f"github:{FIRST_SUBJECT + person}"


def body(number: int, person: int) -> dict[str, Any]:
    """The n-th contribution; its number is in its title and its address."""
    month = f"20{16 + number % 10}-{1 + number % 12:02}"
    told: dict[str, Any] = {
        "type": TYPES[number % 8],
        "title": f"{ABOUT[number % 7]} {HOW[number % 6]}, number {number}",
        "occurred_on": month if number % 10 == 0 else f"{month}-{1 + number % 28:02}",
        "url": f"https://meetup.example.org/{TOPICS[number % 6]}/events/{number}",
        "participants": [{"identity": identity(person)}],
    }
    if number % 2:
        told["language"] = LANGUAGES[number % 6]
    if number % 4 == 0:
        told["tags"] = [TOPICS[number % 6], TOPICS[(number + 1) % 6]]
    return told


def ndjson(first: int, count: int, people: int, *, each: int = 1_000) -> Iterator[bytes]:
    """So many lines, a piece at a time; the key is the number."""
    for start in range(first, first + count, each):
        stop = min(start + each, first + count)
        yield ENCODER.encode_lines(
            {"source": SOURCE, "key": str(number), **body(number, 1 + number * 7919 % people)}
            for number in range(start, stop)
        )
