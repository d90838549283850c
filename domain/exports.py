"""Exports: a program's people as files, for whoever may read all that is in them."""

from __future__ import annotations

from msgspec import Struct

from domain import policies, programs, roster
from domain.call import Call, reading
from domain.rules.days import day_of
from domain.rules.members_render import ExportFormat, render

__all__ = ["Export", "ExportFormat", "make"]

ENDINGS: dict[ExportFormat, tuple[str, str]] = {
    "asyncapi-yaml": ("application/yaml", "members.yaml"),
    "asyncapi-json": ("application/json", "members.json"),
    "asyncapi-emeritus": ("application/yaml", "emeritus.yaml"),
    "csv": ("text/csv", "members.csv"),
}
"""The media type of each format, and how its files are called."""


class Export(Struct, frozen=True):
    """A file in UTF-8."""

    data: bytes
    media_type: str
    filename: str


async def make(call: Call, slug: str, format: ExportFormat) -> Export:
    """A program's people as a file, all of it as it was at one moment. Raises `NotFound`."""
    async with reading(call, frozen=True) as tx:
        program = await programs.find(tx, slug)
        policy = await policies.typed(tx, program)
        held = await roster.read(tx, program.id)
    current = roster.current(held, policy, day_of(call.at, policy.time_zone))
    media_type, ending = ENDINGS[format]
    return Export(render(current.people, format), media_type, f"{slug}-{ending}")
