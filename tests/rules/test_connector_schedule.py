"""When a connector looks again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.rules.connector_schedule import JITTER, LONGEST, next_run

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
SOURCE = UUID(int=7)

sources = st.uuids()
times = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
paces = st.integers(5, 10_080).map(lambda minutes: timedelta(minutes=minutes))
failures = st.integers(0, 5000)
asked = st.none() | st.timedeltas(timedelta(0), timedelta(days=400))


@given(sources, times, paces)
def test_it_looks_again_at_its_pace_and_a_tenth_later_at_most(
    source: UUID, at: datetime, every: timedelta
) -> None:
    wait = next_run(source, at, every=every) - at
    assert every <= wait <= every * (1 + JITTER)
    assert next_run(source, at, every=every) - at == wait, "the same look, the same time"


@given(sources, times, paces, failures, asked)
def test_nothing_waits_for_longer_than_a_day_and_its_own_pace(
    source: UUID, at: datetime, every: timedelta, failed: int, ask: timedelta | None
) -> None:
    wait = next_run(source, at, every=every, failures=failed, retry_after=ask) - at
    assert every <= wait <= max(every, LONGEST) * (1 + JITTER)
    if failed and ask is not None:
        assert wait >= min(ask, LONGEST)


@given(sources, times, paces, st.integers(0, 40))
def test_each_failure_makes_the_wait_longer_and_none_shorter(
    source: UUID, at: datetime, every: timedelta, failed: int
) -> None:
    now, then = (
        next_run(source, at, every=every, failures=count) - at for count in (failed, failed + 1)
    )
    assert then >= now


def test_the_wait_doubles_until_it_is_a_day() -> None:
    waits = [
        (next_run(SOURCE, NOW, every=timedelta(hours=1), failures=count) - NOW) / timedelta(hours=1)
        for count in range(8)
    ]
    whole = [1, 2, 4, 8, 16, 24, 24, 24]
    assert all(hours <= wait <= 1.1 * hours for wait, hours in zip(waits, whole, strict=True))


def test_what_looks_once_a_week_does_not_look_more_often_when_it_fails() -> None:
    week = timedelta(days=7)
    assert next_run(SOURCE, NOW, every=week, failures=3) - NOW >= week


def test_sources_that_look_at_the_same_time_do_not_stay_together() -> None:
    times = {next_run(UUID(int=n), NOW, every=timedelta(hours=1)) for n in range(200)}
    assert len(times) == 200
    first, last = min(times), max(times)
    assert last - first > timedelta(minutes=5)


def test_nobody_is_asked_to_wait_after_an_answer() -> None:
    ask = timedelta(hours=20)
    hour = timedelta(hours=1)
    assert next_run(SOURCE, NOW, every=hour, retry_after=ask) < NOW + 2 * hour
    assert next_run(SOURCE, NOW, every=hour, failures=1, retry_after=ask) >= NOW + ask
    year = next_run(SOURCE, NOW, every=hour, failures=1, retry_after=timedelta(days=365))
    assert year <= NOW + LONGEST * 1.1
