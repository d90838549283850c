"""Who may apply: whether what somebody has done is enough, and on which days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from domain.rules import english, stretches
from domain.rules.candidates import Done, Moment, Place, Why, in_stretch
from domain.rules.contributions import ContributionStatus
from domain.rules.members import Precision
from domain.rules.policy_admission import AdmissionMode, Enforcement, EvidenceRule, Window
from domain.rules.policy_document import Policy
from domain.rules.standing_words import kinds


class WhyNot(StrEnum):
    """Why something shown is no evidence, or not yet."""

    AFTER = "after"
    BEFORE_WINDOW = "before_window"
    DECLINED = "declined"
    DISPUTED = "disputed"
    OTHER_PROGRAM = "other_program"
    PENDING = "pending"
    TOO_VAGUE = "too_vague"
    TYPE_NOT_WANTED = "type_not_wanted"
    WITHDRAWN = "withdrawn"


class Shown(Struct, frozen=True):
    """A contribution that an applicant shows, at its place in the application.

    `occurred_on` is the first day of its period. One that is told in the application is recorded on
    the day of applying, and pending. `elsewhere` is the slug of another program that recorded it.
    """

    position: int
    type: str
    occurred_on: date
    precision: Precision
    recorded_on: date
    status: ContributionStatus = ContributionStatus.PENDING
    elsewhere: str | None = None


class NoEvidence(Struct, frozen=True):
    """What does not count, or not yet, and why."""

    position: int
    why: WhyNot


class Eligibility(Struct, frozen=True):
    """Whether what is shown is enough on a day.

    `awaiting` waits for a review: it is among the `counted`, unless only accepted ones count; then
    it comes on top. `words` are a sentence without its full stop, `missing` what else it takes.
    `blocks`: there is too little, and nobody applies with too little. `approximate`: it rests on a
    date of which only the month or the year is known.
    """

    enough: bool
    needed: int
    counted: int
    awaiting: int
    counted_positions: tuple[int, ...]
    others: tuple[NoEvidence, ...]
    words: str
    missing: tuple[str, ...]
    blocks: bool
    approximate: bool


def judge(policy: Policy, shown: Iterable[Shown], on: date) -> Eligibility:
    """What counts of what an applicant shows, on the program's day of applying.

    Where nobody has to decide (mode `open`), only what was accepted counts; else what is pending
    counts as it is told, and whoever decides judges it. Dates are read as for a rolling window
    (RULES.md, "Contributions"). The order of what is shown changes nothing but the order told.
    """
    rule = policy.admission.evidence
    strict = policy.admission.mode is AdmissionMode.OPEN
    counted: list[int] = []
    others: list[NoEvidence] = []
    awaiting, approximate = 0, False
    for one in shown:
        why, vague = _judge(policy, rule, one, on)
        approximate |= vague
        if why is None and one.status is ContributionStatus.PENDING:
            awaiting += 1
            why = WhyNot.PENDING if strict else None
        if why is None:
            counted.append(one.position)
        else:
            others.append(NoEvidence(one.position, why))
    needed = rule.at_least if rule else 0
    enough = len(counted) >= needed
    asked = f"{kinds(policy, rule)}{_within(rule)}" if rule else ""
    lacking = needed - len(counted)
    return Eligibility(
        enough=enough,
        needed=needed,
        counted=len(counted),
        awaiting=awaiting,
        counted_positions=tuple(counted),
        others=tuple(others),
        words=_words(needed, len(counted), awaiting, others, asked, strict=strict),
        missing=() if enough else (f"{lacking} more {_noun(lacking)}{asked}",),
        blocks=not enough and rule is not None and rule.enforcement is Enforcement.BLOCK,
        approximate=approximate,
    )


def is_open(windows: Sequence[Window], on: date) -> bool:
    """Whether applications are taken on a day; always without windows, which come every year."""
    return not windows or any(_holds(window, on) for window in windows)


def opens_on(windows: Sequence[Window], on: date) -> date | None:
    """The next day on which applications are taken again; None when they are taken on this one.

    It is the first day of a window, in the year of `on` or the next one.
    """
    if is_open(windows, on):
        return None
    firsts = [
        date.fromisoformat(f"{year:04}-{window.first}")
        for window in windows
        for year in (on.year, on.year + 1)
    ]
    return min(first for first in firsts if first > on)


def again_on(wait: str | None, declined_on: date) -> date | None:
    """The first day on which somebody can apply again: the day a wait after that of being declined.

    30 days after 10 January that is 9 February; None when they can at once.
    """
    return stretches.after(wait, declined_on) if wait else None


_REFUSED = {
    ContributionStatus.DECLINED: WhyNot.DECLINED,
    ContributionStatus.DISPUTED: WhyNot.DISPUTED,
    ContributionStatus.WITHDRAWN: WhyNot.WITHDRAWN,
}

_PLACES = {
    Why.AFTER: WhyNot.AFTER,
    Why.TOO_VAGUE: WhyNot.TOO_VAGUE,
}


def _judge(
    policy: Policy, rule: EvidenceRule | None, one: Shown, on: date
) -> tuple[WhyNot | None, bool]:
    """Why it does not count, and whether its date leaves that open."""
    if (refused := _REFUSED.get(one.status)) is not None:
        return refused, False
    if rule is None:
        return (WhyNot.AFTER if one.occurred_on > on else None), False
    if one.elsewhere is not None and one.elsewhere not in rule.programs:
        return WhyNot.OTHER_PROGRAM, False
    kind = policy.contribution_types.get(one.type)
    by_type = not rule.types or one.type in rule.types
    by_area = not rule.areas or (kind is not None and kind.area in rule.areas)
    if not (by_type and by_area):
        return WhyNot.TYPE_NOT_WANTED, False
    if rule.within is None:
        return (WhyNot.AFTER if one.occurred_on > on else None), False
    place = in_stretch(_done(one), Moment(on, on, None, None), rule.within)
    if isinstance(place, Place):
        return (WhyNot.BEFORE_WINDOW if place.lasts_until < on else None), place.approximate
    return _PLACES[place.why], place.approximate


def _done(one: Shown) -> Done:
    length = {"day": "P1D", "month": "P1M", "year": "P1Y"}[one.precision]
    return Done(
        id=UUID(int=one.position),
        type=one.type,
        first=one.occurred_on,
        last=stretches.end(length, one.occurred_on),
        precision=one.precision,
        recorded_on=one.recorded_on,
        status=one.status,
    )


def _holds(window: Window, on: date) -> bool:
    # No window begins or ends on 29 February: it belongs to the last day of the month before it.
    day = "02-28" if (on.month, on.day) == (2, 29) else f"{on:%m-%d}"
    if window.first <= window.last:
        return window.first <= day <= window.last
    return day >= window.first or day <= window.last


_REASONS = {
    WhyNot.AFTER: "still to come",
    WhyNot.BEFORE_WINDOW: "too long ago",
    WhyNot.DECLINED: "declined",
    WhyNot.DISPUTED: "disputed",
    WhyNot.OTHER_PROGRAM: "of another program",
    WhyNot.TOO_VAGUE: "of an unknown month",
    WhyNot.TYPE_NOT_WANTED: "of another type",
    WhyNot.WITHDRAWN: "withdrawn",
}


def _words(
    needed: int,
    counted: int,
    awaiting: int,
    others: Sequence[NoEvidence],
    asked: str,
    *,
    strict: bool,
) -> str:
    told = [f"{counted} of {needed}{asked}" if needed else f"{counted} {_noun(counted)}"]
    if awaiting:
        whose = "more" if strict else "of them"
        told.append(f"{awaiting} {whose} {'awaits' if awaiting == 1 else 'await'} review")
    numbers = Counter(one.why for one in others if one.why is not WhyNot.PENDING)
    reasons = [f"{numbers[why]} {_REASONS[why]}" for why in WhyNot if why in numbers]
    if reasons:
        told.append(f"not counted: {english.listed(reasons, 'and')}")
    return "; ".join(told)


def _within(rule: EvidenceRule) -> str:
    return f" within {english.stretch(rule.within)}" if rule.within else ""


def _noun(count: int) -> str:
    return "contribution" if count == 1 else "contributions"
