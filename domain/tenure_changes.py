"""Begins, closes and moves tenures, inside the transaction of whatever brings it about.

Everywhere the ambassadors are locked before their tenures. Many are written at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import absences, audit, offers
from domain.call import Transaction
from domain.rules import tenures as rules
from domain.rules.ambassadors import AmbassadorStatus
from domain.rules.clocks import Period
from domain.rules.events import EventType
from domain.rules.tenures import TenureOrigin, TenureOutcome
from domain.store import ambassadors as ambassador_store
from domain.store import directory, member_changes
from domain.store import tenures as store
from domain.store.member_changes import Announced
from domain.store.programs import Program
from domain.store.tenures import Counted, Tenure

__all__ = ["Beginning", "Closing", "begin_many", "close_many", "correct", "period_of"]

NEWS: Mapping[TenureOutcome, EventType] = {
    TenureOutcome.ENDED: EventType.TENURE_ENDED,
    TenureOutcome.LAPSED: EventType.TENURE_LAPSED,
    TenureOutcome.RENEWED: EventType.TENURE_RENEWED,
}

STAYING = frozenset({AmbassadorStatus.ACTIVE, AmbassadorStatus.ON_LEAVE})
"""Who becomes emeritus with the end of a tenure; what people set besides, people lift."""


class Beginning(Struct, frozen=True):
    """A tenure to be, of a locked ambassador who has no open one."""

    ambassador_id: UUID
    period: Period
    origin: TenureOrigin


class Closing(Struct, frozen=True):
    """What becomes of an open tenure; it is locked, and so is its ambassador.

    `on` is the day from which the outcome holds, in the program's time zone; `period` are its days
    as leaves have moved them, None: as they are stored. `counted` are the contributions that
    counted; `following` is the tenure after one that is renewed. `decided_by`: an account, None for
    a rule. Who lapses or leaves becomes emeritus; suspended and removed are left to people.
    """

    tenure: Tenure
    outcome: TenureOutcome
    on: date
    reason: str | None = None
    period: Period | None = None
    counted: Sequence[UUID] = ()
    following: Period | None = None
    decided_by: UUID | None = None


class _Told:
    """Audit entries and events, gathered in their order."""

    def __init__(self, tx: Transaction, program_id: UUID) -> None:
        self.tx, self.program_id = tx, program_id
        self.entries: list[audit.Entry] = []
        self.events: list[Announced] = []

    def tell(
        self,
        type: EventType,
        subject: tuple[str, UUID],
        before: Struct | dict[str, Any] | None,
        after: Struct | dict[str, Any],
        reason: str | None,
        /,
        **data: Any,
    ) -> None:
        """Both of one change: the entry with its values, the event with `data`."""
        call, program_id = self.tx.call, self.program_id
        self.entries.append(
            audit.entry(
                call,
                type.value,
                subject,
                program_id=program_id,
                before=before,
                after=after,
                reason=reason,
            )
        )
        self.events.append(
            Announced(call.new_id(), type.value, program_id, subject[1], data, call.at)
        )

    async def store(self) -> None:
        """All of it; nothing when nothing changed."""
        await member_changes.store_records(self.tx, self.entries, self.events)


def period_of(tenure: Tenure) -> Period:
    """Its days, as the clocks know them."""
    return Period(tenure.first_day, tenure.last_day)


async def begin_many(
    tx: Transaction, program: Program, beginnings: Iterable[Beginning]
) -> list[Tenure]:
    """Begin tenures, and offer what they bring; returns them in the order given."""
    told = _Told(tx, program.id)
    made = await _begin(tx, program, beginnings, told)
    await told.store()
    await offers.began(tx, program, made, renewed=False)
    return made


async def close_many(
    tx: Transaction, program: Program, closings: Sequence[Closing]
) -> list[Tenure]:
    """Close tenures, and begin those that follow; returns the closed ones in the order given.

    Benefits are offered and taken back with them.
    """
    told = _Told(tx, program.id)
    closed = [_closed(tx, program, one) for one in closings]
    counted = [
        Counted(program.id, one.tenure.id, one.tenure.ambassador_id, each)
        for one in closings
        for each in one.counted
    ]
    await store.close_many(tx, closed, counted)
    for one, after in zip(closings, closed, strict=True):
        told.tell(
            NEWS[one.outcome],
            ("tenure", after.id),
            one.tenure,
            after,
            one.reason,
            ambassador_id=after.ambassador_id,
            first_day=after.first_day,
            last_day=after.last_day,
            on=one.on,
        )
    following = [
        Beginning(one.tenure.ambassador_id, one.following, TenureOrigin.LIVE)
        for one in closings
        if one.following is not None
    ]
    begun = await _begin(tx, program, following, told)
    await _leave(tx, program, closings, told)
    await told.store()
    over = [one for one in closed if one.outcome is not TenureOutcome.RENEWED]
    await offers.ended(tx, program, over)
    await offers.began(tx, program, begun, renewed=True)
    return closed


async def correct(tx: Transaction, before: Tenure, after: Tenure, reason: str | None) -> None:
    """Put the days of a locked tenure right."""
    if after == before:
        return
    after = replace(after, version=before.version + 1, updated_at=tx.call.at)
    await store.update_many(tx, [after])
    told = _Told(tx, before.program_id)
    told.tell(
        EventType.TENURE_CORRECTED,
        ("tenure", before.id),
        before,
        after,
        reason,
        ambassador_id=before.ambassador_id,
        first_day=after.first_day,
        last_day=after.last_day,
    )
    await told.store()


async def _begin(
    tx: Transaction, program: Program, beginnings: Iterable[Beginning], told: _Told
) -> list[Tenure]:
    made = [
        Tenure(
            program_id=program.id,
            id=tx.call.new_id(),
            ambassador_id=one.ambassador_id,
            first_day=one.period.first,
            last_day=one.period.last,
            policy_version=program.policy_version,
            origin=one.origin,
            outcome=None,
            outcome_on=None,
            outcome_reason=None,
            outcome_policy_version=None,
            decided_by=None,
            asked_at=None,
            version=1,
            created_at=tx.call.at,
            updated_at=tx.call.at,
        )
        for one in beginnings
    ]
    await store.insert_many(tx, made)
    for one in made:
        told.tell(
            EventType.TENURE_STARTED,
            ("tenure", one.id),
            None,
            one,
            None,
            ambassador_id=one.ambassador_id,
            first_day=one.first_day,
            last_day=one.last_day,
            origin=one.origin,
        )
    return made


def _closed(tx: Transaction, program: Program, closing: Closing) -> Tenure:
    tenure = closing.tenure
    period = closing.period or period_of(tenure)
    last_day = period.last
    if closing.outcome is not TenureOutcome.RENEWED:
        last_day = rules.shortened(period, closing.on)
    return replace(
        tenure,
        last_day=last_day,
        outcome=closing.outcome,
        outcome_on=closing.on,
        outcome_reason=closing.reason,
        outcome_policy_version=program.policy_version,
        decided_by=closing.decided_by,
        version=tenure.version + 1,
        updated_at=tx.call.at,
    )


async def _leave(
    tx: Transaction, program: Program, closings: Sequence[Closing], told: _Told
) -> None:
    """Whose tenure lapsed or ended is emeritus from that day on, unless they left already."""
    leaving = {
        one.tenure.ambassador_id: one
        for one in closings
        if one.outcome is not TenureOutcome.RENEWED
    }
    if not leaving:
        return
    found = await ambassador_store.lock_many(tx, program.id, list(leaving))
    before = [one for one in found if one.status in STAYING]
    after = [
        replace(
            one,
            status=AmbassadorStatus.EMERITUS,
            status_reason=leaving[one.id].reason,
            status_on=leaving[one.id].on,
            version=one.version + 1,
            updated_at=tx.call.at,
        )
        for one in before
    ]
    if not after:
        return
    await ambassador_store.turn_many(tx, after)
    for was, now in zip(before, after, strict=True):
        told.tell(
            EventType.AMBASSADOR_STATUS_CHANGED,
            ("ambassador", was.id),
            was,
            now,
            now.status_reason,
            before=was.status,
            after=now.status,
            on=now.status_on,
        )
    ids = [one.id for one in after]
    await directory.refresh_ambassadors(tx, program.id, ids)
    await absences.stop(tx, program.id, ids, max(one.on for one in closings))
