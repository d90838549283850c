"""The evidence of an accepted application: what was told there first is recorded, all is marked."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from msgspec.structs import replace

from domain import recording
from domain.call import Transaction
from domain.recording import Sent
from domain.rules.contributions import Named
from domain.rules.policy import Policy
from domain.store import applications as store
from domain.store import evidence
from domain.store.applications import Application
from domain.store.programs import Program

__all__ = ["settle"]


async def settle(
    tx: Transaction,
    program: Program,
    policy: Policy,
    application: Application,
    person_id: UUID,
    today: date,
) -> None:
    """Record what the application told first as the person's, accepted, and mark all evidence.

    What is marked counts for no tenure of theirs in the program (RULES.md, "Contributions"). What
    the policy does not take any more stays a part of the application alone.
    """
    shown = await store.evidence(tx, program.id, [application.id])
    marked = [
        (one.contribution_program_id, one.contribution_id)
        for one in shown
        if one.contribution_program_id is not None and one.contribution_id is not None
    ]
    told = [one for one in shown if one.contribution_id is None]
    drafts = [
        Sent(replace(one.draft, participants=(Named(person=str(person_id)),)), accepted=True)
        for one in told
        if one.draft is not None
    ]
    outcomes = await recording.record(tx, program, policy, drafts, today) if drafts else []
    for one, outcome in zip(told, outcomes, strict=True):
        if outcome.id is not None:
            contribution = (program.id, outcome.id)
            await store.record_evidence(tx, program.id, one.id, contribution)
            marked.append(contribution)
    await evidence.mark(tx, program.id, application.id, person_id, marked)
