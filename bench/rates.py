"""Answers in a second: out of the snapshot, from the database, and what a bare server can do."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import UUID

from msgspec import Struct

from bench import client, invented
from bench.load import NOW, SLUG, Loaded
from bench.pages import ACTIVE, SIZE
from bench.ratios import Spread, spread
from bench.servers import Process
from domain.store import directory
from service.binaries import find_binaries

CONNECTIONS = 16
LIST = f"/v1/programs/{SLUG}/ambassadors"


class Rate(Struct, frozen=True):
    """Answers in a second, and the processor time that the server spent on each (seconds)."""

    per_second: Spread
    cost: Spread | None


class Kind(Struct, frozen=True):
    """One kind of request, and who answers it."""

    name: str
    server: Process
    request: client.Request
    status: int = 200


def kinds(service: Process, floor: Process, loaded: Loaded) -> list[Kind]:
    """What is measured over HTTP."""
    listed, token = client.get(LIST), client.get(LIST, loaded.reader)
    one = client.get(f"{LIST}/invented-1", loaded.reader)
    numbers = itertools.count()

    def create() -> bytes:
        number = next(numbers)
        return client.post(
            f"/v1/programs/{SLUG}/contributions",
            loaded.owner,
            {
                "participants": [{"ambassador": f"invented-{1 + number % loaded.ambassadors}"}],
                "type": "talk",
                "title": f"Talk number {number}",
                "occurred_on": "2025-11-02",
            },
        )

    return [
        Kind("bare server, same bytes", floor, lambda: listed),
        Kind("list of 20, snapshot", service, lambda: listed),
        Kind("list of 20, database", service, lambda: token),
        Kind("one ambassador, database", service, lambda: one),
        Kind("POST a contribution", service, create, 201),
    ]


async def measure(
    asked: list[Kind], pgbench: dict[str, Callable[[float], float]], *, rounds: int, seconds: float
) -> dict[str, Rate]:
    """Measure the kinds and PostgreSQL's own rates in turns."""
    rates: dict[str, list[float]] = {}
    costs: dict[str, list[float]] = {}
    for _ in range(rounds):
        for kind in asked:
            before, began = kind.server.processor(), time.perf_counter()
            rate = await client.rate(
                kind.server.port,
                kind.request,
                connections=CONNECTIONS,
                seconds=seconds,
                status=kind.status,
            )
            answered = rate * (time.perf_counter() - began)
            rates.setdefault(kind.name, []).append(rate)
            used = kind.server.processor() - before
            if used > 0:
                costs.setdefault(kind.name, []).append(used / answered)
        for name, run in pgbench.items():
            rates.setdefault(name, []).append(run(seconds))
    return {
        name: Rate(spread(values), spread(costs[name]) if name in costs else None)
        for name, values in rates.items()
    }


def pgbench(service_url: str, loaded: Loaded) -> dict[str, Callable[[float], float]]:
    """PostgreSQL's own rate for the statements of the list and of one ambassador."""
    program = find_binaries() / "pgbench"
    if not program.exists():
        return {}
    reader = (loaded.program_id, list(ACTIVE), NOW.date(), False, None)
    some = UUID(invented.text_of("b", 1))
    return {
        "pgbench, list of 20": _runs(
            program, service_url, directory.BY_NAME.sql, (*reader, *[None] * 6, SIZE + 1)
        ),
        "pgbench, one ambassador": _runs(program, service_url, directory.GET.sql, (*reader, some)),
    }


def _runs(
    program: Path, url: str, sql: str, arguments: tuple[object, ...]
) -> Callable[[float], float]:
    script = _written_out(sql, arguments)

    def run(seconds: float) -> float:
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(script)
            file.flush()
            # `extended` parses and plans at every run; the service's pool plans at every run.
            options = ["-n", "-M", "extended", "-c", str(CONNECTIONS), "-j", "1"]
            options += ["-T", str(max(1, round(seconds))), "-f", file.name, url]
            answer = subprocess.run([program, *options], capture_output=True, text=True, check=True)
        found = re.search(r"^tps = ([0-9.]+)", answer.stdout, re.MULTILINE)
        if found is None:
            raise RuntimeError(answer.stdout + answer.stderr)
        return float(found[1])

    return run


def _written_out(sql: str, arguments: tuple[object, ...]) -> str:
    """A statement with its arguments in the place of `$n`, without comments, on one line."""
    lines = (line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    text = " ".join(" ".join(lines).split())
    return re.sub(r"\$(\d+)", lambda found: _literal(arguments[int(found[1]) - 1]), text) + ";\n"


def _literal(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool() | int():
            return json.dumps(value)
        case list():
            return "array[" + ", ".join(_literal(each) for each in value) + "]"
        case date():
            return f"date '{value}'"
        case UUID():
            return f"uuid '{value}'"
        case _:
            return f"'{value}'"
