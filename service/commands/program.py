"""`chancery program apply`: programs as files say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from domain import programs
from domain.errors import DomainError
from service import examples
from service.commands import calls, failures
from service.commands.failures import Refused


@click.group()
def program_command() -> None:
    """Make programs be as files say."""


@program_command.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def apply(files: tuple[Path, ...]) -> None:
    """Create the programs in FILES, or give them a new policy version where it differs.

    A file that says what is there already changes nothing. A program comes after its parent,
    whatever the order of the files.
    """
    read = {path: examples.read(path) for path in files}
    slugs = {file.slug: path for path, file in read.items()}
    if len(slugs) < len(read):
        raise Refused("two files are of the same program")
    with calls.on_database(calls.settings()) as chosen:
        asyncio.run(_apply(chosen, slugs, examples.parents_first(read.values())))


async def _apply(
    chosen: calls.Settings, paths: dict[str, Path], files: list[examples.ProgramFile]
) -> None:
    async with calls.cli_call(chosen) as call:
        for file in files:
            try:
                outcome = await programs.apply(call, file.draft)
            except DomainError as error:
                told = failures.lines(error) or []
                raise Refused(*(f"{paths[file.slug]}: {line}" for line in told)) from error
            click.echo(f"{file.slug}: {outcome}")
