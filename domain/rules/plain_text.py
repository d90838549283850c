"""Plain text out of what feeds write: no markup, no control characters, no longer than wanted."""

from __future__ import annotations

import re
from html import unescape

_TAG = re.compile(r"<([/!?]?[A-Za-z!-][A-Za-z0-9-]*)[^<>]*>")
_HIDDEN = frozenset({"script", "style", "template"})
# fmt: off
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var",
    "wbr",
})
# fmt: on
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_PARAGRAPH = re.compile(r"\s*\n\s*\n\s*")

LONGEST_MARKUP = 100_000
"""So much of a text is looked at."""


def of_html(markup: str) -> str:
    """What a reader sees of HTML, a line for each block."""
    parts: list[str] = []
    hidden: str | None = None
    # Texts and the names of tags take turns.
    pieces = _TAG.split(markup[:LONGEST_MARKUP])
    for text, tag in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        if hidden is None:
            parts.append(text)
        name = tag.strip("/!?").lower()
        if hidden is not None:
            hidden = None if name == hidden and tag.startswith("/") else hidden
        elif name in _HIDDEN and not tag.startswith("/"):
            hidden = name
        elif name and name not in _INLINE:
            parts.append("\n")
    return unescape("".join(parts))


def line(text: str, most: int) -> str:
    """One line of at most so many characters."""
    return cut(" ".join(_CONTROL.sub(" ", text[:LONGEST_MARKUP]).split()), most)


def lines(text: str, most: int) -> str:
    """Paragraphs of at most so many characters in all."""
    found = _PARAGRAPH.split(_CONTROL.sub(" ", text[:LONGEST_MARKUP]).strip())
    paragraphs = ("\n".join(" ".join(one.split()) for one in part.splitlines()) for part in found)
    return cut("\n\n".join(paragraphs), most)


def cut(text: str, most: int) -> str:
    """At most so many characters; an ellipsis says that there was more."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
