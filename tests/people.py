"""Builders of people, in programs and in none."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain import ambassadors, people
from tests.world import World


async def person(world: World, name: str = "Amara Okafor", *programs: str, **profile: Any) -> UUID:
    """A person, who is an active ambassador of these programs."""
    person_id = await people.create(world.call(), people.Changes(name=name, **profile))
    for slug in programs:
        handle = name.lower().replace(" ", "-")
        await ambassadors.create(world.call(), slug, ambassadors.Draft(handle, person_id))
    return person_id
