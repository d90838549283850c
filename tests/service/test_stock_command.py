"""`chancery stock`: an opening stock from a file, and what there is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.world import POLICY

Run = Callable[..., Result]

FILE = """\
item,variant,place,quantity,name
t-shirt,m,store,1120,T-shirt
t-shirt,xl,office,80,
mug,,store,40,Mug
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> Run:
    """Runs a command on a new program."""
    for name in [name for name in os.environ if name.startswith("CHANCERY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CHANCERY_DATABASE_URL", database_url)

    def call(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, prog_name="chancery", input=stdin)

    path = tmp_path / "demo.yaml"
    path.write_text(json.dumps({"slug": "demo", "policy": POLICY}))
    assert call("program", "apply", str(path)).exit_code == 0
    return call


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "stock.csv"
    path.write_text(FILE)
    return str(path)


def test_a_file_is_planned_and_imported_once(run: Run, file: str) -> None:
    given = ("stock", "import", file, "--program", "demo", "--as-of", "2024-06-30")
    counts = ", as of 2024-06-30: 1,240 in 3 lines"
    created = [
        "items: t-shirt, mug",
        "variants: t-shirt/m, t-shirt/xl, mug/standard",
        "places: store, office",
    ]
    planned = run(*given, "--dry-run")
    assert planned.exit_code == 0, planned.output
    assert planned.stdout.splitlines() == [*created, f"planned only{counts}"]
    assert run("stock", "balance", "--program", "demo").stdout.splitlines()[1:] == [
        "TOTAL                        0         0          0"
    ]
    assert run(*given).stdout.splitlines() == [*created, f"imported{counts}"]
    assert run(*given).stdout.splitlines() == [f"nothing to do, imported before{counts}"]


def test_the_balance_is_a_table_with_its_sum(run: Run, file: str) -> None:
    assert run("stock", "import", file, "--program", "demo").exit_code == 0
    told = run("stock", "balance", "--program", "demo")
    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines() == [
        "ITEM     VARIANT   PLACE   ON HAND  RESERVED  AVAILABLE",
        "mug      standard  store        40         0         40",
        "t-shirt  m         store     1,120         0      1,120",
        "t-shirt  xl        office       80         0         80",
        "TOTAL                        1,240         0      1,240",
    ]
    narrowed = run("stock", "balance", "--program", "demo", "--item", "t-shirt", "--by", "item")
    assert narrowed.stdout.splitlines()[1:] == [
        "t-shirt  -        -        1,200         0      1,200",
        "TOTAL                      1,200         0      1,200",
    ]


def test_long_balances_are_told_whole(run: Run) -> None:
    lines = [f"item-{number:03},,store,2" for number in range(250)]
    data = "\n".join(["item,variant,place,quantity", *lines])
    given = ("stock", "import", "-", "--program", "demo")
    assert run(*given, stdin=data).exit_code == 0
    told = run("stock", "balance", "--program", "demo").stdout.splitlines()
    assert len(told) == 252
    assert told[-1].split() == ["TOTAL", "500", "0", "500"]


def test_every_fault_is_told_and_nothing_imported(run: Run) -> None:
    data = "item,variant,place,quantity\nmug,,store,x\nMug,,store,1\nmug,,store,1\n"
    told = run("stock", "import", "-", "--program", "demo", stdin=data)
    assert told.exit_code == 1
    assert [line.partition(": ")[2].partition(": ")[0] for line in told.stderr.splitlines()] == [
        "/2/quantity",
        "/3/item",
    ]
    assert "line 2, quantity: 'x' is no whole number" in told.stderr
    assert len(run("stock", "balance", "--program", "demo").stdout.splitlines()) == 2


def test_what_is_not_there_is_told_in_a_line(run: Run, file: str) -> None:
    for arguments in (("import", file), ("balance",)):
        told = run("stock", *arguments, "--program", "nowhere")
        assert told.exit_code == 1
        assert told.stderr.count("\n") == 1


def test_a_day_to_come_is_refused(run: Run, file: str) -> None:
    told = run("stock", "import", file, "--program", "demo", "--as-of", "2999-01-01")
    assert told.exit_code == 1
    assert "still to come" in told.stderr
