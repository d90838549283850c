"""Ends work that takes too long, also in the middle of somebody else's loop."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


class TookTooLong(BaseException):
    """The time is up. No `Exception`: libraries catch those, and go on."""


def within(seconds: float, work: Callable[[], Answer]) -> Answer:
    """What the work answers; `TookTooLong` when it took so long.

    Only in the main thread, and so in a process that has nothing else to do: it takes the alarm.
    """

    def stop(*_: object) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
