"""Calendars that are none, or that somebody made to do harm: they are refused or skipped."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.rules import entries
from domain.rules.calendar_files import DEEPEST, opened
from domain.rules.failures import LookFailed
from tests.rules.calendars_read import CUSTOM, IN_CUSTOM, NOW, TALK, WEEKLY, file, read


@pytest.mark.parametrize("body", [b"", b"<html>Not here</html>", b"BEGIN:VCARD\r\nEND:VCARD\r\n"])
def test_what_is_no_calendar_is_refused(body: bytes) -> None:
    with pytest.raises(LookFailed, match="no iCalendar file"):
        opened(body)


def test_what_stands_too_deep_is_refused() -> None:
    with pytest.raises(LookFailed, match="too deep"):
        opened(b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * DEEPEST)


def test_more_lines_than_anybody_has_are_refused() -> None:
    with pytest.raises(LookFailed, match="more than 1,000,000 lines"):
        opened(b"BEGIN:VCALENDAR\n" + b"\n" * 1_000_001)


LINES = some.sampled_from(
    [
        "BEGIN:VEVENT",
        "END:VEVENT",
        "BEGIN:VTIMEZONE",
        "END:VTIMEZONE",
        "BEGIN:STANDARD",
        "END:STANDARD",
        "END:VCALENDAR",
        "BEGIN:VCALENDAR",
        "UID:1",
        "DTSTART:20261001T100000Z",
        "DTSTART;VALUE=DATE:20261001",
        "DTSTART;TZID=Europe/Berlin:20261025T023000",
        "DTSTART:00010101T000000Z",
        "DTSTART;TZID=Asia/Tokyo:99991231T235959",
        "DTEND:20260901T100000",
        "DTEND;VALUE=DATE:20261003",
        "DURATION:-P4000W",
        "DURATION:P1D",
        "RRULE:FREQ=WEEKLY;COUNT=3",
        "RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20261201",
        "RRULE:FREQ=DAILY;BYDAY=99XX",
        "RDATE;VALUE=PERIOD:20261005T100000Z/PT1H",
        "RDATE:",
        "EXDATE:20261001T100000Z,20261002",
        "EXDATE;VALUE=DATE:20261001",
        "RECURRENCE-ID:20261008T100000Z",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20261008",
        "SEQUENCE:many",
        "SUMMARY:A talk",
        "CATEGORIES;X=1:a,b",
        "ATTENDEE;CN=A,B:mailto:x",
        "ORGANIZER",
        "TZID:Europe/Berlin",
        "TZOFFSETTO:+9999",
        "X-WR-TIMEZONE:../../etc/passwd",
    ]
)


@given(some.binary(max_size=400))
def test_no_bytes_do_more_than_be_refused(body: bytes) -> None:
    try:
        read(body)
    except LookFailed:
        return


@given(some.lists(some.one_of(LINES, some.text(max_size=30)), max_size=25))
def test_no_lines_do_more_than_be_skipped(lines: list[str]) -> None:
    body = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT"])
    try:
        found = read(body.encode(errors="replace"))
    except LookFailed:
        return
    for one in found:
        entries.check(one)
        assert one.draft is None or date.fromisoformat(one.draft.occurred_on) <= NOW.date()


@given(some.data())
def test_no_mutation_of_a_calendar_does_more_than_change_it(data: some.DataObject) -> None:
    body = bytearray(file(WEEKLY, TALK, IN_CUSTOM, head=CUSTOM.format(offset="-0500")))
    for _ in range(data.draw(some.integers(1, 4))):
        place = data.draw(some.integers(0, len(body) - 1))
        body[place : place + data.draw(some.integers(0, 3))] = data.draw(some.binary(max_size=3))
    try:
        found = read(bytes(body))
    except LookFailed:
        return
    for one in found:
        entries.check(one)
