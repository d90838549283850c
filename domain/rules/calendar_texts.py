"""What calendars write about an event, as plain text without the ways into its meeting."""

from __future__ import annotations

import re

from domain.rules import plain_text
from domain.rules.entries import URL

SHORTEST_TITLE = 3
LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 2000
LONGEST_URL = 2000

# Google puts this above and below what it writes about its meetings.
_GOOGLE = re.compile(r"-::~:~::~:.*?(?:-::~:~::~:[^\n]*|\Z)", re.DOTALL)
_MEETING = re.compile(
    r"\b(?:meet\.google\.com|meet\.jit\.si|teams\.live\.com/meet|teams\.microsoft\.com/(?:l/)?meet"
    r"|webex\.com/|whereby\.com/|zoom\.us/)|\b(?:meeting id|pass ?code|password)\s*:",
    re.IGNORECASE,
)


def title(written: str) -> str:
    """One line of at most 200 characters; empty where nothing is left."""
    return plain_text.line(plain_text.of_html(written), LONGEST_TITLE)


def description(written: str) -> str | None:
    """The text without markup, and without the lines by which one gets into a meeting.

    Who subscribes to a calendar was invited; who reads a contribution is anybody.
    """
    lines = plain_text.of_html(_GOOGLE.sub("", written)).splitlines()
    public = "\n".join(line for line in lines if not _MEETING.search(line))
    return plain_text.lines(public, LONGEST_DESCRIPTION) or None


def url(written: str) -> str | None:
    """The address where the event is described, if it is one that a contribution can have."""
    address = written.strip()
    if len(address) > LONGEST_URL or URL.fullmatch(address) is None or _MEETING.search(address):
        return None
    return address
