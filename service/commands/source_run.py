"""`chancery source run`: one look at what a source reads by itself, here and now."""

from __future__ import annotations

import asyncio
import sys

import click

from domain import connector_runs
from domain.connector_runs import Looked
from domain.rules.connectors import EntryResult
from service.commands import calls
from service.settings import Settings


@click.command("run")
@click.argument("source")
@click.option("--program", required=True, help="The program's slug.")
def run_command(source: str, program: str) -> None:
    """Look now at the feed or calendar that SOURCE reads, and record what is new.

    No worker is needed for it, and a paused source stays paused. Ends with 1 when nothing could be
    read, or when an entry was rejected.
    """

    async def work(chosen: Settings) -> Looked:
        async with calls.cli_call(chosen) as call:
            return await connector_runs.look(call, program, source)

    with calls.on_database(calls.settings()) as chosen:
        looked = asyncio.run(work(chosen))
    for line in told(looked):
        click.echo(line)
    results = {one.result for one in looked.recorded}
    sys.exit(1 if looked.failed or EntryResult.REJECTED in results else 0)


def told(looked: Looked) -> list[str]:
    """What somebody should know of a look."""
    if looked.failed is not None:
        return [f"nothing could be read: {looked.failed.detail}"]
    lines = [
        f"{found.title}: {one.result.value}. {one.why}"
        for found, one in zip(looked.found, looked.recorded, strict=True)
        if one.why
    ]
    results = [one.result for one in looked.recorded]
    counts = ", ".join(f"{results.count(one):,} {one.value}" for one in EntryResult)
    return [*lines, f"done: {counts}"]
