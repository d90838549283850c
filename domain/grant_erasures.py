"""What becomes of the benefits of somebody who is erased: what is open is taken back."""

from __future__ import annotations

from uuid import UUID

from domain import grant_changes, offers, policies
from domain.application_erasures import ON_REQUEST
from domain.call import Transaction
from domain.rules.benefits import GrantStatus
from domain.rules.days import day_of
from domain.rules.events import EventType
from domain.store import grants as store
from domain.store.programs import Program


async def end(tx: Transaction, program: Program, ambassador_id: UUID, *, tenured: bool) -> None:
    """Take back what an ambassador has not got yet, and (unless a tenure ended) what ends now."""
    if not tenured:
        await offers.left(tx, program, [ambassador_id], recorded=False)
    live = await store.lock_live(tx, program.id, [ambassador_id])
    unused = [one for one in live if one.status is not GrantStatus.FULFILLED]
    if not unused:
        return
    policy = await policies.typed(tx, program)
    await grant_changes.close_many(
        tx,
        program.id,
        unused,
        GrantStatus.REVOKED,
        EventType.GRANT_REVOKED,
        reason=ON_REQUEST,
        on=day_of(tx.call.at, policy.time_zone),
        by_rule=True,
        replaced=False,
    )
