"""The text of an iCalendar file (RFC 5545), cut into its events before any of them is read.

Only the lines that a contribution is made of are kept: alarms and attachments are passed over, and
an event that is broken takes no other one with it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from datetime import date

from msgspec import Struct, field

from domain.rules.failures import Failure, LookFailed

DEEPEST = 32
"""How deep components may stand in each other; RFC 5545 needs three."""

MOST_LINES = 1_000_000
"""How many lines a file may have."""

LONGEST = 20_000
"""How many characters of a line are read."""

_OF_EVENTS = (
    "ATTENDEE|CATEGORIES|CLASS|DESCRIPTION|DTEND|DTSTART|DURATION|EXDATE|ORGANIZER|RDATE"
    "|RECURRENCE-ID|RRULE|SEQUENCE|STATUS|SUMMARY|UID|URL"
)
_OF_ZONES = "TZID|TZNAME|TZOFFSETFROM|TZOFFSETTO"
_OF_CALENDARS = "METHOD|X-WR-TIMEZONE"
_FOLDS = ("\r\n ", "\r\n\t", "\n ", "\n\t")
_PIECE = 65_536
_LINE = re.compile(
    rf"^(BEGIN|END|{_OF_EVENTS}|{_OF_ZONES}|{_OF_CALENDARS})[ \t]*[:;][^\r\n]*",
    re.IGNORECASE | re.MULTILINE,
)
_REPEATING = frozenset({"RDATE", "RECURRENCE-ID", "RRULE"})
_QUOTED = re.compile(r'"[^"]*"')
_ESCAPED = re.compile(r"\\(.)")
_DAY = re.compile(r":\s*([0-9]{4})([0-9]{2})([0-9]{2})")

Event = dict[str, list[str]]
"""The lines of an event by the names of their properties."""


_CALENDAR = ["VCALENDAR"]
_EVENT = ["VCALENDAR", "VEVENT"]
_ZONE = ["VCALENDAR", "VTIMEZONE"]


class Whole(Struct):
    """What a calendar says of all its events: METHOD and X-WR-TIMEZONE, as written."""

    method: str | None = None
    time_zone: str | None = None


class Series(Struct):
    """The events of one UID: one by itself, or one that repeats, with its exceptions.

    `uid` tells it from all others in the file.
    """

    uid: str
    calendar: Whole
    events: list[Event] = field(default_factory=list[Event])

    @property
    def title(self) -> str:
        """What it is called, as the file writes it."""
        return next((value(line) for one in self.events for line in one.get("SUMMARY", ())), "")

    @property
    def repeats(self) -> bool:
        """Whether it takes place more than once."""
        return any(not one.keys().isdisjoint(_REPEATING) for one in self.events)

    @property
    def starts_on(self) -> date | None:
        """About when the last of its events begins (a day may be missing), if that can be told."""
        return max(filter(None, (_day(one, "DTSTART") for one in self.events)), default=None)

    @property
    def ends_on(self) -> date | None:
        """About when it is over; None where that takes more than a look at its lines."""
        if self.repeats or any("DURATION" in one for one in self.events):
            return None
        ends = [_day(one, "DTEND") or _day(one, "DTSTART") for one in self.events]
        return max((day for day in ends if day), default=None) if all(ends) else None


class File(Struct):
    """What is in a file: the definitions of its time zones, and its events."""

    zones: list[list[str]]
    series: list[Series]


def opened(body: bytes, charset: str | None = None) -> File:
    """The events of a file. Raises `LookFailed` for what is no calendar.

    The text is UTF-8 (RFC 5545, 6); where it is not, what the other side says that it is.
    """
    reader = _Reader()
    for piece in _pieces(_text(body, charset)):
        for line in _LINE.finditer(piece):
            reader.take(line[1].upper(), line[0])
    if not reader.calendars:
        raise LookFailed(Failure.UNREADABLE, "What was answered is no iCalendar file.")
    return File(reader.zones, list(reader.series.values()))


def value(line: str) -> str:
    """What stands behind the name and the parameters of a line, without escapes."""
    _, _, text = (_QUOTED.sub("", line) if '"' in line else line).partition(":")
    if "\\" in text:
        text = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], text)
    return text.strip()


class _Reader:
    """Takes the lines of a file one by one."""

    def __init__(self) -> None:
        self.calendars = 0
        self.zones: list[list[str]] = []
        self.series: dict[tuple[int, str], Series] = {}
        self._open: list[str] = []
        self._whole = Whole()
        self._event: Event = {}
        self._zone: list[str] = []

    def take(self, name: str, line: str) -> None:
        if name == "BEGIN":
            self._begin(value(line).upper())
        elif name == "END":
            self._end(value(line).upper())
        elif self._open == _EVENT:
            self._event.setdefault(name, []).append(line[:LONGEST])
        elif self._open[:2] == _ZONE:
            self._zone.append(line[:LONGEST])
        elif self._open == _CALENDAR:
            if name == "METHOD":
                self._whole.method = value(line).upper()
            elif name == "X-WR-TIMEZONE":
                self._whole.time_zone = value(line)

    def _begin(self, name: str) -> None:
        self._open.append(name)
        if len(self._open) > DEEPEST:
            raise LookFailed(
                Failure.UNREADABLE, "The calendar's parts stand too deep in each other."
            )
        if self._open == _CALENDAR:
            self.calendars += 1
            self._whole = Whole()
        elif self._open == _EVENT:
            self._event = {}
        elif self._open == _ZONE:
            self._zone = []
        if self._open[:2] == _ZONE:
            self._zone.append(f"BEGIN:{name}")

    def _end(self, name: str) -> None:
        if name not in self._open:
            return
        while True:
            if self._open[:2] == _ZONE:
                self._zone.append(f"END:{self._open[-1]}")
            if self._open == _EVENT and name == _EVENT[-1]:
                self._keep()
            elif self._open == _ZONE and name == _ZONE[-1]:
                self.zones.append(self._zone)
            if self._open.pop() == name:
                return

    def _keep(self) -> None:
        event = self._event
        uid = next((value(line) for line in event.get("UID", ())), "")
        # Without a UID nothing belongs together; what it says is all that there is to know it by.
        uid = uid or "\n".join(event.get("DTSTART", []) + event.get("SUMMARY", []))
        key = (self.calendars, uid)
        if (series := self.series.get(key)) is None:
            series = self.series[key] = Series(uid, self._whole)
        series.events.append(event)


def _text(body: bytes, charset: str | None) -> str:
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode()
    except UnicodeDecodeError:
        pass
    try:
        return body.decode(charset or "cp1252", "replace")
    except (LookupError, UnicodeError):
        return body.decode(errors="replace")


def _pieces(text: str) -> Iterator[str]:
    """The unfolded text in pieces of whole lines: who searches one lets no other thread work."""
    for fold in _FOLDS:
        text = text.replace(fold, "")
    if text.count("\n") > MOST_LINES:
        raise LookFailed(Failure.TOO_LARGE, f"The calendar has more than {MOST_LINES:,} lines.")
    start = 0
    while start < len(text):
        end = text.find("\n", start + _PIECE)
        yield text[start : (end := len(text) if end < 0 else end)]
        start = end


def _day(event: Event, name: str) -> date | None:
    found = next((_DAY.search(line) for line in event.get(name, ())), None)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None
