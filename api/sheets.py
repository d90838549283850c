"""Tables over HTTP: a file in, what became of each of its rows out."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.contribution_body import SourceKey
from api.contribution_posts import Quantity, Warnings
from api.http.access import requires
from api.http.answers import Answers
from api.http.endpoint import Raw, Routes
from api.http.fields import Id, Slug
from domain import sheets
from domain.call import Call
from domain.rules.access import Permission
from domain.rules.connectors import EntryResult
from domain.rules.sheets import FileFault
from domain.sheets import Report, Told

routes = Routes("Sheets", "Tables of contributions, as spreadsheets write them.")


class SheetFault(Struct, frozen=True):
    """One thing that is wrong with a row, and where it stands."""

    code: Annotated[str, Meta(description="What kind of fault.", examples=["date"])]
    detail: Annotated[str, Meta(description="What is wrong with it.", examples=["It is empty."])]
    column: Annotated[
        str | None,
        Meta(
            description="The heading of its column; null where it is about the row.",
            examples=["Date"],
        ),
    ]


class SheetRow(Struct, frozen=True):
    """What became of one row."""

    line: Annotated[
        int,
        Meta(
            ge=1,
            description="The line of the file on which the row begins, from 1.",
            examples=[2],
            extra_json_schema={"format": "int32"},
        ),
    ]
    result: Annotated[
        EntryResult,
        Meta(
            description="`unchanged`: it was sent before; `skipped`: an earlier row says the same.",
            examples=["created"],
        ),
    ]
    key: Annotated[
        SourceKey | UnsetType, Meta(description="The key of its contribution, if it has one.")
    ] = UNSET
    id: Annotated[
        Id | UnsetType, Meta(description="The contribution; absent where nothing is recorded.")
    ] = UNSET
    errors: Annotated[list[SheetFault] | UnsetType, Meta(description="Why it was rejected.")] = (
        UNSET
    )
    why: Annotated[
        str | UnsetType,
        Meta(description="Why nothing was done.", examples=["Line 2 says the same."]),
    ] = UNSET
    warnings: Warnings | UnsetType = UNSET


class SheetTally(Struct, frozen=True):
    """How many rows became what."""

    created: Quantity
    unchanged: Quantity
    updated: Quantity
    rejected: Quantity
    skipped: Quantity


class SheetSummary(Struct, frozen=True):
    """The last line: everything was read, and this is what became of it."""

    summary: SheetTally


class SheetQuery(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How a table is read."""

    dry_run: Annotated[bool, Meta(description="Only say what would be done.")] = False


@routes.post(
    "/programs/{program}/sources/{source}/sheet",
    requires(Permission.IMPORT_RUN),
    consumes=("text/csv",),
)
async def upload_sheet(
    call: Call, program: Slug, source: Slug, query: SheetQuery, body: Raw
) -> Answers[SheetRow | SheetSummary]:
    """Record the rows of a table.

    CSV (RFC 4180, UTF-8; commas, semicolons or tabs) with headings, which the source's connector
    (`kind: sheet`) maps to fields. Each row stands for itself, as `putContribution` takes it. The
    answer has a line for each, in their order, and a summary at the end. A file that is no such
    table is refused whole. The same file again changes nothing. At most 4 MiB and 10,000 rows.
    """
    made = await sheets.upload(call, program, source, body.data, dry_run=query.dry_run)
    answers = Answers[SheetRow | SheetSummary]()
    answers.write(map(row, made.rows))
    answers.write([SheetSummary(tally(made))])
    return answers


def row(told: Told) -> SheetRow:
    """The wire form of what became of a row."""
    return SheetRow(
        told.line,
        told.result,
        told.key or UNSET,
        told.contribution_id or UNSET,
        [fault(one) for one in told.faults] or UNSET,
        told.why or UNSET,
        list(told.warnings) or UNSET,
    )


def fault(told: FileFault) -> SheetFault:
    """The wire form of what is wrong with a row."""
    return SheetFault(told.code, told.detail, told.column)


def tally(report: Report) -> SheetTally:
    """How many rows became what."""
    return SheetTally(
        created=report.count(EntryResult.CREATED),
        unchanged=report.count(EntryResult.UNCHANGED),
        updated=report.count(EntryResult.UPDATED),
        rejected=report.count(EntryResult.REJECTED),
        skipped=report.count(EntryResult.SKIPPED),
    )
