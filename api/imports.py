"""Imports over HTTP: a members file in, the plan of what it changes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from api.http.access import requires
from api.http.endpoint import Raw, Routes
from api.http.fields import Code, Count, Day, Id, Moment, Slug
from api.http.paging import Page, PageQuery, page, place
from domain import imports
from domain.call import Call
from domain.rules.access import Permission

routes = Routes("Imports", "Files of ambassadors that are read into a program.")

Mode = Annotated[
    Literal["merge", "mirror"],
    Meta(
        description="`merge` adds and changes; `mirror` makes whoever is missing emeritus, too.",
        examples=["merge"],
    ),
]
LineNumber = Annotated[
    int,
    Meta(
        ge=1,
        le=2147483647,
        description="The line of the file, from 1.",
        extra_json_schema={"format": "int32"},
    ),
]
Digest = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{64}$(?!\\n)",
        description="SHA-256 of the file.",
        examples=["0" * 64],
    ),
]


class ImportSummary(Struct, frozen=True):
    """How many steps of each kind there are."""

    add_person: Annotated[Count, Meta(description="People who were not known at all.")]
    add_ambassador: Annotated[Count, Meta(description="People who join the program.")]
    return_ambassador: Annotated[Count, Meta(description="Emeriti who are active again.")]
    depart: Annotated[Count, Meta(description="Who is missing, and becomes emeritus.")]
    rename_handle: Annotated[Count, Meta(description="Handles that changed.")]
    change_identity: Annotated[Count, Meta(description="Identities that came, went or changed.")]
    change_profile: Annotated[Count, Meta(description="Fields of profiles that changed.")]
    add_membership: Annotated[Count, Meta(description="Memberships that began.")]
    change_membership: Annotated[Count, Meta(description="Memberships that began another day.")]
    reopen_membership: Annotated[Count, Meta(description="Memberships that go on.")]
    end_membership: Annotated[Count, Meta(description="Memberships that ended.")]
    add_contribution: Annotated[Count, Meta(description="Contributions that are new.")]
    change_contribution: Annotated[Count, Meta(description="Contributions that changed.")]
    remove_contribution: Annotated[Count, Meta(description="Contributions that are gone.")]
    conflicts: Annotated[Count, Meta(description="What people must decide.")]
    faults: Annotated[Count, Meta(description="What could not be read.")]


class ImportStep(Struct, frozen=True):
    """One step of the plan."""

    action: Annotated[Code, Meta(description="Its kind.", examples=["change_profile"])]
    handle: Annotated[str | None, Meta(description="Whom it is about.")]
    line: Annotated[LineNumber | None, Meta(description="Where the file says so.")]
    field: Annotated[str | None, Meta(description="What changes.")]
    before: Annotated[str | None, Meta(description="As it was; null: it was not there.")]
    after: Annotated[str | None, Meta(description="As it becomes; null: it goes.")]


class ImportConflict(Struct, frozen=True):
    """Where file and record disagree; nothing about these people changes."""

    code: Annotated[Code, Meta(description="What kind.", examples=["suspended"])]
    detail: Annotated[str, Meta(description="What people have to decide.")]
    line: Annotated[LineNumber | None, Meta(description="The line, if the file names them.")]
    people: Annotated[Sequence[Id], Meta(description="Whom it is about.")]


class ImportFault(Struct, frozen=True):
    """Something in the file that is not as it should be."""

    line: LineNumber
    pointer: Annotated[str, Meta(description="RFC 6901 pointer into the file.", examples=["/0"])]
    code: Annotated[Code, Meta(description="What kind.", examples=["month"])]
    detail: Annotated[str, Meta(description="What is wrong with it.")]
    severity: Annotated[
        Literal["refuses", "entry", "normalised"],
        Meta(description="`entry`: it was left out; `normalised`: it was read all the same."),
    ]


class ImportReport(Struct, frozen=True):
    """What an import does, or would do."""

    id: Annotated[Id | None, Meta(description="The import; null when nothing was done.")]
    applied: Annotated[bool, Meta(description="False for a dry run.")]
    mode: Mode
    as_of: Annotated[Day, Meta(description="The day of the file.")]
    digest: Digest
    summary: ImportSummary
    actions: Annotated[Sequence[ImportStep], Meta(description="The steps, in their order.")]
    conflicts: Annotated[Sequence[ImportConflict], Meta(description="What it leaves to people.")]
    faults: Annotated[Sequence[ImportFault], Meta(description="What is wrong with the file.")]


class ImportView(Struct, frozen=True):
    """A file that was imported."""

    id: Id
    format: Annotated[Literal["asyncapi"], Meta(description="The kind of file.")]
    mode: Mode
    as_of: Annotated[Day, Meta(description="The day of the file.")]
    digest: Digest
    summary: ImportSummary
    applied_at: Moment
    applied_by: Annotated[Id | None, Meta(description="The account; null: the command line.")]


class ImportQuery(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How a file is imported."""

    format: Annotated[Literal["asyncapi"], Meta(description="The kind of file.")] = "asyncapi"
    mode: Mode
    as_of: Annotated[
        Day | None,
        Meta(description="The day of the file; needed for a mirror, otherwise by default today."),
    ] = None
    dry_run: Annotated[bool, Meta(description="Only say what would be done.")] = False
    joined_known: Annotated[
        bool, Meta(description="Who is new joined on `as_of`; otherwise nobody knows the day.")
    ] = False


