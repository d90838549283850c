"""Renewals: whose tenure is due, and applying what the rules say, as it should have been."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import audit, policies, programs, standings, tenure_cases, tenure_changes
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Fault, Invalid
from domain.rules.courses import Course, Fate, Step
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.rules.policy import Policy
from domain.rules.policy_tenure import Clock, TenureRules
from domain.rules.renewals import Asked, Lapse, Renew, Review, Wait
from domain.rules.tenures import TenureOutcome
from domain.standings import Explained
from domain.store import member_changes
from domain.store import renewals as store
from domain.store import standings as standing_store
from domain.store import tenures as tenure_store
from domain.store.member_changes import Announced
from domain.store.programs import Program
from domain.store.renewals import Due
from domain.store.standings import Held
from domain.store.tenures import Tenure
from domain.tenure_cases import Case
from domain.tenure_changes import Closing

__all__ = ["Due", "Fate", "Renewal", "Summary", "foreseen", "is_endless", "page", "run", "turn"]

BATCH = 500
"""How many tenures are judged at a time, and decided on in one transaction."""


class Renewal(Struct, frozen=True):
    """A tenure that is due, how its holder stands, and what the rules make of it.

    `on` is the day from which that holds, None while nothing does; `until`: nothing is due before
    that day; `reason`: why a manager is asked.
    """

    held: Held
    explained: Explained
    fate: Fate
    on: date | None
    until: date | None
    reason: Asked | None

    @property
    def id(self) -> UUID:
        """The tenure's id, which with its last day is its place in the list."""
        return self.held.id

    @property
    def last_day(self) -> date | None:
        """The tenure's last day."""
        return self.held.last_day


class Summary(Struct, frozen=True):
    """What became of how many tenures.

    `renewed` counts each of several in a row; `asked` those of which a manager is asked since this
    run, `waiting` those that are due and stay as they are, in grace or with a manager.
    """

    renewed: int = 0
    lapsed: int = 0
    asked: int = 0
    waiting: int = 0

    def plus(self, other: Summary) -> Summary:
        """The sums of both."""
        return Summary(
            self.renewed + other.renewed,
            self.lapsed + other.lapsed,
            self.asked + other.asked,
            self.waiting + other.waiting,
        )


async def page(
    call: Call, slug: str, *, on: date | None, after: Due | None, limit: int
) -> list[Renewal]:
    """Tenures whose last day has come by `on` (by default today), the first to end first.

    One more than a page. An open-ended membership is due every day. Raises `NotFound`.
    """
    async with reading(call, frozen=True) as tx:
        program = await programs.find(tx, slug)
        policy = await policies.typed(tx, program)
        if (rules := policy.tenure) is None:
            return []
        day = on or day_of(call.at, policy.time_zone)
        held = await store.due(
            tx, program.id, day, after=after, limit=limit + 1, endless=is_endless(policy)
        )
        cases = await tenure_cases.gather(tx, program, [policy], held, day)
    points = standings.reads_points(call, slug, policy)
    return [
        _told(case, case.course(policy, rules, day).first, policy, program, points=points)
        for case in cases
    ]


async def run(call: Call, slug: str, *, on: date | None = None) -> Summary:
    """Apply what the rules make of every tenure that is due by a day, by default today.

    Each batch is a transaction of its own: a run that was killed is completed by the next one, two
    at the same time share the work, and a second one changes nothing. Outcomes have the days on
    which they should have been decided, also of several tenures in a row. Suspended and removed
    ambassadors are not touched. Raises `NotFound`, `ProgramArchived`, `Invalid` for a day to come,
    `Busy`.
    """
    async with reading(call) as tx:
        program = await programs.find_open(tx, slug)
        today = day_of(call.at, (await policies.typed(tx, program)).time_zone)
    if on is not None and on > today:
        detail = "Nobody's tenure is decided in advance; a preview tells what would happen."
        raise Invalid(detail, Fault("day", detail, pointer="/on"))
    return await _run(call, slug, today if on is None else on)


