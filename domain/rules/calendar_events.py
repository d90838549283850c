"""When the events of a calendar took place: each repetition by itself, with its exceptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event, Timezone
from icalendar.prop import vRecur
from icalendar.timezone import tzp
from msgspec import Struct

from domain.rules.calendar_files import File, Series
from domain.rules.days import day_of

# What icalendar, dateutil and zoneinfo raise over what others wrote; they promise nothing.
_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    Warning,
)
_DAILY = frozenset({"DAILY", "MONTHLY", "WEEKLY", "YEARLY"})
_TIMES_A_DAY = 24
# Mozilla and Evolution write `TZID=/their.name/Europe/Berlin`.
_VENDOR = re.compile(
    r"(;TZID=\"?)/[^:;\"]*?/"
    r"((?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/)",
    re.IGNORECASE,
)


class Unread(Exception):
    """Why nothing can be told of an event, in words."""


class Window(Struct, frozen=True):
    """What is looked for: what ended on `since` or later and is over `at` a time.

    `at` is aware; days are those of `time_zone`, which also is the zone of times without one.
    """

    since: date
    at: datetime
    time_zone: str


class Somebody(Struct, frozen=True):
    """An organizer or somebody who came, by their name and addresses, as far as they are given."""

    names: tuple[str, ...]


class Occurrence(Struct, frozen=True):
    """One event that took place, from `first` to `last`; the texts are as written.

    `identity` tells it from all others of the calendar, also when it is moved.
    """

    identity: str
    first: date
    last: date
    title: str
    description: str
    url: str
    categories: tuple[str, ...]
    people: tuple[Somebody, ...]
    cancelled: bool
    private: bool


def learn(file: File) -> None:
    """Teach icalendar the time zones that a file defines itself; it forgets those of other files.

    They are kept for the whole process: in one that serves others, files would disturb each other.
    """
    tzp.use_default()
    for zone in file.zones:
        if any(line[:5].upper() == "RRULE" and "YEARLY" not in line.upper() for line in zone):
            # No clock changes so often, and each time in such a zone would take long.
            continue
        with suppress(*_BROKEN):
            # Otherwise its times are read as if they named no zone.
            Timezone.from_ical(_bytes(zone))


def may_matter(series: Series, window: Window) -> bool:
    """Whether any of it can be in the window, by a look that costs next to nothing."""
    near = timedelta(days=2)
    if (ends := series.ends_on) is not None and ends < window.since - near:
        return False
    starts = series.starts_on
    return series.repeats or starts is None or starts <= window.at.date() + near


def occurrences(series: Series, window: Window) -> list[Occurrence]:
    """Each time that it took place in the window. Raises `Unread`."""
    try:
        return list(_occurrences(series, window))
    except _BROKEN:
        raise Unread("Its dates cannot be read.") from None


def _occurrences(series: Series, window: Window) -> Iterator[Occurrence]:
    calendar = Calendar()
    for one in series.events:
        lines = [_VENDOR.sub(r"\1\2", line) for name in one for line in one[name]]
        event = Event.from_ical(_bytes(["BEGIN:VEVENT", *lines, "END:VEVENT"]))
        _refuse_restless(event)
        calendar.add_component(event)
    if zone := _zone(series.calendar.time_zone):
        calendar["X-WR-TIMEZONE"] = zone
    query = recurring_ical_events.of(calendar)
    # A day more on both sides: what has no zone is compared as if it were in this one.
    start = datetime.combine(window.since - timedelta(days=1), time(), UTC)
    stop = window.at + timedelta(days=1)
    for event in query.between(start, stop):
        if (days := _days(event, window)) is not None:
            yield _occurrence(series, event, days)


def _refuse_restless(event: Any) -> None:
    """Raise `Unread` for a rule that would be worked on for a very long time."""
    for rule in _all(event, "RRULE"):
        if not isinstance(rule, vRecur):
            raise Unread("The rule by which it repeats cannot be read.")
        parts = cast("dict[str, list[Any]]", rule)
        if min(parts.get("INTERVAL", [1])) < 1:
            raise Unread("The rule by which it repeats cannot be read.")
        times = 1
        for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            times *= len(parts.get(part, [0]))
        if times > _TIMES_A_DAY or not _DAILY.issuperset(parts.get("FREQ", [])):
            raise Unread("It repeats every hour or more often.")


def _days(event: Any, window: Window) -> tuple[date, date] | None:
    """The first and the last day, if it ended in the window."""
    start, end = event["DTSTART"].dt, event["DTEND"].dt
    if not isinstance(start, datetime) and not isinstance(end, datetime):
        first, last = start, max(start, end - timedelta(days=1))
        over = last < day_of(window.at, window.time_zone)
    else:
        started, ended = _moment(start, window), _moment(end, window)
        over = ended <= window.at
        first = day_of(started, window.time_zone)
        # What ends at midnight was over the day before.
        until = max(started, ended - timedelta(microseconds=1))
        last = day_of(until, window.time_zone)
    return (first, last) if over and last >= window.since else None


def _moment(at: date, window: Window) -> datetime:
    if not isinstance(at, datetime):
        at = datetime.combine(at, time())
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(window.time_zone))
    return at.astimezone(UTC)


def _occurrence(series: Series, event: Any, days: tuple[date, date]) -> Occurrence:
    status = _text(event, "STATUS").strip().upper()
    return Occurrence(
        identity=series.uid + (_which(event) if series.repeats else ""),
        first=days[0],
        last=days[1],
        title=_text(event, "SUMMARY"),
        description=_text(event, "DESCRIPTION"),
        url=_text(event, "URL"),
        categories=tuple(
            str(one) for many in _all(event, "CATEGORIES") for one in getattr(many, "cats", ())
        ),
        people=tuple(_people(event)),
        cancelled=status == "CANCELLED" or series.calendar.method == "CANCEL",
        private=_text(event, "CLASS").strip().upper() in ("CONFIDENTIAL", "PRIVATE"),
    )


def _which(event: Any) -> str:
    """Which repetition it is: by when it was to begin at first, wherever it was moved to."""
    start, original = event["DTSTART"].dt, event["RECURRENCE-ID"]
    at = original.dt
    if original.params.get("RANGE"):
        # All that follow have the same one.
        at = start
    if isinstance(at, datetime) and isinstance(start, datetime):
        if at.tzinfo is None and start.tzinfo is not None:
            at = at.replace(tzinfo=start.tzinfo)
        if at.tzinfo is not None:
            at = at.astimezone(UTC)
    return f"\n{at.isoformat()}"


def _people(event: Any) -> Iterator[Somebody]:
    """The organizer, and whoever was there and is no room."""
    for one in [*_all(event, "ORGANIZER"), *_all(event, "ATTENDEE")]:
        said = {
            name: str(one.params.get(name, "")) for name in ("CN", "CUTYPE", "EMAIL", "PARTSTAT")
        }
        if said["PARTSTAT"].upper() == "DECLINED" or said["CUTYPE"].upper() in ("RESOURCE", "ROOM"):
            continue
        address = str(one).strip()
        if address[:7].lower() == "mailto:":
            address = address[7:]
        names = (said["CN"], address, said["EMAIL"])
        yield Somebody(tuple(name.strip() for name in names if name.strip()))


def _zone(name: str | None) -> str | None:
    """The IANA name of a zone that is called so, there or at Microsoft."""
    if not name:
        return None
    try:
        found: object = cast("Any", tzp).timezone(name)
    except _BROKEN:
        return None
    return found.key if isinstance(found, ZoneInfo) else None


def _all(event: Any, name: str) -> Sequence[Any]:
    value = event.get(name)
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _text(event: Any, name: str) -> str:
    return next((str(one) for one in _all(event, name)), "")


def _bytes(lines: Sequence[str]) -> bytes:
    # Never text: icalendar opens the file whose name it is.
    return "\r\n".join(lines).encode(errors="replace")
