"""The search for private values at the end of the suite finds what it is there for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests import leaks, private
from tests.private import MARKS, Watch
from tests.processes import ROOT, chancery, environment

TESTS = """
import logging

def test_one():
    logging.getLogger("chancery.anything").debug("sent to %s", {street!r})

def test_two():
    logging.getLogger("somebody.else").info("sent")
"""


def run(folder: Path, street: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A suite of its own, which logs where something is sent."""
    (folder / "test_it.py").write_text(TESTS.format(street=street))
    own = (leaks.VARIABLE, "PYTEST_")
    kept = {name: value for name, value in environment().items() if not name.startswith(own)}
    plugins = ("-p", "tests.database", "-p", "tests.leaks")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "-p", "no:cacheprovider", *options],
        env=kept | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_private_value_in_a_log_lets_the_run_fail(tmp_path: Path) -> None:
    answer = run(tmp_path, MARKS["street"], "-p", "xdist", "--numprocesses", "2")
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "2 passed" in answer.stdout
    assert "private values were found" in answer.stdout
    (told,) = re.findall("The marked street is in line .* of logged-.*", answer.stdout)
    assert "chancery.anything" in told


def test_a_run_without_any_is_fine(tmp_path: Path) -> None:
    answer = run(tmp_path, "1 Other Street")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "private values" not in answer.stdout


@pytest.mark.parametrize("name", MARKS)
async def test_a_value_in_a_database_is_found_as_text_and_as_bytes(
    owner_url: str, tmp_path: Path, name: str
) -> None:
    connection = await asyncpg.connect(owner_url)
    value = MARKS[name]
    try:
        await connection.execute("create table kept (id int, told text, sealed bytea)")
        await connection.execute("insert into kept values (1, 'nothing', '\\x00')")
        await private.dump(owner_url, tmp_path / "one.txt")
        assert private.found(tmp_path) == []
        await connection.execute("insert into kept (told) values ($1)", f"to {value.upper()}.")
        await connection.execute("insert into kept (sealed) values ($1)", value.encode())
    finally:
        await connection.close()
    await private.dump(owner_url, tmp_path / "two.txt")
    found = private.found(tmp_path)
    assert len(found) == 2
    assert all(one.startswith(f"The marked {name} is in line ") for one in found)
    assert all(" of two.txt: " in one for one in found)


async def test_a_request_that_enters_a_value_is_noticed() -> None:
    watch = Watch(planted=False)
    for body, planted in (({"city": "Elsewhere"}, False), ({"phone": MARKS["phone"]}, True)):
        await watch.see(httpx.Request("PUT", "http://chancery.test/", json=body))
        assert watch.planted is planted


def test_what_a_process_says_is_kept() -> None:
    said = chancery("--version").stdout
    assert said
    kept = [path.read_text() for path in leaks.folder().glob("command-*.txt")]
    assert any(said in text for text in kept)
    assert os.environ[leaks.VARIABLE] == str(leaks.folder())
