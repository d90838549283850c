"""One keyed PUT after another, against pgbench with the same statements in one transaction."""

from __future__ import annotations

import itertools
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from msgspec import Struct

from bench import client, lines, statements
from bench.databases import Place
from bench.load import SLUG, SOURCE, Loaded
from bench.ratios import Spread, spread
from bench.servers import Process
from service.binaries import find_binaries

CONNECTIONS = 4


class Puts(Struct, frozen=True):
    """PUTs and pgbench's transactions in a second, and how they compare, of several rounds."""

    ours: Spread
    peer: Spread
    ratio: Spread
    cost: Spread
    statements: int


async def measure(place: Place, app: Process, loaded: Loaded, *, rounds: int, seconds: int) -> Puts:
    """Measure both in turns."""
    script = await statements.script(place.service_url, _put(loaded))
    numbers = itertools.count(1_000_000)

    def request() -> bytes:
        number = next(numbers)
        body = lines.body(number, 1 + number % loaded.ambassadors)
        return client.put(_path(number), loaded.bot, body)

    async def ours(seconds: float) -> float:
        return await client.rate(
            app.port, request, connections=CONNECTIONS, seconds=seconds, status=201
        )

    await ours(1)
    found: list[tuple[float, float, float]] = []
    for run in range(rounds):
        before = app.processor()
        rate = await ours(seconds)
        cost = (app.processor() - before) / (rate * seconds)
        found.append((rate, _pgbench(place, script, loaded, run, seconds), cost))
    mine, peers, costs = (list(column) for column in zip(*found, strict=True))
    ratios = [rate / peer for rate, peer, _ in found]
    return Puts(spread(mine), spread(peers), spread(ratios), spread(costs), script.statements)


def _put(loaded: Loaded) -> statements.Put:
    def put(number: int, person: int) -> tuple[str, dict[str, str], dict[str, Any]]:
        headers = {"Authorization": f"Bearer {loaded.bot}"}
        return _path(number), headers, lines.body(number, person)

    return put


def _path(number: int) -> str:
    return f"/v1/programs/{SLUG}/sources/{SOURCE}/contributions/put-{number}"


def _pgbench(
    place: Place, script: statements.Script, loaded: Loaded, run: int, seconds: int
) -> float:
    program: Path = find_binaries() / "pgbench"
    # No key of an earlier run comes again, and none of ours.
    own = {"n": str((run + 1) * 10_000_000), "people": str(loaded.ambassadors)}
    variables = script.variables | own
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script.text)
        file.flush()
        options = ["-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "1", "-T", str(seconds)]
        options += [f"-D{name}={value}" for name, value in variables.items()]
        command = [program, *options, "-f", file.name, place.service_url]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"^tps = ([0-9.]+)", answer.stdout, re.MULTILINE)
    failed = re.search(r"^number of failed transactions: ([0-9]+)", answer.stdout, re.MULTILINE)
    if found is None or answer.returncode or (failed and failed[1] != "0"):
        raise RuntimeError(answer.stdout + answer.stderr)
    return float(found[1])
