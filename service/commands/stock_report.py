"""`chancery stock report`: what was distributed in a period, to be read or as CSV."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import datetime

import click

from domain import stock_distribution
from domain.rules.money import Money
from domain.stock_distribution import Distribution, Line
from service.commands import calls
from service.settings import Settings

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("report")
@click.option("--program", required=True, help="The program's slug.")
@click.option("--since", required=True, type=DAY, help="The first day.")
@click.option("--until", required=True, type=DAY, help="The last day.")
@click.option("--csv", "as_csv", is_flag=True, help="Only the lines, as a table.")
def report_command(program: str, since: datetime, until: datetime, as_csv: bool) -> None:
    """Tell to whom the stock of a program went in a period, how much of it, and at what cost."""

    async def read(chosen: Settings) -> Distribution:
        async with calls.cli_call(chosen) as call:
            return await stock_distribution.read(
                call, program, since=since.date(), until=until.date()
            )

    with calls.on_database(calls.settings()) as chosen:
        found = asyncio.run(read(chosen))
    if as_csv:
        sys.stdout.buffer.write(stock_distribution.table(found).encode())
        return
    for line in told(found):
        click.echo(line)


def told(found: Distribution) -> Iterator[str]:
    """The lines of a report, and what they come to."""
    for line in found.report.lines:
        yield _told(found, line)
    sums = found.report.totals
    yield (
        f"before {sums.before}, received {sums.received}, returned {sums.returned}, adjusted"
        f" {sums.adjusted}, distributed {sums.distributed}, on hand {sums.on_hand}"
    )
    for other in found.report.others:
        yield f"{other.kind.value}: {other.money}"
    yield f"spent {_all(sums.expenses)}, of this {_all(sums.costs)} on what was distributed"


def _told(found: Distribution, line: Line) -> str:
    key = line.key
    what = "costs" if key.item is None else f"{key.item}/{key.variant}: {line.quantity}"
    grants = f" for {line.grants} grants" if line.grants else ""
    costs = f", {_all(line.costs)}" if line.costs else ""
    return f"{found.name(key) or key.which or '-'}: {what}{grants}{costs}"


def _all(costs: list[Money]) -> str:
    return " and ".join(map(str, costs)) or "nothing"