class ImportsQuery(PageQuery, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The list of imports has no filters."""


class _Place(Struct, frozen=True):
    id: UUID


@routes.post(
    "/programs/{program}/imports",
    requires(Permission.IMPORT_RUN),
    consumes=("application/yaml", "application/json"),
)
async def run_import(call: Call, program: Slug, query: ImportQuery, body: Raw) -> ImportReport:
    """Import a members file.

    AsyncAPI's AMBASSADORS_MEMBERS as YAML or JSON. The plan is applied as a whole or, in a dry run,
    only told. The same file again does nothing, so no Idempotency-Key is needed. A file that cannot
    be read as a whole, or is older than the last one, is refused with every fault and its line.
    """
    file = imports.File(
        body.data,
        query.mode,
        as_of=query.as_of,
        dry_run=query.dry_run,
        joined_known=query.joined_known,
        format="json" if body.media_type == "application/json" else "yaml",
    )
    return _report(await imports.run(call, program, file))


@routes.get("/programs/{program}/imports", requires(Permission.IMPORT_RUN))
async def list_imports(call: Call, program: Slug, query: ImportsQuery) -> Page[ImportView]:
    """List the imports of a program.

    Newest first; an import that had nothing to do is not listed.
    """
    after = place(query, _Place)
    rows = await imports.page(call, program, before=after.id if after else None, limit=query.limit)
    return page(query, rows, [_view(row) for row in rows], _Place)


def _report(made: imports.Report) -> ImportReport:
    return ImportReport(
        id=made.id,
        applied=made.applied,
        mode=made.mode,
        as_of=made.as_of,
        digest=made.digest.hex(),
        summary=_summary(made.summary),
        actions=[
            ImportStep(one.action, one.handle, one.line, one.field, one.before, one.after)
            for one in made.steps
        ],
        conflicts=[
            ImportConflict(one.code, one.detail, one.line, one.people) for one in made.conflicts
        ],
        faults=[
            ImportFault(one.line, one.pointer, one.code, one.detail, one.severity)
            for one in made.faults
        ],
    )


def _summary(made: imports.Summary) -> ImportSummary:
    return ImportSummary(**{name: getattr(made, name) for name in made.__struct_fields__})


def _view(one: imports.Import) -> ImportView:
    return ImportView(
        id=one.id,
        format="asyncapi",
        mode=one.mode,
        as_of=one.as_of,
        digest=one.digest.hex(),
        summary=_summary(one.summary),
        applied_at=one.applied_at,
        applied_by=one.applied_by,
    )
