"""Calendars: which events are over, when they were, who took part, and what is none of ours."""

from __future__ import annotations

import pytest

from domain.rules import calendar_events, entries
from domain.rules.calendar_events import Window
from domain.rules.calendar_files import opened
from domain.rules.connectors import Calendar
from tests.rules.calendars_read import (
    AMARA,
    BORIS,
    CUSTOM,
    IN_CUSTOM,
    SETTINGS,
    TALK,
    WEEKLY,
    WINDOW,
    file,
    read,
)


def days(*events: str, head: str = "", window: Window = WINDOW) -> list[str]:
    """When what was found took place; a range where it went on for more than a day."""
    drafts = [one.draft for one in read(file(*events, head=head), window=window)]
    assert all(drafts)
    return [
        draft.occurred_on + (f"..{draft.ended_on}" if draft.ended_on else "")
        for draft in drafts
        if draft
    ]


def why(*events: str, head: str = "", settings: Calendar = SETTINGS) -> list[str | None]:
    """Why what was found is skipped."""
    return [one.skipped for one in read(file(*events, head=head), settings)]


def test_an_event_that_is_over_is_a_contribution() -> None:
    event = TALK + "\nDESCRIPTION:What to know\\, and why.\\nAll of it.\nURL:https://example.org/t"
    (found,) = read(file(event))
    assert found.key.startswith("c-")
    assert len(found.key) == 42
    assert found.title == "A talk"
    assert found.skipped is None
    draft = found.draft
    assert draft is not None
    assert (draft.type, draft.title, draft.occurred_on) == ("talk", "A talk", "2026-10-01")
    assert draft.description == "What to know, and why.\nAll of it."
    assert draft.url == "https://example.org/t"
    assert draft.ended_on is None
    assert draft.participants == (AMARA,)
    entries.check(found)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("DTSTART:20261121T100000Z\nDTEND:20261121T120000Z", ["2026-11-21"]),
        ("DTSTART:20261121T100000Z\nDTEND:20261121T120001Z", []),
        ("DTSTART:20261121T110000Z\nDURATION:PT30M", ["2026-11-21"]),
        ("DTSTART:20261121T110000Z\nDURATION:PT2H", []),
        ("DTSTART:20261121T110000Z", ["2026-11-21"]),
        ("DTSTART:20261201T110000Z", []),
        ("DTSTART;VALUE=DATE:20261120", ["2026-11-20"]),
        ("DTSTART;VALUE=DATE:20261121", []),
        ("DTSTART;VALUE=DATE:20261118\nDTEND;VALUE=DATE:20261121", ["2026-11-18..2026-11-20"]),
        ("DTSTART;VALUE=DATE:20261118\nDTEND;VALUE=DATE:20261122", []),
        ("DTSTART:20260823T100000Z", ["2026-08-23"]),
        ("DTSTART:20260822T100000Z", []),
        ("DTSTART;VALUE=DATE:20260820\nDTEND;VALUE=DATE:20260824", ["2026-08-20..2026-08-23"]),
        ("DTSTART;VALUE=DATE:20260820\nDTEND;VALUE=DATE:20260823", []),
    ],
)
def test_only_what_is_over_and_not_too_long_ago_counts(when: str, expected: list[str]) -> None:
    assert days(f"UID:1\nSUMMARY:A talk\n{when}") == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        # In Berlin it is the next day already.
        ("DTSTART:20261001T223000Z\nDTEND:20261001T230000Z", "2026-10-02"),
        ("DTSTART;TZID=America/New_York:20261001T190000", "2026-10-02"),
        # What ends at midnight was over the day before.
        ("DTSTART:20261001T200000Z\nDTEND:20261001T220000Z", "2026-10-01"),
        ("DTSTART:20261001T200000Z\nDTEND:20261001T220100Z", "2026-10-01..2026-10-02"),
        # Without a zone: the program's.
        ("DTSTART:20261001T233000", "2026-10-01"),
        ("DTSTART;TZID=Nowhere/At_All:20261001T233000", "2026-10-01"),
        # As Outlook and Mozilla call them.
        ("DTSTART;TZID=Eastern Standard Time:20261001T190000", "2026-10-02"),
        ("DTSTART;TZID=/mozilla.org/20050126_1/America/New_York:20261001T190000", "2026-10-02"),
    ],
)
def test_days_are_those_of_the_program(when: str, expected: str) -> None:
    assert days(f"UID:1\nSUMMARY:A talk\n{when}") == [expected]


