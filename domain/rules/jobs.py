"""What the workers do: the jobs, their states, when they come round, and which days are missing."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class JobName(StrEnum):
    """A kind of work that is done outside any request, in alphabetical order."""

    CONNECTOR = "connector"
    DAILY = "daily"
    DELIVERY = "delivery"
    TIDY = "tidy"
    VOTE = "vote"


class JobState(StrEnum):
    """Where a job stands; one that is done is there no more."""

    HELD = "held"
    RUNNING = "running"
    WAITING = "waiting"


class Day(Struct, frozen=True):
    """What `JobName.DAILY` is for: one day, in the program's own time zone."""

    program_id: UUID
    on: date


class Delivered(Struct, frozen=True):
    """What `JobName.DELIVERY` is for: what another service told a source's webhook."""

    program_id: UUID
    source_id: UUID
    delivery_id: str


class Look(Struct, frozen=True):
    """What `JobName.CONNECTOR` is for: one look at where a source gets its contributions from."""

    program_id: UUID
    source_id: UUID


class Poll(Struct, frozen=True):
    """What `JobName.VOTE` is for: the open vote on one application."""

    program_id: UUID
    application_id: UUID


PERIODS: dict[JobName, timedelta] = {JobName.TIDY: timedelta(hours=1)}
"""Jobs that come round by themselves; after an interruption each comes once."""

MOST_DAYS = 400
"""The most days that are made up for after an interruption: a year, and a month to notice."""


def missing_day(done: date | None, created_on: date, today: date) -> date | None:
    """The first day whose daily work is still to be done, up to `today`; None: nothing is missing.

    `done` is the last day that was done, if any was: days are done in order.
    """
    first = created_on if done is None else done + timedelta(days=1)
    first = max(first, today - timedelta(days=MOST_DAYS - 1))
    return first if first <= today else None
