"""The catalogue of benefits: what a program's policy promises to its ambassadors."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from domain import policies, programs
from domain.call import Call, reading
from domain.errors import NotFound
from domain.rules.access import Permission
from domain.rules.policy_benefits import Benefit

__all__ = ["Catalogue", "get", "page"]


class Catalogue(Struct, frozen=True):
    """The benefits that the caller may see, by code, and the policy version that says so."""

    program: str
    policy_version: int
    benefits: Mapping[str, Benefit]


async def page(call: Call, slug: str) -> Catalogue:
    """All public benefits of the policy in force, and for the program's staff the others too.

    Raises `NotFound`.
    """
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        policy = await policies.typed(tx, program)
        shown = {
            code: benefit
            for code, benefit in sorted(policy.benefits.items())
            if benefit.public or call.actor.may(Permission.GRANT_READ, program.slug)
        }
        return Catalogue(program.slug, program.policy_version, shown)


async def get(call: Call, slug: str, code: str) -> Benefit:
    """One benefit that the caller may see. Raises `NotFound`."""
    found = (await page(call, slug)).benefits.get(code)
    if found is None:
        raise NotFound(f"There is no benefit '{code}'.")
    return found
