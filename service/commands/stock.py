"""`chancery stock`: an opening stock from a file, and what there is."""

from __future__ import annotations

import asyncio
from datetime import datetime

import click

from domain import stock_balances, stock_imports
from domain.stock_balances import Filter, Line, StockSum
from domain.stock_imports import File, Report
from service.commands import calls
from service.commands.stock_report import report_command
from service.settings import Settings

DAY = click.DateTime(["%Y-%m-%d"])
READABLE = click.Path(exists=True, dir_okay=False, allow_dash=True)
PAGE = 100


@click.group()
def stock_command() -> None:
    """Read and count the swag of a program."""


stock_command.add_command(report_command)


@stock_command.command("import")
@click.argument("file", type=READABLE)
@click.option("--program", required=True, help="The program's slug.")
@click.option("--as-of", type=DAY, help="The day of the entries; by default today.")
@click.option("--dry-run", is_flag=True, help="Tell what would be done and change nothing.")
def import_stock(file: str, program: str, as_of: datetime | None, dry_run: bool) -> None:
    """Read an opening stock from FILE (`-`: standard input), all of it or nothing.

    CSV with a header: item, variant, place and quantity, and optionally name, size, color,
    place_name and reason. The same file again changes nothing.
    """
    with click.open_file(file, "rb") as stream:
        data = stream.read()
    given = File(data, as_of.date() if as_of else None, dry_run)

    async def work(chosen: Settings) -> Report:
        async with calls.cli_call(chosen) as call:
            return await stock_imports.run(call, program, given)

    with calls.on_database(calls.settings()) as chosen:
        report = asyncio.run(work(chosen))
    for line in told(report):
        click.echo(line)


def told(report: Report) -> list[str]:
    """What is created, and what it comes to."""
    lines = [
        f"{kind}: {', '.join(codes)}"
        for kind, codes in (
            ("items", report.items),
            ("variants", report.variants),
            ("places", report.places),
        )
        if codes
    ]
    done = "imported" if report.applied else "planned only"
    verdict = "nothing to do, imported before" if report.known else done
    counts = f"{report.quantity:,} in {report.lines:,} lines"
    return [*lines, f"{verdict}, as of {report.as_of}: {counts}"]


@stock_command.command("balance")
@click.option("--program", required=True, help="The program's slug.")
@click.option("--item", help="Only this item, by its code.")
@click.option("--place", help="Only this place, by its code.")
@click.option(
    "--by",
    type=click.Choice([one.value for one in StockSum]),
    default=StockSum.LINE.value,
    help="What to sum by; `line`: each variant at each place.",
)
def balance(program: str, item: str | None, place: str | None, by: str) -> None:
    """Tell how many there are of each item, variant and place, and how many are reserved."""
    where = Filter(item=item, place=place)

    async def work(chosen: Settings) -> list[Line]:
        lines: list[Line] = []
        async with calls.cli_call(chosen) as call:
            more = True
            while more:
                last = lines[-1] if lines else None
                rows = await stock_balances.page(
                    call,
                    program,
                    where,
                    by=StockSum(by),
                    after=(last.item, last.variant, last.place) if last else None,
                    limit=PAGE,
                )
                lines += rows[:PAGE]
                more = len(rows) > PAGE
        return lines

    with calls.on_database(calls.settings()) as chosen:
        lines = asyncio.run(work(chosen))
    for line in table(lines):
        click.echo(line)


def table(lines: list[Line]) -> list[str]:
    """Columns of the codes and the counts, and the sum of all of them."""
    rows = [("ITEM", "VARIANT", "PLACE", "ON HAND", "RESERVED", "AVAILABLE")]
    rows += [
        _row(line.item or "-", line.variant or "-", line.place or "-", line.on_hand, line.reserved)
        for line in lines
    ]
    on_hand, reserved = sum(one.on_hand for one in lines), sum(one.reserved for one in lines)
    rows.append(_row("TOTAL", "", "", on_hand, reserved))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place < 3 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _row(
    item: str, variant: str, place: str, on_hand: int, reserved: int
) -> tuple[str, str, str, str, str, str]:
    return item, variant, place, f"{on_hand:,}", f"{reserved:,}", f"{on_hand - reserved:,}"
