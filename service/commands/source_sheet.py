"""`chancery source sheet`: a table from a file, each row told."""

from __future__ import annotations

import asyncio
import sys

import click

from domain import sheets
from domain.rules.connectors import EntryResult
from domain.sheets import Report, Told
from service.commands import calls
from service.settings import Settings

READABLE = click.Path(exists=True, dir_okay=False, allow_dash=True)


@click.command("sheet")
@click.argument("file", type=READABLE)
@click.option("--program", required=True, help="The program's slug.")
@click.option("--source", required=True, help="The slug of a source that takes tables.")
@click.option("--dry-run", is_flag=True, help="Tell what would be done and change nothing.")
def sheet_command(file: str, program: str, source: str, dry_run: bool) -> None:
    """Record the rows of FILE (`-`: standard input), a table in CSV, each for itself.

    Its headings are mapped by the source. What was not recorded is told with its line. The same
    file again changes nothing. Ends with 1 when a row was rejected.
    """
    with click.open_file(file, "rb") as stream:
        data = stream.read()

    async def work(chosen: Settings) -> Report:
        async with calls.cli_call(chosen) as call:
            return await sheets.upload(call, program, source, data, dry_run=dry_run)

    with calls.on_database(calls.settings()) as chosen:
        report = asyncio.run(work(chosen))
    for row in report.rows:
        for line in told(row):
            click.echo(line)
    counts = ", ".join(f"{report.count(result):,} {result.value}" for result in EntryResult)
    click.echo(f"{'planned only' if dry_run else 'done'}: {counts}")
    sys.exit(1 if report.count(EntryResult.REJECTED) else 0)


def told(row: Told) -> list[str]:
    """What somebody should know of a row."""
    lines = [
        f"line {row.line}{f', {fault.column}' if fault.column else ''}: {fault.detail}"
        for fault in row.faults
    ]
    if row.why:
        lines.append(f"line {row.line}: {row.result.value}. {row.why}")
    if row.warnings:
        words = ", ".join(warned.value.replace("_", " ") for warned in row.warnings)
        lines.append(f"line {row.line}: {row.result.value}, {words}")
    return lines