async def turn(call: Call, program_id: UUID, on: date) -> None:
    """The same for a program's day. Raises what `run` raises."""
    async with reading(call) as tx:
        slug = await store.slug(tx, program_id)
    await _run(call, slug, on)


def is_endless(policy: Policy) -> bool:
    """Whether the program's tenures have no last day, so that each of them is due every day."""
    return policy.tenure is not None and policy.tenure.clock is Clock.NONE


async def _run(call: Call, slug: str, on: date) -> Summary:
    summary = Summary()
    after: Due | None = None
    looked_at: set[UUID] = set()
    while True:
        async with transaction(call) as tx:
            program = await programs.find_open(tx, slug)
            policy = await policies.typed(tx, program)
            if policy.tenure is None:
                return summary
            held = await store.due(
                tx, program.id, on, after=after, limit=BATCH, endless=is_endless(policy)
            )
            if not held:
                return summary
            after = Due(held[-1].last_day, held[-1].id)
            # A tenure that this run has begun can be due too; its course went on to that already.
            held = [one for one in held if one.ambassador_id not in looked_at]
            looked_at.update(one.ambassador_id for one in held)
            summary = summary.plus(await _settle(tx, program, policy, policy.tenure, held, on))


async def _settle(
    tx: Transaction,
    program: Program,
    policy: Policy,
    rules: TenureRules,
    held: Sequence[Held],
    on: date,
) -> Summary:
    """Judge a batch, hold those on whom something is to be decided, and decide it.

    Whoever was changed while they were judged is judged again.
    """
    cases = await tenure_cases.gather(tx, program, [policy], held, on)
    courses = await asyncio.to_thread(lambda: [one.course(policy, rules, on) for one in cases])
    found = list(zip(cases, courses, strict=True))
    due = [(case, course) for case, course in found if _is_news(case, course)]
    waiting = sum(_waits(case, course, on) for case, course in found)
    kept, again = await _hold(tx, program, due)
    summary = await _apply(tx, program, kept)
    summary = summary.plus(Summary(waiting=waiting))
    if again:
        fresh = await store.again(tx, program.id, again)
        summary = summary.plus(await _settle(tx, program, policy, rules, fresh, on))
    return summary


def _is_news(case: Case, course: Course) -> bool:
    """Whether something is to be written."""
    asked = isinstance(course.last.decision, Review) and (
        len(course.steps) > 1 or case.held.asked_at is None
    )
    return bool(course.renewals) or asked or isinstance(course.last.decision, Lapse)


def foreseen(case: Case, course: Course, on: date) -> Summary:
    """What a run would do with one tenure."""
    last = course.last.decision
    waits = _waits(case, course, on)
    return Summary(
        renewed=len(course.renewals),
        lapsed=int(isinstance(last, Lapse)),
        asked=int(isinstance(last, Review) and not waits),
        waiting=int(waits),
    )


def _waits(case: Case, course: Course, on: date) -> bool:
    """Whether the last of the tenures is due and stays as it is."""
    if course.last.following is not None or isinstance(course.last.decision, Lapse):
        return False
    last = course.last.period.last
    over = last is None or last <= on
    if isinstance(course.last.decision, Review):
        return len(course.steps) == 1 and case.held.asked_at is not None
    return over


Decided = tuple[Tenure, Course]


async def _hold(
    tx: Transaction, program: Program, due: Sequence[tuple[Case, Course]]
) -> tuple[list[Decided], list[UUID]]:
    """Lock ambassadors, their tenures and what counts; those that changed meanwhile come apart."""
    if not due:
        return [], []
    known = {case.held.ambassador_id: (case.held, course) for case, course in due}
    locked = await store.lock(tx, program.id, list(known))
    tenures = {
        one.ambassador_id: one for one in await tenure_store.lock_open(tx, program.id, locked)
    }
    counted = {id for _, course in due for step in course.steps for id in step.counted}
    accepted = (
        await standing_store.keep(tx, program.id, sorted(counted)) if counted else set[UUID]()
    )
    kept: list[Decided] = []
    again: list[UUID] = []
    for ambassador_id, (held, course) in known.items():
        tenure = tenures.get(ambassador_id)
        if tenure is None or tenure.id != held.id:
            continue  # somebody else has decided, or they have left
        same = tenure.version == held.version and all(
            accepted.issuperset(step.counted) for step in course.steps
        )
        if same:
            kept.append((tenure, course))
        else:
            again.append(held.id)
    return kept, again