def test_times_without_a_zone_are_those_of_the_calendar_where_it_names_one() -> None:
    floating = "UID:1\nSUMMARY:A talk\nDTSTART:20261001T190000"
    assert days(floating, head="X-WR-TIMEZONE:America/New_York") == ["2026-10-02"]
    assert days(floating, head="X-WR-TIMEZONE:Nowhere/At_All") == ["2026-10-01"]
    assert days(floating, head="X-WR-TIMEZONE:Europe") == ["2026-10-01"]


def test_a_zone_that_the_file_defines_is_its_own_and_no_other_files() -> None:
    assert days(IN_CUSTOM, head=CUSTOM.format(offset="-0500")) == ["2026-10-02"]
    assert days(IN_CUSTOM, head=CUSTOM.format(offset="+0500")) == ["2026-10-01"]
    assert days(IN_CUSTOM.replace("190000", "233000")) == ["2026-10-01"]


def test_a_zone_whose_clock_changes_all_the_time_is_none() -> None:
    restless = CUSTOM.format(offset="-0500").replace("TZNAME:X", "RRULE:FREQ=SECONDLY\nTZNAME:X")
    assert days(IN_CUSTOM, head=restless) == ["2026-10-01"]


def test_each_repetition_is_by_itself_and_keeps_its_hour_when_clocks_change() -> None:
    assert days(WEEKLY) == [
        "2026-10-14",
        "2026-10-21",
        "2026-10-28",
        "2026-11-04",
        "2026-11-11",
        "2026-11-18",
    ]
    found = read(file(WEEKLY))
    assert len({one.key for one in found}) == 6


def test_exceptions_and_additions_are_heeded() -> None:
    changed = (
        WEEKLY
        + "\nEXDATE;TZID=Europe/Berlin:20261021T003000"
        + "\nRDATE;TZID=Europe/Berlin:20261023T003000"
    )
    moved = (
        "UID:1\nSUMMARY:The moved meetup\nDTSTART;TZID=Europe/Berlin:20261105T190000"
        "\nRECURRENCE-ID;TZID=Europe/Berlin:20261104T003000"
    )
    off = (
        "UID:1\nSUMMARY:A meetup\nDTSTART;TZID=Europe/Berlin:20261111T003000"
        "\nRECURRENCE-ID;TZID=Europe/Berlin:20261111T003000\nSTATUS:CANCELLED"
    )
    found = read(file(changed, moved, off))
    told = [(one.draft.occurred_on if one.draft else one.skipped, one.title) for one in found]
    assert told == [
        ("2026-10-14", "A meetup"),
        ("2026-10-23", "A meetup"),
        ("2026-10-28", "A meetup"),
        ("2026-11-05", "The moved meetup"),
        ("It was cancelled.", "A meetup"),
        ("2026-11-18", "A meetup"),
    ]


def test_what_is_moved_keeps_its_key() -> None:
    before = {one.draft.occurred_on: one.key for one in read(file(WEEKLY)) if one.draft}
    moved = (
        "UID:1\nSUMMARY:The moved meetup\nDTSTART;TZID=Europe/Berlin:20261105T190000"
        "\nRECURRENCE-ID:20261103T233000Z"
    )
    after = {one.draft.occurred_on: one.key for one in read(file(WEEKLY, moved)) if one.draft}
    assert after["2026-11-05"] == before["2026-11-04"]
    assert "2026-11-04" not in after
    (once,) = read(file(TALK))
    (later,) = read(file(TALK.replace("20261001", "20261002")))
    assert once.key == later.key


