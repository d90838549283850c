"""Whether applications are taken today, and whether what somebody has done is enough."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from domain.errors import Fault
from domain.rules import admissions as rules
from domain.rules.admissions import Eligibility
from domain.rules.candidacies import ApplicationsClosed, NotEligible
from domain.rules.contributions import ContributionStatus, Draft
from domain.rules.days import day_of, written
from domain.rules.members import span
from domain.rules.policy import Policy
from domain.rules.policy_admission import Admission
from domain.store.application_parts import ShownEvidence

__all__ = ["Eligibility", "of", "refuse_closed", "refuse_short"]


def of(policy: Policy, submitted_at: datetime, evidence: Sequence[ShownEvidence]) -> Eligibility:
    """What counts of the evidence on the program's day of applying, under its policy then."""
    on = day_of(submitted_at, policy.time_zone)
    return rules.judge(policy, [_shown(policy, one, on) for one in evidence], on)


def refuse_short(policy: Policy, submitted_at: datetime, evidence: Sequence[ShownEvidence]) -> None:
    """Raise `NotEligible` when there is too little, and nobody applies with too little."""
    found = of(policy, submitted_at, evidence)
    if found.blocks:
        detail = f"{found.words}. Missing: {', '.join(found.missing)}."
        raise NotEligible(detail, Fault("not_eligible", detail, pointer="/evidence"))


def refuse_closed(admission: Admission, today: date) -> None:
    """Raise `ApplicationsClosed` unless applications are taken today."""
    if not admission.applications:
        raise ApplicationsClosed("The program takes no applications.")
    again = rules.opens_on(admission.windows, today)
    if again is not None:
        raise ApplicationsClosed(f"The program takes applications again from {written(again)} on.")


def _shown(policy: Policy, one: ShownEvidence, on: date) -> rules.Shown:
    if one.draft is not None:
        return _told(one.draft, one, on)
    assert one.type is not None
    assert one.occurred_on is not None
    assert one.date_precision is not None
    assert one.recorded_at is not None
    return rules.Shown(
        position=one.position,
        type=one.type,
        occurred_on=one.occurred_on,
        precision=one.date_precision,
        recorded_on=day_of(one.recorded_at, policy.time_zone),
        status=one.status or ContributionStatus.PENDING,
        elsewhere=one.program if one.contribution_program_id != one.program_id else None,
    )


def _told(draft: Draft, one: ShownEvidence, on: date) -> rules.Shown:
    """What was told with the application is judged as it was told, also once it is recorded."""
    first, precision = span(draft.occurred_on)
    status = one.status or ContributionStatus.PENDING
    return rules.Shown(one.position, draft.type, first, precision, on, status)
