"""Reads iCalendar subscriptions: what others put into a calendar and what is over by now."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from domain import apart
from domain.apart import GivenUp
from domain.calendar_process import Answered, Task
from domain.call import Call
from domain.connector_settings import opened
from domain.fetching import Page
from domain.rules.calendar_events import Window
from domain.rules.connectors import Calendar, Found, Read
from domain.rules.failures import Failure, LookFailed
from domain.rules.policy import Policy
from domain.store.connectors import Connector
from domain.store.programs import Program

PROCESS = "domain.calendar_process"

LONGEST_LOOK_BACK = timedelta(days=5 * 366)


async def read(
    call: Call,
    program: Program,  # noqa: ARG001 -- as every reader
    policy: Policy,
    settings: Calendar,
    connector: Connector,
    today: date,
) -> Read:
    """The events that are over, of the last days before `today` (in the program's time zone).

    At most `calendars.MOST`, the latest ones; where more was left out, one entry says so. It asks
    for no `304`: the same file tells of more as the days go by. Raises `LookFailed`,
    `DataKeyMissing` and `SealBroken`.
    """
    page = await call.fetcher.get(settings.url, authorization=opened(call, connector))
    back = min(timedelta(days=settings.past_days), LONGEST_LOOK_BACK)
    window = Window(today - back, call.at, policy.time_zone)
    return Read(await found(page, settings, window))


async def found(
    page: Page, settings: Calendar, window: Window, *, seconds: float = apart.SECONDS
) -> list[Found]:
    """What is to be recorded of a page that is a calendar. Raises `LookFailed`."""
    task = msgspec.msgpack.encode(Task(page.body, page.charset, settings, window))
    try:
        told = await apart.run(PROCESS, task, seconds=seconds)
    except GivenUp:
        detail = "The calendar takes too long to read: it is too large, or made to be."
        raise LookFailed(Failure.UNREADABLE, detail) from None
    answered = msgspec.msgpack.decode(told, type=Answered)
    if answered.refused is not None:
        raise LookFailed(*answered.refused)
    return answered.found
