"""The catalogue of contribution types: what a program recognizes, and what it asks of each."""

from __future__ import annotations

from msgspec import Struct

from domain import policies, programs
from domain.call import Call, reading
from domain.rules.policy import Policy

__all__ = ["Catalogue", "get"]


class Catalogue(Struct, frozen=True):
    """The policy that names the types, and whether its points may be shown to the caller."""

    program: str
    policy_version: int
    policy: Policy
    points_shown: bool


async def get(call: Call, slug: str) -> Catalogue:
    """The catalogue of the policy in force. Raises `NotFound`."""
    async with reading(call) as tx:
        program = await programs.find(tx, slug)
        policy = await policies.typed(tx, program)
        shown = not policy.scoring.internal or policies.reads_points(call, program.slug)
        return Catalogue(program.slug, program.policy_version, policy, shown)