def test_a_change_of_all_that_follow_makes_each_of_them_its_own() -> None:
    later = (
        "UID:1\nSUMMARY:The later meetup\nDTSTART;TZID=Europe/Berlin:20261104T190000"
        "\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261104T003000"
    )
    found = read(file(WEEKLY, later))
    assert len({one.key for one in found}) == len(found) == 6
    assert [one.title for one in found].count("The later meetup") == 3


def test_a_rule_that_ends_has_ended() -> None:
    assert days(WEEKLY + ";COUNT=2") == ["2026-10-14", "2026-10-21"]
    assert days(WEEKLY + ";UNTIL=20261022T000000Z") == ["2026-10-14", "2026-10-21"]
    assert len(days(WEEKLY + ";COUNT=1000000000")) == 6


def test_a_daily_rule_since_1970_tells_of_the_last_days_alone() -> None:
    found = days("UID:1\nSUMMARY:Daily\nDTSTART;VALUE=DATE:19700101\nRRULE:FREQ=DAILY")
    assert len(found) == 90
    assert (found[0], found[-1]) == ("2026-08-23", "2026-11-20")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=SECONDLY", "It repeats every hour or more often."),
        ("FREQ=HOURLY", "It repeats every hour or more often."),
        (
            "FREQ=DAILY;BYHOUR=1,2,3,4,5,6;BYMINUTE=0,10,20,30,40",
            "It repeats every hour or more often.",
        ),
        ("FREQ=DAILY;INTERVAL=0", "The rule by which it repeats cannot be read."),
        ("FREQ=NEVER", "The rule by which it repeats cannot be read."),
        ("COUNT=3", "Its dates cannot be read."),
    ],
)
def test_a_rule_that_is_no_events_is_none(rule: str, reason: str) -> None:
    assert why(f"UID:1\nSUMMARY:A talk\nDTSTART:19700101T100000Z\nRRULE:{rule}") == [reason]


def test_what_cannot_be_read_takes_nothing_else_with_it() -> None:
    broken = "UID:2\nSUMMARY:Broken\nDTSTART:soon"
    alarm = "UID:3\nSUMMARY:Ringing\nDTSTART:20261002T100000Z\nBEGIN:VALARM\nTRIGGER:?\nEND:VALARM"
    found = read(file(broken, TALK, alarm) + b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:4")
    assert [(one.title, one.skipped) for one in found] == [
        ("A talk", None),
        ("Ringing", None),
        ("Broken", "Its dates cannot be read."),
    ]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (TALK + "\nSTATUS:CANCELLED", "It was cancelled."),
        (TALK + "\nCLASS:PRIVATE", "Its owner marked it as private."),
        (TALK + "\nCLASS:confidential", "Its owner marked it as private."),
        (TALK.replace("A talk", "  "), "It has no title."),
        (TALK + "\nSTATUS:CONFIRMED\nCLASS:PUBLIC", None),
    ],
)
def test_what_is_none_of_ours_is_skipped_with_words(event: str, reason: str | None) -> None:
    (found,) = read(file(event))
    assert found.skipped == reason
    assert (found.draft is None) == (reason is not None)
    assert "CLASS:" not in event or found.title == ("" if reason else "A talk")


def test_a_calendar_of_cancellations_cancels() -> None:
    assert why(TALK, head="METHOD:CANCEL") == ["It was cancelled."]


def test_keywords_are_looked_for_in_title_description_and_categories() -> None:
    settings = Calendar(url="", type="talk", keywords=("AsyncAPI", "kafka"), participant=AMARA)
    reasons = why(
        TALK.replace("A talk", "On asyncapi"),
        TALK.replace("UID:1", "UID:2") + "\nDESCRIPTION:All about Kafka.",
        TALK.replace("UID:1", "UID:3") + "\nCATEGORIES:Talks,KAFKA",
        TALK.replace("UID:1", "UID:4"),
        settings=settings,
    )
    assert sorted(reasons, key=str) == [None, None, None, "None of the keywords is in it."]


