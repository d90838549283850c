"""Benefit codes: a pool of tickets or vouchers is loaded once, and each is given to one grant."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain import audit, deliveries, events, grants, policies, programs
from domain.call import Call, Transaction, reading, transaction
from domain.errors import Conflict, NotFound
from domain.rules.events import EventType
from domain.rules.policy_benefits import Benefit
from domain.store import benefit_codes as store
from domain.store.benefit_codes import Code, Counts
from domain.store.grants import Grant
from domain.store.programs import Program
from domain.store.query import Connection

__all__ = ["Counts", "Loaded", "NoCodes", "NoCodesLeft", "Told", "counts", "get", "give", "load"]


class NoCodes(Conflict):
    """The benefit is not one that is fulfilled by a code."""

    code = "no_codes"
    title = "The benefit is given without codes"


class NoCodesLeft(Conflict):
    """Every code of the pool has been given."""

    code = "no_codes_left"
    title = "There is no code left"


class Loaded(Struct, frozen=True):
    """What became of the codes that were sent, and the pool as it is now."""

    added: int
    known: int
    counts: Counts


class Told(Struct, frozen=True):
    """The code that a grant has."""

    grant: Grant
    code: str
    given_at: datetime


async def load(call: Call, slug: str, benefit: str, codes: Sequence[str]) -> Loaded:
    """Add codes to the pool of a benefit; what the pool has ever had is known, and adds nothing.

    They are given in the order of their loading. Raises `NotFound`, `ProgramArchived`, `NoCodes`,
    `DataKeyMissing`.
    """
    async with transaction(call) as tx:
        program = await programs.find_open(tx, slug)
        if not (await _find(tx, program, benefit)).codes:
            raise NoCodes(f"The policy does not say that '{benefit}' is fulfilled by codes.")
        sealed = await asyncio.to_thread(_sealed, call, program.id, benefit, codes)
        await store.lock(tx, program.id, benefit)
        added = await store.add(
            tx, program.id, benefit, sealed, at=call.at, account_id=call.account_id
        )
        if added:
            await audit.record(
                tx,
                EventType.BENEFIT_CODES_LOADED.value,
                ("program", program.id),
                program_id=program.id,
                after={"benefit": benefit, "added": added},
            )
            await events.emit(
                tx,
                EventType.BENEFIT_CODES_LOADED,
                program.id,
                program_id=program.id,
                benefit=benefit,
                added=added,
            )
        now = await store.counts(tx, program.id, benefit)
        return Loaded(added, len(codes) - added, now)


async def counts(call: Call, slug: str, benefit: str) -> Counts:
    """How many codes a benefit has. Raises `NotFound`."""
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        await _find(tx, program, benefit)
        return await store.counts(tx, program.id, benefit)


async def get(call: Call, slug: str, grant_id: UUID) -> Told:
    """The code of a grant, for the ambassador and for whoever reads deliveries.

    Raises `NotFound`, also when it has none, `Forbidden`, `DataKeyMissing`, `SealBroken`.
    """
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        one = await grants.locate(tx, call, program, grant_id)
        deliveries.refuse_unread(call, program, one.person_id)
        found = await store.of_grant(tx, program.id, grant_id)
        if found is None:
            raise NotFound("The grant has no code.")
        code = call.vault.open(found.sealed, program.id, found.id).decode()
        return Told(one.grant, code, found.given_at)


async def give(tx: Transaction, grant: Grant) -> None:
    """Give a locked grant a code of its benefit. Raises `NoCodesLeft`."""
    await store.lock(tx, grant.program_id, grant.benefit)
    given = await store.give(tx, grant.program_id, grant.benefit, grant.id, tx.call.at)
    if given is None:
        raise NoCodesLeft("Every code of this benefit has been given; tell the program's managers.")


async def _find(tx: Connection, program: Program, benefit: str) -> Benefit:
    policy = await policies.typed(tx, program)
    if (known := policy.benefits.get(benefit)) is None:
        raise NotFound(f"The policy has no benefit '{benefit}'.")
    return known


def _sealed(call: Call, program_id: UUID, benefit: str, codes: Sequence[str]) -> list[Code]:
    """Each code once, sealed."""
    found: list[Code] = []
    for code in dict.fromkeys(codes):
        key = call.new_id()
        bound = b"\0".join((program_id.bytes, benefit.encode(), code.encode()))
        digest = hashlib.sha256(bound).digest()
        found.append(Code(key, digest, call.vault.seal(code.encode(), program_id, key)))
    return found