async def _apply(tx: Transaction, program: Program, decided: Sequence[Decided]) -> Summary:
    """Write what was decided: the first tenure of each, then the one that follows it, and so on."""
    summary = Summary()
    while decided:
        summary = summary.plus(await _decide(tx, program, decided))
        further = {one.ambassador_id: rest for one, course in decided if (rest := course.rest)}
        begun = await tenure_store.lock_open(tx, program.id, list(further)) if further else []
        decided = [(one, further[one.ambassador_id]) for one in begun]
    return summary


async def _decide(tx: Transaction, program: Program, decided: Sequence[Decided]) -> Summary:
    """Write the first step of each course."""
    closings: list[Closing] = []
    questions: list[tuple[Tenure, Review]] = []
    for tenure, course in decided:
        match course.first.decision:
            case Renew(on):
                closings.append(_closing(tenure, course.first, TenureOutcome.RENEWED, on))
            case Lapse(on):
                closings.append(_closing(tenure, course.first, TenureOutcome.LAPSED, on))
            case Review() as review if tenure.asked_at is None:
                questions.append((tenure, review))
            case Review() | Wait():
                pass
    if closings:
        await tenure_changes.close_many(tx, program, closings)
    await _ask(tx, program, questions)
    renewed = sum(one.outcome is TenureOutcome.RENEWED for one in closings)
    return Summary(renewed=renewed, lapsed=len(closings) - renewed, asked=len(questions))


def _closing(tenure: Tenure, step: Step, outcome: TenureOutcome, on: date) -> Closing:
    return Closing(
        tenure,
        outcome,
        on,
        period=step.period,
        counted=step.counted,
        following=step.following,
    )


async def _ask(
    tx: Transaction, program: Program, questions: Sequence[tuple[Tenure, Review]]
) -> None:
    """Ask a manager for the outcome, once."""
    at, new_id = tx.call.at, tx.call.new_id
    type = EventType.TENURE_REVIEW_ASKED.value
    rows: list[Tenure] = []
    entries: list[audit.Entry] = []
    news: list[Announced] = []
    for tenure, review in questions:
        after = replace(tenure, asked_at=at, version=tenure.version + 1, updated_at=at)
        rows.append(after)
        subject = ("tenure", tenure.id)
        entries.append(
            audit.entry(tx.call, type, subject, program_id=program.id, before=tenure, after=after)
        )
        data = {
            "ambassador_id": tenure.ambassador_id,
            "last_day": tenure.last_day,
            "on": review.on,
            "reason": review.reason,
        }
        news.append(Announced(new_id(), type, program.id, tenure.id, data, at))
    await tenure_store.update_many(tx, rows)
    await member_changes.store_records(tx, entries, news)


def _told(case: Case, step: Step, policy: Policy, program: Program, *, points: bool) -> Renewal:
    decision = step.decision
    fate = {
        Renew: Fate.RENEWED,
        Lapse: Fate.LAPSED,
        Review: Fate.ASKED,
        Wait: Fate.WAITING,
    }[type(decision)]
    return Renewal(
        held=case.held,
        explained=standings.explain(
            case, step.standing, policy, program.policy_version, points=points
        ),
        fate=fate,
        on=None if isinstance(decision, Wait) else decision.on,
        until=decision.until if isinstance(decision, Wait) else None,
        reason=decision.reason if isinstance(decision, Review) else None,
    )
