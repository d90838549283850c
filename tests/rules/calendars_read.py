"""Calendars that tests write, and what is found in them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from domain.rules import calendar_events, calendars
from domain.rules.calendar_events import Unread, Window
from domain.rules.calendar_files import opened
from domain.rules.connectors import Calendar, Found
from domain.rules.contributions import Named

AMARA = Named(ambassador="amara-okafor")
BORIS = Named(identity="github:2")
SETTINGS = Calendar(url="https://example.org/c.ics", type="talk", participant=AMARA)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WINDOW = Window(date(2026, 8, 23), NOW, "Europe/Berlin")
TALK = "UID:1\nSUMMARY:A talk\nDTSTART:20261001T100000Z\nDTEND:20261001T110000Z"
WEEKLY = "UID:1\nSUMMARY:A meetup\nDTSTART;TZID=Europe/Berlin:20261014T003000\nRRULE:FREQ=WEEKLY"
CUSTOM = """BEGIN:VTIMEZONE
TZID:Our zone
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:{offset}
TZOFFSETTO:{offset}
TZNAME:X
END:STANDARD
END:VTIMEZONE"""
IN_CUSTOM = "UID:1\nSUMMARY:A talk\nDTSTART;TZID=Our zone:20261001T190000"


def file(*events: str, head: str = "") -> bytes:
    """A calendar of these events; `head` are lines of the calendar itself."""
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}\n{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def read(
    body: bytes, settings: Calendar = SETTINGS, window: Window = WINDOW, charset: str | None = None
) -> list[Found]:
    """What is found in a file."""
    told = opened(body, charset)
    calendar_events.learn(told)
    found: list[Found] = []
    occurrences: list[calendar_events.Occurrence] = []
    for series in told.series:
        if calendar_events.may_matter(series, window):
            try:
                occurrences += calendar_events.occurrences(series, window)
            except Unread as error:
                found.append(calendars.unread(series.uid, series.title, str(error)))
    return calendars.found(settings, occurrences) + found
