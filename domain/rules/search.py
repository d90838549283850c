"""What somebody searches for, as a query of the text search: every word, or the beginning of it."""

from __future__ import annotations

from unicodedata import category

from domain.errors import Fault, Invalid

MOST = 10
"""Words of one search."""


def prefixes(text: str, parameter: str) -> str:
    """The `tsquery` for texts in which every word of this one begins a word.

    Words are runs of letters, their marks, and digits; they are quoted, so nothing in them is an
    operator. Raises `Invalid` naming the parameter for a text without words, or with too many.
    """
    kept = (letter if category(letter)[0] in "LMN" else " " for letter in text)
    words = "".join(kept).split()
    if not words:
        raise _refused("There is no word in it.", parameter)
    if len(words) > MOST:
        raise _refused(f"At most {MOST} words can be searched for.", parameter)
    return " & ".join(f"'{word}':*" for word in words)


def _refused(detail: str, parameter: str) -> Invalid:
    return Invalid(detail, Fault("search", detail, parameter=parameter))
