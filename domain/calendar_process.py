"""Reads one calendar, as a process of its own: `domain.calendar_reading` starts it."""

from __future__ import annotations

from datetime import date
from time import monotonic

import msgspec
from msgspec import Struct

from domain import apart
from domain.rules import calendar_events as events
from domain.rules import calendar_files, calendars
from domain.rules.calendar_events import Occurrence, Unread, Window
from domain.rules.calendar_files import File, Series
from domain.rules.connectors import Calendar, Found
from domain.rules.failures import Failure, LookFailed
from domain.stopwatch import TookTooLong, within

SECONDS = 20.0
"""How long one calendar is worked on; what was not read by then is left out."""

SECONDS_PER_SERIES = 2.0
"""How long it may take to find out when one event repeats."""


class Task(Struct, frozen=True):
    """A calendar as it came, and what is looked for in it."""

    body: bytes
    charset: str | None
    settings: Calendar
    window: Window
    seconds: float = SECONDS
    seconds_per_series: float = SECONDS_PER_SERIES


class Answered(Struct, frozen=True):
    """What was found, or why nothing could be read."""

    found: list[Found]
    refused: tuple[Failure, str] | None = None


def work(data: bytes) -> bytes:
    """A task to what was found."""
    task = msgspec.msgpack.decode(data, type=Task)
    try:
        answered = Answered(understood(task))
    except LookFailed as refused:
        answered = Answered([], (refused.failure, refused.detail))
    return msgspec.msgpack.encode(answered)


def understood(task: Task) -> list[Found]:
    """What is to be recorded of a calendar, the latest events. Raises `LookFailed`."""
    end = monotonic() + task.seconds
    file = calendar_files.opened(task.body, task.charset)
    events.learn(file)
    pending = _pending(file, task.window)
    occurrences: list[Occurrence] = []
    skipped: list[Found] = []
    read = 0
    for series in pending:
        if monotonic() >= end or (len(occurrences) >= calendars.MOST and not series.repeats):
            break
        read += 1
        try:
            occurrences += _occurrences(series, task.window, task.seconds_per_series)
        except Unread as error:
            skipped.append(calendars.unread(series.uid, series.title, str(error)))
    kept = calendars.latest(occurrences)
    left_out = len(pending) - read + len(occurrences) - len(kept)
    return [
        *calendars.found(task.settings, kept),
        *skipped[: calendars.MOST],
        *calendars.left_out(left_out),
    ]


def _occurrences(series: Series, window: Window, seconds: float) -> list[Occurrence]:
    if not series.repeats:
        return events.occurrences(series, window)
    try:
        # A rule that never comes true keeps dateutil busy until the year 9999.
        return within(seconds, lambda: events.occurrences(series, window))
    except TookTooLong:
        raise Unread("It takes too long to find out when it repeats.") from None


def _pending(file: File, window: Window) -> list[Series]:
    """The events that may matter: first those that repeat, then the others, the latest first."""
    pending = [series for series in file.series if events.may_matter(series, window)]
    pending.sort(key=lambda one: (one.repeats, one.starts_on or date.min), reverse=True)
    return pending


if __name__ == "__main__":
    apart.answer(work)
