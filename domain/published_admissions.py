"""What a program publishes of its admissions: who applied, when, and what became of it."""

from __future__ import annotations

from uuid import UUID

from domain import policies, programs
from domain.call import Call, reading
from domain.errors import NotFound
from domain.store import admissions as store
from domain.store.admissions import Admission

__all__ = ["Admission", "page"]


async def page(call: Call, slug: str, *, before: UUID | None, limit: int) -> list[Admission]:
    """The program's applications, newest first, one more than a page; the same for everybody.

    Nobody is named who withdrew, was erased, or was nominated and has not agreed. Raises
    `NotFound`, also where the policy does not publish them.
    """
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        if not (await policies.typed(tx, program)).admission.published:
            raise NotFound("The program publishes no list of its admissions.")
        return await store.page(tx, program.id, before=before, limit=limit + 1)
