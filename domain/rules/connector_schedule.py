"""When a connector looks again: at its own pace, later after failures, not in step with others."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

LONGEST = timedelta(hours=24)
"""Nothing that fails is left alone for longer, unless it is to be looked at more rarely anyway."""

JITTER = 0.1
"""The part of a wait that is added at most, so that not everybody calls on the hour."""


def next_run(
    source_id: UUID,
    at: datetime,
    *,
    every: timedelta,
    failures: int = 0,
    retry_after: timedelta | None = None,
) -> datetime:
    """When a source is looked at after a look at `at` (an aware time), which was not in vain if
    `failures` is 0.

    Each failure in a row doubles the wait, up to a day; what the other side asks for (Retry-After)
    is waited for as long. The same look always gives the same time.
    """
    wait = every
    if failures:
        # A day is over after eleven doublings of a minute: more of them only make large numbers.
        wait = max(every, min(every * 2 ** min(failures, 11), LONGEST))
    if failures and retry_after is not None:
        wait = max(wait, min(retry_after, LONGEST))
    return at + wait + wait * (JITTER * _fraction(source_id, at))


def _fraction(source_id: UUID, at: datetime) -> float:
    """Something from 0 to 1 that is the same for the same look, and like chance for others."""
    digest = hashlib.sha256(source_id.bytes + at.isoformat().encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64
