"""Votes as they are held: who votes when, and whoever comes settles first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from domain.rules.votes import Choice, Closed, Count, Rules, Times, settle

OPENED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
TIMES = Times(OPENED, OPENED + 7 * DAY, OPENED + 28 * DAY)
ASYNCAPI = Rules(51, 1, close_on_passing=True, fail_early=False)


class Cast(Struct, frozen=True):
    """Somebody votes, or takes their vote back (None), so many days after the opening."""

    day: float
    voter: int
    choice: Choice | None


def held(
    rules: Rules,
    voters: int,
    casts: Iterable[Cast],
    looked_at: float = 28,
    bells: Sequence[int] = (),
) -> Closed | None:
    """How a vote has ended for who looks at it on a day; a worker looked on the days of `bells`."""
    said: dict[int, Choice] = {}
    changed = OPENED
    steps: list[tuple[float, Cast | None]] = [(cast.day, cast) for cast in casts]
    steps += [(float(day), None) for day in bells if day <= looked_at]
    for day, cast in sorted(steps, key=lambda step: step[0]):
        at = OPENED + day * DAY
        if closed := settle(rules, TIMES, count(voters, said.values()), changed, at):
            return closed
        if cast is None:
            continue
        assert TIMES.takes_votes(at)
        if cast.choice is None:
            said.pop(cast.voter, None)
        else:
            said[cast.voter] = cast.choice
        changed = at
    return settle(rules, TIMES, count(voters, said.values()), changed, OPENED + looked_at * DAY)


def count(voters: int, choices: Iterable[Choice]) -> Count:
    told = Counter(choices)
    return Count(voters, told[Choice.FOR], told[Choice.AGAINST], told[Choice.ABSTAIN])


def everybody(choice: Choice, voters: int, day: float, first: int = 0) -> list[Cast]:
    return [Cast(day, first + index, choice) for index in range(voters)]
