"""`chancery stock report`: the lines of the report, and what they come to."""

from __future__ import annotations

import asyncio
import csv
import os
from collections.abc import Sequence

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.store_of_2024 import DECEMBER, JUNE, told
from tests.world import World


async def run(
    monkeypatch: pytest.MonkeyPatch, database_url: str, *more: str, program: str = "demo"
) -> Result:
    for name in [name for name in os.environ if name.startswith("CHANCERY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CHANCERY_DATABASE_URL", database_url)
    arguments: Sequence[str] = (
        *("stock", "report", "--program", program, "--since", JUNE, "--until", DECEMBER),
        *more,
    )
    # The command has an event loop of its own.
    return await asyncio.to_thread(CliRunner().invoke, main, arguments, prog_name="chancery")


async def test_it_tells_the_report(
    world: World, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    await told(world)
    found = await run(monkeypatch, database_url)
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    assert lines[0] == "London conference: cap/standard: 50"
    assert "Paris conference: cap/standard: 200, 1450.25 USD" not in lines
    assert "Paris conference: t-shirt/s: 200, 1450.25 USD" in lines
    assert "Welcome package: costs for 2 grants, 79.55 USD" in lines
    assert "Welcome package: stickers/standard: 16 for 2 grants" in lines
    assert lines[-5:] == [
        "before 0, received 2383, returned 0, adjusted 0, distributed 1970, on hand 413",
        "fee: 306.07 USD",
        "goods: 4815.60 USD",
        "other: 1200.00 USD",
        "spent 8264.37 USD, of this 1942.70 USD on what was distributed",
    ]
    table = await run(monkeypatch, database_url, "--csv")
    rows = list(csv.DictReader(table.stdout.splitlines(), strict=True))
    assert sum(int(row["quantity"]) for row in rows) == 1970


async def test_it_says_what_is_wrong(
    world: World, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    await world.program("demo")
    unknown = await run(monkeypatch, database_url, program="nowhere")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "chancery:" in unknown.stderr
    empty = await run(monkeypatch, database_url)
    assert empty.stdout.splitlines()[-1] == "spent nothing, of this nothing on what was distributed"
