"""Who applies: found by verified identities, and whether they can apply now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from domain import applications, identities, people
from domain.call import Transaction
from domain.errors import AlreadyExists, Fault
from domain.rules import admissions
from domain.rules.ambassadors import SANCTIONS, AmbassadorStatus
from domain.rules.candidacies import CannotApply
from domain.rules.days import day_of, written
from domain.rules.policy import Policy
from domain.store import admissions as admission_store
from domain.store import applications as store
from domain.store import unmatched as inbox
from domain.store.programs import Program

__all__ = ["find", "refuse_hindered"]


async def find(
    tx: Transaction,
    stated: Sequence[identities.Draft],
    known: UUID | None,
    *,
    by_account: bool,
) -> UUID | None:
    """Whose verified identities these are, or who is `known` already; None: nobody's, or unclear.

    None of them can be verified from now on until the transaction ends. Raises `AlreadyExists` for
    one that is verified for somebody else than is known. `by_account`: an account applies, which
    belongs to the person who is known, or to nobody: it would come to belong to whoever is
    accepted, and so states nobody else's identity.
    """
    await inbox.lock_shared(tx)
    owners = [
        await identities.owner_of(tx, one.provider, one.subject, one.handle) for one in stated
    ]
    if known is None and not by_account:
        people_found = {owner for owner in owners if owner is not None}
        return people_found.pop() if len(people_found) == 1 else None
    detail = "This identity is verified for another person already."
    faults = [
        Fault("already_exists", detail, pointer=f"/identities/{place}")
        for place, owner in enumerate(owners)
        if owner not in (None, known)
    ]
    if faults:
        raise AlreadyExists(detail, *faults)
    return known


async def refuse_hindered(
    tx: Transaction, program: Program, policy: Policy, person_id: UUID, today: date
) -> None:
    """Raise unless the person, who is locked now, can apply: one application at a time.

    Raises `AlreadyExists` with the open application, and `CannotApply`: without a reason to
    strangers, and for whoever was suspended or removed.
    """
    await people.lock(tx, person_id)
    current = await admission_store.present(tx, program.id, person_id)
    if current is not None and current.status in SANCTIONS:
        raise CannotApply
    if current is not None and current.status is not AmbassadorStatus.EMERITUS:
        raise _told(tx, "They are an ambassador of the program already.")
    if (open_one := await store.open_of(tx, program.id, person_id)) is not None:
        error = _told(tx, "There is an open application of theirs already.")
        if applications.theirs(tx.call, open_one) or applications.whole(tx.call, program.slug):
            error = error.about(await applications.shown(tx, tx.call, program, open_one))
        raise error
    declined = await store.last_declined(tx, program.id, person_id)
    if declined is None or declined.decided_at is None:
        return
    declined_on = day_of(declined.decided_at, policy.time_zone)
    again = admissions.again_on(policy.admission.reapply_after, declined_on)
    if again is not None and today < again:
        known = tx.call.actor.person_id == person_id
        raise CannotApply(*([f"You can apply again from {written(again)} on."] if known else []))


def _told(tx: Transaction, detail: str) -> AlreadyExists | CannotApply:
    """Why not, for whoever is known here; anybody else learns nothing of a person."""
    if tx.call.actor.account_id is None:
        return CannotApply()
    return AlreadyExists(detail)
