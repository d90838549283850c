"""From what was sent to the record as it is to be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.call import Transaction
from domain.participants import Who
from domain.rules import contributions as rules
from domain.rules.access import Permission
from domain.rules.contributions import ContributionStatus, Draft, Period, WaitingFor
from domain.rules.policy_contributions import ContributionType
from domain.store.contributions import Contribution, Participant, Reading
from domain.store.programs import Program
from domain.store.sources import Source


class Sent(Struct, frozen=True):
    """A contribution as sent: by a person (no source), or by a source under its key.

    `accepted` needs no review: whoever decides on an application has looked at its evidence.
    """

    draft: Draft
    source: Source | None = None
    key: str | None = None
    accepted: bool = False


class Checked(Struct, frozen=True):
    """What the policy says of it, and whose it is."""

    kind: ContributionType
    period: Period
    people: Sequence[Who]


def make(
    tx: Transaction, program: Program, sent: Sent, checked: Checked, digest: bytes, today: date
) -> Contribution:
    """A new record: accepted at once, or waiting for a reviewer."""
    draft, source, at = sent.draft, sent.source, tx.call.at
    at_once = _at_once(tx, program, sent, checked)
    return Contribution(
        program_id=program.id,
        id=tx.call.new_id(),
        type=draft.type,
        type_text=draft.type,
        title=draft.title,
        description=draft.description,
        occurred_on=checked.period.first,
        date_precision=checked.period.precision,
        ended_on=draft.ended_on,
        url=draft.url,
        evidence=draft.evidence,
        role=draft.role,
        language=draft.language,
        tags=draft.tags,
        audience=draft.audience,
        event_format=draft.event_format,
        country=draft.country,
        metrics=read((), draft.metrics, today),
        fields=draft.fields,
        visibility=draft.visibility,
        matched=any(one.person_id for one in checked.people),
        source=source.slug if source else None,
        key=sent.key,
        digest=digest if source else None,
        position=None,
        submitted_by=tx.call.account_id,
        touched_at=None,
        status=ContributionStatus.ACCEPTED if at_once else ContributionStatus.PENDING,
        waiting_for=None if at_once else WaitingFor.REVIEWER,
        decline_reason=None,
        note=None,
        decided_by=None,
        decided_at=None,
        dispute=None,
        disputed_at=None,
        same_as=None,
        version=1,
        created_at=at,
        updated_at=at,
    )


def renew(
    tx: Transaction,
    program: Program,
    sent: Sent,
    checked: Checked,
    digest: bytes,
    today: date,
    before: Contribution,
) -> Contribution:
    """A record as its source tells it now; what was decided on it stays."""
    new = make(tx, program, sent, checked, digest, today)
    decided = before.status is not ContributionStatus.PENDING
    kept = before if decided else new
    return replace(
        new,
        id=before.id,
        metrics=read(before.metrics, sent.draft.metrics, today),
        position=before.position,
        submitted_by=before.submitted_by,
        touched_at=before.touched_at,
        status=kept.status,
        waiting_for=kept.waiting_for,
        decline_reason=before.decline_reason,
        note=before.note,
        decided_by=before.decided_by,
        decided_at=before.decided_at,
        dispute=before.dispute,
        disputed_at=before.disputed_at,
        same_as=before.same_as,
        version=before.version,
        created_at=before.created_at,
        updated_at=before.updated_at,
    )


def people(program_id: UUID, contribution_id: UUID, checked: Checked) -> list[Participant]:
    """Its participants, in the order in which they were named."""
    return [
        Participant(
            program_id,
            contribution_id,
            place,
            one.person_id,
            one.unmatched_id,
            one.role,
            one.share,
            checked.period.first,
        )
        for place, one in enumerate(checked.people)
    ]


def read(before: tuple[Reading, ...], values: dict[str, int], today: date) -> tuple[Reading, ...]:
    """The readings with what is told now, if that is news."""
    latest: dict[str, int] = {}
    for reading in before:
        latest |= reading.values
    news = {name: value for name, value in values.items() if latest.get(name) != value}
    return (*before, Reading(today, news)) if news else before


def _at_once(tx: Transaction, program: Program, sent: Sent, checked: Checked) -> bool:
    """Whether it is accepted without a review, but for duplicates."""
    if checked.period.future:
        return False
    if sent.accepted:
        return True
    if sent.source is not None:
        return rules.accepted_at_once(checked.kind, sent.source.trust, vouched=False)
    actor = tx.call.actor
    own = any(one.person_id == actor.person_id for one in checked.people if one.person_id)
    reviews = actor.may(Permission.CONTRIBUTION_REVIEW, program.slug)
    # Whoever is no tool and no reviewer speaks for themselves alone.
    speaks = reviews or own or actor.person_id is None
    return speaks and rules.accepted_at_once(checked.kind, None, vouched=reviews and not own)
