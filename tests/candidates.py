"""Builders of applications with what they say, below the rules of who may apply; and acceptance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from domain import admissions, policies, programs
from domain.call import Call, transaction
from domain.rules.candidacies import Candidate, OutcomeBy
from domain.rules.contributions import Draft
from domain.store import applications as store
from domain.store.applications import Application, Evidence, Identity
from tests.applied import apply
from tests.world import World

NOOR = Candidate(
    name="Noor Haddad",
    title="Engineer",
    country="JO",
    languages=("ar", "en"),
    topics=("apis",),
    company="Invented Ltd",
)
GITHUB = ("github", "5501911", "noor")
TOLD = Draft(type="talk", title="Told first", occurred_on="2026-02-14", participants=())


async def candidate(
    world: World,
    *,
    person_id: UUID | None = None,
    identities: Sequence[tuple[str, str | None, str | None]] = (GITHUB,),
    shown: Sequence[UUID | tuple[str, UUID]] = (),
    told: Sequence[Draft] = (),
    slug: str = "demo",
    **fields: Any,
) -> Application:
    """Store an application with its identities and its evidence: contributions, and drafts.

    A contribution of another program is given with that program's slug.
    """
    made = await apply(world, person_id, slug, **{"profile": NOOR, **fields})
    async with transaction(world.call()) as tx:
        told_by = [
            Identity(made.program_id, uuid7(), made.id, provider, subject, handle)
            for provider, subject, handle in identities
        ]
        await store.replace_identities(tx, made.program_id, made.id, told_by)
        evidence: list[Evidence] = []
        for one in [*shown, *told]:
            key = (made.program_id, uuid7(), made.id, len(evidence))
            if isinstance(one, Draft):
                evidence.append(Evidence(*key, None, None, one))
                continue
            where, contribution = (slug, one) if isinstance(one, UUID) else one
            program = await programs.find(tx, where)
            evidence.append(Evidence(*key, program.id, contribution, None))
        await store.replace_evidence(tx, made.program_id, made.id, evidence)
    return made


async def accept(
    world: World,
    application: Application,
    by: OutcomeBy = OutcomeBy.MANAGER,
    *,
    call: Call | None = None,
    **more: Any,
) -> Application:
    """Accept an application as whoever decides does, in a transaction of its own."""
    async with transaction(call or world.call()) as tx:
        program = await programs.find_open(tx, application.program)
        policy = await policies.typed(tx, program)
        locked = await store.lock(tx, program.id, application.id)
        assert locked is not None
        return await admissions.accept(tx, program, policy, locked, by, **more)