def test_who_is_known_by_name_or_address_took_part() -> None:
    settings = Calendar(
        url="", type="talk", people={"amara@example.org": AMARA, " Boris Iwanow": BORIS}
    )
    event = (
        TALK
        + "\nORGANIZER;CN=Amara Okafor:MAILTO:Amara@Example.org"
        + '\nATTENDEE;CN="boris iwanow";PARTSTAT=ACCEPTED:mailto:boris@example.org'
        + "\nATTENDEE;CN=Amara;EMAIL=amara@example.org:urn:uuid:1"
        + "\nATTENDEE;CN=Somebody Else:mailto:else@example.org"
    )
    (found,) = read(file(event), settings)
    assert found.draft is not None
    assert found.draft.participants == (AMARA, BORIS)


@pytest.mark.parametrize(
    "attendee",
    [
        "ATTENDEE;CN=Boris Iwanow;PARTSTAT=DECLINED:mailto:b@example.org",
        "ATTENDEE;CN=Boris Iwanow;CUTYPE=ROOM:mailto:b@example.org",
        "ATTENDEE;CN=Another:mailto:b@example.org",
    ],
)
def test_nobody_who_is_known_took_part(attendee: str) -> None:
    people = {"Boris Iwanow": BORIS}
    alone = Calendar(url="", type="talk", people=people)
    assert why(f"{TALK}\n{attendee}", settings=alone) == ["Nobody who is known took part in it."]
    (found,) = read(
        file(f"{TALK}\n{attendee}"), Calendar("", "talk", people=people, participant=AMARA)
    )
    assert found.draft is not None
    assert found.draft.participants == (AMARA,)


def test_the_way_into_the_meeting_is_not_published() -> None:
    description = (
        "DESCRIPTION:<p>All about <b>Kafka</b> &amp; more.</p>Join: https://us02.zoom.us/j/1?pwd=x"
        "\\nPasscode: 123\\nBring a friend.\\n-::~:~::~:~::-\\nJoin with Google\\n-::~:~::~:~::-"
    )
    (found,) = read(file(TALK + "\n" + description + "\nURL:https://meet.google.com/abc-defg-hij"))
    assert found.draft is not None
    assert found.draft.description == "All about Kafka & more.\nBring a friend."
    assert found.draft.url is None


def test_texts_are_cut_to_what_a_contribution_holds() -> None:
    long = f"UID:1\nSUMMARY:{'A talk ' * 100}\nDTSTART:20261001T100000Z\nDESCRIPTION:{'w ' * 5000}"
    (found,) = read(file(long + "\nURL:javascript:alert(1)"))
    assert found.draft is not None
    assert found.draft.url is None
    assert found.draft.title.endswith("…")
    entries.check(found)


def test_folded_lines_and_other_charsets_are_read() -> None:
    body = file(TALK.replace("A talk", "Gr\n  üße"))
    assert [one.title for one in read(body)] == ["Gr üße"]
    assert [one.title for one in read(body.decode().encode("latin-1"))] == ["Gr üße"]
    greek = file(TALK.replace("A talk", "Ομιλία")).decode().encode("iso-8859-7")
    assert [one.title for one in read(greek, charset="ISO-8859-7")] == ["Ομιλία"]
    assert len(read(greek, charset="no-such-charset")) == 1
    assert [one.title for one in read(b"\xef\xbb\xbf" + file(TALK))] == ["A talk"]


def test_what_is_long_over_is_not_even_parsed() -> None:
    old = opened(file(TALK.replace("2026", "2016"), TALK.replace("UID:1", "UID:2")))
    assert [calendar_events.may_matter(one, WINDOW) for one in old.series] == [False, True]
