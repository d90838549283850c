"""Erasing an application: what it says of somebody goes; that there was one, and its end, stay."""

from __future__ import annotations

from uuid import UUID

from msgspec.structs import replace

from domain import applications, audit, events, programs, rounds
from domain.applications import Application, Check
from domain.call import Call, Transaction, transaction
from domain.errors import NotFound
from domain.rules.access import Permission
from domain.rules.candidacies import UNDECIDED, ApplicationClosed, ApplicationStatus
from domain.rules.events import EventType
from domain.store import application_erasure
from domain.store import applications as store
from domain.store import erasure as erasure_store

__all__ = ["ON_REQUEST", "end", "erase"]

ON_REQUEST = "The person asked for it."


async def erase(call: Call, slug: str, application_id: UUID, check: Check) -> None:
    """Erase an application, for whom it is about, who sent it, or whoever decides on it.

    Somebody who was never admitted is no person whom one could erase instead. One that is not
    decided is withdrawn; the secrets that open it open nothing any more. Again it changes nothing.
    Raises `NotFound`, `VersionMismatch`, and `ApplicationClosed` for an accepted one: its
    ambassador's person can be erased.
    """
    await rounds.settle(call, slug, application_id)
    async with transaction(call) as tx:
        program = await programs.find(tx, slug)
        before = await store.lock(tx, program.id, application_id)
        if before is None or not _may(call, slug, before):
            raise NotFound("There is no such application of yours.")
        check(before.version)
        if before.status is ApplicationStatus.ACCEPTED:
            raise ApplicationClosed("It was accepted: erase the person whom it has made.")
        if not before.profile.name:
            return
        if before.status in UNDECIDED or before.status is ApplicationStatus.EXPIRED:
            await end(tx, before)
        subjects = await application_erasure.subjects(tx, [before.id])
        await erasure_store.empty_audit(tx, subjects)
        await application_erasure.erase(tx, [], [before.id], call.at)
        await audit.record(
            tx,
            "application.erased",
            ("application", before.id),
            program_id=program.id,
            reason=ON_REQUEST,
        )
        await events.emit(tx, EventType.APPLICATION_ERASED, before.id, program_id=program.id)


async def end(tx: Transaction, before: Application) -> None:
    """Withdraw a locked application of somebody who is to be erased: nobody decides on it."""
    await rounds.cancel_in(tx, before, ON_REQUEST)
    after = replace(
        before,
        status=ApplicationStatus.WITHDRAWN,
        decision_needed=None,
        version=before.version + 1,
        updated_at=tx.call.at,
    )
    await store.update(tx, after)
    await audit.record(
        tx,
        "application.withdrawn",
        ("application", after.id),
        program_id=after.program_id,
        before={"status": before.status},
        after={"status": after.status},
    )
    await events.emit(tx, EventType.APPLICATION_WITHDRAWN, after.id, program_id=after.program_id)


def _may(call: Call, slug: str, application: Application) -> bool:
    actor = call.actor
    if actor.may(Permission.APPLICATION_DECIDE, slug):
        return True
    theirs = applications.theirs(call, application)
    return theirs and (actor.opens is not None or actor.may(Permission.SELF_MANAGE))
