"""Calendars of others: fetched from servers that behave badly, and read within bounds."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from domain import calendar_reading, connector_runs, sources
from domain.calendar_process import SECONDS_PER_SERIES, Task, understood
from domain.connector_settings import ConnectorDraft
from domain.fetching import FetchFailed
from domain.rules import calendars
from domain.rules.calendar_events import Window
from domain.rules.connectors import Calendar, Found
from domain.rules.contributions import Named
from domain.rules.failures import Failure, LookFailed
from tests.outside import Answer, Outside, cut_off, fetcher, never
from tests.world import World

AMARA = Named(identity="github:1")
SETTINGS = Calendar(url="", type="talk", participant=AMARA)
WINDOW = Window(date(2026, 8, 23), datetime(2026, 11, 21, 12, tzinfo=UTC), "UTC")
TALK = "UID:1\nSUMMARY:A talk\nDTSTART:20260227T100000Z\nDTEND:20260227T110000Z"


def file(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{body}END:VCALENDAR\n".encode()


def within(body: bytes, **limits: float) -> tuple[list[Found], float]:
    """What was found, and in how many seconds."""
    began = time.monotonic()
    found = understood(Task(body, None, SETTINGS, WINDOW, **limits))
    return found, time.monotonic() - began


async def source(world: World, url: str, **settings: Any) -> None:
    """A program whose source 'meetups' reads a calendar."""
    await world.program()
    secret = settings.pop("secret", None)
    connector = ConnectorDraft(
        Calendar(url=url, type="talk", participant=AMARA, **settings), secret
    )
    draft = sources.Draft("meetups", "Meetups", connector=connector)
    await sources.create(world.call(), "demo", draft)


async def look(world: World) -> connector_runs.Looked:
    call = replace(world.call(), fetcher=fetcher())
    return await connector_runs.look(call, "demo", "meetups")


async def test_what_is_over_is_recorded_and_again_changes_nothing(
    world: World, outside: Outside
) -> None:
    later = TALK.replace("UID:1", "UID:2").replace("20260227", "20270227")
    url = outside.answer(file(TALK, later), content_type="text/calendar", etag='"1"')
    await source(world, url, secret="Bearer hidden")
    for expected in ("created", "unchanged"):
        looked = await look(world)
        assert looked.failed is None
        assert [one.result.value for one in looked.recorded] == [expected]
        assert outside.asked[-1].headers["authorization"] == "Bearer hidden"
        # What was still to come then is over some day, in the same file.
        assert "if-none-match" not in outside.asked[-1].headers
    rows = await world.rows("select title, occurred_on from contributions")
    assert [(row["title"], row["occurred_on"]) for row in rows] == [("A talk", date(2026, 2, 27))]


async def test_what_is_over_by_now_is_found_in_a_file_that_did_not_change(
    world: World, outside: Outside
) -> None:
    url = outside.answer(file(TALK.replace("202602", "202603")), etag='"1"')
    await source(world, url)
    assert (await look(world)).recorded == []
    world.clock.pass_(days=60)
    assert [one.result.value for one in (await look(world)).recorded] == ["created"]


async def test_a_page_that_is_no_calendar_is_said_to_be_none(
    world: World, outside: Outside
) -> None:
    await source(world, outside.answer("<html>Log in</html>", content_type="text/html"))
    failed = (await look(world)).failed
    assert isinstance(failed, LookFailed)
    assert failed.failure is Failure.UNREADABLE
    assert failed.detail == "What was answered is no iCalendar file."


@pytest.mark.parametrize(
    ("how", "failure"),
    [
        (Answer(b"", 410), Failure.GONE),
        (cut_off(Answer(file(TALK)), 120), Failure.CUT_OFF),
        (never(), Failure.TIMEOUT),
    ],
    ids=["gone", "cut off", "silent"],
)
async def test_servers_that_fail_are_told_of(
    world: World, outside: Outside, how: Any, failure: Failure
) -> None:
    await source(world, outside.behave(how))
    call = replace(world.call(), fetcher=fetcher(seconds=1))
    failed = (await connector_runs.look(call, "demo", "meetups")).failed
    assert isinstance(failed, FetchFailed)
    assert failed.failure is failure


def test_more_than_one_look_takes_is_left_out_with_words() -> None:
    events = [
        f"UID:{n}\nSUMMARY:Talk {n}\nDTSTART:202610{n % 28 + 1:02}T100000Z"
        for n in range(calendars.MOST + 300)
    ]
    found, _ = within(file(*events))
    assert len([one for one in found if one.draft]) == calendars.MOST
    assert found[-1].skipped is not None
    assert found[-1].skipped.startswith("300 more were left out")
    first = min(one.draft.occurred_on for one in found if one.draft)
    assert first > "2026-10-01", "the latest ones are kept"


def test_ten_megabytes_of_events_are_read_in_time() -> None:
    events = [
        f"UID:{n}\nSUMMARY:Talk {n}\nDESCRIPTION:{'words ' * 70}\nDTSTART:202610{n % 28 + 1:02}"
        for n in range(20_000)
    ]
    body = file(*events)
    assert len(body) > 8_000_000
    found, seconds = within(body, seconds=30)
    assert len(found) == calendars.MOST + 1
    assert seconds < 30


NEVER = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31"
"""There is no such day, and dateutil looks for one until the year 9999."""


def test_a_rule_that_never_comes_true_is_given_up_and_takes_nothing_with_it() -> None:
    rules = [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=1000000000",
        NEVER,
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11",
    ]
    events = [
        f"UID:{place}\nSUMMARY:Restless\nDTSTART:19700101T000000Z\nRRULE:{rule}"
        for place, rule in enumerate(rules)
    ]
    good = TALK.replace("20260227", "20261001").replace("UID:1", "UID:good")
    found, seconds = within(file(*events, good), seconds_per_series=0.5)
    assert [one.title for one in found if one.draft] == ["A talk"]
    assert {one.skipped for one in found if one.draft is None} <= {
        "It repeats every hour or more often.",
        "It takes too long to find out when it repeats.",
    }
    assert len(found) >= len(rules)
    assert seconds < 5


def test_when_the_time_is_up_the_rest_is_left_out() -> None:
    events = [
        f"UID:{place}\nSUMMARY:Restless\nDTSTART:19700101T000000Z\nRRULE:{NEVER}"
        for place in range(100)
    ]
    found, seconds = within(file(*events), seconds=0.5, seconds_per_series=0.1)
    assert found[-1].skipped is not None
    assert "more were left out" in found[-1].skipped
    assert len(found) < 50
    assert seconds < 3


async def test_a_calendar_that_holds_up_its_process_is_given_up(outside: Outside) -> None:
    event = f"UID:1\nSUMMARY:Restless\nDTSTART:19700101T000000Z\nRRULE:{NEVER}"
    page = await fetcher().get(outside.answer(file(event)))
    with pytest.raises(LookFailed, match="takes too long to read"):
        await calendar_reading.found(page, SETTINGS, WINDOW, seconds=0.2)


async def test_other_work_goes_on_while_a_calendar_is_read(world: World, outside: Outside) -> None:
    """The file is read in a process of its own: the loop must not wait for it."""
    event = f"UID:1\nSUMMARY:Restless\nDTSTART:19700101T000000Z\nRRULE:{NEVER}"
    await source(world, outside.answer(file(event)))
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)

    ticking = asyncio.create_task(tick())
    began = time.monotonic()
    await look(world)
    took = time.monotonic() - began
    ticking.cancel()
    assert took >= SECONDS_PER_SERIES
    assert longest < took / 4
