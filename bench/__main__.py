"""Load a database of its own, measure, print, and exit with 1 when a bar is missed."""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench import client, pages, rates, standings, writes
from bench.load import Loaded, load
from bench.ratios import Times
from bench.servers import Process, floor, service
from domain.store.database import Database
from service import cluster, migrate, postgres

BAR = 1.5
"""How many times the first page the last one may cost."""


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--ambassadors", type=int)
    parser.add_argument("--contributions", type=int)
    parser.add_argument("--quick", action="store_true", help="A small database and few rounds.")
    parser.add_argument(
        "--only", choices=("reads", "writes", "standings"), help="Measure only these."
    )
    given = parser.parse_args()
    given.ambassadors = given.ambassadors or (5_000 if given.quick else 100_000)
    given.contributions = given.contributions or (50_000 if given.quick else 1_000_000)
    return given


def main() -> int:
    """Everything; the number of missed bars decides the exit code."""
    given = arguments()
    assert isinstance(sys.stdout, io.TextIOWrapper)
    sys.stdout.reconfigure(line_buffering=True)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chancery-bench-")))
        # As root the database runs as another user, who has to reach its directory.
        scratch.chmod(0o711)
        server = stack.enter_context(postgres.running(scratch / "data"))
        began = time.perf_counter()
        loaded = asyncio.run(fill(server, given))
        print(
            f"loaded {loaded.ambassadors:,} ambassadors and {loaded.contributions:,} contributions"
            f" in {time.perf_counter() - began:.0f} s\n"
        )
        missed = 0
        if given.only in (None, "reads"):
            with service(server.service_url, scratch / "service.log") as app:
                missed += asyncio.run(reads(server, app, loaded, given, scratch))
        if given.only in (None, "writes"):
            size = writes.QUICK if given.quick else writes.FULL
            missed += asyncio.run(writes.measure(server, loaded, scratch, size))
        if given.only in (None, "standings"):
            missed += asyncio.run(standings.measure(server, given.ambassadors))
        print(f"{missed} bars missed" if missed else "every bar is met")
        return 1 if missed else 0


async def fill(server: postgres.Server, given: argparse.Namespace) -> Loaded:
    """A migrated database of the wanted size."""
    await migrate.upgrade(server.owner_url, cluster.SERVICE)
    return await load(
        server.owner_url,
        server.service_url,
        ambassadors=given.ambassadors,
        contributions=given.contributions,
    )


async def reads(
    server: postgres.Server,
    app: Process,
    loaded: Loaded,
    given: argparse.Namespace,
    scratch: Path,
) -> int:
    """Lists and single records; the number of missed bars."""
    idle = app.memory()
    missed = await far_pages(server, app, loaded, quick=given.quick)
    await answers(server, app, loaded, scratch, quick=given.quick)
    busy = app.memory()
    walked = await walk(app)
    if idle:
        print("memory of the service (MB)")
        print(f"  idle {idle >> 20}, after the load {busy >> 20}, after a walk of ", end="")
        print(f"{walked:,} entries into the snapshot {app.memory() >> 20}\n")
    return missed


async def far_pages(server: postgres.Server, app: Process, loaded: Loaded, *, quick: bool) -> int:
    """The far pages of every list; the number of missed bars."""
    database = Database()
    await database.open(server.service_url, size=1)
    print(f"a far page as a multiple of the first, median (range) of rounds; bar {BAR}")
    print(f"{'':24}{'rows':>9}  {'':10}{'first':>8}  {'last':22}{'page 1000':22}")
    rounds, repeat = (5, 10) if quick else (9, 20)
    missed = 0
    async for one in pages.measure(database, app.port, loaded, rounds=rounds, repeat=repeat):
        for how, times in (("statement", one.statement), ("HTTP", one.http)):
            over = any(ratio.median > BAR for ratio in times.others.values())
            missed += over
            label = f"{one.list.name:24}{one.length:9,}" if how == "statement" else " " * 33
            print(f"{label}  {how:10}{_far(times)}{'  MISSED' if over else ''}")
    await database.close(5)
    print()
    return missed


def _far(times: Times) -> str:
    shown = (str(times.others.get(name, "")) for name in ("last", f"page {pages.DEEP}"))
    return f"{times.first * 1000:5.2f} ms  " + "".join(f"{each:22}" for each in shown).rstrip()


async def answers(
    server: postgres.Server, app: Process, loaded: Loaded, scratch: Path, *, quick: bool
) -> None:
    """Answers in a second, beside what the server and the database can do by themselves."""
    http = await client.connect(app.port)
    body = scratch / "body.json"
    body.write_bytes((await http.ask(client.get(rates.LIST))).body)
    http.transport.close()
    with floor(body, scratch / "floor.log") as bare:
        measured = await rates.measure(
            rates.kinds(app, bare, loaded),
            rates.pgbench(server.service_url, loaded),
            rounds=3 if quick else 5,
            seconds=1 if quick else 2,
        )
    print(
        f"answers in a second over {rates.CONNECTIONS} connections (our own client, same machine;"
        f" body of {body.stat().st_size:,} bytes)"
    )
    base = next(iter(measured.values())).per_second.median
    for name, rate in measured.items():
        seen = rate.per_second
        shown = f"{seen.median:7.0f} ({seen.low:.0f} to {seen.high:.0f})"
        cost = f"{rate.cost.median * 1e6:7.0f} µs of processor each" if rate.cost else ""
        print(f"  {name:26}{shown:28}{seen.median / base:6.3f} of the bare server {cost}".rstrip())
    print()


async def walk(app: Process) -> int:
    """Read the whole directory anonymously, which fills the snapshot; the number of entries."""
    http = await client.connect(app.port)
    seen: set[str] = set()
    count, cursor = 0, ""
    while True:
        answer = await http.ask(client.get(f"{rates.LIST}?limit=100{cursor}"))
        page = answer.json()
        count += len(page["items"])
        seen.update(item["id"] for item in page["items"])
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    http.transport.close()
    if len(seen) != count:
        raise client.Unexpected(f"{count - len(seen)} entries came twice")
    return count


if __name__ == "__main__":
    sys.exit(main())
