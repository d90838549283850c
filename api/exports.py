"""Exports over HTTP: a program's people as files."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from api.http.access import requires
from api.http.endpoint import Raw, Routes
from api.http.fields import Slug
from domain import exports
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Exports", "A program's people as files.")

Format = Annotated[
    Literal["asyncapi-yaml", "asyncapi-json", "asyncapi-emeritus", "csv"],
    Meta(
        description="AsyncAPI's members file as YAML or JSON, its Emeritus.yaml, or a table.",
        examples=["asyncapi-yaml"],
    ),
]


@routes.get(
    "/programs/{program}/exports/{format}",
    requires(Permission.EXPORT_READ),
    produces=("application/yaml", "application/json", "text/csv"),
)
async def get_export(call: Call, program: Slug, format: Format) -> Raw:
    """Export a program's people.

    Public fields, and the provider ids that an import needs to know them again: importing a members
    file that was exported changes nothing. Who is suspended or removed is in no export.
    """
    made = await exports.make(call, program, format)
    disposition = f'attachment; filename="{made.filename}"'
    return Raw(made.data, made.media_type, {"Content-Disposition": disposition})
