"""What a vote needs, what is there, and when it can close, in words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from domain.rules.days import written
from domain.rules.votes import (
    Closed,
    Count,
    Rules,
    Times,
    VoteResult,
    closes_at,
    is_lost,
    need,
    passes,
    too_few,
)

_OUTCOMES = {
    VoteResult.PASSED: "It passed",
    VoteResult.DECLINED: "It was declined",
    VoteResult.EXPIRED: "It ended without a result",
    VoteResult.CANCELLED: "It was cancelled",
}


def words(
    rules: Rules,
    times: Times,
    count: Count,
    last_change_at: datetime,
    *,
    sealed: int | None = None,
    time_zone: str = "UTC",
) -> list[str]:
    """An open vote in English sentences, with times of an IANA time zone.

    `sealed` is how many have voted in a secret ballot, of which nobody knows more; else None.
    """
    if too_few(rules, count):
        end = _when(times.earliest, time_zone)
        return [
            f"{_voters(count.voters)} left of the {rules.minimum_voters} that a result takes.",
            f"It ends without a result on {end}, unless it is cancelled.",
        ]
    needed = need(rules.percent, count.voters)
    told = [f"{needed} of {count.voters} voters {_have(needed)} to be for it."]
    if sealed is not None:
        told.append(f"{sealed} {_have(sealed)} voted; the choices are counted when it closes.")
    else:
        told.append(f"{_counts(count)}, {count.outstanding} {_have(count.outstanding)} not voted.")
        told.append(_outlook(rules, count, needed))
    return [
        *told,
        _closing(rules, times, closes_at(rules, times, count, last_change_at), time_zone),
    ]


def closed_words(
    rules: Rules, count: Count | None, closed: Closed, *, time_zone: str = "UTC"
) -> list[str]:
    """A closed vote in English sentences; `count` is None when nothing was counted."""
    told = [f"{_OUTCOMES[closed.result]} on {_when(closed.at, time_zone)}."]
    if count is None or closed.result is VoteResult.CANCELLED:
        return told
    if too_few(rules, count):
        left = f"{_voters(count.voters)} left of the {rules.minimum_voters} that a result takes."
        return [*told, left]
    needed = need(rules.percent, count.voters)
    return [
        *told,
        f"{needed} of {count.voters} voters had to be for it.",
        f"{count.votes_for} {'was' if count.votes_for == 1 else 'were'} for it, {count.against}"
        f" against, {count.abstain} abstained, {count.outstanding} did not vote.",
    ]


def _outlook(rules: Rules, count: Count, needed: int) -> str:
    if passes(rules, count):
        return "That is enough."
    if is_lost(rules, count):
        return "It cannot pass any more, unless somebody changes their vote."
    return f"It takes {needed - count.votes_for} more for it."


def _closing(rules: Rules, times: Times, due: datetime, time_zone: str) -> str:
    latest = _when(times.latest, time_zone)
    if due < times.latest:
        return f"As it stands, it closes on {_when(due, time_zone)}."
    if rules.close_on_passing or rules.fail_early:
        earliest = _when(times.earliest, time_zone)
        return f"It can close from {earliest} on, and does on {latest} at the latest."
    return f"It closes on {latest}."


def _counts(count: Count) -> str:
    said = f"{count.votes_for} {'is' if count.votes_for == 1 else 'are'} for it"
    abstain = f"{count.abstain} {'abstains' if count.abstain == 1 else 'abstain'}"
    return f"{said}, {count.against} against, {abstain}"


def _voters(number: int) -> str:
    return f"{number or 'No'} {'voter is' if number == 1 else 'voters are'}"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _when(at: datetime, time_zone: str) -> str:
    there = at.astimezone(ZoneInfo(time_zone))
    return f"{written(there.date())} at {there:%H:%M} ({time_zone})"
