"""`chancery source sheet`: each row of a table is told."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from domain import sources
from domain.connector_settings import ConnectorDraft
from domain.rules.connectors import Sheet, SheetField
from service.cli import main
from service.commands import calls
from tests.service.support import ask
from tests.world import POLICY

Run = Callable[..., Result]

FILE = """\
When,What,Who
2026-02-03,Consumers that forgive,github:5501911
2026-02-31,Tango,github:5501911
2026-02-03,Consumers that forgive,github:5501911
"""
SETTINGS = Sheet(
    {SheetField.OCCURRED_ON: "when", SheetField.TITLE: "what", SheetField.IDENTITY: "who"}, "talk"
)
TOLD = [
    "line 2: created, unmatched",
    'line 3, When: "2026-02-31" is no day that is written as 2025-03-07, 2025-03 or 2025.',
    "line 4: skipped. Line 2 says the same.",
]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> Run:
    """Runs `chancery source sheet` on a new program with a source for tables."""
    for name in [name for name in os.environ if name.startswith("CHANCERY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CHANCERY_DATABASE_URL", database_url)

    def call(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, prog_name="chancery", input=stdin)

    async def connect() -> None:
        async with calls.cli_call(calls.settings()) as made:
            draft = sources.Draft("table", "Table", connector=ConnectorDraft(SETTINGS))
            await sources.create(made, "demo", draft)

    path = tmp_path / "demo.yaml"
    path.write_text(json.dumps({"slug": "demo", "policy": POLICY}))
    assert call("program", "apply", str(path)).exit_code == 0
    asyncio.run(connect())
    given = ("source", "sheet", "-", "--program", "demo")
    return lambda *more, stdin=FILE: call(*given, *more, stdin=stdin)


def test_rows_are_planned_recorded_and_known_again(run: Run, database_url: str) -> None:
    given = ("--source", "table")
    planned = run(*given, "--dry-run")
    counts = "1 created, 1 rejected, 1 skipped, 0 unchanged, 0 updated"
    assert planned.stdout.splitlines() == [*TOLD, f"planned only: {counts}"]
    assert ask(database_url, "select count(*) from contributions") == 0
    done = run(*given)
    assert done.stdout.splitlines() == [*TOLD, f"done: {counts}"]
    assert done.exit_code == 1, "a row was rejected"
    again = run(*given)
    last = "done: 0 created, 1 rejected, 1 skipped, 1 unchanged, 0 updated"
    assert again.stdout.splitlines() == [*TOLD[1:], last]
    good = run(*given, stdin=FILE.replace("2026-02-31", "2026-02"))
    assert good.exit_code == 0, good.output


def test_what_is_no_table_is_told_with_its_line(run: Run) -> None:
    told = run("--source", "table", stdin="When,What\n2026,A talk\n")
    assert told.exit_code == 1
    assert "line 1, who: There is no such heading" in told.stderr
    told = run("--source", "nowhere")
    assert (told.exit_code, told.stderr.count("\n")) == (1, 1)
