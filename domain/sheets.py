"""Uploaded tables: each row is recorded as if its source had posted it, or told what is wrong."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain import audit, connectors, policies, programs, sources
from domain.call import Call, reading, transaction
from domain.connector_runs import ConnectorPaused
from domain.connector_turns import connector_of
from domain.connectors import Recorded
from domain.errors import Conflict, Fault
from domain.imports import FileRefused
from domain.recording import Warned
from domain.rules import sheet_cells
from domain.rules import sheets as rules
from domain.rules.connectors import ConnectorState, EntryResult, Sheet, SheetField
from domain.rules.policy import Policy
from domain.rules.sheets import FileFault, Row
from domain.store import connectors as store
from domain.store.sources import Source

__all__ = ["FileRefused", "NoSheet", "Report", "Told", "upload"]

MOST_TOLD = 1_000
"""How many faults of a file are told one by one; the others are counted."""


class NoSheet(Conflict):
    """Only a source whose connector is of the kind `sheet` takes tables."""

    code = "no_sheet"
    title = "The source takes no tables"


class Told(Struct, frozen=True):
    """What became of the row that begins on this line of the file, which counts from 1.

    `key` is None for a row of which none can be made; a fault's column is its heading.
    """

    line: int
    key: str | None
    result: EntryResult
    contribution_id: UUID | None = None
    why: str | None = None
    faults: Sequence[FileFault] = ()
    warnings: Sequence[Warned] = ()


class Report(Struct, frozen=True):
    """What became of each row, in order."""

    rows: Sequence[Told]

    def count(self, result: EntryResult) -> int:
        """How many rows became that."""
        return sum(row.result is result for row in self.rows)


async def upload(
    call: Call, slug: str, source: str, data: bytes, *, dry_run: bool = False
) -> Report:
    """Record the rows of a table, each for itself, as the source; or only tell what would be done.

    The audit log names who uploaded what changed anything. Raises `NotFound`, `ProgramArchived`,
    `NoConnector`, `NoSheet`, `ConnectorPaused`, and `FileRefused` with lines for what is no table.
    """
    origin, settings, policy = await _place(call, slug, source, dry_run=dry_run)
    # Ten thousand rows take their time, in which others are served.
    table = await asyncio.to_thread(rules.parse, data, settings, policy)
    if table.faults:
        raise _refusal(table.faults)
    found = [row.found for row in table.rows]
    recorded = await connectors.record(call, slug, origin, found, dry_run=dry_run)
    pairs = zip(table.rows, recorded, strict=True)
    report = Report([_told(row, became, table.headings) for row, became in pairs])
    if dry_run:
        report = Report([_unmade(row) for row in report.rows])
    else:
        unread = sum(bool(row.faults) for row in table.rows)
        await _keep(call, origin, hashlib.sha256(data).hexdigest(), report, unread)
    return report


async def _place(
    call: Call, slug: str, source: str, *, dry_run: bool
) -> tuple[Source, Sheet, Policy]:
    async with reading(call) as tx:
        program = await programs.find_open(tx, slug)
        policy = await policies.typed(tx, program)
        origin = await sources.stored(tx, program, source)
    connector = connector_of(origin)
    if not isinstance(connector.settings, Sheet):
        raise NoSheet("Only a connector of the kind `sheet` reads tables.")
    if connector.state is ConnectorState.PAUSED and not dry_run:
        raise ConnectorPaused("It is paused: resume it first, or make a dry run.")
    return origin, connector.settings, policy


def _refusal(faults: Sequence[FileFault]) -> FileRefused:
    told = [
        Fault(
            one.code,
            f"line {one.line}{f', {one.column}' if one.column else ''}: {one.detail}",
            pointer=f"/{one.line}",
        )
        for one in faults[:MOST_TOLD]
    ]
    noun = "fault" if len(faults) == 1 else "faults"
    return FileRefused(f"Nothing was recorded: the file has {len(faults):,} {noun}.", *told)


def _told(row: Row, recorded: Recorded, headings: Mapping[SheetField, str]) -> Told:
    line, key = row.found.line or 1, row.found.key or None
    if row.faults:
        return Told(line, key, EntryResult.REJECTED, faults=row.faults)
    faults: list[FileFault] = []
    if recorded.error is not None:
        error = recorded.error
        faults = [
            FileFault(line, sheet_cells.column(one.pointer, headings), one.code, one.detail)
            for one in error.faults or (Fault(error.code, error.detail, pointer=""),)
        ]
    return Told(
        line,
        key,
        recorded.result,
        recorded.contribution_id,
        None if faults else recorded.why,
        faults,
        recorded.warnings,
    )


def _unmade(told: Told) -> Told:
    """The same without the id of a contribution that is not there."""
    made = told.result is EntryResult.CREATED
    return replace(told, contribution_id=None) if made else told


async def _keep(call: Call, source: Source, digest: str, report: Report, unread: int) -> None:
    """Count what was at fault before anything was recorded, and log who uploaded what."""
    counts = {result: report.count(result) for result in EntryResult}
    async with transaction(call) as tx:
        if unread:
            await store.count(tx, source.program_id, source.id, store.Counts(rejected=unread))
        if counts[EntryResult.CREATED] or counts[EntryResult.UPDATED]:
            told = {result.value: count for result, count in counts.items()}
            await audit.record(
                tx,
                "source.sheet_uploaded",
                ("source", source.id),
                program_id=source.program_id,
                after={"digest": digest, **told},
            )
