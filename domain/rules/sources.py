"""Sources: how far what a tool sends is believed."""

from __future__ import annotations

from enum import StrEnum


class Trust(StrEnum):
    """Whether the policy may accept what the source sends without a review."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"
