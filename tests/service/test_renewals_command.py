"""`chancery renewals`: what it says, and what it does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.judged import asking, yearly
from tests.service.support import ask
from tests.world import POLICY

Run = Callable[..., Result]

MADE = """
    insert into people (id, name, languages, topics, links, hidden_fields, version, created_at,
                        updated_at)
    values ('019a0000-0000-7000-8000-00000000000a', 'Amara', '{}', '{}', '[]', '{}', 1, now(),
            now());
    insert into ambassadors (program_id, id, person_id, handle, status, joined_on, hidden_fields,
                             version, created_at, updated_at)
    select id, '019a0000-0000-7000-8000-00000000000b', '019a0000-0000-7000-8000-00000000000a',
           'amara', 'active', '2024-01-11', '{}', 1, now(), now() from programs;
    insert into tenures (program_id, id, ambassador_id, first_day, last_day, policy_version, origin,
                         version, created_at, updated_at)
    select id, '019a0000-0000-7000-8000-00000000000c', '019a0000-0000-7000-8000-00000000000b',
           '2024-01-11', '2025-01-10', 1, 'live', 1, now(), now() from programs
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> Run:
    """Runs a command on a program with one ambassador, whose tenure is over."""
    for name in [name for name in os.environ if name.startswith("CHANCERY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CHANCERY_DATABASE_URL", database_url)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, prog_name="chancery")

    for more in ({"requirement": asking()}, {}):
        path = tmp_path / "demo.yaml"
        policy = POLICY | {"tenure": yearly()} | more
        path.write_text(json.dumps({"slug": "demo", "policy": policy}))
        assert call("program", "apply", str(path)).exit_code == 0
    for statement in MADE.split(";"):
        ask(database_url, statement)
    return call


def test_a_dry_run_tells_and_a_run_does(run: Run, database_url: str) -> None:
    day = ("demo", "--on", "2025-01-11")
    told = run("renewals", *day, "--dry-run")
    assert told.exit_code == 0, told.output
    assert told.stdout == "renewed 1, lapsed 0, a manager is asked of 0, waiting 0\n"
    other = run("renewals", "demo", "--on", "2025-03-01", "--dry-run", "--policy-version", "1")
    assert other.stdout.splitlines() == [
        "renewed 0, lapsed 1, a manager is asked of 0, waiting 0",
        "Under version 1, one more would lapse and one fewer would be renewed.",
    ]
    assert ask(database_url, "select outcome from tenures") is None
    assert run("renewals", *day).stdout == told.stdout
    assert ask(database_url, "select outcome from tenures order by first_day") == "renewed"
    again = run("renewals", *day)
    assert again.stdout == "renewed 0, lapsed 0, a manager is asked of 0, waiting 0\n"


def test_what_cannot_be_is_told(run: Run) -> None:
    assert run("renewals", "demo", "--policy-version", "1").exit_code == 2
    assert run("renewals", "demo", "--on", "2025-02-30").exit_code == 2
    for refused in (run("renewals", "nobody"), run("renewals", "demo", "--on", "9999-01-01")):
        assert refused.exit_code == 1
        assert refused.stderr.startswith("chancery: ")
