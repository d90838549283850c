"""`chancery import` and `chancery export`: a program's ambassadors as a file."""

from __future__ import annotations

import asyncio
import sys
from datetime import date, datetime
from pathlib import Path
from typing import get_args

import click
import msgspec

from domain import exports, imports
from domain.exports import ExportFormat
from domain.imports import File, Report
from domain.rules.members_actions import Mode
from service.commands import calls
from service.settings import Settings

DAY = click.DateTime(["%Y-%m-%d"])
READABLE = click.Path(exists=True, dir_okay=False, allow_dash=True)
WRITABLE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("format", type=click.Choice([imports.FORMAT]))
@click.argument("file", type=READABLE)
@click.option("--program", required=True, help="The program's slug.")
@click.option(
    "--mode",
    required=True,
    type=click.Choice(get_args(Mode)),
    help="With mirror, whoever is missing becomes emeritus; nobody is deleted.",
)
@click.option("--as-of", type=DAY, help="The day of the file; a mirror needs it.")
@click.option("--joined-known", is_flag=True, help="Who is new joined on that day.")
@click.option("--dry-run", is_flag=True, help="Tell the plan and change nothing.")
def import_command(
    format: str,
    file: str,
    program: str,
    mode: Mode,
    as_of: datetime | None,
    joined_known: bool,
    dry_run: bool,
) -> None:
    """Read FILE (`-`: standard input) into a program, all of it or nothing.

    FORMAT is `asyncapi`: AsyncAPI's members file, in YAML or JSON. Every step is told, and every
    fault with its line; the same file again changes nothing.
    """
    del format  # there is one
    with click.open_file(file, "rb") as stream:
        data = stream.read()
    day: date | None = as_of.date() if as_of else None
    given = File(data, mode, as_of=day, dry_run=dry_run, joined_known=joined_known)

    async def work(chosen: Settings) -> Report:
        async with calls.cli_call(chosen) as call:
            return await imports.run(call, program, given)

    with calls.on_database(calls.settings()) as chosen:
        report = asyncio.run(work(chosen))
    for line in told(report):
        click.echo(line)
    for fault in report.faults:
        click.echo(f"line {fault.line}: {fault.severity}: {fault.detail}", err=True)
    for conflict in report.conflicts:
        click.echo(f"line {conflict.line or '-'}: conflict: {conflict.detail}", err=True)


def told(report: Report) -> list[str]:
    """The steps, and what they come to."""
    lines: list[str] = []
    for step in report.steps:
        change = f" {step.field}: {step.before or '-'} -> {step.after or '-'}" if step.field else ""
        lines.append(f"line {step.line or '-'}: {step.handle or '-'}: {step.action}{change}")
    counts = msgspec.to_builtins(report.summary)
    summary = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    done = "applied" if report.applied else "planned only"
    verdict = done if report.steps else "nothing to do"
    return [*lines, f"{verdict}, as of {report.as_of}{summary and f': {summary}'}"]


@click.command()
@click.argument("format", type=click.Choice(get_args(ExportFormat)))
@click.option("--program", required=True, help="The program's slug.")
@click.option("-o", "--output", type=WRITABLE, help="The file; without it, standard output.")
def export_command(format: ExportFormat, program: str, output: Path | None) -> None:
    """Write a program's ambassadors in FORMAT, with what only its managers may see."""

    async def work(chosen: Settings) -> bytes:
        async with calls.cli_call(chosen) as call:
            return (await exports.make(call, program, format)).data

    with calls.on_database(calls.settings()) as chosen:
        data = asyncio.run(work(chosen))
    if output is None:
        sys.stdout.buffer.write(data)
    else:
        output.write_bytes(data)
