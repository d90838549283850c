"""What becomes of an identity that contributions name and nobody owns yet."""

from __future__ import annotations

from enum import StrEnum


class UnmatchedStatus(StrEnum):
    """Nobody's yet, somebody's, or (a human says) nobody's for good."""

    OPEN = "open"
    MATCHED = "matched"
    DISMISSED = "dismissed"
