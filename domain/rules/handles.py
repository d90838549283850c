"""Handles for people who chose none: made of their names, with a number where one is taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import count

LONGEST = 63
NAMELESS = "ambassador"
"""For a name without a letter that a handle can have."""


def made_of(name: str) -> str:
    """The handle that a name suggests: `Zoë O'Neill` is `zoe-o-neill`."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    made = re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST].strip("-")
    return made or NAMELESS


def numbered(wanted: str) -> Iterator[str]:
    """The handle itself, then with -2, -3, … behind it, each no longer than a handle can be."""
    yield wanted
    for number in count(2):
        end = f"-{number}"
        yield wanted[: LONGEST - len(end)] + end
